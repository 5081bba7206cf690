/** Hazards and their repairs, on passes that were measured on a real server. */

import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Repair } from '../../../../source/contract/rehearsal.ts';
import type { DialectFinding } from '../../../../source/engine/databases/analysis.ts';
import type { PassRecord } from '../../../../source/engine/databases/measurement.ts';
import { readTables } from '../../../../source/engine/databases/postgresql/catalogue/table-facts.ts';
import { PostgresqlMeter } from '../../../../source/engine/databases/postgresql/execution/statement-profiler.ts';
import { hazardsOf } from '../../../../source/engine/databases/postgresql/hazards/index.ts';
import type { Tables } from '../../../../source/engine/databases/throwaway.ts';
import { reportedRepair } from '../../../../source/engine/rehearsal/repair.ts';
import { sentBy } from '../../../../source/engine/revision-source/source.ts';
import { Database } from '../../../kit/postgresql.ts';
import { SCHEMA } from './corpus.ts';

let database: Database;
let client: Client;

beforeEach(async () => {
  database = await Database.make();
  client = new Client({ connectionString: database.url });
  await client.connect();
  await database.query(`${SCHEMA}; analyze`);
  // A session tells its statistics when it ends, and the server has them a little later.
  await database.first("select from pg_stat_user_tables where relname = 'line' and n_tup_ins > 0");
});
afterEach(async () => {
  await client.end();
  await database[Symbol.asyncDispose]();
});

const query = async (sql: string) => (await client.query(sql)).rows;

interface Written {
  readonly up: readonly string[];
  readonly down: readonly string[];
  readonly alone?: boolean;
}

/** Runs one direction as a runner does, and measures it. */
async function pass(revision: Written, direction: 'up' | 'down'): Promise<PassRecord> {
  const meter = new PostgresqlMeter();
  const statements: PassRecord['statements'][number][] = [];
  if (!revision.alone) await client.query('begin');
  for (const sql of revision[direction]) {
    await meter.before(sql, query);
    const began = performance.now();
    const { rowCount } = await client.query(sql);
    const ms = performance.now() - began;
    statements.push({ sql, ms, error: null, ...(await meter.after(sql, query, rowCount)) });
  }
  if (!revision.alone) await client.query('commit');
  return { direction, statements };
}

interface Scale {
  /** How much larger the target's tables are. */
  readonly times?: number;
  /** How large the throwaway's are, in bytes, and how long each statement took, if not as they were. */
  readonly bytes?: number;
  readonly ms?: number;
}

async function upgrade(revision: Written, scale: Scale = {}): Promise<readonly DialectFinding[]> {
  const { times = 10_000, bytes, ms } = scale;
  const measured = await readTables(query);
  const { direction, statements } = await pass(revision, 'up');
  const here = sized(measured, (size) => bytes ?? size);
  const record = {
    direction,
    statements: statements.map((each) => ({ ...each, ms: ms ?? each.ms })),
  };
  return hazardsOf(
    record,
    revision,
    here,
    sized(here, (size) => size * times, times),
  );
}

function sized(tables: Tables, size: (bytes: number) => number, times = 1): Tables {
  return new Map(
    [...tables].map(([name, facts]) => {
      const rows = facts.rows === null ? null : facts.rows * times;
      return [name, { ...facts, bytes: size(facts.bytes), rows }];
    }),
  );
}

/** The first repair of the first hazard, written into a revision's text. */
function repaired(revision: Written, findings: readonly DialectFinding[]): Repair {
  const [repair] = findings.flatMap(({ repairs }) => repairs);
  if (!repair) throw new Error(`There is no repair: ${JSON.stringify(findings)}`);
  return reportedRepair('', repair, revision, { file: 'Migration1.ts', source: textOf(revision) });
}

function textOf({ up, down }: Written): string {
  const calls = (statements: readonly string[]) =>
    statements.map((sql) => `    this.addSql(\`${sql}\`);\n`).join('');
  return `import { Migration } from '@mikro-orm/migrations';

export class Migration1 extends Migration {
  override up(): void {
${calls(up)}  }

  override down(): void {
${calls(down)}  }
}
`;
}

function readBack(text: string): Written {
  const statements = (direction: 'up' | 'down') =>
    sentBy(text, direction)?.map(({ sql }) => sql) ?? [];
  return {
    up: statements('up'),
    down: statements('down'),
    alone: text.includes('isTransactional'),
  };
}

const SAMPLES: readonly {
  readonly name: string;
  readonly revision: Written;
  readonly what: RegExp;
  readonly files: number;
}[] = [
  {
    name: 'set not null',
    revision: {
      up: ['alter table "orders" alter column "note" set not null', 'update loose set amount = 1'],
      down: ['alter table "orders" alter column "note" drop not null'],
    },
    what: /^ACCESS EXCLUSIVE on orders \(about 3,000,000 rows, [\d.]+ MB at the target\), every row of it read: about [\d.]+ s of downtime/,
    files: 2,
  },
  {
    name: 'a foreign key',
    revision: {
      up: [
        'alter table "loose" add constraint "lc" foreign key ("customer_id") references "customer" ("id") on update cascade',
      ],
      down: ['alter table "loose" drop constraint "lc"'],
    },
    what: /^SHARE ROW EXCLUSIVE on loose .* every row of it read/,
    files: 1,
  },
  {
    name: 'a check, among other things',
    revision: {
      up: [
        'alter table "orders" add column "extra" text, add constraint "positive" check (total >= 0)',
      ],
      down: ['alter table "orders" drop constraint "positive", drop column "extra"'],
    },
    what: /^ACCESS EXCLUSIVE on orders .* every row of it read/,
    files: 1,
  },
  {
    name: 'an index alone',
    revision: {
      up: ['create index "orders_total" on "orders" ("total")'],
      down: ['drop index "orders_total"'],
    },
    what: /^SHARE on orders .*, orders_total built: about [\d.]+ m?s of no writes/,
    files: 0,
  },
  {
    name: 'an index among other things',
    revision: {
      up: [
        'alter table "loose" add column "x" int',
        'create unique index "orders_code" on "orders" ("code")',
      ],
      down: ['drop index "orders_code"', 'alter table "loose" drop column "x"'],
    },
    what: /^SHARE on orders .*, orders_code built/,
    files: 1,
  },
  {
    name: 'a unique constraint',
    revision: {
      up: ['alter table "loose" add constraint "loose_amount" unique ("amount")'],
      down: ['alter table "loose" drop constraint "loose_amount"'],
    },
    what: /^ACCESS EXCLUSIVE on loose .*, loose_amount built/,
    files: 2,
  },
  {
    name: 'a default that is another one for each row',
    revision: {
      up: ['alter table "orders" add column "token" uuid not null default gen_random_uuid()'],
      down: ['alter table "orders" drop column "token"'],
    },
    what: /^ACCESS EXCLUSIVE on orders .*, rewritten/,
    files: 2,
  },
  {
    name: 'a renamed table',
    revision: {
      up: ['alter table "line" rename to "item"'],
      down: ['alter table "item" rename to "line"'],
    },
    what: /^line .*, renamed to item: code that runs now may use it\.$/,
    files: 0,
  },
];

describe('each hazard has a repair, after which it is gone', () => {
  test.each(SAMPLES)('$name', async ({ revision, what, files }) => {
    const schema = async () =>
      query(`select table_name, column_name, is_nullable, column_default
      from information_schema.columns where table_schema = 'public' order by 1, 2`);
    const constraints = async () =>
      query(`select conname, pg_get_constraintdef(oid) as text
      from pg_constraint where connamespace = 'public'::regnamespace order by 1`);
    const before = [await schema(), await constraints()];
    const [first, ...more] = await upgrade(revision);
    // Who waits for what is done meanwhile is told by the repair of that, too.
    const other = more.filter(({ what: told }) => !told.includes('is held while later'));
    expect(other.filter(({ severity }) => severity === 'hazard')).toEqual([]);
    expect(first?.what).toMatch(what);
    const after = [await schema(), await constraints()];
    await pass(revision, 'down');
    expect([await schema(), await constraints()]).toEqual(before);

    const repair = repaired(revision, [first as DialectFinding]);
    expect(repair.further).toHaveLength(files);
    const revisions = [repair.rewritten ?? '', ...repair.further.map(({ text }) => text)].map(
      readBack,
    );
    const states = [];
    for (const each of revisions) {
      states.push([await schema(), await constraints()]);
      expect((await upgrade(each)).filter(({ kind }) => kind === first?.kind)).toEqual(
        // The last one of a new column without values can only be told when it is filled.
        each.up.some((sql) => /"token" set not null$/.test(sql))
          ? [expect.objectContaining({ kind: 'blocks' })]
          : [],
      );
    }
    expect(await constraints()).toEqual(after[1]);
    for (const each of revisions.toReversed()) {
      await pass(each, 'down');
      expect([await schema(), await constraints()]).toEqual(states.pop());
    }
  });
});

describe('what is estimated', () => {
  const revision = {
    up: ['alter table loose alter column id type bigint'],
    down: ['alter table loose alter column id type int'],
  };

  test('by the size at the target, also where little is on the throwaway', async () => {
    const [finding] = await upgrade(revision);
    expect(finding).toMatchObject({ kind: 'blocks', severity: 'hazard', table: 'loose' });
    expect(finding?.what).toContain('246 MB at the target), rewritten: about 4.9 s of downtime.');
    expect(finding?.repairs[0]?.shown?.join('\n')).toContain('add column "id_new" bigint');
  });

  test('a table that is small keeps nobody waiting, however busy the machine is', async () => {
    for (const ms of [7, 700]) {
      const [finding] = await upgrade(revision, { times: 1, bytes: 30_000_000, ms });
      expect(finding).toMatchObject({ severity: 'notice' });
      expect(finding?.what).toMatch(/rewritten: about 600 ms of downtime\.$/);
      await pass(revision, 'down');
    }
  });

  test('code that is slow takes what was measured', async () => {
    const [finding] = await upgrade(revision, { times: 1, ms: 2_100 });
    expect(finding).toMatchObject({ severity: 'hazard' });
    expect(finding?.what).toMatch(/rewritten: about 2\.1 s of downtime\.$/);
    expect(finding?.why).toContain('which is more than the work explains');
  });

  test('by the same measure, whatever the machine makes of it', async () => {
    for (const ms of [812, 4_060]) {
      const [finding] = await upgrade(revision, { bytes: 62_000_000, ms, times: 50 });
      expect(finding).toMatchObject({ kind: 'blocks', severity: 'hazard', rows: 5_000 });
      expect(finding?.what).toBe(
        'ACCESS EXCLUSIVE on loose (about 5,000 rows, 3.1 GB at the target), rewritten: about 1 min 2 s of downtime.',
      );
      if (ms === 812) {
        expect(finding?.why).toContain(
          'Measured on the throwaway: 812 ms for 62 MB, in proportion 40.6 s at the target. The estimate is for 3.1 GB at 50 MB a second, however fast this machine is: a reference query took 1.0 times as long as usual here.',
        );
      }
      await pass(revision, 'down');
    }
  });

  test('a foreign key that is checked by indexes alone', async () => {
    await client.query(
      'create index on loose (customer_id); set enable_seqscan = off; set enable_hashjoin = off; set enable_nestloop = off',
    );
    const findings = await upgrade({
      up: ['alter table loose add constraint lc foreign key (customer_id) references customer'],
      down: ['alter table loose drop constraint lc'],
    });
    expect(findings).toMatchObject([{ kind: 'blocks', table: 'loose' }]);
    expect(findings[0]?.what).toMatch(/^SHARE ROW EXCLUSIVE on loose .* every row of it read/);
  });

  test('nothing for tables without rows, and for those that the revision makes', async () => {
    await client.query('create table empty (id int)');
    expect(
      await upgrade({
        up: [
          'alter table empty alter column id type bigint',
          'create table lid (id int, order_id int)',
          'create index lid_order on lid (order_id)',
          'alter table lid alter column id set not null',
        ],
        down: [],
      }),
    ).toEqual([]);
  });
});

test('a lock that is held while many rows change', async () => {
  const findings = await upgrade(
    { up: ['alter table customer add column extra int', 'update loose set amount = 1'], down: [] },
    { bytes: 62_000_000, ms: 812, times: 50 },
  );
  expect(findings).toMatchObject([{ kind: 'blocks', severity: 'hazard', table: 'customer' }]);
  expect(findings[0]?.what).toMatch(
    /^ACCESS EXCLUSIVE on customer \(.*\) is held while later statements change rows: about 40\.6 s\.$/,
  );
});

test('a lock that is held while other tables are built on, read and rewritten', async () => {
  const held = async (sql: string, table = 'customer') => {
    const up = [`alter table ${table} add column extra int`, sql];
    const findings = await upgrade({ up, down: [] }, { times: 100_000 });
    return findings.filter(({ what }) => what.includes('held while later')).map(({ what }) => what);
  };
  const words =
    /^ACCESS EXCLUSIVE on customer \(.*\) is held while later statements work on other tables: about .* s\.$/;
  for (const sql of [
    'create index amounts on loose (amount)',
    'alter table loose alter amount set not null',
    'alter table loose alter amount type numeric(20, 4)',
  ]) {
    await database.query('alter table customer drop column if exists extra');
    expect(await held(sql), sql).toEqual([expect.stringMatching(words)]);
  }
  // Of the table itself it is told where it is done.
  expect(await held('create index more on loose (amount)', 'loose')).toEqual([]);
});

test('what other sessions use now', async () => {
  await using other = await database.session();
  await other.client.query('begin; select from line');
  const here = await readTables(query);
  expect(here.get('line')?.sessions).toBe(1);
  const findings = await hazardsOf(
    recordOf('alter table line drop column price'),
    { up: ['alter table line drop column price'], down: [] },
    here,
    here,
  );
  expect(findings).toMatchObject([
    { kind: 'in-use', severity: 'hazard', table: 'line', column: 'price' },
  ]);
  expect(findings[0]?.why).toContain('1 other session had it locked');
  const sent = ['alter table line rename to old', 'drop table old'];
  const [, dropped] = await hazardsOf(recordOf(...sent), { up: sent, down: [] }, here, here);
  expect(dropped?.what).toMatch(/^line .*, dropped/);
});

function recordOf(...sent: readonly string[]) {
  const effect = {
    affected: 0,
    counted: null,
    changed: [],
    rebuilds: null,
    locks: [],
    rewritten: [],
    scanned: [],
    built: [],
    wal: null,
  };
  return {
    direction: 'up' as const,
    statements: sent.map((sql) => ({ sql, ms: 1, error: null, ...effect })),
  };
}

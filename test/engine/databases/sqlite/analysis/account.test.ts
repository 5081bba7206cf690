/** What becomes of rows, and whether statements of the revision say so: counted row by row. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DialectFinding } from '../../../../../source/engine/databases/analysis.ts';
import { SqliteThrowaway } from '../../../../../source/engine/databases/sqlite/throwaway/throwaway.ts';
import { runPass, yardstickOf } from '../passes.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'handrail-test-account-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Judged {
  readonly up: readonly DialectFinding[];
  readonly down: readonly DialectFinding[];
}

/** Upgrades a database in one transaction, downgrades it, and judges both. */
async function judged(
  schema: string,
  up: readonly string[],
  down: readonly string[] = [],
): Promise<Judged> {
  const throwaway = new SqliteThrowaway(folder, 'mikro_orm_migrations');
  const database = new DatabaseSync(throwaway.path);
  database.exec(schema);
  database.close();
  const statements = { up, down };
  const mark = await throwaway.mark();
  const upgrade = await runPass(throwaway, mark, up, 'up');
  const ups = await throwaway.compare(
    mark,
    [upgrade],
    statements,
    yardstickOf(throwaway, mark, up, 'up'),
  );
  const checks = await throwaway.check(mark, [upgrade], statements, false);
  const found = { up: [...ups.findings, ...checks], down: [] };
  if (down.length === 0) return found;
  const above = await throwaway.mark();
  const passes = [upgrade, await runPass(throwaway, above, down, 'down')];
  const downs = await throwaway.compare(
    mark,
    passes,
    statements,
    yardstickOf(throwaway, above, down, 'down'),
  );
  const checked = await throwaway.check(mark, passes, statements, false);
  return { ...found, down: [...downs.findings, ...checked] };
}

const short = (findings: readonly DialectFinding[], severity: DialectFinding['severity']) =>
  findings
    .filter((each) => each.severity === severity)
    .map(({ kind, table, column, rows }) =>
      [kind, table, column, rows].filter((x) => x !== null).join(' '),
    );
const hazards = (findings: readonly DialectFinding[]) => short(findings, 'hazard');
const notices = (findings: readonly DialectFinding[]) => short(findings, 'notice');

const shop = (action: string, more = '') => `
  create table shelf (id integer primary key, label text);
  create table jar (id integer primary key, shelf_id integer references shelf (id) ${action}, name text);
  insert into shelf values (1, 'top'), (2, 'low');
  insert into jar values (1, 1, 'plum'), (2, 1, 'pear'), (3, 2, 'fig'), (4, null, 'nut');
  ${more}`;

const rebuilt = (table: string, columns: string, copy: string) => [
  `create table ${table}__temp_alter (${columns})`,
  copy,
  `drop table ${table}`,
  `alter table ${table}__temp_alter rename to ${table}`,
];
const rebuiltShelf = rebuilt(
  'shelf',
  'id integer primary key, label text not null',
  'insert into shelf__temp_alter select id, label from shelf',
);

describe('by the way', () => {
  test.each([
    ['an update', `update jar set name = 'x' where id = 1`, 'rows-lost jar 3'],
    ['a replaced row', `insert or replace into jar values (1, 2, 'x')`, 'rows-lost jar 3'],
    ['a deleted row', 'delete from jar where id = 1', 'rows-lost jar 2'],
    ['a new row', `insert into jar values (9, 2, 'new')`, 'rows-lost jar 4'],
  ])(
    '%s of a child hides none of the rows that a rebuild of the parent takes along',
    async (_, sql, lost) => {
      const { up } = await judged(shop('on delete cascade'), [sql, ...rebuiltShelf]);
      expect(hazards(up)).toEqual([lost]);
      expect(up[0]?.statement).toBe('drop table shelf');
    },
  );

  test.each([
    [
      'merged with others',
      'insert into place select id, label from shelf union all select 9, label from store',
    ],
    [
      'joined',
      'insert into place select s.id, t.label from shelf s left join store t on t.id = s.id',
    ],
  ])('rows whose parents go on in a new table, %s, are lost', async (_, copy) => {
    const store = `create table store (id integer primary key, label text); insert into store values (1, 'attic')`;
    const { up } = await judged(shop('on delete cascade', store), [
      'create table place (id integer primary key, label text)',
      copy,
      'drop table shelf',
    ]);
    expect(hazards(up)).toContain('rows-lost jar 3');
  });

  const aside = 'create temp table aside as select * from jar';
  test('rows that the revision puts back itself are there', async () => {
    const back = 'insert into jar select * from aside where shelf_id is not null';
    const { up } = await judged(shop('on delete cascade'), [aside, ...rebuiltShelf, back]);
    expect(hazards(up)).toEqual([]);
  });

  test('a reference that was emptied before an update could move it is lost', async () => {
    const { up } = await judged(shop('on delete set null'), [
      'delete from shelf where id = 1',
      'update jar set shelf_id = 2 where shelf_id = 1',
    ]);
    expect(hazards(up)).toEqual(['values-lost jar shelf_id 2']);
  });

  test('what it wrote after it had put them aside is not', async () => {
    const write = `update jar set name = 'new' where id = 1`;
    const back = 'insert into jar select * from aside where true on conflict do nothing';
    const { up } = await judged(shop('on delete cascade'), [aside, write, ...rebuiltShelf, back]);
    expect(hazards(up)).toEqual(['values-lost jar name 1']);
  });

  test('the same where references are emptied', async () => {
    const { up } = await judged(shop('on delete set null'), [
      'update jar set shelf_id = 2 where id = 1',
      ...rebuiltShelf,
    ]);
    expect(hazards(up)).toEqual(['values-lost jar shelf_id 3']);
    expect(notices(up)).toEqual(['changed-on-purpose jar shelf_id 1']);
  });

  test('a replaced parent takes its children along, although it is there again', async () => {
    const { up } = await judged(shop('on delete cascade'), [
      `insert or replace into shelf values (1, 'new')`,
    ]);
    expect(hazards(up)).toEqual(['rows-lost jar 2']);
  });

  test('a reference that is done away with excuses nothing that went before it', async () => {
    const { up } = await judged(shop('on delete cascade'), [
      ...rebuiltShelf,
      ...rebuilt(
        'jar',
        'id integer primary key, shelf_id integer, name text',
        'insert into jar__temp_alter select * from jar',
      ),
      'delete from shelf',
    ]);
    expect(hazards(up)).toEqual(['rows-lost jar 3']);
  });

  test('a dropped table, whose rows go in a chain of which a part ends, is named', async () => {
    const schema = shop(
      'on delete cascade',
      `create table lid (id integer primary key, jar_id integer references jar (id) on delete cascade);
       insert into lid values (1, 1)`,
    );
    const { up } = await judged(schema, [
      'drop table shelf',
      `update jar set name = 'x'`,
      ...rebuilt(
        'lid',
        'id integer primary key, jar_id integer',
        'insert into lid__temp_alter select * from lid',
      ),
    ]);
    expect(hazards(up)).toEqual([]);
  });

  test('nor does a replaced parent that gets another key', async () => {
    const { up } = await judged(shop('on delete cascade on update cascade'), [
      `insert or replace into shelf values (1, 'new')`,
      'update shelf set id = id + 500',
    ]);
    expect(hazards(up)).toEqual(['rows-lost jar 2']);
  });

  test('rows that go with others before their reference is done away with are not lost', async () => {
    const { up } = await judged(shop('on delete cascade'), [
      'delete from shelf where id = 1',
      ...rebuilt(
        'jar',
        'id integer primary key, shelf_id integer, name text',
        'insert into jar__temp_alter select * from jar',
      ),
    ]);
    expect(hazards(up)).toEqual([]);
  });

  test('a parent that is renamed away first, which the reference follows', async () => {
    const { up } = await judged(shop('on delete cascade'), [
      `update jar set name = 'x' where id = 1`,
      'alter table shelf rename to old',
      'create table shelf (id integer primary key, label text not null)',
      'insert into shelf select id, label from old',
      'drop table old',
    ]);
    expect(hazards(up)).toContain('rows-lost jar 3');
  });

  test('the same, and its rows are deleted then', async () => {
    const { up } = await judged(shop('on delete cascade'), [
      'alter table shelf rename to old',
      'create table shelf (id integer primary key, label text not null)',
      'insert into shelf select id, label from old',
      'drop table old',
      'delete from shelf',
    ]);
    expect(hazards(up)).toContain('rows-lost jar 3');
  });

  test('the same of a table that the revision makes', async () => {
    const { up } = await judged(shop('on delete cascade'), [
      'create table lid (id integer primary key, shelf_id integer references shelf on delete cascade)',
      'insert into lid select id, id from shelf',
      'delete from jar',
      'alter table shelf rename to old',
      'create table shelf (id integer primary key, label text not null)',
      'insert into shelf select id, label from old',
      'drop table old',
    ]);
    expect(hazards(up)).toEqual(['rows-lost lid 2']);
  });

  test('what was meant beside it is not named as the cause', async () => {
    const { up } = await judged(
      shop(
        'on delete set null',
        `create table lid (id integer primary key, jar_id integer references jar (id) on delete cascade,
           shelf_id integer references shelf (id) on delete set null);
         insert into lid values (1, 1, 1), (2, 2, 2)`,
      ),
      ['delete from jar where id = 1', ...rebuiltShelf],
    );
    const lost = up.find(({ table, severity }) => table === 'lid' && severity === 'hazard');
    expect(lost?.statement).toBe('drop table shelf');
  });

  test('a cascade three tables deep, and what triggers of it do', async () => {
    const { up } = await judged(
      shop(
        'on delete cascade',
        `create table note (id integer primary key, jar_id integer references jar (id) on delete cascade);
         create table tag (id integer primary key, note_id integer references note (id) on delete set null);
         create table stock (id integer primary key, jars integer);
         insert into note values (1, 1), (2, 3); insert into tag values (1, 1); insert into stock values (1, 4);
         create trigger jar_gone after delete on jar begin update stock set jars = jars - 1; end;`,
      ),
      [`update stock set jars = 4`, ...rebuiltShelf],
    );
    expect(hazards(up).toSorted()).toEqual([
      'rows-lost jar 3',
      'rows-lost note 2',
      'values-lost stock jars 1',
      'values-lost tag note_id 1',
    ]);
  });

  test('rows of the rebuilt table that refer to each other', async () => {
    const { up } = await judged(
      `create table node (id integer primary key, up integer references node (id) on delete cascade);
       insert into node values (1, null), (2, 1), (3, 2)`,
      rebuilt(
        'node',
        'id integer primary key, up integer references node (id) on delete cascade, more text',
        'insert into node__temp_alter (id, up) select id, up from node',
      ),
    );
    expect(hazards(up)).toEqual(['rows-lost node 2']);
  });

  test('composite keys without rowid', async () => {
    const { up } = await judged(
      `create table a (x text, y integer, v text, primary key (x, y)) without rowid;
       create table b (x text, y integer, n integer, primary key (x, y, n), foreign key (x, y) references a (x, y) on delete cascade) without rowid;
       insert into a values ('p', 1, 'v'), ('q', 2, 'w'); insert into b values ('p', 1, 1), ('p', 1, 2), ('q', 2, 1)`,
      [
        `delete from b where n = 2`,
        ...rebuilt(
          'a',
          'x text, y integer, v text not null, primary key (x, y)',
          'insert into a__temp_alter select x, y, v from a',
        ),
      ],
    );
    expect(hazards(up)).toEqual(['rows-lost b 2', 'objects-lost a']);
  });

  test('what the revision puts where a lost row was is another row', async () => {
    const there = `insert into jar values (1, 1, 'there is room now')`;
    const { up } = await judged(shop('on delete cascade'), [...rebuiltShelf, there]);
    expect(hazards(up)).toEqual(['rows-lost jar 2', 'values-lost jar name 1']);
  });

  test('where the twin fails, it is said that nothing could be measured', async () => {
    const { up } = await judged(shop('on delete cascade'), [
      ...rebuiltShelf,
      'create unique index one_jar on jar (shelf_id)',
    ]);
    expect(hazards(up)).toEqual(['not-compared 3', 'rows-lost jar 3']);
    expect(up[0]?.why).toContain('UNIQUE constraint failed');
    expect(up[1]?.why).toContain('on delete cascade');
  });

  test('values of chance and of the clock are none', async () => {
    const { up } = await judged(shop('on delete cascade'), [
      'create table made (id text primary key, at text)',
      'insert into made select lower(hex(randomblob(8))), random() from jar',
      `update shelf set label = random()`,
      ...rebuiltShelf,
    ]);
    expect(hazards(up)).toEqual(['rows-lost jar 3']);
  });
});

describe('as foreign keys say', () => {
  test.each([
    ['on delete cascade', 'delete from shelf where id = 1', 'changed-on-purpose jar 2'],
    ['on delete set null', 'delete from shelf where id = 1', 'changed-on-purpose jar shelf_id 2'],
    [
      'on update cascade',
      'update shelf set id = 7 where id = 1',
      'changed-on-purpose jar shelf_id 2',
    ],
    [
      'on delete set default',
      'delete from shelf where id = 1',
      'changed-on-purpose jar shelf_id 2',
    ],
    ['on delete cascade', 'drop table shelf', 'changed-on-purpose jar 3'],
    ['on delete set null', 'drop table shelf', 'changed-on-purpose jar shelf_id 3'],
  ])('%s: what follows “%s” is told with its count', async (action, sql, notice) => {
    const { up } = await judged(shop(action), [sql]);
    expect(hazards(up)).toEqual([]);
    expect(notices(up)).toContain(notice);
  });

  test('a chain of rows that go with a deleted one, beside those that are lost', async () => {
    const { up } = await judged(
      shop(
        'on delete cascade',
        `create table note (id integer primary key, jar_id integer references jar (id) on delete cascade);
         insert into note values (1, 1), (2, 3)`,
      ),
      ['delete from shelf where id = 1', ...rebuiltShelf],
    );
    expect(hazards(up)).toEqual(['rows-lost jar 1', 'rows-lost note 1']);
    expect(notices(up).toSorted()).toEqual([
      'changed-on-purpose jar 2',
      'changed-on-purpose note 1',
      'changed-on-purpose shelf 1',
    ]);
  });

  test('rows whose key follows that of another row are not gone', async () => {
    const { up } = await judged(
      `create table p (x integer, y integer, primary key (x, y));
       create table c (x integer, y integer, n integer, primary key (x, y, n), foreign key (x, y) references p (x, y) on update cascade);
       insert into p values (1, 1), (2, 2); insert into c values (1, 1, 1), (2, 2, 1)`,
      ['update p set x = 9 where x = 1'],
    );
    expect(hazards(up)).toEqual([]);
    expect(up.map(({ what }) => what)).toContain(
      '1 row of c changed with the rows of p that they refer to.',
    );
  });

  const renamedAway = [
    'alter table shelf rename to shelf_old',
    'create table shelf (id integer primary key, label text)',
    'insert into shelf select id, label from shelf_old',
    'drop table shelf_old',
  ];

  test.each([
    ['on delete cascade', 'rows-lost jar 3'],
    ['on delete set null', 'values-lost jar shelf_id 3'],
  ])(
    '%s: what a rebuild took is not put down to a table that is dropped later',
    async (action, lost) => {
      const { up } = await judged(shop(action), [...renamedAway, 'drop table shelf']);
      expect(hazards(up)).toEqual([lost]);
    },
  );

  test.each([
    ['on delete cascade', 'delete from shelf where id = 1', 'rows-lost jar 1', 'jar 2'],
    [
      'on delete set null',
      'delete from shelf where id = 1',
      'values-lost jar shelf_id 1',
      'jar shelf_id 2',
    ],
    ['on delete set default', 'delete from shelf where id = 1', null, 'jar shelf_id 2'],
  ])(
    '%s: what went with a row before a rebuild took the rest',
    async (action, first, lost, notice) => {
      const { up } = await judged(shop(action), [first, ...renamedAway, 'drop table shelf']);
      if (lost !== null) expect(hazards(up)).toContain(lost);
      expect(notices(up)).toContain(`changed-on-purpose ${notice}`);
    },
  );

  test('a parent that had gone before a row referred to it took nothing along', async () => {
    const columns = 'id integer primary key, up integer references t (id) on delete cascade';
    const { up } = await judged(
      `create table t (${columns}); insert into t values (1, 1), (2, 1), (3, 1)`,
      [
        'delete from t where id > 1',
        ...rebuilt(
          't',
          `${columns}, n text`,
          'insert into t__temp_alter (id, up) select id, up from t',
        ),
        'update t set up = 3',
      ],
    );
    expect(hazards(up)).toEqual(['rows-lost t 1']);
  });

  test('a new row that went before an update could keep it is lost', async () => {
    const { up } = await judged(shop('on delete cascade'), [
      'create table tag (id integer primary key, shelf_id integer references shelf (id) on delete cascade)',
      'insert into tag select id, id from shelf',
      'delete from shelf',
      'update tag set shelf_id = null where id > 1',
    ]);
    expect(hazards(up)).toEqual(['rows-lost tag 1']);
  });

  test('chains, composite keys and rows of the same table are followed when they go', async () => {
    const node = 'id integer primary key, up integer references node (id) on delete cascade';
    const { up } = await judged(
      `create table node (${node}); insert into node values (1, null), (2, 1), (3, 2), (4, null), (5, 4);
       create table pair (x integer, y integer, node_id integer references node (id) on delete cascade, primary key (x, y)) without rowid;
       insert into pair values (1, 1, 3), (1, 2, 5);
       create table leaf (id integer primary key, x integer, y integer, foreign key (x, y) references pair (x, y) on delete set null);
       insert into leaf values (1, 1, 1), (2, 1, 2)`,
      [
        'delete from node where id = 1',
        ...rebuilt(
          'node',
          `${node}, n text`,
          'insert into node__temp_alter (id, up) select id, up from node',
        ),
        'drop table node',
      ],
    );
    // The rebuild takes what the drop would have taken as well.
    expect(hazards(up)).toEqual([]);
    expect(notices(up)).toEqual(
      expect.arrayContaining(['changed-on-purpose pair 2', 'changed-on-purpose leaf x 2']),
    );
  });

  test('a reference that had no parent before is no excuse', async () => {
    const { up } = await judged(
      `pragma foreign_keys = off; create table a (id integer primary key); create table c (id integer primary key);
       create table b (id integer primary key, a_id references a (id) on delete cascade, c_id references c (id) on delete cascade);
       insert into a values (1); insert into b values (1, 1, 99), (2, 1, null)`,
      rebuilt(
        'a',
        'id integer primary key, n text',
        'insert into a__temp_alter (id) select id from a',
      ),
    );
    expect(hazards(up)).toContain('rows-lost b 2');
  });
});

describe('statements that name a table', () => {
  const jars = `create table jar (id integer primary key, name text unique, n integer);
    insert into jar values (1, 'plum', 1), (2, 'pear', 2), (3, 'fig', 3), (4, 'nut', 4), (5, 'oat', 5)`;

  test('a copy with a condition leaves rows out', async () => {
    const { up } = await judged(
      jars,
      rebuilt(
        'jar',
        'id integer primary key, name text, n integer',
        `insert into jar__temp_alter select id, name, n from jar where n > 2`,
      ),
    );
    expect(hazards(up)).toEqual(['rows-lost jar 2']);
    expect(up[0]?.statement).toContain('where n > 2');
    expect(up[0]?.keys).toEqual(['id = 1', 'id = 2']);
  });

  test('rows deleted by name are counted apart from those that a copy leaves out', async () => {
    const { up } = await judged(jars, [
      'delete from jar where n = 5',
      ...rebuilt(
        'jar',
        'id integer primary key, name text, n integer',
        `insert into jar__temp_alter select id, name, n from jar where n > 1`,
      ),
    ]);
    expect(hazards(up)).toEqual(['rows-lost jar 1']);
    expect(notices(up)).toEqual(['changed-on-purpose jar 1']);
  });

  test('a join leaves rows out, whatever it computes', async () => {
    const { up } = await judged(
      `${jars}; create table kind (jar_id integer, word text); insert into kind values (1, 'a'), (2, 'b')`,
      rebuilt(
        'jar',
        'id integer primary key, name text, n integer, kind text',
        `insert into jar__temp_alter select j.id, j.name, j.n, k.word from jar j join kind k on k.jar_id = j.id`,
      ),
    );
    expect(hazards(up)).toEqual(['rows-lost jar 3']);
  });

  test.each([
    [
      'in batches',
      [
        'insert into jar__temp_alter select * from jar where n <= 2',
        'insert into jar__temp_alter select * from jar where n > 2',
      ],
    ],
    [
      'with a left join',
      [
        'insert into jar__temp_alter select j.id, j.name, j.n from jar as j left join jar k on k.id = j.n + 100',
      ],
    ],
    [
      'by a query with its own names',
      ['with old as (select * from jar) insert into jar__temp_alter select id, name, n from old'],
    ],
  ])('a copy %s that leaves none out is fine', async (_, copies) => {
    const [create = '', , drop = '', rename = ''] = rebuilt(
      'jar',
      'id integer primary key, name text, n integer',
      '',
    );
    const { up } = await judged(jars, [create, ...copies, drop, rename]);
    expect(up).toEqual([]);
  });

  test('a row that is inserted takes one with another key out of the way', async () => {
    const { up } = await judged(jars, [`insert or replace into jar values (9, 'pear', 9)`]);
    expect(hazards(up)).toEqual(['rows-lost jar 1']);
    expect(up[0]?.keys).toEqual(['id = 2']);
  });

  test('a row that is replaced by one with its key has other values, as the statement says', async () => {
    const { up } = await judged(jars, [
      'delete from jar where id = 5',
      `insert or replace into jar values (1, 'plum', 100)`,
    ]);
    expect(hazards(up)).toEqual([]);
    expect(notices(up)).toEqual(['changed-on-purpose jar 1', 'changed-on-purpose jar n 1']);
  });

  test('a row that is deleted and written again has other values, as the statements say', async () => {
    const { up } = await judged(jars, [
      'delete from jar where id = 1',
      `insert into jar values (1, 'new', 1)`,
    ]);
    expect(hazards(up)).toEqual([]);
    expect(notices(up)).toEqual(['changed-on-purpose jar name 1']);
  });

  test.each([
    ['an update', jars, `update or replace jar set name = 'pear' where id = 1`],
    [
      'a table that says so',
      jars.replace('unique', 'unique on conflict replace'),
      `insert into jar values (9, 'pear', 9)`,
    ],
  ])('%s takes a row with another key out of the way', async (_, schema, sql) => {
    const { up } = await judged(schema, [sql]);
    expect(hazards(up)).toEqual(['rows-lost jar 1']);
    expect(up[0]?.why).toContain('or replace');
  });

  test('other keys are no lost rows', async () => {
    const { up } = await judged(jars, ['update jar set id = id + 100 where id > 2']);
    expect(hazards(up)).toEqual([]);
    expect(notices(up)).toEqual(['changed-on-purpose jar id 3']);
  });

  test('what a trigger does to another table is said by nobody', async () => {
    const { up } = await judged(
      `${jars}; create table total (id integer primary key, n integer); insert into total values (1, 15), (2, 1);
       create table log (id integer primary key, what text); insert into log values (1, 'a'), (2, 'b');
       create trigger t after delete on jar begin update total set n = n - old.n where id = 1; delete from log where id = 1; end`,
      ['delete from jar where id > 3', 'update total set n = 2 where id = 2'],
    );
    expect(hazards(up)).toEqual(['rows-lost log 1', 'values-lost total n 1']);
    expect(notices(up)).toEqual(['changed-on-purpose jar 2', 'changed-on-purpose total n 1']);
  });

  const keyed = `create table t (id integer primary key, a text);
    insert into t values (1, 'x'), (2, 'y'), (3, 'z')`;
  test.each([
    ['that another row had', ['update t set id = -id', 'update t set id = 4 + id'], 't id 2'],
    [
      'and a new row has the old one',
      ['update t set id = 501 where id = 1', `insert into t values (1, 'new')`],
      't id 1',
    ],
  ])('a row that gets a key %s has its values', async (_, up, told) => {
    const { up: found } = await judged(keyed, up);
    expect(hazards(found)).toEqual([]);
    expect(notices(found)).toEqual([`changed-on-purpose ${told}`]);
  });

  test('a copy of a union that leaves none out is fine', async () => {
    const copy = (where: string) =>
      rebuilt(
        't',
        'id integer primary key, a text',
        `insert into t__temp_alter select * from t where id < 2 union all select * from t where ${where}`,
      );
    expect((await judged(keyed, copy('id >= 2'))).up).toEqual([]);
  });

  test('a union that lacks rows loses them', async () => {
    const copy =
      'insert into t__temp_alter select * from t where id < 2 union all select * from t where id > 2';
    const { up } = await judged(keyed, rebuilt('t', 'id integer primary key, a text', copy));
    expect(hazards(up)).toEqual(['rows-lost t 1']);
  });

  test('a column that is computed now has the values that it had, or lost them', async () => {
    const schema = `create table t (id integer primary key, a integer, d integer);
      insert into t values (1, 5, 10), (2, 6, 99)`;
    const { up } = await judged(
      schema,
      rebuilt(
        't',
        'id integer primary key, a integer, d integer as (a * 2) stored',
        'insert into t__temp_alter (id, a) select id, a from t',
      ),
    );
    expect(hazards(up)).toEqual(['values-lost t d 1']);
    expect(up[0]?.keys).toEqual(['id = 2']);
  });

  test('an archive of a table is not the table', async () => {
    const { up } = await judged(jars, [
      'create table archive (id integer primary key, name text, n integer)',
      'insert into archive select * from jar where n > 3',
      'delete from jar where n > 3',
    ]);
    expect(hazards(up)).toEqual([]);
    expect(notices(up)).toEqual(['changed-on-purpose jar 2']);
  });
});

describe('rebuilds as people write them', () => {
  const table = `create table t (id integer primary key, a text); insert into t values (1, 'x'), (2, 'y')`;
  test.each([
    [
      'new, copied, dropped, renamed',
      [
        'create table u (id integer primary key, a text, b text)',
        'insert into u (id, a) select id, a from t',
        'drop table t',
        'alter table u rename to t',
      ],
    ],
    [
      'renamed away first',
      [
        'alter table t rename to old',
        'create table t (id integer primary key, a text, b text)',
        'insert into t (id, a) select id, a from old',
        'drop table old',
      ],
    ],
    [
      'through a temporary table',
      [
        'create temporary table k (id, a)',
        'insert into k select id, a from t',
        'drop table t',
        'create table t (id integer primary key, a text, b text)',
        'insert into t (id, a) select id, a from k',
        'drop table k',
      ],
    ],
    [
      'as a query',
      ['create table u as select * from t', 'drop table t', 'alter table u rename to t'],
    ],
    [
      'twice',
      [
        ...rebuilt(
          't',
          'id integer primary key, a text, b text',
          'insert into t__temp_alter (id, a) select id, a from t',
        ),
        ...rebuilt(
          't',
          'id integer primary key, a text',
          'insert into t__temp_alter select id, a from t',
        ),
      ],
    ],
  ])('%s: nothing is lost, and nothing is told', async (_, up) => {
    expect((await judged(table, up)).up).toEqual([]);
  });

  test('values that a rebuild changes without a word are lost', async () => {
    const { up } = await judged(
      `create table t (id integer primary key, a text); insert into t values (1, '01'), (2, 'y')`,
      [
        'alter table t rename to old',
        'create table t (id integer primary key, a integer)',
        'insert into t select id, a from old',
        'drop table old',
      ],
    );
    expect(hazards(up)).toEqual(['narrowed t a 1', 'conversion t a 1']);
  });

  const codes = `create table t (id integer primary key, a text); insert into t values (1, '01'), (2, '2'), (3, '2'), (4, '4')`;

  test('an update of one row accounts for none that a rebuild converts', async () => {
    const { up } = await judged(codes, [
      `update t set a = '5' where id = 4`,
      ...rebuilt(
        't',
        'id integer primary key, a integer',
        'insert into t__temp_alter select * from t',
      ),
    ]);
    expect(hazards(up)).toEqual(['values-lost t a 1']);
    expect(notices(up)).toEqual(['changed-on-purpose t a 1']);
  });

  test.each([
    ['is converted as well', '013', ['narrowed t a 1']],
    ['comes back from its conversion', '13', []],
  ])('a value that an update writes and that %s', async (_, value, lost) => {
    const { up } = await judged(
      `create table t (id integer primary key, a text); insert into t values (1, '7'), (2, '8')`,
      [
        `update t set a = '${value}' where id = 1`,
        ...rebuilt(
          't',
          'id integer primary key, a integer',
          'insert into t__temp_alter select * from t',
        ),
      ],
    );
    expect(hazards(up)).toEqual(lost);
  });

  test('values that are no numbers are told where their column becomes one of numbers', async () => {
    const schema = `create table t (id integer primary key, a text, b text, c text); insert into t values (1, 'old', 'x', '2020-01-01'), (2, '2', null, 'y')`;
    const copy = 'id integer primary key, a integer, b real, c datetime';
    const { up } = await judged(schema, [
      `update t set b = null where id = 1`,
      ...rebuilt('t', copy, 'insert into t__temp_alter select * from t'),
    ]);
    expect(hazards(up)).toEqual(['conversion t a 1']);
    expect(up.find(({ kind }) => kind === 'conversion')).toMatchObject({
      what: '1 value of t.a is no number and stays as it was, now that the column is integer.',
      keys: ["id = 1 (a = 'old')"],
    });
  });

  test('a row that is deleted after it was copied accounts for none that the copy ignored', async () => {
    const { up } = await judged(codes, [
      'create table u (id integer primary key, a text unique)',
      'insert or ignore into u select * from t',
      'delete from t where id = 4',
      'drop table t',
      'alter table u rename to t',
    ]);
    expect(hazards(up)).toEqual(['rows-lost t 1']);
  });

  test.each([
    [
      'in the copy',
      [
        'create table u (id integer primary key, a text)',
        'insert into u select * from t',
        `update u set a = 'x' where id = 1`,
        'drop table t',
        'delete from u where id = 4',
        'alter table u rename to t',
      ],
    ],
    [
      'in a table that rows are put into by hand',
      [
        'create table k as select * from t',
        'drop table t',
        `update k set a = 'x' where id = 1`,
        'delete from k where id = 4',
        'create table t (id integer primary key, a text)',
        'insert into t select * from k',
        'drop table k',
      ],
    ],
    [
      'before the key gets another name',
      [
        `update t set a = 'x' where id = 1`,
        'delete from t where id = 4',
        ...rebuilt(
          't',
          'uid integer primary key, a text',
          'insert into t__temp_alter select id, a from t',
        ),
      ],
    ],
    [
      'after the key got another name',
      [
        'alter table t rename column id to uid',
        `update t set a = 'x' where uid = 1`,
        'delete from t where uid = 4',
        ...rebuilt(
          't',
          'uid integer primary key, a text',
          'insert into t__temp_alter select * from t',
        ),
      ],
    ],
    [
      'before the key becomes a text',
      [
        `update t set a = 'x' where id = 1`,
        'delete from t where id = 4',
        ...rebuilt('t', 'id text primary key, a text', 'insert into t__temp_alter select * from t'),
      ],
    ],
  ])('what statements change %s is said', async (_, up) => {
    const { up: findings } = await judged(codes, up);
    expect(hazards(findings)).toEqual([]);
    expect(notices(findings)).toEqual(['changed-on-purpose t 1', 'changed-on-purpose t a 1']);
  });
});

describe('names that change', () => {
  const people = `create table person (id integer primary key, first text, last text, age integer);
    insert into person values (1, 'Ada', 'L', 36), (2, 'Bo', null, 7)`;

  test('each column that could be a dropped one under a new name is named', async () => {
    const { up } = await judged(people, [
      'alter table person drop column first',
      'alter table person drop column last',
      'alter table person add column given text',
      'alter table person add column family text',
    ]);
    expect(hazards(up)).toEqual(['rename-lost person first 2', 'rename-lost person last 1']);
    expect(up[0]?.what).toContain('given, family');
  });

  test('not those of another kind, nor those that are filled', async () => {
    const { up } = await judged(people, [
      'alter table person drop column first',
      'alter table person add column height real',
      'alter table person add column name text',
      `update person set name = 'x'`,
    ]);
    expect(hazards(up)).toEqual([]);
    expect(notices(up)).toContain('changed-on-purpose person first 2');
  });
});

describe('after the downgrade', () => {
  const counted = `create table t (id integer primary key autoincrement, a text, b text); insert into t values (1, 'x', 'p'), (5, 'y', 'q')`;

  test('a dropped table that is made again numbers its rows anew, which is no hazard', async () => {
    const { up, down } = await judged(
      counted,
      ['drop table t'],
      ['create table t (id integer primary key autoincrement, a text, b text)'],
    );
    expect(hazards(up)).toEqual([]);
    expect(notices(up)).toEqual(['changed-on-purpose t 2']);
    expect(hazards(down)).toEqual([]);
    expect(notices(down)).toEqual(['changed-on-purpose t 2', 'sequence t 5']);
  });

  test('a rebuild that forgets the numbers is one', async () => {
    const { up } = await judged(`${counted}; delete from t where id = 5`, [
      ...rebuilt(
        't',
        'id integer primary key autoincrement, a text, b text',
        'insert into t__temp_alter select * from t',
      ),
    ]);
    expect(hazards(up)).toEqual(['sequence t 4']);
  });

  test('rows, columns and values that are not back are told with their counts', async () => {
    const { down } = await judged(
      counted,
      ['delete from t where id = 5', 'alter table t drop column b', `update t set a = 'z'`],
      ['alter table t add column c text'],
    );
    expect(hazards(down)).toEqual([]);
    expect(down.map(({ what }) => what)).toEqual([
      '1 of 2 rows of t is not back after up and down.',
      '1 value of t.a is not what it was before the upgrade.',
      'Column t.b is not back, which had 1 value.',
    ]);
  });

  test('what the downgrade loses by the way is a hazard, also of rows that the upgrade made', async () => {
    const { down } = await judged(
      shop('on delete cascade'),
      ['alter table shelf add column width integer', `insert into jar values (9, 2, 'new')`],
      [
        'delete from jar where id = 9',
        ...rebuilt(
          'shelf',
          'id integer primary key, label text',
          'insert into shelf__temp_alter select id, label from shelf',
        ),
      ],
    );
    expect(hazards(down)).toEqual(['rows-lost jar 3']);
  });

  test('a conversion that comes back is no loss, and one that does not is', async () => {
    const table =
      'create table t (id integer primary key, s real); insert into t values (1, 1.5), (2, 2.25)';
    const exact = await judged(
      table,
      ['update t set s = round(s * 100)'],
      ['update t set s = s / 100'],
    );
    expect([...hazards(exact.up), ...hazards(exact.down)]).toEqual([]);
    const cut = await judged(
      table.replaceAll('table t', 'table t2').replaceAll('into t', 'into t2'),
      ['update t2 set s = round(s)'],
      ['update t2 set s = s'],
    );
    expect(hazards(cut.down)).toEqual(['narrowed t2 s 2']);
  });

  const measured = `create table t (id integer primary key, s real, n text);
    insert into t values (1, 1.5, 'x'), (2, 2.25, 'x'), (3, 3.75, 'x')`;
  const toInteger = rebuilt(
    't',
    'id integer primary key, s integer, n text',
    'insert into t__temp_alter select id, cast(s as integer), n from t',
  );
  const toReal = rebuilt(
    't',
    'id integer primary key, s real, n text',
    'insert into t__temp_alter select id, cast(s as real), n from t',
  );

  test.each([
    ['a literal, before', ['update t set s = 7 where id = 1', ...toInteger], 2],
    ['a literal, after', [...toInteger, 'update t set s = null where id <> 2'], 1],
    [
      'a row that takes the place of one',
      [...toInteger, `insert or replace into t values (1, 9, 'new')`],
      2,
    ],
    [
      'under another name',
      [
        'alter table t rename column s to size',
        'update t set size = round(size)',
        'update t set size = 0 where id = 3',
        'alter table t rename column size to s',
      ],
      2,
    ],
  ])('what a statement writes is not cut: %s', async (_, up, cut) => {
    const { down } = await judged(measured, up, toReal);
    expect(hazards(down)).toEqual([`narrowed t s ${cut}`]);
    expect(notices(down)).toContain(`changed-on-purpose t s ${3 - cut}`);
  });

  test.each([
    ['computed after it', 'update t set s = s + 1'],
    ['computed by a query', 'insert or replace into t select id, s + 1, n from t'],
  ])('what is %s is cut all the same', async (_, last) => {
    const { down } = await judged(measured, [...toInteger, last], toReal);
    expect(hazards(down)).toEqual(['narrowed t s 3']);
  });

  test('without a downgrade, what is cut is told of the upgrade, and what is written is not', async () => {
    const { up } = await judged(measured, [...toInteger, 'update t set s = 9 where id = 1']);
    expect(hazards(up)).toEqual(['narrowed t s 2']);
    expect(notices(up)).toEqual(['changed-on-purpose t s 1']);
  });
});

describe('a copy that gives a column other values than its own', () => {
  const pairs = `create table t (id integer primary key, a text, b text);
    insert into t values (1, 'x', 'y'), (2, 'v', 'w')`;
  const copied = (columns: string, insert: string) => rebuilt('t', columns, insert);
  const same = 'id integer primary key, a text, b text';

  test('an update of one row, whose key became another one, accounts for no other', async () => {
    const { up } = await judged(pairs, [
      'update t set id = 7 where id = 2',
      ...rebuilt(
        't',
        'id integer primary key, a text, b text',
        `insert into t__temp_alter select id, 'same', b from t`,
      ),
      `update t set a = 'z' where id = 7`,
    ]);
    expect(hazards(up)).toEqual(['values-lost t a 1']);
  });

  test.each([
    ['NULL', same, 'insert into t__temp_alter select id, a, null from t', ['b']],
    ['a constant', same, `insert into t__temp_alter select id, a, 'none' from t`, ['b']],
    ['nothing', same, 'insert into t__temp_alter (id, a) select id, a from t', ['b']],
    [
      'a default',
      `${same} default 'd'`,
      'insert into t__temp_alter (id, a) select id, a from t',
      ['b'],
    ],
    ['another column', same, 'insert into t__temp_alter select id, b, a from t', ['a', 'b']],
    [
      'those of another order',
      'id integer primary key, b text, a text',
      'insert into t__temp_alter select * from t',
      ['a', 'b'],
    ],
  ])('%s', async (_, columns, insert, lost) => {
    const { up } = await judged(pairs, copied(columns, insert));
    expect(hazards(up)).toEqual(lost.map((column) => `values-lost t ${column} 2`));
    expect(notices(up)).toEqual([]);
    expect(up[0]?.statement).toBe(insert);
  });

  test('is a loss beside an update of the other column, too', async () => {
    const { up } = await judged(pairs, [
      `update t set a = 'k'`,
      ...copied(same, 'insert into t__temp_alter select id, a, null from t'),
    ]);
    expect(hazards(up)).toEqual(['values-lost t b 2']);
    expect(notices(up)).toEqual(['changed-on-purpose t a 2']);
  });

  test('is none where a later statement fills it', async () => {
    const { up } = await judged(pairs, [
      ...copied(same, 'insert into t__temp_alter select id, a, null from t').slice(0, 2),
      'update t__temp_alter set b = (select b from t where t.id = t__temp_alter.id)',
      ...copied(same, '').slice(2),
    ]);
    expect(hazards(up)).toEqual([]);
  });

  test('is none where a statement computes it', async () => {
    const { up } = await judged(
      `${pairs}; update t set a = null where id = 2`,
      copied(same, 'insert into t__temp_alter select id, coalesce(a, b), b from t'),
    );
    expect(hazards(up)).toEqual([]);
    expect(notices(up)).toEqual(['changed-on-purpose t a 1']);
  });

  test('is none where it had no values', async () => {
    const { up } = await judged(
      `${pairs}; update t set b = null`,
      copied(same, `insert into t__temp_alter select id, a, 'none' from t`),
    );
    expect(hazards(up)).toEqual([]);
  });
});

test('a table that is dropped and made again empty can’t be renamed to itself', async () => {
  const { up } = await judged(
    `create table t (id integer primary key, a text); insert into t values (1, 'x')`,
    ['drop table t', 'create table t (id integer primary key, a text)'],
  );
  expect(hazards(up)).toEqual(['table-rename-lost t 1']);
  expect(up[0]?.repairs).toEqual([]);
});

describe('what triggers do', () => {
  const base = `create table t (id integer primary key, a text, n integer, changed text);
    create table log (id integer primary key, m text);
    insert into t values (1, 'x', 10, 'then'), (2, 'y', 20, 'then'), (3, 'z', 30, 'then');
    insert into log values (1, 'one'), (2, 'two')`;
  const on = (event: string, body: string) =>
    `${base}; create trigger fires after ${event} begin ${body}; end`;

  test.each([
    [
      'a row that statements put there and delete',
      on('update on t', 'delete from log where id = 1'),
      [
        `update t set a = 'q' where id = 1`,
        `insert into log values (7, 'new')`,
        'delete from log where id = 7',
      ],
      'rows-lost log 1',
    ],
    [
      'rows that statements delete and put back',
      on('update on log', 'delete from t where id = 1'),
      [
        'delete from t',
        `insert into t values (1, 'x', 10, 'then'), (2, 'y', 20, 'then'), (3, 'z', 30, 'then')`,
        `update log set m = 'q' where id = 2`,
      ],
      'rows-lost t 1',
    ],
    [
      'a value that a statement gives again',
      on('update on t', `update log set m = 'z' where id = 1`),
      [`update t set a = 'q' where id = 1`, `update log set m = 'two' where id = 2`],
      'values-lost log m 1',
    ],
    [
      'another row of the table',
      on('update of n on t', 'update t set a = null where id = 3'),
      ['update t set n = 1 where id = 1'],
      'values-lost t a 1',
    ],
    [
      'a trigger that the revision makes',
      base,
      [
        'create trigger fires after insert on log begin delete from t where id = 3; end',
        `insert into log values (3, 'three')`,
        'delete from t where id = 2',
        'drop trigger fires',
      ],
      'rows-lost t 1',
    ],
  ])('is not hidden by %s', async (_, schema, up, lost) => {
    const { up: found } = await judged(schema, up);
    expect(hazards(found)).toEqual([lost]);
  });

  const touch = on('update of a, n on t', `update t set changed = 'now' where id = new.id`);
  test.each([
    ['changes', `update t set a = 'q' where id < 3`, ['t changed 2', 't a 2']],
    [
      'gives some of them the values that they had',
      `update t set a = 'x'`,
      ['t changed 3', 't a 2'],
    ],
  ])('to the rows that a statement %s is told', async (_, sql, told) => {
    const { up } = await judged(touch, [sql]);
    expect(hazards(up)).toEqual([]);
    expect(notices(up)).toEqual(told.map((each) => `changed-on-purpose ${each}`));
  });

  test('is nothing where rows are added, or new ones changed', async () => {
    const schema = `${on('insert on t', `insert into log (m) values (new.a)`)};
      create trigger stamps after insert on t begin update t set changed = 'now' where id = new.id; end`;
    const { up } = await judged(schema, [`insert into t values (4, 'w', 40, null)`]);
    expect(hazards(up)).toEqual([]);
    expect(notices(up)).toEqual([]);
  });

  test('beside a rebuild that takes rows of others along, each is told for itself', async () => {
    const schema = shop(
      'on delete cascade',
      `
      create table log (id integer primary key, m text); insert into log values (1, 'one'), (2, 'two');
      create trigger fires after update on shelf begin delete from log where id = 1; end`,
    );
    const { up } = await judged(schema, [
      `update shelf set label = 'high' where id = 1`,
      `insert into log values (7, 'new')`,
      'delete from log where id = 7',
      ...rebuiltShelf,
      'create trigger fires after update on shelf begin delete from log where id = 1; end',
    ]);
    expect(hazards(up)).toEqual(['rows-lost jar 3', 'rows-lost log 1']);
  });

  const forgets =
    'create trigger fires after update on log begin delete from jar where id = 1; end';
  const log = `create table log (id integer primary key, m text); insert into log values (1, 'one')`;

  test('a row that went with what it refers to is not lost to a trigger', async () => {
    const { up } = await judged(shop('on delete cascade', `${log}; ${forgets};`), [
      'delete from shelf where id = 1',
      `update log set m = 'two'`,
    ]);
    expect(hazards(up)).toEqual([]);
    expect(notices(up)).toContain('changed-on-purpose jar 2');
  });

  test('values of rows that went with what they refer to are not lost to a trigger', async () => {
    const schema = shop(
      'on delete cascade',
      `create trigger fires after update on jar begin update jar set name = 'q' where id <> new.id; end;`,
    );
    const { up } = await judged(schema, [
      `update jar set name = 'fig' where id = 3`,
      'delete from shelf',
      'delete from jar',
    ]);
    expect(hazards(up)).toEqual([]);
  });

  test('what goes with a row that a trigger takes is lost as well', async () => {
    const { up } = await judged(
      shop(
        'on delete cascade',
        `${log}; create trigger fires after update on log begin delete from shelf where id = 1; end;`,
      ),
      [`update log set m = 'two'`],
    );
    expect(hazards(up).toSorted()).toEqual(['rows-lost jar 2', 'rows-lost shelf 1']);
  });

  test('a trigger that keeps a statement from deleting takes nothing away', async () => {
    const schema = `${base}; create trigger keeps before delete on t begin select raise(ignore); end`;
    const { up } = await judged(schema, ['delete from t where id = 1']);
    expect(up).toEqual([]);
  });

  const keeps = (body: string) =>
    `${base}; create trigger keeps before delete on t begin ${body} select raise(ignore); end`;
  test('where one keeps a row and marks it, that is told of the row', async () => {
    const schema = keeps(`update t set changed = 'gone' where id = old.id;`);
    const { up } = await judged(schema, ['delete from t where id < 3']);
    expect(hazards(up)).toEqual([]);
    expect(notices(up)).toEqual(['changed-on-purpose t changed 2']);
  });

  test.each([
    ['a row beside it', `update t set changed = 'gone' where id = 3;`, 'values-lost t changed 1'],
    ['another table', 'delete from log where id = 1;', 'rows-lost log 1'],
  ])('where one keeps a row, what it does to %s is no secret', async (_, body, lost) => {
    const { up } = await judged(keeps(body), ['delete from t where id = 1', ...hidden('log')]);
    expect(hazards(up)).toEqual([lost]);
  });

  const hidden = (table: string) => [
    `insert into ${table} (id) values (7)`,
    `delete from ${table} where id = 7`,
  ];
  const view = (body: string) =>
    `${base}; create view shown as select id, a from t where changed <> 'gone';
      create trigger deletes instead of delete on shown begin ${body}; end`;
  test.each([
    ['marks', `update t set changed = 'gone' where id = old.id`, 'changed 1'],
    ['deletes', 'delete from t where id = old.id', '1'],
  ])(
    'what the trigger of a view %s in its table is what a statement says',
    async (_, body, told) => {
      const { up } = await judged(view(body), ['delete from shown where id = 2']);
      expect(hazards(up)).toEqual([]);
      expect(notices(up)).toEqual([`changed-on-purpose t ${told}`]);
    },
  );

  test('what the trigger of a view does elsewhere is not', async () => {
    const { up } = await judged(view('delete from log where id = old.id'), [
      'delete from shown where id = 2',
      ...hidden('log'),
    ]);
    expect(hazards(up)).toEqual(['rows-lost log 1']);
  });
});

describe('a row that another one replaces', () => {
  const jars = `create table jar (id integer primary key, name text unique, n integer);
    insert into jar values (1, 'plum', 1), (2, 'pear', 2), (3, 'fig', 3)`;
  const ownRow = [`insert into jar values (7, 'new', 7)`, 'delete from jar where id = 7'];

  test.each([
    ['insert or replace', `insert or replace into jar values (9, 'pear', 9)`],
    ['replace', `replace into jar (id, name) select 9, 'pear'`],
    ['update or replace', `update or replace jar set name = 'pear' where id = 1`],
  ])('%s: is lost, although as many new rows are deleted', async (_, sql) => {
    const { up } = await judged(jars, [sql, ...ownRow]);
    expect(hazards(up)).toEqual(['rows-lost jar 1']);
    expect(up[0]?.keys).toEqual(['id = 2']);
  });

  test('is lost to one that gets its key', async () => {
    const sql = 'update or replace jar set id = 2 where id = 1';
    expect(hazards((await judged(jars, [sql, ...ownRow])).up)).toEqual(['rows-lost jar 1']);
  });

  test('is lost where the table itself says to replace', async () => {
    const schema = jars.replace('unique', 'unique on conflict replace');
    const { up } = await judged(schema, [`update jar set name = 'pear' where id = 1`, ...ownRow]);
    expect(hazards(up)).toEqual(['rows-lost jar 1']);
  });

  test('is deleted as a statement says, where it was deleted by its name before', async () => {
    const { up } = await judged(jars, [
      'delete from jar where id = 2',
      `insert or replace into jar values (9, 'pear', 9)`,
    ]);
    expect(hazards(up)).toEqual([]);
  });

  test('without a key of its own', async () => {
    const schema = `create table jar (name text unique, n integer);
      insert into jar values ('plum', 1), ('pear', 2), ('fig', 3)`;
    const { up } = await judged(schema, [
      `update or replace jar set name = 'pear' where n = 1`,
      `insert into jar values ('new', 7)`,
      'delete from jar where n = 7',
    ]);
    expect(hazards(up)).toEqual(['rows-lost jar 1']);
  });

  test('takes its children along, although it gets another key later', async () => {
    const schema = shop('on delete cascade on update cascade');
    const { up } = await judged(schema, [
      `insert or replace into shelf values (1, 'new')`,
      'update shelf set id = id + 500',
    ]);
    expect(hazards(up)).toEqual(['rows-lost jar 2']);
  });

  test('takes its children along as meant, where it is deleted by its name later', async () => {
    const { up } = await judged(shop('on delete cascade on update cascade'), [
      `insert or replace into shelf values (1, 'new')`,
      'delete from shelf where id = 1',
      'update shelf set id = id + 500',
    ]);
    expect(hazards(up)).toEqual([]);
  });
});

describe('keys that a copy leaves out', () => {
  const jars = `create table jar (id integer primary key, name text, n integer);
    insert into jar values (3, 'plum', 1), (7, 'pear', 2), (8, 'fig', 3)`;
  const copied = rebuilt(
    'jar',
    'id integer primary key, name text, n integer not null',
    'insert into jar__temp_alter (name, n) select name, n from jar',
  );

  test('are lost where the rows get others', async () => {
    expect(hazards((await judged(jars, copied)).up)).toEqual(['values-lost jar id 3']);
  });

  test('are lost beside what statements change and delete', async () => {
    const { up } = await judged(jars, [
      'update jar set name = upper(name)',
      'delete from jar where n = 3',
      ...copied,
    ]);
    expect(hazards(up)).toEqual(['values-lost jar id 2']);
    expect(notices(up)).toEqual(['changed-on-purpose jar 1', 'changed-on-purpose jar 2']);
  });

  test('are there where the rows get the same', async () => {
    const same = 'update jar set id = n';
    expect(hazards((await judged(`${jars}; ${same}`, copied)).up)).toEqual([]);
  });

  test('are lost where they are part of one', async () => {
    const { up } = await judged(
      `create table part (a integer, b integer default 0, note text, primary key (a, b));
       insert into part values (1, 2, 'x'), (2, 0, 'y')`,
      rebuilt(
        'part',
        'a integer, b integer default 0, note text, primary key (a, b)',
        'insert into part__temp_alter (a, note) select a, note from part',
      ),
    );
    expect(hazards(up)).toEqual(['values-lost part b 1']);
  });
});

describe('values that a rebuild converts', () => {
  const jars = `create table jar (id integer primary key, code text, n integer);
    insert into jar values (1, '012', 1), (2, ' 7', 2), (3, '13', 3)`;
  const convert = rebuilt(
    'jar',
    'id integer primary key, code integer, n integer',
    'insert into jar__temp_alter select id, code, n from jar',
  );

  test('are lost, although an update left them as they were', async () => {
    const { up } = await judged(jars, ['update jar set code = trim(code)', ...convert]);
    expect(hazards(up)).toEqual(['values-lost jar code 1']);
    expect(notices(up)).toEqual(['changed-on-purpose jar code 1']);
  });

  test('are said where an update changed them, under whatever name', async () => {
    const { up } = await judged(jars, [
      'alter table jar rename column code to "Mark"',
      `update jar set mark = ltrim(mark, ' 0')`,
      'alter table jar rename column mark to code',
      ...convert,
    ]);
    expect(hazards(up)).toEqual([]);
  });
});

describe('a table that sums another one up', () => {
  const sales = `create table sale (id integer primary key, day text, n integer);
    insert into sale values (1, 'mon', 1), (2, 'mon', 2), (3, 'tue', 3)`;
  const days = 'create table day (id integer primary key, day text, n integer)';
  const summed = 'insert into day select min(id), day, sum(n) from sale group by day';

  test.each([
    ['', [days, summed]],
    ['by what differs', [days, 'insert into day (day) select distinct day from sale']],
    ['at once', ['create table day as select day, sum(n) as n from sale group by day']],
  ])('is not what it goes on in %s', async (_, sent) => {
    const { up } = await judged(sales, [...sent, 'drop table sale']);
    expect(hazards(up)).toEqual([]);
    expect(notices(up)).toEqual(['changed-on-purpose sale 3']);
  });

  test('is, where it takes its name', async () => {
    const named = [days, summed, 'drop table sale', 'alter table day rename to sale'];
    expect(hazards((await judged(sales, named)).up)).toEqual(['rows-lost sale 1']);
  });

  test('is, where it has all that it had', async () => {
    const whole = [days, 'insert into day select * from sale group by day', 'drop table sale'];
    expect(hazards((await judged(sales, whole)).up)).toEqual(['rows-lost sale 1']);
  });
});

describe('a table without a key', () => {
  const loose = `create table t (a text, n integer); insert into t values ('x', 1), ('y', 2), ('z', 3)`;

  test('is compared by the numbers that SQLite gave its rows', async () => {
    const { up } = await judged(loose, [
      `update t set a = 'q' where a = 'x'`,
      `delete from t where a = 'z'`,
    ]);
    expect(hazards(up)).toEqual([]);
    expect(notices(up)).toEqual(['changed-on-purpose t 1', 'changed-on-purpose t a 1']);
  });

  const change = [`update t set a = 'q' where a = 'x'`, `update t set n = 9 where a = 'y'`];
  test.each([
    ['beside updates', change, 'select a, n from t', []],
    [
      'beside updates and a delete',
      [...change, 'delete from t where n = 3'],
      'select a, n from t',
      [],
    ],
    ['by a copy that computes', [], 'select upper(a), n from t', []],
    [
      'by a copy that computes and leaves out',
      [],
      `select 'q' || a, n from t where a <> 'x'`,
      ['rows-lost t 1'],
    ],
    [
      'by a copy that leaves out, beside updates',
      change,
      'select a, n from t where n <> 3',
      ['rows-lost t 1'],
    ],
    [
      'by a copy that leaves out, beside updates and a new row',
      [...change, `insert into t values ('new', 5)`],
      'select a, n from t where n <> 3',
      ['values-lost t 1'],
    ],
  ])('is rebuilt %s', async (_, sent, copy, lost) => {
    const again = rebuilt('t', 'a text, n integer not null', `insert into t__temp_alter ${copy}`);
    expect(hazards((await judged(loose, [...sent, ...again])).up)).toEqual(lost);
  });

  test('is rebuilt by a copy that cuts', async () => {
    const cut = 'insert into t__temp_alter select cast(a as integer), n from t';
    const { up } = await judged(loose, rebuilt('t', 'a integer, n integer', cut));
    expect(hazards(up)).toEqual(['narrowed t 3']);
  });

  test('and one whose key holds NULL, are updated as statements say', async () => {
    const { up } = await judged(
      `create table t (a text primary key, n integer); insert into t values ('x', 1), (null, 2), (null, 3)`,
      [`update t set n = 7 where a = 'x'`],
    );
    expect(hazards(up)).toEqual([]);
  });

  const linked = `create table shelf (id integer primary key, label text);
    create table link (shelf_id integer references shelf (id) on delete cascade, note text);
    insert into shelf values (1, 'top'), (2, 'low');
    insert into link values (1, 'x'), (1, 'x'), (2, null)`;
  const aside = 'create temp table aside as select * from link';
  test.each([
    ['all of them', 'insert into link select * from aside', []],
    ['some', 'insert into link select * from aside where note is null', ['rows-lost link 2']],
    ['one of two alike', 'insert into link select distinct * from aside', ['rows-lost link 1']],
  ])('gets %s of its rows back from where they were put aside', async (_, back, lost) => {
    const { up } = await judged(linked, [aside, ...rebuiltShelf, back]);
    expect(hazards(up)).toEqual(lost);
  });

  test('is compared by its values where a rebuild numbers them anew', async () => {
    const { up } = await judged(loose, [
      'delete from t where n = 1',
      ...rebuilt('t', 'a text, n integer not null', 'insert into t__temp_alter select a, n from t'),
    ]);
    expect(hazards(up)).toEqual([]);
    expect(notices(up)).toEqual(['changed-on-purpose t 1']);
  });
});

describe('what keeps rows from being found', () => {
  const uuids = [
    'create table jar2 (id text primary key, shelf_id integer references shelf (id) on delete set null, name text)',
    'insert into jar2 select lower(hex(randomblob(16))), shelf_id, name from jar',
    'drop table jar',
    'alter table jar2 rename to jar',
  ];
  test('keys of chance hide no emptied reference', async () => {
    const { up } = await judged(shop('on delete set null'), [...uuids, ...rebuiltShelf]);
    expect(hazards(up)).toEqual(['values-lost jar 3']);
  });

  test('nor are they lost by themselves', async () => {
    const { up } = await judged(shop('on delete set null'), [
      ...uuids,
      'delete from shelf where id = 1',
    ]);
    expect(hazards(up)).toEqual([]);
  });

  const kinds = (action: string) => `
    create table kind (code text primary key, label text);
    create table jar (n integer, kind text references kind ${action});
    insert into kind values ('a', 'A'), ('b', 'B'); insert into jar values (1, 'a'), (2, 'b');`;
  const again = ['delete from kind', `insert into kind values ('a', 'AA'), ('b', 'BB')`];
  test.each([
    ['on delete set null', again],
    ['on delete cascade', [...again, `insert into jar values (3, 'a'), (4, 'b')`]],
  ])('%s: rows without a key, whose parents are there again', async (action, statements) => {
    const { up } = await judged(kinds(action), statements);
    expect(hazards(up)).toEqual(['values-lost jar 2']);
  });

  test('a default that takes the place of a reference whose parent is there again', async () => {
    const schema = shop('on delete set default').replace(
      'shelf_id integer',
      'shelf_id integer default 2',
    );
    const { up } = await judged(schema, [
      'delete from shelf where id = 1',
      `insert into shelf values (1, 'top')`,
    ]);
    expect(hazards(up)).toEqual(['values-lost jar shelf_id 2']);
  });

  test('values that a copy drops are lost, although its rows are put aside and back', async () => {
    const { up } = await judged(shop('on delete cascade'), [
      ...rebuilt(
        'jar',
        'id integer primary key, shelf_id integer, name text',
        `insert into jar__temp_alter (id, shelf_id, name) select id, shelf_id, 'same' from jar`,
      ),
      'create table aside as select id, shelf_id, name from jar',
      'delete from jar',
      'insert into jar (id, shelf_id, name) select id, shelf_id, name from aside',
      'drop table aside',
    ]);
    expect(hazards(up)).toContain('values-lost jar name 4');
  });

  test('a reference of a new row is emptied, and its parent is there again', async () => {
    const { up } = await judged(shop('on delete set null'), [
      `insert into jar values (9, 2, 'new')`,
      'create table aside as select * from shelf',
      'delete from shelf',
      'insert into shelf select * from aside',
      'drop table aside',
    ]);
    expect(hazards(up)).toEqual(['values-lost jar shelf_id 4']);
  });

  test('links whose key refers, beside others that are made since', async () => {
    const { up } = await judged(
      `create table tag (id integer primary key, w text); create table jar (id integer primary key);
       create table link (jar_id integer references jar on delete cascade, tag_id integer references tag on delete cascade, primary key (jar_id, tag_id));
       insert into tag values (1, 'x'), (2, 'y'); insert into jar values (1), (2); insert into link values (1, 1), (2, 1);`,
      [
        'delete from tag where id = 1',
        `insert into tag values (1, 'x')`,
        'insert or ignore into link select id, 2 from jar where not exists (select 1 from link where jar_id = jar.id)',
      ],
    );
    expect(hazards(up)).toEqual(['rows-lost link 2']);
  });

  test('a reference that is made anew with another rule', async () => {
    const { up } = await judged(shop('on update set null'), [
      'update shelf set id = id + 10',
      'update shelf set id = id - 10',
      ...rebuilt(
        'jar',
        'id integer primary key, shelf_id integer references shelf (id), name text',
        'insert into jar__temp_alter select id, shelf_id, name from jar',
      ),
    ]);
    expect(hazards(up)).toEqual(['values-lost jar shelf_id 3']);
  });
});

describe('statements that are written in an unusual way', () => {
  const jars = `create table jar (id integer primary key, name text unique, n integer);
    insert into jar values (1, 'plum', 1), (2, 'pear', 2), (3, 'fig', 3)`;

  test.each([
    `with x as (select 9 as a) replace into jar select a, 'pear', 9 from x`,
    `/* new */ replace into jar values (9, 'pear', 9)`,
  ])('%s', async (sql) => {
    const { up } = await judged(jars, [sql, 'delete from jar where id = 9']);
    expect(hazards(up)).toEqual(['rows-lost jar 1']);
  });

  test.each([
    [
      'a column list that can’t be read',
      [
        'create table jar2 (id integer primary key, name text, n integer, unique (name collate nocase))',
        'insert into jar2 select id, name, null from jar where id < 3',
      ],
      ['rows-lost jar 1', 'values-lost jar n 2'],
    ],
    [
      'a query that can’t be read',
      [
        'create table jar2 as select * from jar where id < 2 union all select * from jar where id > 2',
      ],
      ['rows-lost jar 1'],
    ],
    [
      'the same with all rows',
      ['create table jar2 as select * from jar union all select * from jar where 0'],
      [],
    ],
  ])('a table made anew by %s', async (_, made, lost) => {
    const { up } = await judged(jars, [
      ...made,
      'drop table jar',
      'alter table jar2 rename to jar',
    ]);
    expect(
      hazards(up)
        .filter((each) => !each.startsWith('objects-lost'))
        .toSorted(),
    ).toEqual(lost);
    expect(up.map(({ what }) => what).join()).not.toContain('Table jar is dropped');
  });

  test('hints about indexes', async () => {
    const { up } = await judged(`${jars}; create index jar_n on jar (n)`, [
      'delete from jar not indexed where id = 1',
      `update jar indexed by jar_n set name = 'x' where n = 2`,
    ]);
    expect(hazards(up)).toEqual([]);
    expect(notices(up)).toEqual(['changed-on-purpose jar 1', 'changed-on-purpose jar name 1']);
  });

  test('a parent that is made anew so takes its rows along by the way', async () => {
    const { up } = await judged(shop('on delete cascade'), [
      `create table shelf2 (id integer primary key, label 'text')`,
      'insert into shelf2 select * from shelf',
      'drop table shelf',
      'alter table shelf2 rename to shelf',
    ]);
    expect(hazards(up)).toContain('rows-lost jar 3');
  });

  test('rows that are put back after a comment', async () => {
    const { up } = await judged(shop('on delete cascade'), [
      'create temp table aside as select * from jar',
      ...rebuiltShelf,
      '-- put them back\ninsert into jar select * from aside where shelf_id is not null',
    ]);
    expect(hazards(up)).toEqual([]);
  });

  test('a bare word as a default, and a parent whose keys have a collation', async () => {
    const { up } = await judged(
      `create table kind (code text collate nocase primary key);
       create table jar (id integer primary key, kind text default misc references kind on delete set default);
       insert into kind values ('A'), ('misc'); insert into jar values (1, 'a')`,
      [`delete from kind where code = 'a'`],
    );
    expect(hazards(up)).toEqual([]);
  });
});

describe('a trigger that notes changes in its own table', () => {
  const touches = `create trigger touch after update on jar begin update jar set changed = 'now' where id = new.id; end;`;
  const touched = (more = '') =>
    `${shop('on delete set null', more)} alter table jar add column changed text; ${touches}`;

  test('does so for a reference that is emptied, too', async () => {
    const { up } = await judged(touched(), ['delete from shelf where id = 1']);
    expect(hazards(up)).toEqual([]);
  });

  test('does so under the name that the column has then', async () => {
    const { up } = await judged(touched(), [
      'update jar set shelf_id = 2',
      'alter table jar rename column changed to touched',
    ]);
    expect(hazards(up)).toEqual([]);
  });

  test('hides nothing that another one does to other columns', async () => {
    const { up } = await judged(
      touched(`create table log (id integer primary key);
        create trigger evil after insert on log begin update jar set name = 'lost' where id = 1; end;`),
      [`update jar set shelf_id = 2`, 'insert into log values (1)'],
    );
    expect(hazards(up)).toEqual(['values-lost jar name 1']);
  });
});

test('where a row may have been pushed out and that can’t be measured, it is said', async () => {
  const keeps = `create trigger keeps before delete on jar begin select raise(abort, 'no'); end`;
  const { up } = await judged(
    `create table jar (id integer primary key, name text unique); insert into jar values (1, 'plum'), (2, 'pear'); ${keeps}`,
    [
      `insert or replace into jar values (9, 'pear')`,
      `insert into jar values (7, 'new')`,
      'drop trigger keeps',
      'delete from jar where id = 7',
      keeps,
    ],
  );
  expect(hazards(up)).toContain('not-compared 0');
});

test('rows that refer to each other in a circle are found as their keys are compared', async () => {
  const { up } = await judged(
    `create table root (code text primary key collate nocase not null);
     create table one (code text primary key collate nocase not null, other text references other on delete cascade, root text references root on delete cascade);
     create table other (code text primary key collate nocase not null, one text references one on delete cascade);
     insert into root values ('R'); insert into one values ('A', null, 'r'); insert into other values ('B', 'a'); update one set other = 'b'`,
    ['delete from root', `insert into root values ('R')`],
  );
  expect(hazards(up)).toEqual(['rows-lost one 1', 'rows-lost other 1']);
});

test('an integer that a real does not hold is lost, also the largest of all', async () => {
  const { up } = await judged(
    `create table jar (id integer primary key, grains integer);
     insert into jar values (1, 9223372036854775807), (2, 9007199254740993), (3, 12), (4, -9223372036854775808)`,
    [
      'create table n (id integer primary key, grains real)',
      'insert into n select id, grains from jar',
      'drop table jar',
      'alter table n rename to jar',
    ],
  );
  expect(up).toMatchObject([{ severity: 'hazard', rows: 2, keys: ['id = 1', 'id = 2'] }]);
});

test('a row that gets another key is found by what else it holds, also in a column of another type', async () => {
  const { up } = await judged(
    `create table jar (id integer primary key, name text, litres real);
     insert into jar values (1, 'plum', 3), (2, 'pear', 0.5), (3, 'fig', null)`,
    [
      'update jar set id = 503 where id = 3',
      'create table n (id integer primary key, name text, litres text)',
      'insert into n select * from jar',
      'drop table jar',
      'alter table n rename to jar',
    ],
  );
  expect(hazards(up)).toEqual([]);
});

test('texts in a column of numbers do not matter in rows that go with what they refer to', async () => {
  const { up } = await judged(
    `create table shelf (id integer primary key);
     create table jar (id integer primary key, size text, shelf integer references shelf on delete cascade);
     insert into shelf values (1), (2); insert into jar values (1, 'large', 1), (2, '12', 2)`,
    [
      'delete from shelf where id = 1',
      'create table n (id integer primary key, size integer, shelf integer references shelf on delete cascade)',
      'insert into n select * from jar',
      'drop table jar',
      'alter table n rename to jar',
    ],
  );
  expect(hazards(up)).toEqual([]);
});

describe('references to rows that never existed', () => {
  const orphaned = `pragma foreign_keys = off; ${shop('on delete cascade', "insert into jar values (9, 77, 'lost');")}`;

  test.each([
    ['in a table with another name', ['alter table jar rename to pot']],
    ['in a column with another name', ['alter table jar rename shelf_id to rack_id']],
    ['to a table with another name', ['alter table shelf rename to rack']],
    [
      'with other names all around',
      [
        'alter table jar rename shelf_id to rack_id',
        'alter table shelf rename to rack',
        'alter table jar rename to pot',
      ],
    ],
  ])('are no news %s', async (_name, up) => {
    const { up: found } = await judged(orphaned, up);
    expect(hazards(found)).toEqual([]);
  });
});

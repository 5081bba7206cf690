/**
 * What small revisions do to rows, and what is said of it. Each case is a schema of its own in one
 * database, in which everything that is asked for happens as in a rehearsal.
 */

import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Counted, PassRecord } from '../../../../../source/engine/databases/measurement.ts';
import { PostgresqlThrowaway } from '../../../../../source/engine/databases/postgresql/throwaway/throwaway.ts';
import { Savepoints } from '../../../../../source/engine/run/savepoints.ts';
import { Database } from '../../../../kit/postgresql.ts';

let database: Database;
let client: Client;
let throwaway: PostgresqlThrowaway;

beforeAll(async () => {
  database = await Database.make();
  throwaway = new PostgresqlThrowaway({
    name: database.name,
    access: { options: { connectionString: database.url }, Client },
    elsewhere: false,
    table: 'mikro_orm_migrations',
    drop: async () => {},
  });
  client = new Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await throwaway.drop();
  await client.end();
  await database[Symbol.asyncDispose]();
});

/** Statements of a pass, sent and measured as those of a revision. */
async function pass(
  direction: 'up' | 'down',
  sent: readonly string[],
  transactional = true,
): Promise<PassRecord> {
  const meter = throwaway.meter();
  const query = async (sql: string) => (await client.query(sql)).rows;
  const statements: PassRecord['statements'][number][] = [];
  const committed: Counted[] = [];
  const savepoints = new Savepoints();
  if (transactional) await client.query('begin');
  try {
    for (const sql of sent) {
      await meter.before(sql, query);
      const { rowCount } = await client.query(sql);
      if (/^(savepoint|release|rollback)\b/.test(sql)) {
        statements.length = savepoints.ended(sql, statements.length);
        continue;
      }
      statements.push({ sql, ms: 0, error: null, ...(await meter.after(sql, query, rowCount)) });
    }
    if (transactional) {
      await client.query('commit');
      const counted = await meter.committed?.(query);
      if (counted) committed.push(counted);
    }
  } catch (error) {
    if (transactional) await client.query('rollback');
    throw error;
  }
  return { direction, statements, committed };
}

/** Makes a schema of its own, in place of all that there is. */
async function anew(before: string): Promise<void> {
  const old = await client.query(
    `select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'`,
  );
  for (const { nspname } of old.rows) await client.query(`drop schema "${nspname}" cascade`);
  await client.query(`create schema public; ${before}`);
}

/** What the last of them told to be dropped along. */
let alongside: readonly string[] = [];

/** Findings as `kind table.column rows`, those of notices as `said …`; nothing of the schema stays. */
async function judged(
  before: string,
  up: readonly string[],
  down: readonly string[] | null = null,
  known: readonly string[] = down ?? [],
  transactional = true,
): Promise<readonly string[]> {
  await anew(before);
  const mark = await throwaway.mark();
  try {
    const passes = [await pass('up', up, transactional)];
    if (down) {
      // What the way back is judged by knows what was told of the way up.
      await throwaway.compare(mark, passes, { up, down: known });
      passes.push(await pass('down', down));
    }
    const { findings } = await throwaway.compare(mark, passes, { up, down: known });
    alongside = findings.flatMap(({ kind, details }) => (kind === 'objects-lost' ? details : []));
    return findings
      .filter(({ kind }) => kind !== 'objects-lost')
      .map(({ kind, severity, table, column, rows }) =>
        [
          severity === 'notice' ? 'said' : kind,
          column === null ? table : `${table}.${column}`,
          rows,
        ].join(' '),
      );
  } finally {
    await mark.release();
  }
}

type Case = readonly [
  name: string,
  before: string,
  up: readonly string[],
  expected: readonly string[],
];

function cases(...all: readonly Case[]): void {
  test.each(all)('%s', async (_name, before, up, expected) => {
    expect(await judged(before, up)).toEqual(expected);
  });
}

const JARS = `create table jar (id int primary key, note text, size int);
  insert into jar values (1, 'a', 10), (2, 'b', 20), (3, null, 30);`;
const LIDS = `${JARS} create table lid (id int primary key, jar int references jar on delete cascade);
  insert into lid values (1, 1), (2, 1), (3, 2);`;

test('what goes in a chain is told with the table that it refers to', async () => {
  await anew(
    `${LIDS} create table ring (id int primary key, lid int references lid on delete set null);
     insert into ring values (1, 1);`,
  );
  const mark = await throwaway.mark();
  try {
    const up = ['delete from jar where id = 1'];
    const { findings } = await throwaway.compare(mark, [await pass('up', up, true)], {
      up,
      down: [],
    });
    expect(findings.map(({ what }) => what)).toEqual([
      '1 of 3 rows of jar is gone: statements of the revision delete it.',
      '2 of 3 rows of lid are gone with the rows of jar that they refer to.',
      '1 value of ring.lid became NULL with the rows of lid that they refer to.',
    ]);
  } finally {
    await mark.release();
  }
});

describe('what refers from a table without a key', () => {
  const bags = (
    action: string,
  ) => `${JARS} create table bag (jar int references jar on ${action}, n int);
    insert into bag values (1, 1), (1, 2), (2, 3), (null, 4);`;
  const aside = 'create temp table aside as select * from jar';
  cases(
    [
      'is emptied, and what it refers to is put back',
      bags('delete set null'),
      [aside, 'delete from jar', 'insert into jar select * from aside', 'drop table aside'],
      ['values-lost bag 3'],
    ],
    [
      'is emptied with what goes for good',
      bags('delete set null'),
      ['delete from jar where id = 1'],
      ['said bag 2', 'said jar 1'],
    ],
    [
      'is emptied, and some of what it refers to is put back',
      bags('delete set null'),
      [
        aside,
        'delete from jar',
        'insert into jar select * from aside where id <> 2',
        'drop table aside',
      ],
      ['said bag 1', 'values-lost bag 2', 'said jar 1'],
    ],
    [
      'is emptied beside an update of all rows',
      bags('delete set null'),
      [
        'update bag set n = n + 1',
        aside,
        'delete from jar',
        'insert into jar select * from aside',
        'drop table aside',
      ],
      ['values-lost bag 3'],
    ],
    [
      'is emptied, and gets something else then',
      bags('delete set null'),
      [
        aside,
        'delete from jar',
        'insert into jar select * from aside',
        'update bag set jar = 3 where n < 4',
        'drop table aside',
      ],
      ['said bag 3'],
    ],
    [
      'goes, and what it refers to is put back',
      bags('delete cascade'),
      [aside, 'delete from jar', 'insert into jar select * from aside', 'drop table aside'],
      ['rows-lost bag 3'],
    ],
    [
      'follows other keys',
      bags('update cascade'),
      ['update jar set id = id + 10'],
      ['said bag 3', 'said jar.id 3'],
    ],
  );
});

describe('what statements say', () => {
  cases(
    ['deleted', JARS, ['delete from jar where id = 1'], ['said jar 1']],
    ['truncated', JARS, ['truncate jar'], ['said jar 3']],
    ['updated', JARS, [`update jar set note = 'x' where id < 3`], ['said jar.note 2']],
    ['dropped', JARS, ['drop table jar'], ['said jar 3']],
    [
      'deleted, and written anew',
      JARS,
      ['delete from jar', `insert into jar (note, id) values ('n', 3), ('o', 1 + 1)`],
      [
        'said jar 1',
        'said jar.note 1',
        'values-lost jar.note 1',
        'said jar.size 1',
        'values-lost jar.size 1',
      ],
    ],
    ['a column dropped', JARS, ['alter table jar drop column note'], ['said jar.note 2']],
    [
      'in a with query',
      JARS,
      ['with gone as (delete from jar where id = 1 returning 1) select from gone'],
      ['said jar 1'],
    ],
    [
      'by merge',
      JARS,
      [
        `merge into jar using (values (1, 'm'), (9, 'n')) v (id, note) on jar.id = v.id
          when matched then update set note = v.note
          when not matched then insert values (v.id, v.note)`,
      ],
      ['said jar.note 1'],
    ],
    [
      'by insert on conflict',
      JARS,
      [`insert into jar values (1, 'z', 1) on conflict (id) do update set note = excluded.note`],
      ['said jar.note 1'],
    ],
    [
      'after a rename',
      JARS,
      [
        'alter table jar rename to pot',
        'alter table pot rename note to text',
        `update pot set text = 'x' where id = 1`,
        'delete from pot where id = 2',
      ],
      ['said jar 1', 'said jar.note 1'],
    ],
    ['a key', JARS, ['update jar set id = id + 100'], ['said jar.id 3']],
    [
      'values of an enumeration that get another name',
      `create type mood as enum ('good', 'bad'); create table jar (id int primary key, mood mood, moods mood[]);
        insert into jar values (1, 'good', '{good}'), (2, 'bad', '{bad}')`,
      [`alter type mood rename value 'bad' to 'poor'`],
      ['said jar.mood 1', 'said jar.moods 1'],
    ],
    [
      'in a block of code',
      JARS,
      [
        `do $$ declare gone int := 1; begin
          update jar set note = 'it''s; done' where id > gone;
          if found then delete from jar where id = gone; end if;
        end $$`,
      ],
      ['said jar 1', 'said jar.note 2'],
    ],
    [
      'to the schema, in a block of code',
      JARS,
      [
        `do $$ begin
          if exists (select from information_schema.columns where column_name = 'note') then
            alter table jar rename column note to text;
            alter table jar drop column size;
          end if;
        end $$`,
        `update jar set text = 'x' where id = 1`,
        'do $$ begin drop table if exists jar; end $$',
      ],
      ['said jar 3'],
    ],
    [
      'by a trigger',
      `${JARS} create function twice() returns trigger language plpgsql as
        $$ begin update pot set n = n + 1; return null; end $$;
        create table pot (id int primary key, n int); insert into pot values (1, 1);
        create trigger twice after update on jar execute function twice()`,
      [`update jar set note = 'x' where id = 1`],
      ['said jar.note 1', 'values-lost pot.n 1'],
    ],
  );
});

describe('nothing is lost', () => {
  cases(
    ['when nothing is done', JARS, ['select 1'], []],
    [
      'by renames',
      LIDS,
      [
        'create schema shop',
        'alter table jar set schema shop',
        'alter table shop.jar rename to "Jar ""1"""',
        'alter table shop."Jar ""1""" rename size to "S i z e"',
      ],
      [],
    ],
    ['by new columns', JARS, [`alter table jar add column extra text not null default 'x'`], []],
    [
      'by wider types',
      `create table t (id int primary key, a int, b varchar(5), c numeric(5, 2), d real, e json, f timestamp(0));
        insert into t values (1, 7, 'abc', 1.50, 0.1, '{"b":1,  "a":2}', '2026-01-01'), (2, null, null, null, '-0', null, null), (3, 0, '', 0, 'NaN', '[]', 'infinity')`,
      [
        `alter table t alter id type bigint, alter a type bigint, alter b type text, alter c type numeric,
          alter d type double precision, alter e type jsonb, alter f type timestamp(6)`,
      ],
      [],
    ],
    [
      'by narrower types in which all values fit',
      `create table t (id bigint primary key, a bigint, b text, c numeric, d numeric(12, 6), e jsonb, f timestamp);
        insert into t values (1, 7, 'abc', 1.5, 2.5, '{"a": 1}', '2026-01-01 10:00')`,
      [
        `alter table t alter id type int, alter a type smallint, alter b type varchar(3), alter c type numeric(10, 2),
          alter d type numeric(10, 2), alter e type json, alter f type timestamp(0)`,
      ],
      [],
    ],
    [
      'by another kind of number, or text that is JSON',
      `create table t (id int primary key, a numeric, b text, c jsonb, d uuid);
        insert into t values (1, 7.0, '{"a":  1}', '{"b": 2}', '2c1f9ac4-1d2b-4d0e-8a36-0f7d6bd2e7a1')`,
      [
        'alter table t alter a type int, alter b type jsonb using b::jsonb, alter c type text, alter d type text',
      ],
      [],
    ],
    [
      'by text without a key that becomes JSON',
      `create table t (a text, n numeric); insert into t values ('{"a":1}', 1.0), ('[]', 2)`,
      ['alter table t alter a type jsonb using a::jsonb, alter n type int'],
      [],
    ],
    [
      'by a time zone, said or that of the session',
      `set time zone 'UTC'; create table t (id int primary key, a timestamp, b timestamp, c timestamptz);
        insert into t values (1, '2026-06-01 10:00', '2026-06-01 10:00', '2026-06-01 10:00')`,
      [
        `alter table t alter a type timestamptz, alter b type timestamptz using b at time zone 'UTC',
          alter c type timestamp using c at time zone 'UTC'`,
      ],
      [],
    ],
    [
      'when an enumeration is replaced by text, and by another',
      `create type mood as enum ('good', 'bad');
        create table t (id int primary key, a mood, b mood, note numeric(4, 2)); insert into t values (1, 'good', 'bad', 1)`,
      [
        'alter table t alter a type text, alter note type numeric(6, 3)',
        `create type feeling as enum ('good', 'bad', 'mixed')`,
        'alter table t alter b type feeling using b::text::feeling',
        'drop type mood',
      ],
      [],
    ],
    [
      'when the type of a key goes',
      `create type size as enum ('s', 'm'); create table t (size size primary key, n int); insert into t values ('s', 1), ('m', 2)`,
      ['alter table t alter size type text', 'drop type size'],
      [],
    ],
    [
      'by citext and char(n)',
      `create extension citext; create table t (id char(4) primary key, a text, b char(5), c citext);
        insert into t values ('ab', 'Ab', 'x', 'Y')`,
      [
        'alter table t alter a type citext, alter b type text, alter c type text, alter id type varchar(9)',
      ],
      [],
    ],
    [
      'when a table is rebuilt under its name',
      JARS,
      [
        'create table jar_new (id bigint primary key, note text, size int)',
        'insert into jar_new select * from jar',
        'drop table jar',
        'alter table jar_new rename to jar',
      ],
      [],
    ],
    [
      'when a table is made a partition of another',
      `create table part (id int primary key, n int); insert into part values (1, 1), (2, 2)`,
      [
        'create table whole (id int primary key, n int) partition by range (id)',
        'alter table whole attach partition part for values from (0) to (10)',
      ],
      [],
    ],
    ['when a partition is detached', PARTED(), ['alter table whole detach partition one'], []],
    [
      'of tables that have a key no more',
      JARS,
      ['alter table jar drop constraint jar_pkey', `insert into jar values (1, 'a', 10)`],
      [],
    ],
    [
      'when the only column without a key is another one now, and when there is none',
      'create table t (a int); create table none (); insert into t values (null); insert into none default values',
      ['alter table t add column b int', 'alter table t drop column a'],
      [],
    ],
    [
      'of values that are generated',
      `create table t (id int generated always as identity primary key, a int, b int generated always as (a * 2) stored);
        insert into t (a) values (1), (2)`,
      ['alter table t alter column b drop expression', 'alter table t alter id drop identity'],
      [],
    ],
  );
});

function PARTED(): string {
  return `create table whole (id int primary key, n int) partition by range (id);
    create table one partition of whole for values from (0) to (10);
    create table two partition of whole for values from (10) to (20);
    insert into whole values (1, 1), (2, 2), (11, 11);`;
}

describe('a column that was generated', () => {
  const DOUBLE = `create table t (id int primary key, a int, b int generated always as (a * 2) stored);
    insert into t values (1, 1), (2, 2), (3, null);
    create function forget() returns void language plpgsql as $$ begin update t set b = null where id = 1; end $$`;
  cases(
    [
      'and is another one now, without its values',
      DOUBLE,
      ['alter table t drop column b', 'alter table t add b int'],
      ['values-lost t.b 2'],
    ],
    [
      'holds values that are lost as others are',
      DOUBLE,
      ['alter table t alter b drop expression', 'select forget()'],
      ['values-lost t.b 1'],
    ],
    [
      'and is computed otherwise now',
      DOUBLE,
      ['alter table t drop column b', 'alter table t add b int generated always as (a * 3) stored'],
      [],
    ],
    [
      'and is filled again',
      DOUBLE,
      ['alter table t drop column b', 'alter table t add b int', 'update t set b = a * 2'],
      [],
    ],
  );
});

describe('partitions and inheritance', () => {
  cases(
    ['dropped', PARTED(), ['drop table one'], ['said whole 2']],
    ['emptied', PARTED(), ['truncate one'], ['said whole 2']],
    [
      'changed while it is a table of its own',
      PARTED(),
      [
        'alter table whole detach partition one',
        'update one set n = 5 where id = 1',
        'delete from one where id = 1',
        'alter table whole attach partition one for values from (0) to (10)',
      ],
      ['said whole 1'],
    ],
    [
      'changed by code while it is a table of its own',
      `${PARTED()} create function take() returns void language sql as 'delete from one where id = 2'`,
      [
        'alter table whole detach partition one',
        'delete from one where id = 1',
        'select take()',
        'alter table whole attach partition one for values from (0) to (10)',
      ],
      ['said whole 1', 'rows-lost whole 1'],
    ],
    ['deleted from', PARTED(), ['delete from one where id = 1'], ['said whole 1']],
    ['updated', PARTED(), ['update one set n = 5 where id = 1'], ['said whole.n 1']],
    ['through the whole', PARTED(), ['delete from whole where id < 5'], ['said whole 2']],
    [
      'the parent alone, and code that takes from an heir',
      `create table parent (id int, n int); create table child (extra int) inherits (parent);
        insert into parent values (1, 1); insert into child values (2, 2, 3), (3, 3, 3);
        create function take() returns void language sql as $$ delete from child where id = 2 $$`,
      ['select take()', 'delete from only parent'],
      ['rows-lost child 1', 'said parent 1'],
    ],
    [
      'heirs, through the parent',
      `create table parent (id int, n int); create table child (extra int) inherits (parent);
        insert into parent values (1, 1); insert into child values (2, 2, 2), (3, 3, 3)`,
      ['update parent set n = 9 where id = 3', 'delete from parent where id = 2'],
      ['said child 1', 'said child 1'],
    ],
  );
});

const FORGET = `${LIDS} create function forget() returns void language sql as 'delete from lid where id < 3; update jar set note = ''?'' where id < 3';
  create function noted() returns trigger language plpgsql as $$ begin new.size := 0; return new; end $$;
  create trigger noted before update on jar for each row execute function noted();`;
const SHELVES = `create table shelf (id int primary key, up int references shelf on delete cascade);
  insert into shelf values (1, null), (2, 1), (3, 2), (4, null), (5, 4);
  create table box (id int primary key, shelf int references shelf on delete cascade on update cascade, n int);
  insert into box select n, 1 + n % 5, n from generate_series(1, 20) n;`;

describe('a statement that names a table hides nothing else that happens to it', () => {
  cases(
    [
      'code that it calls deletes and changes rows, beside an update with a trigger',
      FORGET,
      [`update jar set note = 'x' where id = 3`, 'select forget()'],
      [
        'said jar.note 1',
        'values-lost jar.note 2',
        'said jar.size 1',
        'values-lost jar.size 2',
        'rows-lost lid 2',
      ],
    ],
    [
      'rows are deleted by name, and others by code',
      FORGET,
      ['delete from lid where id = 3', 'select forget()'],
      ['values-lost jar.note 2', 'values-lost jar.size 2', 'said lid 1', 'rows-lost lid 2'],
    ],
    [
      'the same values are changed by name, and by code',
      FORGET,
      ['update lid set jar = jar', 'update jar set note = note', 'select forget()'],
      ['values-lost jar.note 2', 'said jar.size 1', 'values-lost jar.size 2', 'rows-lost lid 2'],
    ],
    [
      'rows are deleted by name, and others with what they refer to',
      SHELVES,
      ['delete from box where id in (1, 2, 3)', 'delete from shelf where id = 4'],
      ['said box 3', 'said box 7', 'said shelf 1', 'said shelf 1'],
    ],
    [
      'references are emptied beside an update of one of them',
      SHELVES.replace(
        'int references shelf on delete cascade on update cascade',
        'int references shelf on delete set null',
      ),
      ['update box set shelf = 2 where id = 1', 'delete from shelf where id = 4'],
      ['said box.shelf 1', 'said box.shelf 7', 'said shelf 1', 'said shelf 1'],
    ],
    [
      'a with query deletes by name what a reference deletes, too',
      SHELVES,
      ['with gone as (delete from shelf where id = 4) delete from box where id = 1'],
      ['said box 9', 'said shelf 2'],
    ],
    [
      'a block of code that calls other code',
      FORGET,
      [`do $$ begin update jar set size = 5 where id = 3; perform forget(); end $$`],
      ['values-lost jar.note 2', 'values-lost jar.size 3', 'rows-lost lid 2'],
    ],
    [
      'several statements in one text, one of which calls code',
      FORGET,
      [`update jar set note = 'x' where id = 3; select forget()`],
      ['values-lost jar.note 3', 'values-lost jar.size 3', 'rows-lost lid 2'],
    ],
    [
      'a reference and a trigger that the revision makes',
      `${LIDS.replace('references jar on delete cascade', '')}
        create function act() returns trigger language plpgsql as $$ begin delete from lid where id = 3; return null; end $$`,
      [
        'alter table lid add constraint lids foreign key (jar) references jar on delete cascade',
        'create trigger acts after update on jar for each row execute function act()',
        'update jar set size = size where id = 3',
        'delete from jar where id = 1',
      ],
      ['said jar 1', 'said lid 2', 'rows-lost lid 1'],
    ],
    [
      'a trigger that changes rows which refer to the changed ones',
      `${SHELVES} create function act() returns trigger language plpgsql as
        $$ begin update box set n = 0 where id in (1, 2); return null; end $$;
        create trigger counts after update on shelf execute function act();`,
      ['update shelf set up = up where id = 4', 'update shelf set id = 9 where id = 5'],
      ['said box.shelf 4', 'values-lost box.n 2', 'said shelf.id 1'],
    ],
    [
      'triggers that change the very row, before and after, or another one',
      `${JARS} alter table jar add at int default 0, add seen int default 0;
        create function act() returns trigger language plpgsql as $$ begin
          if tg_when = 'BEFORE' then new.at := 1; return new; end if;
          if pg_trigger_depth() = 1 then update jar set seen = 1 where id = new.id; end if;
          if new.id = 3 and new.size <> 5 then update jar set size = 5 where id = 1; end if;
          return null; end $$;
        create trigger a before update on jar for each row execute function act();
        create trigger b after update on jar for each row execute function act();`,
      [`update jar set note = 'x' where id = 2`],
      ['said jar.note 1', 'said jar.at 1', 'said jar.seen 1'],
    ],
    [
      'a trigger deletes beside a reference',
      `${LIDS} create function act() returns trigger language plpgsql as
        $$ begin delete from lid where id = 3; return null; end $$;
        create trigger acts after delete on jar for each row execute function act();`,
      ['delete from jar where id = 1'],
      ['said jar 1', 'said lid 2', 'rows-lost lid 1'],
    ],
    [
      'a trigger empties a reference beside one that does so by itself',
      `${LIDS.replace('on delete cascade', 'on delete set null')}
        create function act() returns trigger language plpgsql as
        $$ begin update lid set jar = null where id = 3; return null; end $$;
        create trigger acts after delete on jar for each row execute function act();`,
      ['delete from jar where id = 1'],
      ['said jar 1', 'said lid.jar 2', 'values-lost lid.jar 1'],
    ],
    [
      'rows are deleted and put back, and others went with them',
      LIDS,
      [
        'create temp table aside as select * from jar',
        'delete from jar',
        'insert into jar select * from aside',
        'drop table aside',
      ],
      ['rows-lost lid 3'],
    ],
    [
      'rows go with others to which a statement made them refer',
      LIDS,
      ['update lid set jar = 1 where id = 3', 'delete from jar where id = 1'],
      ['said jar 1', 'said lid 3'],
    ],
    [
      'rows go with others that have new keys',
      `${JARS} create table lid (id int primary key, jar int references jar on delete cascade on update cascade);
        insert into lid values (1, 1), (2, 1), (3, 2);`,
      ['update jar set id = id + 10', 'delete from jar where id = 11'],
      ['said jar 1', 'said jar.id 2', 'said lid 2', 'said lid.jar 1'],
    ],
    [
      'a table without a key loses rows beside a reference',
      `${LIDS.replace('id int primary key, jar int references', 'id int, jar int references')}
        create function act() returns trigger language plpgsql as
        $$ begin delete from lid where id = 3; return null; end $$;
        create trigger acts after delete on jar for each row execute function act();`,
      ['delete from jar where id = 1'],
      ['said jar 1', 'said lid 2', 'rows-lost lid 1'],
    ],
    [
      'a trigger changes other rows of the table than the statement',
      `${JARS} create function act() returns trigger language plpgsql as $$ begin
          if pg_trigger_depth() = 1 then update jar set size = 0 where id = 3; end if; return null; end $$;
        create trigger acts after update on jar for each row execute function act();`,
      [`update jar set note = 'x' where id = 1`],
      ['said jar.note 1', 'values-lost jar.size 1'],
    ],
    [
      'a with query that names two tables, one of which loses more by a trigger of the other',
      `${LIDS.replace('references jar on delete cascade', '')}
        create function act() returns trigger language plpgsql as
        $$ begin delete from lid where id = 3; return null; end $$;
        create trigger acts after delete on jar for each row execute function act();`,
      ['with gone as (delete from jar where id = 1) delete from lid where id = 1'],
      ['said jar 1', 'rows-lost lid 2'],
    ],
    [
      'a block of code on a table whose trigger changes another one, which it does not name',
      `create table t (id int primary key); insert into t values (1), (2); ${JARS}
        create function act() returns trigger language plpgsql as
        $$ begin delete from jar where id = 3; return null; end $$;
        create trigger acts after delete on t for each row execute function act();`,
      ['do $$ begin delete from t where id = 1; end $$'],
      ['rows-lost jar 1', 'said t 1'],
    ],
    [
      'a block of code on a table whose trigger only notes what happens',
      `${JARS} create table audit (id serial primary key, what text);
        create function noted() returns trigger language plpgsql as
          $$ begin if tg_op = 'DELETE' then insert into audit (what) values ('jar'); end if; return null; end $$;
        create trigger noted after update or delete on jar for each row execute function noted();`,
      ['do $$ begin delete from jar where id = 1; end $$'],
      ['said jar 1'],
    ],
    [
      'a block of code that deletes, on a table whose trigger only updates it',
      `${JARS}
        create function act() returns trigger language plpgsql as
          $$ begin update jar set size = 0 where id = 3 and size > 0; return null; end $$;
        create trigger acts after delete on jar for each row execute function act();`,
      ['do $$ begin delete from jar where id = 1; end $$'],
      ['said jar 1', 'values-lost jar.size 1'],
    ],
    [
      'a block of code that deletes in two tables, where a trigger of one takes what the other refers to',
      `create table t (id int primary key); insert into t values (1), (2); ${LIDS}
        create function act() returns trigger language plpgsql as
          $$ begin delete from jar where id = 1; return null; end $$;
        create trigger acts after delete on t for each row execute function act();`,
      ['do $$ begin delete from t where id = 1; delete from lid where id = 3; end $$'],
      ['rows-lost jar 1', 'rows-lost lid 3', 'said t 1'],
    ],
    [
      'a row takes the key of one that was deleted, by the order of columns',
      JARS,
      [
        'alter table jar rename id to number',
        'alter table jar add made int',
        'delete from jar where number = 1',
        `insert into jar values (1, 'new', 11, 5)`,
      ],
      ['said jar.note 1', 'said jar.size 1'],
    ],
    [
      'a row takes the key of one that was deleted, and another one is changed by a trigger',
      `${JARS}
        create function act() returns trigger language plpgsql as
          $$ begin update jar set size = 0 where id = 3; return null; end $$;
        create trigger acts after insert on jar for each row execute function act();`,
      [
        'delete from jar where id = 1',
        `insert into jar (id, note, size) values (1, 'new', 11), (7, 'x', 1)`,
      ],
      ['said jar.note 1', 'said jar.size 1', 'values-lost jar.size 1'],
    ],
    [
      'a row is written in the place of one that a trigger deleted, beside one that comes back',
      `${JARS}
        create function act() returns trigger language plpgsql as
          $$ begin delete from jar where id = 2; return null; end $$;
        create trigger acts after delete on jar for each row execute function act();`,
      ['delete from jar where id = 1', `insert into jar values (1, 'a', 10), (2, 'x', 0)`],
      ['values-lost jar.note 1', 'values-lost jar.size 1'],
    ],
    [
      'rows are deleted and written anew, and code changes what was written',
      `${JARS} create function act() returns void language sql as 'update jar set size = 5 where id < 3'`,
      [
        'do $$ begin delete from jar where id < 3; end $$',
        `insert into jar values (1, 'a', 8), (2, 'b', 8) on conflict (id) do update set size = excluded.size`,
        'select act()',
      ],
      ['values-lost jar.size 2'],
    ],
    [
      'a block of code on a table that the revision makes, with a trigger that changes another one it names',
      `${JARS} create function act() returns trigger language plpgsql as
        $$ begin delete from jar where id = 3; return null; end $$;`,
      [
        'create table log (what int)',
        'create trigger acts after insert on log for each row execute function act()',
        'do $$ begin insert into log values (1); delete from jar where id = 1; end $$',
      ],
      ['rows-lost jar 2'],
    ],
    [
      'a block of code on a table with a default that changes another one it names',
      `${JARS} create function act() returns int language plpgsql as
          $$ begin delete from jar where id = 3; return 1; end $$;
        create table log (what int, at int default act());`,
      ['do $$ begin insert into log values (1); delete from jar where id = 1; end $$'],
      ['rows-lost jar 2'],
    ],
    [
      'two statements in one text, one on a view whose trigger changes the other table',
      `${JARS} create table t (id int primary key); insert into t values (1); create view seen as select * from t;
        create function act() returns trigger language plpgsql as
          $$ begin delete from jar where id = 3; return old; end $$;
        create trigger acts instead of delete on seen for each row execute function act();`,
      ['delete from seen where id = 1; delete from jar where id = 1'],
      ['rows-lost jar 2'],
    ],
    [
      'rows are inserted, and a trigger changes another one, in a statement that may do both',
      `${JARS} create function act() returns trigger language plpgsql as
          $$ begin update jar set size = 0 where id = 3 and size > 0; return null; end $$;
        create trigger acts after insert on jar for each row execute function act();`,
      [
        `insert into jar values (1, 'x', 1), (8, 'y', 2), (9, 'z', 3)
          on conflict (id) do update set note = excluded.note`,
      ],
      ['said jar.note 1', 'values-lost jar.size 1'],
    ],
    [
      'a merge, beside a trigger that deletes other rows of the table',
      `${JARS} create function act() returns trigger language plpgsql as
          $$ begin delete from jar where id > 1 and id < 4 and old.id = 1; return null; end $$;
        create trigger acts after delete on jar for each row execute function act();`,
      [
        `merge into jar using (values (1), (7), (8), (9)) s (id) on jar.id = s.id
          when matched then delete when not matched then insert values (s.id, 'n', 0)`,
      ],
      ['said jar 1', 'rows-lost jar 2'],
    ],
    [
      'a merge, beside a trigger that changes another row of the table',
      `${JARS} create function act() returns trigger language plpgsql as
          $$ begin update jar set size = 0 where id = 3 and size > 0; return null; end $$;
        create trigger acts after insert on jar for each row execute function act();`,
      [
        `merge into jar using (values (1), (2), (9)) s (id) on jar.id = s.id
          when matched and s.id = 1 then update set note = 'm' when matched then delete
          when not matched then insert values (s.id, 'n', 0)`,
      ],
      ['said jar 1', 'said jar.note 1', 'values-lost jar.size 1'],
    ],
    [
      'a merge, and what refers to its rows in the same table',
      `create table t (id int primary key, up int references t on delete cascade);
        insert into t values (1, null), (2, 1), (3, null);`,
      [
        `merge into t using (values (1), (9)) s (id) on t.id = s.id
          when matched then delete when not matched then insert values (s.id, null)`,
      ],
      ['said t 1', 'said t 1'],
    ],
    [
      'a block of code that deletes, on a table whose trigger for updates deletes what the table refers to',
      `${LIDS} create function act() returns trigger language plpgsql as
          $$ begin delete from jar where id = 2; return null; end $$;
        create trigger acts after update on lid for each row execute function act();`,
      ['do $$ begin delete from lid where id = 1; end $$'],
      ['said lid 1'],
    ],
    [
      'a soft delete',
      `${JARS} alter table jar add gone timestamptz;
        create function act() returns trigger language plpgsql as
          $$ begin update jar set gone = now() where id = old.id; return null; end $$;
        create trigger acts before delete on jar for each row execute function act();`,
      ['delete from jar where id < 3'],
      ['said jar.gone 2'],
    ],
    [
      'a soft delete by a rule',
      `${JARS} alter table jar add gone timestamptz;
        create rule keeps as on delete to jar do instead update jar set gone = now() where id = old.id;`,
      ['delete from jar where id < 3'],
      ['said jar.gone 2'],
    ],
    [
      'a soft delete that changes another row, too',
      `${JARS} alter table jar add gone timestamptz;
        create function act() returns trigger language plpgsql as $$ begin
          update jar set gone = now() where id = old.id or id = 3; return null; end $$;
        create trigger acts before delete on jar for each row execute function act();`,
      ['delete from jar where id = 1'],
      ['values-lost jar.gone 2'],
    ],
    [
      'a soft delete, on a table where another one changes rows then',
      `${JARS} alter table jar add gone timestamptz; create table audit (what int);
        create function act() returns trigger language plpgsql as $$ begin
          update jar set gone = now() where id = old.id; insert into audit values (old.id); return null; end $$;
        create trigger acts before delete on jar for each row execute function act();
        create function audited() returns trigger language plpgsql as
          $$ begin update jar set gone = now() where id = 3; return null; end $$;
        create trigger audited after insert on audit for each row execute function audited();`,
      ['delete from jar where id = 1'],
      ['values-lost jar.gone 2'],
    ],
    [
      'rows are lost after a statement that put all of them back',
      `${FORGET}`,
      [
        'create temp table aside as select * from lid',
        'delete from lid',
        'insert into lid select * from aside',
        'drop table aside',
        'select forget()',
      ],
      ['values-lost jar.note 2', 'values-lost jar.size 2', 'rows-lost lid 2'],
    ],
    [
      'a deferred trigger deletes at the end, beside a statement that deleted what it had added',
      `${LIDS.replace('references jar on delete cascade', '')}
        create function act() returns trigger language plpgsql as
        $$ begin delete from lid where id = 3; return null; end $$;
        create constraint trigger acts after update on jar deferrable initially deferred
        for each row execute function act();`,
      [
        'insert into lid values (9, 1)',
        'delete from lid where id = 9',
        `update jar set note = 'x' where id = 1`,
      ],
      ['said jar.note 1', 'rows-lost lid 1'],
    ],
    [
      'a deferred trigger at the end of a loop',
      `${LIDS.replace('references jar on delete cascade', '')} create table log (id int);
        create function act() returns trigger language plpgsql as
        $$ begin delete from lid where id = 3; return null; end $$;
        create constraint trigger acts after update on jar deferrable initially deferred
        for each row execute function act();`,
      [
        `update jar set note = 'x' where id = 1`,
        ...Array.from({ length: 40 }, (_, at) => `insert into lid values (${10 + at}, 1)`),
        ...Array.from({ length: 40 }, (_, at) => `delete from lid where id = ${10 + at}`),
      ],
      ['said jar.note 1', 'rows-lost lid 1'],
    ],
    [
      'code takes some rows before a statement takes all',
      FORGET,
      ['select forget()', 'truncate lid'],
      ['values-lost jar.note 2', 'values-lost jar.size 2', 'said lid 3'],
    ],
    [
      'a trigger that only inserts',
      `${JARS} create table audit (id serial primary key, what text); insert into audit (what) values ('before');
        create function noted() returns trigger language plpgsql as
          $$ begin insert into audit (what) values (tg_op); return null; end $$;
        create trigger noted after update or delete on jar for each row execute function noted();`,
      ['update jar set size = 1 where id = 1', 'delete from jar where id = 2'],
      ['said jar 1', 'said jar.size 1'],
    ],
    [
      'a trigger that deletes other rows of its table',
      `${JARS} create function gone() returns trigger language plpgsql as
          $$ begin if pg_trigger_depth() = 1 then delete from jar where id = 3; end if; return null; end $$;
        create trigger gone after delete on jar execute function gone();`,
      ['delete from jar where id = 1'],
      ['said jar 1', 'rows-lost jar 1'],
    ],
    [
      'a rule',
      `${LIDS.replace('references jar on delete cascade', '')} create rule along as on delete to jar do also delete from lid where jar = 2;`,
      ['delete from jar where id = 3'],
      ['said jar 1', 'rows-lost lid 1'],
    ],
    [
      'merge',
      SHELVES,
      [
        'merge into shelf using (values (4)) v (id) on shelf.id = v.id when matched then delete',
        'merge into box using (values (1)) v (id) on box.id = v.id when matched then update set n = 100',
      ],
      ['said box 8', 'said box.n 1', 'said shelf 1', 'said shelf 1'],
    ],
    [
      'a table that is rebuilt without some rows, beside one that is deleted',
      JARS,
      [
        'delete from jar where id = 3',
        'create table jar_new (like jar including all)',
        'insert into jar_new select * from jar where id > 1',
        'drop table jar',
        'alter table jar_new rename to jar',
      ],
      ['said jar 1', 'rows-lost jar 1'],
    ],
    [
      'rows are deleted from a table after it is rebuilt',
      JARS,
      [
        'create table jar_new (like jar including all)',
        'insert into jar_new select * from jar',
        'drop table jar',
        'alter table jar_new rename to jar',
        'delete from jar where id = 3',
        `update jar set note = 'x' where id = 1`,
      ],
      ['said jar 1', 'said jar.note 1'],
    ],
    [
      'values that are cut beside one that is changed',
      `create table t (id int primary key, note text); insert into t select n, 'note ' || n from generate_series(1, 9) n`,
      [
        `update t set note = 'x' where id = 1`,
        'alter table t alter note type varchar(3) using left(note, 3)',
      ],
      ['said t.note 1', 'narrowed t.note 8'],
    ],
    [
      'partitions',
      `${PARTED()} create table mark (id int references whole on delete cascade); insert into mark values (1), (2), (11);
        create function forget() returns void language sql as 'delete from whole where id = 11';`,
      ['delete from one where id = 1', 'select forget()'],
      ['said mark 1', 'rows-lost mark 1', 'said whole 1', 'rows-lost whole 1'],
    ],
  );
});

test.each<Case>([
  [
    'a block of code, beside a trigger',
    `${LIDS.replace('references jar on delete cascade', '')}
      create function act() returns trigger language plpgsql as
      $$ begin delete from lid where id = 3; return null; end $$;
      create trigger acts after delete on jar for each row execute function act();`,
    ['do $$ begin delete from jar where id = 1; delete from lid where id = 1; end $$'],
    ['said jar 1', 'rows-lost lid 2'],
  ],
  [
    'a trigger beside a reference',
    `${LIDS} create function act() returns trigger language plpgsql as
      $$ begin delete from lid where id = 3; return null; end $$;
      create trigger acts after delete on jar for each row execute function act();`,
    ['delete from jar where id = 1'],
    ['said jar 1', 'said lid 2', 'rows-lost lid 1'],
  ],
  [
    'several statements, the last one of which calls code',
    FORGET,
    ['update jar set note = note', 'delete from lid where id = 3', 'select forget()'],
    [
      'values-lost jar.note 2',
      'said jar.size 1',
      'values-lost jar.size 2',
      'said lid 1',
      'rows-lost lid 2',
    ],
  ],
  [
    'a loop, and a trigger at its end',
    `${LIDS.replace('references jar on delete cascade', '')}
      create function act() returns trigger language plpgsql as
      $$ begin delete from lid where id = 3; return null; end $$;
      create trigger acts after delete on jar for each row execute function act();`,
    [
      ...Array.from({ length: 30 }, () => 'delete from lid where id = 1'),
      'delete from jar where id = 1',
    ],
    ['said jar 1', 'said lid 1', 'rows-lost lid 1'],
  ],
  [
    'a setting before a statement in one text',
    JARS,
    [`set lock_timeout = '5s'; delete from jar where id = 1`],
    ['said jar 1'],
  ],
])('outside of a transaction: %s', async (_name, before, up, expected) => {
  expect(await judged(before, up, null, [], false)).toEqual(expected);
});

const SHOWN = `${LIDS} create view pots as select id as pot, note as text, size from jar where size < 25;
  create view small as select pot as number, text from pots;`;

test.each([
  [
    'as they are',
    ['delete from pots where pot = 1', `update pots set text = 'x' where pot = 2`],
    ['said jar 1', 'said jar.note 1', 'said lid 2'],
  ],
  [
    'through another view',
    ['delete from small', 'alter table jar rename to pan'],
    ['said jar 2', 'said lid 3'],
  ],
  [
    'which the revision makes',
    ['create view all_jars as select * from jar', 'delete from all_jars where id = 2'],
    ['said jar 1', 'said lid 1'],
  ],
  [
    'with a trigger of the table that deletes others',
    [
      'create function act() returns trigger language plpgsql as $$ begin delete from jar where id = 3; return null; end $$',
      'create trigger acts after update on jar for each statement execute function act()',
      `update small set text = 'x' where number = 2`,
    ],
    ['rows-lost jar 1', 'said jar.note 1'],
  ],
  [
    'with a trigger of its own',
    [
      'create function act() returns trigger language plpgsql as $$ begin delete from jar where id = old.pot; return old; end $$',
      'create trigger acts instead of delete on pots for each row execute function act()',
      'delete from pots where pot = 2',
    ],
    ['rows-lost jar 1', 'rows-lost lid 1'],
  ],
] as const)('views that are written through: %s', async (_name, up, expected) => {
  expect(await judged(SHOWN, up)).toEqual(expected);
});

const PLACES = `create type place as (street text, town text);
  create table t (id int primary key, at place, all_at place[]);
  insert into t values (1, row('x"y', null), array[row('p,q', 'r')::place, null]), (2, null, null),
    (3, row(null, null), '{}'), (4, row('z', 'w'), array[row(null, 'm')::place]);`;

test.each([
  ['added', PLACES, ['alter type place add attribute zip text cascade'], []],
  ['renamed', PLACES, ['alter type place rename attribute town to city cascade'], []],
  [
    'dropped',
    PLACES,
    ['alter type place drop attribute town cascade'],
    ['said t.at 1', 'said t.all_at 2'],
  ],
  [
    'added, and others changed by code',
    `${PLACES} create function move() returns void language sql as $$ update t set at.town = 'k' where id = 4 $$`,
    ['alter type place add attribute zip text cascade', 'select move()'],
    ['values-lost t.at 1'],
  ],
] as const)('attributes of a composite type are %s', async (_name, before, up, expected) => {
  expect(await judged(before, up)).toEqual(expected);
});

const EMPTY = `${JARS} create function fill() returns void language sql as
    $$ insert into jar values (1, 'a', 10), (2, 'b', 20), (3, null, 30) $$;
  create function clear() returns void language plpgsql as $$ begin truncate jar; end $$;
  create function cleared() returns int language plpgsql as $$ begin truncate jar; return 1; end $$;
  create function renew() returns void language plpgsql as
    $$ begin truncate jar; insert into jar values (4, 'd', 40), (5, 'e', 50), (6, 'f', 60); end $$;`;

test.each([
  ['once more', ['truncate jar', 'select fill()', 'select clear()'], ['rows-lost jar 3']],
  [
    'with others put there',
    ['truncate jar', 'select fill()', 'select renew()'],
    ['rows-lost jar 3'],
  ],
  ['after a delete', ['delete from jar', 'select fill()', 'select clear()'], ['rows-lost jar 3']],
  [
    'by a default that another table gets',
    [
      'truncate jar',
      'select fill()',
      'create table pot (id int)',
      'insert into pot values (1)',
      'alter table pot add column n int default cleared()',
    ],
    ['rows-lost jar 3'],
  ],
  [
    'not at all: a statement writes it anew',
    [
      'truncate jar',
      'select fill()',
      'alter table jar alter size type bigint',
      'alter table jar rename to pot',
    ],
    [],
  ],
  [
    'not at all: it is only written anew',
    ['truncate jar', 'select fill()', 'do $$ begin alter table jar alter size type bigint; end $$'],
    [],
  ],
  [
    'not at all: rows go by name',
    ['truncate jar', 'select fill()', 'delete from jar where id = 1', 'update jar set size = size'],
    ['said jar 1'],
  ],
] as const)('a table that was filled again is emptied by code: %s', async (_name, up, expected) => {
  expect(await judged(EMPTY, up)).toEqual(expected);
  expect(await judged(EMPTY, up, null, [], false)).toEqual(expected);
});

const MOVING = LIDS.replace('delete cascade', 'delete cascade on update cascade');
const putBack = (where: string) => [
  `create temp table aside on commit drop as select * from jar ${where}`,
  `delete from jar ${where}`,
  'insert into jar select * from aside',
];

test.each([
  [
    'a trigger deletes a row beside those of one that goes',
    `${MOVING} create function act() returns trigger language plpgsql as
        $$ begin delete from lid where id = 1; return null; end $$;
      create trigger acts after delete on jar for each statement execute function act()`,
    ['update jar set id = id + 100', 'delete from jar where id = 102'],
    ['said jar 1', 'said jar.id 2', 'said lid 1', 'rows-lost lid 1', 'said lid.jar 1'],
  ],
  [
    'a trigger empties what refers to one that stays',
    `${MOVING} create function act() returns trigger language plpgsql as
        $$ begin update lid set jar = null where id = 1; return null; end $$;
      create trigger acts after update on jar for each statement execute function act()`,
    ['update jar set id = id + 100'],
    ['said jar.id 3', 'said lid.jar 2', 'values-lost lid.jar 1'],
  ],
  [
    'they are deleted and put back',
    MOVING,
    ['update jar set id = id + 100', ...putBack('')],
    ['said jar.id 3', 'rows-lost lid 3'],
  ],
  [
    'one goes, and there is a new one',
    MOVING,
    [
      'update jar set id = id + 100',
      'delete from jar where id = 102',
      `insert into jar values (500, 'new', 1)`,
    ],
    ['said jar 1', 'said jar.id 2', 'said lid 1', 'said lid.jar 2'],
  ],
] as const)('parents have other keys: %s', async (_name, before, up, expected) => {
  expect(await judged(before, up)).toEqual(expected);
});

test('references are emptied by the way beside an update that changes nothing', async () => {
  const before = LIDS.replace('on delete cascade', 'on delete set null');
  const up = ['update lid set jar = jar', ...putBack('where id = 1')];
  expect(await judged(before, up)).toEqual(['values-lost lid.jar 2']);
});

test.each([
  [
    'by a reference, and as many as the upgrade took with it',
    LIDS,
    ['delete from jar where id = 1'],
    [
      `insert into jar values (1, 'a', 10)`,
      'insert into lid values (1, 1), (2, 1)',
      ...putBack('where id = 2'),
    ],
    ['rows-lost lid 1'],
  ],
  [
    'in a table that the upgrade emptied and filled',
    EMPTY,
    ['truncate jar', 'select fill()'],
    ['select clear()'],
    ['rows-lost jar 3'],
  ],
  [
    'in a table that both of them make anew',
    JARS,
    ['create table pot as select * from jar', 'drop table jar', 'alter table pot rename to jar'],
    [
      'create table pot as select * from jar where id = 1',
      'drop table jar',
      'alter table pot rename to jar',
    ],
    ['rows-lost jar 2'],
  ],
  [
    'not at all: a statement of it deletes them',
    LIDS,
    ['delete from jar where id = 1'],
    [`insert into jar values (1, 'a', 10)`, 'delete from lid where id = 3'],
    ['said lid 2', 'said lid 1'],
  ],
] as const)('the way back loses rows: %s', async (_name, before, up, down, expected) => {
  expect(await judged(before, up, down)).toEqual(expected);
});

test.each([
  [
    'a column that was dropped',
    ['alter table pot drop column note'],
    ['alter table pot add column note text'],
    ['said pot.note 2'],
  ],
  [
    'values that were changed by several statements',
    [`update pot set note = 'x' where size = 10`, 'update pot set size = 25 where size = 20'],
    ['select 1'],
    ['said pot 2'],
  ],
] as const)('the way back without a key: %s', async (_name, up, down, expected) => {
  expect(
    await judged(JARS.replace('int primary key', 'int').replaceAll('jar', 'pot'), up, down),
  ).toEqual(expected);
});

test.each([
  ['spaces and the order of keys', `{"b":1, "a" : {"x": [1,2]}}`, []],
  ['a key that was there twice', `{"a":1,"a":2}`, ['narrowed t.doc 1']],
] as const)('json on its way there and back: %s', async (_name, doc, expected) => {
  const before = `create table t (id int primary key, doc json); insert into t values (1, '${doc}')`;
  const up = ['alter table t alter doc type jsonb'];
  expect(await judged(before, up, ['alter table t alter doc type json'])).toEqual(expected);
});

const NUMBERED = `create table t (id int generated by default as identity primary key, n int);
  insert into t (n) select generate_series(1, 9);`;

test.each([
  [
    'that are behind those of rows',
    NUMBERED.replace(/ generated.*identity/, '').replace('(n) select', 'select'),
    ['alter table t alter id add generated by default as identity'],
    ['hazard t.id'],
  ],
  [
    'that rows got without being asked',
    NUMBERED,
    ['insert into t (id) values (10), (11)'],
    ['hazard t.id'],
  ],
  [
    'that rows had before',
    `${NUMBERED} insert into t (id) values (20)`,
    ['insert into t (id) values (21)'],
    [],
  ],
  [
    'that rows had before, in a table with another name',
    `${NUMBERED} insert into t (id) values (20)`,
    ['alter table t rename to u'],
    [],
  ],
  [
    'that rows had before, in a column with another name',
    `${NUMBERED} insert into t (id) values (20)`,
    ['alter table t rename id to number'],
    [],
  ],
  [
    'that begin anew in a table with another name',
    NUMBERED,
    ['alter table t rename to u', 'alter table u alter id restart'],
    ['hazard u.id'],
  ],
  [
    'that begin anew in a table with another name, while another one has the old name',
    NUMBERED,
    [
      'alter table t rename to u',
      'create table t (id int generated by default as identity primary key)',
      `select setval(pg_get_serial_sequence('u', 'id'), 1)`,
    ],
    ['hazard u.id'],
  ],
  [
    'that begin anew in a column with another name',
    NUMBERED,
    ['alter table t rename id to number', 'alter table t alter number restart'],
    ['hazard t.number'],
  ],
  [
    'that deleted rows had, in a table with another name',
    NUMBERED,
    [
      'alter table t rename to u',
      'delete from u where id > 5',
      'alter table u alter id restart with 6',
    ],
    ['hazard u.id'],
  ],
  [
    'that begin anew in another schema',
    NUMBERED,
    ['create schema away', 'alter table t set schema away', 'alter table away.t alter id restart'],
    ['hazard away.t.id'],
  ],
  [
    'that go on behind',
    NUMBERED,
    ['insert into t (id) values (10)', `select setval(pg_get_serial_sequence('t', 'id'), 10)`],
    [],
  ],
  [
    'of a table that the revision makes',
    'select 1',
    ['create table t (id serial primary key)', 'insert into t values (1)'],
    ['notice t.id'],
  ],
  [
    'of a sequence that is made anew, and belongs to no column',
    NUMBERED.replace('int generated by default as identity', 'serial'),
    [
      'alter table t alter id drop default',
      'drop sequence t_id_seq',
      'create sequence t_id_seq',
      `alter table t alter id set default nextval('t_id_seq')`,
    ],
    ['hazard t.id'],
  ],
  [
    'of a sequence that two tables share',
    `create sequence numbers; create table t (id int primary key default nextval('numbers'));
      create table u (id bigint primary key default nextval('numbers'::text));
      create table v (id text default 'a' || nextval('numbers'));
      insert into t default values; insert into u default values; insert into v default values`,
    ['alter sequence numbers restart with 2', 'insert into u values (7)'],
    ['hazard t.id'],
  ],
  [
    'of a sequence in a table that is partitioned',
    `create table t (id serial, n int) partition by list (n); create table one partition of t for values in (1);
      insert into t (n) values (1), (1)`,
    ['insert into t values (3, 1)'],
    ['hazard t.id'],
  ],
  [
    'of an emptied table, as a statement says',
    NUMBERED,
    ['truncate t restart identity'],
    ['notice t.id'],
  ],
  [
    'of an emptied table',
    NUMBERED,
    ['delete from t', `select setval(pg_get_serial_sequence('t', 'id'), 1)`],
    ['hazard t.id'],
  ],
] as const)('numbers of new rows: %s', async (_name, before, up, expected) => {
  const found = await checked(before, up);
  expect(found.map(({ severity, table, column }) => `${severity} ${table}.${column}`)).toEqual(
    expected,
  );
});

test.each([
  [
    'switched off by its table',
    LIDS,
    [
      'alter table jar disable trigger all',
      'delete from jar where id = 1',
      'alter table jar enable trigger all',
    ],
    ['2 rows of lid refer to rows of jar that do not exist.'],
  ],
  [
    'switched off as a replica does',
    LIDS,
    ['set local session_replication_role = replica', 'delete from jar where id = 2'],
    ['1 row of lid refers to rows of jar that do not exist.'],
  ],
  [
    'of a table that the revision makes',
    JARS,
    [
      'create table lid (jar int references jar)',
      'alter table lid disable trigger all',
      'insert into lid values (9), (9)',
    ],
    ['2 rows of lid refer to rows of jar that do not exist.'],
  ],
  [
    'that was broken before',
    `${LIDS} alter table jar disable trigger all; delete from jar where id = 1; alter table jar enable trigger all`,
    [`update jar set note = 'x'`],
    [],
  ],
  ['that holds', LIDS, ['delete from jar where id = 1'], []],
] as const)('a reference %s', async (_name, before, up, expected) => {
  const found = await checked(before, up);
  expect(found.map(({ what }) => what)).toEqual(expected);
});

const SCANS = `create table scan (id int primary key, file oid);
  insert into scan select n, lo_from_bytea(0, 'abc') from generate_series(1, 3) n;`;
const LOSE = `create function lose() returns trigger language plpgsql as
  $$ begin perform lo_unlink(old.file); return old; end $$;
  create trigger lost before delete on scan for each row execute function lose();`;

test.each([
  [
    'deleted by name',
    SCANS,
    ['select lo_unlink(file) from scan where id < 3'],
    ['notice 2 of 3 large objects are gone.'],
  ],
  [
    'changed by name',
    SCANS,
    [`select lo_put(file, 0, 'xyz') from scan`],
    ['notice 3 of 3 large objects have another content.'],
  ],
  [
    'deleted by a trigger',
    SCANS + LOSE,
    ['delete from scan where id = 1'],
    ['hazard 1 of 3 large objects are gone.'],
  ],
  ['left alone', SCANS, ['delete from scan'], []],
] as const)('large objects %s', async (_name, before, up, expected) => {
  const found = await checked(`select lo_unlink(oid) from pg_largeobject_metadata; ${before}`, up);
  expect(found.map(({ severity, what }) => `${severity} ${what}`)).toEqual(expected);
});

async function checked(before: string, up: readonly string[]) {
  await anew(before);
  const mark = await throwaway.mark();
  try {
    return await throwaway.check(mark, [await pass('up', up)]);
  } finally {
    await mark.release();
  }
}

test('a reference that a statement changes before it is emptied is not called unnamed', async () => {
  await anew(`create table node (id int primary key, up int references node on delete set null);
    insert into node values (1, 1), (2, 1)`);
  const up = ['update node set up = 2', 'delete from node where id = 2'];
  const mark = await throwaway.mark();
  const { findings } = await throwaway.compare(mark, [await pass('up', up)], { up, down: [] });
  await mark.release();
  const reasons = findings.filter(({ column }) => column === 'up').map(({ why }) => why);
  expect(reasons.join()).toMatch(/^Statements of the revision change the column, too;/);
});

test('the scale of a number may be another one after its type changed twice', async () => {
  const before =
    'create table t (id int primary key, n numeric); insert into t values (1, 1.10), (2, 3)';
  const up = ['alter table t alter n type numeric(20, 5)'];
  expect(await judged(before, up, ['alter table t alter n type numeric'])).toEqual([]);
});

const RULED = `${JARS} create table lid (id int primary key, jar int references jar, n int unique, old int check (old > 0));
  create index lids on lid (jar); create index olds on lid (old);`;
const replaced = (...made: readonly string[]) => [
  ...made,
  'insert into pot select id, jar, n from lid',
  'drop table lid',
  'alter table pot rename to lid',
];

test.each([
  [
    'without its reference and an index',
    replaced('create table pot (id int primary key, jar int, n int unique)'),
    ['foreign key lid_jar_fkey of lid', 'index lids of lid'],
  ],
  [
    'with all that has to do with its columns',
    replaced(
      'create table pot (id int primary key, jar int references jar, n int unique)',
      'create index by_jar on pot (jar)',
    ),
    [],
  ],
  [
    'without an index that is dropped by its name',
    [
      'drop index lids',
      ...replaced('create table pot (id int primary key, jar int references jar, n int unique)'),
    ],
    [],
  ],
] as const)('a table is made anew %s', async (_name, up, expected) => {
  await judged(RULED, up);
  expect(alongside).toEqual(expected);
});

test('a table is renamed before another one takes its place, which has not all of it', async () => {
  const up = [
    'alter table lid rename to caps',
    'create table pot (id int primary key, jar int, n int unique)',
    'insert into pot select id, jar from caps where id < 3',
    'drop table caps',
    'alter table pot rename to caps',
  ];
  const rows = `${RULED} insert into lid values (1, 1), (2, 1), (3, 2);`;
  expect(await judged(rows, up)).toEqual(['rows-lost lid 1']);
  expect(alongside).toEqual(['foreign key lid_jar_fkey of lid', 'index lids of lid']);
});

test('a column is renamed before another table takes the place of its own, with other values', async () => {
  const up = [
    'alter table jar rename note to label',
    'create table pot (id int primary key, label text, size int)',
    `insert into pot select id, label || '!', size from jar`,
    'drop table jar',
    'alter table pot rename to jar',
  ];
  expect(await judged(JARS, up)).toEqual(['values-lost jar.note 2']);
});

test('a table that leaves its parent and joins it again is what it was', async () => {
  await anew(
    'create table base (id int not null, n int check (n > 0)); create table own () inherits (base)',
  );
  const before = await throwaway.objects();
  await client.query('alter table own no inherit base; alter table own inherit base');
  expect(await throwaway.objects()).toEqual(before);
});

test('a column that takes the name of one that is dropped is not that one', async () => {
  const up = ['alter table jar drop column note', 'alter table jar rename column size to note'];
  expect(await judged(JARS, up)).toEqual(['said jar.note 2']);
});

test('what a table inherits goes with that of its parent', async () => {
  const before = `create table pot (id int, n int check (n > 0)); create table own (m int check (m > 0)) inherits (pot);
    alter table own add check (n < 9); insert into own values (1, 1, 1)`;
  await judged(before, ['alter table pot drop constraint pot_n_check']);
  expect(alongside).toEqual([]);
  const found = await judged(before, ['alter table pot drop column n']);
  expect(found).toEqual(['said own.n 1']);
  expect(alongside).toEqual([]);
});

test('a key that becomes that of a partition is not dropped along with something else', async () => {
  const before = `create table pot (id int primary key, old int); create table whole (id int primary key) partition by list (id)`;
  const up = [
    'alter table pot drop column old',
    'alter table whole attach partition pot for values in (1)',
  ];
  await judged(before, up);
  expect(alongside).toEqual([]);
});

describe('statements that were taken back', () => {
  const GONE = `create table pot (id int primary key, n int); insert into pot values (1, 1);
    create function take() returns trigger language plpgsql as $$ begin delete from jar where id = 3; return null; end $$;
    create trigger take after update on pot execute function take();`;
  cases(
    [
      'account for nothing that a trigger took before',
      JARS + GONE,
      ['update pot set n = n', 'savepoint s', 'delete from jar', 'rollback to savepoint s'],
      ['rows-lost jar 1'],
    ],
    [
      'account for nothing that a trigger took after them',
      JARS + GONE,
      ['savepoint s', 'truncate jar', 'rollback to "s"', 'update pot set n = n'],
      ['rows-lost jar 1'],
    ],
    [
      'drop nothing that code drops then',
      `${JARS} create function forget() returns void language plpgsql as $$ begin drop table jar; end $$`,
      ['savepoint s', 'drop table jar', 'rollback to s', 'select forget()'],
      ['rows-lost jar 3'],
    ],
    [
      'and with them what triggers did',
      JARS + GONE,
      ['savepoint s', 'update pot set n = n', 'rollback to s', 'delete from jar where id = 1'],
      ['said jar 1'],
    ],
    [
      'and with them a name',
      JARS,
      [
        'savepoint s',
        'alter table jar rename to pot',
        'rollback to s',
        'delete from jar where id = 1',
      ],
      ['said jar 1'],
    ],
    [
      'but not those of a savepoint within that was released',
      JARS,
      [
        'savepoint a',
        'delete from jar where id = 1',
        'savepoint b',
        'delete from jar where id = 2',
        'rollback to savepoint b',
        'release savepoint b',
        'release savepoint a',
      ],
      ['said jar 1'],
    ],
  );
});

describe('a temporary table with the name of another', () => {
  const TAKE = `${JARS} create function take() returns void language plpgsql as
    $$ begin delete from public.jar where id = 3; end $$;
    create function forget() returns void language plpgsql as $$ begin drop table public.jar; end $$`;
  const aside = 'create temp table jar on commit drop as select * from public.jar';
  cases(
    [
      'is the one that is emptied',
      TAKE,
      ['select take()', aside, 'delete from jar', 'truncate jar'],
      ['rows-lost jar 1'],
    ],
    [
      'is the one that is dropped',
      TAKE,
      [aside, 'drop table jar', 'select forget()'],
      ['rows-lost jar 3'],
    ],
    [
      'is made by a query',
      TAKE,
      [
        'select take()',
        'select * into temporary jar from public.jar',
        'delete from jar',
        'drop table jar',
      ],
      ['rows-lost jar 1'],
    ],
    [
      'may be a view',
      TAKE,
      [
        'select take()',
        'create temp view jar as select * from public.jar where false',
        'delete from jar',
        'drop view jar',
        'delete from jar where id = 1',
      ],
      ['said jar 1', 'rows-lost jar 1'],
    ],
    [
      'is not the one with its schema, nor when it is gone',
      TAKE,
      [
        aside,
        'delete from public.jar where id = 1',
        'drop table jar',
        'delete from jar where id = 2',
      ],
      ['said jar 2'],
    ],
  );
});

describe('a trigger that the revision makes', () => {
  const POT = `${JARS} create table pot (id int primary key, n int); insert into pot values (1, 1);`;
  const made = [
    `create function take() returns trigger language plpgsql as
      $$ begin delete from jar where id = 3; return null; end $$`,
    'create trigger take after update on pot for each row execute function take()',
  ];
  const block =
    'do $$ begin update pot set n = n where id = 1; delete from jar where id = 1; end $$';
  cases(
    ['did nothing before', POT, [block, ...made], ['said jar 1']],
    ['is doubted after that', POT, [...made, block], ['rows-lost jar 2']],
    [
      'is doubted although it is gone in the end',
      POT,
      [...made, block, 'drop trigger take on pot'],
      ['rows-lost jar 2'],
    ],
    [
      'does nothing to a table that is named elsewhere',
      POT,
      [...made, 'delete from jar where id = 1', 'drop trigger take on pot'],
      ['said jar 1'],
    ],
  );
});

describe('a with query that deletes rows of the table into which it inserts', () => {
  const moved = (rows: string) => `with gone as (delete from jar where id = 1 returning *) ${rows}`;
  cases(
    [
      'moves them, and loses what referred to them',
      LIDS,
      [moved('insert into jar select id + 10, note, size from gone')],
      ['said jar 1', 'rows-lost lid 2'],
    ],
    [
      'moves them, and empties what referred to them',
      LIDS.replace('cascade', 'set null'),
      [moved('insert into jar select id + 10, note, size from gone')],
      ['said jar 1', 'values-lost lid.jar 2'],
    ],
    [
      'moves them by another with query',
      LIDS,
      [moved(', put as (insert into jar select id + 10 from gone returning 1) select from put')],
      ['said jar 1', 'rows-lost lid 2'],
    ],
    [
      'moves them, whatever it calls the table',
      `${LIDS} create view seen as select * from jar`,
      [
        `with gone as (delete from public.jar where id = 1 returning *)
          insert into seen select id + 10, note, size from gone`,
      ],
      ['said jar 1', 'rows-lost lid 2'],
    ],
    [
      'does not move them into another one, whatever its name',
      `${LIDS} create schema old; create table old.jar (like jar)`,
      [moved('insert into old.jar select * from gone')],
      ['said jar 1', 'said lid 2'],
    ],
    [
      'is not a text that does so by two statements',
      LIDS,
      [`delete from jar where id = 1; insert into jar values (7, 'n', 1)`],
      ['said jar 1', 'said lid 2'],
    ],
  );
});

describe('a prepared statement', () => {
  const FORGET = `create function forget() returns int language plpgsql as
    $$ begin delete from lid where id = 3; return 1; end $$;`;
  cases(
    [
      'says what it does each time that it is executed',
      LIDS,
      [
        'prepare gone (int) as delete from jar where id = $1',
        `prepare "Note" (int, text) as update jar set note = $2 where id = $1`,
        'execute gone (1)',
        `execute "Note" (2, 'x')`,
        'deallocate gone',
        'deallocate "Note"',
      ],
      ['said jar 1', 'said jar.note 1', 'said lid 2'],
    ],
    [
      'says no more than that',
      LIDS + FORGET,
      [
        'prepare gone as with g as (delete from lid where id = 1) select forget()',
        'execute gone',
        'deallocate all',
      ],
      ['rows-lost lid 2'],
    ],
    [
      'is another one after it was made anew',
      LIDS + FORGET,
      [
        'prepare act as delete from lid where id = 1',
        'execute act',
        'deallocate act',
        'prepare act as select forget()',
        'execute act',
        'deallocate act',
      ],
      ['said lid 1', 'rows-lost lid 1'],
    ],
  );
});

describe('a block of code that composes statements', () => {
  const block = (code: string) => `do $$ declare r record; t text; q text; begin ${code} end $$`;
  const BESIDE = `${LIDS} create table pot (id int primary key); insert into pot values (1);
    create function act() returns trigger language plpgsql as
      $$ begin delete from pot; return null; end $$;
    create trigger acts after delete on lid for each statement execute function act();`;
  cases(
    [
      'drops tables that it names',
      LIDS,
      [
        block(
          `foreach t in array array['lid', 'jar'] loop execute format('drop table %I', t); end loop;`,
        ),
      ],
      ['said jar 3', 'said lid 3'],
    ],
    [
      'drops tables of which it names the schema only',
      `create schema old; create table old.jar (id int); insert into old.jar values (1);`,
      [
        block(
          `for r in select tablename from pg_tables where schemaname = 'old' loop
            execute 'drop table old.' || quote_ident(r.tablename); end loop;`,
        ),
      ],
      ['rows-lost old.jar 1'],
    ],
    [
      'drops a table that it names nowhere',
      LIDS,
      [
        block(
          `for r in select oid::regclass::text as name from pg_class where relkind = 'r' and relname ~ '^li'
            loop execute format('drop table %s', r.name); end loop;`,
        ),
      ],
      ['rows-lost lid 3'],
    ],
    [
      'drops columns that it names, by way of a variable',
      JARS,
      [block(`t := 'note'; q := 'alter table jar drop column ' || quote_ident(t); execute q;`)],
      ['said jar.note 2'],
    ],
    [
      'changes rows of tables that it names',
      JARS,
      [
        block(`execute format('delete from %I where id = $1', 'jar') using 1;
          execute format('update %I set %I = %L where id = 2', 'jar', 'note', 'x');`),
      ],
      ['said jar 1', 'said jar.note 1'],
    ],
    [
      'changes rows of a table whose trigger does the same to another one that it names',
      BESIDE,
      [block(`perform from pot; execute format('delete from %I where id = 3', 'lid');`)],
      ['said lid 1', 'rows-lost pot 1'],
    ],
    [
      'deletes rows of a table, and calls up references to it',
      LIDS,
      [block(`execute format('delete from %I where id = 1', 'jar');`)],
      ['said jar 1', 'said lid 2'],
    ],
  );

  const PARTS = `${LIDS} create index sizes on jar (size); create policy seen on jar using (true);
    alter table jar add check (size > 0); create view pots as select * from jar;`;
  const constraints = (of: string, drop: string) =>
    block(`for r in select conname, conrelid::regclass as rel from pg_constraint where ${of} loop
      execute ${drop}; end loop;`);
  test.each([
    [
      'constraints of a table that it names',
      constraints(
        `conrelid = 'lid'::regclass and contype = 'f'`,
        `format('alter table lid drop constraint %I', r.conname)`,
      ),
      [],
    ],
    [
      'constraints of a table that it names elsewhere',
      constraints(
        `conrelid = 'lid'::regclass and contype = 'f'`,
        `'alter table ' || r.rel || ' drop constraint if exists ' || quote_ident(r.conname)`,
      ),
      [],
    ],
    [
      'constraints of another table by “cascade”',
      constraints(
        `conrelid = 'jar'::regclass and contype = 'p'`,
        `format('alter table jar drop constraint %I cascade', r.conname)`,
      ),
      ['foreign key lid_jar_fkey of lid'],
    ],
    [
      'indexes and policies of a table that it names',
      block(`for r in select indexname from pg_indexes where tablename = 'jar' and indexname <> 'jar_pkey' loop
          execute 'drop index ' || r.indexname; end loop;
        for r in select policyname as name, tablename from pg_policies loop
          execute format('drop policy %1$I on %2$I', r.name, r.tablename); end loop;`),
      [],
    ],
    [
      'policies of tables that it does not name',
      block(`for r in select policyname as name, tablename from pg_policies loop
          execute format('drop policy %I on %I', r.name, r.tablename); end loop;`),
      ['policy seen of jar'],
    ],
    [
      'a view along with a table',
      block(`execute format('drop table %I cascade', 'jar');`),
      ['foreign key lid_jar_fkey of lid', 'view pots'],
    ],
    [
      'views of which it names the schema only',
      block(`for r in select viewname from pg_views where schemaname = 'public' loop
          execute format('drop view %I', r.viewname); end loop;`),
      ['view pots'],
    ],
  ] as const)('drops %s', async (_name, up, expected) => {
    await judged(PARTS, [up]);
    expect(alongside).toEqual(expected);
  });
});

describe('a view whose trigger writes in place of the server', () => {
  const through = (event: string, code: string, shown = 'select * from jar') =>
    `${LIDS} create view seen as ${shown};
    create function instead() returns trigger language plpgsql as $$
      begin ${code}; return ${event === 'delete' ? 'old' : 'new'}; end $$;
    create trigger instead instead of ${event} on seen for each row execute function instead()`;
  cases(
    [
      'deletes by name what it shows',
      through('delete', 'delete from jar where id = old.id'),
      ['delete from seen where id = 1'],
      ['said jar 1', 'said lid 2'],
    ],
    [
      'changes by name what it shows',
      through('update', 'update jar set size = new.size, note = upper(note) where id = old.id'),
      ['update seen set size = 7 where id < 3'],
      ['said jar.note 2', 'said jar.size 2'],
    ],
    [
      'deletes from all tables that it shows',
      through(
        'delete',
        'delete from lid where jar = old.id; delete from jar where id = old.id',
        'select jar.id, count(*) from jar join lid on jar.id = lid.jar group by 1',
      ),
      ['delete from seen where id = 1'],
      ['said jar 1', 'said lid 2'],
    ],
    [
      'deletes more rows than the statement',
      through('delete', 'delete from jar'),
      ['delete from seen where id = 3'],
      ['said jar 1', 'rows-lost jar 2', 'said lid 3'],
    ],
    [
      'deletes where a statement changes',
      through('update', 'delete from jar where id = old.id'),
      ['update seen set size = 7 where id = 3'],
      ['rows-lost jar 1'],
    ],
    [
      'deletes elsewhere',
      through('delete', 'delete from lid where jar = old.id'),
      ['delete from seen where id = 1'],
      ['rows-lost lid 2'],
    ],
  );
});

describe('what is dropped along, or in place of another', () => {
  cases(
    [
      'two columns that were renamed',
      `create table t (id int primary key, a text, b text); insert into t values (1, 'x', 'y'), (2, 'z', null)`,
      [
        'alter table t add column c text, add column d text',
        'alter table t drop column a, drop column b',
      ],
      ['rename-lost t.a 2', 'rename-lost t.b 1'],
    ],
    [
      'a column whose place is taken by one with a default',
      `create table t (id int primary key, a varchar(9) not null); insert into t values (1, 'x'), (2, 'z')`,
      [`alter table t add column c varchar(20) not null default ''`, 'alter table t drop column a'],
      ['rename-lost t.a 2'],
    ],
    [
      'a column whose values were copied before',
      `create table t (id int primary key, a text); insert into t values (1, 'x'), (2, 'z')`,
      ['alter table t add column c text', 'update t set c = a', 'alter table t drop column a'],
      ['said t.a 2'],
    ],
    [
      'a column beside one of another type',
      `create table t (id int primary key, a text); insert into t values (1, 'x'), (2, 'z')`,
      ['alter table t add column c int', 'alter table t drop column a'],
      ['said t.a 2'],
    ],
    [
      'a column of a type that is dropped with “cascade”',
      `create type mood as enum ('good'); create table t (id int primary key, a mood); insert into t values (1, 'good')`,
      ['drop type mood cascade'],
      ['values-lost t.a 1'],
    ],
    [
      'a table beside one like it, which is empty, and made anew',
      'create table t (id int primary key, a text); create table u (id int primary key, a text); insert into t values (1);',
      [
        'drop table t',
        'create table u_new (id int primary key, a text)',
        'drop table u',
        'alter table u_new rename to u',
      ],
      ['said t 1'],
    ],
    [
      'a table of a schema that is dropped with “cascade”',
      `create schema app; create table app.t (id int primary key); insert into app.t values (1)`,
      ['drop schema app cascade'],
      ['rows-lost app.t 1'],
    ],
  );
});

test.each<[string, string, readonly string[], readonly string[]]>([
  [
    'a view and a key of another table',
    `${LIDS} create view heavy as select id from jar where size > 10`,
    ['drop table jar cascade'],
    ['foreign key lid_jar_fkey of lid', 'view heavy'],
  ],
  [
    'what is named, or made again',
    `${LIDS} create view heavy as select id from jar where size > 10; create view light as select id from jar`,
    [
      'drop view light',
      'alter table lid drop constraint lid_jar_fkey',
      'drop table jar cascade',
      'create table jar (id int primary key, size int)',
      'create view heavy as select id from jar',
    ],
    [],
  ],
  [
    'a trigger and a default, with the function that they call',
    `${JARS} create function one() returns int language sql as 'select 1';
      create function act() returns trigger language plpgsql as $$ begin return new; end $$;
      alter table jar alter size set default one(); create trigger acts before insert on jar for each row execute function act();`,
    ['drop function one() cascade', 'drop function act() cascade'],
    ['default of jar.size', 'trigger acts of jar'],
  ],
  [
    'a unique key of two columns, with one of them',
    `${JARS} alter table jar add constraint pair unique (note, size)`,
    ['alter table jar drop column note'],
    ['unique pair of jar'],
  ],
  [
    'what is about the dropped column alone',
    `${JARS} create index on jar (note); alter table jar add check (note <> '')`,
    ['alter table jar drop column note'],
    [],
  ],
  [
    'a policy and a trigger of a table that is rebuilt',
    `${JARS} create policy mine on jar using (true); create function act() returns trigger language plpgsql as $$ begin return new; end $$;
      create trigger acts before insert on jar for each row execute function act();`,
    [
      'create table jar_new (like jar including all)',
      'insert into jar_new select * from jar',
      'drop table jar',
      'alter table jar_new rename to jar',
    ],
    ['policy mine of jar', 'trigger acts of jar'],
  ],
  [
    'a column of a type, by its schema',
    `create schema app; create type app.mood as enum ('good'); create table jar (id int primary key, mood app.mood);`,
    ['drop schema app cascade'],
    ['column jar.mood', 'enum app.mood'],
  ],
  [
    'what comes along with a new name, and is made anew by a new type',
    `${LIDS} create index small on jar (size) where size < 5; alter table jar add constraint fine check (size > 0);`,
    [
      'alter table jar rename to pot',
      'alter table pot alter size type bigint',
      'alter table pot rename size to volume',
      'alter index small rename to tiny',
      'drop table if exists other cascade',
    ],
    [],
  ],
  [
    'what is named by the name that it got before',
    `${JARS} alter table jar alter size set default 5; create index small on jar (size, note);`,
    [
      'alter table jar rename to pot',
      'alter table pot rename column size to volume',
      'alter table pot alter volume drop default',
      'alter index small rename to tiny',
      'drop index tiny',
    ],
    [],
  ],
  [
    'a table with its partitions, and what else hangs on one',
    `create table whole (id int, n int) partition by list (n);
      create table one partition of whole for values in (1); create index on one (id);
      create table two partition of whole for values in (2) partition by list (id);
      create table deep partition of two default; create view seen as select * from one`,
    ['drop table whole cascade'],
    ['view seen'],
  ],
  [
    'a table with its serial and all that is on it',
    `create table t (id serial primary key, a int unique); create index on t (a)`,
    ['drop table if exists t cascade'],
    [],
  ],
  [
    'a view, and not its namesake elsewhere that is dropped by name',
    `${JARS} create schema shop; create view seen as select * from jar; create view shop.seen as select 1 as one`,
    ['drop view shop.seen', 'drop table jar cascade'],
    ['view seen'],
  ],
  [
    'a view, and not its namesake to which the search path leads',
    `${JARS} create schema shop; create view seen as select * from jar; create view shop.seen as select 1 as one`,
    ['set local search_path to shop, public', 'DROP VIEW SEEN', 'drop table jar cascade'],
    ['view seen'],
  ],
  [
    'a key, and not its namesake of another table',
    `${LIDS} create table cap (jar int constraint lid_jar_fkey references jar)`,
    [
      'alter table cap drop constraint lid_jar_fkey',
      'alter table jar drop constraint jar_pkey cascade',
    ],
    ['foreign key lid_jar_fkey of lid'],
  ],
  [
    'a key that the revision made again before',
    LIDS,
    [
      'alter table lid drop constraint if exists no_such_key',
      'create table lid_new (id int primary key, jar int)',
      'drop table lid',
      'alter table lid_new rename to lid',
      'alter table lid add constraint lid_jar_fkey foreign key (jar) references jar',
      'drop table jar cascade',
    ],
    ['foreign key lid_jar_fkey of lid'],
  ],
  [
    'what a function drops',
    `${JARS} create index small on jar (size); create view seen as select 1 as one;
      create function forget() returns void language plpgsql as $$ begin drop index small; drop view seen; end $$`,
    ['select forget()'],
    ['index small of jar', 'view seen'],
  ],
  [
    'nothing that a block of code drops',
    LIDS,
    [`do $$ begin execute 'alter table lid drop constraint lid_jar_fkey'; drop table jar; end $$`],
    [],
  ],
  [
    'what a copy of a table does not have',
    `create table t (id int generated always as identity primary key, a text not null default 'x', b int default 1);
      alter table t enable row level security; grant select, insert on t to public`,
    [
      'create table t_new as select id, a, b as c from t',
      'drop table t',
      'alter table t_new rename to t',
      'alter table t add primary key (id)',
      'grant insert on t to public',
    ],
    [
      'default of t.a',
      'grant select to public of t',
      'identity of t.id',
      'not null of t.a',
      'row security of t',
    ],
  ],
  [
    'what a view that is made anew does not have',
    `${JARS} create view seen as select * from jar; grant select, insert on seen to public;
      create function instead() returns trigger language plpgsql as $$ begin return new; end $$;
      create trigger instead instead of insert on seen for each row execute function instead();
      create materialized view kept as select * from jar; create index kept_id on kept (id); create index on kept (note)`,
    [
      'drop view seen',
      'create view seen as select id from jar',
      'grant insert on seen to public',
      'drop materialized view kept',
      'create materialized view kept as select * from jar',
      'create index on kept (note)',
    ],
    ['grant select to public of seen', 'index kept_id of kept', 'trigger instead of seen'],
  ],
  [
    'nothing that a copy gets, or that is written out otherwise',
    `create table t (id int generated always as identity primary key, a text not null default 'x');
      create table u (id serial primary key, a text not null default 'x')`,
    [
      'create table t_new as select * from t',
      'drop table t',
      'alter table t_new rename to t',
      'alter table t add primary key (id), alter a set not null',
      `alter table t alter a set default 'y'`,
      'create sequence t_id_seq owned by t.id',
      `alter table t alter id set default nextval('t_id_seq')`,
      'create table u_new (id int primary key, a text)',
      'drop table u',
      'alter table u_new rename to u',
    ],
    [],
  ],
])('dropped along: %s', async (_name, before, up, expected) => {
  await judged(before, up);
  expect(alongside).toEqual(expected);
});

describe('what nobody says', () => {
  cases(
    ['a cascade', LIDS, ['delete from jar where id = 1'], ['said jar 1', 'said lid 2']],
    [
      'a cascade of cascades',
      `${LIDS} create table label (lid int references lid on delete cascade); insert into label values (1), (3)`,
      ['delete from jar where id = 1'],
      ['said jar 1', 'said label 1', 'said lid 2'],
    ],
    [
      'emptied references',
      LIDS.replace('cascade', 'set null'),
      ['delete from jar where id = 1'],
      ['said jar 1', 'said lid.jar 2'],
    ],
    ['truncate cascade', LIDS, ['truncate jar cascade'], ['said jar 3', 'rows-lost lid 3']],
    [
      'a table dropped and made again',
      JARS,
      ['drop table jar', 'create table jar (id int primary key, note text, size int)'],
      ['rows-lost jar 3'],
    ],
    [
      'a column dropped and made again',
      JARS,
      ['alter table jar drop column note', 'alter table jar add column note text'],
      ['values-lost jar.note 2'],
    ],
    [
      'a key dropped and made again',
      JARS,
      [
        'alter table jar drop column id',
        'alter table jar add column id uuid default gen_random_uuid()',
      ],
      ['values-lost jar.id 3'],
    ],
    [
      'a renamed table as the generator sees it',
      JARS,
      ['create table pot (id int primary key, note text, size int)', 'drop table jar'],
      ['table-rename-lost jar 3'],
    ],
    [
      'values that are cut',
      `create table t (id int primary key, a numeric(10, 4), b text, c timestamp, d double precision, e text);
        insert into t values (1, 1.2345, 'abcdef', '2026-01-01 10:00', 0.1, '007'), (2, 1.2, 'abc', '2026-01-01', 0.5, '7')`,
      [
        `alter table t alter a type numeric(10, 2), alter b type varchar(3) using substr(b, 1, 3),
          alter c type date, alter d type real, alter e type int using e::int`,
      ],
      ['narrowed t.a 1', 'narrowed t.b 1', 'narrowed t.c 1', 'narrowed t.d 1', 'narrowed t.e 1'],
    ],
    [
      'values that are cut, without a key',
      `create table t (a numeric(10, 4)); insert into t values (1.2345), (1.2)`,
      ['alter table t alter a type numeric(10, 2)'],
      ['narrowed t.a 1'],
    ],
    [
      'one row too many beside those that are missing',
      LIDS,
      [
        'alter table lid drop constraint lid_pkey',
        'delete from jar where id = 1',
        'insert into lid values (3, 2), (3, 2)',
      ],
      ['said jar 1', 'said lid 2'],
    ],
    [
      'in the one of two tables of one name to which the search path leads',
      `${JARS} create schema app; create table app.jar (id int primary key); insert into app.jar values (1), (2);`,
      ['set local search_path to app, public', 'delete from jar where id = 2'],
      ['said app.jar 1'],
    ],
    [
      'in a schema that was renamed',
      `create schema app; create table app.jar (id int primary key); insert into app.jar values (1), (2);`,
      ['alter schema app rename to shop', 'delete from shop.jar where id = 2'],
      ['said app.jar 1'],
    ],
    [
      'in the other of two tables of one name',
      `create schema app; create table app.jar (id int primary key); insert into app.jar values (1), (2);
        ${LIDS} alter table lid set schema app;
        create table app.bit (jar int references app.jar on delete cascade); insert into app.bit values (1)`,
      ['delete from jar where id = 1'],
      ['said app.lid 2', 'said jar 1'],
    ],
    [
      'of a self reference that is emptied',
      `create table node (id int primary key, up int references node on delete set null);
        insert into node values (1, null), (2, 1), (3, 2)`,
      ['delete from node where id = 1'],
      ['said node 1', 'said node.up 1'],
    ],
    [
      'by their content, where the key may be NULL',
      `${JARS} create table t (a int unique, jar int references jar on delete cascade);
        insert into t values (null, 1), (null, 1), (1, 2)`,
      ['delete from jar where id = 1'],
      ['said jar 1', 'said t 2'],
    ],
    [
      'by a key of several columns, with a name that has to be quoted',
      `${JARS} create table "My ""T" ("A b" int, "select" text, jar int references jar on delete set null, primary key ("A b", "select"));
        insert into "My ""T" values (1, 'x''y', 1), (1, 'z', 2)`,
      ['delete from jar where id = 1'],
      ['said My "T.jar 1', 'said jar 1'],
    ],
    [
      'values of a column that is generated now',
      `create table t (id int primary key, a int, b int); insert into t values (1, 2, 5)`,
      [
        'alter table t drop column b',
        'alter table t add column b int generated always as (a * 2) stored',
      ],
      ['said t.b 1'],
    ],
    [
      'by a key that is a list',
      `${JARS} create table t (id int[] primary key, jar int references jar on delete set null);
        insert into t values ('{1,2}', 1), ('{}', 2)`,
      ['delete from jar where id = 1'],
      ['said jar 1', 'said t.jar 1'],
    ],
    [
      'in very wide tables',
      `${JARS} create table wide (id int primary key, jar int references jar on delete set null,
        ${Array.from({ length: 900 }, (_, at) => `c${at} int`).join(', ')}); insert into wide (id, jar, c7) values (1, 1, 5)`,
      ['delete from jar where id = 1'],
      ['said jar 1', 'said wide.jar 1'],
    ],
  );
});

test('a conversion that has a way back is a notice until that is measured', async () => {
  const mark = `create table t (id int primary key, at int); insert into t values (1, 5), (2, 6)`;
  const up = ['alter table t alter at type timestamptz using to_timestamp(at)'];
  expect(await judged(mark, up)).toEqual(['narrowed t.at 2']);
  expect(await judged(mark, up, null, ['select 1'])).toEqual(['said t.at 2']);
});

test('what was lost beside a reference is not put down to it after the way back', async () => {
  await anew(LIDS);
  const mark = await throwaway.mark();
  const statements = { up: [], down: ['select 1'] };
  const up = await pass('up', [
    'create temp table aside as select * from jar',
    'delete from jar',
    'insert into jar select * from aside',
    'drop table aside',
  ]);
  const first = await throwaway.compare(mark, [up], statements);
  const down = await pass('down', ['select 1']);
  const back = await throwaway.compare(mark, [up, down], statements);
  await mark.release();
  const told = ({ findings }: typeof first) => findings.map(({ kind, rows }) => `${kind} ${rows}`);
  expect(told(first)).toEqual(['rows-lost 3']);
  expect(told(back)).toEqual(['rows-lost 3']);
});

test.each([
  ['what was deleted', ['delete from jar where id = 1'], ['select 1'], ['said jar 1']],
  [
    'what was dropped',
    ['alter table jar drop column note'],
    ['alter table jar add column note text'],
    ['said jar.note 2'],
  ],
  [
    'what was cut',
    ['alter table jar alter size type text using substr(size::text, 1, 1)'],
    ['alter table jar alter size type int using size::int'],
    ['narrowed jar.size 3'],
  ],
  [
    'a key that was made anew',
    ['alter table jar drop column id', 'alter table jar add column id serial primary key'],
    ['alter table jar drop column id', 'alter table jar add column id int'],
    ['said jar.id 3'],
  ],
  [
    'all is back',
    ['alter table jar rename to pot', 'alter table pot rename note to text'],
    ['alter table pot rename text to note', 'alter table pot rename to jar'],
    [],
  ],
  [
    'what the way back gives back',
    [`alter table jar alter size type timestamptz using to_timestamp(size)`],
    ['alter table jar alter size type int using extract(epoch from size)::int'],
    [],
  ],
  [
    'what only the way back drops',
    ['alter table jar add column kind text'],
    [
      'alter table jar drop column note',
      'alter table jar add column note text',
      'alter table jar drop column kind',
    ],
    ['values-lost jar.note 2'],
  ],
  [
    'a table that only the way back drops',
    ['alter table jar add column kind text'],
    ['drop table jar', 'create table jar (id int primary key, note text, size int)'],
    ['rows-lost jar 3'],
  ],
] as const)('the way back: %s', async (_name, up, down, expected) => {
  expect(await judged(JARS, up, down)).toEqual(expected);
});

describe('rows of a table that the revision makes', () => {
  const NOTES = [
    'create table note (id int primary key, text text)',
    "insert into note values (1, 'a'), (2, 'b')",
  ];
  const code = (body: string) => [
    `create function f() returns void language plpgsql as $$ begin ${body}; end $$`,
    'select f()',
    'drop function f()',
  ];

  cases(
    [
      'are lost to code that deletes them',
      JARS,
      [...NOTES, ...code('delete from note where id = 1')],
      ['rows-lost note 1'],
    ],
    [
      'are lost to code that truncates the table',
      JARS,
      [...NOTES, ...code('truncate note')],
      ['rows-lost note 2'],
    ],
    [
      'are changed by code',
      JARS,
      [...NOTES, ...code("update note set text = 'c'")],
      ['values-lost note 2'],
    ],
    [
      'are changed by a trigger of another table',
      JARS,
      [
        ...NOTES,
        `create function f() returns trigger language plpgsql as $$ begin delete from note; return null; end $$`,
        'create trigger t after update on jar for each row execute function f()',
        'update jar set size = 1 where id = 1',
      ],
      ['said jar.size 1', 'rows-lost note 2'],
    ],
    [
      'and that has another name then',
      JARS,
      [...NOTES, 'alter table note rename to label', ...code('delete from label')],
      ['rows-lost label 2'],
    ],
    [
      'are its own to change, under any name and through views',
      JARS,
      [
        ...NOTES,
        'alter table note rename to label',
        "update label set text = 'x'",
        'create view shown as select id, text from label',
        'delete from shown where id = 1',
        "do $$ begin update label set text = 'z'; end $$",
      ],
      [],
    ],
    [
      'are code’s to fill, and to change what it filled',
      JARS,
      [NOTES[0] ?? '', ...code("insert into note values (1, 'a'); update note set text = 'b'")],
      [],
    ],
    [
      'are not there where code takes them back itself',
      JARS,
      [
        ...NOTES,
        "do $$ begin insert into note values (3, 'c'); raise 'no'; exception when others then null; end $$",
      ],
      [],
    ],
    [
      'go with what they refer to',
      JARS,
      [
        'create table lid (id int primary key, jar int references jar on delete cascade)',
        'insert into lid values (1, 1), (2, 2)',
        'delete from jar where id = 1',
      ],
      ['said jar 1'],
    ],
  );
});

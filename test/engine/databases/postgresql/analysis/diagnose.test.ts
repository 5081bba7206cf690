/** Statements that rows are in the way of: which rows, and what to ask about them. */

import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ANSWER } from '../../../../../source/contract/rehearsal.ts';
import type { DialectFinding } from '../../../../../source/engine/databases/analysis.ts';
import type { PassRecord } from '../../../../../source/engine/databases/measurement.ts';
import { NOTHING } from '../../../../../source/engine/databases/measurement.ts';
import { PostgresqlThrowaway } from '../../../../../source/engine/databases/postgresql/throwaway/throwaway.ts';
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

/** What is found about the last of the statements, which fails, or about the end of the transaction. */
async function diagnosed(before: string, up: readonly string[]): Promise<DialectFinding | null> {
  await client.query(`drop schema public cascade; create schema public; ${before}`);
  const statements: PassRecord['statements'][number][] = [];
  let failure: { message: string; code?: string; detail?: string } | null = null;
  let failed: string | null = null;
  await client.query('begin');
  for (const sql of up) {
    const error = await client.query(sql).then(
      () => null,
      (thrown) => thrown,
    );
    statements.push({ ...NOTHING, sql, ms: 0, error: error?.message ?? null });
    if (error) [failure, failed] = [error, sql];
  }
  if (!failure)
    failure = await client.query('commit').then(
      () => null,
      (thrown) => thrown,
    );
  await client.query('rollback');
  if (!failure) throw new Error('Nothing failed.');
  const mark = await throwaway.mark();
  try {
    return await throwaway.diagnose(
      mark,
      { direction: 'up', statements },
      {
        message: failure.message,
        code: failure.code ?? null,
        detail: failure.detail ?? null,
        position: null,
        hint: null,
      },
      failed,
      { up, down: [] },
    );
  } finally {
    await mark.release();
  }
}

/** As `kind table.column rows: keys`. */
async function found(before: string, up: readonly string[]): Promise<string | null> {
  const finding = await diagnosed(before, up);
  if (!finding) return null;
  const { kind, table, column, rows, keys } = finding;
  return `${kind} ${column === null ? table : `${table}.${column}`} ${rows}: ${keys.join(', ')}`;
}

const JARS = `create table jar (id int primary key, note text not null, size text, n int);
  insert into jar values (1, 'new', '10', 1), (2, 'lost', 'x', 2), (3, 'lost', '300', 300),
    (4, 'paid', null, 4), (5, 'lost', '', 5);`;
const LOST = `2 (note = 'lost'), id = 3 (note = 'lost'), id = 5 (note = 'lost')`;

test.each<[string, string, readonly string[], string]>([
  [
    'a check',
    JARS,
    [`alter table jar add constraint fine check (note in ('new', 'paid'))`],
    `check jar.note 3: id = ${LOST}`,
  ],
  [
    'a check without a name beside other changes',
    JARS,
    [`alter table jar add column more int not null default 1, add check (note <> 'lost')`],
    `check jar.note 3: id = ${LOST}`,
  ],
  [
    'a check over several columns',
    JARS,
    ['alter table jar add constraint fine check (n < 100 or id < 3)'],
    `check jar.id, n 1: id = 3 (n = 300)`,
  ],
  [
    'a check of what the revision wrote before',
    JARS,
    [
      'alter table jar rename to pot',
      'alter table pot add column kind text',
      `update pot set kind = note`,
      `alter table pot add constraint fine check (kind <> 'lost')`,
    ],
    `check pot.kind 3: id = 2 (kind = 'lost'), id = 3 (kind = 'lost'), id = 5 (kind = 'lost')`,
  ],
  [
    'a check that is validated',
    `${JARS} alter table jar add constraint fine check (note <> 'lost') not valid;`,
    ['alter table jar validate constraint fine'],
    `check jar.note 3: id = ${LOST}`,
  ],
  [
    'a check on an update',
    `${JARS} alter table jar add constraint fine check (n < 1000);`,
    ['update jar set n = n * 100'],
    'check jar.n 1: id = 3 (n = 30000)',
  ],
  [
    'a check of a column that comes with it',
    JARS,
    [`alter table jar add column kind text not null default 'a' check (kind <> 'a')`],
    `check jar.kind 5: id = 1 (kind = 'a'), id = 2 (kind = 'a'), id = 3 (kind = 'a'), id = 4 (kind = 'a'), id = 5 (kind = 'a')`,
  ],
  [
    'a domain',
    `create domain label as text; create table jar (id int primary key, note label);
      insert into jar values (1, 'a'), (2, ''), (3, '');`,
    [`alter domain label add constraint filled check (value <> '')`],
    `check jar.note 2: id = 2 (note = ''), id = 3 (note = '')`,
  ],
  [
    'a column that becomes a domain',
    `${JARS} create domain label as text check (value <> 'lost');`,
    ['alter table jar alter column note type label'],
    `conversion jar.note 3: id = ${LOST}`,
  ],
  [
    'a value that an enumeration lacks',
    JARS,
    [
      `create type state as enum ('new', 'paid')`,
      'alter table jar alter column note type state using note::state',
    ],
    `conversion jar.note 3: id = ${LOST}`,
  ],
  [
    'a length',
    JARS,
    ['alter table jar alter column note type varchar(3)'],
    `conversion jar.note 4: id = 2 (note = 'lost'), id = 3 (note = 'lost'), id = 4 (note = 'paid'), id = 5 (note = 'lost')`,
  ],
  [
    'text that is no number',
    JARS,
    ['alter table jar alter column n type bigint, alter column size type int using size::int'],
    `conversion jar.size 2: id = 2 (size = 'x'), id = 5 (size = '')`,
  ],
  [
    'a number that is too large',
    JARS,
    ['alter table jar alter column n type numeric(3, 1)'],
    'conversion jar.n 1: id = 3 (n = 300)',
  ],
  [
    'an update that converts',
    JARS,
    ['alter table jar add column m int', `update jar set n = n + 1, m = size::int where id > 1`],
    `conversion jar.m 2: id = 2 (size = 'x'), id = 5 (size = '')`,
  ],
  [
    'a generated column',
    JARS,
    ['alter table jar add column part int generated always as (10 / (n - 2)) stored'],
    'conversion jar.n 1: id = 2 (n = 2)',
  ],
  [
    'an index on an expression',
    JARS,
    ['create index on jar ((size::int))'],
    `conversion jar.size 2: id = 2 (size = 'x'), id = 5 (size = '')`,
  ],
  [
    'a unique index',
    JARS,
    ['create unique index jar_note on jar (note)'],
    "unique jar.note 2: id = 3 (note = 'lost'), id = 5 (note = 'lost')",
  ],
  [
    'a unique index on an expression and some rows',
    JARS,
    [`create unique index on jar (left(note, 1)) where id > 2`],
    'unique jar 1: id = 5',
  ],
  [
    'a unique constraint that counts NULL',
    `create table jar (id int primary key, a int, b int); insert into jar values (1, 1, null), (2, 1, null), (3, 2, null)`,
    ['alter table jar add constraint one unique nulls not distinct (a, b)'],
    'unique jar.a, b 1: id = 2 (a = 1, b = null)',
  ],
  [
    'a primary key',
    'create table jar (a int not null, b int); insert into jar values (1, 1), (1, 2), (2, 3)',
    ['alter table jar add primary key (a)'],
    'unique jar.a 1: a = 1',
  ],
  [
    'a unique key on an update',
    `${JARS} alter table jar add constraint one unique (n);`,
    ['update jar set n = 7 where id < 4'],
    'unique jar.n 2: id = 2 (n = 7), id = 3 (n = 7)',
  ],
  [
    'not null',
    JARS,
    ['alter table jar alter column size set not null'],
    'not-null jar.size 1: id = 4',
  ],
  [
    'not null after an update',
    JARS,
    ['update jar set size = null where id < 3', 'alter table jar alter column size set not null'],
    'not-null jar.size 3: id = 1, id = 2, id = 4',
  ],
  [
    'not null on an update',
    JARS,
    [`update jar set note = nullif(note, 'lost')`],
    'not-null jar.note 3: id = 2, id = 3, id = 5',
  ],
  [
    'not null after a conversion',
    JARS,
    [`alter table jar alter column note type text using nullif(note, 'paid')`],
    'not-null jar.note 1: id = 4',
  ],
  [
    'a key of empty columns',
    JARS,
    ['alter table jar drop constraint jar_pkey, add primary key (size)'],
    'not-null jar.size 1: id = 4',
  ],
  [
    'a foreign key to what is not the primary key',
    `${JARS} create table lid (id int primary key, code text unique); insert into lid values (1, 'new');`,
    ['alter table jar add constraint lids foreign key (note) references lid (code)'],
    `foreign-key jar.note 4: id = 2 (note = 'lost'), id = 3 (note = 'lost'), id = 4 (note = 'paid'), id = 5 (note = 'lost')`,
  ],
  [
    'rows that are still referred to',
    `${JARS} create table lid (id int primary key, jar int references jar); insert into lid values (1, 3), (2, 5), (3, 1);`,
    ['delete from jar where id > 2'],
    'foreign-key lid.jar 2: id = 1 (jar = 3), id = 2 (jar = 5)',
  ],
  [
    'a reference that is checked in the end',
    `${JARS} create table lid (id int primary key, jar int references jar deferrable initially deferred);`,
    ['insert into lid values (1, 1), (2, 9)'],
    'foreign-key lid.jar 1: id = 2 (jar = 9)',
  ],
  [
    'an exclusion',
    `create table stay (id int primary key, at int4range); insert into stay values (1, '[1,3)'), (2, '[2,5)'), (3, '[7,8)')`,
    ['alter table stay add constraint once exclude using gist (at with &&)'],
    `check stay.at 1: id = 2 (at = '[2,5)')`,
  ],
  [
    'one of several statements in a text',
    JARS,
    [`alter table jar add column kind text; alter table jar add check (note <> 'lost'); select 1`],
    `check jar.note 3: id = ${LOST}`,
  ],
  [
    'a partitioned table',
    `create table jar (id int, at int, primary key (id, at)) partition by range (at);
      create table jar_low partition of jar for values from (0) to (10);
      create table jar_high partition of jar for values from (10) to (20);
      insert into jar values (1, 5), (2, 15);`,
    ['alter table jar add constraint low check (at < 10)'],
    'check jar.at 1: id = 2, at = 15',
  ],
])('%s', async (_name, before, up, expected) => {
  expect(await found(before, up)).toBe(expected);
});

test('what to do about them is asked, with a statement that would do', async () => {
  const up = [`alter table jar add constraint fine check (note in ('new', 'paid'))`];
  const finding = await diagnosed(JARS, up);
  expect(finding?.what).toContain('3 rows of jar do not meet the condition of fine: ');
  const [first, second] = finding?.repairs ?? [];
  expect(first?.choice).toEqual({ name: 'jar.note', proposed: "'new'" });
  expect(second?.choice).toEqual({ name: null, proposed: null });
  for (const repair of [first, second]) {
    const [edit] = repair?.edits ?? [];
    expect(edit).toMatchObject({ direction: 'up', at: 0, place: 'before' });
    await client.query('begin');
    const [sql = ''] = edit?.statements ?? [];
    await client.query(sql.replace(ANSWER, repair?.choice?.proposed ?? ''));
    await client.query(up[0] ?? '');
    await client.query('rollback');
  }
});

test('rows that do not fit a type are named in the statement that is offered', async () => {
  const up = ['alter table jar alter column size type int using size::int'];
  const finding = await diagnosed(JARS, up);
  expect(finding?.repairs[0]?.edits?.[0]?.statements).toEqual([
    `update "jar" set "size" = ${ANSWER} where "id" in ('2', '5')`,
  ]);
});

test.each([
  ['where no row is in the way', `update jar set kind = 'gone' where id = 1`],
  ['in a case', `update jar set kind = case when id = 1 then 'gone' else kind end`],
])('a literal that does not fit is put down to no row: %s', async (_name, sql) => {
  const kinds = `create type kind as enum ('new', 'lost'); create table jar (id int primary key, kind kind);
    insert into jar values (1, 'new'), (2, 'lost');`;
  expect(await diagnosed(kinds, [sql])).toBeNull();
});

test('a value is asked for many rows as well', async () => {
  const many = `create table jar (id int primary key, note text);
    insert into jar select i, repeat('x', i) from generate_series(1, 50) i;`;
  const finding = await diagnosed(many, ['alter table jar alter column note type varchar(10)']);
  expect(finding?.what).toBe('40 values of jar.note do not fit varchar(10).');
  expect(finding?.repairs[0]?.edits?.[0]?.statements).toEqual([
    `update "jar" set "note" = ${ANSWER} where not pg_input_is_valid("note"::text, 'varchar(10)')`,
  ]);
});

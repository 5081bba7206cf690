/** Statements that rows are in the way of, and which rows: each on a file of its own. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ANSWER } from '../../../../../source/contract/rehearsal.ts';
import type { DialectFinding } from '../../../../../source/engine/databases/analysis.ts';
import type { PassRecord } from '../../../../../source/engine/databases/measurement.ts';
import { NOTHING } from '../../../../../source/engine/databases/measurement.ts';
import { SqliteThrowaway } from '../../../../../source/engine/databases/sqlite/throwaway/throwaway.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'diagnose-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What is found about the statement that fails, or about the end of the transaction. */
async function diagnosed(before: string, up: readonly string[]): Promise<DialectFinding | null> {
  const throwaway = new SqliteThrowaway(folder, 'mikro_orm_migrations');
  const database = new DatabaseSync(throwaway.path);
  database.exec(before);
  throwaway.settle();
  const mark = await throwaway.mark();
  const statements: PassRecord['statements'][number][] = [];
  let failure: Error | null = null;
  let failed: string | null = null;
  const send = (sql: string) => {
    try {
      database.exec(sql);
      return null;
    } catch (error) {
      return error as Error;
    }
  };
  database.exec('begin');
  for (const sql of up) {
    const error: Error | null = failure ? null : send(sql);
    if (!failure) statements.push({ ...NOTHING, sql, ms: 0, error: error?.message ?? null });
    if (error) [failure, failed] = [error, sql];
  }
  failure ??= send('commit');
  database.exec('rollback');
  database.close();
  if (!failure) throw new Error('Nothing failed.');
  const { message } = failure;
  const error = { message, code: null, detail: null, position: null, hint: null };
  return throwaway.diagnose(mark, { direction: 'up', statements }, error, failed, { up, down: [] });
}

/** As `kind table.column rows: keys`. */
async function found(before: string, up: readonly string[]): Promise<string | null> {
  const finding = await diagnosed(before, up);
  if (!finding) return null;
  const { kind, table, column, rows, keys } = finding;
  return `${kind} ${column === null ? table : `${table}.${column}`} ${rows}: ${keys.join(', ')}`;
}

function rebuild(columns: string, copied: string, options = ''): readonly string[] {
  return [
    'pragma foreign_keys = off',
    `create table \`jar__temp_alter\` (${columns}) ${options}`,
    `insert into \`jar__temp_alter\` select ${copied} from \`jar\``,
    'drop table `jar`',
    'alter table `jar__temp_alter` rename to `jar`',
    'pragma foreign_keys = on',
  ];
}

/** As somebody writes it by hand. */
function renamed(statements: readonly string[]): readonly string[] {
  return statements.map((sql) => sql.replaceAll('jar__temp_alter', 'new_jar'));
}

const JARS = `create table jar (id integer primary key, note text not null, n integer);
  insert into jar values (1, 'new', 1), (2, 'lost', 2), (3, 'lost', 300), (4, 'paid', null), (5, 'lost', 5);`;
const LOST = `id = 2 (note = 'lost'), id = 3 (note = 'lost'), id = 5 (note = 'lost')`;

test.each<[string, string, readonly string[], string]>([
  [
    'a check that a rebuild makes',
    JARS,
    rebuild(
      "`id` integer primary key, `note` text check (`note` in ('new', 'paid')) not null, n integer",
      '*',
    ),
    `check jar.note 3: ${LOST}`,
  ],
  [
    'one of several checks, with a name',
    JARS,
    rebuild(
      '`id` integer primary key, `note` text not null, n integer check (n > 0), constraint small check (n < 100 or id < 3)',
      '*',
    ),
    'check jar.id, n 1: id = 3 (n = 300)',
  ],
  [
    'a check of what the revision wrote before',
    JARS,
    [
      'alter table jar add column kind text',
      'update jar set kind = note',
      ...rebuild(
        "id integer primary key, note text, n integer, kind text check (kind <> 'lost')",
        '*',
      ),
    ],
    `check jar.kind 3: id = 2 (kind = 'lost'), id = 3 (kind = 'lost'), id = 5 (kind = 'lost')`,
  ],
  [
    'a check on an update',
    'create table jar (id integer primary key, n integer check (n < 1000)); insert into jar values (1, 5), (2, 300)',
    ['update jar set n = n * 100'],
    'check jar.n 1: id = 2 (n = 30000)',
  ],
  [
    'a check of a column that comes with it',
    JARS,
    [`alter table jar add column kind text default 'a' check (kind <> 'a')`],
    `check jar.kind 5: id = 1 (kind = 'a'), id = 2 (kind = 'a'), id = 3 (kind = 'a'), id = 4 (kind = 'a'), id = 5 (kind = 'a')`,
  ],
  [
    'a check on a table without a key',
    `create table jar (note text); insert into jar values ('a'), ('b'), ('b')`,
    rebuild("note text check (note <> 'b')", '*'),
    `check jar.note 2: note = 'b', note = 'b'`,
  ],
  [
    'a type that is strict',
    JARS,
    rebuild('id integer primary key, note integer, n integer', '*', 'strict'),
    `conversion jar.note 5: id = 1 (note = 'new'), id = 2 (note = 'lost'), id = 3 (note = 'lost'), id = 4 (note = 'paid'), id = 5 (note = 'lost')`,
  ],
  [
    'rows that are still referred to, seen in the end',
    `pragma foreign_keys = on; ${JARS} create table lid (id integer primary key, jar integer references jar deferrable initially deferred);
      insert into lid values (1, 3), (2, 5), (3, 1);`,
    ['delete from jar where id > 2'],
    'foreign-key lid.jar 2: id = 1 (jar = 3), id = 2 (jar = 5)',
  ],
  [
    'rows that are still referred to',
    `${JARS} create table lid (id integer primary key, jar integer references jar);
      insert into lid values (1, 3), (2, 5), (3, 1);`,
    ['update jar set id = id + 10 where id > 2'],
    'foreign-key lid.jar 2: id = 1 (jar = 3), id = 2 (jar = 5)',
  ],
  [
    'not null',
    JARS,
    rebuild('id integer primary key, note text, n integer not null', '*'),
    'not-null jar.n 1: id = 4',
  ],
  [
    'duplicates by an expression, among some rows',
    JARS,
    ['create unique index jar_first on jar (substr(note, 1, 1)) where id > 2'],
    `unique jar.note 1: id = 5 (note = 'lost')`,
  ],
  [
    'duplicates in a table without numbers of rows',
    `create table jar (id text primary key, note text) without rowid; insert into jar values ('a', 'x'), ('b', 'x'), ('c', 'y')`,
    rebuild('id text primary key, note text unique', '*', 'without rowid'),
    `unique jar.note 1: id = 'b' (note = 'x')`,
  ],
  [
    'duplicates',
    JARS,
    ['create unique index jar_note on jar (note)'],
    `unique jar.note 2: id = 3 (note = 'lost'), id = 5 (note = 'lost')`,
  ],
  [
    'a check in a copy by any name',
    JARS,
    renamed(rebuild("id integer primary key, note text check (note <> 'lost'), n integer", '*')),
    `check jar.note 3: ${LOST}`,
  ],
  [
    'duplicates in a copy by any name',
    JARS,
    renamed(rebuild('id integer primary key, note text unique, n integer', '*')),
    `unique jar.note 2: id = 3 (note = 'lost'), id = 5 (note = 'lost')`,
  ],
  [
    'a reference in a copy by any name',
    `pragma foreign_keys = on; ${JARS} create table lid (id integer primary key); insert into lid values (1), (2)`,
    renamed(rebuild('id integer primary key, note text, n integer references lid (id)', '*')),
    'foreign-key jar.n 2: id = 3 (n = 300), id = 5 (n = 5)',
  ],
  [
    'duplicates that a copy computes',
    JARS,
    renamed(
      rebuild('id integer primary key, note text unique, n integer', `id, 'x' || (id > 4), n`),
    ),
    `unique jar.note 3: id = 2 (note = 'x0'), id = 3 (note = 'x0'), id = 4 (note = 'x0')`,
  ],
  [
    'duplicates that an update makes',
    `create table jar (id integer primary key, note text); create unique index jar_note on jar (note);
      insert into jar values (1, 'a'), (2, 'A'), (3, 'b')`,
    ['update jar set note = lower(note)'],
    `unique jar.note 1: id = 2 (note = 'a')`,
  ],
  [
    'a key that is there already',
    `create table jar (a integer, b integer, note text, primary key (a, b)) without rowid;
      insert into jar values (1, 1, 'x'), (1, 2, 'y')`,
    [`insert into jar values (1, 2, 'z')`],
    `unique jar.a, b 1: a = 1, b = 2`,
  ],
])('%s', async (_name, before, up, expected) => {
  expect(await found(before, up)).toBe(expected);
});

test.each([
  [`note <> 'lost'`, null],
  [`note in ('new', 'paid')`, "'new'"],
])('a value is proposed only if the check accepts it: %s', async (rule, proposed) => {
  const up = rebuild(`id integer primary key, note text check (${rule}), n integer`, '*');
  const finding = await diagnosed(JARS, up);
  expect(finding?.repairs[0]?.choice).toEqual({ name: 'jar.note', proposed });
});

test('what to do about rows against a check is asked, with statements that would do', async () => {
  const up = rebuild(
    "`id` integer primary key, `note` text check (`note` in ('new', 'paid')), n integer",
    '*',
  );
  const finding = await diagnosed(JARS, up);
  expect(finding?.what).toBe("3 rows of jar do not meet the condition `note` in ('new', 'paid').");
  expect(finding?.repairs).toHaveLength(2);
  for (const { edits, choice } of finding?.repairs ?? []) {
    const [edit] = edits ?? [];
    const database = new DatabaseSync(':memory:');
    database.exec(JARS);
    for (const sql of up.toSpliced(edit?.at ?? 0, 0, ...(edit?.statements ?? [])))
      database.exec(sql.replace(ANSWER, choice?.proposed ?? ''));
    database.close();
  }
});

test('rows that refer to a table which the revision makes itself', async () => {
  const before =
    'create table jar (id integer primary key, p_id integer); insert into jar values (1, 7), (2, null)';
  const made = 'create table p (id integer primary key)';
  const copy = rebuild('id integer primary key, p_id integer references p (id)', 'id, p_id');
  expect(await found(before, [made, ...copy])).toBe('foreign-key jar.p_id 1: id = 1 (p_id = 7)');
});

test('a reference whose column is only made by the revision is told all the same', async () => {
  const columns = 'id integer primary key, above integer';
  const up = [
    `create table jar__temp_alter (${columns})`,
    'insert into jar__temp_alter (id, above) select id, place from jar',
    'drop table jar',
    'alter table jar__temp_alter rename to jar',
    `create table jar_new (${columns} references jar (id))`,
    'insert into jar_new (id, above) select id, above from jar',
    'drop table jar',
    'alter table jar_new rename to jar',
  ];
  const before =
    'create table jar (id integer primary key, place integer); insert into jar values (1, 9)';
  expect(await found(`pragma foreign_keys = on; ${before}`, up)).toMatch(
    /^foreign-key jar.above 1: id = 1/,
  );
});

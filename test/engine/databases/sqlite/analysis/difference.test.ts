/** Two databases compared to the last value. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { differenceBetween } from '../../../../../source/engine/databases/sqlite/analysis/difference.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'handrail-test-difference-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function make(name: string, sql: string): string {
  const path = join(folder, name);
  rmSync(path, { force: true });
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
  return path;
}

function difference(first: string, second: string, again: string | null = null) {
  return differenceBetween(
    make('first', first),
    make('second', second),
    'mikro_orm_migrations',
    again === null ? null : make('again', again),
  );
}

const jar = 'create table jar (id integer primary key, name text, price numeric);';

describe('two databases', () => {
  test('that are the same differ in nothing', () => {
    const text = `${jar} insert into jar values (1, 'plum', 2), (2, null, 2.5)`;
    expect(difference(text, text)).toEqual({ schema: [], tables: [], sequences: [] });
  });

  test('rows of one only are told, both ways, and values with their keys', () => {
    const { tables } = difference(
      `${jar} insert into jar values (1, 'plum', 2), (2, 'pear', 3), (3, 'fig', 4)`,
      `${jar} insert into jar values (1, 'Plum', 2), (3, null, 4), (4, 'nut', 4)`,
    );
    expect(tables).toEqual([
      {
        table: 'jar',
        missing: { rows: 1, keys: ['id = 2'] },
        extra: { rows: 1, keys: ['id = 4'] },
        changed: [{ column: 'name', rows: 2, toNull: 1, keys: ['id = 1', 'id = 3'] }],
      },
    ]);
  });

  test.each([
    ['a number and a text', "values (1, '1')", 'values (1, 1)'],
    ['an integer and a real', 'values (1, 1)', 'values (1, 1.0)'],
    ['large integers', 'values (1, 9007199254740993)', 'values (1, 9007199254740992)'],
    ['a text and a blob', "values (1, 'a')", "values (1, x'61')"],
    ['case, whatever the collation', "values (1, 'a')", "values (1, 'A')"],
    ['an empty text and nothing', "values (1, '')", 'values (1, null)'],
  ])('%s differ', (_, one, other) => {
    const table = 'create table t (id integer primary key, v collate nocase); insert into t ';
    expect(difference(table + one, table + other).tables).toHaveLength(1);
  });

  test('rows whose key may be NULL, and rows without any, are compared by what they hold', () => {
    const table = 'create table t (k text primary key, v); create table u (a, b);';
    const rows = "insert into t values (null, 1), (null, 2), ('x', 3);";
    const first = `${table} ${rows} insert into u values (1, 1), (1, 1), (2, 2)`;
    expect(difference(first, first).tables).toEqual([]);
  });

  test('a row that is there once too often or too seldom is found without a key', () => {
    const table = 'create table u (a, b); insert into u values (1, 1)';
    const found = difference(`${table}, (1, 1)`, table).tables;
    expect(found).toMatchObject([{ table: 'u', missing: { rows: 1 }, extra: { rows: 0 } }]);
  });

  test('objects of the schema, and where numbers go on', () => {
    const { schema, sequences } = difference(
      `create table t (id integer primary key autoincrement); insert into t values (9); delete from t; create index i on t (id)`,
      `create table t (id integer primary key autoincrement)`,
    );
    expect(schema).toEqual([
      { id: 'index t.i', table: 't', first: 'create index i on t ( id )', second: null },
    ]);
    expect(sequences).toEqual([{ table: 't', first: 9, second: 0 }]);
  });

  test('what differs between two that were made alike may differ in the third', () => {
    const rows = (chance: string) =>
      `${jar} create table note (id text primary key, n integer);
       insert into jar values (1, '${chance}', 2), (2, 'pear', 3);
       insert into note values ('${chance}', 1), ('fixed', 2)`;
    expect(difference(rows('a'), rows('b'), rows('c')).tables).toEqual([]);
    // None at all is not by chance.
    const lost = rows('b').replace("(1, 'b', 2)", '(1, null, 2)').replace("('b', 1), ", '');
    expect(difference(rows('a'), lost, rows('c')).tables).toMatchObject([
      { table: 'jar', changed: [{ column: 'name', rows: 1, toNull: 1 }] },
      { table: 'note', missing: { rows: 1 } },
    ]);
  });
});

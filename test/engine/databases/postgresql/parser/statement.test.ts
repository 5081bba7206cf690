import { describe, expect, test } from 'vitest';
import {
  readStatement,
  type StatementFacts,
} from '../../../../../source/engine/databases/postgresql/parser/statement.ts';

const t = { schema: null, name: 't' };
const u = { schema: 's', name: 'U u' };

describe('facts of a statement', () => {
  test.each<[string, ...StatementFacts[]]>([
    [
      `insert into t (a, "B") values (1, 'values (select)')`,
      { kind: 'insert', table: t, sets: [] },
    ],
    ['insert into s."U u" values (1)', { kind: 'insert', table: u, sets: [] }],
    [
      'insert into t (a) select 1 on conflict (a) do update set b = 1',
      { kind: 'insert', table: t, sets: ['b'] },
    ],
    [
      'update only t set (a, b) = (1, 2), c[1] = 3',
      { kind: 'update', table: { ...t, only: true }, columns: ['a', 'b', 'c'], all: true },
    ],
    ['update t set a = 1 where b', { kind: 'update', table: t, columns: ['a'], all: false }],
    ['delete from t', { kind: 'delete', table: t, all: true }],
    ['delete from t using x', { kind: 'delete', table: t, all: false }],
    [
      'with gone as (delete from t returning *) insert into s."U u" select * from gone',
      { kind: 'delete', table: t, all: true, moves: true },
      { kind: 'insert', table: u, sets: [], moves: true },
    ],
    ['truncate t, s."U u" cascade', { kind: 'truncate', tables: [t, u], cascade: true }],
    [
      'create table t (a serial primary key, b int)',
      { kind: 'create-table', table: t, columns: ['a', 'b'] },
    ],
    ['create table t as select 1', { kind: 'create-table', table: t, columns: null }],
    ['create table t (like x)', { kind: 'create-table', table: t, columns: null }],
    [
      'drop table if exists t, s."U u" cascade',
      { kind: 'drop-table', tables: [t, u], cascade: true },
    ],
    ['alter table t rename to v', { kind: 'rename-table', table: t, to: 'v' }],
    ['alter table t rename a to b', { kind: 'rename-column', table: t, from: 'a', to: 'b' }],
    ['alter table t set schema z', { kind: 'move-table', table: t, schema: 'z' }],
    [
      'alter table t add a int not null references s."U u", drop column b cascade, alter c type text[] using d::text[], alter e set not null',
      { kind: 'add-column', table: t, column: 'a', notNull: true, hasDefault: false },
      constraint('foreign key', ['a'], { references: u }),
      { kind: 'drop-column', table: t, column: 'b', cascade: true },
      { kind: 'alter-type', table: t, column: 'c', type: 'text[]', using: true },
      { kind: 'set-not-null', table: t, column: 'e' },
    ],
    [
      'alter table t add constraint c foreign key (a, b) references s."U u" (x, y) not valid',
      constraint('foreign key', ['a', 'b'], { name: 'c', references: u, notValid: true }),
    ],
    [
      'alter table t add constraint c unique using index i',
      constraint('unique', [], { name: 'c', usingIndex: 'i' }),
    ],
    ['alter table t add check (a > 0)', constraint('check', [])],
    ['alter table t validate constraint c', { kind: 'validate-constraint', table: t, name: 'c' }],
    ['alter table t set logged', { kind: 'alter-table', table: t }],
    [
      'create unique index concurrently on t (a)',
      { kind: 'create-index', name: null, table: t, unique: true, concurrently: true },
    ],
    ['drop index s."U u"', { kind: 'drop-index', names: [u], concurrently: false }],
    ['reindex table t', { kind: 'reindex', what: 'table', name: t, concurrently: false }],
    ['create view t as select 1', { kind: 'create-view', view: t, materialized: false }],
    ['drop materialized view t', { kind: 'drop-view', views: [t], materialized: true }],
    ['refresh materialized view t', { kind: 'refresh', view: t, concurrently: false }],
    ["create type t as enum ('a', 'b')", { kind: 'create-type', type: t, values: ['a', 'b'] }],
    ["alter type t add value 'c'", { kind: 'add-value', type: t, value: 'c' }],
    ['drop type t, s."U u"', { kind: 'drop-type', types: [t, u], cascade: false }],
    ['vacuum full t', { kind: 'vacuum', tables: [t], full: true }],
    ['cluster t using i', { kind: 'cluster', table: t }],
    ['lock table t', { kind: 'lock-table', tables: [t] }],
    ['select 1', { kind: 'other' }],
    ['this is not SQL', { kind: 'other' }],
    [
      'delete from t; truncate t',
      { kind: 'delete', table: t, all: true },
      { kind: 'truncate', tables: [t], cascade: false },
    ],
  ])('%s', async (sql, ...facts) => {
    expect(await readStatement(sql)).toEqual(facts);
  });

  test('of inserts the table only, however long they are', async () => {
    const values = Array.from({ length: 50_000 }, (_, index) => `(${index}, 'it''s')`).join(', ');
    expect(await readStatement(`insert into "t" ("a", "b") values ${values}`)).toEqual([
      { kind: 'insert', table: t, sets: [] },
    ]);
  });
});

function constraint(
  type: Extract<StatementFacts, { kind: 'add-constraint' }>['type'],
  columns: readonly string[],
  more: Partial<Extract<StatementFacts, { kind: 'add-constraint' }>> = {},
): StatementFacts {
  return {
    kind: 'add-constraint',
    table: t,
    name: null,
    type,
    columns,
    references: null,
    notValid: false,
    usingIndex: null,
    ...more,
  };
}

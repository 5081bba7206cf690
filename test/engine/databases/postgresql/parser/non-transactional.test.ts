import { describe, expect, test } from 'vitest';
import { nonTransactionalIn } from '../../../../../source/engine/databases/postgresql/parser/non-transactional.ts';

describe('what PostgreSQL refuses in a transaction', () => {
  test.each([
    ['create unique index concurrently "i" on "t" ("c");', 'create index concurrently'],
    ['drop index concurrently if exists i', 'drop index concurrently'],
    ['reindex index concurrently i', 'reindex'],
    ['reindex database library', 'reindex'],
    ['vacuum (analyze) t', 'vacuum'],
    ['cluster', 'cluster of all tables'],
    ['alter table a detach partition b concurrently', 'detach partition concurrently'],
    ['create database x', 'create database'],
    ['drop tablespace x', 'drop tablespace'],
    ["alter system set work_mem = '1MB'", 'alter system'],
    ['update t set a = 1; commit; select 1', 'commit'],
  ])('%s', async (sql, words) => {
    expect(await nonTransactionalIn(sql, false)).toBe(words);
  });

  test.each([
    'create index "concurrently" on "t" ("c")',
    "insert into t values ('create index concurrently')",
    'cluster t using i',
    'reindex table t',
    'analyze t',
    'refresh materialized view concurrently m',
    'create function f() returns void language plpgsql as $$ begin perform 1; end $$',
    'savepoint a',
    'vacuum vacuum vacuum',
  ])('not: %s', async (sql) => {
    expect(await nonTransactionalIn(sql, false)).toBeNull();
  });

  test('alone, it is only refused together with others', async () => {
    expect(await nonTransactionalIn('vacuum t;', true)).toBeNull();
    expect(await nonTransactionalIn('vacuum t; analyze t;', true)).toBe('vacuum');
  });
});

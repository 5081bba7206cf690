import { expect, test } from 'vitest';
import { guard } from '../../../../../source/engine/databases/sqlite/execution/foreign-key-guard.ts';

test('the database is asked about writes alone, and once', async () => {
  let asked = 0;
  const suspicionOf = guard.suspecting(async () => {
    asked++;
    return [];
  });
  for (const sql of ['create table t (id)', 'create index i on t (id)', 'drop view v']) {
    expect(await suspicionOf(sql)).toBeNull();
  }
  expect(asked).toBe(0);
  for (const sql of ['insert into t values (1)', 'update t set id = 2']) {
    expect(await suspicionOf(sql)).toBeNull();
  }
  expect(asked).toBe(1);
});

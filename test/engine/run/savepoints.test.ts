import { describe, expect, test } from 'vitest';
import { Savepoints } from '../../../source/engine/run/savepoints.ts';

/** Statements that stand: those that are no words of a transaction are numbered from 1. */
function standing(...sent: readonly string[]): readonly number[] {
  const savepoints = new Savepoints();
  const left: number[] = [];
  for (const [at, sql] of sent.entries()) {
    if (sql === 'do') left.push(at + 1);
    else left.length = savepoints.ended(sql, left.length);
  }
  return left;
}

describe('what was taken back', () => {
  test.each([
    [
      ['do', 'savepoint a', 'do', 'rollback to savepoint a', 'do'],
      [1, 5],
    ],
    [['do', 'savepoint "A ""b"""', 'do', 'ROLLBACK TO "A ""b"""'], [1]],
    [['savepoint a', 'do', 'Rollback Work To A;'], []],
    [
      ['savepoint a', 'do', 'release savepoint a', 'do', 'rollback to a'],
      [2, 4],
    ],
    [['savepoint a', 'do', 'savepoint b', 'do', 'rollback to b', 'do', 'rollback to a'], []],
    [
      ['savepoint a', 'do', 'savepoint a', 'do', 'rollback to a', 'do', 'release a'],
      [2, 6],
    ],
    [['savepoint a', 'do', 'rollback to a', 'do', 'rollback to a', 'do'], [6]],
    [
      ['do', 'begin', 'do', 'savepoint a', 'do', 'rollback', 'do'],
      [1, 7],
    ],
    [
      ['do', 'start transaction', 'do', 'commit', 'begin', 'do', 'rollback'],
      [1, 3],
    ],
    [
      ['do', 'begin', 'do', 'commit', 'do', 'rollback'],
      [1, 3, 5],
    ],
    [['do', 'savepoint "a"', 'do', 'rollback to "A"'], [1]],
    [['savepoint `a`', 'do', 'rollback to [a]'], []],
  ])('by %j', (sent, left) => {
    expect(standing(...sent)).toEqual(left);
  });
});

import { describe, expect, test } from 'vitest';
import {
  continued,
  fatesOf,
  type LooseStatement,
  leavesSomething,
} from '../../source/contract/half-done.ts';
import { firstOther, isStatement } from '../../source/engine/run/kept-statements.ts';

const sent = (sql: string, changes: Partial<LooseStatement> = {}): LooseStatement => ({
  seq: 1,
  kind: 'sql',
  sql,
  length: sql.length,
  ms: 1,
  error: null,
  affected: null,
  ...changes,
});
const begin = sent('begin', { kind: 'begin' });
const commit = sent('commit', { kind: 'commit' });
const rollback = sent('rollback', { kind: 'rollback' });
const fates = (...statements: LooseStatement[]) => fatesOf(1, statements).map(({ fate }) => fate);

describe('what became of statements without a transaction', () => {
  test('they stay once they ended, and the one that was cut off is not known', () => {
    expect(fates(sent('a'), sent('b', { error: 'no' }))).toEqual(['ended', 'failed']);
    expect(fates(sent('a'), sent('b', { ms: null }))).toEqual(['ended', 'running']);
  });

  test('a transaction of the revision’s own is undone unless it was committed', () => {
    expect(fates(begin, sent('a'), commit, sent('b'))).toEqual([
      'ended',
      'ended',
      'ended',
      'ended',
    ]);
    expect(fates(begin, sent('a'), sent('b', { error: 'no' }))).toEqual([
      'undone',
      'undone',
      'failed',
    ]);
    expect(fates(begin, sent('a'), rollback, sent('b')).slice(0, 2)).toEqual(['undone', 'undone']);
    expect(fates(begin, sent('a'), { ...commit, ms: null })).toEqual([
      'running',
      'running',
      'running',
    ]);
  });

  test('nothing is left by one that failed first', () => {
    expect(leavesSomething(fatesOf(1, [sent('a', { error: 'no' })]))).toBe(false);
    expect(leavesSomething(fatesOf(1, [sent('a')]))).toBe(true);
  });

  test('a run that went on from a statement says that those before it ended', () => {
    const before = fatesOf(1, [sent('a'), sent('b', { ms: null })]);
    const after = continued(before, 3, fatesOf(2, [sent('c', { error: 'no' })]));
    expect(after.map(({ sql, fate }) => `${sql} ${fate}`)).toEqual([
      'a ended',
      'b ended',
      'c failed',
    ]);
  });
});

describe('whether what ran is what the file says', () => {
  const how = { literals: 'cut', unchanged: false } as const;
  const [ran] = fatesOf(1, [sent('insert into a values (1)')]);

  test('text by text; one that failed may be another by now', () => {
    const all = fatesOf(1, [sent('a'), sent('b', { error: 'no' })]);
    expect(firstOther(all, ['a', 'mended', 'c'], how)).toBeNull();
    expect(firstOther(all, ['other', 'b'], how)).toBe(1);
    expect(firstOther(fatesOf(1, [sent('a'), sent('b')]), ['a'], how)).toBe(2);
  });

  test('what the journal does not keep is known only of the same file', () => {
    const [masked] = fatesOf(1, [sent('insert into a values (?)', { length: 24 })]);
    if (!ran || !masked) throw new Error('Nothing ran.');
    const none = { literals: 'none', unchanged: false } as const;
    expect(isStatement(masked, 'insert into a values (1)', none)).toBe(false);
    expect(isStatement(masked, 'insert into a values (1)', { ...none, unchanged: true })).toBe(
      true,
    );
    expect(isStatement(ran, 'insert into a values (1)', how)).toBe(true);
    expect(isStatement(ran, 'insert into a values (2)', { ...how, unchanged: true })).toBe(false);
  });
});

/** Drafts in words. */

import { expect, test } from 'vitest';
import type { DraftChange } from '../../source/contract/draft.ts';
import { describeChanges } from '../../source/presentation/draft.ts';

const longer = (column: string, from: number): DraftChange => ({
  kind: 'change',
  what: `column author.${column}`,
  detail: `varchar(${from}) null → varchar(255) null`,
});

test('many changes that differ in names and numbers alone are one line, the others keep theirs', () => {
  const dropped: DraftChange = { kind: 'drop', what: 'column author.born', detail: '' };
  const lengths = ['a', 'b', 'c', 'd', 'e'].map((name, at) => longer(name, at + 1));
  expect(describeChanges([dropped, ...lengths]).map(({ words }) => words)).toEqual([
    '− column author.born',
    '~ 5 columns, such as column author.a  varchar(1) null → varchar(255) null',
  ]);
  expect(describeChanges(lengths.slice(2))).toHaveLength(3);
});

test('what goes is always listed one by one', () => {
  const drops = ['a', 'b', 'c', 'd', 'e'].map(
    (name): DraftChange => ({ kind: 'drop', what: `column author.${name}`, detail: '' }),
  );
  expect(describeChanges(drops)).toHaveLength(5);
});

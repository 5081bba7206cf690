/** Names in answers: what they mean, and what is refused. */

import { describe, expect, test } from 'vitest';
import { type DraftAnswers, NO_ANSWERS } from '../../../source/contract/draft.ts';
import type { ObjectRef } from '../../../source/contract/object-ref.ts';
import { resolveNames } from '../../../source/engine/draft/names.ts';

const table = (schema: string, name: string): ObjectRef => ({
  kind: 'table',
  schema,
  table: null,
  name,
});
const column = (schema: string, of: string, name: string): ObjectRef => ({
  kind: 'column',
  schema,
  table: of,
  name,
});
const refs = [
  table('public', 'author'),
  column('public', 'author', 'born'),
  column('public', 'author', 'Full.Name'),
  table('side', 'author'),
  column('side', 'author', 'died'),
  table('side', 'shelf'),
];
const resolved = (answers: Partial<DraftAnswers>) =>
  resolveNames({ ...NO_ANSWERS, ...answers }, refs, refs);
const filled = (of: string, name: string) =>
  resolved({ fills: [{ table: of, column: name, expression: '1' }] });

describe('a name means the same', () => {
  test.each([
    ['author', 'born', 'author', 'born'],
    ['public.author', 'born', 'author', 'born'],
    ['"public"."author"', '"born"', 'author', 'born'],
    ['author', '"Full.Name"', 'author', 'Full.Name'],
    ['side.author', 'died', 'side.author', 'died'],
    ['column author', 'born', 'author', 'born'],
    ['AUTHOR', 'BORN', 'author', 'born'],
  ])('%s and %s', (of, name, foundTable, foundColumn) => {
    const { answers, wrong } = filled(of, name);
    expect(wrong).toEqual([]);
    expect(answers.fills).toEqual([{ table: foundTable, column: foundColumn, expression: '1' }]);
  });

  test('in a rename, of a table in a schema too', () => {
    const { answers, wrong } = resolved({
      renames: [{ from: { table: 'side', name: 'shelf' }, to: 'rack' }],
    });
    expect(wrong).toEqual([]);
    expect(answers.renames).toEqual([{ from: { table: 'side.shelf', name: null }, to: 'rack' }]);
  });
});

test('a table that is renamed goes by both of its names, and what is in it is in the new one', () => {
  const real = [table('public', 'author'), column('public', 'author', 'born')];
  const wanted = [table('public', 'writer'), column('public', 'writer', 'since')];
  const renames = [
    { from: { table: 'author', name: null }, to: 'writer' },
    { from: { table: 'author', name: 'born' }, to: 'since' },
  ];
  for (const name of ['author', 'writer']) {
    const { answers, wrong } = resolveNames(
      {
        ...NO_ANSWERS,
        renames,
        fills: [{ table: name, column: 'since', expression: '1' }],
        fillsDown: [{ table: name, column: 'born', expression: '1' }],
      },
      real,
      wanted,
    );
    expect(wrong).toEqual([]);
    expect(answers.renames[1]).toEqual({ from: { table: 'writer', name: 'born' }, to: 'since' });
    expect([...answers.fills, ...answers.fillsDown].map((each) => each.table)).toEqual([
      'writer',
      'writer',
    ]);
  }
});

describe('a name is refused', () => {
  test('that means nothing, with those that there are', () => {
    expect(filled('author', 'birth').wrong).toEqual([
      'no entity has author.birth (there is author.born, author.Full.Name, side.author.died)',
    ]);
    expect(filled('autor', 'born').wrong[0]).toContain('(there is author, side.author');
  });
});

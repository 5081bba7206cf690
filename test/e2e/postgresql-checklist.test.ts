/** The nine steps on a real PostgreSQL server, with rows to lose, an editor and git. */

import { expect, it } from 'vitest';
import { libraryOf } from '../engine/draft/kit.ts';
import { ServerProject } from '../kit/postgresql.ts';
import { type Walk, walkNineSteps } from './nine-steps.ts';
import { Repository } from './repository.ts';
import { loading, quit } from './screens.ts';

interface Journey extends Walk {
  readonly title: string;
  readonly change: NonNullable<Walk['change']>;
  /** A query whose answer is to be what it says, after all. */
  readonly expected: readonly [sql: string, rows: readonly object[]];
}

const journeys: readonly Journey[] = [
  {
    title: 'a renamed column keeps its values',
    change: { path: 'entities/author.ts', from: 'email:', to: 'address:' },
    answer: async (app) => {
      await app.waitFor('▌ It was renamed to address', loading);
      await app.press('enter');
    },
    expected: [
      'select name, address from author order by id',
      [
        { name: 'Le Guin', address: 'u@example.org' },
        { name: 'Lem', address: null },
      ],
    ],
  },
  {
    title: 'a column that must have a value gets one',
    change: {
      path: 'entities/book.ts',
      from: 'pages:',
      to: 'isbn: p.string(), pages:',
    },
    answer: async (app) => {
      await app.waitFor('book.isbn', loading);
      await app.waitFor('An SQL expression');
      await app.type(`upper(title)`);
      await app.press('enter');
    },
    expected: [
      'select title, isbn from book order by id',
      [
        { title: 'Solaris', isbn: 'SOLARIS' },
        { title: 'Eden', isbn: 'EDEN' },
      ],
    ],
  },
];

it.each(journeys)('$title', async (journey) => {
  await using project = await ServerProject.make(libraryOf());
  using repository = await Repository.of(project);
  const { path, from, to } = journey.change;
  repository.replace(path, from, to);
  const editor = repository.editor(':');
  await using app = repository.open([], { env: { EDITOR: editor, GIT_EDITOR: editor } });
  await walkNineSteps(app, journey);
  const [sql, rows] = journey.expected;
  expect(await project.database.query(sql)).toEqual(rows);
  expect(await repository.inLastCommit()).toEqual([
    path,
    expect.stringMatching(/^migrations\/\.snapshot/),
    expect.stringMatching(/^migrations\/.*_on_the_way\.ts$/),
  ]);
  expect(await repository.git('status', '--porcelain')).toBe('');
  await quit(app);
});

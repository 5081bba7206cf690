/** Columns that a downgrade keeps, with their values. */

import { describe, expect, it } from 'vitest';
import { databases } from '../../kit/databases.ts';
import { accepted } from '../kit.ts';
import { draft, madeBy } from './kit.ts';

describe.each(databases)('a draft whose downgrade keeps columns, on $driver', ({ makeProject }) => {
  it('adds each by itself, whatever else changes in the table', async () => {
    await using project = await madeBy(
      makeProject,
      [
        'create table author (id integer not null primary key)',
        'create table book (id integer not null primary key, title varchar(255) not null, pages integer not null)',
      ],
      [
        'insert into author (id) values (1)',
        "insert into book (id, title, pages) values (1, 'a', 3), (2, 'b', 4)",
      ],
      `...(() => {
         const Author = defineEntity({ name: 'Author', properties: { id: p.integer().primary().autoincrement(false) } });
         return [Author, defineEntity({ name: 'Book', properties: { id: p.integer().primary().autoincrement(false),
           title: p.string().columnType('varchar(255)').nullable(), pages: p.integer(),
           isbn: p.string().columnType('varchar(255)').default('x'), at: p.datetime().defaultRaw('current_timestamp'),
           note: p.text().nullable().index(), size: p.integer(), author: () => p.manyToOne(Author).nullable() } })];
       })()`,
    );
    const columns = ['isbn', 'at', 'note', 'size', 'author_id'];
    const made = accepted(
      await draft(project.root, {
        answers: {
          keptOnDowngrade: columns.map((column) => ({ table: 'book', column })),
          fills: [{ table: 'book', column: 'size', expression: 'pages * 2' }],
        },
      }),
    );
    expect(made.questions).toEqual([]);
    expect(made.trial).toMatchObject({ verdict: 'clean', failure: null, findings: [] });
    const source = made.file?.source ?? '';
    const [up = '', down = ''] = source.split('override down');
    for (const column of columns) {
      expect(up).toMatch(new RegExp(`add (column )?.{1,2}${column}\\W`));
      expect(down).not.toMatch(new RegExp(`drop column .{1,2}${column}\\W`));
    }
  });
});

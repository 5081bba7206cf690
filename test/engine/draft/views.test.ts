/** What depends on a column that changes. */

import { expect, it } from 'vitest';
import { databases } from '../../kit/databases.ts';
import { accepted, refused } from '../kit.ts';
import { draft, madeBy } from './kit.ts';

const [, onPostgresql] = databases;
if (!onPostgresql) throw new Error('There are two databases.');

const BOOK =
  'create table "book" ("id" serial primary key, "title" varchar(255) not null, "pages" int not null)';
const ROWS = ["insert into book (title, pages) values ('a', 1), ('b', 20)"];

it('drops views before a column that they use changes, and makes them again with all that was said of them', async () => {
  await using project = await madeBy(
    onPostgresql.makeProject,
    [
      BOOK,
      `create view "Heavy" with (security_barrier) as select id, title, pages from book where pages > 1`,
      'create view heavier as select * from "Heavy" where pages > 10',
      'create view other as select id from book',
      `comment on view "Heavy" is 'it''s heavy'`,
      `comment on column "Heavy".pages is 'how many'`,
      'grant select on "Heavy" to public',
      'grant select, insert on "Heavy" to pg_monitor with grant option',
      'grant update (title) on "Heavy" to pg_monitor',
      'alter view heavier owner to pg_monitor',
      'alter view heavier alter column pages set default 3',
      'create materialized view counted as select pages, count(*) as n from book group by pages',
      'create unique index counted_pages on counted (pages)',
      'create materialized view titles as select title::text from book',
      `create function tell() returns trigger language plpgsql as 'begin return new; end'`,
      'create trigger told instead of update on heavier for each row execute function tell()',
    ],
    ROWS,
    `defineEntity({ name: 'Book', properties: { id: p.integer().primary(), title: p.text(), pages: p.bigint() } })`,
  );
  const made = accepted(await draft(project.root));
  expect(made.questions).toEqual([]);
  expect(made.notes).toEqual([]);
  expect(made.trial).toMatchObject({ verdict: 'clean', failure: null, findings: [] });
  expect(made.leftAlone).toEqual(['view other', 'function tell()']);
  const detail = 'dropped and made again as it is, since it uses a column that changes';
  expect(made.changes.slice(-4)).toEqual(
    ['view heavier', 'view Heavy', 'materialized view counted', 'materialized view titles'].map(
      (what) => ({
        kind: 'change',
        what,
        detail,
      }),
    ),
  );
});

it('says what can’t make way for a change, and how to go on', async () => {
  await using project = await madeBy(
    onPostgresql.makeProject,
    [
      BOOK,
      'create view heavy as select id, pages from book where pages > 1',
      'create function heaviest() returns bigint begin atomic select max(pages) from heavy; end',
    ],
    ROWS,
    `defineEntity({ name: 'Book', properties: { id: p.integer().primary(), title: p.string(), pages: p.bigint() } })`,
  );
  const problem = refused(await draft(project.root));
  expect(problem).toMatchObject({ code: 'unsafe-rebuild' });
  expect(problem.what).toBe('function public.heaviest() uses view public.heavy.');
  project.write(
    'entities/all.ts',
    `import { defineEntity, p } from '@mikro-orm/core';
export const all = [defineEntity({ name: 'Book', properties: { id: p.integer().primary(), title: p.string() } })];\n`,
  );
  const drops = [{ table: 'book', name: 'pages' }];
  const fillsDown = [{ table: 'book', column: 'pages', expression: '1' }];
  const gone = refused(await draft(project.root, { answers: { drops, fillsDown } }));
  expect(gone.what).toBe(
    'function public.heaviest() uses view public.heavy; view public.heavy uses book.pages.',
  );
  expect(gone.next[0]).toBe(`Drop it knowingly: --drop 'function heaviest()' --drop 'view heavy'`);
  const chosen = [
    ...drops,
    ...[`function heaviest()`, 'view heavy'].map((table) => ({ table, name: null })),
  ];
  const made = accepted(await draft(project.root, { answers: { drops: chosen, fillsDown } }));
  expect(made.trial).toMatchObject({ failure: null });
});

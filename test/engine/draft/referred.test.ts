/** What entities refer to or say, and MikroORM does not make or not so that a database understands it. */

import { describe, expect, it } from 'vitest';
import { databases } from '../../kit/databases.ts';
import { accepted } from '../kit.ts';
import { draft, madeBy } from './kit.ts';

const CLEAN = { verdict: 'clean', failure: null, findings: [] };

const [onSqlite, onPostgresql] = databases;
if (!onSqlite || !onPostgresql) throw new Error('There are two databases.');

describe.each(databases)('a draft, on $name', ({ makeProject }) => {
  it('writes quotes in a default, and compares what came of it with the entities', async () => {
    await using project = await madeBy(
      makeProject,
      ['create table book (id integer not null primary key, title varchar(255) not null)'],
      ["insert into book (id, title) values (1, 'a')"],
      `defineEntity({ name: 'Book', properties: { id: p.integer().primary().autoincrement(false),
         title: p.string().columnType('varchar(255)').default("it's"),
         note: p.string().columnType('varchar(255)').default("'o' \\"x\\"") } })`,
    );
    const made = accepted(await draft(project.root));
    expect(made.questions).toEqual([]);
    expect(made.notes).toEqual([]);
    expect(made.trial).toMatchObject(CLEAN);
    expect(made.file?.source).toContain("'it''s'");
    expect(made.file?.source).toContain(`'''o'' "x"'`);
  });
});

describe('a draft, on PostgreSQL', () => {
  it('knows domains and functions that entities refer to, and domains made of what they say', async () => {
    await using project = await madeBy(
      onPostgresql.makeProject,
      [
        'create schema tools',
        `create domain tools.positive as int default 1 check (value > 0)`,
        'create domain score as tools.positive check (value < 10)',
        `create function tools.next_code() returns text language sql as $$ select 'code' $$`,
        'create table "book" ("id" serial primary key, "pages" score not null, "rating" int not null, "code" varchar(255) null, "width" score not null)',
      ],
      ["insert into book (pages, rating, code, width) values (2, 3, 'a', 4)"],
      `defineEntity({ name: 'Book', properties: { id: p.integer().primary(), pages: p.integer(),
         rating: p.integer().columnType('score'), width: p.bigint(),
         code: p.string().nullable().defaultRaw('tools.next_code()') } })`,
    );
    const made = accepted(await draft(project.root));
    expect(made.questions).toEqual([]);
    expect(made.notes).toEqual([]);
    expect(made.trial).toMatchObject(CLEAN);
    expect(made.file?.source).not.toContain('alter column "pages"');
    expect(made.file?.source).toContain('type score');
    expect(made.file?.source).toContain('"width"::public.score');
  });

  it('changes the collation of a column, where it is another one', async () => {
    await using project = await madeBy(
      onPostgresql.makeProject,
      [
        'create table "book" ("id" serial primary key, "title" varchar(255) not null, "name" varchar(255) collate "C" not null, "note" text not null)',
      ],
      ["insert into book (title, name, note) values ('a', 'b', 'c')"],
      `defineEntity({ name: 'Book', properties: { id: p.integer().primary(),
         title: p.string().collation('POSIX'), name: p.string(), note: p.text().collation('C') } })`,
    );
    const made = accepted(await draft(project.root));
    expect(made.questions).toEqual([]);
    expect(made.notes).toEqual([]);
    expect(made.trial).toMatchObject(CLEAN);
    expect(made.file?.source).toContain('collate "POSIX"');
  });
});

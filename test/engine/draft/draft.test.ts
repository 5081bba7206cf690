/** Drafts, made by a real engine on real databases. */

import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Draft } from '../../../source/contract/draft.ts';
import { sql } from '../../kit/builders.ts';
import { databases } from '../../kit/databases.ts';
import { libraryRevisions } from '../../kit/entities.ts';
import type { MadeProject } from '../../kit/made-project.ts';
import type { Project } from '../../kit/project.ts';
import type { Revision } from '../../kit/revisions.ts';
import { accepted, refused } from '../kit.ts';
import { AUTHOR, BOOK, draft, libraryOf, madeBy, makeLibrary } from './kit.ts';

let project: Project;

afterEach(() => project?.cleanup());

/**
 * The statements of a draft's direction, as its file has them, but for what MikroORM spells
 * differently on PostgreSQL.
 */
function spelled(draft: Draft, direction: 'up' | 'down'): string[] {
  return statements(draft, direction).map((sql) =>
    sql
      .replaceAll('`', '"')
      .replace(/ add "/, ' add column "')
      .replaceAll('varchar(255)', 'text')
      .replaceAll(' int ', ' integer '),
  );
}

/** The statements of a draft's direction, as its file has them. */
function statements({ file }: Draft, direction: 'up' | 'down'): string[] {
  const [up = '', down = ''] = (file?.source ?? '').split(/ down\(\)/);
  const text = direction === 'up' ? up : down;
  return [...text.matchAll(/addSql\(`(.*)`\);/g)].map(([, sql = '']) => sql.replaceAll('\\`', '`'));
}

/** Every file of the project with its content, but for installed packages, and its database. */
async function contentsOf(project: MadeProject) {
  const names = readdirSync(project.root, { recursive: true, withFileTypes: true });
  const files = names
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path, readFileSync(path, 'latin1')];
    });
  return { files: Object.fromEntries(files), database: await project.database.fingerprint() };
}

const SHELF = `import { defineEntity, p } from '@mikro-orm/core';

export const Shelf = defineEntity({
  name: 'Shelf',
  comment: "the library's",
  properties: { id: p.integer().primary() },
});
`;

const byHand: Revision = {
  label: 'by_hand',
  up: ['create index by_pages on book (pages)'],
  down: ['drop index by_pages'],
};

const isbn = `${BOOK}, isbn: p.string().nullable()`;

describe.each(databases)('on $label', ({ makeProject }) => {
  const library = (...parts: Parameters<typeof libraryOf>) => makeProject(libraryOf(...parts));

  describe('a draft', () => {
    it('is what makes the database what the entities say, and writes nothing', async () => {
      await using project = await library({ book: isbn });
      const before = await contentsOf(project);
      const made = accepted(await draft(project.root, { name: 'Add ISBN, to books!' }));
      expect(made.compared).toContain(`${project.database.place}, with 4 revisions applied`);
      expect(made.changes).toEqual([
        {
          kind: 'add',
          what: 'column book.isbn',
          detail: expect.stringMatching(/^(text|varchar\(255\)) null$/),
        },
      ]);
      expect(made.questions).toEqual([]);
      expect(made.notes).toEqual([]);
      expect(made.file?.path).toMatch(/^migrations\/Migration\d{14}_add_isbn_to_books\.ts$/);
      expect(spelled(made, 'up')).toEqual(['alter table "book" add column "isbn" text null;']);
      expect(spelled(made, 'down')).toEqual(['alter table "book" drop column "isbn";']);
      expect(JSON.parse(made.file?.snapshot?.text ?? '')).toHaveProperty('tables');
      expect(await contentsOf(project)).toEqual(before);
    });

    it('is refused when there is nothing to draft', async () => {
      await using project = await library();
      const problem = refused(await draft(project.root));
      expect(problem).toMatchObject({ code: 'nothing-to-do' });
      expect(problem.why).toContain('was compared with the entities');
      expect(problem.why).not.toContain('keeps no');
    });

    it('can be blank', async () => {
      await using project = await library();
      const made = accepted(await draft(project.root, { blank: true, name: 'mend titles' }));
      expect(made.file?.source).toContain('select 1');
      expect(made.file?.snapshot, 'the entities are not in it').toBeNull();
    });

    it('has a name, or none, but never one that no class can have', async () => {
      await using project = await library({ book: isbn });
      const made = accepted(await draft(project.root, { name: null }));
      expect(made.file?.path).toMatch(/Migration\d{14}\.ts$/);
      expect(refused(await draft(project.root, { name: '☃ !' }))).toMatchObject({ code: 'usage' });
    });
  });

  describe('the base of a draft', () => {
    it('must be up to date', async () => {
      await using project = await library({ book: isbn }, { applied: 2, content: '' });
      const problem = refused(await draft(project.root));
      expect(problem.code).toBe('not-up-to-date');
      expect(problem.what).toBe('Target database is not up to date.');
      expect(problem.why).toContain('2 revisions are pending');
      expect(problem.why).toContain('add_pages');
      expect(problem.next.join('\n')).toMatch(/handrail up[\s\S]*--base throwaway/);
    });

    it('may be a throwaway instead, whatever the target is', async () => {
      await using project = await library({ book: isbn }, { applied: 2, content: '' });
      const made = accepted(await draft(project.root, { base: 'throwaway' }));
      expect(made.compared).toContain(
        'An empty database, on which 4 revisions of the folder were run',
      );
      expect(spelled(made, 'up')).toEqual(['alter table "book" add column "isbn" text null;']);
    });

    it('must not have drifted', async () => {
      await using project = await library(
        { book: isbn },
        { content: 'alter table book add column shelf text' },
      );
      const problem = refused(await draft(project.root));
      expect(problem.code).toBe('drifted');
      expect(problem.why).toContain('book.shelf');
      accepted(await draft(project.root, { base: 'throwaway' }));
    });

    it('must know every applied revision', async () => {
      await using project = await library({ book: isbn });
      await project.database.change(
        `insert into ${project.tableName} (name) values ('Migration20250105090000_gone')`,
      );
      const problem = refused(await draft(project.root));
      expect(problem.code).toBe('missing-file');
      expect(problem.what).toContain('Migration20250105090000_gone');
    });

    it('tells of a snapshot that is behind, which the draft writes anew', async () => {
      await using project = await library({ book: isbn });
      const first = accepted(await draft(project.root));
      project.write(first.file?.snapshot?.path ?? '', first.file?.snapshot?.text ?? '');
      const again = accepted(await draft(project.root));
      expect(again.notes.join()).toContain('is not what the revisions make (+ book.isbn)');
      expect(spelled(again, 'up')).toEqual(spelled(first, 'up'));
    });

    it('may be missing, before the first revision', async () => {
      await using project = await library();
      for (const { path } of project.revisions) rmSync(path);
      await project.database.remove();
      const made = accepted(await draft(project.root));
      expect(made.compared).toContain(`There is no ${project.database.place} yet`);
      expect(spelled(made, 'up').join('\n')).toMatch(
        /create table "author"[\s\S]*create table "book"/,
      );
    });
  });

  describe('questions', () => {
    const renamed = { author: AUTHOR.replace('email', 'mail') };
    const email = { table: 'author', name: 'email' };

    it('whether a column was renamed, although MikroORM would guess', async () => {
      await using project = await library(renamed);
      const made = accepted(await draft(project.root));
      expect(made.file).toBeNull();
      expect(made.questions).toEqual([
        {
          kind: 'gone',
          place: email,
          object: expect.objectContaining({ kind: 'column', ...email }),
          holds: 1,
          candidates: ['mail'],
        },
      ]);
    });

    it('it was', async () => {
      await using project = await library(renamed);
      const answers = { renames: [{ from: email, to: 'mail' }] };
      const made = accepted(await draft(project.root, { answers }));
      expect(spelled(made, 'up')).toEqual([
        'alter table "author" rename column "email" to "mail";',
      ]);
      expect(spelled(made, 'down')).toEqual([
        'alter table "author" rename column "mail" to "email";',
      ]);
    });

    it('it was not: it goes, and is made again by the downgrade', async () => {
      await using project = await library(renamed);
      const made = accepted(await draft(project.root, { answers: { drops: [email] } }));
      expect(spelled(made, 'up')).toEqual([
        'alter table "author" drop column "email";',
        'alter table "author" add column "mail" text null;',
      ]);
      // Or the rehearsal would take it for renamed.
      expect(made.file?.source).toContain('    // handrail: drop author.email\n');
      expect(made.trial).toMatchObject({ verdict: 'clean', findings: [] });
    });

    it('it stays', async () => {
      await using project = await library(renamed);
      const made = accepted(await draft(project.root, { answers: { keeps: [email] } }));
      expect(spelled(made, 'up')).toEqual(['alter table "author" add column "mail" text null;']);
      expect(spelled(made, 'down')).toEqual(['alter table "author" drop column "mail";']);
      expect(made.notes).toEqual([]);
    });

    it('whether a table was renamed', async () => {
      await using project = await library();
      project.write(
        'entities/book.ts',
        readFileSync(join(project.root, 'entities/book.ts'), 'utf8').replace(
          "name: 'Book',",
          "name: 'Book', tableName: 'volume',",
        ),
      );
      const asked = accepted(await draft(project.root));
      expect(asked.questions).toMatchObject([
        { kind: 'gone', place: { table: 'book', name: null }, holds: 2, candidates: ['volume'] },
      ]);
      const answers = { renames: [{ from: { table: 'book', name: null }, to: 'volume' }] };
      const made = accepted(await draft(project.root, { answers }));
      expect(spelled(made, 'up')[0]).toBe('alter table "book" rename to "volume";');
      expect(spelled(made, 'up').join('\n')).not.toMatch(/create table|drop table/);
      expect(spelled(made, 'down').at(-1)).toBe('alter table "volume" rename to "book";');
      expect(made.notes).toEqual([]);
    });

    it('what empty values become, but only where there are any', async () => {
      await using project = await library({ author: AUTHOR.replace('.nullable()', '') });
      expect(accepted(await draft(project.root)).questions).toMatchObject([
        { kind: 'fill', column: 'email', rows: 1 },
      ]);
      await project.database.change("update author set email = '' where email is null");
      expect(accepted(await draft(project.root)).questions).toEqual([]);
    });

    it('an answer that fits nothing is refused', async () => {
      await using project = await library(renamed);
      const answers = {
        renames: [{ from: { table: 'author', name: 'e-mail' }, to: 'mail' }],
        drops: [{ table: 'author', name: 'name' }],
        keeps: [{ table: 'shelf', name: null }],
      };
      const problem = refused(await draft(project.root, { answers }));
      expect(problem.code).toBe('usage');
      expect(problem.what).toContain('no author.e-mail (there is author.');
      const others = refused(await draft(project.root, { answers: { ...answers, renames: [] } }));
      expect(others.what).toContain('the entities have author.name');
      expect(others.what).toContain('no shelf');
    });

    it('a value that is no SQL is told before anything is written', async () => {
      await using project = await library({ author: `${AUTHOR}, born: p.integer()` });
      const answers = { fills: [{ table: 'author', column: 'born', expression: 'nineteen' }] };
      const made = accepted(await draft(project.root, { answers }));
      expect(made.trial).toMatchObject({ verdict: 'failed', failure: { direction: 'up' } });
      expect(made.trial?.failure?.message).toMatch(/column.*nineteen/);
    });

    it('what rows get in a new column that must have a value', async () => {
      await using project = await library({ author: `${AUTHOR}, born: p.integer()` });
      const asked = accepted(await draft(project.root));
      expect(asked.questions).toMatchObject([
        { kind: 'fill', table: 'author', column: 'born', rows: 2 },
      ]);
      const answers = { fills: [{ table: 'author', column: 'born', expression: '1900 + id' }] };
      const made = accepted(await draft(project.root, { answers }));
      expect(spelled(made, 'up').slice(0, 2)).toEqual([
        'alter table "author" add column "born" integer null;',
        'update "author" set "born" = 1900 + id where "born" is null;',
      ]);
      expect(spelled(made, 'down')).toEqual(['alter table "author" drop column "born";']);
    });
  });

  describe('what no entity knows', () => {
    it('is left alone and told, unless somebody asks', async () => {
      const revisions = [...libraryRevisions(), byHand];
      await using project = await library({ book: isbn }, { revisions, applied: 5 });
      const made = accepted(await draft(project.root));
      expect(made.leftAlone).toEqual(['index book.by_pages']);
      expect(spelled(made, 'up')).toEqual(['alter table "book" add column "isbn" text null;']);
      const drops = [{ table: 'book', name: 'by_pages' }];
      const dropped = accepted(await draft(project.root, { answers: { drops } }));
      expect(dropped.leftAlone).toEqual([]);
      expect(spelled(dropped, 'up')).toContain('drop index "by_pages";');
    });

    it('is a table as well, once somebody keeps it', async () => {
      const table: Revision = {
        label: 'by_hand',
        up: ['create table by_hand (id integer primary key)'],
        down: ['drop table by_hand'],
      };
      const revisions = [...libraryRevisions(), table];
      await using project = await library({ book: isbn }, { revisions, applied: 5 });
      const keeps = [{ table: 'by_hand', name: null }];
      const made = accepted(await draft(project.root, { answers: { keeps } }));
      expect(made.leftAlone).toEqual(['table by_hand']);
      expect(spelled(made, 'up')).toEqual(['alter table "book" add column "isbn" text null;']);
      expect(spelled(made, 'down')).toEqual(['alter table "book" drop column "isbn";']);
    });

    it('is asked about where its name is one that MikroORM gives, and nothing tells whose it was', async () => {
      await using project = await library({ book: BOOK.replace('.index()', '') });
      const place = { table: 'book', name: 'book_title_index' };
      const made = accepted(await draft(project.root));
      expect(made.file).toBeNull();
      expect(made.questions).toMatchObject([
        { kind: 'gone', place, object: { kind: 'index' }, candidates: [] },
      ]);
      const dropped = accepted(await draft(project.root, { answers: { drops: [place] } }));
      expect(spelled(dropped, 'up')).toEqual(['drop index "book_title_index";']);
      const kept = refused(await draft(project.root, { answers: { keeps: [place] } }));
      expect(kept.why).toContain('Left alone: index book.book_title_index.');
    });

    it('goes without asking if MikroORM’s snapshot knows it: an entity had it', async () => {
      await using project = await library({ book: BOOK.replace('.index()', '') });
      const without = project.read('entities/book.ts');
      project.write('entities/book.ts', without.replace(BOOK.replace('.index()', ''), isbn));
      const { file } = accepted(await draft(project.root));
      project.write(file?.snapshot?.path ?? '', file?.snapshot?.text ?? '');
      project.write('entities/book.ts', without);
      const made = accepted(await draft(project.root));
      expect(spelled(made, 'up').join()).toMatch(/^drop index "book_title_index";$/);
    });
  });
});

describe('a draft, on SQLite', () => {
  it('sends what SQLite can run, one statement at a time, and was tried', async () => {
    const byHand = sql(
      'by_hand',
      [
        'alter table book add column shelf integer null references author (id)',
        'alter table book add column loud text generated always as (upper(title)) virtual',
        'create index by_hand on book (title desc)',
      ],
      ['drop index by_hand'],
    );
    const revisions = [...libraryRevisions(), byHand];
    const book = `${BOOK.replace('title: p.string()', 'title: p.string().nullable()')},
      loud: p.string().generated('(upper(title)) virtual').nullable(),
      lent: p.datetime().defaultRaw('current_timestamp'),
      quiet: p.string().generated('(lower(title)) stored').nullable(),
      a: p.integer().nullable(), b: p.integer().nullable()`;
    project = makeLibrary({ book }, { revisions, applied: 5 });
    const answers = {
      drops: [{ table: 'book', name: 'shelf' }],
      fills: [{ table: 'book', column: 'lent', expression: "'1970-01-01'" }],
    };
    const made = accepted(await draft(project.root, { answers }));
    expect(made.trial).toMatchObject({ verdict: 'clean', failure: null, findings: [] });
    for (const direction of ['up', 'down'] as const) {
      for (const text of statements(made, direction)) expect(text).not.toMatch(/;\s*\S/);
    }
    expect(made.file?.source, 'what no entity knows stays').toContain(
      'CREATE INDEX by_hand on book (title desc)',
    );
  });

  it('knows a trigger with several events, and a check, by the names that the database has', async () => {
    const trigger = (name: string) =>
      `create trigger ${name} after insert on book for each row begin update author set name = name; end`;
    const byHand = sql(
      'by_hand',
      [
        'alter table book add column leaves integer null constraint few check (leaves < 9999)',
        trigger('touch'),
        trigger('stray'),
      ],
      ['drop trigger touch', 'drop trigger stray', 'alter table book drop column leaves'],
    );
    project = makeLibrary({}, { revisions: [...libraryRevisions(), byHand], applied: 5 });
    const book = project.read('entities/book.ts');
    project.write(
      'entities/book.ts',
      book.replace(
        "name: 'Book',",
        `name: 'Book', triggers: [{ name: 'touch', timing: 'after', events: ['insert', 'update'], body: 'update author set name = name' }],`,
      ),
    );
    const drops = [{ table: 'book', name: 'leaves' }];
    const made = accepted(await draft(project.root, { answers: { drops } }));
    expect(made.leftAlone).toEqual(['trigger book.stray']);
    expect(made.trial).toMatchObject({ verdict: 'clean', failure: null, findings: [] });
    const up = statements(made, 'up').join('\n');
    for (const name of ['touch_insert', 'touch_update']) {
      expect(up).toContain(`create trigger \`${name}\``);
    }

    project.cleanup();
    const both = sql(
      'both',
      ['insert', 'update'].map((event) => trigger(`touch_${event}`).replace('insert', event)),
      [],
    );
    project = makeLibrary({}, { revisions: [...libraryRevisions(), both], applied: 5 });
    const asked = accepted(await draft(project.root));
    expect(asked.questions.map(({ kind }) => kind)).toEqual(['gone', 'gone']);
  });

  it('has each of two columns dropped by a statement of its own', async () => {
    project = makeLibrary({ book: `${BOOK}, a: p.string().nullable(), b: p.string().nullable()` });
    const made = accepted(await draft(project.root));
    expect(statements(made, 'down')).toEqual([
      'alter table `book` drop column `a`;',
      'alter table `book` drop column `b`;',
    ]);
    expect(made.trial?.verdict).toBe('clean');
  });

  it('drops tables that refer to others before those', async () => {
    project = makeLibrary();
    const config = project.read('mikro-orm.config.ts');
    project.write('entities/shelf.ts', SHELF);
    project.write(
      'mikro-orm.config.ts',
      `import { Shelf } from './entities/shelf.ts';\n${config.replace('[Author, Book]', '[Shelf]')}`,
    );
    const drops = ['author', 'book'].map((table) => ({ table, name: null }));
    const made = accepted(await draft(project.root, { answers: { drops } }));
    expect(statements(made, 'up').filter((text) => text.startsWith('drop'))).toEqual([
      'drop table if exists `book`;',
      'drop table if exists `author`;',
    ]);
    expect(made.trial?.failure).toBeNull();
  });

  it('asks what rows get in a column that the downgrade adds again', async () => {
    project = makeLibrary({ author: AUTHOR.replace('name: p.string(), ', '') });
    const drops = [{ table: 'author', name: 'name' }];
    const asked = accepted(await draft(project.root, { answers: { drops } }));
    expect(asked.file).toBeNull();
    expect(asked.questions).toMatchObject([
      { kind: 'fill', direction: 'down', table: 'author', column: 'name', rows: 2 },
    ]);
    const fillsDown = [{ table: 'author', column: 'name', expression: "'?'" }];
    const made = accepted(await draft(project.root, { answers: { drops, fillsDown } }));
    expect(made.trial).toMatchObject({ verdict: 'clean', failure: null });
    expect(statements(made, 'down')).toContain(
      "update `author` set `name` = '?' where `name` is null;",
    );
  });

  it('writes defaults that MikroORM leaves unquoted, and makes generated columns anew unasked', async () => {
    const byHand = sql(
      'loud',
      ["alter table book add column loud text generated always as (title || '!') virtual null"],
      ['alter table book drop column loud'],
    );
    const revisions = [...libraryRevisions(), byHand];
    const book = `${BOOK}, mark: p.string().default("it's; here"),
      loud: p.string().generated("(title || '?') stored").nullable()`;
    project = makeLibrary({ book }, { revisions, applied: 5 });
    const made = accepted(await draft(project.root));
    expect(made.questions).toEqual([]);
    expect(made.trial).toMatchObject({ failure: null });
    expect(made.file?.source).toContain("default 'it''s; here'");
  });

  it('asks what becomes of rows that a new rule excludes', async () => {
    project = makeLibrary(
      { book: BOOK.replace('p.string().index()', 'p.string().index().unique()') },
      {
        content: `insert into author (name) values ('Lem');
        insert into book (title, author_id) values ('Eden', 1), ('Eden', 1)`,
      },
    );
    const asked = accepted(await draft(project.root));
    expect(asked.file).toBeNull();
    const [question] = asked.questions;
    expect(question).toMatchObject({ kind: 'rows', direction: 'up', table: 'book', rows: 1 });
    const statement = 'delete from book where id = 2';
    const first = [{ direction: 'up' as const, statement }];
    const made = accepted(await draft(project.root, { answers: { first } }));
    expect(made.trial?.failure).toBeNull();
    expect(statements(made, 'up')[0]).toBe(`${statement};`);
  });

  it('says what the database has no place for, where nothing else would change', async () => {
    const author = AUTHOR.replace(
      'name: p.string()',
      "name: p.string().length(40).comment('in full')",
    );
    project = makeLibrary({ author });
    const problem = refused(await draft(project.root));
    expect(problem).toMatchObject({ code: 'nothing-to-do' });
    expect(problem.why).toContain(
      'keeps no length and no comment, so no draft changes length of author.name; comment of author.name.',
    );
  });

  it('sorts after every revision, also after one from a clock that was ahead', async () => {
    project = makeLibrary({ book: isbn });
    project.write('migrations/Migration20990101000000.ts', 'export class None {}');
    const made = accepted(await draft(project.root, { blank: true, name: null }));
    expect(made.file?.path).toBe('migrations/Migration20990101000001.ts');
  });

  it('keeps every statement, however many quotes are in them', async () => {
    // MikroORM itself splits where no string is open, by counting quotes, and says "up to date".
    project = makeLibrary({ book: `${isbn}, note: p.string().nullable().comment("it's")` });
    project.write('entities/shelf.ts', SHELF);
    const config = readFileSync(join(project.root, 'mikro-orm.config.ts'), 'utf8');
    project.write(
      'mikro-orm.config.ts',
      `import { Shelf } from './entities/shelf.ts';\n${config.replace('[Author, Book]', '[Author, Book, Shelf]')}`,
    );
    const made = accepted(await draft(project.root));
    const up = statements(made, 'up').join('\n');
    expect(up).toContain('create table `shelf`');
    expect(up).toContain('add column `isbn`');
    expect(made.notes).toEqual([]);
  });

  it('is not written where it could not be loaded', async () => {
    const config = "emit: 'js'";
    project = makeLibrary({ book: isbn });
    const path = join(project.root, 'mikro-orm.config.ts');
    project.write(
      'mikro-orm.config.ts',
      readFileSync(path, 'utf8').replace(/migrations: \{/, `migrations: { ${config},`),
    );
    expect(refused(await draft(project.root)).what).toContain('would not load');
  });
});

describe('a draft, on PostgreSQL', () => {
  it('takes a value of an enumeration away again, uses a new one at once, and says what changes', async () => {
    const [, postgresql] = databases;
    const byHand = sql(
      'kinds',
      [
        "create type kind as enum ('novel', 'play')",
        "create type mood as enum ('glad', 'sad', 'dull')",
        "alter table book add kind kind not null default 'novel', add mood mood null",
      ],
      ['alter table book drop kind, drop mood', 'drop type kind', 'drop type mood'],
    );
    const book = `${BOOK.replace(".deleteRule('cascade')", '')},
      kind: p.enum(['novel', 'play', 'poem']).nativeEnumName('kind').default('poem'),
      mood: p.enum(['glad', 'sad']).nativeEnumName('mood').nullable()`;
    const revisions = [...libraryRevisions(), byHand];
    await using project = await (postgresql as (typeof databases)[number]).makeProject(
      libraryOf({ book }, { revisions, applied: 5 }),
    );
    const made = accepted(await draft(project.root));
    expect(made.trial).toMatchObject({ verdict: 'clean', failure: null, findings: [] });
    expect(made.changes.map(({ what, detail }) => `${what}: ${detail}`)).toEqual([
      "column book.kind: kind not null default 'novel' → kind not null default 'poem'",
      'foreign key book.book_author_id_foreign: on delete cascade → without',
      "type kind: + 'poem'",
      "type mood: − 'dull'",
    ]);
    expect(made.notes.join()).toContain("takes 'poem' out of kind, and fails while rows have it");
    expect(statements(made, 'down').join('\n')).toContain(
      `create type "kind" as enum ('novel', 'play');`,
    );
  });
});

describe('a draft, on PostgreSQL, where several schemas have a table of one name', () => {
  const tables = [
    'create schema hall',
    'create schema shed',
    'create table hall.book (id int primary key, old text)',
    'create table book (id serial primary key, title varchar(255) not null, pages int not null)',
    'create index by_hand on book (pages)',
    'create table shed.book (id int primary key, old text)',
  ];
  const rows = [
    "insert into book (title, pages) values ('a', 1), ('b', 2)",
    "insert into hall.book values (1, 'x')",
    "insert into shed.book values (1, 'y')",
  ];
  const others = ['hall.book', 'shed.book'].map((table) => ({ table, name: null }));

  it('takes answers for the one that the entities have', async () => {
    const [, postgresql] = databases;
    await using project = await madeBy(
      (postgresql as (typeof databases)[number]).makeProject,
      tables,
      rows,
      `defineEntity({ name: 'Book', properties: { id: p.integer().primary(), heading: p.string() } })`,
    );
    const answers = {
      renames: [{ from: { table: 'book', name: 'title' }, to: 'heading' }],
      drops: [{ table: 'book', name: 'pages' }],
      fillsDown: [{ table: 'book', column: 'pages', expression: 'id * 7' }],
      keeps: others,
    };
    const made = accepted(await draft(project.root, { answers }));
    expect(made.questions).toEqual([]);
    expect(made.trial).toMatchObject({ failure: null });
    expect(made.leftAlone).toEqual(expect.arrayContaining(['table hall.book', 'table shed.book']));
    expect(statements(made, 'down').join('\n')).toContain('set "pages" = id * 7');
  });

  it('drops no other one', async () => {
    const [, postgresql] = databases;
    await using project = await madeBy(
      (postgresql as (typeof databases)[number]).makeProject,
      tables,
      rows,
      `defineEntity({ name: 'Shelf', properties: { id: p.integer().primary(), wood: p.string().nullable() } })`,
    );
    const answers = { drops: [{ table: 'book', name: null }], keeps: others };
    const made = accepted(await draft(project.root, { answers }));
    expect(made.questions).toEqual([]);
    expect(statements(made, 'up').filter((sql) => sql.startsWith('drop'))).toEqual([
      'drop table if exists "book" cascade;',
    ]);
    expect(statements(made, 'down').join('\n')).toContain('"title" varchar(255)');
    expect(made.leftAlone).toEqual(expect.arrayContaining(['table hall.book', 'table shed.book']));
  });
});

describe('a draft, on PostgreSQL, in the schema of the record', () => {
  it('leaves that schema when it is reverted', async () => {
    const [, postgresql] = databases;
    await using project = await (postgresql as (typeof databases)[number]).makeProject(
      libraryOf({}, { revisions: [], applied: 0, content: '' }),
    );
    const config = 'mikro-orm.config.ts';
    const text = readFileSync(join(project.root, config), 'utf8');
    project.write(config, text.replace('defineConfig({', "defineConfig({ schema: 'hall',"));
    const made = accepted(await draft(project.root, { base: 'throwaway' }));
    expect(statements(made, 'up').join()).toContain('create schema if not exists "hall"');
    expect(statements(made, 'down').join()).not.toContain('drop schema');
    expect(made.notes.join()).toContain('leaves the schema hall');
    expect(made.trial).toMatchObject({ verdict: 'clean', failure: null });
  });
});

describe('the base of a draft, on SQLite', () => {
  it('may be MikroORM’s snapshot, if that is what the revisions make', async () => {
    project = makeLibrary();
    expect(refused(await draft(project.root, { base: 'snapshot' })).what).toContain('no snapshot');
    project.cleanup();

    project = makeLibrary({ book: isbn });
    const first = accepted(await draft(project.root));
    const { path = '', text = '' } = first.file?.snapshot ?? {};
    project.write(path, text);
    const ahead = refused(await draft(project.root, { base: 'snapshot' }));
    expect(ahead.code).toBe('drifted');
    expect(ahead.why).toContain('+ book.isbn');
    project.write(first.file?.path ?? '', first.file?.source ?? '');
    project.write(
      'entities/book.ts',
      readFileSync(join(project.root, 'entities/book.ts'), 'utf8').replace(
        'isbn: p.string().nullable()',
        'isbn: p.string().nullable(), year: p.integer().nullable()',
      ),
    );
    const second = accepted(await draft(project.root, { base: 'snapshot' }));
    expect(statements(second, 'up')).toEqual([
      'alter table `book` add column `year` integer null;',
    ]);
  });
});

describe('settings and schemas that MikroORM can’t cope with', () => {
  const config = (text: string) => {
    const path = join(project.root, 'mikro-orm.config.ts');
    project.write(
      'mikro-orm.config.ts',
      readFileSync(path, 'utf8').replace(/migrations: \{/, `migrations: { ${text},`),
    );
  };

  it('say so where a drop is left out', async () => {
    project = makeLibrary({ author: AUTHOR.replace('email', 'mail') });
    config('safe: true');
    const drops = [{ table: 'author', name: 'email' }];
    const made = accepted(await draft(project.root, { answers: { drops } }));
    expect(statements(made, 'up').join()).not.toContain('drop');
    expect(made.notes.join()).toContain('migrations.safe is on');
  });

  it('are told in words', async () => {
    // MikroORM takes the name into a query as it is.
    const byHand = sql('by_hand', ['create table "by\'hand" (body)'], ['drop table "by\'hand"']);
    const revisions = [...libraryRevisions(), byHand];
    project = makeLibrary({ book: isbn }, { revisions, applied: 5 });
    const problem = refused(await draft(project.root));
    expect(problem.code).toBe('config-failed');
    expect(problem.what).toContain('MikroORM can’t read the schema');
  });
});

describe('questions, on SQLite', () => {
  it('a renamed column that changes otherwise too keeps its values', async () => {
    project = makeLibrary({ book: BOOK.replace('pages: p.integer()', 'length: p.string()') });
    const answers = { renames: [{ from: { table: 'book', name: 'pages' }, to: 'length' }] };
    const made = accepted(await draft(project.root, { answers }));
    const up = statements(made, 'up');
    expect(up[0]).toBe('alter table `book` rename column `pages` to `length`;');
    expect(made.file?.source.replaceAll('\\', '')).toMatch(/`length`\s+from\s+`book`/i);
    expect(made.trial).toMatchObject({ verdict: 'clean', failure: null });
  });

  it('what rows get in a new column that must have a value', async () => {
    project = makeLibrary({ author: `${AUTHOR}, born: p.integer()` });
    const asked = accepted(await draft(project.root));
    expect(asked.questions).toEqual([
      {
        kind: 'fill',
        direction: 'up',
        table: 'author',
        column: 'born',
        type: 'integer',
        rows: 2,
        proposed: null,
      },
    ]);
    const answers = { fills: [{ table: 'author', column: 'born', expression: '1900 + id' }] };
    const made = accepted(await draft(project.root, { answers }));
    expect(statements(made, 'up').slice(0, 2)).toEqual([
      'alter table `author` add column `born` integer null;',
      'update `author` set `born` = 1900 + id where `born` is null;',
    ]);
    expect(statements(made, 'down')).toEqual(['alter table `author` drop column `born`;']);
    expect(made.trial, 'books stay while the table of their authors is made anew').toMatchObject({
      verdict: 'clean',
      failure: null,
      findings: [],
    });
    expect(made.trial?.repaired).toHaveLength(1);
  });

  it('columns that a downgrade keeps', async () => {
    project = makeLibrary({ book: isbn });
    const answers = { keptOnDowngrade: [{ table: 'book', column: 'isbn' }] };
    const made = accepted(await draft(project.root, { answers }));
    expect(made.file?.source).toContain('override async up(): Promise<void>');
    expect(made.file?.source).toContain("from pragma_table_info('book') where name = 'isbn'");
    expect(made.file?.source).toContain('// handrail: keep book.isbn because');
    expect(statements(made, 'down')).toEqual(['select 1']);
  });
});

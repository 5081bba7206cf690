/** Drafts, made by a real engine on real databases. */

import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Draft } from '../../../source/draft.ts';
import { createIndex, sql } from '../../kit/builders.ts';
import { libraryRevisions } from '../../kit/entities.ts';
import type { Project } from '../../kit/project.ts';
import { change } from '../../kit/sqlite.ts';
import { accepted, refused } from '../kit.ts';
import { AUTHOR, BOOK, draft, makeLibrary } from './kit.ts';

let project: Project;

afterEach(() => project.cleanup());

/** The statements of a draft's direction, as its file has them. */
function statements({ file }: Draft, direction: 'up' | 'down'): string[] {
  const [up = '', down = ''] = (file?.source ?? '').split(/ down\(\)/);
  const text = direction === 'up' ? up : down;
  return [...text.matchAll(/addSql\(`(.*)`\);/g)].map(([, sql = '']) => sql.replaceAll('\\`', '`'));
}

/** Every file of the project with its content, but for installed packages. */
function contents(): Record<string, string> {
  const names = readdirSync(project.root, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    names
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [path, readFileSync(path, 'latin1')];
      }),
  );
}

const isbn = `${BOOK}, isbn: p.string().nullable()`;

describe('a draft', () => {
  it('is what makes the database what the entities say, and writes nothing', async () => {
    project = makeLibrary({ book: isbn });
    const before = contents();
    const made = accepted(await draft(project.root, { name: 'Add ISBN, to books!' }));
    expect(made.compared).toContain('var/library.db, with 4 revisions applied');
    expect(made.changes).toEqual([{ kind: 'add', what: 'column book.isbn', detail: 'text null' }]);
    expect(made.questions).toEqual([]);
    expect(made.notes).toEqual([]);
    expect(made.file?.path).toMatch(/^migrations\/Migration\d{14}_add_isbn_to_books\.ts$/);
    expect(statements(made, 'up')).toEqual(['alter table `book` add column `isbn` text null;']);
    expect(statements(made, 'down')).toEqual(['alter table `book` drop column `isbn`;']);
    expect(JSON.parse(made.file?.snapshot?.text ?? '')).toHaveProperty('tables');
    expect(contents()).toEqual(before);
  });

  it('is refused when there is nothing to draft', async () => {
    project = makeLibrary();
    const problem = refused(await draft(project.root));
    expect(problem).toMatchObject({ code: 'nothing-to-do' });
    expect(problem.why).toContain('was compared with the entities');
    expect(problem.why).not.toContain('keeps no');
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

  it('can be blank', async () => {
    project = makeLibrary();
    const made = accepted(await draft(project.root, { blank: true, name: 'mend titles' }));
    expect(made.file?.source).toContain('select 1');
    expect(made.file?.snapshot, 'the entities are not in it').toBeNull();
  });

  it('has a name, or none, but never one that no class can have', async () => {
    project = makeLibrary({ book: isbn });
    const made = accepted(await draft(project.root, { name: null }));
    expect(made.file?.path).toMatch(/Migration\d{14}\.ts$/);
    expect(refused(await draft(project.root, { name: '☃ !' }))).toMatchObject({ code: 'usage' });
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
    project.write(
      'entities/shelf.ts',
      `import { defineEntity, p } from '@mikro-orm/core';

export const Shelf = defineEntity({
  name: 'Shelf',
  comment: "the library's",
  properties: { id: p.integer().primary() },
});
`,
    );
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

describe('the base of a draft', () => {
  it('must be up to date', async () => {
    project = makeLibrary({ book: isbn }, { applied: 2, content: '' });
    const problem = refused(await draft(project.root));
    expect(problem.code).toBe('not-up-to-date');
    expect(problem.what).toBe('Target database is not up to date.');
    expect(problem.why).toContain('2 revisions are pending');
    expect(problem.why).toContain('add_pages');
    expect(problem.next.join('\n')).toMatch(/handrail up[\s\S]*--base throwaway/);
  });

  it('may be a throwaway instead, whatever the target is', async () => {
    project = makeLibrary({ book: isbn }, { applied: 2, content: '' });
    const made = accepted(await draft(project.root, { base: 'throwaway' }));
    expect(made.compared).toContain(
      'An empty database, on which 4 revisions of the folder were run',
    );
    expect(statements(made, 'up')).toEqual(['alter table `book` add column `isbn` text null;']);
  });

  it('must not have drifted', async () => {
    project = makeLibrary({ book: isbn }, { content: 'alter table book add column shelf text' });
    const problem = refused(await draft(project.root));
    expect(problem.code).toBe('drifted');
    expect(problem.why).toContain('book.shelf');
    accepted(await draft(project.root, { base: 'throwaway' }));
  });

  it('must know every applied revision', async () => {
    project = makeLibrary({ book: isbn });
    change(
      project.databasePath,
      `insert into ${project.tableName} (name) values ('Migration20250105090000_gone')`,
    );
    const problem = refused(await draft(project.root));
    expect(problem.code).toBe('missing-file');
    expect(problem.what).toContain('Migration20250105090000_gone');
  });

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

  it('tells of a snapshot that is behind, which the draft writes anew', async () => {
    project = makeLibrary({ book: isbn });
    const first = accepted(await draft(project.root));
    project.write(first.file?.snapshot?.path ?? '', first.file?.snapshot?.text ?? '');
    const again = accepted(await draft(project.root));
    expect(again.notes.join()).toContain('is not what the revisions make (+ book.isbn)');
    expect(statements(again, 'up')).toEqual(statements(first, 'up'));
  });

  it('may be missing, before the first revision', async () => {
    project = makeLibrary();
    for (const { path } of project.revisions) rmSync(path);
    rmSync(project.databasePath);
    const made = accepted(await draft(project.root));
    expect(made.compared).toContain('There is no var/library.db yet');
    expect(statements(made, 'up').join('\n')).toMatch(
      /create table `author`[\s\S]*create table `book`/,
    );
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
    const byHand = sql(
      'by_hand',
      ['create virtual table by_hand using fts5 (body)'],
      ['drop index by_hand'],
    );
    const revisions = [...libraryRevisions(), byHand];
    project = makeLibrary({ book: isbn }, { revisions, applied: 5 });
    const problem = refused(await draft(project.root));
    expect(problem.code).toBe('config-failed');
    expect(problem.what).toContain('MikroORM can’t read the schema');
  });
});

describe('questions', () => {
  const renamed = { author: AUTHOR.replace('email', 'mail') };
  const email = { table: 'author', name: 'email' };

  it('whether a column was renamed, although MikroORM would guess', async () => {
    project = makeLibrary(renamed);
    const made = accepted(await draft(project.root));
    expect(made.file).toBeNull();
    expect(made.questions).toEqual([
      { kind: 'gone', place: email, holds: 1, candidates: ['mail'] },
    ]);
  });

  it('it was', async () => {
    project = makeLibrary(renamed);
    const answers = { renames: [{ from: email, to: 'mail' }] };
    const made = accepted(await draft(project.root, { answers }));
    expect(statements(made, 'up')).toEqual([
      'alter table `author` rename column `email` to `mail`;',
    ]);
    expect(statements(made, 'down')).toEqual([
      'alter table `author` rename column `mail` to `email`;',
    ]);
  });

  it('it was not: it goes, and is made again by the downgrade', async () => {
    project = makeLibrary(renamed);
    const made = accepted(await draft(project.root, { answers: { drops: [email] } }));
    expect(statements(made, 'up')).toEqual([
      'alter table `author` drop column `email`;',
      'alter table `author` add column `mail` text null;',
    ]);
  });

  it('it stays', async () => {
    project = makeLibrary(renamed);
    const made = accepted(await draft(project.root, { answers: { keeps: [email] } }));
    expect(statements(made, 'up')).toEqual(['alter table `author` add column `mail` text null;']);
    expect(statements(made, 'down')).toEqual(['alter table `author` drop column `mail`;']);
    expect(made.notes).toEqual([]);
  });

  it('a renamed column that changes otherwise too keeps its values', async () => {
    project = makeLibrary({ book: BOOK.replace('pages: p.integer()', 'length: p.string()') });
    const answers = { renames: [{ from: { table: 'book', name: 'pages' }, to: 'length' }] };
    const made = accepted(await draft(project.root, { answers }));
    const up = statements(made, 'up');
    expect(up[0]).toBe('alter table `book` rename column `pages` to `length`;');
    expect(up.join('\n')).toContain('`length` from `book`');
  });

  it('whether a table was renamed', async () => {
    project = makeLibrary();
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
    expect(statements(made, 'up')[0]).toBe('alter table `book` rename to `volume`;');
    expect(statements(made, 'up').join('\n')).not.toMatch(/create table|drop table/);
    expect(statements(made, 'down').at(-1)).toBe('alter table `volume` rename to `book`;');
    expect(made.notes).toEqual([]);
  });

  it('what rows get in a new column that must have a value', async () => {
    project = makeLibrary({ author: `${AUTHOR}, born: p.integer()` });
    const asked = accepted(await draft(project.root));
    expect(asked.questions).toEqual([
      { kind: 'fill', table: 'author', column: 'born', type: 'integer', rows: 2 },
    ]);
    const answers = { fills: [{ table: 'author', column: 'born', expression: '1900 + id' }] };
    const made = accepted(await draft(project.root, { answers }));
    expect(statements(made, 'up').slice(0, 2)).toEqual([
      'alter table `author` add column `born` integer null;',
      'update `author` set `born` = 1900 + id where `born` is null;',
    ]);
    expect(statements(made, 'down')).toEqual(['alter table `author` drop column `born`;']);
    expect(made.notes.join()).toContain('2 rows of book would be deleted');
    expect(made.file?.source).toContain('// Dropping author takes other rows along');
  });

  it('what empty values become, but only where there are any', async () => {
    project = makeLibrary({ author: AUTHOR.replace('.nullable()', '') });
    expect(accepted(await draft(project.root)).questions).toMatchObject([
      { kind: 'fill', column: 'email', rows: 1 },
    ]);
    change(project.databasePath, "update author set email = '' where email is null");
    expect(accepted(await draft(project.root)).questions).toEqual([]);
  });

  it('an answer that fits nothing is refused', async () => {
    project = makeLibrary(renamed);
    const answers = {
      renames: [{ from: { table: 'author', name: 'e-mail' }, to: 'mail' }],
      drops: [{ table: 'author', name: 'name' }],
      keeps: [{ table: 'shelf', name: null }],
    };
    const problem = refused(await draft(project.root, { answers }));
    expect(problem.code).toBe('usage');
    expect(problem.what).toContain('no author.e-mail to rename');
    expect(problem.what).toContain('the entities have author.name');
    expect(problem.what).toContain('no shelf');
  });

  it('a value that is no SQL is told before anything is written', async () => {
    project = makeLibrary({ author: `${AUTHOR}, born: p.integer()` });
    const answers = { fills: [{ table: 'author', column: 'born', expression: 'nineteen' }] };
    const made = accepted(await draft(project.root, { answers }));
    expect(made.notes.join()).toContain('no such column: nineteen');
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

describe('what no entity knows', () => {
  it('is left alone and told, unless somebody asks', async () => {
    const byHand = createIndex('by_hand', 'book', 'pages');
    const revisions = [...libraryRevisions(), byHand];
    project = makeLibrary({ book: isbn }, { revisions, applied: 5 });
    const made = accepted(await draft(project.root));
    expect(made.leftAlone).toEqual(['index book.book_pages_index']);
    expect(statements(made, 'up')).toEqual(['alter table `book` add column `isbn` text null;']);
    const drops = [{ table: 'book', name: 'book_pages_index' }];
    const dropped = accepted(await draft(project.root, { answers: { drops } }));
    expect(dropped.leftAlone).toEqual([]);
    expect(statements(dropped, 'up')).toContain('drop index `book_pages_index`;');
  });

  it('goes without asking if MikroORM’s snapshot knows it: an entity had it', async () => {
    project = makeLibrary({ book: BOOK.replace('.index()', '') });
    expect(refused(await draft(project.root)).why).toContain('Left alone: index book.');
    const before = makeLibrary({ book: isbn });
    const { file } = accepted(await draft(before.root));
    before.cleanup();
    project.write(file?.snapshot?.path ?? '', file?.snapshot?.text ?? '');
    const made = accepted(await draft(project.root));
    expect(statements(made, 'up').join()).toMatch(/^drop index `book_title_index`;$/);
  });
});

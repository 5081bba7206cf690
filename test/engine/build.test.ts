/** A throwaway of the entities, by a real engine, also while an application has it open. */

import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Built } from '../../source/build.ts';
import type { Reply } from '../../source/protocol.ts';
import type { Project } from '../kit/project.ts';
import { fingerprint, query, recordedRevisions, tables } from '../kit/sqlite.ts';
import { BOOK, makeLibrary } from './draft/kit.ts';
import { accepted, openEngine, refused } from './kit.ts';

const SEEDER = `import { Seeder } from '@mikro-orm/seeder';
import { Author } from '../entities/author.ts';
export class DatabaseSeeder extends Seeder {
  async run(em) {
    em.create(Author, { name: 'Seeded' });
  }
}
`;

let project: Project;

beforeEach(() => {
  project = makeLibrary(
    { book: `${BOOK}, isbn: p.string()` },
    { packages: ['@mikro-orm/seeder'], files: { 'seeders/DatabaseSeeder.ts': SEEDER } },
  );
});

afterEach(() => project.cleanup());

async function build(seed = false): Promise<Reply<Built>> {
  const workspace = join(project.root, '..', 'workspace');
  mkdirSync(workspace, { recursive: true });
  await using engine = openEngine(project.root, { access: 'rehearse', workspace });
  return await engine.ask((api) => api.build({ seed }));
}

describe('a throwaway to try the application on', () => {
  it('is what the entities say, with every revision recorded; the target is not touched', async () => {
    const before = fingerprint(project.databasePath);
    const built = accepted(await build());
    expect(built).toMatchObject({ tables: 2, seeder: null });
    expect(built.url).toBe(`file://${built.database}`);
    expect(tables(built.database)).toEqual(['author', 'book', 'mikro_orm_migrations']);
    expect(query(built.database, 'select name from pragma_table_info(?)', 'book')).toContainEqual({
      name: 'isbn',
    });
    expect(recordedRevisions(built.database)).toEqual(project.names());
    expect(fingerprint(project.databasePath)).toEqual(before);
  });

  it('takes the place of the last one under the feet of whoever has it open', async () => {
    const first = accepted(await build());
    const application = new DatabaseSync(first.database);
    application.exec(`insert into author (name) values ('tried out')`);
    const author = project.read('entities/author.ts');
    project.write('entities/author.ts', author.replace('email:', 'born: p.integer(), email:'));
    const second = accepted(await build());
    expect(second.database).toBe(first.database);
    const columns = application.prepare(`select name from pragma_table_info('author')`).all();
    expect(columns.map(({ name }) => name)).toContain('born');
    expect(application.prepare('select count(*) as n from author').get()).toEqual({ n: 0 });
    application.close();
  });

  it('stays as it is while it is locked, and while the entities are broken', async () => {
    const { database } = accepted(await build());
    const application = new DatabaseSync(database);
    application.exec(`begin immediate; insert into author (name) values ('in the middle')`);
    const locked = refused(await build());
    expect(locked.code).toBe('database-unreachable');
    expect(locked.what).toContain('is as it was');
    application.exec('commit');
    application.close();
    project.write('entities/book.ts', 'export const Book = oops(');
    const broken = refused(await build());
    expect(broken.code).toBe('config-failed');
    expect(broken.why).toContain('entities/book.ts:1');
    expect(query(database, 'select name from author')).toEqual([{ name: 'in the middle' }]);
  });

  it('is filled by the project’s seeder when asked', async () => {
    const built = accepted(await build(true));
    expect(built.seeder).toBe('DatabaseSeeder');
    expect(query(built.database, 'select name from author')).toEqual([{ name: 'Seeded' }]);
    expect(accepted(await build(false)).seeder).toBeNull();
    expect(readdirSync(join(project.root, '..', 'workspace'))).toEqual(['application.db']);
    project.write('seeders/DatabaseSeeder.ts', SEEDER.replace("'Seeded'", 'null'));
    const failed = refused(await build(true));
    expect(failed.what).toBe('The seeder DatabaseSeeder failed, so the throwaway is as it was.');
  });

  it('says when there is no seeder', async () => {
    project.remove('node_modules/@mikro-orm/seeder');
    const none = refused(await build(true));
    expect(none.code).toBe('usage');
    expect(none.what).toBe('The project has no seeder.');
  });
});

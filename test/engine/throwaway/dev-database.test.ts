/** A throwaway of the entities, by a real engine, also while an application has it open. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { Built } from '../../../source/contract/dev-database.ts';
import type { Reply } from '../../../source/contract/problem.ts';
import { databases } from '../../kit/databases.ts';
import type { MadeProject } from '../../kit/made-project.ts';
import { makeProject } from '../../kit/project.ts';
import { query } from '../../kit/sqlite.ts';
import { BOOK, libraryOf } from '../draft/kit.ts';
import { accepted, openEngine, refused } from '../kit.ts';

const SEEDER = `import { Seeder } from '@mikro-orm/seeder';
import { Author } from '../entities/author.ts';
export class DatabaseSeeder extends Seeder {
  async run(em) {
    em.create(Author, { name: 'Seeded' });
  }
}
`;

/** With more in an entity than its revisions say, and a seeder. */
const library = libraryOf(
  { book: `${BOOK}, isbn: p.string()` },
  { packages: ['@mikro-orm/seeder'], files: { 'seeders/DatabaseSeeder.ts': SEEDER } },
);

async function build({ root }: MadeProject, seed = false): Promise<Reply<Built>> {
  const workspace = join(root, '..', 'workspace');
  mkdirSync(workspace, { recursive: true });
  await using engine = openEngine(root, { access: 'rehearse', workspace });
  return await engine.ask((api) => api.build({ seed }));
}

describe.each(databases)(
  'a throwaway on $label to try the application on',
  ({ makeProject, at }) => {
    it('is what the entities say, with every revision recorded; the target is not touched', async () => {
      await using project = await makeProject(library);
      const before = await project.database.fingerprint();
      const built = accepted(await build(project));
      expect(built).toMatchObject({ tables: 2, seeder: null });
      const throwaway = at(built.url);
      expect(await throwaway.tables()).toEqual(['author', 'book', 'mikro_orm_migrations']);
      expect(await throwaway.columns('book')).toContain('isbn');
      expect(await throwaway.recorded()).toEqual(project.names());
      expect(await project.database.fingerprint()).toEqual(before);
    });

    it('is filled by the project’s seeder when asked', async () => {
      await using project = await makeProject(library);
      const built = accepted(await build(project, true));
      expect(built.seeder).toBe('DatabaseSeeder');
      const seeded = [{ name: 'Seeded' }];
      expect(await at(built.url).query('select name from author')).toEqual(seeded);
      expect(accepted(await build(project, false)).seeder).toBeNull();
      project.write('seeders/DatabaseSeeder.ts', SEEDER.replace("'Seeded'", 'null'));
      const failed = refused(await build(project, true));
      expect(failed.what).toBe('The seeder DatabaseSeeder failed, so the throwaway is as it was.');
    });

    it('says when there is no seeder', async () => {
      await using project = await makeProject(library);
      project.uninstall('@mikro-orm/seeder');
      const none = refused(await build(project, true));
      expect(none.code).toBe('usage');
      expect(none.what).toBe('The project has no seeder.');
    });
  },
);

describe('such a SQLite file', () => {
  it('takes the place of the last one under the feet of whoever has it open', async () => {
    using project = makeProject(library);
    const first = accepted(await build(project));
    const application = new DatabaseSync(first.database);
    application.exec(`insert into author (name) values ('tried out')`);
    const author = project.read('entities/author.ts');
    project.write('entities/author.ts', author.replace('email:', 'born: p.integer(), email:'));
    const second = accepted(await build(project));
    expect(second.database).toBe(first.database);
    const columns = application.prepare(`select name from pragma_table_info('author')`).all();
    expect(columns.map(({ name }) => name)).toContain('born');
    expect(application.prepare('select count(*) as n from author').get()).toEqual({ n: 0 });
    application.close();
  });

  it('stays as it is while it is locked, and while the entities are broken', async () => {
    using project = makeProject(library);
    const { database } = accepted(await build(project));
    const application = new DatabaseSync(database);
    application.exec(`begin immediate; insert into author (name) values ('in the middle')`);
    const locked = refused(await build(project));
    expect(locked.code).toBe('database-unreachable');
    expect(locked.what).toContain('is as it was');
    application.exec('commit');
    application.close();
    project.write('entities/book.ts', 'export const Book = oops(');
    const broken = refused(await build(project));
    expect(broken.code).toBe('config-failed');
    expect(broken.why).toContain('entities/book.ts:1');
    expect(query(database, 'select name from author')).toEqual([{ name: 'in the middle' }]);
  });
});

/** Configurations that a made project can have in place of its own. */

/** For kind `js`: each revision in a transaction of its own. */
export const perRevision: Readonly<Record<string, string>> = {
  'mikro-orm.config.js': configuration('allOrNothing: false'),
};

/** For kind `js`; `migrations` are more options of the migrator, as code. */
export function configuration(migrations: string, options = ''): string {
  return `import { Migrator } from '@mikro-orm/migrations';
import { defineConfig } from '@mikro-orm/sqlite';
import { Author } from './entities/author.js';
import { Book } from './entities/book.js';

export default defineConfig({
  dbName: 'var/library.db',
  entities: [Author, Book],
  extensions: [Migrator],
  migrations: { path: 'migrations', ${migrations} },
  ${options}
});
`;
}

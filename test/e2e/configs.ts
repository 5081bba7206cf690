/** Configurations that a made project can have in place of its own. */

import type { ProjectOptions } from '../kit/made-project.ts';

/** For kind `ts-native`: TypeScript checks its revisions. */
export const checkedByTypeScript = {
  packages: ['typescript'],
  files: {
    'tsconfig.json': JSON.stringify({
      compilerOptions: { module: 'nodenext', noImplicitAny: false, noEmit: true },
      include: ['migrations', 'types.d.ts'],
    }),
    // The kit leaves out the types of packages.
    'types.d.ts':
      "declare module '@mikro-orm/migrations' { class Migration { up(): void; down(): void; addSql(sql: string): void } }",
  },
} as const satisfies ProjectOptions;

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

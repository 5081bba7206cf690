import { Migrator } from '@mikro-orm/migrations';
import { defineConfig } from '@mikro-orm/sqlite';
import { entities } from './entities/index.ts';

export default defineConfig({
  dbName: 'var/dev.db',
  baseDir: import.meta.dirname,
  entities,
  extensions: [Migrator],
  migrations: {
    path: './migrations',
    emit: 'ts',
    // Two people who draft at the same time would otherwise meet in the snapshot file.
    snapshot: false,
  },
});

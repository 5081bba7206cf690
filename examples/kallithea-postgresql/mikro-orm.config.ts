import { Migrator } from '@mikro-orm/migrations';
import { defineConfig } from '@mikro-orm/postgresql';
import { entities } from './entities.ts';

export default defineConfig({
  // With its password it belongs in no file.
  clientUrl: process.env.KALLITHEA_URL ?? 'postgresql://localhost/kallithea',
  baseDir: import.meta.dirname,
  entities,
  extensions: [Migrator],
  // A revision made `reputation`; no draft may drop it because no entity knows it.
  schemaGenerator: { ignoreRoutines: true },
  migrations: {
    path: './migrations',
    emit: 'ts',
    // Two people who draft at the same time would otherwise meet in the snapshot file.
    snapshot: false,
  },
});

/** Opens Handrail's own journal, for MikroORM's command line and for Handrail itself. */

import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from '@mikro-orm/sqlite';
import { journalConfig } from './source/journal/config.ts';

const { migrationsList: _, ...migrations } = journalConfig('').migrations ?? {};

export default defineConfig({
  ...journalConfig('.handrail/journal.db'),
  // Called when a connection is opened: reading this file makes nothing.
  driverOptions: () => {
    mkdirSync('.handrail', { recursive: true, mode: 0o700 });
    return {};
  },
  // From the folder here, so that a new revision is seen before it is listed.
  migrations: { ...migrations, path: fileURLToPath(new URL('migrations', import.meta.url)) },
});

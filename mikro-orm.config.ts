/** Opens Handrail's own journal, for MikroORM's command line and for Handrail itself. */

import { defineConfig } from '@mikro-orm/sqlite';
import { journalConfig } from './source/journal/config.ts';

const { migrationsList: _, ...migrations } = journalConfig('').migrations ?? {};

export default defineConfig({
  ...journalConfig('.handrail/journal.db'),
  // From the folder here, so that a new revision is seen before it is listed.
  migrations: { ...migrations, path: 'migrations' },
});

/** The journal as a MikroORM project: also what the repository's mikro-orm.config.ts opens. */

import { Migrator } from '@mikro-orm/migrations';
import { defineConfig } from '@mikro-orm/sqlite';
import { Migration20261102090000_runs_and_statements } from '../../migrations/Migration20261102090000_runs_and_statements.ts';
import { Migration20261124080000_rehearsals } from '../../migrations/Migration20261124080000_rehearsals.ts';
import { Migration20261124120000_drafts } from '../../migrations/Migration20261124120000_drafts.ts';
import { Migration20261124160000_checklists } from '../../migrations/Migration20261124160000_checklists.ts';
import { Migration20261124180000_drafted_statements } from '../../migrations/Migration20261124180000_drafted_statements.ts';
import { Migration20261126090000_notices } from '../../migrations/Migration20261126090000_notices.ts';
import { Migration20261130010000_plans } from '../../migrations/Migration20261130010000_plans.ts';
import { Migration20261130020000_repairs } from '../../migrations/Migration20261130020000_repairs.ts';
import { Migration20261130050000_half_done } from '../../migrations/Migration20261130050000_half_done.ts';
import { Migration20261130060000_backups } from '../../migrations/Migration20261130060000_backups.ts';
import { Migration20261130070000_restores } from '../../migrations/Migration20261130070000_restores.ts';
import { entities } from './entities.ts';

/** Named, since a bundler may change the names of classes. Oldest first. */
export const revisions = [
  {
    name: 'Migration20261102090000_runs_and_statements',
    class: Migration20261102090000_runs_and_statements,
  },
  {
    name: 'Migration20261124080000_rehearsals',
    class: Migration20261124080000_rehearsals,
  },
  {
    name: 'Migration20261124120000_drafts',
    class: Migration20261124120000_drafts,
  },
  {
    name: 'Migration20261124160000_checklists',
    class: Migration20261124160000_checklists,
  },
  {
    name: 'Migration20261124180000_drafted_statements',
    class: Migration20261124180000_drafted_statements,
  },
  {
    name: 'Migration20261126090000_notices',
    class: Migration20261126090000_notices,
  },
  {
    name: 'Migration20261130010000_plans',
    class: Migration20261130010000_plans,
  },
  {
    name: 'Migration20261130020000_repairs',
    class: Migration20261130020000_repairs,
  },
  {
    name: 'Migration20261130050000_half_done',
    class: Migration20261130050000_half_done,
  },
  {
    name: 'Migration20261130060000_backups',
    class: Migration20261130060000_backups,
  },
  {
    name: 'Migration20261130070000_restores',
    class: Migration20261130070000_restores,
  },
];

export function journalConfig(dbName: string) {
  return defineConfig({
    dbName,
    entities,
    extensions: [Migrator],
    allowGlobalContext: true,
    migrations: { migrationsList: revisions, snapshot: false, silent: true },
  });
}

/** What the sample database holds: revisions half way up, and invented rows. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MikroORM } from '@mikro-orm/postgresql';
import config from '../mikro-orm.config.ts';

/** The newest revision that the sample database has. The later ones are left to try. */
export const currentRevision = 'Migration20260112133000_reputation';

/** Fills an empty database. */
export async function seed(clientUrl: string): Promise<void> {
  const orm = await MikroORM.init({
    ...config,
    clientUrl,
    // One of the revisions can't run in a transaction.
    migrations: { ...config.migrations, allOrNothing: false, silent: true },
  });
  try {
    const names = (await orm.migrator.getPending()).map((revision) => revision.name);
    const last = names.indexOf(currentRevision);
    if (last === -1) throw new Error(`${currentRevision} is not pending here.`);
    // By name, since up() takes a name that it doesn't know for "everything".
    await orm.migrator.up({ migrations: names.slice(0, last + 1) });
    const rows = readFileSync(join(import.meta.dirname, 'rows.sql'), 'utf8');
    await orm.em.getConnection().executeDump(rows);
  } finally {
    await orm.close();
  }
}

/** Tells what a revision sends from what the runner sends around it. */

import type { OpenTarget } from '../project/project.ts';
import { tableOf } from '../revisions/migrations-table.ts';

/** Whether a statement that is sent while a revision runs is the runner's own. */
export function isAroundRevisions(project: OpenTarget): (sql: string) => boolean {
  const bookkeeping = tableOf(project).bare;
  const around = new Set(sentAround(project));
  return (sql) => sql.includes(bookkeeping) || around.has(sql.trim());
}

/** What the runner sends before and after the statements of each revision (MigrationRunner.js). */
function sentAround({ driver, orm, settings }: OpenTarget): readonly string[] {
  const helper = driver.getPlatform().getSchemaHelper();
  const charset = orm.config.get('charset') ?? '';
  const sent = [
    helper?.getSchemaBeginning(charset, settings.disableForeignKeys),
    helper?.getSchemaEnd(settings.disableForeignKeys),
  ];
  return sent.flatMap((text = '') => text.split('\n')).map((line) => line.trim());
}

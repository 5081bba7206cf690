/**
 * MikroORM compares whole databases, and would drop every schema that the entities do not name:
 * those of other tenants too (DatabaseSchema.js, create: namespaces do not restrict it).
 */

import type { OpenTarget } from '../project/project.ts';
import { recordedSchemas, tableOf } from '../revisions/migrations-table.ts';

/**
 * Hides schemas from MikroORM's comparisons. The connection must be open.
 *
 * @param which `others`: all but the target's own, which it has to itself; `tenants`: those that
 *   have a record of their own
 */
export async function hideSchemas(project: OpenTarget, which: 'others' | 'tenants'): Promise<void> {
  const { dialect, orm, driver } = project;
  if (!dialect.schemas) return;
  const shared = orm.config.get('schema', driver.getPlatform().getDefaultSchemaName());
  const seen = new Set([tableOf(project).schema, which === 'tenants' ? shared : null]);
  const hidden = [...(await recordedSchemas(project, dialect.schemas))].flatMap(
    ([name, recorded]) => (!seen.has(name) && (recorded || which === 'others') ? [name] : []),
  );
  const options = orm.config.get('schemaGenerator');
  options.ignoreSchema = [...new Set([...(options.ignoreSchema ?? []), ...hidden])];
}

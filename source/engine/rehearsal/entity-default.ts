/** What entities say that a column gets where nothing else is said. */

import type { OpenTarget } from '../project/project.ts';

/** As SQL; null where no entity has the column, or it gives it none. */
export function entityDefault(
  orm: Pick<OpenTarget['orm'], 'getMetadata'>,
  table: string,
  column: string,
): string | null {
  for (const { tableName, schema, properties } of orm.getMetadata().getAll().values()) {
    if (table !== tableName && table !== `${schema}.${tableName}`) continue;
    const found = Object.values(properties).find(
      ({ fieldNames, persist }) =>
        persist !== false && fieldNames?.length === 1 && fieldNames[0] === column,
    );
    if (found?.defaultRaw !== undefined) return found.defaultRaw;
  }
  return null;
}

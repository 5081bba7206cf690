/** A hash that changes with the schema, cheap enough for every look. */

import { createHash } from 'node:crypto';
import type { OpenTarget } from '../project/project.ts';
import { tableOf } from '../revisions/migrations-table.ts';

/** The table that records revisions is left out. The connection must be open. */
export async function schemaHashOf(project: OpenTarget): Promise<string> {
  const { connection, dialect } = project;
  const rows = await connection.execute<Record<string, unknown>[]>(
    dialect.schemaText(tableOf(project)),
    [],
    'all',
  );
  return createHash('sha256').update(JSON.stringify(rows)).digest('hex');
}

/**
 * The target's own record of applied revisions, read with plain queries.
 *
 * MikroORM's `getExecuted()` and `getPending()` create the database, the table and the folder.
 */

import { internals } from './mikro-orm.ts';
import type { OpenTarget } from './project.ts';

export interface RecordedRevision {
  /** As MikroORM compares it: without `.js` or `.ts`. */
  readonly name: string;
  /** As written in the table. */
  readonly recordedAs: string;
  readonly appliedAt: string | null;
}

/** The table's name as people write it, quoted for SQL, and as MikroORM's own statements have it. */
export function tableOf(project: OpenTarget): {
  readonly shown: string;
  readonly quoted: string;
  readonly bare: string;
} {
  const { tableName, schemaName } = internals(project.migrator).getStorage().getTableName();
  const platform = project.driver.getPlatform();
  const quote = (name: string) => platform.quoteIdentifier(name);
  // MikroORM leaves the usual schema out, and writes others in front of it.
  const bare = quote(tableName);
  return schemaName && platform.supportsSchemas()
    ? { shown: `${schemaName}.${tableName}`, quoted: `${quote(schemaName)}.${bare}`, bare }
    : { shown: tableName, quoted: bare, bare };
}

/**
 * Applied revisions in the order of recording; empty if there is no table yet.
 * The connection must be open. `context` reads inside a transaction.
 */
export async function readRecord(
  project: OpenTarget,
  context?: unknown,
): Promise<readonly RecordedRevision[]> {
  const { connection, migrator, driver, dialect } = project;
  const { tableName, schemaName } = internals(migrator).getStorage().getTableName();
  const helper = driver.getPlatform().getSchemaHelper();
  const there = await helper?.tableExists(connection, tableName, schemaName, context as never);
  if (!there) return [];
  const rows = await connection.execute<{ name: string; executed_at: unknown }[]>(
    `select * from ${tableOf(project).quoted} order by id`,
    [],
    'all',
    context as never,
  );
  return rows.map((row) => {
    const time = dialect.timestamp(row.executed_at);
    return {
      name: row.name.replace(/\.[jt]s$/, ''),
      recordedAs: row.name,
      appliedAt: time === null ? null : new Date(time).toISOString(),
    };
  });
}

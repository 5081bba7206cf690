/**
 * The target's own record of applied revisions, read with plain queries.
 *
 * MikroORM's `getExecuted()` and `getPending()` create the database, the table and the folder.
 */

import type { RecordTable, SchemaQueries } from '../databases/catalogue.ts';
import { internals } from '../project/mikro-orm.ts';
import type { OpenTarget } from '../project/project.ts';

export interface RecordedRevision {
  /** As MikroORM compares it: without `.js` or `.ts`. */
  readonly name: string;
  /** As written in the table. */
  readonly recordedAs: string;
  readonly appliedAt: string | null;
}

/** The table, its name as people write it, quoted for SQL, and as MikroORM's own statements have it. */
export function tableOf(
  project: OpenTarget,
): RecordTable & { readonly shown: string; readonly quoted: string; readonly bare: string } {
  const { tableName: name, schemaName } = internals(project.migrator).getStorage().getTableName();
  const platform = project.driver.getPlatform();
  const quote = (part: string) => platform.quoteIdentifier(part);
  const schema = platform.supportsSchemas() && schemaName ? schemaName : null;
  // MikroORM leaves the usual schema out, and writes others in front of it.
  const bare = quote(name);
  return schema === null
    ? { schema, name, shown: name, quoted: bare, bare }
    : { schema, name, shown: `${schema}.${name}`, quoted: `${quote(schema)}.${bare}`, bare };
}

/**
 * Applied revisions in the order of recording; null if there is no table yet.
 * The connection must be open. `context` reads inside a transaction.
 */
export async function readRecord(
  project: OpenTarget,
  context?: unknown,
): Promise<readonly RecordedRevision[] | null> {
  const { connection, migrator, driver, dialect } = project;
  const { tableName, schemaName } = internals(migrator).getStorage().getTableName();
  const helper = driver.getPlatform().getSchemaHelper();
  const there = await helper?.tableExists(connection, tableName, schemaName, context as never);
  if (!there) return null;
  const rows = await connection.execute<{ name: string; executed_at: unknown }[]>(
    `select * from ${tableOf(project).quoted} order by id`,
    [],
    'all',
    context as never,
  );
  return rows.map((row) => {
    const time = dialect.timestamp(row.executed_at);
    return {
      ...asRecorded(row.name),
      appliedAt: time === null ? null : new Date(time).toISOString(),
    };
  });
}

export function asRecorded(written: string): Pick<RecordedRevision, 'name' | 'recordedAs'> {
  return { name: written.replace(/\.[jt]s$/, ''), recordedAs: written };
}

/** The schemas of the database, and whether they have such a table. The connection must be open. */
export async function recordedSchemas(
  project: OpenTarget,
  queries: SchemaQueries,
): Promise<ReadonlyMap<string, boolean>> {
  const rows = await project.connection.execute<{ name: string; recorded: boolean }[]>(
    queries.all(tableOf(project).name),
    [],
    'all',
  );
  return new Map(rows.map(({ name, recorded }) => [name, recorded]));
}

/** Whether the target's schema is there; one that is the connection's own is. */
export async function schemaExists(project: OpenTarget): Promise<boolean> {
  const { target, dialect } = project;
  if (target.schema === null || !dialect.schemas) return true;
  return (await recordedSchemas(project, dialect.schemas)).has(target.schema);
}

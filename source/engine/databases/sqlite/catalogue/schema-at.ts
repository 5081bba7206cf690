/**
 * The schema that a statement finds: what the revision made, renamed or dropped by then is in it.
 *
 * The statements are replayed without rows, by SQLite itself, in a database in memory.
 */

import { DatabaseSync } from 'node:sqlite';
import { quoted, readSchema, type Schema } from './schema.ts';

/** Only these change a schema; nothing else is run, such as `attach`. */
const CHANGES_SCHEMA = /^\s*(?:create|alter|drop)\b/i;

/**
 * @param start what the first statement finds
 * @param indexes of the statements that are asked about
 * @returns what each of them finds; with the number of statements, what they leave
 */
export function schemasAt(
  start: Schema,
  statements: readonly string[],
  indexes: Iterable<number>,
): ReadonlyMap<number, Schema> {
  const wanted = new Set(indexes);
  const found = new Map<number, Schema>();
  const database = emptyLike(start);
  try {
    for (const [index, sql] of [...statements, ''].entries()) {
      if (wanted.has(index)) found.set(index, readSchema(database, ''));
      if (found.size === wanted.size) break;
      if (CHANGES_SCHEMA.test(sql)) replay(database, sql);
    }
  } finally {
    database.close();
  }
  return found;
}

/** The schema that a list of statements leaves. */
export function schemaAfter(start: Schema, statements: readonly string[]): Schema {
  return schemasAt(start, statements, [statements.length]).get(statements.length) ?? start;
}

function emptyLike({ tables, named }: Schema): DatabaseSync {
  const database = new DatabaseSync(':memory:', { enableForeignKeyConstraints: false });
  for (const { sql } of [...tables, ...named]) attempt(database, sql);
  return database;
}

/** A view or trigger that names a table which is gone keeps others from being renamed. */
function replay(database: DatabaseSync, sql: string): void {
  if (attempt(database, sql)) return;
  database.exec('pragma foreign_keys = on; pragma legacy_alter_table = on');
  attempt(database, sql);
  database.exec('pragma foreign_keys = off; pragma legacy_alter_table = off');
}

/** What fails here, such as for a module that only the project loads, is left out. */
function attempt(database: DatabaseSync, sql: string): boolean {
  try {
    database.exec(sql);
    return true;
  } catch {
    return false;
  }
}

/** A name that nothing in the schema has. */
export function freeName(schema: Schema, wanted: string): string {
  const taken = new Set([...schema.tables, ...schema.named].map(({ name }) => name.toLowerCase()));
  let name = wanted;
  for (let count = 2; taken.has(name.toLowerCase()); count++) name = `${wanted}_${count}`;
  return name;
}

/** For statements that name columns: all that can be written, and the rowid where it is hidden. */
export function writableColumns({ columns, withoutRowid }: Schema['tables'][number]): string {
  const names = columns.filter(({ generated }) => !generated).map(({ name }) => name);
  // An integer key is the rowid itself (https://sqlite.org/lang_createtable.html#rowid).
  const [key, ...more] = columns.filter((column) => column.key > 0);
  const aliased = key?.type === 'integer' && more.length === 0;
  const hidden =
    !withoutRowid && !aliased && !columns.some(({ name }) => name.toLowerCase() === 'rowid');
  return [...(hidden ? ['rowid'] : []), ...names].map(quoted).join(', ');
}

/** Rows as findings name them: `id = 3 (owner = 7)`. */

import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { KEYS } from '../../../../contract/rehearsal.ts';
import { keyOf, quoted, rowidOf, type Table } from '../catalogue/schema.ts';

/** A value that is told of a row, as SQL. */
interface Told {
  readonly name: string;
  readonly value: string;
}

/**
 * The first rows `b` of a table; none if it has no key.
 *
 * @param where a condition
 * @param columns whose values are told as well, unless the key tells them
 */
export function keysOf(
  database: DatabaseSync,
  table: Table,
  where: string,
  columns: readonly string[] = [],
): string[] {
  const known = columns.every((name) => keyOf(table)?.includes(name));
  const told = known ? [] : columns.map((name) => ({ name, value: `b.${quoted(name)}` }));
  return keysFrom(database, table, `from ${quoted(table.name)} b where ${where}`, told);
}

/**
 * The first rows of a query; none if their table has no key.
 *
 * @param from its clause, in which `b` is the row of the table
 * @param told what is said of each row as well
 */
export function keysFrom(
  database: DatabaseSync,
  table: Table,
  from: string,
  told: readonly Told[] = [],
): string[] {
  const key = keyOf(table) ?? (table.withoutRowid ? [] : [rowidOf(table)]);
  if (key.length === 0) return [];
  const all = [...key.map((name) => ({ name, value: `b.${quoted(name)}` })), ...told];
  const values = all.map(({ value }, at) => `${value} as v${at}`).join(', ');
  const order = key.map((_, at) => `v${at}`).join(', ');
  const rows = database.prepare(`select ${values} ${from} order by ${order} limit ${KEYS}`);
  rows.setReadBigInts(true);
  return rows.all().map((row) => {
    const texts = all.map(({ name }, at) => `${name} = ${shown(row[`v${at}`])}`);
    const own = texts.slice(0, key.length).join(', ');
    return told.length === 0 ? own : `${own} (${texts.slice(key.length).join(', ')})`;
  });
}

/** A value as findings name it. */
function shown(value: SQLOutputValue | undefined): string {
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 60)}…` : value}'`;
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex').slice(0, 60)}'`;
  return value === null || value === undefined ? 'null' : String(value);
}

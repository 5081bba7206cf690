/** Rows as findings name them: `id = 3 (owner = 7)`. */

import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { KEYS } from '../../../../contract/rehearsal.ts';
import { keyOf, quoted, rowidOf, type Table } from '../catalogue/schema.ts';

/**
 * The first rows `b` of a table; none if it has no key.
 *
 * @param where a condition
 * @param columns whose values are told as well
 */
export function keysOf(
  database: DatabaseSync,
  table: Table,
  where: string,
  columns: readonly string[] = [],
): string[] {
  const key = keyOf(table) ?? (table.withoutRowid ? [] : [rowidOf(table)]);
  if (key.length === 0) return [];
  const values = [...key, ...columns].map((name, at) => `b.${quoted(name)} as v${at}`).join(', ');
  const order = key.map((_, at) => `v${at}`).join(', ');
  const rows = database.prepare(
    `select ${values} from ${quoted(table.name)} b where ${where} order by ${order} limit ${KEYS}`,
  );
  rows.setReadBigInts(true);
  return rows.all().map((row) => {
    const told = (names: readonly string[], from: number) =>
      names.map((name, at) => `${name} = ${shown(row[`v${from + at}`])}`).join(', ');
    const others = columns.filter((name) => !key.includes(name));
    return others.length === 0 ? told(key, 0) : `${told(key, 0)} (${told(columns, key.length)})`;
  });
}

/** A value as findings name it. */
export function shown(value: SQLOutputValue | undefined): string {
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 60)}…` : value}'`;
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex').slice(0, 60)}'`;
  return value === null || value === undefined ? 'null' : String(value);
}

/** References to rows that do not exist. */

import type { DatabaseSync } from 'node:sqlite';
import { KEYS } from '../../../../contract/rehearsal.ts';

export interface Violation {
  readonly table: string;
  readonly parent: string;
  readonly columns: readonly string[];
  readonly rows: number;
  /** Of the first of them. */
  readonly keys: readonly string[];
}

/** One for each reference. */
export function violationsIn(database: DatabaseSync): readonly Violation[] {
  const statement = database.prepare(
    `select v."table" as "table", v.parent as parent, v.rowid as "row", f."from" as "column"
      from pragma_foreign_key_check v
      join pragma_foreign_key_list(v."table") f on f.id = v.fkid and f.seq = 0`,
  );
  const found = new Map<string, Violation & { rows: number; keys: string[] }>();
  for (const row of statement.iterate()) {
    const [table, parent, column] = [String(row.table), String(row.parent), String(row.column)];
    const id = `${table}.${column}>${parent}`;
    const entry = found.get(id) ?? { table, parent, columns: [column], rows: 0, keys: [] };
    found.set(id, entry);
    entry.rows++;
    if (entry.keys.length < KEYS) entry.keys.push(`rowid = ${row.row}`);
  }
  return [...found.values()];
}

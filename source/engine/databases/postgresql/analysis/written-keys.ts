/** Keys that `insert … values` writes out: rows that have them are what the statement says they are. */

import type { Node } from 'libpg-query';
import { SQL_LIMIT } from '../../../../contract/statement.ts';
import { parseSql } from '../parser/parse.ts';

export interface Insert {
  readonly sql: string;
  /** Names that the columns of the key had then. */
  readonly key: readonly string[];
  /** The first columns, in their order, for a statement that names none; empty if it is not known. */
  readonly columns: readonly string[];
}

/** One list of values for each row, in the order of the key; only rows whose key is all literals. */
export async function writtenKeys({
  sql,
  key,
  columns,
}: Insert): Promise<readonly (readonly string[])[]> {
  if (sql.length > SQL_LIMIT) return [];
  const found: (readonly string[])[] = [];
  for (const node of await parseSql(sql)) {
    if (!('InsertStmt' in node)) continue;
    const { cols = [], selectStmt } = node.InsertStmt;
    const named = cols.map((each) => ('ResTarget' in each ? each.ResTarget.name : undefined));
    const names = named.length > 0 ? named : columns;
    const places = key.map((name) => names.indexOf(name));
    if (places.includes(-1) || !selectStmt || !('SelectStmt' in selectStmt)) continue;
    for (const row of selectStmt.SelectStmt.valuesLists ?? []) {
      const items = 'List' in row ? (row.List.items ?? []) : [];
      const values = places.flatMap((place) => literalOf(items[place]) ?? []);
      if (values.length === key.length) found.push(values);
    }
  }
  return found;
}

function literalOf(node: Node | undefined): string | null {
  if (!node) return null;
  if ('TypeCast' in node) return literalOf(node.TypeCast.arg);
  if (!('A_Const' in node)) return null;
  const { ival, fval, sval } = node.A_Const;
  if (sval) return sval.sval ?? '';
  if (fval) return fval.fval ?? null;
  // The parser leaves a zero out.
  return ival ? String(ival.ival ?? 0) : null;
}

/**
 * Whether triggers of a table change no other rows of it than those they act for, as a soft delete
 * does: `update t set gone = now() where id = old.id`, by the whole key. Read from their code, as
 * the server counts rows and does not say which.
 */

import type { Node } from 'libpg-query';
import type { Table } from '../catalogue/table.ts';
import { mayDo, mayWriteTo } from '../catalogue/table-columns.ts';
import { rowChangesIn } from '../parser/statement.ts';

/**
 * @param own code of its triggers and rules
 * @param others code of those of other tables that act with them
 */
export async function changeOwnRows(
  table: Table,
  own: readonly string[],
  others: readonly string[],
): Promise<boolean> {
  const updating = (code: string) => mayWriteTo(code, table) && mayDo(code, 'updated');
  const found = own.filter(updating);
  if (found.length === 0 || others.some(updating)) return false;
  const key = (table.key ?? []).map(
    (number) => table.columns.find((column) => column.number === number)?.name ?? '',
  );
  if (key.length === 0) return false;
  for (const code of found) {
    if (COMPOSED.test(code)) return false;
    const statements = await rowChangesIn(code);
    if (!statements?.every((node) => isOfOwnRow(node, table, key))) return false;
  }
  return true;
}

const COMPOSED = /\b(?:execute|merge)\b/i;

function isOfOwnRow(node: Node, { name }: Table, key: readonly string[]): boolean {
  if ('InsertStmt' in node) {
    const { relation, onConflictClause, withClause } = node.InsertStmt;
    return !withClause && (relation?.relname !== name || !onConflictClause);
  }
  if ('DeleteStmt' in node) return !node.DeleteStmt.withClause;
  if (!('UpdateStmt' in node)) return false;
  const { relation, whereClause, withClause } = node.UpdateStmt;
  if (withClause) return false;
  if (relation?.relname !== name) return true;
  const same = whereClause ? sameColumns(whereClause) : [];
  return key.every((column) => same.includes(column));
}

/** Columns that a condition wants to be those of the row that a trigger acts for. */
function sameColumns(condition: Node): readonly string[] {
  if ('BoolExpr' in condition) {
    const { boolop, args = [] } = condition.BoolExpr;
    return boolop === 'AND_EXPR' ? args.flatMap(sameColumns) : [];
  }
  if (!('A_Expr' in condition)) return [];
  const { kind, name = [], lexpr, rexpr } = condition.A_Expr;
  const [operator] = name.flatMap((each) => ('String' in each ? (each.String.sval ?? '') : []));
  if (kind !== 'AEXPR_OP' || operator !== '=') return [];
  const [left, right] = [namesIn(lexpr), namesIn(rexpr)];
  const column = left.at(-1);
  const isOne = column !== undefined && right.at(-1) === column;
  return isOne && isOfTrigger(left) !== isOfTrigger(right) ? [column] : [];
}

const isOfTrigger = (names: readonly string[]) =>
  names.length === 2 && (names[0] === 'old' || names[0] === 'new');

function namesIn(node: Node | undefined): readonly string[] {
  if (!node || !('ColumnRef' in node)) return [];
  const { fields = [] } = node.ColumnRef;
  return fields.flatMap((each) => ('String' in each ? (each.String.sval ?? '') : []));
}

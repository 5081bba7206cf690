/** What dropping a table does to rows of others that refer to it. */

import { plural } from '../../../text/format.ts';
import type { RawQuery } from '../dialect.ts';
import { quoted } from './schema.ts';
import { readStatement, realTable } from './statement.ts';

/** In one sentence; null if nothing happens to them, or the statement drops no table. */
export async function harmOf(
  sql: string,
  earlier: readonly string[],
  query: RawQuery,
): Promise<string | null> {
  const facts = readStatement(sql);
  if (facts.kind !== 'drop-table' || !(await checksReferences(query))) return null;
  const harmed: string[] = [];
  for (const child of await childrenOf(facts.table, query)) {
    const isItself = child.table.toLowerCase() === facts.table.toLowerCase();
    // Of itself only the copy counts, which refers to the table that goes.
    if (isItself ? !isCopied(facts.table, earlier) : isEmptied(child.table, earlier)) continue;
    const rows = await countReferring(child, query);
    if (rows === 0) continue;
    harmed.push(`${plural(rows, 'row')} of ${realTable(child.table)} ${child.effect}`);
  }
  if (harmed.length === 0) return null;
  return `Dropping ${facts.table} takes other rows along: ${harmed.join(', ')}.`;
}

interface Child {
  readonly table: string;
  readonly columns: readonly string[];
  readonly effect: string;
}

const EFFECTS: Readonly<Record<string, string>> = {
  cascade: 'would be deleted',
  'set null': 'would lose their reference',
  'set default': 'would lose their reference',
};

async function checksReferences(query: RawQuery): Promise<boolean> {
  const [row] = await query('pragma foreign_keys');
  return Number(row?.foreign_keys ?? 0) === 1;
}

async function childrenOf(table: string, query: RawQuery): Promise<readonly Child[]> {
  const name = table.replaceAll("'", "''").toLowerCase();
  const rows = await query(
    `select s.name as "child", f.id as "id", f."from" as "column", lower(f.on_delete) as "action"
      from sqlite_schema s join pragma_foreign_key_list(s.name) f
      where s.type = 'table' and lower(f."table") = '${name}'`,
  );
  const keys = Map.groupBy(rows, ({ child, id }) => `${String(child)} ${String(id)}`);
  return [...keys.values()].map((columns) => ({
    table: String(columns[0]?.child),
    columns: columns.map(({ column }) => String(column)),
    effect: EFFECTS[String(columns[0]?.action)] ?? 'keep it from being dropped',
  }));
}

async function countReferring({ table, columns }: Child, query: RawQuery): Promise<number> {
  const filled = columns.map((column) => `${quoted(column)} is not null`).join(' and ');
  const [row] = await query(`select count(*) as "n" from ${quoted(table)} where ${filled}`);
  return Number(row?.n ?? 0);
}

/** Whether statements before this one, not sent yet, copy the table. */
function isCopied(table: string, earlier: readonly string[]): boolean {
  return earlier.some((sql) => {
    const facts = readStatement(sql);
    const copy = facts.kind === 'insert' || facts.kind === 'create-table' ? facts.copy : null;
    return copy?.from.toLowerCase() === table.toLowerCase();
  });
}

/** Whether statements before this one, not sent yet, take all rows out of the child. */
function isEmptied(child: string, earlier: readonly string[]): boolean {
  return earlier.some((sql) => {
    const facts = readStatement(sql);
    const empties = facts.kind === 'drop-table' || (facts.kind === 'delete' && facts.all);
    return empties && facts.table.toLowerCase() === child.toLowerCase();
  });
}

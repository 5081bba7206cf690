/** What dropping a table, or replacing or putting back its rows, may do to rows that refer to it. */

import { plural } from '../../../text/format.ts';
import type { RawQuery } from '../dialect.ts';
import { readReferences } from './references.ts';
import { quoted, sameName } from './schema.ts';
import { readStatement, realTable, type StatementFacts } from './statement.ts';

/**
 * In one sentence; null if nothing can happen to them. Rather once too often: rows that were put
 * aside before look the same from here.
 */
export async function suspicionOf(
  sql: string,
  earlier: readonly string[],
  query: RawQuery,
): Promise<string | null> {
  const facts = readStatement(sql);
  const doing = doingOf(facts, sql, earlier);
  if (doing === null || !('table' in facts) || !(await checksReferences(query))) return null;
  const { table } = facts;
  const harmed: string[] = [];
  for (const child of await childrenOf(table, query)) {
    const rows = await countReferring(child, query);
    if (rows > 0)
      harmed.push(`${plural(rows, 'row')} of ${realTable(child.table)} ${child.effect}`);
    else if (names(earlier, child.table)) harmed.push(`rows of ${realTable(child.table)}`);
  }
  if (harmed.length === 0 && earlier.some((each) => refersTo(each, table))) {
    harmed.push('rows of tables that come to refer to it');
  }
  if (harmed.length === 0) return null;
  return `${doing} ${table} takes other rows along: ${harmed.join(', ')}.`;
}

function doingOf(facts: StatementFacts, sql: string, earlier: readonly string[]): string | null {
  switch (facts.kind) {
    case 'drop-table':
      return 'Dropping';
    case 'insert':
      if (facts.replaces) return 'Replacing rows of';
      return earlier.some((each) => deletesFrom(each, facts.table))
        ? 'Deleting and inserting rows of'
        : null;
    case 'update':
      return UPDATES_OR_REPLACES.test(sql) ? 'Replacing rows of' : null;
    default:
      return null;
  }
}

const UPDATES_OR_REPLACES = /^\s*update\s+or\s+replace\b/i;

function deletesFrom(sql: string, table: string): boolean {
  const facts = readStatement(sql);
  return facts.kind === 'delete' && sameName(facts.table, table);
}

/** Whether statements before it are about a table. */
function names(earlier: readonly string[], table: string): boolean {
  const name = table.toLowerCase();
  return earlier.some((sql) => sql.toLowerCase().includes(name));
}

/** A statement after which other tables refer to one of that name: they follow one that is renamed. */
function refersTo(sql: string, table: string): boolean {
  const name = table.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`\\b(references|rename\\s+to)\\s+["\`[]?${name}\\b`, 'i').test(sql);
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

async function childrenOf(parent: string, query: RawQuery): Promise<readonly Child[]> {
  const references = await readReferences(query);
  return references
    .filter((each) => sameName(each.parent, parent))
    .map(({ table, columns, onDelete }) => ({
      table,
      columns,
      effect: EFFECTS[onDelete] ?? 'keep it from being dropped',
    }));
}

async function countReferring({ table, columns }: Child, query: RawQuery): Promise<number> {
  const filled = columns.map((column) => `${quoted(column)} is not null`).join(' and ');
  const [row] = await query(`select count(*) as "n" from ${quoted(table)} where ${filled}`);
  return Number(row?.n ?? 0);
}

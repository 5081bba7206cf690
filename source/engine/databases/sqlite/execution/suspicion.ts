/** What dropping a table, or replacing or putting back its rows, may do to rows that refer to it. */

import { plural } from '../../../../text/format.ts';
import type { RawQuery } from '../../raw-query.ts';
import { readReferences } from '../catalogue/references.ts';
import { quoted, sameName } from '../catalogue/schema.ts';
import { readStatement, realTable, type StatementFacts } from '../parser/statement.ts';

interface Known {
  /** Statements that come before it. */
  readonly earlier: readonly string[];
  /** Tables where a row takes the place of others, in lower case. */
  readonly replacing: ReadonlySet<string>;
}

/** What is done to rows of a table, so that others may go with them. */
interface Doing {
  readonly what: string;
  readonly table: string;
  /** The only one whose rows matter. */
  readonly child?: string;
}

/**
 * In one sentence; null if nothing can happen to them. Rather once too often: rows that were put
 * aside before look the same from here.
 */
export async function suspicionOf(
  sql: string,
  known: Known,
  query: RawQuery,
): Promise<string | null> {
  if (!(await checksReferences(query))) return null;
  const facts = readStatement(sql);
  for (const doing of await doingsOf(facts, sql, known, query)) {
    const harmed = await harmedBy(doing, known.earlier, query);
    if (harmed.length > 0) return `${doing.what} takes other rows along: ${harmed.join(', ')}.`;
  }
  return null;
}

async function harmedBy(
  { table, child: only }: Doing,
  earlier: readonly string[],
  query: RawQuery,
): Promise<readonly string[]> {
  const harmed: string[] = [];
  for (const child of await childrenOf(table, query)) {
    if (only !== undefined && !sameName(child.table, only)) continue;
    const rows = await countReferring(child, query);
    if (rows > 0)
      harmed.push(`${plural(rows, 'row')} of ${realTable(child.table)} ${child.effect}`);
    else if (names(earlier, child.table)) harmed.push(`rows of ${realTable(child.table)}`);
  }
  if (harmed.length === 0 && only === undefined && earlier.some((each) => refersTo(each, table))) {
    harmed.push('rows of tables that come to refer to it');
  }
  return harmed;
}

async function doingsOf(
  facts: StatementFacts,
  sql: string,
  { earlier, replacing }: Known,
  query: RawQuery,
): Promise<readonly Doing[]> {
  const replaced = (table: string) => ({ what: `Replacing rows of ${table}`, table });
  switch (facts.kind) {
    case 'drop-table':
      return [{ what: `Dropping ${facts.table}`, table: facts.table }];
    case 'insert': {
      const { table } = facts;
      if (facts.replaces || replacing.has(table.toLowerCase())) return [replaced(table)];
      return earlier.some((each) => deletesFrom(each, table))
        ? [{ what: `Deleting and inserting rows of ${table}`, table }]
        : [];
    }
    case 'update': {
      const { table } = facts;
      if (UPDATES_OR_REPLACES.test(sql) || replacing.has(table.toLowerCase())) {
        return [replaced(table)];
      }
      return comingTooLate(facts, earlier, query);
    }
    default:
      return [];
  }
}

/** Rows that were deleted took along what an update would give another reference. */
async function comingTooLate(
  { table, assignments }: Extract<StatementFacts, { kind: 'update' }>,
  earlier: readonly string[],
  query: RawQuery,
): Promise<readonly Doing[]> {
  const references = await readReferences(query);
  return references
    .filter(
      ({ table: child, columns, parent, onDelete }) =>
        onDelete in EFFECTS &&
        sameName(child, table) &&
        columns.some((own) => assignments.some(({ column }) => sameName(own, column))) &&
        earlier.some((each) => deletesFrom(each, parent)),
    )
    .map(({ parent }) => ({
      what: `Deleting rows of ${parent} before ${realTable(table)} refers to others`,
      table: parent,
      child: table,
    }));
}

const UPDATES_OR_REPLACES = /^\s*update\s+or\s+replace\b/i;

function deletesFrom(sql: string, table: string): boolean {
  if (!/\bdelete\b/i.test(sql)) return false;
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

/**
 * What the statements of passes do to the tables of before on purpose, by naming them, so that it
 * can be told from what happens by the way.
 *
 * Tables and columns are known by their numbers, which a rename does not change; but statements
 * have names, so renames are followed.
 */

import type { PassRecord } from '../dialect.ts';
import { type Column, type Shape, type Table, tableNamed } from './shape.ts';
import { quoted } from './sql.ts';
import { type Name, readStatement, type StatementFacts } from './statement.ts';

export interface TableIntent {
  /** Rows that statements deleted; infinite if they said all of them. */
  readonly deleted: number;
  /** Rows were merged, or replaced by a statement that can do anything with them. */
  readonly rewritten: boolean;
  /** Columns of before that statements gave values, by number. */
  readonly changed: ReadonlySet<number>;
  /** Columns of before that statements dropped or gave another type, by number. */
  readonly remade: ReadonlySet<number>;
}

interface Followed {
  readonly table: Table;
  schema: string;
  name: string;
  readonly visible: boolean;
  /** Names as they are now; the column of before. */
  readonly columns: Map<string, Column>;
  deleted: number;
  rewritten: boolean;
  readonly changed: Set<number>;
  readonly remade: Set<number>;
}

/** By the oid of before. */
export async function intentOf(
  { tables }: Shape,
  passes: readonly PassRecord[],
): Promise<ReadonlyMap<string, TableIntent>> {
  const followed = tables.map(
    (table): Followed => ({
      table,
      schema: table.schema,
      name: table.name,
      visible: table.visible,
      columns: new Map(table.columns.map((column) => [column.name, column])),
      deleted: 0,
      rewritten: false,
      changed: new Set(),
      remade: new Set(),
    }),
  );
  for (const { sql, affected, changed } of passes.flatMap(({ statements }) => statements)) {
    const facts = await readStatement(sql);
    // Rows that a statement before it deleted already would be gone, too; several share the count.
    const all = changed.reduce((sum, { rows }) => sum + rows, 0);
    for (const each of facts) take(followed, each, affected, all);
  }
  return new Map(followed.map((each) => [each.table.oid, each]));
}

/** @param all rows that changed, also those of tables that the statement does not name */
function take(
  followed: readonly Followed[],
  facts: StatementFacts,
  affected: number,
  all: number,
): void {
  switch (facts.kind) {
    case 'update':
      for (const table of withRowsOf(followed, facts.table)) {
        for (const name of facts.columns) change(table, name);
      }
      return;
    case 'insert':
      for (const table of withRowsOf(followed, facts.table)) {
        for (const name of facts.sets) change(table, name);
      }
      return;
    case 'delete':
      for (const table of withRowsOf(followed, facts.table)) {
        // Of a partition, it does not say all of the whole.
        const whole = facts.all && tableNamed(followed, facts.table) !== undefined;
        const rows = table.name === facts.table.name ? affected : all;
        table.deleted += whole ? Number.POSITIVE_INFINITY : rows;
      }
      return;
    case 'merge':
      for (const table of withRowsOf(followed, facts.table)) table.rewritten = true;
      return;
    case 'truncate':
    case 'drop-table':
      for (const name of facts.tables) {
        if (facts.kind === 'drop-table' && tableNamed(followed, name)) continue;
        for (const table of withRowsOf(followed, name)) table.deleted = Number.POSITIVE_INFINITY;
      }
      return;
    case 'rename-table': {
      const table = tableNamed(followed, facts.table);
      if (table) table.name = facts.to;
      return;
    }
    case 'move-table': {
      const table = tableNamed(followed, facts.table);
      if (table) table.schema = facts.schema;
      return;
    }
    case 'rename-column':
      for (const { columns } of withRowsOf(followed, facts.table)) {
        const column = columns.get(facts.from);
        if (!column) continue;
        columns.delete(facts.from);
        columns.set(facts.to, column);
      }
      return;
    case 'drop-column':
    case 'alter-type':
      for (const { columns, remade } of withRowsOf(followed, facts.table)) {
        const column = columns.get(facts.column);
        if (!column) continue;
        remade.add(column.number);
        if (facts.kind === 'drop-column') columns.delete(facts.column);
      }
      return;
    case 'rename-value':
      for (const { table, changed } of followed) {
        for (const { type, number } of table.columns) {
          if (isOfType(type, facts.type)) changed.add(number);
        }
      }
      return;
    default:
  }
}

/** The table of that name, or of which that is a partition; and those that inherit from it. */
function withRowsOf(followed: readonly Followed[], name: Name): readonly Followed[] {
  const named =
    tableNamed(followed, name) ??
    followed.find(({ table }) =>
      table.partitions.some(
        (part) => part.name === name.name && (name.schema ?? part.schema) === part.schema,
      ),
    );
  const found = new Set(named && [named]);
  // What is added meanwhile is visited, too.
  for (const { table } of found) {
    for (const each of followed) if (each.table.parents.includes(table.oid)) found.add(each);
  }
  return [...found];
}

/** @param type as a column has it: with its schema if need be, or an array of it */
function isOfType(type: string, { name }: Name): boolean {
  const one = type.replace(/(\[\])+$/, '');
  return [name, quoted(name)].some((each) => one === each || one.endsWith(`.${each}`));
}

function change({ columns, changed }: Followed, name: string): void {
  const column = columns.get(name);
  if (column) changed.add(column.number);
}

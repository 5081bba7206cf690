/**
 * What the statements of passes do to the tables of before on purpose, by naming them, so that it
 * can be told from what happens by the way.
 *
 * Tables and columns are known by their numbers, which a rename does not change; but statements
 * have names, so renames are followed.
 */

import type { PassRecord } from '../dialect.ts';
import type { Column, Shape, Table } from './shape.ts';
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
      columns: new Map(table.columns.map((column) => [column.name, column])),
      deleted: 0,
      rewritten: false,
      changed: new Set(),
      remade: new Set(),
    }),
  );
  for (const { sql, affected } of passes.flatMap(({ statements }) => statements)) {
    const facts = await readStatement(sql);
    // Rows that a statement before it deleted already would be gone, too; several share the count.
    for (const each of facts) take(followed, each, affected);
  }
  return new Map(followed.map((each) => [each.table.oid, each]));
}

function take(followed: readonly Followed[], facts: StatementFacts, affected: number): void {
  const find = ({ schema, name }: Name) =>
    followed.find((each) => each.name === name && (schema === null || each.schema === schema));
  switch (facts.kind) {
    case 'update': {
      const table = find(facts.table);
      for (const name of facts.columns) change(table, name);
      return;
    }
    case 'insert': {
      const table = find(facts.table);
      for (const name of facts.sets) change(table, name);
      return;
    }
    case 'delete': {
      const table = find(facts.table);
      if (table) table.deleted += facts.all ? Number.POSITIVE_INFINITY : affected;
      return;
    }
    case 'merge': {
      const table = find(facts.table);
      if (table) table.rewritten = true;
      return;
    }
    case 'truncate':
      for (const name of facts.tables) {
        const table = find(name);
        if (table) table.deleted = Number.POSITIVE_INFINITY;
      }
      return;
    case 'rename-table': {
      const table = find(facts.table);
      if (table) table.name = facts.to;
      return;
    }
    case 'move-table': {
      const table = find(facts.table);
      if (table) table.schema = facts.schema;
      return;
    }
    case 'rename-column': {
      const table = find(facts.table);
      const column = table?.columns.get(facts.from);
      if (!table || !column) return;
      table.columns.delete(facts.from);
      table.columns.set(facts.to, column);
      return;
    }
    case 'drop-column': {
      const table = find(facts.table);
      const column = table?.columns.get(facts.column);
      if (!table || !column) return;
      table.columns.delete(facts.column);
      table.remade.add(column.number);
      return;
    }
    case 'alter-type': {
      const table = find(facts.table);
      const column = table?.columns.get(facts.column);
      if (table && column) table.remade.add(column.number);
      return;
    }
    default:
  }
}

function change(table: Followed | undefined, name: string): void {
  const column = table?.columns.get(name);
  if (column) table?.changed.add(column.number);
}

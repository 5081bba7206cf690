/** A table as far as its rows are compared. */

import type { Name } from '../parser/statement.ts';

export interface Column {
  /** Stays what it is when the column is renamed. */
  readonly number: number;
  readonly name: string;
  /** With its modifiers, and its schema unless it is the server's own. */
  readonly type: string;
  readonly notNull: boolean;
  /** Can't be written to. */
  readonly generated: boolean;
  /** Of a composite type, or of one that it is an array of; null for others. */
  readonly attributes: readonly Attribute[] | null;
}

interface Attribute {
  /** Stays what it is when the attribute is renamed. */
  readonly number: number;
  readonly name: string;
}

export interface Table {
  /** Stays what it is when the table is renamed. */
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  /** The search path leads there. */
  readonly visible: boolean;
  readonly partitioned: boolean;
  /** At all depths. */
  readonly partitions: readonly (Name & { readonly oid: string })[];
  /** Tables that it inherits from, by oid. */
  readonly parents: readonly string[];
  readonly columns: readonly Column[];
  /** Numbers of the columns that tell rows apart: of the primary key, else of a unique one. */
  readonly key: readonly number[] | null;
  /** Triggers or rules that act when its rows change, written by somebody. */
  readonly triggers: boolean;
}

/** The one that a statement names: where it leaves the schema to the search path, that decides. */
export function tableNamed<T extends Pick<Table, 'schema' | 'name' | 'visible'>>(
  tables: readonly T[],
  { schema, name }: Name,
): T | undefined {
  const found = tables.filter(
    (table) => table.name === name && (schema === null || table.schema === schema),
  );
  return found.find(({ visible }) => visible) ?? found[0];
}

/** What tells its rows apart; empty if nothing does. */
export function keyOf({ key, columns }: Table): readonly Column[] {
  return (key ?? []).flatMap((number) => columns.find((column) => column.number === number) ?? []);
}

/** As people write it: the usual schema goes without saying. */
export function nameOf({ schema, name }: Pick<Table, 'schema' | 'name'>): string {
  return schema === 'public' ? name : `${schema}.${name}`;
}

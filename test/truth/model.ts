/** The schema that a generated revision starts from, and what it makes of it. */

export type Type = 'text' | 'integer' | 'real';
export const ACTIONS = ['no action', 'restrict', 'cascade', 'set null', 'set default'] as const;
export type Action = (typeof ACTIONS)[number];

export interface Column {
  name: string;
  type: Type;
  notNull: boolean;
  /** As SQL. */
  default: string | null;
  /** A generated column: its expression, as SQL, and whether its values are stored. */
  generated: { readonly expression: string; readonly stored: boolean } | null;
  check: string | null;
}

interface ForeignKey {
  columns: string[];
  /** By the id of the table, which names do not change. */
  parent: number;
  parentColumns: string[];
  onDelete: Action;
  onUpdate: Action;
  deferred: boolean;
}

export interface Table {
  readonly id: number;
  name: string;
  columns: Column[];
  key: string[];
  autoincrement: boolean;
  withoutRowid: boolean;
  strict: boolean;
  foreignKeys: ForeignKey[];
}

export interface Index {
  readonly name: string;
  readonly table: number;
  columns: string[];
  readonly unique: boolean;
}

export interface Trigger {
  readonly name: string;
  readonly table: number;
  readonly event: 'insert' | 'update' | 'delete';
  /** Changes rows of this table: its own, or another one. */
  readonly other: number;
  readonly does: 'touch' | 'remove' | 'count';
}

export interface View {
  readonly name: string;
  readonly table: number;
}

export interface Model {
  tables: Table[];
  indexes: Index[];
  triggers: Trigger[];
  views: View[];
}

export const copyOf = (model: Model): Model => structuredClone(model);

export const q = (name: string): string => `"${name}"`;
export const list = (names: readonly string[]): string => names.map(q).join(', ');
export const literal = (value: string | number | null): string =>
  value === null
    ? 'null'
    : typeof value === 'number'
      ? String(value)
      : `'${value.replaceAll("'", "''")}'`;

/** One of a list, chosen by any number. */
export function pick<T>(all: readonly T[], by: number): T | undefined {
  return all.length === 0 ? undefined : all[by % all.length];
}

export function tableOf(model: Model, id: number): Table {
  const found = model.tables.find((table) => table.id === id);
  if (!found) throw new Error(`There is no table ${id}.`);
  return found;
}

/** Columns that no key, reference or tag needs. */
export function payloadOf(table: Table): Column[] {
  const used = new Set([
    ...table.key,
    ...table.foreignKeys.flatMap(({ columns }) => columns),
    'tag',
  ]);
  return table.columns.filter(({ name, generated }) => !used.has(name) && generated === null);
}

/** Tables with a reference to it, itself included if it has one. */
export function childrenOf(model: Model, table: Table): Table[] {
  return model.tables.filter(({ foreignKeys }) =>
    foreignKeys.some(({ parent }) => parent === table.id),
  );
}

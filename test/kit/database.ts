/** What tests ask of a project's database, whichever it is, with a client that Handrail does not use. */

type Value = null | number | bigint | string | Uint8Array;
export type Row = Record<string, Value>;

export interface TestDatabase {
  /** What people are told: a path in the project, or host, port and name. */
  readonly place: string;
  /** The rows that a query answers. */
  query(sql: string): Promise<Row[]>;
  /** Changes it as another program would: any number of statements. */
  change(sql: string): Promise<void>;
  /** The names of all tables, sorted. */
  tables(): Promise<string[]>;
  /** The names of a table’s columns, in their order. */
  columns(table: string): Promise<string[]>;
  count(table: string): Promise<number>;
  /** Names in the migrations table, in the order of recording; [] without such a table. */
  recorded(): Promise<string[]>;
  fingerprint(): Promise<Fingerprint>;
  /** What is wrong with the database itself; [] when nothing is. */
  damage(): Promise<string[]>;
  exists(): Promise<boolean>;
  /** Removes the database itself. */
  remove(): Promise<void>;
}

/** All content of a database. Two are equal when schema and every value (and its type) are. */
export interface Fingerprint {
  /** Of everything below. */
  readonly hash: string;
  /** Every table, index, view and trigger, as text. */
  readonly schema: string;
  /** Per table: how many rows, and a hash that doesn't depend on their order. */
  readonly tables: Readonly<Record<string, { readonly rows: number; readonly hash: string }>>;
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

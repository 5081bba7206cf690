/** What a revision is written on: the schema as it has become by then, and what came from where. */

import type { DriverName } from '../../../source/contract/target.ts';
import { type Statement, TAG } from '../case.ts';
import { type Column, type Model, payloadOf, pick, q, type Table } from '../model.ts';

export interface Written {
  readonly up: Statement[];
  readonly down: Statement[];
}

export type Row = Readonly<Record<string, string | number | null>>;

export class Scene {
  readonly driver: DriverName;
  /** The keys of the rows of each table, by its id. */
  readonly keys: ReadonlyMap<number, readonly Row[]>;
  model: Model;
  /** What the revision does to tables of before, by their id. */
  converted: [number, string][] = [];
  computed: [number, string][] = [];
  suspicious = new Set<number>();
  /** Names of columns now, and what they were before the revision; null for new ones. */
  origins = new Map<number, Map<string, string>>();
  #names = 0;

  constructor(driver: DriverName, model: Model, keys: ReadonlyMap<number, readonly Row[]>) {
    this.driver = driver;
    this.model = model;
    this.keys = keys;
  }

  /** A number for a name that nothing has. */
  next(): number {
    return this.#names++;
  }

  /** Another revision begins. */
  begin(): void {
    this.converted = [];
    this.computed = [];
    this.suspicious = new Set();
    this.origins = new Map(
      this.model.tables.map(({ id, columns }) => [
        id,
        new Map(columns.map(({ name }) => [name, name])),
      ]),
    );
  }

  originOf(table: Table, column: string): string {
    return this.origins.get(table.id)?.get(column) ?? column;
  }

  newColumn(type: Column['type']): Column {
    return {
      name: `n${this.next()}`,
      type,
      notNull: false,
      default: null,
      generated: null,
      check: null,
    };
  }

  newRow(table: Table, seed: number, key?: Row): Row | null {
    const number = this.next();
    const own: Row =
      key ??
      (table.key[0] === 'code'
        ? { code: `new${number}` }
        : table.key.length === 2
          ? { a: 9, b: number }
          : { id: 900 + number });
    const row: Record<string, string | number | null> = { ...own, [TAG]: `new${number}` };
    for (const { name, type, notNull } of payloadOf(table)) {
      row[name] = notNull || seed % 2 === 0 ? { text: 'w', integer: 8, real: 8.5 }[type] : null;
    }
    for (const { columns, parent, parentColumns } of table.foreignKeys) {
      const to = pick(this.keys.get(parent) ?? [], seed);
      for (const [at, name] of columns.entries()) {
        const required = table.columns.find((each) => each.name === name)?.notNull;
        row[name] = required || seed % 3 === 1 ? (to?.[parentColumns[at] ?? ''] ?? null) : null;
        if (required && row[name] === null) return null;
      }
    }
    return row;
  }

  /** Some rows, or all. */
  where(table: Table, by: number): string {
    const [key] = table.key;
    switch (by % 6) {
      case 0:
        return ` where ${q(TAG)} like '%r0'`;
      case 1:
        return '';
      case 2:
        return ` where ${q(TAG)} like '%r1' or ${q(TAG)} like '%r2'`;
      case 3:
        return key === 'code' ? ` where ${q(key)} > 'k1'` : ` where ${q(key ?? TAG)} > 1`;
      case 4:
        return ` where ${q(TAG)} in ('t${table.id}r1', 't${table.id}r3')`;
      default: {
        const [first] = payloadOf(table);
        return first ? ` where ${q(first.name)} is not null` : ` where ${q(TAG)} <> ''`;
      }
    }
  }
}

export const nothing: Written = { up: [], down: [] };
export const plain = (sql: string): Statement => ({ sql, names: [] });
/** @param where which rows; empty: all of them */
export const deletion = (table: Table, where: string): Statement => ({
  sql: `delete from ${q(table.name)}${where}`,
  names: [table.name],
  empties: where === '',
});
export const dml = (table: Table, sql: string): Statement => ({ sql, names: [table.name] });

/**
 * Compares the rows of two SQLite files exactly, row by row and value by value, inside SQLite:
 * memory does not grow with the database, and a million rows take a fraction of a second.
 *
 * Values are equal if SQLite's `is` says so without collations. Where the declared type of a
 * column changed, the conversion of its affinity is allowed: '12' became 12, and is no loss.
 */

import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { KEYS } from '../../../rehearsal.ts';
import type { ColumnDifference, RowDifference, TableComparison } from '../losses.ts';
import { affinityOf, type Column, keyOf, quoted, type Table } from './schema.ts';

export interface TablePair {
  readonly before: Table;
  readonly after: Table;
  /** Columns of before and what they are now; the others are not compared. */
  readonly columns: readonly (readonly [before: Column, after: Column])[];
}

/** Two databases side by side; `main` is the one of afterwards. */
export class Comparison implements Disposable {
  readonly #database: DatabaseSync;

  constructor(afterPath: string, beforePath: string) {
    this.#database = new DatabaseSync(afterPath, { timeout: 5_000 });
    this.#database.exec('pragma query_only = on');
    this.#database.prepare('attach database ? as before').run(beforePath);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  /** Rows of a table of before. */
  count(table: string): number {
    return this.#number(`select count(*) from before.${quoted(table)}`);
  }

  /** Rows of a table of afterwards. */
  countAfter(table: string): number {
    return this.#number(`select count(*) from main.${quoted(table)}`);
  }

  /** Values of a column of before that are not NULL, in rows that are still there. */
  values(pair: TablePair, column: string): RowDifference {
    const join = joinOf(pair);
    const still =
      join === null
        ? ''
        : ` and exists (select 1 from main.${quoted(pair.after.name)} m where ${join})`;
    const from = `from before.${quoted(pair.before.name)} b where b.${quoted(column)} is not null${still}`;
    return { rows: this.#number(`select count(*) ${from}`), keys: this.#keys(pair.before, from) };
  }

  compare(pair: TablePair): TableComparison {
    const rowsBefore = this.#number(`select count(*) from before.${quoted(pair.before.name)}`);
    const rowsAfter = this.#number(`select count(*) from main.${quoted(pair.after.name)}`);
    const join = joinOf(pair);
    const counts = { rowsBefore, rowsAfter };
    if (rowsBefore === 0) return { ...counts, lost: nothing, columns: [] };
    if (join === null) return { ...counts, ...this.#byContent(pair, rowsAfter < rowsBefore) };
    const byKey = { ...counts, ...this.#byKey(pair, join, rowsBefore) };
    const same = byKey.lost.rows === 0 && byKey.columns.length === 0;
    // Rows without a primary key may have been numbered anew.
    if (same || keyOf(pair.before) !== null) return byKey;
    return { ...counts, ...this.#byContent(pair, rowsAfter < rowsBefore) };
  }

  #byKey(pair: TablePair, join: string, rowsBefore: number) {
    const from = `from before.${quoted(pair.before.name)} b cross join main.${quoted(pair.after.name)} m on ${join}`;
    const pairs = pair.columns.map(([before, after]) => ({
      column: before.name,
      differs: differs(before, after),
      toNull: `(b.${quoted(before.name)} is not null and m.${quoted(after.name)} is null)`,
    }));
    const any = pairs.map(({ differs }) => differs).join(' or ') || '0';
    const [matched, different] = this.#numbers(`select count(*), total(${any}) ${from}`);
    const missing = rowsBefore - (matched ?? 0);
    const lost =
      missing === 0
        ? nothing
        : {
            rows: missing,
            keys: this.#keys(
              pair.before,
              `from before.${quoted(pair.before.name)} b
                where not exists (select 1 from main.${quoted(pair.after.name)} m where ${join})`,
            ),
          };
    if (!different) return { lost, columns: [] };
    const sums = this.#numbers(
      `select ${pairs.map((each) => `total(${each.differs}), total(${each.toNull})`).join(', ')} ${from}`,
    );
    const columns = pairs.flatMap(({ column, differs }, index): ColumnDifference[] => {
      const rows = sums[2 * index] ?? 0;
      if (rows === 0) return [];
      const keys = this.#keys(pair.before, `${from} where ${differs}`);
      return [{ column, rows, toNull: sums[2 * index + 1] ?? 0, keys }];
    });
    return { lost, columns };
  }

  /** Without a key: which rows of before are not found again, counting equal ones. */
  #byContent(pair: TablePair, fewer: boolean) {
    const list = (side: 0 | 1) =>
      pair.columns.map((columns) => `${quoted(columns[side].name)} collate binary`).join(', ');
    if (pair.columns.length === 0) return { lost: nothing, columns: [] };
    const numbered = (schema: string, table: string, columns: string) =>
      `select ${columns}, row_number() over (partition by ${columns}) from ${schema}.${quoted(table)}`;
    const rows = this.#number(
      `select count(*) from (
        ${numbered('before', pair.before.name, list(0))}
        except ${numbered('main', pair.after.name, list(1))}
      )`,
    );
    if (rows === 0) return { lost: nothing, columns: [] };
    if (fewer) return { lost: { rows, keys: [] }, columns: [] };
    // None is missing, so they are there with other values; which column can't be told.
    return { lost: nothing, columns: [{ column: '*', rows, toNull: 0, keys: [] }] };
  }

  #keys(table: Table, from: string): string[] {
    const key = keyOf(table) ?? (table.withoutRowid ? [] : ['rowid']);
    if (key.length === 0) return [];
    const columns = key.map((name, index) => `b.${quoted(name)} as k${index}`).join(', ');
    const order = key.map((_, index) => `k${index}`).join(', ');
    const statement = this.#database.prepare(
      `select ${columns} ${from} order by ${order} limit ${KEYS}`,
    );
    statement.setReadBigInts(true);
    return statement
      .all()
      .map((row) => key.map((name, index) => `${name} = ${shown(row[`k${index}`])}`).join(', '));
  }

  #numbers(sql: string): number[] {
    const row = this.#database.prepare(sql).get() ?? {};
    return Object.values(row).map(Number);
  }

  #number(sql: string): number {
    return this.#numbers(sql)[0] ?? 0;
  }
}

const nothing: RowDifference = { rows: 0, keys: [] };

/** How a row of before is found afterwards; null if its key is gone or another one. */
function joinOf({ before, after, columns }: TablePair): string | null {
  const key = keyOf(before);
  if (key === null) {
    if (before.withoutRowid || after.withoutRowid || keyOf(after) !== null) return null;
    return 'm.rowid = b.rowid';
  }
  const pairs = key.map((name) => columns.find(([column]) => column.name === name));
  const keyAfter = keyOf(after) ?? [];
  // Without its index every row would be looked for in all of them.
  if (keyAfter.length !== key.length) return null;
  const terms = pairs.map((pair, index) => {
    if (!pair || pair[1].name !== keyAfter[index]) return null;
    const [from, to] = pair;
    const name = `b.${quoted(from.name)}`;
    // A conversion on the side of the index would make SQLite pass the index by.
    const value =
      affinityOf(from.type) === affinityOf(to.type) ? name : `cast(${name} as ${castOf(to)})`;
    return `m.${quoted(to.name)} is ${value}`;
  });
  return terms.includes(null) ? null : terms.join(' and ');
}

function castOf({ type }: Column): string {
  const affinity = affinityOf(type);
  return affinity === 'blob' ? 'blob' : affinity;
}

function differs(before: Column, after: Column): string {
  const names = [`b.${quoted(before.name)}`, `m.${quoted(after.name)}`];
  // The sign takes a column's affinity away (https://sqlite.org/datatype3.html, 3.2), so that
  // 1 and '1' differ where both columns may hold either.
  const [left, right] = before.type === after.type ? names.map((name) => `+${name}`) : names;
  return `(${left} is not ${right} collate binary)`;
}

function shown(value: SQLOutputValue | undefined): string {
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 60)}…` : value}'`;
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex').slice(0, 60)}'`;
  return value === null || value === undefined ? 'null' : String(value);
}

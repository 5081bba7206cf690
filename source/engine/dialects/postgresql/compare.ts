/**
 * Compares the rows of a table with those that a mark kept, row by row and value by value, on the
 * server: memory does not grow with the database.
 *
 * Values are compared as the server writes them. Where the type of a column changed, the value of
 * now is brought back to the type of before: what can't be brought back was cut.
 */

import { KEYS } from '../../../rehearsal.ts';
import type { RawQuery } from '../dialect.ts';
import type { ColumnDifference, RowDifference, TableComparison } from '../losses.ts';
import { type KeptTable, keptColumn, rowsOf } from './mark.ts';
import { type Column, keyOf, type Table } from './shape.ts';
import { quoted } from './sql.ts';

export interface TablePair {
  readonly before: KeptTable;
  readonly after: Table;
  /** Columns of before and what they are now; the others are not compared. */
  readonly columns: readonly (readonly [before: Column, after: Column])[];
}

export class Comparison {
  readonly #query: RawQuery;

  constructor(query: RawQuery) {
    this.#query = query;
  }

  async countAfter(table: Table): Promise<number> {
    return this.#number(`select count(*) as n from ${rowsOf(table)}`);
  }

  /** Values of a column of before that are not NULL, in rows that are still there. */
  async values(pair: TablePair, column: Column): Promise<RowDifference> {
    const join = joinOf(pair, broughtBack);
    const still =
      join === null ? '' : ` and exists (select from ${rowsOf(pair.after)} m where ${join})`;
    const from = `from ${pair.before.kept} b where b.${keptColumn(column.number)} is not null${still}`;
    return {
      rows: await this.#number(`select count(*) as n ${from}`),
      keys: await this.#keys(pair.before, from),
    };
  }

  async compare(pair: TablePair): Promise<TableComparison> {
    const rowsBefore = pair.before.rows;
    const rowsAfter = await this.countAfter(pair.after);
    const counts = { rowsBefore, rowsAfter };
    if (rowsBefore === 0) return { ...counts, lost: nothing, columns: [] };
    if (joinOf(pair, broughtBack) === null) {
      return { ...counts, ...(await this.#byContent(pair, rowsAfter < rowsBefore)) };
    }
    try {
      return { ...counts, ...(await this.#byKey(pair, broughtBack)) };
    } catch {
      // A value that has no counterpart in the old type, or a type that is gone.
      return { ...counts, ...(await this.#byKey(pair, asText)) };
    }
  }

  async #byKey(pair: TablePair, write: Write) {
    const { kept } = pair.before;
    const join = joinOf(pair, write);
    const from = `from ${kept} b join ${rowsOf(pair.after)} m on ${join}`;
    const pairs = pair.columns.map(([before, after], at) => ({
      column: before.name,
      differs: `(${write(before, after)})`,
      toNull: `(b.${keptColumn(before.number)} is not null and m.${quoted(after.name)} is null)`,
      at,
    }));
    const counts = pairs.map(
      ({ differs, toNull, at }) =>
        `, count(*) filter (where ${differs}) as d${at}, count(*) filter (where ${toNull}) as n${at}`,
    );
    const [sums = {}] = await this.#query(`select count(*) as matched${counts.join('')} ${from}`);
    const missing = pair.before.rows - Number(sums.matched);
    const gone = `from ${kept} b where not exists (select from ${rowsOf(pair.after)} m where ${join})`;
    const lost =
      missing <= 0 ? nothing : { rows: missing, keys: await this.#keys(pair.before, gone) };
    const columns: ColumnDifference[] = [];
    for (const { column, differs, at } of pairs) {
      const rows = Number(sums[`d${at}`]);
      if (rows === 0) continue;
      const keys = await this.#keys(pair.before, `${from} where ${differs}`);
      columns.push({ column, rows, toNull: Number(sums[`n${at}`]), keys });
    }
    return { lost, columns };
  }

  /** Without a key: which rows of before are not found again, counting equal ones. */
  async #byContent(pair: TablePair, fewer: boolean) {
    if (pair.columns.length === 0) return { lost: nothing, columns: [] };
    const numbered = (columns: string, from: string) =>
      `select ${columns}, row_number() over (partition by ${columns}) from ${from}`;
    const before = pair.columns.map(([{ number }]) => keptColumn(number)).join(', ');
    const after = pair.columns.map(([, { name }]) => `${quoted(name)}::text`).join(', ');
    const rows = await this.#number(
      `select count(*) as n from (${numbered(before, pair.before.kept)}
        except ${numbered(after, rowsOf(pair.after))}) as gone`,
    );
    if (rows === 0) return { lost: nothing, columns: [] };
    if (fewer) return { lost: { rows, keys: [] }, columns: [] };
    // None is missing, so they are there with other values; which column can't be told.
    return { lost: nothing, columns: [{ column: '*', rows, toNull: 0, keys: [] }] };
  }

  async #keys({ table }: KeptTable, from: string): Promise<string[]> {
    const key = keyOf(table);
    if (key.length === 0) return [];
    const names = key.map(({ number }) => `b.${keptColumn(number)}`);
    const order = key.map(({ type }, at) => `${names[at]}::${type}`).join(', ');
    const rows = await this.#query(
      `select ${names.map((name, at) => `${name} as k${at}`).join(', ')} ${from} order by ${order} limit ${KEYS}`,
    );
    return rows.map((row) =>
      key.map(({ name, type }, at) => `${name} = ${shown(row[`k${at}`], type)}`).join(', '),
    );
  }

  async #number(sql: string): Promise<number> {
    const [row] = await this.#query(sql);
    return Number(row?.n ?? 0);
  }
}

const nothing: RowDifference = { rows: 0, keys: [] };

/** A condition that a value of now is not the one of before. */
type Write = (before: Column, after: Column) => string;

/** How a row of before is found afterwards; null if its key is gone. */
function joinOf({ before, columns }: TablePair, write: Write): string | null {
  const key = keyOf(before.table);
  if (key.length === 0) return null;
  const terms = key.map((column) => {
    const pair = columns.find(([old]) => old.number === column.number);
    return pair ? write(...pair).replace(' is distinct from ', ' = ') : null;
  });
  return terms.includes(null) ? null : terms.join(' and ');
}

/** Types whose values are text as they are. */
const TEXT = /^(text|character|"char"|name|citext|[\w".]*\.citext)\b/;
const JSON_TYPE = /^jsonb?$/;

/** Brought back to the type of before, so that what was cut differs. */
const broughtBack: Write = (before, after) => {
  const [was, now] = namesOf(before, after);
  const same = before.type === after.type || (TEXT.test(before.type) && TEXT.test(after.type));
  if (same) return asText(before, after);
  // `jsonb` orders its keys, and writes other spaces.
  if (JSON_TYPE.test(before.type) && JSON_TYPE.test(after.type)) {
    return `${now}::jsonb is distinct from ${was}::jsonb`;
  }
  return `${now}::${before.type}::text is distinct from ${was}`;
};

const asText: Write = (before, after) => {
  const [was, now] = namesOf(before, after);
  return `${now}::text is distinct from ${was}`;
};

function namesOf(before: Column, after: Column): readonly [was: string, now: string] {
  return [`b.${keptColumn(before.number)}`, `m.${quoted(after.name)}`];
}

const LONGEST = 60;

function shown(value: unknown, type: string): string {
  if (value == null) return 'null';
  const text = String(value);
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return /^(smallint|integer|bigint|numeric|oid)/.test(type) ? cut : `'${cut}'`;
}

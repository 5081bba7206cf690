/**
 * Compares the rows of a table with those that a mark kept, row by row and value by value, on the
 * server: memory does not grow with the database.
 */

import { KEYS } from '../../../../contract/rehearsal.ts';
import type { ColumnDifference, RowDifference, TableComparison } from '../../data-loss-findings.ts';
import type { RawQuery } from '../../raw-query.ts';
import { type Column, keyOf, type Table } from '../catalogue/table.ts';
import { literal, quoted } from '../parser/sql.ts';
import { type KeptTable, keptColumn, rowsOf } from '../throwaway/baseline.ts';
import { type Comparable, comparablesOf } from './comparable.ts';

export interface TablePair {
  readonly before: KeptTable;
  readonly after: Table;
  /** Columns of before and what they are now; the others are not compared. */
  readonly columns: readonly (readonly [before: Column, after: Column])[];
  /** Columns that tell rows apart, by number, whose values are meant to be others. */
  readonly rekeyed: ReadonlySet<number>;
}

/** All rows that are gone or have other values, or those of which an earlier judgement did not know. */
export type Which = 'all' | 'fresh';

/** What rows of a table refer to. */
export interface Parents {
  readonly table: Table;
  /** Columns of the parents that the others refer to, in their order. */
  readonly keys: readonly Column[];
  /** Numbers of the columns that refer, as they were. */
  readonly columns: readonly number[];
}

type Found = Pick<TableComparison, 'lost' | 'columns'>;

export class Comparison {
  readonly #query: RawQuery;

  constructor(query: RawQuery) {
    this.#query = query;
  }

  async countAfter(table: Table): Promise<number> {
    return this.#number(`select count(*) as n from ${rowsOf(table)}`);
  }

  /** Whether a new column has values of rows: those of the old one, or any that differ. */
  async isFilled({ before, after }: TablePair, old: Column, added: Column): Promise<boolean> {
    const name = quoted(added.name);
    const [row] = await this.#query(`select count(distinct ${name}::text) > 1 or (
        count(${name}) > 0 and (select count(distinct ${keptColumn(old.number)}) from ${before.kept}) <= 1
        and min(${name}::text) is not distinct from (select min(${keptColumn(old.number)}) from ${before.kept})
      ) as filled from ${rowsOf(after)}`);
    return row?.filled === true;
  }

  /** Values of a column of before that are not NULL, in rows that are still there. */
  async values(pair: TablePair, column: Column): Promise<RowDifference> {
    const key = keyOf(pair.before.table).map(({ number }) => number);
    const join = joinOf(
      pair,
      await this.#comparables({
        ...pair,
        columns: pair.columns.filter(([{ number }]) => key.includes(number)),
      }),
    );
    const still =
      join === null ? '' : ` and exists (select from ${rowsOf(pair.after)} m where ${join})`;
    const from = `from ${pair.before.kept} b where b.${keptColumn(column.number)} is not null${still}`;
    return {
      rows: await this.#number(`select count(*) as n ${from}`),
      keys: await this.#keys(pair.before, from),
    };
  }

  /**
   * Rows of before whose parents are gone; of those that are gone themselves, or have another value
   * in a column. Without a key, of all. Infinite where it can't be told.
   */
  async parentless(
    pair: TablePair,
    reaching: readonly Parents[],
    column: Column | null,
    which: Which,
  ): Promise<number> {
    if (reaching.length === 0) return 0;
    const condition = isParentless(reaching);
    const compared = await this.#comparables(pair);
    const join = joinOf(pair, compared);
    const lost = otherwise(pair, compared, column, which);
    try {
      return await this.#number(
        join === null
          ? `select count(*) as n from ${pair.before.kept} b where ${condition}`
          : `select count(*) as n from ${pair.before.kept} b
              left join ${rowsOf(pair.after)} m on ${join} where ${lost} and (${condition})`,
      );
    } catch {
      // Keys of another type than they had.
      return Number.POSITIVE_INFINITY;
    }
  }

  /** Rows whose value of a column became NULL, although their parents are there. */
  async nulled(
    pair: TablePair,
    reaching: readonly Parents[],
    column: Column,
    which: Which,
  ): Promise<number> {
    const compared = await this.#comparables(pair);
    const join = joinOf(pair, compared);
    const now = compared.find(({ before }) => before.number === column.number)?.now;
    if (reaching.length === 0 || now === undefined) return 0;
    if (join === null) {
      // How many less there are, as nobody knows which.
      return this.#number(`select greatest(0,
        (select count(*) from ${pair.before.kept} b
          where b.${keptColumn(column.number)} is not null and not (${isParentless(reaching)})) -
        (select count(*) from ${rowsOf(pair.after)} m where ${now} is not null)) as n`);
    }
    return this.#number(`select count(*) as n from ${pair.before.kept} b
      join ${rowsOf(pair.after)} m on ${join}
      where ${otherwise(pair, compared, column, which)} and ${now} is null
        and not (${isParentless(reaching)})`);
  }

  /**
   * How many rows can have been followed where parents have other keys now: rows that referred to one parent go with it all, or
   * all get its new key.
   *
   * @param columns numbers of those that refer
   * @param gone how many parents were deleted at most
   */
  async ofOneParent(
    pair: TablePair,
    columns: readonly number[],
    column: Column | null,
    which: Which,
    gone: number,
  ): Promise<number> {
    const compared = await this.#comparables(pair);
    const join = joinOf(pair, compared);
    if (join === null) return Number.POSITIVE_INFINITY;
    const refer = columns.map((number) => `b.${keptColumn(number)}`);
    const lost = otherwise(pair, compared, column, which);
    const now = compared.find(({ before }) => before.number === column?.number)?.now;
    const from = `from ${pair.before.kept} b left join ${rowsOf(pair.after)} m on ${join}
      where ${refer.map((each) => `${each} is not null`).join(' and ')}`;
    const most =
      now === undefined
        ? `select count(*) filter (where ${lost}) as rows ${from} group by ${refer.join(', ')}
          having bool_and(m.tableoid is null) order by 1 desc ${Number.isFinite(gone) ? `limit ${gone}` : ''}`
        : `select distinct on (${refer.join(', ')}) count(*) filter (where ${lost}) as rows ${from}
          group by ${[...refer, now].join(', ')} order by ${refer.join(', ')}, 1 desc`;
    return this.#number(`select coalesce(sum(rows), 0) as n from (${most}) as parents`);
  }

  /**
   * Keeps in mind which rows are gone, and which have other values in columns, for the judgement of
   * a later pass. Whether it could.
   */
  async remember(pair: TablePair, columns: readonly Column[]): Promise<boolean> {
    const compared = await this.#comparables(pair);
    const join = joinOf(pair, compared);
    if (join === null) return false;
    const { seen, kept } = pair.before;
    await this.#query(`create table if not exists ${seen} (place tid, number int)`);
    await this.#query(`truncate ${seen}`);
    for (const column of [null, ...columns]) {
      await this.#query(`insert into ${seen} select b.ctid, ${column?.number ?? 0} from ${kept} b
        left join ${rowsOf(pair.after)} m on ${join} where ${otherwise(pair, compared, column, 'all')}`);
    }
    return true;
  }

  /** How many rows are gone, or have another value in a column, that were not when it was remembered. */
  async fresh(pair: TablePair, column: Column | null): Promise<number> {
    const compared = await this.#comparables(pair);
    const join = joinOf(pair, compared);
    if (join === null) return 0;
    return this.#number(`select count(*) as n from ${pair.before.kept} b
      left join ${rowsOf(pair.after)} m on ${join} where ${otherwise(pair, compared, column, 'fresh')}`);
  }

  /**
   * Rows with another value in a column that have one of some keys.
   *
   * @param keys as texts, in the order of the key
   */
  async changedAt(
    pair: TablePair,
    column: Column,
    which: Which,
    keys: readonly (readonly string[])[],
  ): Promise<number> {
    const compared = await this.#comparables(pair);
    const join = joinOf(pair, compared);
    if (join === null || keys.length === 0) return 0;
    const key = keyOf(pair.before.table);
    const names = key.map(({ number }) => `b.${keptColumn(number)}`).join(', ');
    const rows = keys.map(
      (values) =>
        `(${values.map((value, at) => `${literal(value)}::${key[at]?.type}::text`).join(', ')})`,
    );
    try {
      return await this.#number(`select count(*) as n from ${pair.before.kept} b
        join ${rowsOf(pair.after)} m on ${join}
        where ${otherwise(pair, compared, column, which)} and (${names}) in (${rows.join(', ')})`);
    } catch {
      // What was written was of another type then.
      return 0;
    }
  }

  /** Rows with another value in a column, and the same ones in others; 0 where no key tells. */
  async changedApart(pair: TablePair, column: Column, others: readonly number[]): Promise<number> {
    const compared = await this.#comparables(pair);
    const join = joinOf(pair, compared);
    const of = (number: number) => compared.find(({ before }) => before.number === number)?.differs;
    const changed = of(column.number);
    if (join === null || !changed) return 0;
    const same = others.flatMap((number) => of(number) ?? []).map((each) => ` and not ${each}`);
    return this.#number(`select count(*) as n from ${pair.before.kept} b
      join ${rowsOf(pair.after)} m on ${join} where ${changed}${same.join('')}`);
  }

  async compare(pair: TablePair): Promise<TableComparison> {
    const rowsBefore = pair.before.rows;
    const rowsAfter = await this.countAfter(pair.after);
    const counts = { rowsBefore, rowsAfter };
    if (rowsBefore === 0) return { ...counts, lost: nothing, columns: [] };
    const columns = await this.#comparables(pair);
    const join = joinOf(pair, columns);
    const found =
      join === null
        ? await this.#byContent(pair, columns, Math.max(0, rowsBefore - rowsAfter))
        : await this.#byKey(pair, columns, join);
    return { ...counts, ...found };
  }

  #comparables({ before, after, columns }: TablePair): Promise<readonly Comparable[]> {
    return comparablesOf(this.#query, before, after, columns);
  }

  async #byKey(pair: TablePair, compared: readonly Comparable[], join: string): Promise<Found> {
    const { kept } = pair.before;
    const from = `from ${kept} b left join ${rowsOf(pair.after)} m on ${join}`;
    const gone = 'm.tableoid is null';
    const other = ({ differs }: Comparable) => `not ${gone} and ${differs}`;
    const conditions = [gone, ...compared.map(other)];
    const sums: number[] = [];
    for (let at = 0; at < conditions.length; at += JOINED) {
      const counts = conditions
        .slice(at, at + JOINED)
        .map((condition) => `count(*) filter (where ${condition})`);
      const [row] = await this.#query(`select to_json(array[${counts.join(', ')}]) as n ${from}`);
      sums.push(...((row?.n ?? []) as readonly number[]));
    }
    const [lost = 0, ...changes] = sums;
    const columns: ColumnDifference[] = [];
    for (const [at, each] of compared.entries()) {
      const rows = changes[at] ?? 0;
      if (rows === 0) continue;
      const changed = `${from} where ${other(each)}`;
      const toNull = await this.#number(`select count(*) as n ${changed} and ${each.now} is null`);
      const keys = await this.#keys(pair.before, changed);
      columns.push({ column: each.before.name, rows, toNull, keys });
    }
    const keys = lost === 0 ? [] : await this.#keys(pair.before, `${from} where ${gone}`);
    return { lost: { rows: lost, keys }, columns };
  }

  /**
   * Without a key: which rows of before are not found again, counting equal ones. Those that are
   * not missing are there with other values.
   *
   * @param missing how many rows there are less
   */
  async #byContent(
    pair: TablePair,
    compared: readonly Comparable[],
    missing: number,
  ): Promise<Found> {
    const content = compared.filter(({ before }) => !pair.rekeyed.has(before.number));
    const unmatched = await this.#unmatched(pair, content);
    const lost = { rows: Math.min(unmatched, missing), keys: [] };
    const columns: ColumnDifference[] = [];
    const changed = unmatched - lost.rows;
    if (changed > 0) {
      const column = await this.#changedColumn(pair, content, missing);
      columns.push({ column, rows: changed, toNull: 0, keys: [] });
    }
    if (content.length < compared.length) {
      const rows = (await this.#unmatched(pair, compared)) - unmatched;
      for (const { before } of compared.filter((each) => !content.includes(each))) {
        if (rows > 0) columns.push({ column: before.name, rows, toNull: 0, keys: [] });
      }
    }
    return { lost, columns };
  }

  /** How many rows of before are not found again by what they hold beside keys that changed. */
  async unlike(pair: TablePair): Promise<number> {
    const compared = await this.#comparables(pair);
    const content = compared.filter(({ before }) => !pair.rekeyed.has(before.number));
    return content.length === 0 ? Number.POSITIVE_INFINITY : this.#unmatched(pair, content);
  }

  /** The one of another type, if all else is as it was; `*` where it can't be told. */
  async #changedColumn(pair: TablePair, content: readonly Comparable[], missing: number) {
    const [retyped, ...more] = content.filter(({ before, after }) => before.type !== after.type);
    if (!retyped || more.length > 0) return '*';
    const others = content.filter((each) => each !== retyped);
    return (await this.#unmatched(pair, others)) > missing ? '*' : retyped.before.name;
  }

  async #unmatched(pair: TablePair, compared: readonly Comparable[]): Promise<number> {
    const rows = (sides: readonly string[], from: string) => {
      const columns = sides.length === 0 ? 'true' : sides.join(', ');
      return `select ${columns}, row_number() over (partition by ${columns}) from ${from}`;
    };
    const before = rows(
      compared.map(({ was }) => was),
      `${pair.before.kept} b`,
    );
    const after = rows(
      compared.map(({ now }) => now),
      `${rowsOf(pair.after)} m`,
    );
    return this.#number(`select count(*) as n from (${before} except ${after}) as gone`);
  }

  async #keys({ table }: KeptTable, from: string): Promise<string[]> {
    const key = keyOf(table);
    if (key.length === 0) return [];
    const names = key.map(({ number }) => `b.${keptColumn(number)}`);
    const order = key.map(({ type }, at) =>
      NUMBER.test(type) ? `${names[at]}::numeric` : names[at],
    );
    const rows = await this.#query(
      `select ${names.map((name, at) => `${name} as k${at}`).join(', ')} ${from}
        order by ${order.join(', ')} limit ${KEYS}`,
    );
    return rows.map((row) =>
      key.map(({ name, type }, at) => `${name} = ${shownValue(row[`k${at}`], type)}`).join(', '),
    );
  }

  async #number(sql: string): Promise<number> {
    const [row] = await this.#query(sql);
    return Number(row?.n ?? 0);
  }
}

/** Columns of each side; a join may have 1,664, and a table 1,600. */
const JOINED = 500;

const nothing: RowDifference = { rows: 0, keys: [] };

/** How a row of before is found afterwards; null if its key is gone. */
function joinOf({ before, rekeyed }: TablePair, compared: readonly Comparable[]): string | null {
  const key = keyOf(before.table);
  if (key.length === 0 || rekeyed.size > 0) return null;
  const terms = key.map(({ number }) => {
    const column = compared.find((each) => each.before.number === number);
    return column ? `${column.now} = ${column.was}` : null;
  });
  return terms.includes(null) ? null : terms.join(' and ');
}

/** A condition on a row of before: one of what it refers to is gone. */
function isParentless(reaching: readonly Parents[]): string {
  const gone = reaching.map(({ table, keys, columns }) => {
    const kept = columns.map((number) => `b.${keptColumn(number)}`);
    const same = keys.map(({ name, type }, at) => `q.${quoted(name)} = ${kept[at]}::${type}`);
    return `(${kept.map((each) => `${each} is not null and `).join('')}not exists (
      select from ${rowsOf(table)} q where ${same.join(' and ')}))`;
  });
  return gone.join(' or ');
}

/** A condition on a row of before: it is gone, or has another value in a column. */
function otherwise(
  { before }: TablePair,
  compared: readonly Comparable[],
  column: Column | null,
  which: Which,
): string {
  const number = column?.number ?? 0;
  const differs = compared.find((each) => each.before.number === number)?.differs ?? 'false';
  const condition =
    column === null ? 'm.tableoid is null' : `m.tableoid is not null and ${differs}`;
  return which === 'all'
    ? condition
    : `${condition} and not exists (
        select from ${before.seen} s where s.place = b.ctid and s.number = ${number})`;
}

const NUMBER = /^(smallint|integer|bigint|numeric|oid)\b(?!.*\[)/;
const LONGEST = 60;

/** A value of a type, shortened, as it would be written. */
export function shownValue(value: unknown, type: string): string {
  if (value == null) return 'null';
  const text = String(value);
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return NUMBER.test(type) ? cut : `'${cut}'`;
}

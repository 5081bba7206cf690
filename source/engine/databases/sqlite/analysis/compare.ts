/**
 * Compares the rows of two SQLite files exactly, row by row and value by value, inside SQLite:
 * memory does not grow with the database, and a million rows take a fraction of a second.
 *
 * Values are equal if SQLite's `is` says so without collations. Where the declared type of a
 * column changed, a conversion that can be undone is allowed: '12' became 12, and is no loss, but
 * '012' is.
 */

import { DatabaseSync } from 'node:sqlite';
import type { ColumnDifference, RowDifference, TableComparison } from '../../data-loss-findings.ts';
import {
  affinityOf,
  type Column,
  keyOf,
  literal,
  quoted,
  ROW_LOG,
  rowidOf,
  type Table,
} from '../catalogue/schema.ts';
import type { Cut } from '../parser/lineage.ts';
import { keysFrom } from './keys.ts';
import { isLogged, isOfTables, isReplaced, isSet, keyNames, keyText } from './row-log.ts';

export interface TablePair {
  readonly before: Table;
  readonly after: Table;
  /** Columns of before and what they are now; the others are not compared. */
  readonly columns: readonly (readonly [before: Column, after: Column])[];
}

/** Files that are looked at beside the two that are compared. */
interface Others {
  /**
   * Made just as `before` was: where the two differ, time or chance made the values, and it is no
   * loss that afterwards has others.
   */
  readonly again?: string | null;
  /** What both were made of. */
  readonly start?: string | null;
  /** What the upgrade made of before, where afterwards is what the downgrade made of that. */
  readonly upgraded?: string | null;
  /** Where it was noted which rows statements touch. */
  readonly log?: string | null;
  /** Made as `main` was, while references were followed: values of other rows do not matter. */
  readonly meant?: string | null;
  /** The pass itself, where neither of the two is: what it has is not gone. */
  readonly real?: string | null;
}

interface How {
  /** Compares those alone: where before has NULL, there is none to lose. */
  readonly values?: boolean;
  /** Rows without a key have the numbers that they had. */
  readonly numbered?: boolean;
}

/** Two databases side by side; `main` is the one of afterwards, `before` what it is measured by. */
export class Comparison implements Disposable {
  readonly #database: DatabaseSync;
  readonly #again: boolean;
  /** Beside `main`. */
  readonly #sides: string[] = [];

  constructor(afterPath: string, before: string, others: Others = {}) {
    this.#database = new DatabaseSync(afterPath, { timeout: 5_000 });
    this.#again = others.again != null;
    for (const [name, path] of Object.entries({ before, ...others })) {
      if (path == null) continue;
      this.#database.prepare(`attach database ? as ${name}`).run(path);
      this.#sides.push(name);
    }
    this.#database.exec('pragma query_only = on');
  }

  /**
   * Lets `work` compare with what `change` makes of before, which is undone when it ends. No
   * trigger acts meanwhile.
   */
  changed<T>(change: (database: DatabaseSync) => void, work: () => T): T {
    this.#database.exec('pragma foreign_keys = off; pragma query_only = off; begin');
    try {
      for (const side of this.#sides) {
        const triggers = this.#database
          .prepare(`select name from ${side}.sqlite_schema where type = 'trigger'`)
          .all();
        for (const { name } of triggers) {
          this.#database.exec(`drop trigger ${side}.${quoted(String(name))}`);
        }
      }
      change(this.#database);
      return work();
    } finally {
      this.#database.exec('rollback; pragma query_only = on');
    }
  }

  /** Lets `make` make temporary tables, which stay. */
  prepare<T>(make: (database: DatabaseSync) => T): T {
    this.#database.exec('pragma query_only = off');
    const made = make(this.#database);
    this.#database.exec('pragma query_only = on');
    return made;
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

  /** Values that are texts or blobs there, though their column is of numbers. */
  unconverted(pair: TablePair, column: Column): RowDifference {
    const join = this.#isAmbiguous(pair) ? null : joinOf(pair);
    const meant = this.#sameIn('meant', pair.after, 'm');
    const stays = meant === null ? '' : ` and exists (select 1 from ${meant})`;
    const isOther = `typeof(m.${quoted(column.name)}) in ('text', 'blob')${stays}`;
    const rows = this.#number(
      `select count(*) from main.${quoted(pair.after.name)} m where ${isOther}`,
    );
    if (rows === 0 || join === null) return { rows, keys: [] };
    const from = `from before.${quoted(pair.before.name)} b cross join main.${quoted(pair.after.name)} m on ${join} where ${isOther}`;
    return { rows, keys: this.#keys(pair.before, from, column.name) };
  }

  /**
   * Rows of before that are not there because another one replaced them, as was noted of a run.
   *
   * @param rekeyed rows were given other keys: one that has the key may be another row
   */
  replaced(pair: TablePair, names: readonly string[], rekeyed: boolean): number {
    const join = joinOf(pair);
    if (join === null) return 0;
    const there = rekeyed
      ? ''
      : `not exists (select 1 from main.${quoted(pair.after.name)} m where ${join}) and `;
    return this.#number(
      `select count(*) from before.${quoted(pair.before.name)} b
        where ${there}${isReplaced('main', names, keyTextOf(pair.before))}`,
    );
  }

  /** Rows of before that are not there because a statement deleted them, as was noted of a run. */
  deleted(pair: TablePair, names: readonly string[]): number | null {
    const join = joinOf(pair);
    if (join === null || !this.#isNotedAlike(pair, names)) return null;
    return this.#number(
      `select count(*) from before.${quoted(pair.before.name)} b
        where not exists (select 1 from main.${quoted(pair.after.name)} m where ${join})
          and ${isLogged('main', names, keyTextOf(pair.before), 'deleted')}`,
    );
  }

  /**
   * Rows that have another value there and that a statement gave one, as was noted of a run.
   *
   * @param called all that the column was called in its course
   */
  touched(
    pair: TablePair,
    names: readonly string[],
    column: string,
    called: readonly string[],
  ): number | null {
    const join = joinOf(pair);
    const compared = pair.columns.find(([{ name }]) => name === column);
    if (join === null || !compared || !this.#isNotedAlike(pair, names)) return null;
    const [one, other] = compared;
    const now = `m.${quoted(other.name)}`;
    // What a statement wrote may have become something else when it was converted.
    const values =
      affinityOf(one.type) === affinityOf(other.type)
        ? []
        : [now, `cast(${now} as ${castOf(one)})`];
    return this.#number(
      `select count(*) from before.${quoted(pair.before.name)} b
         cross join main.${quoted(pair.after.name)} m on ${join}
        where ${differs(...compared)} and ${isSet('main', names, keyTextOf(pair.before), called, values)}`,
    );
  }

  /**
   * Rows that have another value there, and that had what a cut made of theirs; null if there is no
   * telling.
   *
   * @param side where it was cut
   * @param cut the table and the column there, and how
   */
  cut(
    pair: TablePair,
    column: string,
    side: 'main' | 'upgraded',
    cut: { readonly made: TablePair; readonly column: Column; readonly how: Cut },
  ): RowDifference | null {
    const join = joinOf(pair);
    const found = joinOf(cut.made, 'c');
    const compared = pair.columns.find(([{ name }]) => name === column);
    if (join === null || found === null || !compared) return null;
    const value = `(select ${cut.how.sql} from (select b.${quoted(column)} as ${quoted(cut.how.column)}))`;
    const isCut = `c.${quoted(cut.column.name)} is ${value} collate binary`;
    const from = `from before.${quoted(pair.before.name)} b
      cross join main.${quoted(pair.after.name)} m on ${join}
      where ${differs(...compared)}
        and exists (select 1 from ${side}.${quoted(cut.made.after.name)} c where ${found} and ${isCut})`;
    try {
      return { rows: this.#number(`select count(*) ${from}`), keys: this.#keys(pair.before, from) };
    } catch (error) {
      // One that only the project's connection knows.
      if (error instanceof Error && /no such function/.test(error.message)) return null;
      throw error;
    }
  }

  /** Whether rows were noted by the key that they are found by, from the first statement to the last. */
  #isNotedAlike({ before, columns }: TablePair, names: readonly string[]): boolean {
    const by = literal(keyNames(keyOf(before) ?? [rowidOf(before)]));
    const converts = columns.some(
      ([one, other]) => one.key > 0 && affinityOf(one.type) !== affinityOf(other.type),
    );
    return (
      !converts &&
      this.#number(
        `select exists (select 1 from main.${ROW_LOG} where ${isOfTables(names)} and doing <> 'set' and by_columns <> ${by})`,
      ) === 0
    );
  }

  /** Keys whose row another one replaced that has it now, as was noted of a run. */
  replacedAgain(names: readonly string[]): number {
    return this.#number(
      `select count(distinct key) from main.${ROW_LOG} where doing = 'again' and ${isOfTables(names)}`,
    );
  }

  compare(pair: TablePair, { values = false, numbered = false }: How = {}): TableComparison {
    const rowsBefore = this.#number(`select count(*) from before.${quoted(pair.before.name)}`);
    const rowsAfter = this.#number(`select count(*) from main.${quoted(pair.after.name)}`);
    const join = this.#isAmbiguous(pair) ? null : joinOf(pair);
    const counts = { rowsBefore, rowsAfter };
    if (rowsBefore === 0) return { ...counts, lost: nothing, columns: [] };
    if (join === null) return { ...counts, ...this.#byContent(pair, rowsAfter < rowsBefore) };
    if (this.#hasChanceKeys(pair)) {
      const key = keyOf(pair.before) ?? [];
      const columns = pair.columns.filter(([{ name }]) => !key.includes(name));
      return { ...counts, ...this.#byContent({ ...pair, columns }, rowsAfter < rowsBefore) };
    }
    const byKey = { ...counts, ...this.#byKey(pair, join, counts, values) };
    const same = byKey.lost.rows === 0 && byKey.columns.length === 0;
    // Rows without a primary key may have been numbered anew.
    if (same || numbered || keyOf(pair.before) !== null) return byKey;
    return { ...counts, ...this.#byContent(pair, rowsAfter < rowsBefore) };
  }

  /** Whether time or chance make keys, by which no row is found in another run then. */
  #hasChanceKeys(pair: TablePair): boolean {
    if (!this.#again) return false;
    const same = sameRow(pair.before, 'a');
    const table = quoted(pair.before.name);
    return (
      same !== null &&
      this.#number(
        `select exists (select 1 from before.${table} b where not exists (select 1 from again.${table} a where ${same}))`,
      ) > 0
    );
  }

  /** Columns of a key may hold NULL where nobody forbade it (https://sqlite.org/nulls.html). */
  #isAmbiguous({ before, after }: TablePair): boolean {
    const sides = [
      ['before', before],
      ['main', after],
    ] as const;
    return sides.some(([schema, table]) => {
      const loose = table.withoutRowid ? [] : table.columns.filter((c) => c.key > 0 && !c.notNull);
      if (loose.length === 0) return false;
      const empty = loose.map(({ name }) => `${quoted(name)} is null`).join(' or ');
      return this.#number(
        `select exists (select 1 from ${schema}.${quoted(table.name)} where ${empty})`,
      );
    });
  }

  #byKey(
    pair: TablePair,
    join: string,
    { rowsBefore, rowsAfter }: Pick<TableComparison, 'rowsBefore' | 'rowsAfter'>,
    values: boolean,
  ) {
    const before = `from before.${quoted(pair.before.name)} b`;
    const from = `${before} cross join main.${quoted(pair.after.name)} m on ${join}`;
    const twice = this.#again ? `again.${quoted(pair.before.name)} a` : null;
    const sameAgain = sameRow(pair.before, 'a');
    const excused =
      twice === null || sameAgain === null
        ? () => '0'
        : (b: string, m: string) => {
            const chance = `exists (select 1 from ${twice} where ${sameAgain} and a.${b} is not b.${b} collate binary)`;
            // Time and chance make other values, and never none.
            return `(${chance} and (m.${m} is not null or b.${b} is null))`;
          };
    const meant = this.#sameIn('meant', pair.after, 'm');
    const staying = meant === null ? '' : ` and exists (select 1 from ${meant})`;
    const real = this.#sameIn('real', pair.before, 'b');
    const isReal = (b: string) =>
      real === null
        ? ''
        : ` and not exists (select 1 from ${real} and g.${b} is b.${b} collate binary)`;
    const pairs = pair.columns.map(([one, other]) => ({
      column: one.name,
      differs: `(${differs(one, other)} and not ${excused(quoted(one.name), quoted(other.name))}${staying}${isReal(quoted(one.name))}${values ? ` and b.${quoted(one.name)} is not null` : ''})`,
      toNull: `(b.${quoted(one.name)} is not null and m.${quoted(other.name)} is null)`,
    }));
    const any = pairs.map(({ differs }) => differs).join(' or ') || '0';
    const [matched = 0, different] = this.#numbers(`select count(*), total(${any}) ${from}`);
    const absent = `${before} where not exists (select 1 from main.${quoted(pair.after.name)} m where ${join})`;
    // One that has its key and other values is another row, or has lost something of its own.
    const equal = pair.before.columns
      .filter(({ generated }) => !generated)
      .map(({ name }) => ` and g.${quoted(name)} is b.${quoted(name)} collate binary`)
      .join('');
    const gone =
      real === null ? absent : `${absent} and not exists (select 1 from ${real}${equal})`;
    const lost =
      matched === rowsBefore
        ? nothing
        : this.#lost(
            pair.before,
            gone,
            rowsAfter - matched,
            twice && sameAgain && `${twice} where ${sameAgain}`,
          );
    if (!different) return { lost, columns: [] };
    const sums = this.#numbers(
      `select ${pairs.map((each) => `total(${each.differs}), total(${each.differs} and ${each.toNull})`).join(', ')} ${from}`,
    );
    const columns = pairs.flatMap(({ column, differs }, index): ColumnDifference[] => {
      const rows = sums[2 * index] ?? 0;
      if (rows === 0) return [];
      const keys = this.#keys(pair.before, `${from} where ${differs}`);
      return [{ column, rows, toNull: sums[2 * index + 1] ?? 0, keys }];
    });
    return { lost, columns };
  }

  /** The table `g` of a side, and how its row with the key of `row` is found; null if it has none. */
  #sameIn(side: keyof Others, table: Table, row: 'b' | 'm'): string | null {
    if (!this.#hasColumns(side, table)) return null;
    const same = sameRow(table, 'g', row);
    return same ? `${side}.${quoted(table.name)} g where ${same}` : null;
  }

  #hasColumns(side: keyof Others, table: Table): boolean {
    if (!this.#sides.includes(side)) return false;
    const there = this.#database
      .prepare(`select name from pragma_table_xinfo(?, ?)`)
      .all(table.name, side)
      .map(({ name }) => String(name));
    return table.columns.every(({ name }) => there.includes(name));
  }

  /**
   * Rows whose key time or chance made have another one each time: of those it is only known how
   * many there should be.
   *
   * @param others rows of afterwards that before has not
   * @param again how a row of before is found in the third database
   */
  #lost(table: Table, gone: string, others: number, again: string | null): RowDifference {
    if (again === null) {
      return { rows: this.#number(`select count(*) ${gone}`), keys: this.#keys(table, gone) };
    }
    const certain = `${gone} and exists (select 1 from ${again})`;
    const rows = this.#number(`select count(*) ${certain}`);
    const all = this.#number(`select count(*) ${gone}`);
    return { rows: rows + Math.max(0, all - rows - others), keys: this.#keys(table, certain) };
  }

  /** Without a key: which rows of before are not found again, counting equal ones. */
  #byContent(pair: TablePair, fewer: boolean) {
    if (pair.columns.length === 0) return { lost: nothing, columns: [] };
    const other = this.missing(pair);
    const chance = other > 0 && this.#again ? this.missing(pair, 'again') : 0;
    const twice = other > 0 ? this.#putBack(pair, numbered('before', pair, 0)) : 0;
    const rows = Math.max(0, other - chance - twice);
    if (rows === 0) return { lost: nothing, columns: [] };
    if (fewer) return { lost: { rows, keys: [] }, columns: [] };
    // None is missing, so they are there with other values; which column can't be told.
    return { lost: nothing, columns: [{ column: '*', rows, toNull: 0, keys: [] }] };
  }

  /** Rows of before whose values no row there has, counting equal ones. */
  missing(pair: TablePair, side: 'main' | 'again' = 'main'): number {
    const there = numbered(side, pair, side === 'main' ? 1 : 0);
    return this.#number(`select count(*) from (${numbered('before', pair, 0)} except ${there})`);
  }

  /**
   * Rows that a run has beyond those that it began with, because they never went and were put back
   * all the same.
   *
   * @param numbered rows of before, equal ones counted
   */
  #putBack({ before, after, columns }: TablePair, numbered: string): number {
    const names = columns.map(([{ name }]) => quoted(name));
    if (keyOf(before) !== null || !this.#hasColumns('start', before)) return 0;
    const counted = (schema: string, table: string, side: 0 | 1) => {
      const as = names.map((name, at) => `${valueIn(columns[at], side)} as ${name}`);
      return `select ${as.join(', ')}, count(*) as n from ${schema}.${quoted(table)} group by ${names.map((_, at) => at + 1).join(', ')}`;
    };
    const same = (alias: string) =>
      names.map((name) => `${alias}.${name} is b.${name}`).join(' and ');
    const listed = `select ${names.join(', ')}, max(rn) as n from (${numbered}) group by ${names.join(', ')}`;
    return this.#number(
      `select coalesce(sum(b.n - max(m.n, s.n)), 0) from (${listed}) b
         join (${counted('start', before.name, 0)}) s on ${same('s')}
         join (${counted('main', after.name, 1)}) m on ${same('m')}
        where b.n > max(m.n, s.n)`,
    );
  }

  /** @param column of afterwards, whose value is told as well */
  #keys(table: Table, from: string, column: string | null = null): string[] {
    const told = column === null ? [] : [{ name: column, value: `m.${quoted(column)}` }];
    return keysFrom(this.#database, table, from, told);
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

/** Rows of a side of a pair, each with how many equal ones came before it. */
function numbered(schema: string, pair: TablePair, side: 0 | 1): string {
  const { name } = side === 0 ? pair.before : pair.after;
  const values = pair.columns.map((each) => `${valueIn(each, side)} collate binary`).join(', ');
  const all = values || '1';
  return `select ${all}, row_number() over (partition by ${all}) as rn from ${schema}.${quoted(name)}`;
}

/** A value of a column of a side; what was converted, as it was before. */
function valueIn(column: TablePair['columns'][number] | undefined, side: 0 | 1): string {
  if (!column) return 'null';
  const [before, after] = column;
  const name = quoted(column[side].name);
  const converted = side === 1 && affinityOf(before.type) !== affinityOf(after.type);
  // Of a column that takes any type it is not known what was there.
  return converted && castOf(before) !== 'blob' ? `cast(${name} as ${castOf(before)})` : name;
}

/** How a row of before is found afterwards; null if its key is gone or another one. */
export function joinOf(
  { before, after, columns }: TablePair,
  alias = 'm',
  row = 'b',
): string | null {
  const key = keyOf(before);
  if (key === null) {
    if (before.withoutRowid || after.withoutRowid || keyOf(after) !== null) return null;
    return `${alias}.${rowidOf(after)} = ${row}.${rowidOf(before)}`;
  }
  const pairs = key.map((name) => columns.find(([column]) => column.name === name));
  const keyAfter = keyOf(after) ?? [];
  // Without its index every row would be looked for in all of them.
  if (keyAfter.length !== key.length) return null;
  const terms = pairs.map((pair, index) => {
    if (!pair || pair[1].name !== keyAfter[index]) return null;
    const [from, to] = pair;
    const name = `${row}.${quoted(from.name)}`;
    // A conversion on the side of the index would make SQLite pass the index by.
    const value =
      affinityOf(from.type) === affinityOf(to.type) ? name : `cast(${name} as ${castOf(to)})`;
    return `${alias}.${quoted(to.name)} is ${value}`;
  });
  return terms.includes(null) ? null : terms.join(' and ');
}

/** How a row of a table is found in the same table of another database; null if it can't be. */
export function sameRow(table: Table, alias: string, row = 'b'): string | null {
  const columns = table.columns.map((column) => [column, column] as const);
  return joinOf({ before: table, after: table, columns }, alias, row);
}

/** The key of the row `b` as it was noted. */
function keyTextOf(table: Table): string {
  return keyText('b', keyOf(table) ?? [rowidOf(table)]);
}

function castOf({ type }: Column): string {
  const affinity = affinityOf(type);
  return affinity === 'blob' ? 'blob' : affinity;
}

/**
 * The sign takes a column's affinity away (https://sqlite.org/datatype3.html, 3.2), so that 1 and
 * '1' differ where both columns may hold either; 1 and 1.0 differ by type alone.
 */
function differs(before: Column, after: Column): string {
  const [b, m] = [`b.${quoted(before.name)}`, `m.${quoted(after.name)}`];
  const same = `+${b} is +${m} collate binary and typeof(${b}) is typeof(${m})`;
  if (affinityOf(before.type) === affinityOf(after.type)) return `(not (${same}))`;
  // Converted to the new type is no difference where the old one gets the same value back; what is
  // too large for an integer is cast to the largest (https://sqlite.org/lang_expr.html#castexpr).
  const cut = `typeof(${m}) is 'real' and ${m} >= 9223372036854775808.0 and typeof(${b}) is 'integer'`;
  return `(not ((${same}) or (cast(${m} as ${castOf(before)}) is +${b} collate binary and not (${cut}))))`;
}

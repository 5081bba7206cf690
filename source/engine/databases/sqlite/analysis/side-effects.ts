/**
 * What one of two runs has, and the other has not, that are alike but for one thing: that it follows
 * references, or that its triggers act.
 */

import type { RowDifference, TableComparison } from '../../data-loss-findings.ts';
import { type ForeignKey, keyOf, type Schema, sameName, type Table } from '../catalogue/schema.ts';
import type { Lineage } from '../parser/lineage.ts';
import type { Comparison, TablePair } from './compare.ts';
import { ACTING, acts } from './follower.ts';
import { noteUnfounded, onlyAtHome, type Sides } from './homes.ts';
import { oldTables, onlyOld } from './old-tables.ts';

export interface SideEffect {
  /** As the run has it that the other one is measured by. */
  readonly table: Table;
  readonly compared: TableComparison;
}

/** What one of two databases side by side has, and the other has not. */
export function compareAll(
  comparison: Comparison,
  twin: Schema,
  real: Schema,
): readonly SideEffect[] {
  return twin.tables.flatMap((table): SideEffect[] => {
    const compared = compareOne(comparison, table, real);
    return compared === null ? [] : [{ table, compared }];
  });
}

/** The same of one table; null where the other has all of it, or its rows are not compared. */
function compareOne(comparison: Comparison, table: Table, real: Schema): TableComparison | null {
  if (table.virtual) return null;
  const pair = pairOf(table, real);
  const compared = pair ? comparison.compare(pair) : missing(comparison.count(table.name));
  return compared.lost.rows > 0 || compared.columns.length > 0 ? compared : null;
}

function pairOf(table: Table, other: Schema): TablePair | null {
  const after = other.tables.find(({ name }) => sameName(name, table.name));
  if (!after || after.virtual) return null;
  const columns = table.columns.flatMap((column) => {
    const same = after.columns.find(({ name }) => sameName(name, column.name));
    return same && !column.generated && !same.generated ? [[column, same] as const] : [];
  });
  return { before: table, after, columns };
}

function missing(rows: number): TableComparison {
  return { rowsBefore: rows, rowsAfter: 0, lost: { rows, keys: [] }, columns: [] };
}

/** What is left of one when the other is taken away; null if nothing is. */
export function without(
  all: TableComparison,
  part: TableComparison | undefined,
): TableComparison | null {
  if (!part) return all;
  const known = new Set(part.lost.keys);
  const lost = {
    rows: Math.max(0, all.lost.rows - part.lost.rows),
    keys: all.lost.keys.filter((key) => !known.has(key)),
  };
  const columns = all.columns.flatMap((column) => {
    const own = part.columns.find((each) => each.column === column.column);
    const rows = column.rows - (own?.rows ?? 0);
    const keys = column.keys.filter((key) => !own?.keys.includes(key));
    return rows > 0 ? [{ ...column, rows, toNull: column.toNull - (own?.toNull ?? 0), keys }] : [];
  });
  return lost.rows === 0 && columns.length === 0 ? null : { ...all, lost, columns };
}

export interface Followed {
  /** Went although what it refers to is there: a statement came too late that gave it that. */
  readonly lost: readonly SideEffect[];
  /** With rows of these tables that statements took away. */
  readonly followed: readonly (SideEffect & { readonly parents: readonly string[] })[];
  /** What statements of the run did otherwise, as they met other rows. */
  readonly otherwise: readonly SideEffect[];
}

const NONE: RowDifference = { rows: 0, keys: [] };

/** @param comparison of a run that follows references with one that does not; both without triggers */
export function followed(comparison: Comparison, sides: Sides): Followed {
  const tables = oldTables(sides.start, sides.before, sides.lineage);
  const references = referencesOf(sides).filter(acts);
  const isOld = (table: Table) => tables.some(({ pair }) => pair.after === table);
  const refers = (table: Table) => references.some((each) => sameName(each.table, table.name));
  // Rows that statements put there may have other keys in one run than in the other; where they
  // have the same, their references are compared as well.
  const compared = (which: { readonly all: boolean }) =>
    comparison
      .changed(
        (database) => {
          for (const table of which.all ? [] : tables) onlyOld(database, table);
        },
        () => compareAll(comparison, sides.before, sides.after),
      )
      .filter(({ table }) => isOld(table) || refers(table));
  const every = compared({ all: true });
  if (every.length === 0) return { lost: [], followed: [], otherwise: [] };
  const old = compared({ all: false });
  const unfounded = comparison.prepare((database) =>
    noteUnfounded(database, { tables, references, sides }),
  );
  const atHome = (
    table: Table,
    of: readonly ForeignKey[],
    { all }: { readonly all: boolean },
  ): TableComparison | null => {
    if (of.length === 0) return null;
    const own = all ? undefined : tables.find(({ pair }) => pair.after === table);
    return comparison.changed(
      (database) => {
        if (own) onlyOld(database, own);
        for (const reference of of) onlyAtHome(database, reference, sides, unfounded);
      },
      () => {
        const compared = compareOne(comparison, table, sides.after);
        return own || !compared ? compared : anewUnderOtherKeys(comparison, table, compared, sides);
      },
    );
  };
  const result = { lost: [], followed: [], otherwise: [] } as {
    [Part in keyof Followed]: Followed[Part][number][];
  };
  for (const { table, compared: both } of every) {
    const compared = old.find((each) => each.table === table)?.compared ?? {
      ...both,
      lost: NONE,
      columns: [],
    };
    const own = references.filter((each) => sameName(each.table, table.name));
    const taking = own.filter(({ onDelete }) => onDelete === 'cascade');
    // Rows that the revision makes may have other keys where others went before, as those have
    // whose key follows that of another row.
    const moving = own.filter(({ onUpdate }) => ACTING.has(onUpdate));
    const follows = keyOf(table)?.some((name) => isOf(moving, name)) ?? false;
    const others = isOld(table) && !follows ? 0 : othersIn(compared);
    const gone = compared.lost.rows > 0 ? atHome(table, taking, { all: false }) : null;
    const rows = gone === null ? NONE : fewer(gone.lost, others);
    const differing = [
      ...compared.columns.filter(({ column }) => column === '*'),
      ...both.columns.filter(({ column }) => column !== '*'),
    ];
    const columns = differing.flatMap(({ column }) => {
      // Without a key it is not known which column of a row it is.
      const of = column === '*' ? own : own.filter((each) => isOf([each], column));
      const others = column === '*' || of.some(({ onDelete }) => onDelete === 'set default');
      return (atHome(table, of, { all: column !== '*' })?.columns ?? [])
        .map((each) => (others ? each : { ...each, rows: each.toNull }))
        .filter((each) => each.column === column && each.rows > 0);
    });
    const lost = rows.rows > 0 || columns.length > 0 ? { ...compared, lost: rows, columns } : null;
    const rest = without(compared, lost ?? undefined);
    if (lost) result.lost.push({ table, compared: lost });
    if (!rest) continue;
    const [meant, otherwise] = own.length > 0 ? parted(rest, own) : [null, rest];
    const parents = [...new Set(own.map(({ parent }) => parent))];
    if (meant) result.followed.push({ table, compared: meant, parents });
    if (otherwise) result.otherwise.push({ table, compared: otherwise });
  }
  return result;
}

/** Less the rows that are there but for their keys, which statements may give otherwise in each run. */
function anewUnderOtherKeys(
  comparison: Comparison,
  table: Table,
  compared: TableComparison,
  { after }: Sides,
): TableComparison {
  const pair = pairOf(table, after);
  const key = keyOf(table) ?? [];
  const columns = pair?.columns.filter(([{ name }]) => !key.includes(name)) ?? [];
  if (!pair || columns.length === 0 || compared.lost.rows === 0) return compared;
  const missing = comparison.missing({ ...pair, columns });
  return { ...compared, lost: fewer(compared.lost, Math.max(0, compared.lost.rows - missing)) };
}

const isOf = (references: readonly ForeignKey[], column: string) =>
  references.some(({ columns }) => columns.some((each) => sameName(each, column)));

/** Rows of afterwards that before has not. */
function othersIn({ rowsBefore, rowsAfter, lost }: TableComparison): number {
  return Math.max(0, rowsAfter - (rowsBefore - lost.rows));
}

function fewer(lost: RowDifference, rows: number): RowDifference {
  return rows === 0 ? lost : { rows: Math.max(0, lost.rows - rows), keys: [] };
}

/** Rows and references; the values of other columns. */
function parted(
  compared: TableComparison,
  references: readonly ForeignKey[],
): readonly [TableComparison | null, TableComparison | null] {
  const columns = compared.columns.filter(
    ({ column }) => column === '*' || isOf(references, column),
  );
  const others = compared.columns.filter((each) => !columns.includes(each));
  return [
    compared.lost.rows > 0 || columns.length > 0 ? { ...compared, columns } : null,
    others.length > 0 ? { ...compared, lost: NONE, columns: others } : null,
  ];
}

/** Those of the end, and those of the start that were done away with after they acted. */
function referencesOf({ before, start, lineage }: Sides): readonly ForeignKey[] {
  const made = foreignKeysOf(before).map((key) => {
    const parent = continuing(key.parent, before, lineage);
    return withColumns(parent === null ? key : { ...key, parent }, before);
  });
  const old = foreignKeysOf(start).flatMap((key) => {
    const now = inLineage(withColumns(key, start), lineage);
    return now && !made.some((each) => isSame(each, now)) ? [now] : [];
  });
  return [...made, ...old];
}

/**
 * SQLite lets a reference follow a table that is renamed away, and then dropped; what it meant goes
 * on in the table that took its place. Null where there is none, or the parent is there.
 */
function continuing(parent: string, twin: Schema, { continued }: Lineage): string | null {
  const isThere = twin.tables.some(({ name }) => sameName(name, parent));
  return isThere ? null : (continued.get(parent.toLowerCase()) ?? null);
}

/** A reference of before under the names that its tables and columns have now. */
function inLineage(
  { table, columns, parent, parentColumns, ...actions }: ForeignKey,
  lineage: Lineage,
): ForeignKey | null {
  const child = lineage.tables.get(table.toLowerCase());
  const above = lineage.tables.get(parent.toLowerCase());
  // A parent that was dropped has no rows left, whatever its columns were.
  const names = {
    columns: columns.map((name) => child?.columns.get(name)?.now ?? null),
    parentColumns: above?.now
      ? parentColumns.map((name) => above.columns.get(name)?.now ?? null)
      : parentColumns,
  };
  if (!child?.now || !areThere(names.columns) || !areThere(names.parentColumns)) return null;
  return {
    ...actions,
    table: child.now,
    columns: names.columns,
    parent: above?.now ?? parent,
    parentColumns: names.parentColumns,
  };
}

function areThere(names: readonly (string | null)[]): names is readonly string[] {
  return !names.includes(null);
}

/** Whether both are references of the same columns to the same table. */
function isSame(a: ForeignKey, b: ForeignKey): boolean {
  return (
    sameName(a.table, b.table) &&
    a.columns.join().toLowerCase() === b.columns.join().toLowerCase() &&
    sameName(a.parent, b.parent) &&
    a.onDelete === b.onDelete &&
    a.onUpdate === b.onUpdate
  );
}

function foreignKeysOf({ tables }: Schema): readonly ForeignKey[] {
  return tables.flatMap(({ foreignKeys }) => foreignKeys);
}

/** With the columns that it refers to. */
function withColumns(key: ForeignKey, schema: Schema): ForeignKey {
  return key.parentColumns.length > 0 ? key : { ...key, parentColumns: keyIn(schema, key.parent) };
}

function keyIn(schema: Schema, table: string): readonly string[] {
  const found = schema.tables.find(({ name }) => sameName(name, table));
  return (found && keyOf(found)) ?? [];
}

/**
 * What a pass did by the way: what its twin has, which followed no references, and it has not.
 *
 * A row whose parent went in the twin as well was meant to go with it, as its foreign key says. To
 * tell those, the twin's rows without a parent are settled as their foreign keys say; whatever the
 * pass lacks then was lost while its parent was still there. A parent that got another key is not
 * gone: its rows follow it as “on update” says, or could not have been there.
 */

import type { DatabaseSync } from 'node:sqlite';
import type { PassRecord } from '../dialect.ts';
import type { TableComparison } from '../losses.ts';
import { type Comparison, joinOf, type TablePair } from './compare.ts';
import type { Lineage } from './lineage.ts';
import { isLoggedAlone, keyText, type Side } from './row-log.ts';
import {
  type ForeignKey,
  keyOf,
  quoted,
  rowidOf,
  type Schema,
  sameName,
  type Table,
} from './schema.ts';
import { readStatement } from './statement.ts';

export interface SideEffect {
  /** As the twin has it. */
  readonly table: Table;
  readonly compared: TableComparison;
}

export interface SideEffects {
  readonly lost: readonly SideEffect[];
  /** With rows of these tables that statements took away. */
  readonly followed: readonly (SideEffect & { readonly parents: readonly string[] })[];
}

/** A pass and its twin, side by side. */
interface Sides {
  /** What both began with. */
  readonly start: Schema;
  readonly twin: Schema;
  readonly real: Schema;
  /** From the start to the end of the twin. */
  readonly lineage: Lineage;
  /** Of the pass itself. */
  readonly statements: PassRecord['statements'];
  /** Which of the databases has a log of what statements touched; null if none has. */
  readonly log: Side | null;
  /** Whether a twin in which no trigger does anything is there as well, as `quiet`. */
  readonly quiet: boolean;
}

/** @param comparison of the pass with its twin */
export function sideEffects(comparison: Comparison, sides: Sides): SideEffects {
  const { twin, real, quiet } = sides;
  const all = compareAll(comparison, twin, real);
  if (all.length === 0) return { lost: [], followed: [] };
  const references = referencesOf(sides);
  // A parent that only a trigger took away was not meant to take its rows along.
  const parts: readonly Settled[] = quiet
    ? [
        { rows: 'quiet', parents: ['quiet'], real: 'main' },
        { rows: 'before', parents: ['before', 'quiet'], real: 'main' },
      ]
    : [{ rows: 'before', parents: ['before'], real: 'main' }];
  const lost = comparison.changed(
    (database) => settle(database, sides, references, parts),
    () => compareAll(comparison, twin, real),
  );
  return { lost, followed: takenAlong(all, lost, references) };
}

/** What is told of tables in one comparison and no more in the other. */
export function takenAlong(
  all: readonly SideEffect[],
  lost: readonly SideEffect[],
  references: readonly Reference[],
): SideEffects['followed'] {
  return all.flatMap(({ table, compared }) => {
    const own = lost.find((each) => each.table === table)?.compared;
    const rest = without(compared, own);
    const parents = references
      .filter(({ now }) => sameName(now.table, table.name))
      .map(({ now }) => now.parent);
    return rest ? [{ table, compared: rest, parents: [...new Set(parents)] }] : [];
  });
}

/** What one of two databases side by side has, and the other has not. */
export function compareAll(
  comparison: Comparison,
  twin: Schema,
  real: Schema,
): readonly SideEffect[] {
  return twin.tables.flatMap((table): SideEffect[] => {
    if (table.virtual) return [];
    const pair = pairOf(table, real);
    const compared = pair
      ? comparison.compare(pair, { values: true })
      : missing(comparison.count(table.name));
    return compared.lost.rows > 0 || compared.columns.length > 0 ? [{ table, compared }] : [];
  });
}

/** A reference as it is now, and as it was in the beginning if it was there. */
export interface Reference {
  readonly now: ForeignKey;
  readonly origin: ForeignKey | null;
}

/** Those of before count as well: a pass may do away with a reference after it acted. */
export function referencesOf({
  twin,
  start,
  lineage,
  statements,
}: Omit<Sides, 'quiet' | 'real'>): readonly Reference[] {
  const old = foreignKeysOf(start).flatMap((key): Reference[] => {
    const then = withColumns(key, start);
    const now = followed(then, lineage);
    return now ? [{ now, origin: then }] : [];
  });
  const made = foreignKeysOf(twin).map((key): Reference & { readonly acts: boolean } => {
    const parent = continuing(key.parent, twin, lineage);
    const now = withColumns(parent === null ? key : { ...key, parent }, twin);
    const known = old.find((each) => isSame(each.now, now));
    const origin = known?.origin ?? null;
    if (parent === null) return { now, origin, acts: true };
    // A column that it refers to may have another name in the table that took the parent's place.
    return { now: known?.now ?? now, origin, acts: false };
  });
  const ended = [
    ...made.filter(({ acts }) => !acts),
    ...old.filter(({ now }) => !made.some((each) => isSame(each.now, now))),
  ];
  return [
    ...made.filter(({ acts }) => acts),
    ...ended.filter((each) => !mayHaveEnded(each, statements, lineage)),
  ];
}

/**
 * SQLite lets a reference follow a table that is renamed away, and then dropped; what it meant goes
 * on in the table that took its place. Null where there is none, or the parent is there.
 */
function continuing(parent: string, twin: Schema, { continued }: Lineage): string | null {
  const isThere = twin.tables.some(({ name }) => sameName(name, parent));
  return isThere ? null : (continued.get(parent.toLowerCase()) ?? null);
}

/**
 * Whether a reference may have been done away with before statements took rows of its parent away,
 * and after something else took rows that referred to them: then those took nothing along.
 */
function mayHaveEnded(
  { now, origin }: Reference,
  statements: PassRecord['statements'],
  lineage: Lineage,
): boolean {
  const parents = [now.parent, origin?.parent];
  const isParent = (table: string) => parents.some((each) => sameName(table, each));
  const keys = [...now.parentColumns, ...(origin?.parentColumns ?? [])];
  const isKey = ({ column }: { readonly column: string }) =>
    keys.some((each) => sameName(column, each));
  const removing = statements.findLastIndex(({ sql }) => {
    const facts = readStatement(sql);
    if (!('table' in facts) || !isParent(facts.table)) return false;
    if (facts.kind === 'insert') return facts.replaces;
    if (facts.kind === 'update') return facts.assignments.some(isKey);
    return facts.kind === 'delete' || facts.kind === 'drop-table';
  });
  return statements
    .slice(0, Math.max(0, removing))
    .some(({ sql, changed }) => takesAlong(changed) && namedIn(sql, lineage) === null);
}

const takesAlong = (changed: PassRecord['statements'][number]['changed']): boolean =>
  changed.some(({ indirect }) => indirect);

/** The table whose rows a statement says to take away, or to change; null if it says so of none. */
export function namedIn(sql: string, { continued }: Lineage): string | null {
  const facts = readStatement(sql);
  if (facts.kind === 'delete' || facts.kind === 'update') return facts.table;
  // One that is rebuilt has its rows elsewhere.
  const forGood = facts.kind === 'drop-table' && !continued.has(facts.table.toLowerCase());
  return forGood ? facts.table : null;
}

export function pairOf(table: Table, other: Schema): TablePair | null {
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

/** A reference of before under the names that its tables and columns have now. */
function followed(
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
    a.onDelete === b.onDelete
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

/** Whose rows are settled, and by what. */
export interface Settled {
  readonly rows: Side;
  /** Where their parents are looked for. */
  readonly parents: readonly Side[];
  /** The pass itself: rows that it still has are not taken away. */
  readonly real: Side;
  /** Only takes rows away, and leaves the values of others. */
  readonly values?: false;
}

/** Each round follows references one step further; SQLite itself gives up there. */
const ROUNDS = 1_000;

/** Does to rows without a parent what their foreign keys say. */
export function settle(
  database: DatabaseSync,
  sides: Omit<Sides, 'quiet'>,
  references: readonly Reference[],
  parts: readonly Settled[],
): void {
  const steps = parts.flatMap((part) =>
    references.flatMap((reference) => {
      const others = references.filter((other) => other !== reference);
      return settlement(database, reference, others, sides, part);
    }),
  );
  for (let round = 0; round < ROUNDS; round++) {
    const changed = steps.map((sql) => run(database, sql)).some((rows) => rows > 0);
    if (!changed) return;
  }
}

/** A statement that the twin's other constraints forbid settles nothing, and the loss shows. */
function run(database: DatabaseSync, sql: string): number {
  try {
    return Number(database.prepare(sql).run().changes);
  } catch {
    return 0;
  }
}

const ACTS: ReadonlySet<string> = new Set(['cascade', 'set null', 'set default']);

/** Whether rows are changed or deleted with the rows that they refer to. */
export function actsOnDelete({ onDelete }: ForeignKey): boolean {
  return ACTS.has(onDelete);
}

/** Statements that do to rows without a parent what the foreign key says. */
function settlement(
  database: DatabaseSync,
  { now, origin }: Reference,
  others: readonly Reference[],
  sides: Omit<Sides, 'quiet'>,
  part: Settled,
): readonly string[] {
  const { twin, real } = sides;
  const table = twin.tables.find(({ name }) => sameName(name, now.table));
  const acts = { delete: ACTS.has(now.onDelete), update: ACTS.has(now.onUpdate) };
  if (!table || !(acts.delete || acts.update)) return [];
  const moved = movedParent(now, sides, part.rows);
  const filled = now.columns.map((name) => `b.${quoted(name)} is not null`).join(' and ');
  const isLeft = twin.tables.some(({ name }) => sameName(name, now.parent));
  const alone = isLeft
    ? part.parents.map((side) => ` and not ${hasParent(now, side, now.columns)}`).join('')
    : '';
  const orphaned = `${filled}${alone}${hadParent(database, now, origin)}`;
  // What took the place of a parent, and its rows along, may have got another key since.
  const unclear = moved !== null && isReplaced(now.parent, sides);
  const parentGone = `${orphaned}${moved === null ? '' : ` and not ${unclear ? '1' : moved}`}`;
  const parentMoved = `${orphaned}${moved === null ? '' : ` and ${moved}`}`;
  const child = `${part.rows}.${quoted(table.name)}`;
  const pair = pairOf(table, real);
  const join = pair && joinOf(pair);
  const here = pair && join ? `${part.real}.${quoted(pair.after.name)} m where ${join}` : null;
  const statements: string[] = [];
  // Where nothing but “cascade” changes a column, its row is gone, and what has the key was put there.
  const goes =
    now.onDelete === 'cascade' &&
    !acts.update &&
    !others.some(({ now: other }) => sharesColumn(other, now));
  if (part.values !== false && here !== null && !goes) {
    // Its row is still there and refers to something else, or to nothing.
    const set = now.columns.map(
      (name) => `${quoted(name)} = (select m.${quoted(name)} from ${here})`,
    );
    const other = now.columns.map((name) => `m.${quoted(name)} is not b.${quoted(name)}`);
    const refers = (whose: string, how = '') =>
      `update ${child} as b set ${set.join(', ')} where ${whose} and exists (select 1 from ${here} and (${other.join(' or ')})${how})`;
    if (acts.delete || moved === null) statements.push(refers(parentGone));
    if (acts.update && moved !== null) {
      const follows = now.columns.map((name) => ` and m.${quoted(name)} is not null`).join('');
      statements.push(refers(parentMoved, now.onUpdate === 'cascade' ? follows : ''));
    }
  }
  const key = keyOf(table) ?? [];
  const moves = acts.update && now.columns.some((name) => key.includes(name));
  const same = goes
    ? ` and ${now.columns.map((name) => `m.${quoted(name)} is b.${quoted(name)}`).join(' and ')}`
    : '';
  const still = here === null ? '' : ` and not exists (select 1 from ${here}${same})`;
  if (now.onDelete === 'cascade')
    statements.push(`delete from ${child} as b where ${parentGone}${still}`);
  if (moves) statements.push(`delete from ${child} as b where ${parentMoved}${still}`);
  return statements;
}

/**
 * Whether the parent that the row `b` had is there in the twin under another key: found by what
 * else it holds, or because one with its key took its place. Null where no statement gave rows of
 * that table other keys.
 */
function movedParent(
  { parent, parentColumns, columns }: ForeignKey,
  { start: before, twin, lineage, log }: Omit<Sides, 'quiet'>,
  side: Side,
): string | null {
  const fate = [...lineage.tables.values()].find(({ now }) => sameName(now ?? '', parent));
  const table = twin.tables.find(({ name }) => sameName(name, parent));
  if (!fate || !table) return null;
  const kept = [...fate.columns].flatMap(([was, { now, changed }]) =>
    now === null ? [] : [{ was: quoted(was), now, changed: changed !== null }],
  );
  const key = parentColumns.flatMap((name, at) =>
    kept.filter(({ now }) => sameName(now, name)).map((each) => ({ ...each, from: columns[at] })),
  );
  if (key.length < columns.length || !key.some(({ changed }) => changed)) return null;
  const content = kept.filter((each) => !each.changed && !key.some(({ was }) => was === each.was));
  const same = (row: string, fields: readonly { readonly was: string; readonly now: string }[]) =>
    fields.map(({ was, now }) => ` and ${row}.${was} is t.${quoted(now)}`).join('');
  const start = `start.${quoted(fate.table)}`;
  const had = key.map(({ was, from = '' }) => `s.${was} = b.${quoted(from)}`).join(' and ');
  const stayed = `exists (select 1 from ${start} o where 1${same('o', [...key, ...content])})`;
  const moved = `exists (select 1 from ${start} s, ${side}.${quoted(table.name)} t where ${had}${same('s', content)} and not ${stayed})`;
  const origin = before.tables.find(({ name }) => sameName(name, fate.table));
  if (log === null || !origin) return moved;
  const id = keyText('s', keyOf(origin) ?? [rowidOf(origin)]);
  const again = isLoggedAlone(log, fate.names, id, 'again', '>');
  return `(${moved} or exists (select 1 from ${start} s where ${had} and ${again}))`;
}

/** Whether “or replace” took rows along that referred to the table, and nobody noted which. */
function isReplaced(table: string, { lineage, statements, log }: Omit<Sides, 'quiet'>): boolean {
  if (log !== null) return false;
  const fate = [...lineage.tables.values()].find(({ now }) => sameName(now ?? '', table));
  return statements.some(({ sql, changed }) => {
    const facts = readStatement(sql);
    const names = [table, fate?.table];
    return (
      facts.kind === 'insert' &&
      facts.replaces &&
      names.some((name) => sameName(facts.table, name)) &&
      takesAlong(changed)
    );
  });
}

function sharesColumn(a: ForeignKey, b: ForeignKey): boolean {
  return (
    sameName(a.table, b.table) &&
    a.columns.some((name) => b.columns.some((column) => sameName(name, column)))
  );
}

/** Whether the row `b` finds its parent in one of the databases. */
function hasParent(
  { parent, parentColumns }: ForeignKey,
  side: Side,
  columns: readonly string[],
): string {
  const match = columns.map(
    (name, index) => `p.${quoted(parentColumns[index] ?? '')} = b.${quoted(name)}`,
  );
  return `exists (select 1 from ${side}.${quoted(parent)} p where ${match.join(' and ')})`;
}

/** Rows that had no parent in the beginning either are not taken for ones that lost it. */
function hadParent(database: DatabaseSync, now: ForeignKey, then: ForeignKey | null): string {
  if (!then) return '';
  const filled = then.columns.map((name) => `b.${quoted(name)} is not null`).join(' and ');
  const loose = `select 1 from start.${quoted(then.table)} b where ${filled} and not ${hasParent(then, 'start', then.columns)} limit 1`;
  return isThere(database, loose) ? ` and ${hasParent(then, 'start', now.columns)}` : '';
}

function isThere(database: DatabaseSync, sql: string): boolean {
  try {
    return database.prepare(sql).get() !== undefined;
  } catch {
    // It refers to a table, or to columns, that there are not.
    return false;
  }
}

/**
 * Whether a repaired revision does what the revision as it was would do where no foreign key acts:
 * on SQLite the same schema and rows, up, down and up again; on PostgreSQL it has all of its rows
 * and values.
 */

import type { Case } from './case.ts';
import { type Dump, same } from './ledger.ts';
import type { State } from './oracle.ts';
import type { RepairedRevision, Text } from './repairs.ts';
import { Database } from './sqlite.ts';

/** What is not as it should be; null if all is. */
export function repairProblem(made: Case, repaired: readonly RepairedRevision[]): string | null {
  if (repaired.length === 0) return null;
  using real = new Database(true);
  for (const sql of made.setup) real.exec(sql);
  real.exec('pragma foreign_keys = on');
  for (const [at, original] of made.revisions.entries()) {
    const own = repaired.find(({ revision }) => revision === at);
    const problem = own ? walked(real, original, own) : failureOf(real, original.up);
    if (problem !== null) return `revision ${at + 1}: ${problem}`;
    if (repaired.every(({ revision }) => revision <= at)) return null;
  }
  return null;
}

function walked(
  real: Database,
  original: Text,
  { text, differs }: RepairedRevision,
): string | null {
  const orphans = real.state().orphans;
  using twin = real.mirror(true);
  const passes = [
    ['upgrade', original.up, text.up],
    ['downgrade', original.down, text.down],
    ['second upgrade', original.up, text.up],
  ] as const;
  for (const [what, as, now] of passes) {
    if (as === null || now === null) return null;
    const failure = failureOf(real, now);
    if (failure !== null) return `${what}: ${failure}`;
    try {
      for (const { sql } of as) twin.exec(sql);
    } catch {
      // There is nothing to compare with.
      return null;
    }
    const [wanted, is] = [twin.state(), real.state()];
    if (is.orphans > orphans) return `${what}: ${is.orphans} references to nothing`;
    const difference = differenceOf(wanted, is, differs);
    if (difference !== null) return `${what}: ${difference}`;
    const [broken] = is.broken;
    if (broken !== undefined) return `${what}: ${broken} does not work`;
    // A trigger that was lost and is kept acts from now on, and makes other values.
    if (differs.length > 0) return null;
  }
  return null;
}

/** A database that statements are run on. */
export interface Runnable {
  /** In one transaction; null if they can be run. */
  failureOf(statements: Text['up']): Promise<string | null>;
  /** From now on no foreign key acts. */
  ignoreReferences(): Promise<void>;
  state(): Promise<State>;
}

/**
 * The same on PostgreSQL, of the first revision that was repaired.
 *
 * @param pair two databases in the state before the first revision
 */
export async function firstRepairProblem(
  made: Case,
  repaired: readonly RepairedRevision[],
  { real, twin }: { readonly real: Runnable; readonly twin: Runnable },
): Promise<string | null> {
  const [own] = repaired.toSorted((a, b) => a.revision - b.revision);
  const original = own && made.revisions[own.revision];
  if (!own || !original) return null;
  for (const { up } of made.revisions.slice(0, own.revision)) {
    for (const database of [real, twin]) {
      const failure = await database.failureOf(up);
      if (failure !== null) return `before it: ${failure}`;
    }
  }
  await twin.ignoreReferences();
  let hasTwin = true;
  const passes = [
    ['upgrade', original.up, own.text.up],
    ['downgrade', original.down, own.text.down],
    ['second upgrade', original.up, own.text.up],
  ] as const;
  for (const [what, as, now] of passes) {
    if (as === null || now === null) return null;
    const failure = await real.failureOf(now);
    if (failure !== null) return `${what}: ${failure}`;
    hasTwin &&= (await twin.failureOf(as)) === null;
    if (!hasTwin) continue;
    const [wanted, is] = [await twin.state(), await real.state()];
    for (const [table, rows] of wanted.rows) {
      const columns = own.differs.find((each) => each.table === table)?.columns ?? [];
      if (columns === 'all') continue;
      const lacking = lackingIn(is.rows.get(table) ?? new Map(), rows, columns);
      if (lacking !== null) return `${what}: ${table}: ${lacking}`;
    }
  }
  return null;
}

function failureOf(database: Database, statements: Text['up']): string | null {
  database.exec('begin');
  try {
    for (const { sql } of statements) database.exec(sql);
    database.exec('commit');
    return null;
  } catch (error) {
    database.rollback();
    return error instanceof Error ? error.message : String(error);
  }
}

function differenceOf(
  wanted: State,
  is: State,
  differs: RepairedRevision['differs'],
): string | null {
  const excused = new Map(differs.map(({ table, columns }) => [table, columns]));
  const [more] = is.schema.filter((text) => !wanted.schema.includes(text));
  const [less] = wanted.schema.filter((text) => !is.schema.includes(text));
  // Where a repair says that a table differs, its schema may.
  if (excused.size === 0 && (more ?? less) !== undefined) {
    return `schema: ${less === undefined ? `+ ${more}` : `− ${less}`}`;
  }
  for (const [table, rows] of wanted.rows) {
    const columns = excused.get(table) ?? [];
    if (columns === 'all') continue;
    const found = rowDifference(rows, is.rows.get(table) ?? new Map(), columns);
    if (found !== null) return `${table}: ${found}`;
  }
  const extra = [...is.rows.keys()].find((table) => !wanted.rows.has(table));
  if (extra !== undefined) return `table ${extra} is left`;
  for (const [table, number] of wanted.sequences) {
    // A repair may keep numbers that the revision as it was gives out again.
    const left = is.sequences.get(table) ?? 0;
    if (!excused.has(table) && left < number) return `numbers of ${table}: ${left}, not ${number}`;
  }
  return null;
}

type Rows = Dump extends ReadonlyMap<string, infer R> ? R : never;

function rowDifference(wanted: Rows, is: Rows, excused: readonly string[]): string | null {
  const lacking = lackingIn(is, wanted, excused);
  if (lacking !== null) return lacking;
  const extra = [...is.keys()].find((tag) => !wanted.has(tag));
  return extra === undefined ? null : `row ${extra} is too much`;
}

function lackingIn(is: Rows, wanted: Rows, excused: readonly string[]): string | null {
  for (const [tag, row] of wanted) {
    const now = is.get(tag);
    if (!now) return `row ${tag} is missing`;
    for (const [column, value] of Object.entries(row)) {
      if (excused.includes(column) || same(now[column], value)) continue;
      return `${column} of ${tag} is ${now[column]} instead of ${value}`;
    }
  }
  return null;
}

/**
 * Accounts for what a pass did to rows: what it did by the way, which its twin did not, and what
 * its statements did, which its twin did as well.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type {
  DialectFinding,
  PassRecord,
  RevisionStatements,
  Twin,
  Yardstick,
} from '../dialect.ts';
import { findingOf } from '../finding.ts';
import { type Cause, Losses, type TableComparison } from '../losses.ts';
import { Comparison } from './compare.ts';
import { Follower } from './follower.ts';
import { judge, lineageOf, type Passed, type State } from './judge.ts';
import type { Lineage } from './lineage.ts';
import { tableOf } from './meter.ts';
import { findRebuilds, keepRowsRepair } from './rebuild.ts';
import { mayReplace } from './row-log.ts';
import { sameName, type Table } from './schema.ts';
import {
  actsOnDelete,
  compareAll,
  namedIn,
  type SideEffect,
  type SideEffects,
  sideEffects,
  without,
} from './side-effects.ts';
import { readStatement } from './statement.ts';
import type { SqliteMark } from './throwaway.ts';
import { triggerEffects } from './trigger-effects.ts';

export interface Account {
  readonly findings: readonly DialectFinding[];
  readonly rowsLost: number;
}

export interface Accounted {
  readonly mark: SqliteMark;
  /** What the database is now. */
  readonly real: State;
  /** Since the mark. */
  readonly passes: readonly PassRecord[];
  readonly statements: RevisionStatements;
  readonly yardstick: Yardstick<SqliteMark>;
}

export async function account(accounted: Accounted): Promise<Account> {
  const { real, passes, yardstick } = accounted;
  const last = passes.at(-1);
  if (!last) return { findings: [], rowsLost: 0 };
  const unlogged = { state: real, record: last, logged: false };
  if (!actsByTheWay(last, yardstick.start, real)) {
    return accountOf(accounted, last, unlogged, null);
  }
  const quiet = triggersOf(yardstick.start, last).length === 0;
  const twin = await yardstick.twin({ quiet });
  if (twin.problem !== null) {
    const { findings, rowsLost } = said(accounted, last, unlogged, (table, what) =>
      causeIn(accounted, last, table, what),
    );
    return { findings: [unmeasured(last, twin.problem), ...findings], rowsLost };
  }
  try {
    return await accountOf(accounted, last, { ...twin, logged: quiet }, twin);
  } finally {
    await twin.state.release();
  }
}

interface Run {
  readonly state: State;
  readonly record: PassRecord;
  /** Rows that statements touch were noted; no trigger changed anything then. */
  readonly logged: boolean;
}

/**
 * What statements and triggers did is told by a run that followed no references. To tell the one
 * from the other, and rows that are deleted from those that another one replaced, it is run once
 * more with triggers that change nothing, and what statements touch is noted; where that can't be,
 * by counts.
 *
 * @param twin null where the pass itself did nothing by following references
 */
async function accountOf(
  accounted: Accounted,
  last: PassRecord,
  run: Run,
  twin: MadeTwin | null,
): Promise<Account> {
  const { yardstick } = accounted;
  const sent = run.record.statements.map(({ sql }) => sql);
  const triggers = triggersOf(yardstick.start, run.record);
  const fires = run.record.statements.some(({ changed }) => changed.some((each) => each.indirect));
  const tells = (fires && triggers.length > 0) || mayReplace(yardstick.start.schema, sent);
  const made = tells && !run.logged ? await yardstick.twin({ quiet: true }) : null;
  const quiet = made?.problem === null ? made : null;
  try {
    const parts: Account[] = [];
    if (twin) parts.push(await lostByTheWay(accounted, last, twin, quiet, run.logged));
    if (quiet) parts.push(await firedIn(accounted, last, run, quiet, triggers));
    parts.push(said(accounted, last, quiet ? { ...quiet, logged: true } : run));
    return {
      findings: parts.flatMap(({ findings }) => findings),
      rowsLost: parts.reduce((rows, part) => rows + part.rowsLost, 0),
    };
  } finally {
    await quiet?.state.release();
  }
}

/** Those that there were in the course of a pass. */
function triggersOf({ schema }: State, { statements }: PassRecord): readonly string[] {
  return [
    ...schema.named.filter(({ kind }) => kind === 'trigger').map(({ sql }) => sql),
    ...statements.map(({ sql }) => sql).filter((sql) => MAKES_TRIGGER.test(sql)),
  ];
}

const MAKES_TRIGGER = /^\s*create\s+(temp\s+|temporary\s+)?trigger\b/i;

async function firedIn(
  accounted: Accounted,
  last: PassRecord,
  run: Run,
  quiet: MadeTwin,
  triggers: readonly string[],
): Promise<Account> {
  const { real, yardstick } = accounted;
  const { start } = yardstick;
  const { statements } = quiet.record;
  const effects = (again: SqliteMark | null) => {
    using comparison = new Comparison(run.state.path, quiet.state.path, {
      again: again?.path ?? null,
      start: start.path,
      real: real.path,
    });
    return triggerEffects(comparison, {
      start: start.schema,
      quiet: quiet.state.schema,
      run: run.state.schema,
      real: real.schema,
      lineage: lineageOf(start, [quiet.record]),
      statements: last.statements,
      triggers,
      named: statements.flatMap(({ sql }) => tableOf(readStatement(sql)) ?? []),
    });
  };
  const { lost, followed, reacted } = await withoutChance(accounted, effects(null), effects, true);
  const back = last.direction === 'down';
  const findings = lost.flatMap(({ table, compared }) => {
    const losses = new Losses(table.name, back);
    const cause = triggerIn(run.record, table) ?? { why: 'A trigger did it.', statement: null };
    return [
      ...(compared.lost.rows > 0 ? [losses.rowsLostByTheWay(compared, cause)] : []),
      ...compared.columns.map((difference) => losses.valuesLostByTheWay(difference, cause)),
    ];
  });
  const reactions = reacted.flatMap(({ table, compared, triggersOf: names }) => {
    const losses = new Losses(table.name, back);
    return [
      ...(compared.lost.rows > 0 ? [losses.rowsReacted(compared, names)] : []),
      ...compared.columns.map((difference) => losses.valuesReacted(difference, names)),
    ];
  });
  const gone = followed.flatMap((each) => toldOfFollowed(each, back));
  return { findings: [...findings, ...gone, ...reactions], rowsLost: sum(lost) };
}

type MadeTwin = Extract<Twin<SqliteMark>, { problem: null }>;

/** The same, less what differs between two twins that were made alike. */
async function withoutChance<T extends { readonly lost: readonly SideEffect[] }>(
  { yardstick }: Accounted,
  found: T,
  again: (second: SqliteMark) => T,
  quiet: boolean,
): Promise<T> {
  if (found.lost.length === 0) return found;
  if (hasOtherValues(found)) await nextSecond();
  const second = await yardstick.twin({ quiet });
  try {
    return second.problem === null ? again(second.state) : found;
  } finally {
    await second.state?.release();
  }
}

/** What became of the rows that the pass began with, in a state that followed no references. */
function said(
  accounted: Accounted,
  last: PassRecord,
  { state: after, record: pass, logged }: Run,
  causeOf: Passed['causeOf'] = (table) => triggerIn(pass, table),
): Account {
  const { mark, real, passes, statements, yardstick } = accounted;
  if (last.direction === 'up') {
    const earlier = passes.slice(0, -1);
    return judge({
      before: mark,
      after,
      passes: [...earlier, pass],
      statements,
      causeOf,
      logged,
    });
  }
  // By itself, what a downgrade does to what the upgrade made is no loss; only what it does by the way.
  const own = judge({
    before: yardstick.start,
    after,
    passes: [{ ...pass, direction: 'up' }],
    statements: { up: statements.down, down: statements.up },
    causeOf,
    logged,
  });
  const lost = own.findings.filter(({ kind }) => kind === 'rows-lost' || kind === 'values-lost');
  const back = judge({
    before: mark,
    after: real,
    passes,
    statements,
    causeOf,
    logged: false,
  });
  return { findings: [...lost, ...back.findings], rowsLost: own.rowsLost };
}

/**
 * Foreign key actions are counted with the changes of the statement that they follow
 * (https://sqlite.org/c3ref/total_changes.html): where every statement changed no more rows than
 * its own, or nothing refers to anything, a twin would be the same.
 */
function actsByTheWay({ statements }: PassRecord, start: State, real: State): boolean {
  const refers = ({ schema }: State) =>
    schema.tables.some(({ foreignKeys }) => foreignKeys.length > 0);
  return (
    statements.some(({ changed }) => changed.some(({ indirect }) => indirect)) &&
    (refers(start) || refers(real) || statements.some(({ sql }) => /\breferences\b/i.test(sql)))
  );
}

function unmeasured({ statements }: PassRecord, problem: string): DialectFinding {
  const acting = statements.find(({ changed }) => changed.some(({ indirect }) => indirect));
  const rows = statements
    .flatMap(({ changed }) => changed)
    .reduce((sum, each) => sum + (each.indirect ? each.rows : 0), 0);
  return findingOf({
    kind: 'not-compared',
    severity: 'hazard',
    what: `Whether the ${rows.toLocaleString('en')} rows that foreign keys or triggers changed were meant to be could not be measured.`,
    why: `The same once more, without following references, is what they are measured by, and that failed: ${problem}`,
    statement: acting?.sql ?? null,
    rows,
  });
}

async function lostByTheWay(
  accounted: Accounted,
  last: PassRecord,
  twin: MadeTwin,
  quiet: MadeTwin | null,
  logged: boolean,
): Promise<Account> {
  const { real, yardstick } = accounted;
  const lineage = lineageOf(yardstick.start, [twin.record]);
  const sides = {
    start: yardstick.start.schema,
    twin: twin.state.schema,
    real: real.schema,
    lineage,
    statements: last.statements,
    quiet: quiet !== null,
    log: quiet ? ('quiet' as const) : logged ? ('before' as const) : null,
  };
  const effects = (again: SqliteMark | null) => {
    using comparison = new Comparison(real.path, twin.state.path, {
      again: again?.path ?? null,
      start: yardstick.start.path,
      quiet: quiet?.state.path ?? null,
    });
    return sideEffects(comparison, sides);
  };
  const found = await withoutChance(accounted, effects(null), effects, logged);
  const early = logged ? await lostBefore(accounted, lineage, found) : [];
  const all = withEarlier(found, early);
  return told(accounted, last, withoutConsequences(all, last, lineage, logged));
}

/**
 * Of what seems to have followed its parents, what had been lost before they went: a run that
 * follows references where statements say so, at that moment, still has it.
 */
async function lostBefore(
  { real, yardstick }: Accounted,
  lineage: Lineage,
  { followed }: SideEffects,
): Promise<readonly SideEffect[]> {
  // Rows that statements put there may have other keys each time.
  const tables = followed.filter(({ table }) =>
    [...lineage.tables.values()].some(
      ({ now, inserted }) => sameName(now ?? '', table.name) && inserted === 0,
    ),
  );
  if (tables.length === 0) return [];
  const follower = new Follower((table) => !lineage.copied.has(table.toLowerCase()));
  const { state, problem } = await yardstick.twin({ meter: follower });
  if (problem !== null) return [];
  try {
    if (!follower.exact) return [];
    using comparison = new Comparison(real.path, state.path, { start: yardstick.start.path });
    return compareAll(comparison, state.schema, real.schema)
      .filter(({ table }) => tables.some((each) => sameName(each.table.name, table.name)))
      .flatMap(({ table, compared }): SideEffect[] => {
        const columns = compared.columns.filter(({ toNull }) => toNull > 0);
        const isLost = compared.lost.rows > 0 || columns.length > 0;
        return isLost ? [{ table, compared: { ...compared, columns } }] : [];
      });
  } finally {
    await state.release();
  }
}

/** What was lost before is no more told as what followed. */
function withEarlier(found: SideEffects, early: readonly SideEffect[]): SideEffects {
  const own = (effects: readonly SideEffect[], { table }: SideEffect) =>
    effects.find((each) => sameName(each.table.name, table.name))?.compared;
  const more = early.flatMap((effect): SideEffect[] => {
    const compared = without(effect.compared, own(found.lost, effect));
    return compared ? [{ ...effect, compared }] : [];
  });
  if (more.length === 0) return found;
  return {
    lost: [...found.lost, ...more],
    followed: found.followed.flatMap((effect) => {
      const compared = without(effect.compared, own(more, effect));
      return compared ? [{ ...effect, compared }] : [];
    }),
  };
}

/**
 * Where each change by the way is a row that followed its parent as it was meant to, tables and
 * columns that the pass made, and values that its statements wrote, lack only what they would have
 * been filled with from those.
 *
 * @param quiet whether no trigger changed anything
 */
function withoutConsequences(
  found: SideEffects,
  { statements }: PassRecord,
  lineage: Lineage,
  quiet: boolean,
): SideEffects {
  const { tables } = lineage;
  const byTheWay = statements
    .flatMap(({ changed }) => changed)
    .reduce((rows, each) => rows + (each.indirect ? each.rows : 0), 0);
  const fateOf = (name: string) => [...tables.values()].find(({ now }) => sameName(name, now));
  // Rows that statements put there may lack what their sources lacked.
  const own = found.followed.filter(({ table }) => fateOf(table.name)?.inserted === 0);
  const meant = own.reduce(
    (rows, { compared: { lost, columns } }) =>
      rows + lost.rows + Math.max(0, ...columns.map((column) => column.rows)),
    0,
  );
  // Where rows were only taken away from a table, by name, what followed them was meant to.
  const isMeant = ({ sql }: PassRecord['statements'][number]) => {
    const named = namedIn(sql, lineage);
    const fates = [...tables.values()].filter(
      ({ table, now }) => sameName(table, named) || sameName(named ?? '', now),
    );
    return named !== null && fates.every(({ inserted }) => inserted === 0);
  };
  const acting = statements.filter(({ changed }) => changed.some(({ indirect }) => indirect));
  const acted = byTheWay > meant;
  if (acted && !(quiet && acting.every(isMeant))) return found;
  const lost = found.lost.flatMap(({ table, compared }): SideEffect[] => {
    const fate = fateOf(table.name);
    // A table that the pass made lost rows itself where it has references that act.
    if (!fate)
      return table.foreignKeys.some(actsOnDelete) && compared.lost.rows > 0
        ? [{ table, compared }]
        : [];
    // A reference that was emptied is missed by the update that comes after.
    const isReference = (name: string) =>
      table.foreignKeys.some(({ columns }) => columns.some((column) => sameName(column, name)));
    const left = compared.columns.filter(({ column }) =>
      [...fate.columns.values()].some(
        ({ now, changed }) =>
          sameName(column, now) && (changed === null || (acted && isReference(column))),
      ),
    );
    const isLost = compared.lost.rows > 0 || left.length > 0;
    return isLost ? [{ table, compared: { ...compared, columns: left } }] : [];
  });
  return { ...found, lost };
}

/** Values that are there and differ may be those of the clock or of chance. */
function hasOtherValues({ lost }: Pick<SideEffects, 'lost'>): boolean {
  return lost.some(({ compared }) => compared.columns.some(({ rows, toNull }) => rows > toNull));
}

/** SQLite's own clock tells seconds: within one, two runs get the same. */
async function nextSecond(): Promise<void> {
  await sleep(1_000 - (Date.now() % 1_000) + 1);
}

function told(accounted: Accounted, last: PassRecord, { lost, followed }: SideEffects): Account {
  const back = last.direction === 'down';
  const findings: DialectFinding[] = [];
  for (const { table, compared } of lost) {
    const losses = new Losses(table.name, back);
    const cause = (what: 'rows' | 'values') => causeIn(accounted, last, table, what) ?? UNKNOWN;
    if (compared.lost.rows > 0) {
      findings.push(losses.rowsLostByTheWay(compared, cause('rows')));
    }
    for (const difference of compared.columns) {
      findings.push(losses.valuesLostByTheWay(difference, cause('values')));
    }
  }
  for (const each of followed) findings.push(...toldOfFollowed(each, back));
  return { findings, rowsLost: sum(lost) };
}

function toldOfFollowed(
  { table, compared, parents }: SideEffects['followed'][number],
  back: boolean,
): DialectFinding[] {
  const losses = new Losses(table.name, back);
  const { gone, moved } = goneOrMoved(compared);
  return [
    ...(gone.rows > 0 ? [losses.rowsFollowed({ ...compared, lost: gone }, parents)] : []),
    ...(moved.rows > 0
      ? [losses.valuesFollowed({ ...moved, column: '*', toNull: 0 }, parents)]
      : []),
    ...compared.columns.map((difference) => losses.valuesFollowed(difference, parents)),
  ];
}

/** A reference that is part of a key gives a row another key: it is there, and found no more by it. */
function goneOrMoved({ lost, rowsBefore, rowsAfter }: TableComparison) {
  const others = Math.min(lost.rows, Math.max(0, rowsAfter - (rowsBefore - lost.rows)));
  const none = { rows: 0, keys: [] };
  return others < lost.rows
    ? { gone: { ...lost, rows: lost.rows - others }, moved: { ...none, rows: others } }
    : { gone: none, moved: lost };
}

const UNKNOWN: Cause = {
  why: 'The same run without following references has them.',
  statement: null,
};

function sum(lost: readonly SideEffect[]): number {
  return lost.reduce((rows, { compared }) => rows + compared.lost.rows, 0);
}

/** The statement that changed rows of a table by the way: a rebuild before what was meant. */
function touching({ statements }: PassRecord, { name: table }: Table) {
  const of = (name: string) =>
    statements.filter(({ changed }) =>
      changed.some((each) => each.indirect && sameName(each.table, name)),
    );
  // Rows that refer to rows of their own table go while their copy has another name.
  const copies = findRebuilds(statements.map(({ sql }) => sql))
    .filter((rebuild) => sameName(rebuild.table, table))
    .map(({ replacement }) => replacement);
  const found = [table, ...copies, 'other tables'].flatMap(of);
  return found.find(({ sql }) => readStatement(sql).kind === 'drop-table') ?? found[0];
}

/** Where no references are followed, what is done by the way is done by triggers. */
function triggerIn(pass: PassRecord, table: Table): Cause | null {
  const found = touching(pass, table);
  if (!found) return null;
  const facts = readStatement(found.sql);
  const on = 'table' in facts ? ` on ${facts.table}` : '';
  return {
    why: `A trigger${on} did it: no statement of the revision names these rows.`,
    statement: found.sql,
  };
}

/** What followed a reference, or was done by a trigger of that; null if it is not known. */
function causeIn(
  accounted: Accounted,
  pass: PassRecord,
  table: Table,
  what: 'rows' | 'values',
): Cause | null {
  const found = touching(pass, table);
  if (!found) return null;
  const facts = readStatement(found.sql);
  const refers = [table, ...accounted.yardstick.start.schema.tables].some(
    ({ name, foreignKeys }) => sameName(name, table.name) && foreignKeys.length > 0,
  );
  const by = refers
    ? what === 'rows'
      ? 'They were deleted by “on delete cascade”'
      : 'A foreign key action did it'
    : 'A trigger did it';
  const statement = found.sql;
  switch (facts.kind) {
    case 'drop-table':
      return {
        why: `${by} when ${facts.table} was dropped to be rebuilt: “pragma foreign_keys = off” does nothing inside a transaction, and the run reports success.`,
        statement,
        repairs: keepRowsRepair(accounted.statements, accounted.mark.schema),
      };
    case 'insert':
    case 'update':
      return {
        why: `${by} when a row of ${facts.table} made place for another one: what has the same key afterwards does not bring back what referred to it.`,
        statement,
      };
    case 'delete':
      return {
        why: `${by} when rows of ${facts.table} were deleted: what has the same key afterwards does not bring back what referred to it.`,
        statement,
      };
    default:
      return {
        why: `${by}: the same run without following references keeps them.`,
        statement,
        repairs: keepRowsRepair(accounted.statements, accounted.mark.schema),
      };
  }
}

/** Accounts for what a pass did to rows: what its statements say, and what was done by the way. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { DialectFinding, RevisionStatements } from '../../analysis.ts';
import { type Cause, Losses, type TableComparison } from '../../data-loss-findings.ts';
import { findingOf } from '../../finding.ts';
import type { PassRecord } from '../../measurement.ts';
import type { Twin, TwinOptions, Yardstick } from '../../throwaway.ts';
import { sameName, type Table } from '../catalogue/schema.ts';
import { tableOf } from '../execution/statement-profiler.ts';
import type { Lineage } from '../parser/lineage.ts';
import { readStatement } from '../parser/statement.ts';
import type { SqliteMark } from '../throwaway/mark.ts';
import { Comparison } from './compare.ts';
import { judge, lineageOf, type Passed, type State, tablesBefore } from './data-loss.ts';
import { Follower } from './follower.ts';
import { findRebuilds, keepRowsRepair } from './rebuild.ts';
import { mayReplace, tablesBehind } from './row-log.ts';
import { compareAll, type Followed, followed, type SideEffect } from './side-effects.ts';
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

/**
 * What a pass did is the sum of three things that runs of it tell apart, each of which does one more:
 *
 * - quiet: neither references nor triggers do anything, and it is noted which rows statements touch;
 * - meant: references are followed from what statements take away by name, at that moment;
 * - fired: triggers act as well.
 *
 * What the last of them has and the pass has not, the pass lost by the way.
 */
export async function account(accounted: Accounted): Promise<Account> {
  const { real, passes, yardstick } = accounted;
  const last = passes.at(-1);
  if (!last) return { findings: [], rowsLost: 0 };
  const sent = last.statements.map(({ sql }) => sql);
  const triggers = triggersOf(yardstick.start, last);
  const acted = last.statements.some(({ changed }) => changed.some(({ indirect }) => indirect));
  const follows = acted && refersIn(last, yardstick.start, real);
  const fires = acted && triggers.length > 0;
  const replaces = mayReplace(yardstick.start.schema, sent);
  const unlogged = { state: real, record: last, logged: false, meant: null };
  const noting = replaces || copiesBesides(lineageOf(yardstick.start, [last]));
  if (!follows && !fires && !noting) return said(accounted, last, unlogged);
  await using runs = new Runs(yardstick);
  const quiet = await runs.quiet();
  if (quiet.problem !== null) {
    const told = said(accounted, last, unlogged, (table, what) =>
      causeIn(accounted, last, table, what),
    );
    return sumOf([unmeasured(last, quiet.problem), told]);
  }
  const lineage = lineageOf(yardstick.start, [quiet.record]);
  const measured = { ...accounted, last, runs, lineage, quiet, triggers };
  const ofStatements = (meant: State | null) =>
    said(accounted, last, { ...quiet, logged: true, meant });
  if (!follows) {
    const own = ofStatements(null);
    const run = { state: real, record: last };
    return sumOf(fires ? [await firedIn(measured, run, quiet), own] : [own]);
  }
  const meant = await runs.following({ quiet: true });
  if (meant.problem !== null) return sumOf([unmeasured(last, meant.problem), ofStatements(null)]);
  const own = ofStatements(meant.state);
  const fired = fires ? await runs.following({ quiet: false }) : meant;
  if (fired.problem !== null) return sumOf([unmeasured(last, fired.problem), own]);
  return sumOf([
    await lostByTheWay(measured, fired, fires),
    ...(fires ? [await firedIn(measured, fired, meant)] : []),
    await followedIn(measured, meant, own),
    own,
  ]);
}

function sumOf(parts: readonly Account[]): Account {
  return {
    findings: parts.flatMap(({ findings }) => findings),
    rowsLost: parts.reduce((rows, part) => rows + part.rowsLost, 0),
  };
}

/** Runs of a pass that are there until the account is made. */
class Runs implements AsyncDisposable {
  readonly #yardstick: Yardstick<SqliteMark>;
  readonly #states: SqliteMark[] = [];

  constructor(yardstick: Yardstick<SqliteMark>) {
    this.#yardstick = yardstick;
  }

  quiet(): Promise<Twin<SqliteMark>> {
    return this.#make({ quiet: true });
  }

  async following(how: { readonly quiet: boolean }): Promise<Twin<SqliteMark>> {
    const { start } = this.#yardstick;
    const behind = (view: string) => tablesBehind(start.schema, view);
    const follower = new Follower(tablesBefore(start), behind, { logs: how.quiet });
    const twin = await this.#make({ ...how, meter: follower });
    const { problem } = follower;
    return twin.problem !== null || problem === null
      ? twin
      : { state: null, record: null, problem };
  }

  async #make(options: TwinOptions): Promise<Twin<SqliteMark>> {
    const twin = await this.#yardstick.twin(options);
    if (twin.state) this.#states.push(twin.state);
    return twin;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#states.map((state) => state.release()));
  }
}

type MadeTwin = Extract<Twin<SqliteMark>, { problem: null }>;

interface Run {
  readonly state: State;
  readonly record: PassRecord;
}

interface Measured extends Accounted {
  readonly last: PassRecord;
  readonly runs: Runs;
  /** From the start to the quiet end. */
  readonly lineage: Lineage;
  readonly quiet: MadeTwin;
  readonly triggers: readonly string[];
}

/** Those that there were in the course of a pass. */
function triggersOf({ schema }: State, { statements }: PassRecord): readonly string[] {
  return [
    ...schema.named.filter(({ kind }) => kind === 'trigger').map(({ sql }) => sql),
    ...statements.map(({ sql }) => sql).filter((sql) => MAKES_TRIGGER.test(sql)),
  ];
}

const MAKES_TRIGGER = /^\s*create\s+(temp\s+|temporary\s+)?trigger\b/i;

/** What the pass lacks, as it followed references from elsewhere, too. */
async function lostByTheWay(measured: Measured, fired: MadeTwin, fires: boolean): Promise<Account> {
  const { real, last, runs } = measured;
  const effects = (again: SqliteMark | null) => {
    using comparison = new Comparison(real.path, fired.state.path, {
      again: again?.path ?? null,
      start: measured.yardstick.start.path,
    });
    return { lost: compareAll(comparison, fired.state.schema, real.schema) };
  };
  const { lost } = await withoutChance(effects, () => runs.following({ quiet: !fires }));
  return hazards(lost, last, (table, what) => causeIn(measured, last, table, what) ?? UNKNOWN);
}

/** What references took along as statements say, and what these met no more. */
async function followedIn(measured: Measured, meant: MadeTwin, own: Account): Promise<Account> {
  const { real, quiet, yardstick, last, lineage, runs } = measured;
  const effects = (again: SqliteMark | null) => {
    using comparison = new Comparison(meant.state.path, quiet.state.path, {
      again: again?.path ?? null,
      start: yardstick.start.path,
      real: real.path,
    });
    return followed(comparison, {
      start: yardstick.start.schema,
      before: quiet.state.schema,
      after: meant.state.schema,
      lineage,
    });
  };
  const found = await withoutChance(effects, () => runs.quiet());
  const back = last.direction === 'down';
  const lost = hazards(found.lost, last, (table) => ({
    ...TOO_LATE,
    statement: touching(last, table)?.sql ?? null,
  }));
  const otherwise = found.otherwise
    .flatMap(({ table, compared }) => {
      const losses = new Losses(table.name, back);
      return [
        ...(compared.lost.rows > 0 ? [losses.rowsDeleted(compared)] : []),
        ...compared.columns.map((difference) => losses.valuesChanged(difference)),
      ];
    })
    .filter(
      ({ table, column }) =>
        !own.findings.some((each) => each.table === table && each.column === column),
    );
  const gone = found.followed.flatMap((each) => toldOfFollowed(each, back));
  return {
    findings: [...lost.findings, ...gone, ...otherwise],
    rowsLost: lost.rowsLost,
  };
}

async function firedIn(measured: Measured, run: Run, silent: MadeTwin): Promise<Account> {
  const { real, yardstick, last, lineage, quiet, triggers, runs } = measured;
  const { start } = yardstick;
  const effects = (again: SqliteMark | null) => {
    using comparison = new Comparison(run.state.path, silent.state.path, {
      again: again?.path ?? null,
      start: start.path,
      log: silent === quiet ? null : quiet.state.path,
      real: run.state === real ? null : real.path,
    });
    return triggerEffects(comparison, {
      start: start.schema,
      quiet: silent.state.schema,
      run: run.state.schema,
      log: silent === quiet ? 'before' : 'log',
      lineage,
      triggers,
      named: quiet.record.statements.flatMap(({ sql }) => tableOf(readStatement(sql)) ?? []),
    });
  };
  const { lost, reacted } = await withoutChance(effects, () =>
    silent === quiet ? runs.quiet() : runs.following({ quiet: true }),
  );
  const back = last.direction === 'down';
  const { findings, rowsLost } = hazards(
    lost,
    last,
    (table) => triggerIn(run.record, table) ?? { why: 'A trigger did it.', statement: null },
  );
  const reactions = reacted.flatMap(({ table, compared, triggersOf: names }) => {
    const losses = new Losses(table.name, back);
    return [
      ...(compared.lost.rows > 0 ? [losses.rowsReacted(compared, names)] : []),
      ...compared.columns.map((difference) => losses.valuesReacted(difference, names)),
    ];
  });
  return { findings: [...findings, ...reactions], rowsLost };
}

/** The same, less what differs between two runs that were made alike. */
async function withoutChance<T extends { readonly lost: readonly SideEffect[] }>(
  effects: (again: SqliteMark | null) => T,
  again: () => Promise<Twin<SqliteMark>>,
): Promise<T> {
  const found = effects(null);
  if (found.lost.length === 0) return found;
  if (hasOtherValues(found)) await nextSecond();
  const second = await again();
  return second.problem === null ? effects(second.state) : found;
}

/** What became of the rows that the pass began with, in a state that followed no references. */
function said(
  accounted: Accounted,
  last: PassRecord,
  { state: after, record: pass, logged, meant }: Run & Pick<Passed, 'logged' | 'meant'>,
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
      meant,
      upgraded: null,
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
    meant,
    upgraded: null,
  });
  const lost = own.findings.filter(({ kind }) => kind === 'rows-lost' || kind === 'values-lost');
  const back = judge({
    before: mark,
    after: real,
    passes,
    statements,
    causeOf,
    logged: false,
    meant: null,
    upgraded: yardstick.start,
  });
  return { findings: [...lost, ...back.findings], rowsLost: own.rowsLost };
}

/** Whether it takes knowing which rows statements touched to tell them from what a copy did. */
function copiesBesides({ tables }: Lineage): boolean {
  return [...tables.values()].some(
    ({ rebuilt, deleted, columns }) =>
      rebuilt &&
      (deleted > 0 ||
        [...columns.values()].some(({ changed }) => changed && changed.rows > changed.copied)),
  );
}

/** Where nothing refers to anything, nothing is followed. */
function refersIn({ statements }: PassRecord, ...states: readonly State[]): boolean {
  return (
    states.some(({ schema }) => schema.tables.some(({ foreignKeys }) => foreignKeys.length > 0)) ||
    statements.some(({ sql }) => /\breferences\b/i.test(sql))
  );
}

function unmeasured({ statements }: PassRecord, problem: string): Account {
  const acting = statements.find(({ changed }) => changed.some(({ indirect }) => indirect));
  const rows = statements
    .flatMap(({ changed }) => changed)
    .reduce((sum, each) => sum + (each.indirect ? each.rows : 0), 0);
  const finding = findingOf({
    kind: 'not-compared',
    severity: 'hazard',
    what:
      rows === 0
        ? 'Whether rows were pushed out by others could not be measured.'
        : `Whether the ${rows.toLocaleString('en')} rows that foreign keys or triggers changed were meant to be could not be measured.`,
    why: `The same once more, without references and triggers that act, is what they are measured by, and that failed: ${problem}`,
    statement: acting?.sql ?? null,
    rows,
  });
  return { findings: [finding], rowsLost: 0 };
}

/** Values that are there and differ may be those of the clock or of chance. */
function hasOtherValues({ lost }: { readonly lost: readonly SideEffect[] }): boolean {
  return lost.some(({ compared }) => compared.columns.some(({ rows, toNull }) => rows > toNull));
}

/** SQLite's own clock tells seconds: within one, two runs get the same. */
async function nextSecond(): Promise<void> {
  await sleep(1_000 - (Date.now() % 1_000) + 1);
}

function hazards(
  lost: readonly SideEffect[],
  last: PassRecord,
  causeOf: (table: Table, what: 'rows' | 'values') => Cause,
): Account {
  const findings = lost.flatMap(({ table, compared }) => {
    const losses = new Losses(table.name, last.direction === 'down');
    return [
      ...(compared.lost.rows > 0
        ? [losses.rowsLostByTheWay(compared, causeOf(table, 'rows'))]
        : []),
      ...compared.columns.map((difference) =>
        losses.valuesLostByTheWay(difference, causeOf(table, 'values')),
      ),
    ];
  });
  return { findings, rowsLost: lost.reduce((rows, { compared }) => rows + compared.lost.rows, 0) };
}

function toldOfFollowed(
  { table, compared, parents }: Followed['followed'][number],
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

const TOO_LATE: Pick<Cause, 'why'> = {
  why: 'Their foreign key says so of the statement that took what they referred to. But what they would refer to in the end is there: the statement that puts it back, or that gives them another one, comes too late.',
};

const UNKNOWN: Cause = {
  why: 'The same run without following references has them.',
  statement: null,
};

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
        why: replacesIn(accounted.yardstick.start, facts.table, statement)
          ? `${by} when a row of ${facts.table} made place for another one: what has the same key afterwards does not bring back what referred to it.`
          : `${by} when rows of ${facts.table} were written, which no statement of the revision says.`,
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

/** Whether rows of the table may have been replaced by the statement. */
function replacesIn({ schema }: State, table: string, sql: string): boolean {
  const tables = schema.tables.filter(({ name }) => sameName(name, table));
  return mayReplace({ ...schema, tables }, [sql]);
}

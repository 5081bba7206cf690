/** Which revisions of a target are half done, as the journal and the target tell together. */

import type { Direction } from '../contract/direction.ts';
import {
  continued,
  fatesOf,
  type HalfDone,
  type LooseRun,
  leavesSomething,
  type RanStatement,
} from '../contract/half-done.ts';
import type { History } from '../contract/history.ts';
import type { Preview } from '../contract/preview.ts';
import type { Problem, Reply } from '../contract/problem.ts';
import type { LiteralPolicy } from '../contract/statement.ts';
import { firstOther } from '../engine/run/kept-statements.ts';
import type { Journal } from '../journal/journal.ts';
import { halfDoneWords } from '../text/phrases.ts';

/** What the journal can't know. */
export interface HalfDoneContext {
  readonly literals: LiteralPolicy;
  preview(name: string, direction: Direction): Promise<Reply<Preview>>;
  /** See the engine's method of that name. */
  mayRemain(statements: readonly string[]): Promise<Reply<readonly boolean[]>>;
}

/** The revisions that a target records, as they are kept to recognize it by. */
export function recordOf({ appliedOrder, revisions }: History): NonNullable<LooseRun['record']> {
  const times = new Map(revisions.map(({ name, appliedAt }) => [name, appliedAt]));
  return appliedOrder.map((name) => [name, times.get(name) ?? null]);
}

export async function findHalfDone(
  journal: Journal,
  history: History,
  context: HalfDoneContext,
): Promise<readonly HalfDone[]> {
  const runs = await journal.looseRuns(history.target.key);
  const found: HalfDone[] = [];
  for (const [revision, all] of Map.groupBy(runs, (run) => run.revision)) {
    const of = all.filter(({ record }) => isOf(history, record));
    const left = await lastLeft(journal, of, context);
    if (!left) continue;
    const applied = history.appliedOrder.includes(revision);
    if (applied === (left.of.direction === 'up')) {
      // Somebody else ended it; if it is taken back one day, that is no news of this run.
      await journal.settleLoose(history.target.key, revision, 'elsewhere', new Date());
      continue;
    }
    const halfDone = await readHalfDone(journal, left, history, context);
    if (halfDone) found.push(halfDone);
  }
  return found;
}

/** What a run left of a revision, and the resolutions after it. */
interface Left {
  readonly of: LooseRun;
  readonly statements: readonly RanStatement[];
  readonly later: readonly LooseRun[];
}

/**
 * Of the last run that left something. Runs before it that meant to, and did not come to the
 * revision or left nothing of it, stand in nobody's way.
 */
async function lastLeft(
  journal: Journal,
  runs: readonly LooseRun[],
  context: HalfDoneContext,
): Promise<Left | null> {
  for (const [at, of] of [...runs.entries()].toReversed()) {
    if (of.resolution !== null) continue;
    const sent = fatesOf(of.run, await journal.sentFor(of.run, of.revision));
    const statements = await withRemains(sent, context);
    if (leavesSomething(statements)) return { of, statements, later: runs.slice(at + 1) };
  }
  return null;
}

/**
 * Whether the target is the database that the run was on. One that was made anew has no record, or
 * none of the times that the other one had.
 */
function isOf(history: History, record: LooseRun['record']): boolean {
  if (!history.recorded) return false;
  if (record === null || record.length === 0) return true;
  const now = new Set(recordOf(history).map(keyOf));
  return record.some((each) => now.has(keyOf(each)));
}

function keyOf([name, at]: readonly [string, string | null]): string {
  return `${name}\n${at}`;
}

async function readHalfDone(
  journal: Journal,
  { of, later, ...left }: Left,
  history: History,
  context: HalfDoneContext,
): Promise<HalfDone | null> {
  const { run, revision, direction, startedAt, backup } = of;
  let { sha256 } = of;
  let { statements } = left;
  let undoing = false;
  for (const next of later) {
    const { resolution } = next;
    const sent = fatesOf(next.run, await journal.sentFor(next.run, revision));
    if (sent.length === 0) continue;
    if (resolution?.how === 'undo') undoing ||= leavesSomething(sent);
    else if (resolution?.how === 'continue') {
      const further = await withRemains(sent, context);
      statements = continued(statements, resolution.from, further);
      ({ sha256 } = next);
    }
  }
  if (!leavesSomething(statements)) return null;
  const file = history.revisions.find(({ name }) => name === revision);
  const preview = file?.file === null ? null : await context.preview(revision, direction);
  // Of a preview only the first statements are told.
  const whole = preview?.ok && preview.value.total === preview.value.statements.length;
  const now = preview?.ok && whole ? preview.value.statements : null;
  const how = { literals: context.literals, unchanged: file?.sha256 === sha256 };
  const other = now === null || firstOther(statements, now, how) !== null;
  return {
    revision,
    direction,
    run,
    startedAt,
    sha256,
    backup,
    statements,
    undoing,
    rest: other ? null : now.slice(statements.length),
  };
}

/** A statement that failed left nothing, unless the database does not do it in one go. */
async function withRemains(
  statements: readonly RanStatement[],
  { mayRemain }: HalfDoneContext,
): Promise<readonly RanStatement[]> {
  const failed = statements.filter(({ fate }) => fate === 'failed').map(({ sql }) => sql);
  if (failed.length === 0) return statements;
  const reply = await mayRemain(failed);
  const remain = reply.ok ? failed.filter((_, index) => reply.value[index]) : failed;
  return statements.map((statement) =>
    statement.fate === 'failed' && remain.includes(statement.sql)
      ? { ...statement, fate: 'running' }
      : statement,
  );
}

/** Why no other run may begin; null if one may. */
export function blockedBy([halfDone]: readonly HalfDone[]): Problem | null {
  if (!halfDone) return null;
  return {
    code: 'half-done',
    what: `${halfDone.revision} is half done, so nothing was run.`,
    why: halfDoneWords(halfDone),
    next: [
      `See what ran of it, and the ways on: handrail resolve ${halfDone.revision} (in the app: H on it).`,
    ],
    detail: null,
  };
}

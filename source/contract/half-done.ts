/**
 * A revision that ran without a transaction and did not end: what the journal knows of it, and the
 * ways on. Pure.
 */

import type { Direction } from './direction.ts';
import type { StatementKind } from './statement.ts';

/**
 * What became of a statement:
 * - `ended`: it stays, as no transaction was around it
 * - `undone`: it ended within a transaction of the revision's own that was not committed
 * - `failed`: the database refused it, and nothing of it stays
 * - `running`: it was cut off, or may leave something although it failed; nobody knows
 */
export type StatementFate = 'ended' | 'undone' | 'failed' | 'running';

/** A statement of a half-done revision, as the journal kept it. */
export interface RanStatement {
  /** Its number in its run. */
  readonly seq: number;
  readonly run: number;
  readonly sql: string;
  /** Characters of the SQL before it was cut. */
  readonly length: number;
  readonly fate: StatementFate;
  readonly error: string | null;
  /** Rows that it changed; null where the database does not say, or it did not end. */
  readonly affected: number | null;
}

export interface HalfDone {
  readonly revision: string;
  /** Of the run that did not end. */
  readonly direction: Direction;
  /** Its number in the journal. */
  readonly run: number;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Of the revision's file then. */
  readonly sha256: string | null;
  /** The name of the backup that was taken before that run; null without one. */
  readonly backup: string | null;
  /** In the order of sending, those of runs that continued it included. */
  readonly statements: readonly RanStatement[];
  /** An undo was begun, and did not end either. */
  readonly undoing: boolean;
  /** What the revision's file sends after them, as it is now; null if it sends other statements. */
  readonly rest: readonly string[] | null;
}

/** How a half-done revision is run, in place of running it from its beginning. */
export type Resolution = {
  /** {@link stateOf} what was half done when it was planned. */
  readonly state: string;
} & (
  | {
      readonly how: 'continue';
      /** The first statement that is sent, counted from 1. */
      readonly from: number;
    }
  /** Nothing is recorded. */
  | {
      readonly how: 'undo';
      /** How many of the last statements of the other direction are sent. */
      readonly last: number;
    }
  /** It is recorded, and nothing is sent. */
  | { readonly how: 'mark' }
);

/** Another text when something was sent since. */
export function stateOf({ run, statements, undoing }: HalfDone): string {
  const last = statements.at(-1);
  return `${last?.run ?? run}.${last?.seq ?? 0}${undoing ? '.undo' : ''}`;
}

/** What a person says of a revision that is half done. */
export type MarkedAs = 'applied' | 'pending';

/** A run of a revision without a transaction, as the journal has it. */
export interface LooseRun {
  readonly run: number;
  readonly revision: string;
  readonly direction: Direction;
  readonly startedAt: string;
  readonly sha256: string | null;
  readonly backup: string | null;
  readonly resolution: Resolution | null;
  /** Revisions that were recorded when it ended: names and times; null if nobody knows. */
  readonly record: readonly (readonly [name: string, at: string | null])[] | null;
}

/** A statement of such a run, in the order of sending. */
export interface LooseStatement {
  readonly seq: number;
  readonly kind: StatementKind;
  readonly sql: string;
  readonly length: number;
  /** Null if it never ended. */
  readonly ms: number | null;
  readonly error: string | null;
  readonly affected: number | null;
}

/** What became of the statements of one run. */
export function fatesOf(run: number, sent: readonly LooseStatement[]): readonly RanStatement[] {
  const result: RanStatement[] = [];
  /** Of the revision's own transaction that is open: where it began. */
  let begun: number | null = null;
  const settle = (fate: StatementFate) => {
    for (let at = begun ?? result.length; at < result.length; at++) {
      const statement = result[at];
      if (statement?.fate === 'ended') result[at] = { ...statement, fate };
    }
  };
  for (const { seq, kind, sql, length, ms, error, affected } of sent) {
    const fate = ms === null ? 'running' : error === null ? 'ended' : 'failed';
    if (kind === 'begin' && fate === 'ended') begun ??= result.length;
    if (kind === 'commit' && fate === 'running') settle('running');
    if (kind === 'commit' && fate === 'ended') begun = null;
    if (kind === 'rollback' && begun !== null) {
      settle('undone');
      begun = null;
    }
    result.push({ seq, run, sql, length, fate, error, affected });
  }
  settle('undone');
  return result;
}

/** Adds those of a run that continued from a statement to those before. */
export function continued(
  before: readonly RanStatement[],
  from: number,
  more: readonly RanStatement[],
): readonly RanStatement[] {
  // Whoever went on after it knew that it had ended.
  const first = before
    .slice(0, from - 1)
    .map((statement): RanStatement => ({ ...statement, fate: 'ended', error: null }));
  return [...first, ...more];
}

/** Whether something of it stays in the database, or may. */
export function leavesSomething(statements: readonly RanStatement[]): boolean {
  return statements.some(({ fate }) => fate === 'ended' || fate === 'running');
}

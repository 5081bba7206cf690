/** What a run will do, before it does it. */

import type { Direction } from './direction.ts';
import type { Resolution } from './half-done.ts';
import type { Preview } from './preview.ts';
import type { Target, Timeouts } from './target.ts';
import type { Verdict } from './verdict.ts';

/** How the project's `migrations` settings (or the revisions) make transactions. */
export type TransactionMode = 'all-or-nothing' | 'per-revision' | 'none';

/** What to run. `to` is inclusive for `up`; for `down` it names the revision that stays. */
export type Goal =
  | { readonly kind: 'head' }
  | { readonly kind: 'base' }
  | { readonly kind: 'steps'; readonly steps: number }
  | { readonly kind: 'to'; readonly revision: string }
  | { readonly kind: 'only'; readonly revision: string };

export interface PlanRequest {
  readonly direction: Direction;
  readonly goal: Goal;
}

export interface PlanStep {
  readonly name: string;
  readonly file: string | null;
  readonly sha256: string | null;
  readonly preview: Preview;
}

/** Exactly what a run will do, as shown to the person who confirms it. */
export interface Plan {
  readonly direction: Direction;
  readonly target: Target;
  /** In the order they run. */
  readonly steps: readonly PlanStep[];
  readonly transactions: { readonly mode: TransactionMode; readonly why: string };
  readonly warnings: readonly string[];
  /** What it depends on; {@link hash} is that of it. */
  readonly inputs: PlanInputs;
  readonly hash: string;
  /** The last rehearsal of it, or else of another plan; null if there was none, and for downgrades. */
  readonly evidence: PlanEvidence | null;
  /** The applied names that the plan was made on; a run on anything else is refused. */
  readonly basis: readonly string[];
  /**
   * Statements that would silently delete or damage rows; a run with any is refused unless guarded.
   * They are suspected by the text of the statements until {@link EngineApi.measure} was asked.
   */
  readonly hazards: readonly PlanHazard[];
  /** What it would do by the way is only suspected, or can't be seen without running it. */
  readonly doubtful: boolean;
  /** Statements that look harmful, and did no harm when the plan was measured. */
  readonly cleared: readonly string[];
  /** What it does with its one revision, which is half done; not in ordinary plans. */
  readonly resolution?: Resolution;
  /** It drops or rewrites what is stored, as far as its text tells. */
  readonly losing: boolean;
  /** Of the database's own files; null for a server. */
  readonly bytes: number | null;
  /** A backup is taken before it runs. */
  readonly backup: boolean;
}

/** A statement of a plan that would damage rows of tables that it does not name. */
export interface PlanHazard {
  readonly revision: string;
  /** The statement, cut. */
  readonly sql: string;
  /** One sentence: which tables, how many rows. */
  readonly what: string;
}

/** What rehearsals say of a plan. */
interface PlanEvidence {
  /** Its number in the journal. */
  readonly rehearsal: number;
  /** ISO 8601. */
  readonly at: string;
  readonly verdict: Verdict;
  /** In words, how the plan that was rehearsed differs; none if it is this one. */
  readonly differs: readonly string[];
}

/** As much of a statement is told with a hazard of a plan, in characters. */
export const HAZARD_SQL = 500;

/** What a run depends on, as far as it is known before. */
export interface PlanInputs {
  readonly direction: Direction;
  /** In the order of running, with the sha256 of each file. */
  readonly revisions: readonly { readonly name: string; readonly file: string | null }[];
  readonly mode: TransactionMode;
  readonly guarded: boolean;
  /** Null where the database knows none. */
  readonly timeouts: Timeouts | null;
  /** Hash of the revisions that are applied before it, with their files. */
  readonly base: string;
  /** Hash of the project's code other than its revisions. */
  readonly code: string;
  /** Hash of the target's schema; empty if it was not run on rows of a target. */
  readonly schema: string;
}

/** What a session tells its listeners: the UI's store, a headless command, the journal. */

import type { Backup, PutBack } from './backup.ts';
import type { Build } from './dev-database.ts';
import type { Direction } from './direction.ts';
import type { WaitedFor } from './engine-api.ts';
import type { HalfDone, Resolution } from './half-done.ts';
import type { History } from './history.ts';
import type { Plan } from './plan.ts';
import type { CompileError, Problem } from './problem.ts';
import type { RehearsalReport, RehearsalRequest, RehearsalStep } from './rehearsal.ts';
import type { LockHolder, Retry, RunResult } from './run.ts';
import type { SchemaOutcome, SchemaPlan, WalkKind, WalkProgress, WalkResult } from './schemas.ts';
import type {
  Blocker,
  ServerNotice,
  StatementEnded,
  StatementProgress,
  StatementStarted,
} from './statement.ts';
import type { Verdict } from './verdict.ts';

/** A rehearsal that the journal knows. */
export interface RehearsalRecord {
  readonly id: number;
  readonly target: { readonly key: string; readonly database: string };
  /** ISO 8601. */
  readonly startedAt: string;
  readonly ms: number;
  readonly verdict: Verdict;
  readonly revisions: readonly { readonly name: string; readonly verdict: Verdict }[];
}

/** What a run does: it takes revisions one way, or restores a backup. */
export type RunKind = Direction | 'restore';

/** A run that a journal knows, newest facts included. Times are ISO 8601. */
export interface RunRecord {
  readonly id: number;
  readonly direction: RunKind;
  readonly target: { readonly key: string; readonly database: string };
  readonly revisions: readonly string[];
  readonly startedAt: string;
  /** Null while it runs, or if it never finished. */
  readonly finishedAt: string | null;
  readonly outcome: 'running' | 'done' | 'failed' | 'cancelled' | 'interrupted';
  /** One sentence: the error, what was found after an interruption, or what was restored. */
  readonly message: string | null;
  readonly statements: number;
  /** What the server said and is not kept. */
  readonly noticesOmitted: number;
  /** What it did with a revision that was half done; not in ordinary runs. */
  readonly resolution?: Resolution;
  /** Taken before it, by its name; null without one. */
  readonly backup: string | null;
  /** The backup that it restored; not in runs of revisions. */
  readonly restored?: PutBack;
}

/** A statement as the journal kept it. */
export interface StatementRecord extends StatementStarted {
  /** Null if it never ended (killed, power cut). */
  readonly end: StatementEnded | null;
}

/** An earlier run that never finished, found at start, and what the target really holds. */
export interface InterruptedRun {
  readonly run: RunRecord;
  /** Revisions of the run's plan that the target shows as done / as not done. */
  readonly done: readonly string[];
  readonly notDone: readonly string[];
  /** What ran of those that are not done, without a transaction. */
  readonly halfDone: readonly HalfDone[];
}

export type SessionEvent =
  /** Loading the project (again). The last history stays valid meanwhile. */
  | {
      readonly type: 'looking';
      readonly because: 'start' | 'changed' | 'after-run' | 'asked';
      /** Another number is other code, or code that may be. */
      readonly generation: number;
    }
  /** While it looks: what has to come first. */
  | { readonly type: 'waits-for'; readonly what: WaitedFor }
  | { readonly type: 'history'; readonly history: History }
  | { readonly type: 'look-failed'; readonly problem: Problem }
  | { readonly type: 'interrupted-runs'; readonly runs: readonly InterruptedRun[] }
  | { readonly type: 'waiting-for-lock'; readonly holder: LockHolder | null }
  /** `run` is null if the journal could not record it (a `journal-failed` event said so). */
  | { readonly type: 'run-started'; readonly run: number | null; readonly plan: Plan }
  /** Before the run, for which it was taken. */
  | { readonly type: 'backed-up'; readonly backup: Backup }
  | { readonly type: 'revision-started'; readonly name: string }
  | { readonly type: 'revision-finished'; readonly name: string; readonly ms: number }
  | { readonly type: 'statement-started'; readonly statement: StatementStarted }
  | { readonly type: 'statement-ended'; readonly statement: StatementEnded }
  | { readonly type: 'run-finished'; readonly result: RunResult }
  | { readonly type: 'run-retrying'; readonly retry: Retry }
  | { readonly type: 'statement-blocked'; readonly blockers: readonly Blocker[] }
  | { readonly type: 'statement-progress'; readonly progress: StatementProgress | null }
  | { readonly type: 'server-notice'; readonly notice: ServerNotice }
  /** So many more than are told, so far. */
  | { readonly type: 'notices-omitted'; readonly omitted: number }
  /** The run was refused before anything ran. */
  | { readonly type: 'run-refused'; readonly problem: Problem }
  /** The runs or rehearsals between them are those of the schemas that are reached. */
  | { readonly type: 'walk-started'; readonly kind: WalkKind; readonly plan: SchemaPlan }
  | { readonly type: 'walk-reached'; readonly progress: WalkProgress }
  | { readonly type: 'walk-settled'; readonly outcome: SchemaOutcome }
  | { readonly type: 'walk-finished'; readonly result: WalkResult }
  | { readonly type: 'rehearsal-started'; readonly request: RehearsalRequest }
  | { readonly type: 'rehearsal-step'; readonly step: RehearsalStep }
  /** Of the rehearsal of a repair that is not written yet. */
  | { readonly type: 'repair-step'; readonly step: RehearsalStep }
  /** A line that the project's test command printed. May hold anything: escape before showing. */
  | { readonly type: 'test-output'; readonly line: string }
  /** `id` is its number in the journal, null if it could not be recorded. */
  | {
      readonly type: 'rehearsal-finished';
      readonly id: number | null;
      readonly report: RehearsalReport;
    }
  /** It could not be begun, or was cancelled; the throwaway is gone. */
  | { readonly type: 'rehearsal-refused'; readonly problem: Problem }
  /** The throwaway of {@link Session.build}: being made, made, or why not. */
  | { readonly type: 'build'; readonly build: Build | null }
  /** What the project's TypeScript says of a file with that text. */
  | {
      readonly type: 'types-checked';
      readonly file: string;
      /** Of its text then. */
      readonly sha256: string;
      readonly errors: readonly CompileError[];
    }
  /** The person said something of a step: {@link Session.markStep}. */
  | { readonly type: 'checklist-changed'; readonly revision: string | null }
  /** What the project's own code printed. May hold anything: escape before showing. */
  | { readonly type: 'output'; readonly stream: 'stdout' | 'stderr'; readonly line: string }
  | { readonly type: 'journal-failed'; readonly problem: Problem };

/** What is refused, or went wrong. */

export type ProblemCode =
  | 'usage'
  | 'no-project'
  | 'config-failed'
  | 'driver-unsupported'
  | 'database-unreachable'
  | 'shared-sessions'
  | 'unknown-revision'
  | 'ambiguous-revision'
  | 'unknown-schema'
  | 'missing-file'
  | 'not-up-to-date'
  | 'drifted'
  | 'unanswered'
  | 'not-draftable'
  | 'unproven'
  | 'commit-failed'
  | 'irreversible'
  | 'no-downgrade'
  | 'broken-revision'
  | 'unsafe-rebuild'
  | 'needs-no-transaction'
  | 'needs-transaction'
  | 'no-room'
  | 'record-mismatch'
  | 'nothing-to-do'
  | 'half-done'
  | 'plan-outdated'
  | 'locked'
  | 'not-confirmed'
  | 'protected'
  | 'backup-failed'
  | 'cancelled'
  | 'engine-died'
  | 'engine-hung'
  | 'journal-failed'
  | 'internal';

/** A refusal or an error, in words for a person. */
export interface Problem {
  readonly code: ProblemCode;
  /** What happened, one sentence. */
  readonly what: string;
  /** Why, one or two sentences; empty if the first says it all. */
  readonly why: string;
  /** What to do next, most careful first. */
  readonly next: readonly string[];
  /** Stack or raw message, for the details view and the log; never credentials. */
  readonly detail: string | null;
}

export type Reply<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem };

export interface CompileError {
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  /** With its code: `TS2345: …`. */
  readonly message: string;
}

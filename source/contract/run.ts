/** What a run does, and what becomes of it. */

import type { Backup } from './backup.ts';
import type { Failure } from './failure.ts';
import type { HalfDone } from './half-done.ts';
import type { History } from './history.ts';

export type StepOutcome =
  /** Ran, and the target shows it. */
  | 'done'
  /** Failed, and the target shows no record of it. */
  | 'failed'
  /** Had run, but was rolled back because a later one failed in the same transaction. */
  | 'rolled-back'
  /** Had begun, and the target could not be read afterwards. */
  | 'unknown'
  | 'not-run';

export interface StepResult {
  readonly name: string;
  readonly outcome: StepOutcome;
  /** Milliseconds; null if it did not start. */
  readonly ms: number | null;
}

export type RunOutcome = 'done' | 'failed' | 'cancelled' | 'interrupted';

export interface RunResult {
  readonly outcome: RunOutcome;
  readonly steps: readonly StepResult[];
  readonly failure: Failure | null;
  /** What the target holds now, read after the run; null if it could not be read. */
  readonly history: History | null;
  /** What ran of the revision that it left half done. */
  readonly halfDone?: HalfDone;
  /** That was taken before it. */
  readonly backup?: Backup;
}

/** A run begins again where it was rolled back to. */
export interface Retry {
  /** Counts from 2. */
  readonly attempt: number;
  readonly of: number;
  /** Milliseconds until it begins. */
  readonly pause: number;
}

export interface RunOptions {
  /** How long to wait for another run to end, in milliseconds. */
  readonly lockWait: number;
  /** How often it is begun again after a statement waited too long for others. */
  readonly retries: number;
  /**
   * Runs statements that would silently delete rows of other tables with the database's checks
   * suspended before the transaction and made up for at its end. Without it they are refused.
   */
  readonly guarded: boolean;
  /** The folder, not there yet, of a backup that is made when the lock is held; null: none is. */
  readonly backup?: string | null;
}

/** Who holds the lock of a database. */
export interface LockHolder {
  readonly pid: number;
  /** Null for who is no Handrail; `pid` is then that of the server's process. */
  readonly host: string | null;
  /** What its session calls itself; null where the database has no such thing. */
  readonly application: string | null;
  /** Since when it holds the lock, ISO 8601; null if the database may not tell. */
  readonly since: string | null;
}

import type { StatementError } from './statement.ts';

/** Why a run stopped. */
export interface Failure {
  /** The revision that was running; null if it failed around the revisions. */
  readonly revision: string | null;
  /** The statement that failed; null when the code threw without one. */
  readonly statement: { readonly seq: number; readonly sql: string } | null;
  readonly error: StatementError;
  /** One sentence: what was rolled back and what stayed. */
  readonly aftermath: string;
}

/** Finds the statement that an error comes from, among those that failed. */

import type { StatementError, StatementStarted } from '../../contract/statement.ts';
import type { Unusable } from '../databases/connection.ts';

export interface FailedStatement {
  readonly statement: Pick<StatementStarted, 'seq' | 'sql' | 'revision'>;
  readonly error: StatementError;
  /** As it was thrown. */
  readonly thrown: unknown;
  /** Fails only because an earlier one did, which made this unusable. */
  readonly follows: Unusable | null;
  /** The session ended with it. */
  readonly endsSession: boolean;
}

export interface FoundStatement extends FailedStatement {
  /** What the revision went on without, after it had caught the error. */
  readonly wentOnWithout: Unusable | null;
}

/** A revision may catch as many as it likes; one that is thrown later is among the newest. */
const KEPT = 100;

/** Statements that failed, whether the revision caught their errors or not. */
export class FailedStatements {
  readonly #failed: FailedStatement[] = [];
  /** What made the transaction unusable. */
  #first: FailedStatement | null = null;
  /** With what the session ended, or was found to have ended. */
  #last: FailedStatement | null = null;

  add(failed: FailedStatement): void {
    if (failed.follows === null) this.#first = failed;
    if (failed.endsSession && failed.follows === null) this.#last = failed;
    else if (failed.follows === 'session') this.#last ??= failed;
    this.#failed.push(failed);
    if (this.#failed.length > KEPT) this.#failed.shift();
  }

  clear(): void {
    this.#failed.length = 0;
    this.#first = null;
    this.#last = null;
  }

  /**
   * The statement whose error ended a run: the one that raised it, or that it tells of in its own
   * words. MikroORM and revisions throw errors of their own in place of what they caught.
   */
  behind(thrown: unknown): FoundStatement | null {
    const errors = [...withCauses(thrown)];
    const found =
      this.#failed.findLast((failed) => errors.includes(failed.thrown)) ??
      this.#failed.findLast(({ error: { message } }) =>
        errors.some((each) => tells(each, message)),
      );
    if (!found) return null;
    const first = { transaction: this.#first, session: this.#last };
    const cause = (found.follows && first[found.follows]) ?? found;
    return { ...cause, wentOnWithout: cause.follows === null ? found.follows : null };
  }
}

function* withCauses(thrown: unknown, seen = new Set<unknown>()): Generator<unknown> {
  if (seen.has(thrown)) return;
  seen.add(thrown);
  yield thrown;
  if (!(thrown instanceof Error)) return;
  if (thrown.cause !== undefined) yield* withCauses(thrown.cause, seen);
  if (thrown instanceof AggregateError) {
    for (const each of thrown.errors) yield* withCauses(each, seen);
  }
}

function tells(thrown: unknown, message: string): boolean {
  const text = thrown instanceof Error ? thrown.message : thrown;
  return message !== '' && typeof text === 'string' && text.includes(message);
}

/** Finds the statement that an error comes from, among those that failed. */

import type { StatementError, StatementStarted } from '../protocol.ts';

export interface FailedStatement {
  readonly statement: Pick<StatementStarted, 'seq' | 'sql' | 'revision'>;
  readonly error: StatementError;
  /** As it was thrown. */
  readonly thrown: unknown;
  /** Fails only because an earlier one did: the transaction was lost by that. */
  readonly follows: boolean;
}

/** A revision may catch as many as it likes; one that is thrown later is among the newest. */
const KEPT = 100;

/** Statements that failed, whether the revision caught their errors or not. */
export class FailedStatements {
  readonly #failed: FailedStatement[] = [];
  /** What made the transaction unusable. */
  #first: FailedStatement | null = null;

  add(failed: FailedStatement): void {
    if (!failed.follows) this.#first = failed;
    this.#failed.push(failed);
    if (this.#failed.length > KEPT) this.#failed.shift();
  }

  clear(): void {
    this.#failed.length = 0;
    this.#first = null;
  }

  /**
   * The statement whose error ended a run: the one that raised it, or that it tells of in its own
   * words. MikroORM and revisions throw errors of their own in place of what they caught.
   */
  behind(thrown: unknown): FailedStatement | null {
    const errors = [...withCauses(thrown)];
    const found =
      this.#failed.findLast((failed) => errors.includes(failed.thrown)) ??
      this.#failed.findLast(({ error: { message } }) =>
        errors.some((each) => tells(each, message)),
      );
    if (!found) return null;
    return found.follows ? (this.#first ?? found) : found;
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

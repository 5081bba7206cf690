import type { StatementError } from '../../contract/statement.ts';
import type { KyselyModule, Unusable } from './connection.ts';
import type { Guard } from './guard.ts';
import type { RawQuery } from './raw-query.ts';

/** How statements are sent, and what their errors mean. */
export interface Execution {
  /** Whether an error says that a statement waited for others until its time was up. */
  isLockTimeout(error: unknown): boolean;
  /** What an earlier error made unusable, if an error says no more than that; else null. */
  followsFailure(error: unknown): Unusable | null;
  /** Whether the session ended with an error. */
  endsSession(error: unknown): boolean;
  /**
   * After a statement failed in a transaction: whether the database rolled all of it back, so that
   * what is sent next would stay.
   */
  hasLostTransaction(query: RawQuery): Promise<boolean>;
  /**
   * A Kysely dialect that runs nothing and hands every statement to `record`.
   * `kysely` is the project's own copy of that package.
   */
  recorder(kysely: KyselyModule, record: (sql: string) => void): unknown;
  describeError(error: unknown): StatementError;
  /**
   * What of a text the database refuses inside a transaction, in words; null if nothing.
   *
   * @param alone the text is not sent within one
   */
  nonTransactional(sql: string, alone: boolean): Promise<string | null>;
  /** The statements of a text that may hold several; the whole text where it can't be read. */
  statementsIn(text: string): Promise<readonly string[]>;
  readonly guard: Guard;
}

import type { Direction } from './direction.ts';

/** What `up()` or `down()` of one revision would send, collected without a database. */
export interface Preview {
  readonly name: string;
  readonly direction: Direction;
  /** To the supervisor only the first ones cross: no person reads more. */
  readonly statements: readonly string[];
  /** How many there are. */
  readonly total: number;
  readonly transactional: boolean;
  /** The author's reason, when `down()` refuses. */
  readonly irreversible: string | null;
  /** There is no `down()`: MikroORM's own refuses. False for `up`. */
  readonly noDowngrade: boolean;
  /** Why the statements may be incomplete: the code reads data, or threw half-way. */
  readonly incomplete: string | null;
  /**
   * `execute()` stands after `addSql()` in the code, but is sent at once, before everything that
   * was added (Migration.js, MigrationRunner.js).
   */
  readonly reordered: boolean;
}

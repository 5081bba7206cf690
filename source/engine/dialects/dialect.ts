/** What differs between the databases, and nothing else. One implementation per database. */

import type { DriverName, LockHolder, StatementError } from '../../protocol.ts';
import type { Configuration, Driver } from '../mikro-orm.ts';

export interface Dialect {
  readonly driver: DriverName;
  /** Which database a configuration points at, without opening it. */
  locate(config: Configuration, root: string): Location;
  /** The database's own files, whose change means that another process wrote to it. */
  dataFiles(location: Location): readonly string[];
  /** The user's driver options, changed so that the connection can't write. */
  readOnly(driverOptions: unknown): unknown;
  /** Statements that make an open connection refuse to write, for drivers that a user built. */
  readonly readOnlyStatements: readonly string[];
  /**
   * After a read-only connection failed with `error`: finishes what a killed process left
   * half-done, if that is the cause. True if reading may now succeed.
   */
  recover(error: unknown, location: Location): boolean;
  /**
   * A Kysely dialect that runs nothing and hands every statement to `record`.
   * `kysely` is the project's own copy of that package.
   */
  recorder(kysely: KyselyModule, record: (sql: string) => void): unknown;
  /** Milliseconds since the epoch of a value in the migrations table; null if there is none. */
  timestamp(value: unknown): number | null;
  describeError(error: unknown): StatementError;
  /** One run per database at a time. Freed by the operating system when the process ends. */
  lock(location: Location): RunLock;
  /** Is this the driver of the dialect? */
  speaks(driver: Driver): boolean;
}

export interface Location {
  /** For people. */
  readonly database: string;
  /** The same database has the same key, whatever project it is opened from. */
  readonly key: string;
  /** False: there is no such database; null: only a connection can tell. */
  readonly exists: boolean | null;
}

export interface RunLock {
  /** True if this process now holds the lock. Does not wait. */
  tryAcquire(): boolean;
  /** Who holds it now; null if nobody does, or the holder left no name yet. */
  holder(): LockHolder | null;
  /** Whether some process holds it. Clears away what a killed process left. */
  held(): boolean;
  release(): void;
}

/** The exports of `kysely` that recorders are made of. */
export type KyselyModule = typeof import('kysely');

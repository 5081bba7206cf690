/** Where a configuration leads, and what can be done there. */

import type { TargetPlace } from '../../contract/protection.ts';
import type { LockHolder } from '../../contract/run.ts';
import type { Blocker, ServerNotice, StatementProgress } from '../../contract/statement.ts';
import type { Timeouts } from '../../contract/target.ts';
import type { Configuration, SqlConnection } from '../project/mikro-orm.ts';
import type { RawQuery } from './raw-query.ts';

/** A notice, before it is known which statement it belongs to. */
export type HeardNotice = Omit<ServerNotice, 'seq' | 'at'>;

/** How far a statement is, before anybody has measured how fast it goes. */
export type PhaseProgress = Omit<StatementProgress, 'left'>;

export interface Activity {
  readonly blockers: readonly Blocker[];
  /** Null while the server does not tell. */
  readonly progress: PhaseProgress | null;
}

export interface Location {
  /** For people. */
  readonly database: string;
  /** The same database has the same key, whatever project it is opened from. */
  readonly key: string;
  /** False: there is no such database; null: only a connection can tell. */
  readonly exists: boolean | null;
  readonly place: TargetPlace;
}

export interface RunLock {
  /** True if this process now holds the lock. Does not wait. */
  tryAcquire(): boolean | Promise<boolean>;
  /** Who holds it now; null if nobody does, or the holder left no name yet. */
  holder(): LockHolder | null | Promise<LockHolder | null>;
  /** Whether this process still holds what it acquired: a server may end the session that has it. */
  stillHeld(): boolean | Promise<boolean>;
  /**
   * Has a transaction that began just now keep other runs away until it ends, whatever becomes of
   * the lock. False: another run's transaction does.
   */
  lockTransaction(query: RawQuery): Promise<boolean>;
  /** Whether some process holds it. Clears away what a killed process left. */
  held(): boolean | Promise<boolean>;
  /**
   * Ends what a server still does for this process in sessions whose connection broke, so that what
   * is read next is what stays. Null where sessions are in this process.
   */
  readonly endLost: (() => Promise<void>) | null;
  release(): void;
}

export type Unusable = 'transaction' | 'session';

/** The exports of `kysely` that recorders are made of. */
export type KyselyModule = typeof import('kysely');

/** How a database is reached, and who else is there. */
export interface Connecting {
  /** Which database a configuration points at, without opening it. */
  locate(config: Configuration, root: string): Location;
  /** The database's own files, whose change means that another process wrote to it. */
  dataFiles(location: Location): readonly string[];
  /** The user's driver options, changed so that the connection can't write. */
  readOnly(driverOptions: unknown): unknown;
  /** Statements that make an open connection refuse to write, for drivers that a user built. */
  readonly readOnlyStatements: readonly string[];
  /**
   * What the database itself limits in runs where no setting of Handrail does, in sentences. Null
   * where it ends no statement that takes or waits too long.
   */
  readonly limits: ((query: RawQuery, timeouts: Timeouts) => Promise<readonly string[]>) | null;
  /** Sent on every connection that is opened, before anything else. */
  sessionStatements(access: 'look' | 'run', timeouts: Timeouts): readonly string[];
  /**
   * The user's driver options, changed so that each new connection is looked at: one that can't
   * be used is refused, and `hear` gets what the server says beside its answers. Those of a driver
   * that a user built stay as they are.
   */
  watching(driverOptions: unknown, hear: (notice: HeardNotice) => void): unknown;
  /** What the server does for the statements of this process now; null where nobody can tell. */
  readonly activity: ((query: RawQuery) => Promise<Activity>) | null;
  /** Sent by another session, ends what this process's are doing; null where nobody can. */
  readonly cancellation: string | null;
  /** Connections that Handrail needs beside those of the project. */
  readonly ownConnections: number;
  /** Whether an error says that there is no such database. */
  isDatabaseNotFound(error: unknown): boolean;
  /** What to do about a database that can’t be read, by the error that says so. */
  unreachable(error: unknown): readonly string[];
  /** Whether an error says that something tried to write where only reading is allowed. */
  isReadOnlyViolation(error: unknown): boolean;
  /**
   * After a read-only connection failed with `error`: finishes what a killed process left
   * half-done, if that is the cause. True if reading may now succeed.
   */
  recover(error: unknown, location: Location): boolean;
  /**
   * A query that has a row if the server which answers is on this machine, for configurations that
   * do not say where it is; null where that can't be.
   */
  readonly onThisMachine: string | null;
  /** One run per database at a time. Freed by itself when the process ends, however it does. */
  lock(location: Location, connection: SqlConnection): RunLock;
  /** All that a process sends goes through one connection, so that it can wait for itself. */
  readonly oneConnection: boolean;
  /**
   * Throwaways are databases of a server; and a session that is open, although it is idle, keeps
   * the target from being cloned.
   */
  readonly isServer: boolean;
}

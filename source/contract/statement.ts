/** What is sent to a database, and what it answers. */

import type { Direction } from './direction.ts';

export type StatementKind = 'sql' | 'begin' | 'commit' | 'rollback' | 'savepoint' | 'release';

/** Sent before a statement runs. */
export interface StatementStarted {
  /** Counts from 1 within a run. */
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly kind: StatementKind;
  /** Cut at {@link SQL_LIMIT} characters; `length` is the whole. */
  readonly sql: string;
  readonly length: number;
  /** Bound parameters as text; usually empty, as MikroORM inlines them. */
  readonly parameters: readonly string[];
  /** The revision that sent it; null for Handrail's and the runner's own statements around them. */
  readonly revision: string | null;
  readonly direction: Direction | null;
}

/** Sent after a statement ended, well or not. */
export interface StatementEnded {
  readonly seq: number;
  /** Milliseconds. */
  readonly ms: number;
  /** Rows changed; null where the database does not say. */
  readonly affected: number | null;
  /** Rows returned. */
  readonly rows: number;
  readonly error: StatementError | null;
}

export interface StatementError {
  readonly message: string;
  /** SQLite result code name or SQLSTATE. */
  readonly code: string | null;
  /** Character offset in the SQL, 1-based, where the database gives one. */
  readonly position: number | null;
  readonly detail: string | null;
  readonly hint: string | null;
  /** The message was written by code of the project or the database, so that it may be data. */
  readonly raised?: true;
}

/** What the server said beside its answers. May hold anything: escape before showing. */
export interface ServerNotice {
  /** Of the statement that ran then, or had run last. */
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly severity: 'notice' | 'warning';
  readonly message: string;
  /** SQLSTATE; null for what has none of its own. */
  readonly code: string | null;
  readonly detail: string | null;
  readonly hint: string | null;
  /** The functions that it comes from. */
  readonly where: string | null;
}

/** As many notices of a run are told and kept; of more only the number is. */
export const NOTICE_LIMIT = 500;

/** How far the server is with a statement, as it says itself. */
export interface StatementProgress {
  /** In the server's words: `building index: scanning table`. */
  readonly phase: string;
  /** Which phase it is, from 1; null where their number is not known before. */
  readonly step: { readonly at: number; readonly of: number } | null;
  /** Of this phase. */
  readonly done: number;
  /** Null where the server does not know it. */
  readonly total: number | null;
  readonly unit: 'blocks' | 'rows' | 'bytes' | 'indexes' | 'sessions';
  /** An estimate of the milliseconds until the phase ends; null while there is none. */
  readonly left: number | null;
}

/** A statement whose SQL is longer is cut in messages and on screen, never in the database. */
export const SQL_LIMIT = 65_536;

/** A session of the database that keeps a statement of the run waiting. */
export interface Blocker {
  /** Of the server's process. */
  readonly pid: number;
  readonly user: string | null;
  readonly application: string;
  /**
   * What it does, or did last; cut, and without any literal, as they are somebody else's. May hold
   * anything: escape before showing.
   */
  readonly query: string;
  /** When its transaction began, ISO 8601; null if it is in none. */
  readonly since: string | null;
}

/** Where to write, and what of it. Null where nothing is recorded. */
export interface TracePlace {
  readonly path: string;
  readonly literals: LiteralPolicy;
}

/** Of a statement that is longer only this much is told. */
export const TRACED_SQL = 2_000;

export type LiteralPolicy =
  /** Shorten long string literals. */
  | 'cut'
  /** Keep no literal at all, and no comment either: it may hold data too. */
  | 'none';

/** Databases to rehearse on, their states, and what became of rows between two of them. */

import type { StatementError } from '../../contract/statement.ts';
import type { SqlConnection } from '../project/mikro-orm.ts';
import type { DialectFinding, RevisionStatements } from './analysis.ts';
import type { SchemaObject } from './catalogue.ts';
import type { Location } from './connection.ts';
import type { Meter, PassRecord } from './measurement.ts';
import type { RawQuery } from './raw-query.ts';

/**
 * The same pass once more, from the same state, while the database followed no references: the
 * yardstick for what the pass did by the way.
 */
export type Twin<M extends Mark = Mark> =
  | { readonly state: M; readonly record: PassRecord; readonly problem: null }
  /** It did not complete, or not at all. */
  | { readonly state: null; readonly record: null; readonly problem: string };

/** One thing that two states of a database do not have in common. */
export interface StateDifference {
  readonly kind: 'schema' | 'rows' | 'values' | 'numbers';
  readonly table: string;
  /** Of values. */
  readonly column: string | null;
  /** In a few words. */
  readonly what: string;
}

/** What a pass is measured by. */
export interface Yardstick<M extends Mark = Mark> {
  /** The state that the pass began with. */
  readonly start: M;
  /** Makes a twin, each time another one; the caller releases its state. */
  twin(options?: TwinOptions): Promise<Twin<M>>;
}

/** What a twin does beside following no references. */
export interface TwinOptions {
  /** No trigger does anything either. */
  readonly quiet?: boolean;
  /** Another one than the throwaway's own. */
  readonly meter?: Meter;
}

/** How large a table is, and who uses it. */
export interface TableFacts {
  /** As the server estimates them; null if it never looked. */
  readonly rows: number | null;
  /** With indexes, and of all partitions. */
  readonly bytes: number;
  readonly empty: boolean;
  readonly partitioned: boolean;
  /** Other sessions that have it locked just now, in transactions that are open. */
  readonly sessions: number;
  /**
   * Reads by index and rows changed, since the statistics were last reset. Reads of all rows do not
   * count, as copies and rehearsals make them.
   */
  readonly uses: number;
  /** ISO 8601, of the last read by index; null if there was none, or before version 16. */
  readonly lastUsed: string | null;
}

/** By name, with its schema where the search path does not lead there. */
export type Tables = ReadonlyMap<string, TableFacts>;

/** A state of a throwaway, kept to compare later ones with. */
export interface Mark {
  /** In all tables but the one that records revisions. */
  readonly rows: number;
  readonly objects: readonly SchemaObject[];
  release(): Promise<void>;
}

/** A database that Handrail made and will drop. */
export interface Throwaway<M extends Mark = Mark> {
  /** For the project's tests. May hold a password. */
  readonly url: string;
  /** How large it is. */
  bytes(): Promise<number>;
  /** The user's configuration, pointing here. */
  retarget(config: Readonly<Record<string, unknown>>): Record<string, unknown>;
  /** @throws Refusal if the open connection is to any other database. */
  assertHere(query: RawQuery): Promise<void>;
  /** Statements that make a connection quick where nothing has to last. */
  readonly prepare: readonly string[];
  /** Keeps the present state. No transaction may be open. */
  mark(): Promise<M>;
  /**
   * Lets `work` find the state of a mark in the place of the present one, which is put back when it
   * ends, and returns what `work` left. Not where keeping a state is no copy of the database.
   */
  instead?(mark: M, work: () => Promise<void>): Promise<M>;
  /**
   * What is otherwise now than in a state that should have been reached.
   *
   * @param again the same state reached once more: what differs there was made by time or chance
   */
  differencesFrom?(wanted: M, again: M): readonly StateDifference[];
  /** @param quiet for a run in which no trigger does anything */
  meter(mark: M, quiet?: boolean): Meter;
  objects(): Promise<readonly SchemaObject[]>;
  /** Whether two expressions give a column of a type the same value, whenever they are asked. */
  sameValue(one: string, other: string, type: string): Promise<boolean>;
  /** What the last pass did to the rows that were there at the mark. */
  compare(
    mark: M,
    passes: readonly PassRecord[],
    statements: RevisionStatements,
    yardstick: Yardstick<M>,
  ): Promise<{ readonly findings: readonly DialectFinding[]; readonly rowsLost: number }>;
  /** Whether the content is sound: references, sequences, and with `structure` the file itself. */
  check(
    mark: M,
    passes: readonly PassRecord[],
    statements: RevisionStatements,
    structure: boolean,
  ): Promise<readonly DialectFinding[]>;
  /** Whom a pass would keep waiting at the target, and what they would miss. */
  hazards(
    mark: M,
    pass: PassRecord,
    statements: RevisionStatements,
    target: Tables,
  ): Promise<readonly DialectFinding[]>;
  /** Why a pass failed, in terms of the rows that are in its way. */
  diagnose(
    mark: M,
    pass: PassRecord,
    error: StatementError,
    failed: string | null,
    statements: RevisionStatements,
  ): Promise<DialectFinding | null>;
  drop(): Promise<void>;
}

/** What throwaways are made of, and where. */
export interface ThrowawayPlace {
  readonly location: Location;
  /** Of the target. */
  readonly connection: SqlConnection;
  /** For files; the caller removes it. */
  readonly folder: string;
  /** The table that records revisions, with its schema if it has one. */
  readonly table: string;
  /** The URL of the server to make them on; null: where the target is. */
  readonly server: string | null;
  /** How much of the target's rows is copied on a server. */
  readonly bytes: number;
}

/** Makes throwaways. */
export interface Throwaways {
  /**
   * A copy of the target, with all that is in it; null where none can be made while others use it,
   * or because it is too large: then its revisions have to make it, and {@link fill} copies rows.
   *
   * @throws Refusal `no-room`, `database-unreachable`
   */
  copy(onProgress: (fraction: number) => void): Promise<Throwaway | null>;
  /**
   * @param what it is for, in a word
   * @param statements that are going to run on it, asked for only where it matters: what the
   *   database has to have before anybody makes it, such as extensions, is made but for what
   *   these make
   */
  empty(what: string, statements?: () => Promise<readonly string[]>): Promise<Throwaway>;
  /**
   * Copies rows of the target into a throwaway with tables like it. Returns which, in words.
   *
   * @throws Refusal `database-unreachable`
   */
  fill(made: Throwaway, onProgress: (fraction: number) => void): Promise<string>;
  /**
   * A second throwaway in the state of the first, which nobody may be connected to meanwhile.
   *
   * @param what it is for, in a word
   * @throws Refusal `no-room`
   */
  clone(made: Throwaway, what: string): Promise<Throwaway>;
  /**
   * Puts what was made in the place of the database that the application is to open: whoever has
   * that open sees all of the old one or all of the new one.
   *
   * @throws Refusal `database-unreachable` while somebody keeps it locked
   */
  replaceApplication(made: Throwaway): Promise<{ readonly url: string; readonly database: string }>;
  /** How large the target's tables are and who uses them, only read; none where nobody else can. */
  targetTables(): Promise<Tables>;
  /**
   * The schema of the target as it is now, only read; null if it can't be compared with throwaways,
   * since another server makes them.
   */
  targetObjects(): Promise<readonly SchemaObject[] | null>;
  /**
   * Drops what processes left that are gone. Returns the names.
   *
   * @param application the one of the application as well, which this process's parent wanted
   */
  sweep(application: boolean): Promise<readonly string[]>;
  /** Drops all that were made, but for the one of the application. */
  close(): Promise<void>;
}

/** What differs between the databases, and nothing else. One implementation per database. */

import type { DatabaseSchema, DatabaseTable, SqlTriggerDef, TableDifference } from '@mikro-orm/sql';
import type {
  BackedUpTable,
  Backup,
  BackupContent,
  Restored,
  RestoredTable,
} from '../../contract/backup.ts';
import type { Direction } from '../../contract/direction.ts';
import type { ObjectKind, ObjectRef } from '../../contract/object-ref.ts';
import type { TargetPlace } from '../../contract/protection.ts';
import type {
  Differing,
  Finding,
  RepairChoice,
  StatementEffect,
} from '../../contract/rehearsal.ts';
import type { LockHolder } from '../../contract/run.ts';
import type {
  Blocker,
  ServerNotice,
  StatementError,
  StatementProgress,
} from '../../contract/statement.ts';
import type { DriverName, Timeouts } from '../../contract/target.ts';
import type { Check } from '../doctor/check.ts';
import type { Configuration, SqlConnection } from '../project/mikro-orm.ts';
import type { RawQuery } from './raw-query.ts';

/** Where backups are made of, or put back. */
interface BackupSite {
  readonly location: Location;
  readonly connection: SqlConnection;
  /** Of the backup. */
  readonly folder: string;
  /** The table that records revisions, with its schema if it has one. */
  readonly table: string;
}

export interface BackupPlace extends BackupSite {
  /** Only tables of this one; null: of all. */
  readonly schema: string | null;
  /** Those that drop or rewrite; null: nobody knows, so that everything is kept. */
  readonly statements: readonly string[] | null;
  /** Just these, whatever the statements are. */
  readonly tables: readonly Pick<BackedUpTable, 'schema' | 'name'>[] | null;
}

export interface RestoreSite extends BackupSite {
  readonly aside: boolean;
}

interface Backups {
  /** Throws what stands in its way; the caller removes the folder then. */
  make(place: BackupPlace): Promise<BackupContent>;
  /** What restoring would do. `into` is the schema that it makes beside the tables, or null. */
  plan(
    site: RestoreSite,
    backup: Backup,
  ): Promise<{ readonly tables: readonly RestoredTable[]; readonly into: string | null }>;
  /**
   * All of it or nothing.
   *
   * @param keep backs up what is there now, when nothing can change it any more, or as shortly
   *   before as can be; null where nothing is overwritten
   */
  restore(
    site: RestoreSite,
    backup: Backup,
    keep: (() => Promise<Backup>) | null,
  ): Promise<Restored>;
}

export interface Dialect {
  readonly backups: Backups;
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
  /** Whether an error says that a statement waited for others until its time was up. */
  gaveUpWaiting(error: unknown): boolean;
  /** What an earlier error made unusable, if an error says no more than that; else null. */
  followsFailure(error: unknown): Unusable | null;
  /** Whether the session ended with an error. */
  endsSession(error: unknown): boolean;
  /**
   * After a statement failed in a transaction: whether the database rolled all of it back, so that
   * what is sent next would stay.
   */
  hasLostTransaction(query: RawQuery): Promise<boolean>;
  /** Whether an error says that there is no such database. */
  isMissing(error: unknown): boolean;
  /** What to do about a database that can’t be read, by the error that says so. */
  unreachable(error: unknown): readonly string[];
  /** Whether an error says that something tried to write where only reading is allowed. */
  refusesToWrite(error: unknown): boolean;
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
  /**
   * A query that has a row if the server which answers is on this machine, for configurations that
   * do not say where it is; null where that can't be.
   */
  readonly onThisMachine: string | null;
  /** A query whose rows change when the structure does that these revisions are applied to. */
  schemaText(record: RecordTable): string;
  /** A query that has a row if there is such a column. */
  columnExists(table: string, column: string): string;
  /** Milliseconds since the epoch of a value in the migrations table; null if there is none. */
  timestamp(value: unknown): number | null;
  describeError(error: unknown): StatementError;
  /** One run per database at a time. Freed by itself when the process ends, however it does. */
  lock(location: Location, connection: SqlConnection): RunLock;
  /** All that a process sends goes through one connection, so that it can wait for itself. */
  readonly oneConnection: boolean;
  /** What a column of an entity may have and the database does not keep. */
  readonly unkept: readonly ('length' | 'comment')[];
  readonly layout: {
    /** Of the package `sql-formatter`. */
    readonly language: 'sqlite' | 'postgresql';
    /** The database keeps the text of such a statement, and MikroORM reads it there. */
    keepsText(sql: string): boolean;
  };
  /**
   * What of a text the database refuses inside a transaction, in words; null if nothing.
   *
   * @param alone the text is not sent within one
   */
  transactionless(sql: string, alone: boolean): Promise<string | null>;
  readonly guard: Guard;
  /** The statements of a text that may hold several; the whole text where it can't be read. */
  statementsIn(text: string): Promise<readonly string[]>;
  /** Null where the server changes a table as MikroORM asks it to. */
  readonly tableWriter: TableWriter | null;
  readonly equality: SchemaEquality;
  /** A name as the database keeps it. */
  cutName(name: string): string;
  /** What has to be decided where a column gets another type. */
  readonly conversions: Conversions;
  /** What has to make way for statements that change columns; null where nothing does. */
  readonly inTheWay: ((statements: readonly string[], query: RawQuery) => Promise<InTheWay>) | null;
  /** Null where MikroORM writes all that can be written. */
  readonly remedies: SchemaRemedies | null;
  /** Names of throwaways on a server that nobody will drop, since their process is gone. */
  leftovers(query: RawQuery): Promise<readonly string[]>;
  /** Indexes that the database keeps and does not use, since their build did not end. */
  invalidIndexes(query: RawQuery): Promise<readonly string[]>;
  /** Of the doctor, about what only this database has; the worst first. */
  readonly checks: readonly Check[];
  /**
   * Throwaways are databases of a server; and a session that is open, although it is idle, keeps
   * the target from being cloned.
   */
  readonly isServer: boolean;
  /** Null where a database has but one schema. */
  readonly schemas: SchemaQueries | null;
  /** Databases to rehearse on. Makes none yet. */
  throwaways(place: ThrowawayPlace): Promise<Throwaways>;
}

/** A notice, before it is known which statement it belongs to. */
export type HeardNotice = Omit<ServerNotice, 'seq' | 'at'>;

/** How far a statement is, before anybody has measured how fast it goes. */
export type PhaseProgress = Omit<StatementProgress, 'left'>;

export interface Activity {
  readonly blockers: readonly Blocker[];
  /** Null while the server does not tell. */
  readonly progress: PhaseProgress | null;
}

/** The table that records which revisions are applied. */
export interface RecordTable {
  /** Null where the database has but one. */
  readonly schema: string | null;
  readonly name: string;
}

/** Queries about the schemas of a database. */
export interface SchemaQueries {
  /** A row for each: `name`, and whether it is `recorded`, which is to have such a table. */
  all(table: string): string;
  /** A row for each record that some of the schemas have: `schemas` and `names`, as JSON. */
  records(schemas: readonly string[], table: string): string;
  /** Makes names mean what is in that schema, until the transaction ends. */
  enter(schema: string): string;
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

/** The exports of `kysely` that recorders are made of. */
export type KyselyModule = typeof import('kysely');

/** One object of a schema. Those with the same id are the same, and equal if their texts are. */
export interface SchemaObject {
  readonly id: string;
  readonly kind: Exclude<
    ObjectKind,
    'check' | 'exclusion' | 'partitioning' | 'primary key' | 'row security' | 'unique'
  >;
  /** Which object it is, as data. */
  readonly ref: ObjectRef;
  /** The table that it is or belongs to; else its own name. */
  readonly table: string;
  readonly name: string;
  /** What people call it: with the table where the name alone would not do. */
  readonly place: string;
  readonly text: string;
  /** The columns of the table that it is about, if it is about nothing else. */
  readonly columns: readonly string[];
  /** Of a column: what its text is made of, as far as entities can say it. */
  readonly column?: ColumnFacts;
}

export interface ColumnFacts {
  readonly type: string;
  /** What its type is made of, where that is a domain; else the type. */
  readonly base: string;
  readonly notNull: boolean;
  /** An expression; null if there is none, or a sequence gives the values. */
  readonly default: string | null;
  /** The expression of a generated column. */
  readonly generated: string | null;
  /** Null where it is the one of the type. */
  readonly collation: string | null;
  /** The largest number that rows get by themselves; null if they get none. */
  readonly numbersTo: string | null;
  /** The default that gives them, if it takes them from a sequence that is not the column’s own. */
  readonly numbersFrom: string | null;
  /** Rows can’t bring a number of their own. */
  readonly numbersAlways: boolean;
}

/** A change of a revision, by the statements that it sends; see rehearsal/rewrite.ts. */
export interface Edit {
  readonly direction: Direction;
  /** Index of the statement among those that the direction sends. */
  readonly at: number;
  readonly place: 'before' | 'after' | 'instead';
  readonly statements: readonly string[];
}

/** A revision that a repair adds right after the one that it changes. */
export interface FurtherRevision {
  /** What it does, in a word or two; a part of its name. */
  readonly label: string;
  readonly up: readonly string[];
  readonly down: readonly string[];
  /** It has to run without a transaction. */
  readonly alone: boolean;
}

/** A repair before the revision's file was rewritten for it. */
export interface DialectRepair {
  readonly title: string;
  readonly caution: string;
  /** Null where a person has to make them. */
  readonly edits: readonly Edit[] | null;
  /** What to write then. */
  readonly shown?: readonly string[];
  /** The changed revision has to run without a transaction. */
  readonly alone?: boolean;
  readonly further?: readonly FurtherRevision[];
  /** What only a person can decide. A value stands in its statements as {@link ANSWER}. */
  readonly choice?: RepairChoice;
  /** Where the upgrade may end otherwise than the revision as it was would have it. */
  readonly differs?: readonly Differing[];
}

/** A finding before the revision's file was rewritten for its repairs. */
export interface DialectFinding extends Omit<Finding, 'step' | 'again' | 'repairs'> {
  readonly repairs: readonly DialectRepair[];
}

/** The statements of a revision: those that a pass sent, and those that are known of the other. */
export interface RevisionStatements {
  readonly up: readonly string[];
  readonly down: readonly string[];
}

/** What a pass did, as far as it came. */
export interface PassRecord {
  readonly direction: Direction;
  readonly statements: readonly (StatementEffect & {
    readonly affected: number;
    readonly counted: Counted | null;
  })[];
  /** What was done when transactions were committed, after their last statement. */
  readonly committed?: readonly Counted[];
}

/** Rows that a statement changed, by what became of them, for those who compare. */
export interface Counted {
  /** That it changed itself, as the driver says; null if it does not. */
  readonly told: number | null;
  /** Of tables, by an id that a rename does not change. */
  readonly tables: ReadonlyMap<string, RowCounts>;
  /** Those that code emptied without counting rows, by the same id. */
  readonly emptied?: readonly string[];
  /** Schemas in which names without one are looked for, in their order. */
  readonly path: readonly string[];
  /** Rows that tables had when the statement truncated them, as far as they could be counted. */
  readonly truncated?: ReadonlyMap<string, number>;
}

export type Unusable = 'transaction' | 'session';

export interface RowCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/**
 * The same pass once more, from the same state, while the database followed no references: the
 * yardstick for what the pass did by the way.
 */
export type Twin<M extends Mark = Mark> =
  | { readonly state: M; readonly record: PassRecord; readonly problem: null }
  /** It could not be run to its end, or not at all. */
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

/** When objects of two schemas are equal although their texts, or names, differ. */
export interface SchemaEquality {
  /** Constraints have the names that people gave them. */
  readonly namesConstraints: boolean;
  /** What matters of a type. */
  typeOf(type: string): string;
  /** What an object does, without its name. */
  meaning(object: SchemaObject): string;
  /** What a table may lack without hurting anybody. */
  readonly harmless: ReadonlySet<string>;
}

/** Statements of an upgrade, and of the downgrade that takes them back. */
export interface BothWays {
  readonly up: readonly string[];
  readonly down: readonly string[];
}

/** Statements for objects by what the catalogue has of them; null for what they can't be made of. */
export interface SchemaRemedies {
  removal(object: SchemaObject): BothWays | null;
  /** Whether others depend on it, so that they have to go first. */
  isUsed(object: SchemaObject, query: RawQuery): Promise<boolean>;
  /** Whether an error says that there is no such object. */
  lacks(error: unknown, object: SchemaObject): boolean;
  /**
   * Makes what is there, or is not, what the entities want.
   *
   * @param objects all that are there
   * @param written MikroORM changes it, as far as it sees
   */
  equalize(
    wanted: SchemaObject,
    real: SchemaObject | null,
    objects: readonly SchemaObject[],
    written: boolean,
  ): BothWays | null;
}

/** What statements that change or drop columns meet. */
export interface InTheWay {
  /** Those that are dropped before and made again after, in the order to drop them in. */
  readonly rebuilt: readonly {
    readonly ref: ObjectRef;
    readonly drop: string;
    readonly make: readonly string[];
  }[];
  /** What can’t be made again, in the server’s words and as an object, and what it uses. */
  readonly blocking: readonly {
    readonly what: string;
    /** Without a name where it is none that people drop. */
    readonly ref: Omit<ObjectRef, 'name'> & { readonly name: string | null };
    readonly place: string;
    readonly change: 'type' | 'drop';
  }[];
}

/** A decision about values that get another type. */
export interface Conversion {
  readonly why: 'zone' | 'cast';
  /** An SQL expression that may be right; null if there is none. */
  readonly proposed: string | null;
}

export interface Conversions {
  /**
   * Null where the usual conversion gives the same value, or fails where it does not.
   *
   * @param column quoted
   */
  needed(from: string, to: string, column: string, query: RawQuery): Promise<Conversion | null>;
  /** The expression that takes a conversion back; null if that is not known. */
  inverse(expression: string): string | null;
  /** A statement that converts a column; null where {@link TableWriter} writes those. */
  statement(table: string, column: string, type: string, expression: string): string | null;
  /** A statement with another expression in it, if it converts that column; else null. */
  converting(sql: string, table: string, column: string, expression: string): string | null;
}

/** Keeps runs from changing rows that no statement names. */
export interface Guard {
  /** Whether a statement is to be looked at before it is sent, as a glance at its text tells. */
  looksHarmful(sql: string): boolean;
  /**
   * Begins to suspect statements, which it is told in their order: what one may do by the way, in
   * one sentence; null if nothing. Cheap, and rather once too often: whether it does is measured.
   */
  suspecting(query: RawQuery): (sql: string) => Promise<string | null>;
  /** Sent before and after a run that is guarded, outside of its transaction. */
  readonly suspend: readonly string[];
  readonly resume: readonly string[];
  /** Makes the triggers that there are change nothing, under their names. */
  silence?(query: RawQuery): Promise<void>;
  /**
   * What is sent, while references are not followed, in place of a statement that failed only
   * because rows are there that these would have taken along; null if that is not why.
   */
  instead?(sql: string, error: unknown): string | null;
  /** How many references are broken now; asked before and after what ran without the checks. */
  violations(query: RawQuery): Promise<number>;
}

/** Writes the statements of a draft for a database that can't change a table as MikroORM asks it to. */
export interface TableWriter {
  /** A query for the texts that the database keeps: its rows are each an {@link ObjectText}. */
  readonly texts: string;
  load(): Promise<{
    /** Puts into a schema what MikroORM does not read. */
    complete(schema: DatabaseSchema, texts: readonly ObjectText[]): void;
    /** @param texts of what was there before the draft */
    alterTable(
      difference: TableDifference,
      direction: Direction,
      texts: readonly ObjectText[],
      helper: TableHelper,
    ): readonly string[];
    createTable(
      table: DatabaseTable,
      direction: Direction,
      texts: readonly ObjectText[],
      helper: TableHelper,
    ): readonly string[];
  }>;
}

/** A table, or what hangs on one, as it was written. */
export interface ObjectText {
  readonly kind: 'table' | 'index' | 'trigger';
  readonly name: string;
  readonly table: string;
  readonly sql: string;
}

/** What MikroORM's own helper makes of tables. */
export interface TableHelper {
  alterTable(difference: TableDifference): readonly string[];
  createTable(table: DatabaseTable): readonly string[];
  dropIndex(name: string): string;
  /** What a column’s value becomes in a table that is made anew, as SQL. */
  valueOf(table: string, column: string): string;
  dropTrigger(table: DatabaseTable, trigger: SqlTriggerDef): string;
  quote(name: string): string;
}

/** Measures what statements do, while they are sent. One for each pass. */
export interface Meter {
  before(sql: string, query: RawQuery): Promise<void>;
  /** @param told rows that the statement changed itself, as the driver says; null if it does not */
  after(sql: string, query: RawQuery, told: number | null): Promise<Measurement>;
  /** A transaction was committed; null where nothing was done by that, or nobody counts. */
  committed?(query: RawQuery): Promise<Counted | null>;
}

export interface Measurement extends Omit<StatementEffect, 'sql' | 'ms' | 'error'> {
  /** Rows that the statement changed itself. */
  readonly affected: number;
  /** Null where nobody could count. */
  readonly counted: Counted | null;
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

/**
 * Every message between the supervisor (UI or headless command) and an engine
 * (the child process that loads the user's project).
 *
 * All messages are plain data: they pass through Node's IPC channel by structured clone.
 * Errors never cross as exceptions, since structured clone drops their fields; they are
 * {@link Problem}s inside a {@link Reply}.
 */

import type { TracePlace } from '../journal/trace.ts';
import type { ProtectedPattern, TargetPlace } from '../session/protection.ts';
import type { Backup, Restored, RestorePlan, RestoreRequest } from './backup.ts';
import type { BuildRequest, Built } from './dev-database.ts';
import type { Diagnosis } from './doctor.ts';
import type { Draft, DraftRequest } from './draft.ts';
import type { HalfDone, MarkedAs, Resolution, Resolutions } from './half-done.ts';
import type {
  PlanInputs,
  RehearsalReport,
  RehearsalRequest,
  RehearsalStep,
  TestResult,
  Verdict,
} from './rehearsal.ts';
import type { SchemaState } from './schemas.ts';

export type Direction = 'up' | 'down';

/** The databases that Handrail has a dialect for. */
export type DriverName = 'sqlite' | 'postgresql';

/** `applied`: recorded in the target; `pending`: not; `missing`: recorded, but no file here. */
export type RevisionState = 'applied' | 'pending' | 'missing';

/**
 * What is unusual about a revision:
 * - `out-of-order`: pending, but sorts before an applied one
 * - `edited`: the file changed since Handrail applied it
 * - `irreversible`: its `down()` refuses, as its author says
 * - `no-downgrade`: it has no `down()`, so nobody decided whether there is a way back
 * - `duplicate-name`: two files, or two records, claim the name
 * - `other-extension`: recorded under a name with another file extension (MikroORM would
 *   call it pending and run it again)
 * - `broken`: the file can't be loaded as a revision
 * - `draft`: Handrail wrote it, it is not applied, and git does not have it
 * - `uncommitted`: it is applied, and git does not have it
 * - `half-done`: it ran without a transaction and did not end, and nobody settled it
 */
export type RevisionFlag =
  | 'out-of-order'
  | 'edited'
  | 'irreversible'
  | 'no-downgrade'
  | 'duplicate-name'
  | 'other-extension'
  | 'broken'
  | 'draft'
  | 'uncommitted'
  | 'half-done';

/** One revision as the folder and the target together tell it. */
export interface Revision {
  /** The name that MikroORM records. */
  readonly name: string;
  /** Path relative to the project's root; null if missing or given as a class in `migrationsList`. */
  readonly file: string | null;
  readonly state: RevisionState;
  /** The name as recorded in the target, when it differs from {@link name} (another extension). */
  readonly recordedAs: string | null;
  /** ISO 8601 in UTC; null when pending, or when the target recorded no time. */
  readonly appliedAt: string | null;
  /** sha256 of the file's bytes, hex; null without a file. */
  readonly sha256: string | null;
  readonly flags: readonly RevisionFlag[];
  /** One plain sentence for each flag that needs an explanation. */
  readonly notes: readonly string[];
  /** Its last rehearsal, as the journal knows it; null without one. */
  readonly rehearsal: RevisionEvidence | null;
  /** What ran of it, with the flag of that name. */
  readonly halfDone?: HalfDone;
}

/** What the last rehearsal of a revision is worth now. */
export interface RevisionEvidence {
  readonly verdict: Verdict;
  /** ISO 8601. */
  readonly at: string;
  /** Its number in the journal. */
  readonly rehearsal: number;
  /** What changed since, so that it proves nothing any more; empty while it does. */
  readonly stale: readonly ('file' | 'code' | 'base')[];
  /** Milliseconds of the first upgrade and of the downgrade; null if they did not run. */
  readonly upMs: number | null;
  readonly downMs: number | null;
  readonly rows: number;
  readonly rowsLost: number;
  /** Of the last plan that it was rehearsed in, as it is; null if it was in none. */
  readonly plan: Verdict | null;
}

/** What rehearsals say of a plan. */
export interface PlanEvidence {
  /** Its number in the journal. */
  readonly rehearsal: number;
  /** ISO 8601. */
  readonly at: string;
  readonly verdict: Verdict;
  /** In words, how the plan that was rehearsed differs; none if it is this one. */
  readonly differs: readonly string[];
}

/** A database that a MikroORM config points at. Holds no credentials. */
export interface Target {
  /** The project's name (package.json), else its folder's. */
  readonly project: string;
  /** MikroORM's `contextName`, `default` unless the config has several. */
  readonly name: string;
  readonly driver: DriverName;
  /** For people: the SQLite file relative to the project, or database@host. */
  readonly database: string;
  /** Identity of the database for locks and the journal: same database, same key. */
  readonly key: string;
  /** Whose revisions they are, of a database with many; null: that of the connection. */
  readonly schema: string | null;
  /** Its revisions are applied to several schemas, one after the other. */
  readonly manySchemas: boolean;
  /** False when there is no such database, or no such schema in it, yet. */
  readonly exists: boolean;
  /** It is a server's, not a file. */
  readonly onServer: boolean;
  /** What it may be called by who confirms that it is meant; the first is asked for. */
  readonly names: readonly string[];
  /** Why it has to be named before it is changed, one sentence; null if it has not. */
  readonly protected: string | null;
}

/** How the project's `migrations` settings (or the revisions) make transactions. */
export type TransactionMode = 'all-or-nothing' | 'per-revision' | 'none';

/** Where a target stands. Read without writing anything. */
export interface History {
  readonly target: Target;
  /** Oldest first. */
  readonly revisions: readonly Revision[];
  /** Newest revision in the folder. */
  readonly head: string | null;
  /** Newest applied revision, by order of recording. */
  readonly current: string | null;
  readonly upToDate: boolean;
  readonly counts: { readonly applied: number; readonly pending: number; readonly missing: number };
  /** Applied names in the order of recording; what `down` walks backwards. */
  readonly appliedOrder: readonly string[];
  /** What the migrations table is called, with its schema if it has one. */
  readonly table: string;
  /** That table is there. */
  readonly recorded: boolean;
  /** Findings about the folder or the table as a whole, one sentence each. */
  readonly warnings: readonly string[];
  /** Hash of the project's code other than its revisions: what a rehearsal is evidence for. */
  readonly codeHash: string;
  /** Hash of the target's schema; null when it does not exist. */
  readonly schemaHash: string | null;
  /** Absolute paths of the project's files and folders whose change makes this stale. */
  readonly inputs: readonly string[];
  /** Indexes that the database keeps and does not use, since their build did not end. */
  readonly invalidIndexes: readonly string[];
  /** Throwaways on the server whose process is gone, by name. */
  readonly leftovers: readonly string[];
  /** Absolute paths of the database's own files; none for a server. */
  readonly dataFiles: readonly string[];
}

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

/** What to run. `to` is inclusive for `up`; for `down` it names the revision that stays. */
export type Goal =
  | { readonly kind: 'head' }
  | { readonly kind: 'base' }
  | { readonly kind: 'steps'; readonly steps: number }
  | { readonly kind: 'to'; readonly revision: string }
  | { readonly kind: 'only'; readonly revision: string };

export interface PlanRequest {
  readonly direction: Direction;
  readonly goal: Goal;
}

export interface PlanStep {
  readonly name: string;
  readonly file: string | null;
  readonly sha256: string | null;
  readonly preview: Preview;
}

/** Exactly what a run will do, as shown to the person who confirms it. */
export interface Plan {
  readonly direction: Direction;
  readonly target: Target;
  /** In the order they run. */
  readonly steps: readonly PlanStep[];
  readonly transactions: { readonly mode: TransactionMode; readonly why: string };
  readonly warnings: readonly string[];
  /** What it depends on; {@link hash} is that of it. */
  readonly inputs: PlanInputs;
  readonly hash: string;
  /** The last rehearsal of it, or else of another plan; null if there was none, and for downgrades. */
  readonly evidence: PlanEvidence | null;
  /** The applied names that the plan was made on; a run on anything else is refused. */
  readonly basis: readonly string[];
  /**
   * Statements that would silently delete or damage rows; a run with any is refused unless guarded.
   * They are suspected by the text of the statements until {@link EngineApi.measure} was asked.
   */
  readonly hazards: readonly PlanHazard[];
  /** What it would do by the way is only suspected, or can't be seen without running it. */
  readonly doubtful: boolean;
  /** Statements that look harmful, and did no harm when the plan was measured. */
  readonly cleared: readonly string[];
  /** What it does with its one revision, which is half done; not in ordinary plans. */
  readonly resolution?: Resolution;
  /** It drops or rewrites what is stored, as far as its text tells. */
  readonly losing: boolean;
  /** Of the database's own files; null for a server. */
  readonly bytes: number | null;
  /** A backup is taken before it runs. */
  readonly backup: boolean;
}

/** A statement of a plan that would damage rows of tables that it does not name. */
export interface PlanHazard {
  readonly revision: string;
  /** The statement, cut. */
  readonly sql: string;
  /** One sentence: which tables, how many rows. */
  readonly what: string;
}

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

/** As much of a statement is told with a hazard of a plan, in characters. */
export const HAZARD_SQL = 500;

export type StepOutcome =
  /** Ran, and the target shows it. */
  | 'done'
  /** Failed, and the target shows no record of it. */
  | 'failed'
  /** Had run, but was rolled back because a later one failed in the same transaction. */
  | 'rolled-back'
  /** Had begun, and the target could not be read afterwards. */
  | 'unknown'
  | 'not-run';

export interface StepResult {
  readonly name: string;
  readonly outcome: StepOutcome;
  /** Milliseconds; null if it did not start. */
  readonly ms: number | null;
}

export type RunOutcome = 'done' | 'failed' | 'cancelled' | 'interrupted';

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

export interface RunResult {
  readonly outcome: RunOutcome;
  readonly steps: readonly StepResult[];
  readonly failure: Failure | null;
  /** What the target holds now, read after the run; null if it could not be read. */
  readonly history: History | null;
  /** What ran of the revision that it left half done. */
  readonly halfDone?: HalfDone;
  /** That was taken before it. */
  readonly backup?: Backup;
}

export type ProblemCode =
  | 'usage'
  | 'no-project'
  | 'config-failed'
  | 'driver-unsupported'
  | 'database-unreachable'
  | 'shared-sessions'
  | 'unknown-revision'
  | 'ambiguous-revision'
  | 'unknown-schema'
  | 'missing-file'
  | 'not-up-to-date'
  | 'drifted'
  | 'unanswered'
  | 'not-draftable'
  | 'unproven'
  | 'commit-failed'
  | 'irreversible'
  | 'no-downgrade'
  | 'broken-revision'
  | 'unsafe-rebuild'
  | 'needs-no-transaction'
  | 'needs-transaction'
  | 'no-room'
  | 'record-mismatch'
  | 'nothing-to-do'
  | 'half-done'
  | 'plan-outdated'
  | 'locked'
  | 'not-confirmed'
  | 'protected'
  | 'backup-failed'
  | 'cancelled'
  | 'engine-died'
  | 'engine-hung'
  | 'journal-failed'
  | 'internal';

/** A refusal or an error, in words for a person. */
export interface Problem {
  readonly code: ProblemCode;
  /** What happened, one sentence. */
  readonly what: string;
  /** Why, one or two sentences; empty if the first says it all. */
  readonly why: string;
  /** What to do next, most careful first. */
  readonly next: readonly string[];
  /** Stack or raw message, for the details view and the log; never credentials. */
  readonly detail: string | null;
}

export type Reply<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem };

/** Who holds the lock of a database. */
export interface LockHolder {
  readonly pid: number;
  /** Null for who is no Handrail; `pid` is then that of the server's process. */
  readonly host: string | null;
  /** What its session calls itself; null where the database has no such thing. */
  readonly application: string | null;
  /** Since when it holds the lock, ISO 8601; null if the database may not tell. */
  readonly since: string | null;
}

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

/** A run begins again where it was rolled back to. */
export interface Retry {
  /** Counts from 2. */
  readonly attempt: number;
  readonly of: number;
  /** Milliseconds until it begins. */
  readonly pause: number;
}

/**
 * Milliseconds after which the database ends a statement of a run; 0 lets it wait for ever, and
 * null leaves that to the database.
 */
export interface Timeouts {
  /** While it waits for others; SQLite has no such limit. */
  readonly lock: number | null;
  readonly statement: number | null;
}

/** An environment variable, since what others can see of a process must not hold a password. */
export const THROWAWAY_URL = 'HANDRAIL_THROWAWAY_URL';
/**
 * Which schemas the revisions are applied to: names, with `*` for anything, or a query whose first
 * column has them. Null: those that have a record of their own, if entities are of every schema.
 */
export type SchemasSetting = readonly string[] | string | null;

/** How an engine is started: the one argument of the child process, as JSON. */
export interface EngineOptions {
  /** The project's root: the folder of its package.json. Also the engine's working directory. */
  readonly root: string;
  /** `--config`, relative to the root; null lets MikroORM find it. */
  readonly config: string | null;
  /** `--context`; null means MikroORM's own default. */
  readonly context: string | null;
  /**
   * `look` opens the database read-only and can't change it; `run` can. `rehearse` never opens it
   * through the project's configuration: it works on copies in {@link workspace}.
   * The rule that looking never writes is kept by the connection, not by care.
   */
  readonly access: 'look' | 'run' | 'rehearse';
  /** Absolute path of an empty folder for throwaway databases; null unless `access` is `rehearse`. */
  readonly workspace: string | null;
  readonly timeouts: Timeouts;
  /** How much of a target's rows is copied into a throwaway on a server; more is sampled. */
  readonly throwawayBytes: number;
  /** The schema that its revisions are recorded and run in; null leaves that to the config. */
  readonly schema: string | null;
  /** Handrail's setting of that name. */
  readonly schemas: SchemasSetting;
  /** The same: which targets have to be named before they are changed. */
  readonly protected: readonly ProtectedPattern[];
  /** False skips entity discovery: enough for a status, quicker in large projects. */
  readonly entities: boolean;
}

/** What the supervisor may ask of an engine. One request at a time. */
export interface EngineApi {
  history(): Promise<Reply<History>>;
  preview(name: string, direction: Direction): Promise<Reply<Preview>>;
  /**
   * Facts that need the revisions' code: `irreversible`, `no-downgrade` and `broken`, by name. With `suspects`
   * only files whose text looks as if `down()` may refuse are loaded; loading a thousand takes
   * seconds.
   */
  inspect(
    names: readonly string[],
    which: 'all' | 'suspects',
  ): Promise<Reply<readonly Inspection[]>>;
  plan(request: PlanRequest): Promise<Reply<Plan>>;
  /**
   * The plan with what it does to rows by the way, measured on a copy of the target. Needs
   * `access: 'rehearse'`.
   */
  measure(plan: Plan): Promise<Reply<Plan>>;
  /**
   * Which of these statements may have left something in the database although they failed, since
   * they are not done in one go.
   */
  mayRemain(statements: readonly string[]): Promise<Reply<readonly boolean[]>>;
  /** What records a half-done revision as a person says it is; null where it is recorded so. */
  planMark(halfDone: HalfDone, as: MarkedAs): Promise<Reply<Plan | null>>;
  /**
   * The ways on with a revision that is half done, tried on throwaways. Needs `access: 'rehearse'`.
   */
  resolutions(halfDone: HalfDone, literals: TracePlace['literals']): Promise<Reply<Resolutions>>;
  /** Takes the lock, checks that the plan still holds, runs it, and looks. */
  run(plan: Plan, options: RunOptions): Promise<Reply<RunResult>>;
  /**
   * Has the server end the statement of a run that goes on; the run then fails by itself, and is
   * rolled back. False: there is nothing to end, or only the end of the process does it.
   */
  cancel(): Promise<Reply<boolean>>;
  /** What is not as it should be; `history` is what was told, with what journal and git know. */
  diagnose(history: History): Promise<Reply<Diagnosis>>;
  /** Where schemas stand: these, or all that the revisions are applied to. By name. */
  schemas(names: readonly string[] | null): Promise<Reply<SchemaStates>>;
  /** What restoring a backup would overwrite. */
  planRestore(request: RestoreRequest): Promise<Reply<RestorePlan>>;
  /**
   * Takes the lock and restores. What is overwritten is backed up first, in the folder `saved`, which
   * is not there yet. Needs `access: 'run'`.
   */
  restore(plan: RestorePlan, folder: string, saved: string): Promise<Reply<Restored>>;
  /** Whether some process is running revisions on the target now. */
  lockHeld(): Promise<Reply<boolean>>;
  /** Needs `access: 'rehearse'`. The target is only read; the workspace is the caller's to remove. */
  rehearse(request: RehearsalRequest): Promise<Reply<RehearsalReport>>;
  /** What a draft would be; writes nothing to the project. Needs `access: 'rehearse'`. */
  draft(request: DraftRequest): Promise<Reply<Draft>>;
  /** Makes a throwaway of the entities in the workspace. Needs `access: 'rehearse'`. */
  build(request: BuildRequest): Promise<Reply<Built>>;
  /**
   * Drops throwaways on a server whose process is gone, and with `application` the one that was
   * made for this supervisor's application. Returns their names. Needs `access: 'rehearse'`.
   */
  sweep(application: boolean): Promise<Reply<readonly string[]>>;
}

export interface SchemaStates {
  /** Of the database, for people and for the journal; {@link Target}s of schemas add their names. */
  readonly database: string;
  readonly key: string;
  /** As of a {@link Target}. */
  readonly names: readonly string[];
  readonly protected: string | null;
  readonly head: string | null;
  readonly schemas: readonly SchemaState[];
}

export interface RunOptions {
  /** How long to wait for another run to end, in milliseconds. */
  readonly lockWait: number;
  /** How often it is begun again after a statement waited too long for others. */
  readonly retries: number;
  /**
   * Runs statements that would silently delete rows of other tables with the database's checks
   * suspended before the transaction and made up for at its end. Without it they are refused.
   */
  readonly guarded: boolean;
  /** The folder, not there yet, of a backup that is made when the lock is held; null: none is. */
  readonly backup?: string | null;
}

export interface Inspection {
  readonly name: string;
  /** The author's reason when `down()` refuses, else null. */
  readonly irreversible: string | null;
  /** It has no `down()`. */
  readonly noDowngrade: boolean;
  /** Why the file can't be loaded, else null. */
  readonly broken: string | null;
}

/** What an engine needs before it can answer. */
export type WaitedFor =
  | { readonly on: 'project' }
  | { readonly on: 'database'; readonly database: string }
  /** Its code runs on empty results. */
  | { readonly on: 'revision'; readonly name: string };

/** What an engine tells the supervisor while it works. */
export interface EngineEvents {
  /** At first it is the project. */
  waitsFor(what: WaitedFor): void;
  /**
   * The configuration was loaded, or can't be: passwords that it has, which nothing may show. Told
   * once, before any answer.
   */
  secretsKnown(secrets: readonly string[]): void;
  /** Another run holds the lock; sent before waiting, and when it is another one meanwhile. */
  waitingForLock(holder: LockHolder | null): void;
  /**
   * The lock is held and nothing has run yet. Awaited: the supervisor records the run in the
   * journal before the first statement, so that a run can't happen unrecorded. Answers where
   * statements are to be written down as they are sent; null for nowhere.
   *
   * @param backup that was made for it
   */
  runStarting(backup: Backup | null): Promise<TracePlace | null>;
  /**
   * What a restoring overwrites is backed up, and nothing is overwritten yet. Awaited, as the run's
   * beginning is.
   *
   * @param saved null where nothing is overwritten
   */
  restoreStarting(saved: Backup | null): Promise<void>;
  revisionStarted(name: string): void;
  /** The revision and its record are committed, as read back from the target. */
  revisionFinished(name: string, ms: number): void;
  statementStarted(statement: StatementStarted): void;
  statementEnded(statement: StatementEnded): void;
  /**
   * Awaited now and then: resolves when what was told before was taken up, so that it does not
   * pile up in either process.
   */
  statementsTaken(): Promise<void>;
  /**
   * A statement waited for others until its time was up. What is not committed was rolled back, and
   * is run once more after a pause.
   */
  runRetrying(retry: Retry): void;
  /** Whom the statement that runs waits for; none when it goes on. */
  statementBlocked(blockers: readonly Blocker[]): void;
  /** How far the statement that runs is; null when the server does not tell any more. */
  statementProgress(progress: StatementProgress | null): void;
  serverNotice(notice: ServerNotice): void;
  /** How many more there were so far than {@link NOTICE_LIMIT}. */
  noticesOmitted(omitted: number): void;
  rehearsalStep(step: RehearsalStep): void;
  /**
   * Awaited: runs the project's test command on the throwaway that `url` names, and lets it find no
   * way to the target.
   */
  testWanted(
    which: 'test' | 'testDowngraded',
    url: string,
    target: TargetPlace,
  ): Promise<TestResult>;
}

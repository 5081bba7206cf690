/**
 * Every message between the supervisor (UI or headless command) and an engine
 * (the child process that loads the user's project).
 *
 * All messages are plain data: they pass through Node's IPC channel by structured clone.
 * Errors never cross as exceptions, since structured clone drops their fields; they are
 * {@link Problem}s inside a {@link Reply}.
 */

import type { Backup, Restored, RestorePlan, RestoreRequest } from './backup.ts';
import type { BuildRequest, Built } from './dev-database.ts';
import type { Direction } from './direction.ts';
import type { Diagnosis } from './doctor.ts';
import type { Draft, DraftRequest } from './draft.ts';
import type { HalfDone, MarkedAs } from './half-done.ts';
import type { History } from './history.ts';
import type { Plan, PlanRequest } from './plan.ts';
import type { Preview } from './preview.ts';
import type { Reply } from './problem.ts';
import type { ProtectedPattern, TargetPlace } from './protection.ts';
import type { RehearsalReport, RehearsalRequest, RehearsalStep, TestResult } from './rehearsal.ts';
import type { Resolutions } from './resolution.ts';
import type { LockHolder, Retry, RunOptions, RunResult } from './run.ts';
import type { SchemaState } from './schemas.ts';
import type {
  Blocker,
  ServerNotice,
  StatementEnded,
  StatementProgress,
  StatementStarted,
  TracePlace,
} from './statement.ts';
import type { SchemasSetting, Timeouts } from './target.ts';

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

/** An environment variable, since what others can see of a process must not hold a password. */
export const THROWAWAY_URL = 'HANDRAIL_THROWAWAY_URL';

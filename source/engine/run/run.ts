/**
 * Runs a confirmed plan: lock, read the status again, one revision at a time through MikroORM's
 * own runner, and look at what the database then holds.
 *
 * MikroORM has no lock, takes unknown names for "everything", reports a revision as migrated
 * before it is committed, and may throw after a commit. So names are exact, and only what is read
 * back counts.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Backup } from '../../contract/backup.ts';
import type { EngineEvents } from '../../contract/engine-api.ts';
import type { Failure } from '../../contract/failure.ts';
import type { History } from '../../contract/history.ts';
import type { Plan, PlanHazard } from '../../contract/plan.ts';
import type { RunOptions, RunResult } from '../../contract/run.ts';
import type { StatementError, StatementStarted } from '../../contract/statement.ts';
import { plural } from '../../text/format.ts';
import { holderWords } from '../../text/phrases.ts';
import { messageOf } from '../../util/error-message.ts';
import { backUpFor } from '../backup/backup.ts';
import type { RawQuery } from '../databases/raw-query.ts';
import { type DiscoveredRevision, internals } from '../project/mikro-orm.ts';
import type { OpenTarget } from '../project/project.ts';
import { Refusal, RunError } from '../refusal.ts';
import { resolving } from '../revision-source/revision-part.ts';
import { hashFile, readFolder } from '../revisions/files.ts';
import { readHistory } from '../revisions/history.ts';
import { tableOf } from '../revisions/migrations-table.ts';
import type { RevisionFile } from '../revisions/revision-file.ts';
import { watchActivity } from './activity.ts';
import { type FailedStatement, FailedStatements } from './failed-statements.ts';
import { settleRun } from './run-outcome.ts';
import { unseen } from './statement-observer.ts';

/** How often a waiting run asks for the lock. */
const LOCK_POLL_MS = 200;

/** What runs now; the observer reads it to attribute statements. */
export interface Progress {
  /** Whether the run's own statements are being sent: not while the target is looked at. */
  running: boolean;
  /** Nothing more is sent, for this reason: what runs fails, and is rolled back. */
  stopped: Error | null;
  revision: string | null;
  lastStatement: StatementStarted | null;
  readonly failed: FailedStatements;
}

/** What a revision is told that sends on after the run was cancelled. */
export class Cancelled extends RunError {
  constructor() {
    super('The run was cancelled.');
  }
}

export function noProgress(): Progress {
  return {
    running: false,
    stopped: null,
    revision: null,
    lastStatement: null,
    failed: new FailedStatements(),
  };
}

/** What an observer does to the progress of what it observes. */
export function following(
  progress: Progress,
  { describeError, followsFailure, endsSession, hasLostTransaction }: OpenTarget['dialect'],
) {
  return {
    watching: () => progress.running,
    stopped: () => progress.stopped,
    describeError,
    hasLostTransaction,
    transactionLost(error: unknown) {
      // What is sent next would stay, outside of any transaction.
      progress.stopped ??= error instanceof Error ? error : new Error(messageOf(error));
    },
    failed(statement: StatementStarted, error: StatementError, thrown: unknown) {
      progress.failed.add({
        statement,
        error,
        thrown,
        follows: followsFailure(thrown),
        endsSession: endsSession(thrown),
      });
    },
  };
}

/**
 * The lock is a part of the run: each of its transactions holds one of its own, and none is
 * committed when that of the run is lost, since another run may have begun meanwhile.
 */
export function keepingLock({ lock }: OpenTarget, progress: Progress) {
  /** A revision may open transactions beside its own, which would be kept away by it. */
  let holds = 0;
  const stop = (why: string): never => {
    progress.stopped ??= new RunError(why);
    throw progress.stopped;
  };
  return {
    async began(query: RawQuery) {
      if (holds === 0 && !(await lock.lockTransaction(query))) {
        stop('Another run has a transaction open on this database, so nothing more was sent.');
      }
      holds++;
    },
    transactionEnded() {
      holds = Math.max(0, holds - 1);
    },
    async committing() {
      if (!(await lock.stillHeld())) stop(LOCK_LOST);
    },
  };
}

const LOCK_LOST =
  'The lock that keeps other runs away was lost, so what was not committed is rolled back: the server ended its session, or its file was removed.';

/** Why a run ended early, and at which statement. */
export function failureOf(
  { dialect }: OpenTarget,
  progress: Progress,
  thrown: unknown,
): Omit<Failure, 'aftermath'> {
  // A revision may have caught it, and failed at what it did then. What was being sent when a run
  // was cancelled is told by the error of that.
  const { stopped } = progress;
  const ending = stopped && !(stopped instanceof Cancelled) ? stopped : thrown;
  const failed = progress.failed.behind(ending);
  const { seq, sql, revision } = failed?.statement ?? {};
  const described = dialect.describeError(ending);
  return {
    revision: revision ?? progress.revision,
    statement: seq === undefined || sql === undefined ? null : { seq, sql },
    error: failed?.wentOnWithout
      ? { ...failed.error, hint: failed.error.hint ?? WENT_ON[failed.wentOnWithout] }
      : ending instanceof RunError
        ? described
        : inWordsOfItsOwn(described, failed),
  };
}

/** What the revision throws in its own words tells of what it caught only if it wants to. */
function inWordsOfItsOwn(
  described: StatementError,
  failed: FailedStatement | null,
): StatementError {
  if (described.message === failed?.error.message) return described;
  const told = failed === null || described.message.includes(failed.error.message);
  return {
    ...described,
    detail: described.detail ?? (told ? null : failed.error.message),
    raised: true,
  };
}

const WENT_ON = {
  transaction:
    'The revision caught this error and went on, but the server refuses what follows an error in a transaction. Within a savepoint it would not.',
  session: 'The revision caught this error and went on, but its session with the server had ended.',
} as const;

/**
 * @throws Refusal `locked`, `plan-outdated` – nothing has run then.
 */
export async function runPlan(
  project: OpenTarget,
  plan: Plan,
  options: RunOptions,
  events: RunEvents,
  progress: Progress,
): Promise<RunResult> {
  await takeLock(project, options, events);
  const before = await readHistory(project);
  const files = await readFolder(project);
  checkSameTarget(plan, project);
  const steps = checkStillHolds(project, plan, before, files);
  const [hazard] = plan.hazards;
  if (hazard && !options.guarded) throw unsafe(hazard);
  const { backup = null } = options;
  await events.runStarting(backup === null ? null : await backUpFor(project, plan, before, backup));
  const told: RunEvents = {
    ...events,
    async revisionStarted(name) {
      if (!(await project.lock.stillHeld())) throw new RunError(LOCK_LOST);
      await events.revisionStarted(name);
    },
  };

  const observed = { finished: new Map<string, number>(), running: null as string | null };
  let failure: Omit<Failure, 'aftermath'> | null = null;
  try {
    using _activity = watchActivity(project, {
      blocked: events.statementBlocked,
      progressed: events.statementProgress,
    });
    progress.running = true;
    const run = (end?: BeforeEnd) =>
      runPatiently(project, plan, steps, options.retries, told, progress, observed, end);
    await (options.guarded ? runGuarded(project, run) : run());
  } catch (error) {
    observed.running ??= progress.revision;
    failure = failureOf(project, progress, error);
  }
  progress.running = false;
  progress.revision = null;
  const after = await readAfterwards(project, failure !== null);
  const result = settleRun(plan, observed, after, failure ? 'failed' : 'done', failure);
  return failure ? result : distrust(plan, result);
}

/** Pauses before the target is asked again, in milliseconds: a server that restarts is soon back. */
const READ_AGAIN_MS = [300, 700, 1_500, 3_000];

/** What the target holds when a run has ended in whichever way; null if it can't be read. */
async function readAfterwards(project: OpenTarget, failed: boolean): Promise<History | null> {
  const { endLost } = project.lock;
  const pauses = endLost === null ? [] : READ_AGAIN_MS;
  for (const pause of [0, ...pauses]) {
    await sleep(pause);
    try {
      // What broke may be the connection, and the statement may go on.
      if (failed && endLost) await unseen(endLost);
      return await readHistory(project);
    } catch {}
  }
  return null;
}

/** The first pause, in milliseconds; each is twice as long as the one before. */
const RETRY_PAUSE_MS = 1_000;

/**
 * Begins again, after a pause that lets others go on, when a statement waited for them until its
 * time was up: with what was rolled back, which is all that is not recorded. A revision without a
 * transaction may have been done in part, and is not begun again.
 */
async function runPatiently(
  project: OpenTarget,
  plan: Plan,
  steps: readonly Step[],
  retries: number,
  events: RunEvents,
  progress: Progress,
  observed: { finished: Map<string, number>; running: string | null },
  end?: BeforeEnd,
): Promise<void> {
  const together = plan.transactions.mode === 'all-or-nothing';
  const undone = (name: string | null) =>
    together ||
    (plan.transactions.mode === 'per-revision' &&
      plan.steps.find((step) => step.name === name)?.preview.transactional === true);
  for (let attempt = 1; ; attempt++) {
    try {
      const left = steps.filter(({ name }) => !observed.finished.has(name));
      return await runSteps(project, plan, left, events, progress, observed, end);
    } catch (error) {
      const cause = progress.failed.behind(error)?.thrown ?? error;
      const again = project.dialect.isLockTimeout(cause) && undone(progress.revision);
      if (!again || attempt > retries || progress.stopped) throw error;
      if (together) observed.finished.clear();
      observed.running = null;
      progress.revision = null;
      progress.failed.clear();
      const pause = RETRY_PAUSE_MS * 2 ** (attempt - 1);
      await events.runRetrying({ attempt: attempt + 1, of: retries + 1, pause });
      await sleep(pause);
    }
  }
}

/** Has a last look before the transaction is committed, where there is one around all. */
type BeforeEnd = (transaction: unknown) => Promise<void>;

/** What a run tells; each may be awaited. */
export type RunEvents = {
  [K in
    | 'waitingForLock'
    | 'revisionStarted'
    | 'revisionFinished'
    | 'statementBlocked'
    | 'statementProgress'
    | 'runRetrying']: (...args: Parameters<EngineEvents[K]>) => Promise<void>;
} & {
  runStarting(backup: Backup | null): Promise<unknown>;
};

function unsafe({ revision, what }: PlanHazard): Refusal {
  return new Refusal('unsafe-rebuild', {
    what: `${revision} would change rows that it does not name, so nothing was run. ${what}`,
    why: 'Foreign keys act on what refers to rows that are deleted, also to those of a table that is dropped to be rebuilt; “pragma foreign_keys = off” does nothing inside a transaction.',
    next: [
      `Rehearse it, and apply the repair that is offered (handrail rehearse ${revision}).`,
      'Or run it guarded (--guarded): the references are then not followed, and checked afterwards. Other runners, such as mikro-orm migration:up, will still lose the rows.',
    ],
  });
}

/**
 * Without the database's own checks of references, which are made up for at the end: a reference
 * that is broken then fails the run.
 */
async function runGuarded(
  project: OpenTarget,
  run: (end: BeforeEnd) => Promise<void>,
): Promise<void> {
  const { connection, dialect } = project;
  const { guard } = dialect;
  await openForRun(project);
  const within =
    (transaction: unknown): RawQuery =>
    (sql) =>
      connection.execute(sql, [], 'all', transaction as never);
  const before = await guard.violations(within(undefined));
  for (const statement of guard.suspend) await connection.execute(statement);
  try {
    await run(async (transaction) => {
      const broken = (await guard.violations(within(transaction))) - before;
      if (broken <= 0) return;
      throw new RunError(
        `${plural(broken, 'reference')} would be broken. The run was guarded, so they were checked at its end.`,
      );
    });
  } finally {
    for (const statement of guard.resume) await connection.execute(statement);
  }
}

export async function takeLock(
  project: OpenTarget,
  { lockWait }: Pick<RunOptions, 'lockWait'>,
  events: Pick<RunEvents, 'waitingForLock'>,
): Promise<void> {
  const { lock } = project;
  const deadline = performance.now() + lockWait;
  let told: string | null = null;
  while (!(await lock.tryAcquire())) {
    const holder = await lock.holder();
    const text = JSON.stringify(holder);
    if (text !== told) await events.waitingForLock(holder);
    told = text;
    if (performance.now() >= deadline) {
      throw new Refusal('locked', {
        what: `Another Handrail is running revisions on ${project.target.database}.`,
        why: holder
          ? `The lock is held by ${holderWords(holder)}. Two runs at once could apply a revision twice.`
          : 'Two runs at once could apply a revision twice.',
        next: [
          'Wait until it has ended, then look again: it may have done what you want.',
          'A process that died frees the lock at once; there is nothing to clean up.',
        ],
      });
    }
    await sleep(LOCK_POLL_MS);
  }
}

interface Step {
  readonly name: string;
  readonly discovered: DiscoveredRevision;
}

/** The configuration, or what it reads, may lead elsewhere since the plan was shown. */
function checkSameTarget({ target: { key, database } }: Plan, { target }: OpenTarget): void {
  if (key === target.key) return;
  throw new Refusal('plan-outdated', {
    what: `The plan is for ${database}, and the configuration leads to ${target.database} now.`,
    why: 'What was confirmed is for another database. Nothing was run.',
    next: ['Look at the new plan and confirm it.'],
  });
}

/** The plan was confirmed as shown; if anything of it changed since, it must be shown again. */
function checkStillHolds(
  project: OpenTarget,
  plan: Plan,
  history: History,
  files: readonly RevisionFile[],
): readonly Step[] {
  const outdated = (what: string) =>
    new Refusal('plan-outdated', {
      what,
      why: 'The plan that you confirmed is not what would run now. Nothing was run.',
      next: ['Look at the new plan and confirm it.'],
    });
  if (history.appliedOrder.join('\n') !== plan.basis.join('\n')) {
    throw outdated(`The revisions applied on ${plan.target.database} changed meanwhile.`);
  }
  const byName = new Map(files.map((file) => [file.name, file]));
  return plan.steps.map((step) => {
    const file = byName.get(step.name);
    if (!file) throw outdated(`The file of ${step.name} is gone.`);
    if (file.path !== null && hashFile(file.path) !== step.sha256) {
      throw outdated(`${step.file} was edited meanwhile.`);
    }
    const { discovered } = plan.resolution ? resolving(project, file, plan.resolution) : file;
    return { name: step.name, discovered };
  });
}

/**
 * MikroORM's own runner, one revision after the other, in the transactions of the plan's mode.
 *
 * @throws whatever the revision or the database throws
 */
export async function runSteps(
  project: OpenTarget,
  plan: Pick<Plan, 'direction' | 'transactions'>,
  steps: readonly Pick<Step, 'name' | 'discovered'>[],
  events: Pick<RunEvents, 'revisionStarted' | 'revisionFinished'>,
  progress: Progress,
  observed: { finished: Map<string, number>; running: string | null },
  beforeEnd: BeforeEnd = async () => {},
): Promise<void> {
  const { connection, dialect, target } = project;
  const together = plan.transactions.mode === 'all-or-nothing';
  // `transaction` is ignored unless allOrNothing is on; a revision without a transaction needs it off.
  project.settings.allOrNothing = together || target.schema !== null;
  await openForRun(project);

  /**
   * MikroORM enters a schema when the revision's code has run: what that sent at once, or asked,
   * was of another schema (MigrationRunner.js, getQueries). And it leaves it after each revision.
   */
  const runInSchema = async (discovered: DiscoveredRevision, around: unknown) => {
    const { schema } = target;
    if (schema === null || !dialect.schemas) return runOne(project, plan, discovered, around);
    const enter = dialect.schemas.enter(schema);
    const within = async (transaction: unknown) => {
      await connection.execute(enter, [], 'all', transaction as never);
      await runOne(project, plan, discovered, transaction);
    };
    await (around === undefined ? connection.transactional(within) : within(around));
  };

  const runAll = async (transaction?: unknown) => {
    for (const { name, discovered } of steps) {
      const began = performance.now();
      progress.revision = name;
      observed.running = name;
      await events.revisionStarted(name);
      await runInSchema(discovered, transaction);
      observed.running = null;
      progress.revision = null;
      const ms = performance.now() - began;
      observed.finished.set(name, ms);
      await events.revisionFinished(name, ms);
    }
  };
  await heeding(progress, () =>
    together
      ? connection.transactional(async (transaction) => {
          await runAll(transaction);
          await beforeEnd(transaction);
        })
      : runAll().then(() => beforeEnd(undefined)),
  );
}

/**
 * A revision that forgets an `await` leaves its error to nobody: the process would end, and the
 * statement that runs by then would be named. So it ends the run instead, as if it had been thrown.
 */
async function heeding(progress: Progress, work: () => Promise<void>): Promise<void> {
  let error: Error | null = null;
  const left = (thrown: unknown) => {
    error ??= thrown instanceof Error ? thrown : new Error(messageOf(thrown));
    progress.stopped ??= error;
  };
  process.on('unhandledRejection', left);
  try {
    await work();
    // Nothing may have been left to send.
    if (error) throw error;
  } finally {
    process.off('unhandledRejection', left);
  }
}

/** Creates what MikroORM's own `migration:up` would create: the database and its table. */
export async function openForRun(project: OpenTarget): Promise<void> {
  await (project.migrator as unknown as { init(): Promise<void> }).init();
  // Left out by init() with `includeWildcardSchema`.
  await internals(project.migrator).getStorage().ensureTable();
}

/**
 * MikroORM's `up()` or `down()` for one revision.
 *
 * Its discovery and its reading of the whole table are narrowed to this revision: they would make
 * a run quadratic, and the query doubles as the last look at the record before the revision runs.
 */
async function runOne(
  project: OpenTarget,
  { direction }: Pick<Plan, 'direction'>,
  revision: DiscoveredRevision,
  transaction: unknown,
): Promise<void> {
  if (revision.unrecorded) return revision[direction]();
  const migrator = internals(project.migrator);
  const storage = migrator.getStorage();
  const { discoverMigrations } = migrator;
  const { executed, logMigration, unlogMigration } = storage;
  const recorded = (around: unknown) => recordsOf(project, revision.name, around);
  migrator.discoverMigrations = async () => [revision];
  storage.executed = async () => ((await recorded(transaction)) > 0 ? [revision.name] : []);
  // Within the transaction: its table has no key that would keep a name from being there twice.
  storage.logMigration = async (params, around) => {
    await logMigration.call(storage, params, around);
    const rows = await unseen(() => recorded(around ?? transaction));
    if (rows !== 1) throw new RunError(`${revision.name} would be recorded ${rows} times.`);
  };
  storage.unlogMigration = async (params, around) => {
    await unlogMigration.call(storage, params, around);
    if ((await unseen(() => recorded(around ?? transaction))) === 0) return;
    throw new RunError(`${revision.name} would still be recorded.`);
  };
  let ran: readonly unknown[];
  try {
    ran = await project.migrator[direction]({
      migrations: [revision.name],
      ...(transaction !== undefined && { transaction: transaction as never }),
    });
  } finally {
    Object.assign(migrator, { discoverMigrations });
    Object.assign(storage, { executed, logMigration, unlogMigration });
  }
  if (ran.length !== 1) {
    throw new RunError(
      `${revision.name} was ${direction === 'up' ? 'applied' : 'reverted'} by somebody else meanwhile.`,
    );
  }
}

/** How often a revision is recorded, under each name that MikroORM may have given it. */
async function recordsOf(project: OpenTarget, name: string, transaction: unknown): Promise<number> {
  const rows = await project.connection.execute<{ name: string }[]>(
    `select name from ${tableOf(project).quoted} where name in (?, ?, ?)`,
    [name, `${name}.js`, `${name}.ts`],
    'all',
    transaction as never,
  );
  return rows.length;
}

/** Nothing threw, but the target does not show it: that is a failure, whatever MikroORM said. */
function distrust(plan: Plan, result: RunResult): RunResult {
  const missing = result.steps.filter(({ outcome }) => outcome !== 'done');
  if (missing.length === 0) return result;
  const names = missing.map(({ name }) => name).join(', ');
  return {
    ...result,
    outcome: 'failed',
    failure: {
      revision: missing[0]?.name ?? null,
      statement: null,
      error: {
        message: `MikroORM reported success, but the target does not show it for: ${names}.`,
        code: null,
        position: null,
        detail: null,
        hint: null,
      },
      aftermath: result.history
        ? `${plan.steps.length - missing.length} of ${plan.steps.length} revisions are recorded as they should be.`
        : 'The database could not be read after the run.',
    },
  };
}

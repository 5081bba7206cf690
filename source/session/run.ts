/** Carries out one confirmed plan in an engine of its own, and finds out how it ended. */

import type { Backup } from '../contract/backup.ts';
import type { EngineEvents } from '../contract/engine-api.ts';
import type { SessionEvent } from '../contract/events.ts';
import type { Failure } from '../contract/failure.ts';
import type { HalfDone } from '../contract/half-done.ts';
import type { History } from '../contract/history.ts';
import type { Plan } from '../contract/plan.ts';
import type { Problem, Reply } from '../contract/problem.ts';
import type { RunOptions, RunResult } from '../contract/run.ts';
import type { StatementEnded, StatementStarted, TracePlace } from '../contract/statement.ts';
import { settleRun } from '../engine/run/run-outcome.ts';
import { readTrace } from '../engine/run/trace.ts';
import type { Backups } from './backups.ts';
import type { EngineProcess } from './engine-process.ts';
import type { Recorder } from './journal-writer.ts';

/** How long a server may take to end a statement and roll back before the engine is ended. */
const CANCEL_MS = 5_000;

export interface RunContext {
  readonly recorder: Recorder;
  readonly options: RunOptions;
  readonly backups: Pick<Backups, 'reserve' | 'prune'>;
  emit(event: SessionEvent): void;
  /** An engine that may write, with fresh code. */
  spawn(events: Partial<EngineEvents>): EngineProcess;
  /** Looks at the target through another engine; null if it can't be read. */
  readHistory(): Promise<History | null>;
  /** What runs left half done on the target. */
  halfDone(history: History): Promise<readonly HalfDone[]>;
}

export interface RunInProgress {
  readonly result: Promise<Reply<RunResult>>;
  /**
   * A server is asked to end the statement, so that the run fails and is rolled back; where that
   * is not possible the engine is ended in the middle of what it does.
   */
  cancel(): void;
}

export function executeRun(plan: Plan, context: RunContext): RunInProgress {
  const { recorder, emit } = context;
  const finished = new Map<string, number>();
  let inRevision: string | null = null;
  /** Statements that began and did not end, as far as this is known here; in order. */
  const open = new Map<number, StatementStarted>();
  let last = 0;
  let started = false;
  let taken: Backup | null = null;
  let cancelled = false;

  // Each is told once, by a message or by the trace.
  const statementStarted = (statement: StatementStarted): void => {
    if (statement.seq <= last) return;
    last = statement.seq;
    open.set(statement.seq, statement);
    recorder.statementStarted(statement);
    emit({ type: 'statement-started', statement });
  };
  const statementEnded = (statement: StatementEnded): void => {
    if (!open.delete(statement.seq)) return;
    recorder.statementEnded(statement);
    emit({ type: 'statement-ended', statement });
  };

  const engine = context.spawn({
    waitingForLock: (holder) => emit({ type: 'waiting-for-lock', holder }),
    async runStarting(backup) {
      started = true;
      const run = await recorder.start(plan, backup?.id ?? null);
      emit({ type: 'run-started', run, plan });
      taken = backup;
      if (backup) {
        context.backups.prune(plan.target.key, backup.id);
        emit({ type: 'backed-up', backup });
      }
      return recorder.trace;
    },
    revisionStarted(name) {
      inRevision = name;
      since = Date.now();
      emit({ type: 'revision-started', name });
    },
    revisionFinished(name, ms) {
      inRevision = null;
      finished.set(name, ms);
      emit({ type: 'revision-finished', name, ms });
    },
    statementStarted,
    statementsTaken: () => recorder.statementsTaken(),
    runRetrying(retry) {
      if (plan.transactions.mode === 'all-or-nothing') finished.clear();
      emit({ type: 'run-retrying', retry });
    },
    statementBlocked: (blockers) => emit({ type: 'statement-blocked', blockers }),
    statementProgress: (progress) => emit({ type: 'statement-progress', progress }),
    serverNotice(notice) {
      recorder.serverNotice(notice);
      emit({ type: 'server-notice', notice });
    },
    noticesOmitted(omitted) {
      recorder.noticesOmitted(omitted);
      emit({ type: 'notices-omitted', omitted });
    },
    statementEnded,
  });

  /** What the engine did and its messages did not say, as they were on the way when it ended. */
  const catchUp = (trace: TracePlace | null): void => {
    if (!trace) return;
    const { started, ended } = readTrace(trace.path, last, new Set(open.keys()));
    for (const statement of started) {
      enterRevision(statement);
      statementStarted(statement);
    }
    ended.forEach(statementEnded);
  };
  let since = 0;
  const enterRevision = ({ revision, at }: StatementStarted): void => {
    if (revision === null || revision === inRevision) return;
    if (inRevision !== null) finished.set(inRevision, at - since);
    inRevision = revision;
    since = at;
  };

  /** The engine is gone, and with it what it would have said: ask the database. */
  const settleWithoutEngine = async (problem: Problem): Promise<RunResult> => {
    await engine.gone();
    catchUp(recorder.trace);
    const running = [...open.values()].at(-1);
    const history = await context.readHistory();
    const failure: Omit<Failure, 'aftermath'> = {
      revision: inRevision,
      statement: running ? { seq: running.seq, sql: running.sql } : null,
      error: {
        message: cancelled ? WAS_CANCELLED : `${problem.what} ${problem.why}`,
        code: null,
        position: null,
        detail: cancelled ? null : problem.detail,
        hint: null,
        // It has what the project printed last.
        ...(!cancelled && { raised: true }),
      },
    };
    const outcome = cancelled ? 'cancelled' : 'failed';
    return settleRun(plan, { finished, running: inRevision }, history, outcome, failure);
  };

  /** With what it left half done, which is known once the journal has all of it. */
  const withHalfDone = async (result: RunResult): Promise<RunResult> => {
    if (result.outcome === 'done' || !result.history) return result;
    const names = new Set(plan.steps.map(({ name }) => name));
    const found = await context.halfDone(result.history);
    const halfDone = found.find(({ revision }) => names.has(revision));
    return halfDone ? { ...result, halfDone } : result;
  };

  const conclude = async (): Promise<Reply<RunResult>> => {
    const reserved = plan.backup ? context.backups.reserve(new Date()) : null;
    if (reserved && !reserved.ok) {
      await engine.stop();
      emit({ type: 'run-refused', problem: reserved.problem });
      return reserved;
    }
    const options = { ...context.options, backup: reserved?.value ?? null };
    const reply = await engine.ask((api) => api.run(plan, options));
    let result: RunResult;
    if (reply.ok) {
      result = cancelled ? asCancelled(reply.value) : reply.value;
    } else if (started || cancelled) {
      result = await settleWithoutEngine(reply.problem);
    } else {
      await engine.stop();
      emit({ type: 'run-refused', problem: reply.problem });
      return reply;
    }
    // Recorded before the engine lets go of the lock, so that nobody finds the run unfinished.
    await recorder.finish(result);
    await engine.stop();
    result = await withHalfDone(result);
    if (taken) result = { ...result, backup: taken };
    emit({ type: 'run-finished', result });
    return { ok: true, value: result };
  };

  const result = conclude();
  return {
    result,
    cancel() {
      if (cancelled || !plan.target.onServer) {
        engine.kill();
      } else {
        const ending = setTimeout(() => engine.kill(), CANCEL_MS);
        void result.finally(() => clearTimeout(ending));
        void engine
          .ask((api) => api.cancel())
          .then((reply) => reply.ok && reply.value)
          .then((asked) => !asked && engine.kill());
      }
      cancelled = true;
    },
  };
}

/** It was too late for what is done all the same. */
function asCancelled(result: RunResult): RunResult {
  const { failure } = result;
  if (result.outcome !== 'failed' || !failure) return result;
  const error = { ...failure.error, message: WAS_CANCELLED, detail: null, hint: null };
  return { ...result, outcome: 'cancelled', failure: { ...failure, error } };
}

const WAS_CANCELLED = 'The run was cancelled.';

/** A real engine process on a project of the test kit. */

import type { EngineApi, EngineEvents, EngineOptions } from '../../source/contract/engine-api.ts';
import type { Goal, Plan } from '../../source/contract/plan.ts';
import type { Problem, Reply } from '../../source/contract/problem.ts';
import type { RunResult } from '../../source/contract/run.ts';
import type { StatementEnded, StatementStarted } from '../../source/contract/statement.ts';
import { Refusal } from '../../source/engine/refusal.ts';
import { EngineProcess } from '../../source/session/engine-process.ts';

export interface TestEngine extends AsyncDisposable {
  readonly process: EngineProcess;
  /** Lines that the project's code printed. */
  readonly output: string[];
  ask<T>(work: (engine: EngineApi) => Promise<Reply<T>>): Promise<Reply<T>>;
}

export function openEngine(
  root: string,
  options: Partial<EngineOptions> = {},
  events: Partial<EngineEvents> = {},
): TestEngine {
  const output: string[] = [];
  const engine = new EngineProcess(
    {
      root,
      config: null,
      context: null,
      access: 'look',
      entities: true,
      workspace: null,
      timeouts: { lock: 5_000, statement: 0 },
      throwawayBytes: 1_000_000_000,
      schema: null,
      schemas: null,
      protected: [],
      ...options,
    },
    {
      runStarting: async () => null,
      restoreStarting: async () => {},
      ...silent,
      ...events,
    } as EngineEvents,
    (_stream, line) => output.push(line),
  );
  return {
    process: engine,
    output,
    ask: (work) => engine.ask(work),
    [Symbol.asyncDispose]: () => engine.stop(),
  };
}

const silent: Partial<EngineEvents> = {
  waitsFor() {},
  secretsKnown() {},
  waitingForLock() {},
  revisionStarted() {},
  revisionFinished() {},
  statementStarted() {},
  statementEnded() {},
  statementBlocked() {},
  statementProgress() {},
  serverNotice() {},
  noticesOmitted() {},
  runRetrying() {},
};

/** The value of a reply that must be good. */
export function accepted<T>(reply: Reply<T>): T {
  if (!reply.ok)
    throw new Error(`${reply.problem.what} ${reply.problem.why}\n${reply.problem.detail}`);
  return reply.value;
}

/** The problem of a reply that must be a refusal. */
export function refused(reply: Reply<unknown>): Problem {
  if (reply.ok) throw new Error(`Expected a refusal, got ${JSON.stringify(reply.value)}`);
  return reply.problem;
}

/** The problem of code that must refuse. */
export function refusalOf(work: () => unknown): Problem {
  try {
    work();
  } catch (error) {
    if (error instanceof Refusal) return error.problem;
    throw error;
  }
  throw new Error('Expected a refusal.');
}

export interface Ran {
  readonly plan: Plan;
  readonly reply: Reply<RunResult>;
  readonly result: RunResult;
  readonly started: readonly StatementStarted[];
  readonly ended: ReadonlyMap<number, StatementEnded>;
  readonly output: readonly string[];
}

/** Plans and runs with one engine. */
export async function planAndRun(root: string, direction: 'up' | 'down', goal: Goal): Promise<Ran> {
  await using watched = openWatched(root);
  const plan = accepted(await watched.engine.ask((api) => api.plan({ direction, goal })));
  return await runWith(watched, plan);
}

/** Runs what another engine planned, as a session does. */
export async function runPlan(root: string, plan: Plan): Promise<Ran> {
  await using watched = openWatched(root);
  return await runWith(watched, plan);
}

interface Watched extends AsyncDisposable {
  readonly engine: TestEngine;
  readonly started: StatementStarted[];
  readonly ended: Map<number, StatementEnded>;
}

function openWatched(root: string): Watched {
  const started: StatementStarted[] = [];
  const ended = new Map<number, StatementEnded>();
  const engine = openEngine(
    root,
    { access: 'run' },
    {
      statementStarted: (statement) => void started.push(statement),
      statementEnded: (statement) => void ended.set(statement.seq, statement),
    },
  );
  return { engine, started, ended, [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose]() };
}

async function runWith({ engine, started, ended }: Watched, plan: Plan): Promise<Ran> {
  const reply = await engine.ask((api) =>
    api.run(plan, { lockWait: 0, retries: 0, guarded: false, backup: null }),
  );
  return {
    plan,
    reply,
    get result() {
      return accepted(reply);
    },
    started,
    ended,
    output: engine.output,
  };
}

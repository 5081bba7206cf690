/** Carries out one rehearsal in an engine of its own, and leaves nothing behind. */

import type { EngineEvents } from '../contract/engine-api.ts';
import type { SessionEvent } from '../contract/events.ts';
import type { Problem, Reply } from '../contract/problem.ts';
import type { RehearsalReport, RehearsalRequest } from '../contract/rehearsal.ts';
import type { Tidying } from './cleanup.ts';
import type { EngineProcess } from './engine-process.ts';
import type { Recorder } from './journal-writer.ts';
import { poisonedVariables } from './poison.ts';
import { inWorkspace } from './temp-folders.ts';
import { runTestCommand, type TestRun } from './test-command.ts';

export interface RehearsalContext {
  readonly root: string;
  readonly recorder: Recorder;
  /** Where the workspace is made. */
  readonly parent: string;
  readonly tidying: Tidying;
  /** The project's commands; null where there is none. */
  readonly test: string | null;
  readonly testDowngraded: string | null;
  emit(event: SessionEvent): void;
  /** An engine that rehearses in that folder, with fresh code. */
  spawn(events: Partial<EngineEvents>, workspace: string): EngineProcess;
}

/** With its number in the journal, null if it could not be recorded. */
export interface Rehearsed {
  readonly id: number | null;
  readonly report: RehearsalReport;
}

export interface RehearsalInProgress {
  readonly result: Promise<Reply<Rehearsed>>;
  /** Ends it in the middle of whatever it does. */
  cancel(): void;
}

export function executeRehearsal(
  request: Omit<RehearsalRequest, 'tests'>,
  context: RehearsalContext,
): RehearsalInProgress {
  const { emit } = context;
  // Of a text that nobody has yet: only whoever wants the repair is told.
  const isAttempt = request.repaired !== undefined;
  let engine: EngineProcess | null = null;
  let test: TestRun | null = null;
  let cancelled = false;

  const events: Partial<EngineEvents> = {
    rehearsalStep: (step) => emit({ type: isAttempt ? 'repair-step' : 'rehearsal-step', step }),
    statementStarted: (statement) => emit({ type: 'statement-started', statement }),
    statementEnded: (statement) => emit({ type: 'statement-ended', statement }),
    async testWanted(which, url, target) {
      const command = context[which] ?? '';
      const { root } = context;
      const poisoned = await poisonedVariables(process.env, root, target);
      test = runTestCommand(command, {
        root,
        url,
        poisoned,
        onLine: (line) => emit({ type: 'test-output', line }),
      });
      if (cancelled) test.cancel();
      const result = await test.result;
      test = null;
      return result;
    },
  };

  const tell = async (reply: Reply<RehearsalReport>): Promise<Reply<Rehearsed>> => {
    if (isAttempt) return reply.ok ? { ok: true, value: { id: null, report: reply.value } } : reply;
    if (!reply.ok) {
      emit({ type: 'rehearsal-refused', problem: reply.problem });
      return reply;
    }
    return { ok: true, value: await keepReport(reply.value, context) };
  };

  const conclude = async (workspace: string): Promise<Reply<RehearsalReport>> => {
    try {
      engine = context.spawn(events, workspace);
      const tests = {
        upgraded: context.test !== null,
        downgraded: context.testDowngraded !== null,
      };
      const reply = await engine.ask((api) => api.rehearse({ ...request, tests }));
      return cancelled ? { ok: false, problem: wasCancelled } : reply;
    } finally {
      test?.cancel();
      await test?.result;
      await engine?.stop();
      if (cancelled) await context.tidying.sweep(false);
    }
  };

  if (!isAttempt) emit({ type: 'rehearsal-started', request: { ...request, tests: noTests } });
  return {
    result: inWorkspace(context.parent, conclude).then(tell),
    cancel() {
      cancelled = true;
      test?.cancel();
      engine?.kill();
    },
  };
}

/** Of what is in the project's files. */
export async function keepReport(
  report: RehearsalReport,
  { recorder, emit }: Pick<RehearsalContext, 'recorder' | 'emit'>,
): Promise<Rehearsed> {
  const id = await recorder.addRehearsal(report);
  emit({ type: 'rehearsal-finished', id, report });
  return { id, report };
}

/** The engine is told; a listener has no use for it. */
const noTests = { upgraded: false, downgraded: false };

const wasCancelled: Problem = {
  code: 'cancelled',
  what: 'The rehearsal was cancelled.',
  why: 'The throwaway database is removed; the target was only read.',
  next: [],
  detail: null,
};

/** A session whose answers and events a test decides; for tests of the screens only. */

import type {
  Direction,
  History,
  Plan,
  PlanRequest,
  Preview,
  Reply,
  RunResult,
} from '../../source/protocol.ts';
import type { RunRecord, SessionEvent, StatementRecord } from '../../source/supervisor/events.ts';
import type { Session } from '../../source/supervisor/session.ts';
import { historyOf, planOf, previewOf } from './builders.ts';

export class FakeSession implements Session {
  readonly #listeners = new Set<(event: SessionEvent) => void>();
  /** What was asked, in order: `plan up head`, `run`, `cancel`… */
  readonly calls: string[] = [];
  readonly planned: PlanRequest[] = [];
  readonly ran: Plan[] = [];
  closed = false;

  answers = {
    look: (): Reply<History> => ({ ok: true, value: historyOf([]) }),
    preview: async (name: string, direction: Direction): Promise<Reply<Preview>> => ({
      ok: true,
      value: previewOf(name, direction),
    }),
    plan: async (request: PlanRequest): Promise<Reply<Plan>> => ({
      ok: true,
      value: planOf(request.direction, ['20261120_index_changesets', '20261124_add_repo_owner']),
    }),
    runs: async (_limit: number): Promise<Reply<readonly RunRecord[]>> => ({ ok: true, value: [] }),
    statements: async (
      _run: number,
      _from: number,
      _count: number,
    ): Promise<Reply<readonly StatementRecord[]>> => ({ ok: true, value: [] }),
  };

  #settleRun: ((reply: Reply<RunResult>) => void) | null = null;

  emit(...events: readonly SessionEvent[]): void {
    for (const event of events) for (const listener of this.#listeners) listener(event);
  }

  /** Ends the run that is going, with the event and the reply. */
  finish(result: RunResult): void {
    this.emit({ type: 'run-finished', result });
    this.#settleRun?.({ ok: true, value: result });
  }

  subscribe(listener: (event: SessionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async look(): Promise<Reply<History>> {
    this.calls.push('look');
    return this.answers.look();
  }

  preview(name: string, direction: Direction): Promise<Reply<Preview>> {
    this.calls.push(`preview ${direction} ${name}`);
    return this.answers.preview(name, direction);
  }

  plan(request: PlanRequest): Promise<Reply<Plan>> {
    this.calls.push(`plan ${request.direction} ${request.goal.kind}`);
    this.planned.push(request);
    return this.answers.plan(request);
  }

  run(plan: Plan): Promise<Reply<RunResult>> {
    this.calls.push('run');
    this.ran.push(plan);
    return new Promise((resolve) => {
      this.#settleRun = resolve;
    });
  }

  cancel(): void {
    this.calls.push('cancel');
  }

  runs(limit: number): Promise<Reply<readonly RunRecord[]>> {
    return this.answers.runs(limit);
  }

  statements(run: number, from: number, count: number): Promise<Reply<readonly StatementRecord[]>> {
    this.calls.push(`statements ${run} ${from} ${count}`);
    return this.answers.statements(run, from, count);
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

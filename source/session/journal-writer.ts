/**
 * Keeps the journal of a session: opens it off the path of the first frame, records runs and
 * statements, and goes on without it when it can't be used, after saying so once.
 */

import { existsSync, readdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Restored, RestorePlan } from '../contract/backup.ts';
import { rowsIn } from '../contract/backup.ts';
import type { StepMark } from '../contract/checklist.ts';
import type { InterruptedRun, RunRecord } from '../contract/events.ts';
import type { Failure } from '../contract/failure.ts';
import type { HalfDone, MarkedAs } from '../contract/half-done.ts';
import type { History } from '../contract/history.ts';
import type { Plan } from '../contract/plan.ts';
import type { Problem, Reply } from '../contract/problem.ts';
import type { RehearsalReport } from '../contract/rehearsal.ts';
import type { RunResult } from '../contract/run.ts';
import type {
  ServerNotice,
  StatementEnded,
  StatementStarted,
  TracePlace,
} from '../contract/statement.ts';
import { carriedOut } from '../engine/run/run-outcome.ts';
import type { DraftRow } from '../journal/entities.ts';
import type { DraftedFile, Journal } from '../journal/journal.ts';
import type { RehearsedPlan, RehearsedRow } from '../journal/rehearsals.ts';
import { withoutDataOf } from '../text/messages.ts';
import { interruptedRestoreWords, restoredWords } from '../text/phrases.ts';
import { isAlive } from '../util/process.ts';
import { findHalfDone, type HalfDoneContext, recordOf } from './half-done.ts';

const TRACE = /^run-(\d+)\.trace$/;

export interface RecorderOptions {
  readonly root: string;
  readonly literals: 'cut' | 'none';
  /** Called at most once. */
  readonly onFailure: (problem: Problem) => void;
}

export class Recorder {
  readonly #options: RecorderOptions;
  #journal: Promise<Journal | null> | null = null;
  #run: { readonly id: number; readonly journal: Journal } | null = null;
  #failure: Problem | null = null;
  readonly #folder: string;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#folder = join(options.root, '.handrail');
  }

  /** Answers a question about the journal; `empty` if nothing was ever recorded. */
  async ask<T>(empty: T, question: (journal: Journal) => Promise<T>): Promise<Reply<T>> {
    // Looking creates nothing: the journal comes with the first run.
    if (!this.#journal && !existsSync(this.#folder)) return { ok: true, value: empty };
    const journal = await this.#open();
    if (!journal) return { ok: false, problem: this.#failure ?? unknownFailure };
    try {
      return { ok: true, value: await question(journal) };
    } catch (error) {
      return { ok: false, problem: problemOf(error) };
    }
  }

  /** sha256 of each revision's file when Handrail last applied it to this target. */
  async appliedHashes(targetKey: string): Promise<ReadonlyMap<string, string>> {
    const none: ReadonlyMap<string, string> = new Map();
    const reply = await this.ask(none, (journal) => journal.appliedHashes(targetKey));
    return reply.ok ? reply.value : none;
  }

  /** What rehearsals on this target proved, by revision. */
  async evidence(targetKey: string): Promise<ReadonlyMap<string, RehearsedRow>> {
    const none: ReadonlyMap<string, RehearsedRow> = new Map();
    const reply = await this.ask(none, (journal) => journal.evidence(targetKey));
    return reply.ok ? reply.value : none;
  }

  /** The last rehearsal of a plan, or else of another one on that target in the same direction. */
  async planEvidence(
    targetKey: string,
    plan: Pick<Plan, 'hash' | 'direction'>,
  ): Promise<RehearsedPlan | null> {
    const reply = await this.ask(null, (journal) => journal.planEvidence(targetKey, plan));
    return reply.ok ? reply.value : null;
  }

  /** Revisions that runs on this target left half done. */
  async halfDone(
    history: History,
    context: Omit<HalfDoneContext, 'literals'>,
  ): Promise<readonly HalfDone[]> {
    const { literals } = this.#options;
    const reply = await this.ask<readonly HalfDone[]>([], (journal) =>
      findHalfDone(journal, history, { ...context, literals }),
    );
    return reply.ok ? reply.value : [];
  }

  /** Keeps what a person says of a revision that is half done. */
  settle(targetKey: string, revision: string, as: MarkedAs): Promise<Reply<void>> {
    return this.ask(undefined, (journal) =>
      journal.settleLoose(targetKey, revision, as, new Date()),
    );
  }

  /** Keeps a report; null without a journal. */
  async addRehearsal(report: RehearsalReport): Promise<number | null> {
    const journal = await this.#open();
    return journal && this.#guard(() => journal.addRehearsal(report));
  }

  /** Drafts that were not discarded, oldest first. */
  async drafts(): Promise<readonly DraftRow[]> {
    const reply = await this.ask<readonly DraftRow[]>([], (journal) => journal.drafts());
    return reply.ok ? reply.value : [];
  }

  /** The same without their texts. */
  async draftedFiles(): Promise<readonly DraftedFile[]> {
    const reply = await this.ask<readonly DraftedFile[]>([], (journal) => journal.draftedFiles());
    return reply.ok ? reply.value : [];
  }

  /** What a person says is told from the journal alone, so it is refused without one. */
  async addMark(mark: StepMark): Promise<Reply<null>> {
    const journal = await this.#open();
    if (!journal) return { ok: false, problem: this.#failure ?? unknownFailure };
    try {
      await journal.addMark(mark);
      return { ok: true, value: null };
    } catch (error) {
      return { ok: false, problem: problemOf(error) };
    }
  }

  /** Null without a journal. */
  async addRepair(repair: Parameters<Journal['addRepair']>[0]): Promise<number | null> {
    const journal = await this.#open();
    return journal && this.#guard(() => journal.addRepair(repair));
  }

  /** Null without a journal. */
  async addDraft(draft: Parameters<Journal['addDraft']>[0]): Promise<number | null> {
    const journal = await this.#open();
    return journal && this.#guard(() => journal.addDraft(draft));
  }

  /** Records that a run is about to send its first statement. Null without a journal. */
  async start(plan: Plan, backup: string | null = null): Promise<number | null> {
    const journal = await this.#open();
    if (!journal) return null;
    const id = await this.#guard(() =>
      journal.startRun({
        direction: plan.direction,
        target: plan.target,
        steps: plan.steps.map(({ name, sha256, preview }) => ({
          name,
          sha256,
          transactional: preview.transactional,
        })),
        ...(plan.resolution && { resolution: plan.resolution }),
        transactions: plan.transactions.mode,
        backup,
        pid: process.pid,
        host: hostname(),
        now: new Date(),
      }),
    );
    this.#run = id === null ? null : { id, journal };
    // Of a journal that is gone by now.
    if (id !== null) rmSync(this.#traceOf(id), { force: true });
    return id;
  }

  /** Records that a restoring is about to overwrite what is there. Null without a journal. */
  async startRestore(
    { backup, target, aside }: RestorePlan,
    saved: string | null,
  ): Promise<number | null> {
    const journal = await this.#open();
    if (!journal) return null;
    return this.#guard(() =>
      journal.startRun({
        direction: 'restore',
        target,
        steps: [],
        transactions: 'all-or-nothing',
        backup: saved,
        restored: { backup: backup.id, kind: backup.kind, aside },
        pid: process.pid,
        host: hostname(),
        now: new Date(),
      }),
    );
  }

  /** Records how it ended; of an engine that is gone nobody knows. */
  async finishRestore(
    run: number,
    { backup, aside }: RestorePlan,
    reply: Reply<Restored>,
  ): Promise<void> {
    const journal = await this.#open();
    if (!journal) return;
    const restored = { backup: backup.id, kind: backup.kind, aside };
    const gone = !reply.ok && reply.problem.code === 'engine-died';
    const message = reply.ok
      ? restoredWords(rowsIn(backup), backup.tables.length, aside)
      : gone
        ? interruptedRestoreWords(restored)
        : `${reply.problem.what} ${reply.problem.why}`;
    const outcome = reply.ok ? 'done' : gone ? 'interrupted' : 'failed';
    await this.#guard(() =>
      journal.finishRun(run, { outcome, message, steps: [], now: new Date() }),
    );
  }

  #messageOf({ error, statement, aftermath }: Failure): string {
    const { message } = withoutDataOf(error, this.#options.literals, statement?.sql);
    return `${message} ${aftermath}`;
  }

  /** Where the run that goes on writes down what it sends; null without a journal. */
  get trace(): TracePlace | null {
    if (!this.#run) return null;
    return { path: this.#traceOf(this.#run.id), literals: this.#options.literals };
  }

  #traceOf(run: number): string {
    return join(this.#folder, `run-${run}.trace`);
  }

  statementStarted(statement: StatementStarted): void {
    this.#run?.journal.statementStarted(this.#run.id, statement);
  }

  statementEnded(statement: StatementEnded): void {
    this.#run?.journal.statementEnded(this.#run.id, statement);
  }

  /** Resolves when the statements told so far are written, or given up. */
  async statementsTaken(): Promise<void> {
    await this.#run?.journal.drain();
  }

  serverNotice(notice: ServerNotice): void {
    this.#run?.journal.serverNotice(this.#run.id, notice);
  }

  noticesOmitted(omitted: number): void {
    this.#run?.journal.noticesOmitted(this.#run.id, omitted);
  }

  async finish({ outcome, steps, failure, history }: RunResult): Promise<void> {
    const run = this.#run;
    this.#run = null;
    if (!run) return;
    await this.#guard(async () => {
      await run.journal.finishRun(run.id, {
        outcome,
        message: failure && this.#messageOf(failure),
        steps,
        record: history && recordOf(history),
        now: new Date(),
      });
      rmSync(this.#traceOf(run.id), { force: true });
    });
  }

  /**
   * Settles runs that never finished, by what the target holds. While somebody holds the target's
   * lock, a run that did not finish is one that still goes on, and nothing is settled.
   */
  async settleInterrupted(
    history: History,
    lockHeld: () => Promise<boolean>,
  ): Promise<readonly Omit<InterruptedRun, 'halfDone'>[]> {
    const unfinished = await this.ask([], (journal) => journal.unfinishedRuns(history.target.key));
    if (!unfinished.ok || unfinished.value.length === 0 || (await lockHeld())) return [];
    const settled: Omit<InterruptedRun, 'halfDone'>[] = [];
    for (const run of unfinished.value) {
      const carried = carriedByRun(run, history);
      const done = run.revisions.filter((name) => carried.has(name));
      const notDone = run.revisions.filter((name) => !carried.has(name));
      const message =
        run.direction === 'restore'
          ? interruptedRestoreWords(run.restored)
          : describeInterruption(run.direction, done, notDone);
      await this.ask(undefined, async (journal) => {
        await journal.complete(run.id, this.#traceOf(run.id));
        await journal.settleInterrupted(run.id, {
          done,
          notDone,
          message,
          record: recordOf(history),
          now: new Date(),
        });
        rmSync(this.#traceOf(run.id), { force: true });
      });
      settled.push({ run: { ...run, message }, done, notDone });
    }
    return settled;
  }

  async close(): Promise<void> {
    const journal = await this.#journal;
    if (journal) await this.#guard(() => journal.close());
  }

  #open(): Promise<Journal | null> {
    this.#journal ??= this.#guard(async () => {
      const { openJournal } = await import('../journal/journal.ts');
      const journal = await openJournal({
        folder: this.#folder,
        literals: this.#options.literals,
      });
      await this.#completeKilled(journal);
      return journal;
    });
    return this.#journal;
  }

  /** What runs told last whose process is gone; that they are over is for who asks the target. */
  async #completeKilled(journal: Journal): Promise<void> {
    for (const { id, pid, host } of await journal.unsettled()) {
      const trace = this.#traceOf(id);
      const gone = host === hostname() && !isAlive(pid);
      if (gone && existsSync(trace)) await journal.complete(id, trace);
    }
    // One that was killed right after it had told the journal its end left this.
    for (const name of readdirSync(this.#folder)) {
      const id = TRACE.exec(name)?.[1];
      if (id !== undefined && (await journal.isSettled(Number(id)))) {
        rmSync(join(this.#folder, name), { force: true });
      }
    }
  }

  async #guard<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      this.#fail(error);
      return null;
    }
  }

  #fail(error: unknown): void {
    if (this.#failure) return;
    this.#failure = problemOf(error);
    this.#options.onFailure(this.#failure);
  }
}

/** Revisions of a run that the target shows as carried out. */
function carriedByRun(run: RunRecord, history: History): ReadonlySet<string> {
  const { direction } = run;
  if (direction === 'restore') return new Set();
  const steps = run.revisions.map((name) => ({ name }));
  return carriedOut({ ...run, direction, steps }, history);
}

function describeInterruption(
  direction: 'up' | 'down',
  done: readonly string[],
  notDone: readonly string[],
): string {
  const verb = direction === 'up' ? 'applied' : 'reverted';
  if (notDone.length === 0) return `It was interrupted after all its revisions were ${verb}.`;
  if (done.length === 0) return `It was interrupted; none of its revisions is ${verb}.`;
  return `It was interrupted; ${verb}: ${done.join(', ')}; not ${verb}: ${notDone.join(', ')}.`;
}

const unknownFailure = problemOf(new Error('The journal is not open.'));

function problemOf(error: unknown): Problem {
  const words = error as Partial<Record<'what' | 'why', string> & { next: readonly string[] }>;
  return {
    code: 'journal-failed',
    what: words.what ?? 'The journal can’t be used, so runs are not recorded.',
    why: words.why ?? (error instanceof Error ? error.message : String(error)),
    next: words.next ?? [
      'Runs still work; mend the journal and start Handrail again to record them.',
    ],
    detail: error instanceof Error ? (error.stack ?? null) : null,
  };
}

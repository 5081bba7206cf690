/** A session whose answers and events a test decides; for tests of the screens only. */

import type { RestorePlan } from '../../source/contract/backup.ts';
import type { Checklist, ChecklistStepName, MarkOutcome } from '../../source/contract/checklist.ts';
import type { CommitDone, CommitProposal } from '../../source/contract/commit.ts';
import type { BuildRequest } from '../../source/contract/dev-database.ts';
import type { Direction } from '../../source/contract/direction.ts';
import type { Diagnosis } from '../../source/contract/doctor.ts';
import type {
  Discarded,
  Draft,
  DraftBase,
  DraftFile,
  DraftRequest,
  DraftVersions,
} from '../../source/contract/draft.ts';
import type {
  RehearsalRecord,
  RunRecord,
  SessionEvent,
  StatementRecord,
} from '../../source/contract/events.ts';
import type { HalfDone, MarkedAs } from '../../source/contract/half-done.ts';
import type { History } from '../../source/contract/history.ts';
import type { Plan, PlanRequest } from '../../source/contract/plan.ts';
import type { Preview } from '../../source/contract/preview.ts';
import type { CompileError, Problem, Reply } from '../../source/contract/problem.ts';
import type { Consent } from '../../source/contract/protection.ts';
import type { RehearsalReport, RehearsalWish } from '../../source/contract/rehearsal.ts';
import type { Resolutions } from '../../source/contract/resolution.ts';
import type { RunResult } from '../../source/contract/run.ts';
import type {
  SchemaList,
  SchemaPlan,
  WalkOptions,
  WalkResult,
} from '../../source/contract/schemas.ts';
import type { ServerNotice } from '../../source/contract/statement.ts';
import type { MadeRepair, RepairOutcome, RepairWish } from '../../source/session/repair.ts';
import type { ListedBackup, RecordedRestore, Session } from '../../source/session/session.ts';
import { checklistOf, draftOf, historyOf, planOf, previewOf, schemaPlanOf } from './builders.ts';

export class FakeSession implements Session {
  readonly #listeners = new Set<(event: SessionEvent) => void>();
  /** What was asked, in order: `plan up head`, `run`, `cancel`… */
  readonly calls: string[] = [];
  readonly planned: PlanRequest[] = [];
  readonly ran: Plan[] = [];
  readonly consents: Consent[] = [];
  readonly rehearsed: RehearsalWish[] = [];
  readonly repaired: RepairWish[] = [];
  readonly drafted: DraftRequest[] = [];
  closed = false;

  answers = {
    backups: [] as readonly ListedBackup[],
    planRestore: async (): Promise<Reply<RestorePlan>> => {
      throw new Error('No backup was made up.');
    },
    look: (): Reply<History> => ({ ok: true, value: historyOf([]) }),
    preview: async (name: string, direction: Direction): Promise<Reply<Preview>> => ({
      ok: true,
      value: previewOf(name, direction),
    }),
    plan: async (request: PlanRequest): Promise<Reply<Plan>> => ({
      ok: true,
      value: planOf(request.direction, ['20261120_index_changesets', '20261124_add_repo_owner']),
    }),
    resolutions: async (halfDone: HalfDone): Promise<Reply<Resolutions>> => ({
      ok: true,
      value: {
        halfDone,
        shown: null,
        continue: { options: [], why: '' },
        undo: { options: [], why: '' },
      },
    }),
    schemas: async (): Promise<Reply<SchemaList>> => ({
      ok: true,
      value: {
        database: 'localhost:5432/app',
        names: ['app', 'localhost:5432/app'],
        protected: null,
        head: null,
        schemas: [],
      },
    }),
    planSchemas: async (
      _names: readonly string[] | null,
      request: PlanRequest,
    ): Promise<Reply<SchemaPlan>> => ({ ok: true, value: schemaPlanOf(request.direction, []) }),
    rehearsals: async (_limit: number): Promise<Reply<readonly RehearsalRecord[]>> => ({
      ok: true,
      value: [],
    }),
    rehearsal: async (_id: number): Promise<Reply<RehearsalReport | null>> => ({
      ok: true,
      value: null,
    }),
    repair: async ({ revision, repair, first }: RepairWish): Promise<Reply<RepairOutcome>> => {
      const { further, rewritten } = repair;
      const file = `migrations/${revision}.ts`;
      const written = { file, before: '', after: rewritten ?? '', further };
      return { ok: true, value: { kept: true, written, report: first, rehearsal: 8 } };
    },
    repairs: async (): Promise<Reply<readonly MadeRepair[]>> => ({ ok: true, value: [] }),
    whyNotUndone: async (): Promise<Problem | null> => null,
    diagnose: async (): Promise<Reply<Diagnosis>> => ({ ok: true, value: { findings: [] } }),
    draft: async (request: DraftRequest): Promise<Reply<Draft>> => ({
      ok: true,
      value: draftOf(request),
    }),
    checklist: async (revision: string | null): Promise<Reply<Checklist>> => ({
      ok: true,
      value: checklistOf(revision),
    }),
    proposeCommit: async (): Promise<Reply<CommitProposal>> => ({
      ok: true,
      value: {
        revisions: [],
        files: [{ path: 'entities/shelf.ts', role: 'code', change: 'changed', staged: false }],
        others: ['README.md'],
        message: 'migrations: add shelf width',
      },
    }),
    commit: async (): Promise<Reply<CommitDone>> => ({
      ok: true,
      value: { commit: 'abc1234', files: [] },
    }),
    compileErrors: async (_file: string): Promise<readonly CompileError[] | null> => null,
    draftVersions: async (_name: string): Promise<Reply<DraftVersions>> => ({
      ok: true,
      value: { now: { source: '', up: [], down: [] }, drafted: null, before: null },
    }),
    discardDraft: async (name: string): Promise<Reply<Discarded>> => ({
      ok: true,
      value: { file: `migrations/${name}.ts`, snapshot: 'restored' },
    }),
    acceptDraft: async (_file: DraftFile): Promise<Reply<null>> => ({ ok: true, value: null }),
    runs: async (_limit: number): Promise<Reply<readonly RunRecord[]>> => ({ ok: true, value: [] }),
    statements: async (
      _run: number,
      _from: number,
      _count: number,
    ): Promise<Reply<readonly StatementRecord[]>> => ({ ok: true, value: [] }),
    notices: async (_run: number): Promise<Reply<readonly ServerNotice[]>> => ({
      ok: true,
      value: [],
    }),
  };

  #settleRun: ((reply: Reply<RunResult>) => void) | null = null;
  #settleWalk: ((reply: Reply<WalkResult>) => void) | null = null;
  #settleRehearsal: ((reply: Awaited<ReturnType<Session['rehearse']>>) => void) | null = null;

  emit(...events: readonly SessionEvent[]): void {
    for (const event of events) for (const listener of this.#listeners) listener(event);
  }

  /** Ends the run that is going, with the event and the reply. */
  finish(result: RunResult): void {
    this.emit({ type: 'run-finished', result });
    this.#settleRun?.({ ok: true, value: result });
  }

  /** Ends the rehearsal that is going on, with the event and the reply. */
  finishRehearsal(report: RehearsalReport, id: number | null = 7): void {
    this.emit({ type: 'rehearsal-finished', id, report });
    this.#settleRehearsal?.({ ok: true, value: { id, report } });
  }

  /** The same, without a report. */
  refuseRehearsal(problem: Problem): void {
    this.emit({ type: 'rehearsal-refused', problem });
    this.#settleRehearsal?.({ ok: false, problem });
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

  run(plan: Plan, consent: Consent = {}): Promise<Reply<RunResult>> {
    this.consents.push(consent);
    this.calls.push(plan.inputs.guarded ? 'run guarded' : 'run');
    this.ran.push(plan);
    return new Promise((resolve) => {
      this.#settleRun = resolve;
    });
  }

  async backups(): Promise<Reply<readonly ListedBackup[]>> {
    this.calls.push('backups');
    return { ok: true, value: this.answers.backups };
  }

  planRestore(name: string | undefined): Promise<Reply<RestorePlan>> {
    this.calls.push(`planRestore ${name}`);
    return this.answers.planRestore();
  }

  async restore(plan: RestorePlan, consent: Consent = {}): Promise<Reply<RecordedRestore>> {
    this.calls.push('restore');
    this.consents.push(consent);
    return { ok: true, value: { tables: plan.tables, saved: plan.backup, run: 9 } };
  }

  schemas(): Promise<Reply<SchemaList>> {
    this.calls.push('schemas');
    return this.answers.schemas();
  }

  planSchemas(names: readonly string[] | null, request: PlanRequest): Promise<Reply<SchemaPlan>> {
    this.calls.push(`plan ${request.direction} schemas ${names?.join(' ') ?? 'all'}`);
    return this.answers.planSchemas(names, request);
  }

  walkSchemas(plan: SchemaPlan, { keepGoing, rehearse }: WalkOptions): Promise<Reply<WalkResult>> {
    const kind = rehearse ? 'rehearse' : plan.direction;
    this.calls.push(`walk ${kind} ${keepGoing ? 'on' : 'until one fails'}`);
    this.emit({ type: 'walk-started', kind, plan });
    return new Promise((resolve) => {
      this.#settleWalk = resolve;
    });
  }

  /** Ends the walk that is going, with the event and the reply. */
  finishWalk(result: WalkResult): void {
    this.emit({ type: 'walk-finished', result });
    this.#settleWalk?.({ ok: true, value: result });
  }

  async openSchema(schema: string | null): Promise<Reply<History>> {
    this.calls.push(`open ${schema ?? 'none'}`);
    return this.answers.look();
  }

  rehearse(
    request: RehearsalWish,
  ): Promise<Reply<{ readonly id: number | null; readonly report: RehearsalReport }>> {
    this.calls.push(`rehearse ${request.revisions.join(' ') || 'pending'} ${request.bases}`);
    this.rehearsed.push(request);
    return new Promise((resolve) => {
      this.#settleRehearsal = resolve;
    });
  }

  diagnose(): Promise<Reply<Diagnosis>> {
    this.calls.push('diagnose');
    return this.answers.diagnose();
  }

  draft(request: DraftRequest): Promise<Reply<Draft>> {
    this.calls.push(`draft ${request.base}`);
    this.drafted.push(request);
    return this.answers.draft(request);
  }

  acceptDraft(_base: DraftBase, file: DraftFile): Promise<Reply<null>> {
    this.calls.push(`accept ${file.path}`);
    return this.answers.acceptDraft(file);
  }

  compileErrors(file: string): Promise<readonly CompileError[] | null> {
    return this.answers.compileErrors(file);
  }

  draftVersions(name: string): Promise<Reply<DraftVersions>> {
    return this.answers.draftVersions(name);
  }

  discardDraft(name: string): Promise<Reply<Discarded>> {
    this.calls.push(`discard ${name}`);
    return this.answers.discardDraft(name);
  }

  async build(request: BuildRequest | null): Promise<void> {
    this.calls.push(`build ${request ? (request.seed ? 'seeded' : 'plain') : 'none'}`);
  }

  checklist(revision: string | null): Promise<Reply<Checklist>> {
    return this.answers.checklist(revision);
  }

  async markStep(
    revision: string | null,
    step: ChecklistStepName,
    outcome: MarkOutcome,
    reason: string,
  ): Promise<Reply<null>> {
    this.calls.push(`mark ${revision ?? 'next'} ${step} ${outcome} ${reason}`.trim());
    return { ok: true, value: null };
  }

  async proposeCommit(names: readonly string[]): Promise<Reply<CommitProposal>> {
    this.calls.push(`propose ${names.join(' ')}`);
    return this.answers.proposeCommit();
  }

  async commit(): Promise<Reply<CommitDone>> {
    this.calls.push('commit');
    return this.answers.commit();
  }

  rehearsals(limit: number): Promise<Reply<readonly RehearsalRecord[]>> {
    return this.answers.rehearsals(limit);
  }

  rehearsal(id: number): Promise<Reply<RehearsalReport | null>> {
    this.calls.push(`rehearsal ${id}`);
    return this.answers.rehearsal(id);
  }

  repair(wish: RepairWish): Promise<Reply<RepairOutcome>> {
    this.calls.push(`repair ${wish.revision}`);
    this.repaired.push(wish);
    return this.answers.repair(wish);
  }

  async halfDone(): Promise<Reply<readonly HalfDone[]>> {
    return { ok: true, value: [] };
  }

  resolutions(halfDone: HalfDone): Promise<Reply<Resolutions>> {
    this.calls.push(`resolutions ${halfDone.revision}`);
    return this.answers.resolutions(halfDone);
  }

  async planMark(): Promise<Reply<null>> {
    return { ok: true, value: null };
  }

  async mark({ revision }: HalfDone, as: MarkedAs): Promise<Reply<null>> {
    this.calls.push(`mark ${revision} ${as}`);
    return { ok: true, value: null };
  }

  repairs(): Promise<Reply<readonly MadeRepair[]>> {
    return this.answers.repairs();
  }

  whyNotUndone(): Promise<Problem | null> {
    return this.answers.whyNotUndone();
  }

  async undoRepair(repair: MadeRepair): Promise<Reply<MadeRepair>> {
    this.calls.push(`undo ${repair.id}`);
    return { ok: true, value: repair };
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

  notices(run: number): Promise<Reply<readonly ServerNotice[]>> {
    return this.answers.notices(run);
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

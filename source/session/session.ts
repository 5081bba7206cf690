/**
 * One opened project: starts and ends engines, records runs in the journal, watches the files,
 * and tells listeners what happens. The UI and every headless command talk to this alone.
 */

import { join } from 'node:path';
import type { Backup, Restored, RestorePlan } from '../contract/backup.ts';
import type { Checklist, ChecklistStepName, MarkOutcome } from '../contract/checklist.ts';
import type { CommitDone, CommitProposal } from '../contract/commit.ts';
import type { BuildRequest } from '../contract/dev-database.ts';
import type { Direction } from '../contract/direction.ts';
import type { Diagnosis } from '../contract/doctor.ts';
import type {
  Discarded,
  Draft,
  DraftBase,
  DraftFile,
  DraftRequest,
  DraftVersions,
} from '../contract/draft.ts';
import type { EngineEvents, EngineOptions, Inspection } from '../contract/engine-api.ts';
import { THROWAWAY_URL } from '../contract/engine-api.ts';
import type {
  RehearsalRecord,
  RunRecord,
  SessionEvent,
  StatementRecord,
} from '../contract/events.ts';
import { type HalfDone, type MarkedAs, stateOf } from '../contract/half-done.ts';
import type { History } from '../contract/history.ts';
import type { Plan, PlanRequest } from '../contract/plan.ts';
import type { Preview } from '../contract/preview.ts';
import type { CompileError, Problem, Reply } from '../contract/problem.ts';
import { type Consent, whyNotAllowed, whyNotNamed } from '../contract/protection.ts';
import type { RehearsalReport, RehearsalWish } from '../contract/rehearsal.ts';
import type { Resolutions } from '../contract/resolution.ts';
import type { RunOptions, RunResult } from '../contract/run.ts';
import {
  type SchemaList,
  type SchemaPlan,
  type WalkOptions,
  type WalkResult,
  whyWalkNotAllowed,
} from '../contract/schemas.ts';
import type { ServerNotice } from '../contract/statement.ts';
import type { RehearsedRow } from '../journal/rehearsals.ts';
import type { Settings } from '../project/project.ts';
import { Backups, backupMeant, wantsBackup } from './backups.ts';
import { Tidying } from './cleanup.ts';
import { carryOutCommit, proposeCommit } from './commit.ts';
import { Builder } from './dev-database.ts';
import {
  type DraftInProgress,
  discardDraft,
  executeDraft,
  versionOf,
  wasCancelled,
  withGitNote,
  writeDraft,
} from './draft.ts';
import { readVersion, Saves } from './draft-history.ts';
import { EngineProcess } from './engine-process.ts';
import { finishChanges, hashOfFile, refuseFile } from './files.ts';
import {
  Inspections,
  withEvidence,
  withFlags,
  withGit,
  withHalfDone,
  withPlanEvidence,
} from './flags.ts';
import { currentBranch, headLog } from './git.ts';
import { askGit, NO_GIT_FACTS } from './git-facts.ts';
import { blockedBy } from './half-done.ts';
import { Recorder } from './journal-writer.ts';
import {
  executeRehearsal,
  keepReport,
  type RehearsalContext,
  type RehearsalInProgress,
  type Rehearsed,
} from './rehearse.ts';
import {
  attemptOf,
  type MadeRepair,
  type RepairOutcome,
  type RepairWish,
  rehearsalsOf,
  repairedText,
  repairsIn,
  undoRepair,
  whyNotUndone,
  writeRepair,
} from './repair.ts';
import { executeRun, type RunInProgress } from './run.ts';
import {
  executeWalk,
  listSchemas,
  planSchemas,
  rehearseOnSchema,
  runOnSchema,
  type SchemaRunContext,
  type WalkInProgress,
} from './schemas.ts';
import { inWorkspace, removeLeftovers, workspaceParent } from './temp-folders.ts';
import { compileErrorsOf } from './typescript.ts';
import { createWatcher, type Watcher } from './watch.ts';

export interface Session {
  /** Calls `listener` for every event from now on; returns the function that stops it. */
  subscribe(listener: (event: SessionEvent) => void): () => void;
  /** Reads where the target stands, with fresh code. Also sent as events. */
  look(): Promise<Reply<History>>;
  /** SQL of one revision, collected without touching a database. Cached until files change. */
  preview(name: string, direction: Direction): Promise<Reply<Preview>>;
  plan(request: PlanRequest): Promise<Reply<Plan>>;
  /** Revisions that runs left half done, as the journal and the target tell now. */
  halfDone(): Promise<Reply<readonly HalfDone[]>>;
  /** The ways on with one of them, found out on throwaways; each is a plan to {@link run}. */
  resolutions(halfDone: HalfDone): Promise<Reply<Resolutions>>;
  /** What {@link mark} would run, so that the target records it; null if it does. */
  planMark(halfDone: HalfDone, as: MarkedAs): Promise<Reply<Plan | null>>;
  /** Keeps what the person says of one of them, and has the target record it. */
  mark(halfDone: HalfDone, as: MarkedAs, consent?: Consent): Promise<Reply<RunResult | null>>;
  /**
   * Runs a plan that was shown and confirmed. One at a time. Refused on a protected target that was
   * not named, or whose downgrade is not proven.
   */
  run(plan: Plan, consent?: Consent): Promise<Reply<RunResult>>;
  /** How schemas stand that the revisions are applied to: these, or all. */
  schemas(names: readonly string[] | null): Promise<Reply<SchemaList>>;
  /** What would run on them, the same for all that stand the same way. */
  planSchemas(names: readonly string[] | null, request: PlanRequest): Promise<Reply<SchemaPlan>>;
  /**
   * Runs or rehearses a plan that was shown and confirmed, one schema after the other; each is a
   * run or a rehearsal of its own.
   * Refused when some schema has no plan, unless the others are wanted all the same.
   */
  walkSchemas(plan: SchemaPlan, options: WalkOptions): Promise<Reply<WalkResult>>;
  /** Looks at a schema, and is about it from now on; null is that of the connection. */
  openSchema(schema: string | null): Promise<Reply<History>>;
  /**
   * Rehearses revisions on throwaway databases; the target is only read. One run or rehearsal at
   * a time. `id` is the report's number in the journal, null if it could not be recorded.
   */
  rehearse(request: RehearsalWish): Promise<Reply<Rehearsed>>;
  /** Newest first. */
  rehearsals(limit: number): Promise<Reply<readonly RehearsalRecord[]>>;
  /** Null if the journal has no such rehearsal. */
  rehearsal(id: number): Promise<Reply<RehearsalReport | null>>;
  /**
   * Rehearses a repair, and writes it if that proves it; else no file is changed. Refused when the
   * file is not the one that was rehearsed any more, or the revision is applied on the target.
   */
  repair(wish: RepairWish): Promise<Reply<RepairOutcome>>;
  /** Repairs that were written and not undone, oldest first. */
  repairs(): Promise<Reply<readonly MadeRepair[]>>;
  /** Why a repair can't be undone; null if it can. */
  whyNotUndone(repair: MadeRepair): Promise<Problem | null>;
  /** Puts the file of a repair back as it was, unless it was edited since or is applied. */
  undoRepair(repair: MadeRepair): Promise<Reply<MadeRepair>>;
  /** Newest first, of all targets of the project, each with the run that it was taken before. */
  backups(): Promise<Reply<readonly ListedBackup[]>>;
  /**
   * What restoring a backup would overwrite.
   *
   * @param name or the beginning of it; undefined: the newest of the target
   * @param aside into a schema beside the tables
   */
  planRestore(name: string | undefined, aside: boolean): Promise<Reply<RestorePlan>>;
  /**
   * Puts a backup back as it was shown and confirmed; what it overwrites is backed up first. It is a
   * run of its own.
   */
  restore(plan: RestorePlan, consent?: Consent): Promise<Reply<RecordedRestore>>;
  /** What is not as it should be, after a look. */
  diagnose(): Promise<Reply<Diagnosis>>;
  /** What a draft would be, tried on throwaways; writes nothing to the project. */
  draft(request: DraftRequest): Promise<Reply<Draft>>;
  /** Writes a draft's file, which must not be there yet, and MikroORM's snapshot with it. */
  acceptDraft(base: DraftBase, file: DraftFile): Promise<Reply<null>>;
  /** A draft as it is, as it was drafted, and as it was before it was saved last. */
  draftVersions(name: string): Promise<Reply<DraftVersions>>;
  /** What the project's own TypeScript says of a file; null if it can't be asked. Also an event. */
  compileErrors(file: string): Promise<readonly CompileError[] | null>;
  /** Removes a draft that is neither applied nor in git, and puts MikroORM's snapshot back. */
  discardDraft(name: string): Promise<Reply<Discarded>>;
  /**
   * Keeps a throwaway like the entities, to try the application on, until null is asked for or the
   * session is closed; `build` events tell of it. Resolves when the first one is made, or not.
   */
  build(request: BuildRequest | null): Promise<void>;
  /** How far a revision is on the way to a commit; null is the next one, which is not drafted yet. */
  checklist(revision: string | null): Promise<Reply<Checklist>>;
  /** Keeps what the person said of a step: that it is skipped, and why. */
  markStep(
    revision: string | null,
    step: ChecklistStepName,
    outcome: MarkOutcome,
    reason: string,
  ): Promise<Reply<null>>;
  /**
   * What belongs in one commit with these revisions, or with all that git does not have. Refused
   * unless each was cleanly rehearsed as it is.
   */
  proposeCommit(names: readonly string[]): Promise<Reply<CommitProposal>>;
  /** Commits what was proposed. `interactive` gives git the terminal. */
  commit(
    proposal: CommitProposal,
    message: string,
    interactive: boolean,
  ): Promise<Reply<CommitDone>>;
  /**
   * Stops the current run, rehearsal or draft. A run settles with outcome `cancelled`; the others
   * are refused with the code `cancelled`. None going on: does nothing.
   */
  cancel(): void;
  /** Newest first. */
  runs(limit: number): Promise<Reply<readonly RunRecord[]>>;
  /** Statements of a run with `from <= seq < from + count`, by seq. */
  statements(run: number, from: number, count: number): Promise<Reply<readonly StatementRecord[]>>;
  /** What the server said during a run, in order. */
  notices(run: number): Promise<Reply<readonly ServerNotice[]>>;
  /** Ends every engine and closes the journal. A run in progress is cancelled first. */
  close(): Promise<void>;
}

/** With the run that it was taken before, by its number in the journal; null if that is not known. */
export interface ListedBackup extends Backup {
  readonly run: number | null;
}

export interface RecordedRestore extends Restored {
  /** Its number in the journal, null if it could not be recorded. */
  readonly run: number | null;
}

export interface SessionOptions {
  readonly root: string;
  readonly config: string | null;
  readonly context: string | null;
  readonly settings: Settings;
  /** What to look at first; null leaves that to the config. */
  readonly schema: string | null;
  /** Look again by itself when a file changes. */
  readonly watch: boolean;
  /**
   * When to find out which revisions are irreversible or broken: `background` loads all their
   * code after the history was told, `before` only suspicious ones before telling it.
   */
  readonly inspect: 'background' | 'before' | 'never';
}

/** A history or a plan may load thousands of files; previews run foreign code for one. */
const LOOK_TIMEOUT_MS = 60_000;
const PREVIEW_TIMEOUT_MS = 10_000;
/** Revisions inspected in one request, so that a preview never waits long for its turn. */
const INSPECT_BATCH = 20;

/** The engine starts to load the project at once; `look` then tells where the target stands. */
export function openSession(options: SessionOptions): Session {
  return new ProjectSession(options);
}

class ProjectSession implements Session {
  readonly #options: SessionOptions;
  readonly #listeners = new Set<(event: SessionEvent) => void>();
  readonly #recorder: Recorder;
  readonly #backups: Backups;
  readonly #inspections = new Inspections();
  readonly #previews = new Map<string, Promise<Reply<Preview>>>();
  readonly #watcher: Watcher | null;
  readonly #builder: Builder;
  readonly #tidying: Tidying;
  /** Null where nobody watches. */
  readonly #saves: Saves | null;
  #saved: Promise<void> = Promise.resolve();
  readonly #compiling = new Map<string, Promise<readonly CompileError[] | null>>();
  #engine: EngineProcess | null = null;
  /** When that began to load the project. */
  #loadedAt = new Date();
  /** The end of the queue of requests to the engine: it answers one at a time. */
  #queue: Promise<unknown> = Promise.resolve();
  #looking: Promise<Reply<History>> | null = null;
  #run: RunInProgress | null = null;
  #walk: WalkInProgress | null = null;
  #schema: string | null;
  #rehearsal: RehearsalInProgress | null = null;
  #draft: DraftInProgress | null = null;
  #draftsAsked = 0;
  #restoring = false;
  #firstLook = true;
  #settled = false;
  /** As journal and git last said. */
  #hashes: ReadonlyMap<string, string> = new Map();
  #evidence: ReadonlyMap<string, RehearsedRow> = new Map();
  #gitFacts = NO_GIT_FACTS;
  #halfDone: readonly HalfDone[] = [];
  /** The newest history, as the engine told it. */
  #history: History | null = null;
  /** Files of the project's code, when it could last be loaded. */
  #inputs: readonly string[] = [];
  #dataFiles: ReadonlySet<string> = new Set();
  /** Absolute path of git's log of what was checked out and committed. */
  #gitLog: string | null = null;
  /** Counts changes of the project's code; what an older engine says is not used any more. */
  #generation = 0;
  #closing = false;
  #closed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#schema = options.schema;
    this.#recorder = new Recorder({
      root: options.root,
      literals: options.settings.literals,
      onFailure: (problem) => this.#emit({ type: 'journal-failed', problem }),
    });
    this.#backups = new Backups(options.root, options.settings.backupKeep);
    this.#watcher = options.watch
      ? createWatcher(
          (path) => this.#dataFiles.has(path),
          (codeChanged) => this.#changed(codeChanged),
        )
      : null;
    this.#saves = options.watch
      ? new Saves(options.root, (name, direction) => this.preview(name, direction))
      : null;
    const parent = workspaceParent(options.root, options.settings.throwawayFolder);
    this.#tidying = new Tidying({
      parent,
      onServer: () => this.#history?.target.onServer ?? false,
      spawn: (workspace) => this.#spawn('rehearse', {}, { workspace }),
    });
    this.#builder = new Builder({
      parent,
      tidying: this.#tidying,
      spawn: (events, workspace) => this.#spawn('rehearse', events, { workspace }),
      onChange: (build) => this.#emit({ type: 'build', build }),
    });
    void removeLeftovers(parent);
    this.#backups.removePartial();
    finishChanges(options.root);
    // The engine loads the project while the caller still prepares its first frame.
    this.#engine = this.#spawnLooking();
  }

  subscribe(listener: (event: SessionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  look(): Promise<Reply<History>> {
    if (this.#looking) return this.#looking;
    if (this.#firstLook) return this.#look('start');
    this.#discardEngine();
    return this.#look('asked');
  }

  preview(name: string, direction: Direction): Promise<Reply<Preview>> {
    const key = `${direction} ${name}`;
    const known = this.#previews.get(key);
    if (known) return known;
    const asked = this.#ask((engine) => engine.preview(name, direction), PREVIEW_TIMEOUT_MS);
    this.#previews.set(key, asked);
    return asked;
  }

  async plan(request: PlanRequest): Promise<Reply<Plan>> {
    const reply = await this.#ask((engine) => engine.plan(request), LOOK_TIMEOUT_MS);
    if (!reply.ok) return reply;
    const blocked = await this.#blocked();
    if (blocked) return { ok: false, problem: blocked };
    const plan = reply.value.doubtful ? await this.#measure(reply.value) : reply.value;
    const { target } = plan;
    const found = await this.#recorder.planEvidence(target.key, plan);
    const backup = wantsBackup(plan, this.#options.settings);
    return { ok: true, value: { ...withPlanEvidence(plan, found), backup } };
  }

  /** On a copy of the target; what is suspected stands where none can be made. */
  async #measure(plan: Plan): Promise<Plan> {
    const reply = await this.#onThrowaways((engine) => engine.ask((api) => api.measure(plan)));
    if (reply.ok) return reply.value;
    const { what, why } = reply.problem;
    return {
      ...plan,
      hazards: plan.hazards.map((hazard) => ({
        ...hazard,
        what: `${hazard.what} This is suspected: it could not be measured on a copy. ${what} ${why}`.trim(),
      })),
    };
  }

  /** With an engine that makes throwaways, and tells nothing of what it sends to them. */
  #onThrowaways<T>(work: (engine: EngineProcess) => Promise<Reply<T>>): Promise<Reply<T>> {
    const { root, settings } = this.#options;
    const parent = workspaceParent(root, settings.throwawayFolder);
    return inWorkspace<T>(parent, async (workspace) => {
      const unseen = { statementStarted() {}, statementEnded() {} };
      const engine = this.#spawn('rehearse', unseen, { workspace });
      try {
        return await work(engine);
      } finally {
        await engine.stop();
      }
    });
  }

  async run(plan: Plan, consent: Consent = {}): Promise<Reply<RunResult>> {
    const refused = whyNotAllowed(plan, consent);
    if (refused) return { ok: false, problem: refused };
    await this.#cancelledEnds();
    if (this.#isBusy) return { ok: false, problem: alreadyRunning };
    const blocked = plan.resolution ? await this.#outdated(plan) : await this.#blocked();
    if (blocked) return { ok: false, problem: blocked };
    const run = executeRun(plan, {
      recorder: this.#recorder,
      backups: this.#backups,
      options: this.#runOptions(plan),
      emit: (event) => this.#emit(event),
      spawn: (events) => this.#spawn('run', events),
      readHistory: () => this.#readAfterRun(),
      halfDone: (history) => this.#findHalfDone(history),
    });
    this.#run = run;
    try {
      return await run.result;
    } finally {
      this.#run = null;
      if (!this.#closing) await this.#look('after-run');
    }
  }

  async halfDone(): Promise<Reply<readonly HalfDone[]>> {
    const looked = await this.#lookAfresh();
    return looked.ok ? { ok: true, value: this.#halfDone } : looked;
  }

  async resolutions(halfDone: HalfDone): Promise<Reply<Resolutions>> {
    const { settings } = this.#options;
    const reply = await this.#onThrowaways((engine) =>
      engine.ask((api) => api.resolutions(halfDone, settings.literals)),
    );
    if (!reply.ok) return reply;
    const backedUp = ({ options, ...way }: Resolutions['undo']): Resolutions['undo'] => ({
      ...way,
      options: options.map(({ plan, ...option }) => {
        return { ...option, plan: { ...plan, backup: wantsBackup(plan, settings) } };
      }),
    });
    const { continue: forward, undo } = reply.value;
    return {
      ok: true,
      value: { ...reply.value, continue: backedUp(forward), undo: backedUp(undo) },
    };
  }

  planMark(halfDone: HalfDone, as: MarkedAs): Promise<Reply<Plan | null>> {
    return this.#ask((engine) => engine.planMark(halfDone, as), LOOK_TIMEOUT_MS);
  }

  async mark(
    halfDone: HalfDone,
    as: MarkedAs,
    consent: Consent = {},
  ): Promise<Reply<RunResult | null>> {
    const planned = await this.planMark(halfDone, as);
    if (!planned.ok) return planned;
    if (planned.value) return this.run(planned.value, consent);
    const { target } = this.#history ?? {};
    const settled = await this.#recorder.settle(target?.key ?? '', halfDone.revision, as);
    if (!settled.ok) return settled;
    await this.#lookAfresh();
    return { ok: true, value: null };
  }

  /** Somebody else may have gone on with it since the plan was made. */
  async #outdated({ resolution, steps, target }: Plan): Promise<Problem | null> {
    if (!this.#history) await this.look();
    const found = this.#history && (await this.#findHalfDone(this.#history));
    const halfDone = found?.find(({ revision }) => revision === steps[0]?.name);
    if (halfDone && stateOf(halfDone) === resolution?.state) return null;
    return {
      code: 'plan-outdated',
      what: `${steps[0]?.name} is not half done on ${target.database} any more as it was when this was planned.`,
      why: 'Nothing was run.',
      next: ['Look at the ways on again.'],
      detail: null,
    };
  }

  #runOptions({ inputs }: Plan): RunOptions {
    const { lockWait, lockRetries } = this.#options.settings;
    return { lockWait: lockWait * 1000, retries: lockRetries, guarded: inputs.guarded };
  }

  async schemas(names: readonly string[] | null): Promise<Reply<SchemaList>> {
    const reply = await this.#ask((engine) => engine.schemas(names), LOOK_TIMEOUT_MS);
    return reply.ok ? { ok: true, value: await listSchemas(reply.value, this.#recorder) } : reply;
  }

  async planSchemas(names: readonly string[] | null, request: PlanRequest) {
    const states = await this.#ask((engine) => engine.schemas(names), LOOK_TIMEOUT_MS);
    if (!states.ok) return states;
    const planFor = async (schema: string) => {
      const engine = this.#spawn('look', {}, { schema });
      try {
        const reply = await engine.ask((api) => api.plan(request), LOOK_TIMEOUT_MS);
        if (!reply.ok) return reply;
        const backup = wantsBackup(reply.value, this.#options.settings);
        return { ok: true, value: { ...reply.value, backup } } as const;
      } finally {
        await engine.stop();
      }
    };
    return { ok: true, value: await planSchemas(states.value, request, planFor) } as const;
  }

  async walkSchemas(plan: SchemaPlan, options: WalkOptions): Promise<Reply<WalkResult>> {
    await this.#cancelledEnds();
    if (this.#isBusy) return { ok: false, problem: alreadyRunning };
    const [refused] = plan.refused;
    if (refused && !options.keepGoing) return { ok: false, problem: refused.problem };
    const forbidden = options.rehearse ? null : whyWalkNotAllowed(plan, options.consent ?? {});
    if (forbidden) return { ok: false, problem: forbidden };
    const emit = (event: SessionEvent) => this.#emit(event);
    const running: SchemaRunContext = {
      recorder: this.#recorder,
      backups: this.#backups,
      optionsOf: (plan) => this.#runOptions(plan),
      emit,
      spawn: (access, events, schema) => this.#spawn(access, events, { schema }),
    };
    const reach = (schema: string, same: Plan) =>
      options.rehearse
        ? rehearseOnSchema(schema, same, this.#rehearsalContext(schema))
        : runOnSchema(schema, same, running);
    const walk = executeWalk(plan, options, reach, emit);
    this.#walk = walk;
    try {
      return { ok: true, value: await walk.result };
    } finally {
      this.#walk = null;
      if (!this.#closing) await this.#look('after-run');
    }
  }

  async openSchema(schema: string | null): Promise<Reply<History>> {
    if (this.#isBusy) return { ok: false, problem: alreadyRunning };
    await this.#looking;
    this.#schema = schema;
    // What an earlier run left unfinished there was not told yet.
    this.#settled = false;
    this.#discardEngine();
    return this.#look('asked');
  }

  async rehearse(request: RehearsalWish): Promise<Reply<Rehearsed>> {
    await this.#cancelledEnds();
    if (this.#isBusy) return { ok: false, problem: alreadyRunning };
    const rehearsal = executeRehearsal(request, this.#rehearsalContext());
    this.#rehearsal = rehearsal;
    try {
      return await rehearsal.result;
    } finally {
      this.#rehearsal = null;
      if (this.#history && !this.#closing) {
        this.#emit({ type: 'history', history: await this.#decorate(this.#history) });
      }
    }
  }

  #rehearsalContext(schema = this.#schema): RehearsalContext {
    const { root, settings } = this.#options;
    return {
      root,
      recorder: this.#recorder,
      parent: workspaceParent(root, settings.throwawayFolder),
      test: settings.test,
      testDowngraded: settings.testDowngraded,
      tidying: this.#tidying,
      emit: (event) => this.#emit(event),
      spawn: (events, workspace) => this.#spawn('rehearse', events, { workspace, schema }),
    };
  }

  rehearsals(limit: number): Promise<Reply<readonly RehearsalRecord[]>> {
    return this.#recorder.ask([], (journal) => journal.rehearsals(null, limit));
  }

  rehearsal(id: number): Promise<Reply<RehearsalReport | null>> {
    return this.#recorder.ask(null, (journal) => journal.rehearsal(id));
  }

  async repair(wish: RepairWish): Promise<Reply<RepairOutcome>> {
    const looked = await this.#look('asked');
    if (!looked.ok) return looked;
    const { root } = this.#options;
    const text = repairedText(root, looked.value, wish);
    if (!text.ok) return text;
    await this.#cancelledEnds();
    if (this.#isBusy) return { ok: false, problem: alreadyRunning };
    const context = this.#rehearsalContext();
    this.#rehearsal = executeRehearsal({ ...wish.again, repaired: text.value }, context);
    const tried = await this.#rehearsal.result.finally(() => {
      this.#rehearsal = null;
    });
    if (!tried.ok) return tried;
    const { report } = tried.value;
    const attempt = attemptOf(wish, text.value, report);
    if (attempt) return { ok: true, value: { kept: false, attempt } };
    const written = await writeRepair(
      root,
      looked.value,
      rehearsalsOf(wish.first, wish.revision)[0],
      [...(wish.after?.repairs ?? []), wish.repair].map(({ title }) => title),
      text.value,
      this.#recorder,
    );
    if (!written.ok) return written;
    await this.#lookAfresh();
    const { id } = await keepReport(report, context);
    const kept = { kept: true, written: written.value, report, rehearsal: id } as const;
    return { ok: true, value: kept };
  }

  repairs(): Promise<Reply<readonly MadeRepair[]>> {
    const { root } = this.#options;
    return this.#recorder.ask([], async (journal) => repairsIn(root, await journal.repairs()));
  }

  async whyNotUndone(repair: MadeRepair): Promise<Problem | null> {
    const looked = await this.#look('asked');
    if (!looked.ok) return looked.problem;
    const refused = whyNotUndone(this.#options.root, looked.value, repair);
    return refused && !refused.ok ? refused.problem : null;
  }

  async undoRepair(repair: MadeRepair): Promise<Reply<MadeRepair>> {
    const looked = await this.#look('asked');
    if (!looked.ok) return looked;
    const undone = await undoRepair(this.#options.root, looked.value, repair, this.#recorder);
    if (undone.ok) await this.#lookAfresh();
    return undone;
  }

  async backups(): Promise<Reply<readonly ListedBackup[]>> {
    const none: ReadonlyMap<string, number> = new Map();
    const reply = await this.#recorder.ask(none, (journal) => journal.backedUpRuns());
    // They are there without the journal, too.
    const runs = reply.ok ? reply.value : none;
    const value = this.#backups.list().map((backup) => {
      return { ...backup, run: runs.get(backup.id) ?? null };
    });
    return { ok: true, value };
  }

  async planRestore(name: string | undefined, aside: boolean): Promise<Reply<RestorePlan>> {
    const looked = this.#history ? null : await this.look();
    if (looked && !looked.ok) return looked;
    const meant = backupMeant(this.#backups.list(), name, this.#history?.target.key ?? '');
    if (!meant.ok) return meant;
    const folder = this.#backups.folderOf(meant.value.id);
    return this.#ask((engine) => engine.planRestore({ folder, aside }), LOOK_TIMEOUT_MS);
  }

  async restore(plan: RestorePlan, consent: Consent = {}): Promise<Reply<RecordedRestore>> {
    const refused = whyNotNamed(plan.target, consent);
    if (refused) return { ok: false, problem: refused };
    await this.#cancelledEnds();
    if (this.#isBusy) return { ok: false, problem: alreadyRunning };
    const reserved = this.#backups.reserve(new Date());
    if (!reserved.ok) return reserved;
    const folder = this.#backups.folderOf(plan.backup.id);
    // An engine that looks has the file open.
    this.#discardEngine();
    let run: number | null = null;
    const engine = this.#spawn('run', {
      restoreStarting: async (saved) => {
        run = await this.#recorder.startRestore(plan, saved?.id ?? null);
      },
    });
    this.#restoring = true;
    try {
      const restored = await engine.ask((api) => api.restore(plan, folder, reserved.value));
      const saved = restored.ok && restored.value.saved;
      if (saved) this.#backups.prune(plan.target.key, saved.id);
      // Before the engine lets go of the lock, so that nobody finds it unfinished.
      if (run !== null) await this.#recorder.finishRestore(run, plan, restored);
      return restored.ok ? { ok: true, value: { ...restored.value, run } } : restored;
    } finally {
      await engine.stop();
      this.#restoring = false;
      if (!this.#closing) await this.#look('after-run');
    }
  }

  async diagnose(): Promise<Reply<Diagnosis>> {
    const looked = await this.look();
    if (!looked.ok) return looked;
    return this.#ask((engine) => engine.diagnose(looked.value), LOOK_TIMEOUT_MS);
  }

  async draft(request: DraftRequest): Promise<Reply<Draft>> {
    const turn = ++this.#draftsAsked;
    await this.#cancelledEnds();
    // Meanwhile somebody wanted another one.
    if (turn !== this.#draftsAsked) return { ok: false, problem: wasCancelled };
    if (this.#isBusy) return { ok: false, problem: alreadyRunning };
    const { root, settings } = this.#options;
    const looked = this.#history ? null : this.look();
    this.#draft = executeDraft(request, {
      parent: workspaceParent(root, settings.throwawayFolder),
      tidying: this.#tidying,
      spawn: (events, workspace) => this.#spawn('rehearse', events, { workspace }),
    });
    // It is over when it has its answer: who waits for its end does not wait for what is asked next.
    const reply = await this.#draft.result.finally(() => {
      this.#draft = null;
    });
    await looked;
    if (!reply.ok) return reply;
    return { ok: true, value: await withGitNote(root, this.#history, reply.value) };
  }

  /** A draft that was cancelled needs a moment; nobody has to know. */
  async #cancelledEnds(): Promise<void> {
    while (this.#draft?.cancelled) await this.#draft.result;
  }

  async acceptDraft(base: DraftBase, file: DraftFile): Promise<Reply<null>> {
    const { root } = this.#options;
    const origin = {
      base,
      branch: await currentBranch(root),
      code: this.#history?.codeHash ?? null,
    };
    const written = await writeDraft(root, origin, file, this.#recorder);
    if (!written.ok) return written;
    await this.#lookAfresh();
    await this.#keepDrafted(file);
    return written;
  }

  /** Told while nobody has changed it yet, so that later it can be said what was. */
  async #keepDrafted({ name, path: file }: DraftFile): Promise<void> {
    const { root } = this.#options;
    const version = await readVersion(root, { name, file }, (...of) => this.preview(...of));
    const drafts = await this.#recorder.drafts();
    const draft = drafts.findLast((each) => each.name === name);
    if (!draft || draft.source !== version?.source) return;
    await this.#recorder.ask(undefined, (journal) =>
      journal.addDraftedStatements(draft.id, version),
    );
  }

  async draftVersions(name: string): Promise<Reply<DraftVersions>> {
    if (!this.#history) await this.#lookAfresh();
    await this.#saved;
    const revision = this.#history?.revisions.find((each) => each.name === name);
    if (!revision?.file) return { ok: false, problem: unknownRevision(name) };
    const { root } = this.#options;
    const now = await readVersion(root, revision, (...of) => this.preview(...of));
    if (now === null) return refuseFile(`${revision.file} can’t be read.`, '');
    const drafts = await this.#recorder.drafts();
    const draft = drafts.findLast((each) => each.name === name);
    const before = this.#saves?.before(revision.file) ?? null;
    return { ok: true, value: { now, drafted: draft ? versionOf(draft) : null, before } };
  }

  compileErrors(file: string): Promise<readonly CompileError[] | null> {
    const sha256 = hashOfFile(join(this.#options.root, file));
    if (sha256 === null) return Promise.resolve(null);
    const key = `${sha256} ${file}`;
    const asked = this.#compiling.get(key);
    if (asked) return asked;
    const compiling = compileErrorsOf(this.#options.root, file).finally(() =>
      this.#compiling.delete(key),
    );
    this.#compiling.set(key, compiling);
    void compiling.then((errors) => {
      if (errors) this.#emit({ type: 'types-checked', file, sha256, errors });
    });
    return compiling;
  }

  async discardDraft(name: string): Promise<Reply<Discarded>> {
    await this.#cancelledEnds();
    if (this.#isBusy) return { ok: false, problem: alreadyRunning };
    const reply = await this.#look('asked');
    if (!reply.ok) return reply;
    const revision = reply.value.revisions.find((each) => each.name === name);
    const drafts = await this.#recorder.drafts();
    const draft = drafts.findLast((each) => each.file === revision?.file);
    if (!revision || !draft) return { ok: false, problem: noDraft(name) };
    const discarded = await discardDraft(this.#options.root, revision, draft, this.#recorder);
    if (discarded.ok) await this.#lookAfresh();
    return discarded;
  }

  build(request: BuildRequest | null): Promise<void> {
    return this.#builder.want(request);
  }

  async checklist(name: string | null): Promise<Reply<Checklist>> {
    // A file that was saved just now may not have been looked at yet. What journal and git say is
    // asked with every look, not here: this is wanted with every history that is told.
    await this.#looking;
    const history = this.#history && this.#withKnown(this.#history);
    const reply: Reply<History> = history ? { ok: true, value: history } : await this.look();
    if (!reply.ok) return reply;
    const revision = reply.value.revisions.find((each) => each.name === name) ?? null;
    if (name !== null && !revision) return { ok: false, problem: unknownRevision(name) };
    const { checklistOf, readFacts } = await import('./checklist.ts');
    const facts = await readFacts(this.#options.root, reply.value, revision, this.#recorder);
    return { ok: true, value: checklistOf(facts) };
  }

  async markStep(
    name: string | null,
    step: ChecklistStepName,
    outcome: MarkOutcome,
    reason: string,
  ): Promise<Reply<null>> {
    if (!this.#history) await this.#lookAfresh();
    const revision = this.#history?.revisions.find((each) => each.name === name) ?? null;
    if (name !== null && !revision) return { ok: false, problem: unknownRevision(name) };
    const marked = await this.#recorder.addMark({
      revision: name,
      step,
      outcome,
      reason,
      sha256: revision?.sha256 ?? null,
      madeAt: new Date().toISOString(),
    });
    if (marked.ok) this.#emit({ type: 'checklist-changed', revision: name });
    return marked;
  }

  async proposeCommit(names: readonly string[]): Promise<Reply<CommitProposal>> {
    const reply = await this.look();
    return reply.ok ? proposeCommit(this.#options.root, reply.value, names) : reply;
  }

  async commit(proposal: CommitProposal, message: string, interactive: boolean) {
    const reply = await carryOutCommit(this.#options.root, proposal, message, interactive);
    await this.#lookAfresh();
    return reply;
  }

  cancel(): void {
    this.#run?.cancel();
    this.#walk?.cancel();
    this.#rehearsal?.cancel();
    this.#draft?.cancel();
    // One that waits for its turn is not wanted either.
    this.#draftsAsked++;
  }

  get #isBusy(): boolean {
    const going = [this.#run, this.#walk, this.#rehearsal, this.#draft];
    return this.#restoring || going.some((each) => each !== null);
  }

  runs(limit: number): Promise<Reply<readonly RunRecord[]>> {
    return this.#recorder.ask([], (journal) => journal.runs(null, limit));
  }

  statements(run: number, from: number, count: number): Promise<Reply<readonly StatementRecord[]>> {
    return this.#recorder.ask([], (journal) => journal.statements(run, from, count));
  }

  notices(run: number): Promise<Reply<readonly ServerNotice[]>> {
    return this.#recorder.ask([], (journal) => journal.notices(run));
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.cancel();
    await this.#rehearsal?.result.catch(() => {});
    await this.#draft?.result.catch(() => {});
    // It still reads what the database holds, and records it.
    await this.#run?.result.catch(() => {});
    await this.#walk?.result.catch(() => {});
    this.#closed = true;
    await this.#builder.want(null);
    await this.#tidying.ended();
    await this.#engine?.stop();
    await this.#looking?.catch(() => {});
    await this.#watcher?.close();
    await this.#recorder.close();
    this.#listeners.clear();
  }

  #emit(event: SessionEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #spawn(
    access: EngineOptions['access'],
    events: Partial<EngineEvents>,
    { workspace = null, schema = this.#schema }: Partial<EngineOptions> = {},
  ): EngineProcess {
    const { root, config, context, settings } = this.#options;
    const { schemas, protected: patterns } = settings;
    const timeouts = {
      lock: milliseconds(settings.lockTimeout),
      statement: milliseconds(settings.statementTimeout),
    };
    const throwawayBytes = settings.throwawaySize * 1_000_000;
    return new EngineProcess(
      {
        root,
        config,
        context,
        access,
        entities: true,
        workspace,
        timeouts,
        throwawayBytes,
        schema,
        schemas,
        protected: patterns,
      },
      events,
      (stream, line) => this.#emit({ type: 'output', stream, line }),
      settings.throwawayUrl === null ? {} : { [THROWAWAY_URL]: settings.throwawayUrl },
    );
  }

  #spawnLooking(): EngineProcess {
    this.#loadedAt = new Date();
    return this.#spawn('look', { waitsFor: (what) => this.#emit({ type: 'waits-for', what }) });
  }

  /**
   * Asks the engine in turn; starts one if there is none. An engine that was discarded meanwhile,
   * because the code changed, is no fault of the project's: its successor is asked.
   */
  #ask<T>(
    work: Parameters<EngineProcess['ask']>[0] extends (engine: infer E) => unknown
      ? (engine: E) => Promise<Reply<T>>
      : never,
    timeout: number,
  ): Promise<Reply<T>> {
    const schema = this.#schema;
    const turn = this.#queue.then(async (): Promise<Reply<T>> => {
      for (;;) {
        if (this.#closed) return { ok: false, problem: closed };
        if (this.#schema !== schema) return { ok: false, problem: elsewhere };
        if (!this.#engine?.alive) this.#engine = this.#spawnLooking();
        const asked = this.#engine;
        const reply = await asked.ask(work, timeout);
        if (reply.ok || asked === this.#engine) return reply;
      }
    });
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /** The next request gets an engine that loads the code as it is on disk now. */
  #discardEngine(): void {
    this.#generation++;
    this.#previews.clear();
    void this.#engine?.stop();
    this.#engine = null;
  }

  /** Sees what was written before it was asked, which a look that is going on may not. */
  async #lookAfresh(): Promise<Reply<History>> {
    await this.#looking;
    return this.look();
  }

  #look(because: 'start' | 'changed' | 'after-run' | 'asked'): Promise<Reply<History>> {
    this.#looking ??= this.#readAndTell(because).finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #readAndTell(
    because: 'start' | 'changed' | 'after-run' | 'asked',
  ): Promise<Reply<History>> {
    this.#emit({ type: 'looking', because, generation: this.#generation });
    const reply = await this.#ask((engine) => engine.history(), LOOK_TIMEOUT_MS);
    // Nobody wants to know any more.
    if (this.#closed) return reply;
    if (!reply.ok) {
      this.#firstLook = false;
      this.#emit({ type: 'look-failed', problem: reply.problem });
      // Any file in the project may be the one that mends it.
      void this.#watcher?.watch([this.#options.root, ...this.#inputs], this.#loadedAt);
      return reply;
    }
    const raw = reply.value;
    this.#history = raw;
    await this.#settleInterrupted(raw);
    if (this.#options.inspect === 'before') await this.#inspect(raw);
    // The journal may still be loading; what it adds to the list must not keep the list back.
    if (this.#options.inspect === 'background') {
      this.#emit({ type: 'history', history: this.#withKnown(raw) });
    }
    const history = await this.#decorate(raw);
    // Whoever asks because of the event is to be told of what was saved.
    this.#saved = this.#checkSaves(history);
    this.#emit({ type: 'history', history });
    this.#inputs = raw.inputs;
    if (this.#watcher) {
      this.#gitLog ??= await headLog(this.#options.root);
      // Commits and switches are told as changes of data are: the code is watched by itself.
      const data = [...raw.dataFiles, ...(this.#gitLog === null ? [] : [this.#gitLog])];
      this.#dataFiles = new Set(data);
      void this.#watcher.watch([...raw.inputs, ...data], this.#loadedAt);
    }
    this.#firstLook = false;
    if (raw.leftovers.length > 0) void this.#tidying.sweep(false);
    if (this.#options.inspect === 'background') void this.#inspectLater(raw);
    return { ok: true, value: history };
  }

  async #decorate(history: History): Promise<History> {
    this.#hashes = await this.#recorder.appliedHashes(history.target.key);
    this.#evidence = await this.#recorder.evidence(history.target.key);
    const drafted = await this.#recorder.draftedFiles();
    this.#gitFacts = await askGit(this.#options.root, history, drafted);
    this.#halfDone = await this.#findHalfDone(history);
    return this.#withKnown(history);
  }

  /** With what the journal and git said last. */
  #withKnown(history: History): History {
    const flagged = withHalfDone(
      withFlags(history, this.#hashes, this.#inspections),
      this.#halfDone,
    );
    return withEvidence(withGit(flagged, this.#gitFacts), this.#evidence);
  }

  async #checkSaves(history: History): Promise<void> {
    for (const { file } of (await this.#saves?.looked(history)) ?? []) {
      if (file !== null && !this.#closed) void this.compileErrors(file);
    }
  }

  async #inspectLater(history: History): Promise<void> {
    const generation = this.#generation;
    if (this.#inspections.missing(history).length === 0) return;
    await this.#inspect(history);
    if (generation !== this.#generation || this.#closed || this.#looking) return;
    this.#emit({ type: 'history', history: await this.#decorate(history) });
  }

  async #inspect(history: History): Promise<void> {
    const which = this.#options.inspect === 'before' ? 'suspects' : 'all';
    const size = which === 'all' ? INSPECT_BATCH : history.revisions.length;
    const generation = this.#generation;
    const missing = this.#inspections.missing(history);
    for (let start = 0; start < missing.length; start += size) {
      if (generation !== this.#generation || this.#closed) return;
      const batch = missing.slice(start, start + size);
      const reply = await this.#ask<readonly Inspection[]>(
        (engine) =>
          engine.inspect(
            batch.map(({ name }) => name),
            which,
          ),
        PREVIEW_TIMEOUT_MS,
      );
      const found = reply.ok
        ? new Map(reply.value.map((inspection) => [inspection.name, inspection]))
        : null;
      // A batch that hangs is not tried for ever: its revisions count as ordinary.
      for (const revision of batch) {
        const inspection = found?.get(revision.name);
        this.#inspections.add(
          revision,
          inspection ?? {
            name: revision.name,
            irreversible: null,
            noDowngrade: false,
            broken: null,
          },
        );
      }
    }
  }

  /** What earlier runs that never finished left behind, told once. */
  async #settleInterrupted(history: History): Promise<void> {
    if (this.#settled) return;
    this.#settled = true;
    const runs = await this.#recorder.settleInterrupted(history, async () => {
      const held = await this.#ask((engine) => engine.lockHeld(), LOOK_TIMEOUT_MS);
      return !held.ok || held.value;
    });
    if (runs.length === 0) return;
    const halfDone = await this.#findHalfDone(history);
    const told = runs.map((run) => ({
      ...run,
      halfDone: halfDone.filter(
        (each) => each.run === run.run.id || each.statements.some((one) => one.run === run.run.id),
      ),
    }));
    this.#emit({ type: 'interrupted-runs', runs: told });
  }

  /** Why nothing may be run but what settles it; asked anew, as another process may have. */
  async #blocked(): Promise<Problem | null> {
    await this.#looking;
    if (!this.#history) await this.look();
    return this.#history && blockedBy(await this.#findHalfDone(this.#history));
  }

  /** What runs left half done, and nobody settled. */
  #findHalfDone(history: History): Promise<readonly HalfDone[]> {
    return this.#recorder.halfDone(history, {
      preview: (...of) => this.preview(...of),
      mayRemain: (statements) =>
        this.#ask((engine) => engine.mayRemain(statements), LOOK_TIMEOUT_MS),
    });
  }

  async #readAfterRun(): Promise<History | null> {
    // First what a killed process left is cleared away, so that it is not read as it was.
    await this.#ask((engine) => engine.lockHeld(), LOOK_TIMEOUT_MS);
    const reply = await this.#ask((engine) => engine.history(), LOOK_TIMEOUT_MS);
    return reply.ok ? reply.value : null;
  }

  #changed(codeChanged: boolean): void {
    // A run looks by itself when it is over, and its own writes are no news.
    if (this.#run || this.#walk || this.#closing) return;
    if (codeChanged) {
      this.#discardEngine();
      void this.#builder.rebuild();
    }
    const current = this.#looking;
    void (current ? current.then(() => this.#look('changed')) : this.#look('changed'));
  }
}

function milliseconds(seconds: number | null): number | null {
  return seconds === null ? null : seconds * 1000;
}

const alreadyRunning: Problem = {
  code: 'locked',
  what: 'A run, a rehearsal or a draft is going on.',
  why: 'Handrail does one at a time.',
  next: ['Wait until it has ended, or cancel it with Ctrl+C.'],
  detail: null,
};

function noDraft(name: string): Problem {
  return {
    code: 'unknown-revision',
    what: `${name} is not a draft that Handrail wrote here.`,
    why: 'Only what it wrote can be put back as it was before.',
    next: ['Remove the file yourself if it is not applied anywhere.'],
    detail: null,
  };
}

function unknownRevision(name: string): Problem {
  return {
    code: 'unknown-revision',
    what: `There is no revision ${name}.`,
    why: '',
    next: ['handrail status lists them.'],
    detail: null,
  };
}

const elsewhere: Problem = {
  code: 'internal',
  what: 'Another schema was opened before the answer came.',
  why: '',
  next: ['Ask again.'],
  detail: null,
};

const closed: Problem = {
  code: 'internal',
  what: 'Handrail is closing.',
  why: '',
  next: [],
  detail: null,
};

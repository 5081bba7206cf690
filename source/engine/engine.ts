/** Answers the supervisor's requests. Every answer is a reply; nothing is thrown across. */

import type { EngineApi, EngineOptions } from '../contract/engine-api.ts';
import { THROWAWAY_URL } from '../contract/engine-api.ts';
import type { Plan, PlanRequest, PlanStep } from '../contract/plan.ts';
import type { Reply } from '../contract/problem.ts';
import { hashOfPlan } from '../contract/rehearsal-inputs.ts';
import { shownSql } from '../text/literals.ts';
import { knownSecrets } from '../text/redact.ts';
import { bytesOf, losesData, planRestore, restore } from './backup/backup.ts';
import type { Throwaways } from './databases/throwaway.ts';
import type { Events } from './events.ts';
import { disconnect, openProject, type Project } from './project/project.ts';
import { problemOf, Refusal, RunError } from './refusal.ts';
import { readFolder } from './revisions/files.ts';
import { readHistory } from './revisions/history.ts';
import { tableOf } from './revisions/migrations-table.ts';
import { inputsOf, selectRevisions, transactionsFor } from './revisions/plan.ts';
import { mayRefuse, RevisionReader } from './revisions/preview.ts';
import { shownOf } from './revisions/previews.ts';
import type { RevisionFile } from './revisions/revision-file.ts';
import { suspicionsOf } from './revisions/suspicions.ts';
import { Notices } from './run/notices.ts';
import { isAroundRevisions } from './run/own-statements.ts';
import {
  Cancelled,
  following,
  keepingLock,
  noProgress,
  type RunEvents,
  runPlan,
  takeLock,
} from './run/run.ts';
import { observe, unseen } from './run/statement-observer.ts';
import { TraceWriter } from './run/trace.ts';
import { checkSchema, readSchemas, schemaWarnings } from './schemas/schemas.ts';

export interface Engine {
  readonly api: EngineApi;
  /** Gives the lock back. The process must end right after, in the middle of whatever it does. */
  release(): void;
}

/** Starts to load the project at once; requests wait for it. */
export function createEngine(options: EngineOptions, events: Events): Engine {
  const progress = noProgress();
  let direction: Plan['direction'] | null = null;
  let guarded = false;
  let cleared: ReadonlySet<string> = new Set();
  let trace: TraceWriter | null = null;

  let opened: Project | null = null;
  const notices = new Notices(events, progress);
  const loading = openProject(options, (notice) => notices.hear(notice)).then((project) => {
    opened = project;
    if (options.access === 'run') {
      const { failed, ...follows } = following(progress, project.dialect);
      const isAround = isAroundRevisions(project);
      observe(project.connection, {
        ...follows,
        started(statement) {
          progress.lastStatement = statement;
          trace?.started(statement);
          void events.statementStarted(statement);
        },
        ended(statement, of, thrown) {
          if (statement.error) failed(of, statement.error, thrown);
          notices.tellOmitted();
          trace?.ended(statement, of.sql);
          void events.statementEnded(statement);
        },
        async taken() {
          await events.statementsTaken();
          trace?.restart();
        },
        ...keepingLock(project, progress),
        current: (sql) =>
          progress.revision === null || isAround(sql)
            ? { revision: null, direction: null }
            : { revision: progress.revision, direction },
        measure: {
          async before(sql, query) {
            const { guard } = project.dialect;
            if (guarded || progress.revision === null) return;
            if (cleared.has(sql) || !guard.looksHarmful(sql)) return;
            const hazard = await guard.suspecting(query)(sql);
            if (!hazard) return;
            // Also if the revision catches it: it is not what it says without the statement.
            progress.stopped ??= new RunError(`${hazard} The statement was not sent.`);
            throw progress.stopped;
          },
          after: async () => {},
        },
      });
    }
    return project;
  });
  // A failure is reported with the first request; it must not end the process before that.
  loading.catch(() => {}).finally(() => void events.secretsKnown(knownSecrets()));

  const toDatabase = ({ target }: Project): void => {
    void events.waitsFor({ on: 'database', database: target.database });
  };
  const inCodeOf: InCodeOf = async (project, name, work) => {
    void events.waitsFor({ on: 'revision', name });
    try {
      return await work();
    } finally {
      toDatabase(project);
    }
  };

  let reader: Promise<RevisionReader> | null = null;
  const readerOf = (project: Project) => {
    reader ??= RevisionReader.create(project);
    return reader;
  };

  const answer = async <T>(work: (project: Project) => Promise<T>): Promise<Reply<T>> => {
    try {
      const project = await loading;
      toDatabase(project);
      return { ok: true, value: await work(project) };
    } catch (error) {
      return { ok: false, problem: problemOf(error) };
    } finally {
      if (options.access === 'look' && opened?.dialect.isServer) await disconnect(opened);
    }
  };

  const onThrowaways = <T>(
    work: (project: Project, throwaways: Throwaways) => Promise<T>,
  ): Promise<Reply<T>> =>
    answer(async (project) => {
      const { workspace } = options;
      if (workspace === null) throw new Error('Throwaways need a workspace.');
      const throwaways = await project.dialect.throwaways({
        location: project.location,
        connection: project.connection,
        folder: workspace,
        table: tableOf(project).shown,
        server: process.env[THROWAWAY_URL] || null,
        bytes: options.throwawayBytes,
      });
      try {
        return await work(project, throwaways);
      } finally {
        await throwaways.close();
      }
    });

  const api: EngineApi = {
    history: () =>
      answer(async (project) => {
        await checkSchema(project, options.schema);
        return readHistory(project);
      }),

    preview: (name, toward) =>
      answer(async (project) => {
        const revisions = await readerOf(project);
        const file = await fileOf(project, name);
        return shownOf(await inCodeOf(project, name, () => revisions.preview(file, toward)));
      }),

    inspect: (names, which) =>
      answer(async (project) => {
        const files = new Map((await readFolder(project)).map((file) => [file.name, file]));
        const revisions = await readerOf(project);
        const inspections = [];
        for (const name of names) {
          const file = files.get(name);
          if (file && (which === 'all' || mayRefuse(file))) {
            inspections.push(await inCodeOf(project, name, () => revisions.inspect(file)));
          }
        }
        return inspections;
      }),

    plan: (request) =>
      answer(async (project) => {
        await checkSchema(project, options.schema);
        return planOf(project, request, readerOf(project), inCodeOf);
      }),

    run: (plan, runOptions) =>
      answer((project) => {
        direction = plan.direction;
        guarded = runOptions.guarded;
        cleared = new Set(plan.cleared);
        const traced: RunEvents = {
          ...events,
          async runStarting(backup) {
            const place = await events.runStarting(backup);
            trace = place && new TraceWriter(place);
          },
        };
        return runPlan(project, plan, runOptions, traced, progress).finally(() => trace?.close());
      }),

    planRestore: (request) => answer((project) => planRestore(project, request)),

    restore: (plan, folder, saved) =>
      answer(async (project) => {
        await takeLock(project, { lockWait: 0 }, events);
        return restore(project, plan, folder, saved, (kept) => events.restoreStarting(kept));
      }),

    schemas: (names) => answer((project) => readSchemas(project, names)),

    cancel: () =>
      answer(async ({ dialect: { cancellation }, connection }) => {
        if (cancellation === null || !progress.running) return false;
        progress.stopped ??= new Cancelled();
        await unseen(() => connection.execute(cancellation, [], 'all'));
        return true;
      }),

    diagnose: (history) =>
      answer(async (project) => {
        const { diagnose } = await import('./doctor/diagnose.ts');
        return diagnose(project, history);
      }),

    mayRemain: (statements) =>
      answer(({ dialect }) =>
        Promise.all(
          statements.map(
            async (sql) =>
              dialect.isServer && (await dialect.nonTransactional(sql, false)) !== null,
          ),
        ),
      ),

    planMark: (halfDone, as) =>
      answer(async (project) => {
        const { planMark } = await import('./run/resolution-plan.ts');
        return planMark(project, await readerOf(project), halfDone, as);
      }),

    resolutions: (halfDone, literals) =>
      onThrowaways(async (project, throwaways) => {
        const { findResolutions } = await import('./run/resolutions.ts');
        return findResolutions(project, halfDone, literals, throwaways, events);
      }),

    lockHeld: () => answer(async (project) => project.lock.held()),

    measure: (plan) =>
      onThrowaways(async (project, throwaways) => {
        const { measurePlan } = await import('./rehearsal/measure.ts');
        return measurePlan(project, plan, throwaways, events);
      }),

    rehearse: (request) =>
      onThrowaways(async (project, throwaways) => {
        if (request.downgrade) {
          const { rehearseDowngrade } = await import('./rehearsal/downgrade.ts');
          return rehearseDowngrade(project, request.downgrade, throwaways, events);
        }
        const { rehearse } = await import('./rehearsal/rehearse.ts');
        return rehearse(project, request, throwaways, events);
      }),

    draft: (request) =>
      onThrowaways(async (project, throwaways) => {
        const { draft } = await import('./draft/draft.ts');
        return draft(project, request, throwaways, events);
      }),

    build: (request) =>
      onThrowaways(async (project, throwaways) => {
        const { build } = await import('./throwaway/dev-database.ts');
        return build(project, request, throwaways);
      }),

    sweep: (application) => onThrowaways((_project, throwaways) => throwaways.sweep(application)),
  };
  return { api, release: () => opened?.lock.release() };
}

async function fileOf(project: Project, name: string): Promise<RevisionFile> {
  const file = (await readFolder(project)).find((candidate) => candidate.name === name);
  if (file) return file;
  throw new Refusal('missing-file', {
    what: `There is no file for ${name} here.`,
    next: ['Another branch or the git history may have it.'],
  });
}

/** What ends a statement of the run although no setting of Handrail says so. */
async function limitsOf({ dialect, connection, timeouts, target }: Project) {
  if (!dialect.limits || !timeouts || !target.exists) return [];
  return dialect.limits((sql) => unseen(() => connection.execute(sql, [], 'all')), timeouts);
}

/** Runs what runs a revision's code, so that it is known whose code it is that does not end. */
type InCodeOf = <T>(project: Project, name: string, work: () => Promise<T>) => Promise<T>;

async function planOf(
  project: Project,
  request: PlanRequest,
  reader: Promise<RevisionReader>,
  inCodeOf: InCodeOf,
): Promise<Plan> {
  const history = await readHistory(project);
  const chosen = selectRevisions(history, request);
  const files = new Map((await readFolder(project)).map((file) => [file.name, file]));
  const revisions = await reader;
  const steps: PlanStep[] = [];
  for (const { name, file, sha256 } of chosen) {
    const source = files.get(name);
    if (!source) continue;
    const preview = await inCodeOf(project, name, () =>
      revisions.preview(source, request.direction),
    );
    if (preview.noDowngrade) {
      throw new Refusal('no-downgrade', {
        what: `${name} can't be downgraded: it has no down().`,
        why: 'MikroORM refuses such a revision. Nothing was run.',
        next: [
          'Write its down(), and rehearse it.',
          `Or downgrade to ${name} instead, which keeps it (down --to ${name}).`,
        ],
      });
    }
    if (preview.irreversible !== null) {
      throw new Refusal('irreversible', {
        what: `${name} can't be downgraded: it is irreversible.`,
        why: `Its author says: ${preview.irreversible}`,
        next: [`Downgrade to ${name} instead, which keeps it (down --to ${name}).`],
      });
    }
    steps.push({ name, file, sha256, preview });
  }
  for (const step of steps) await checkTransaction(project, step);
  const transactions = transactionsFor(
    project.settings,
    steps.map(({ preview }) => preview),
  );
  const { direction } = request;
  const { hazards, doubtful } = await suspicionsOf(project, history, steps);
  const inputs = inputsOf(history, {
    direction,
    revisions: steps,
    mode: transactions.mode,
    timeouts: project.timeouts,
  });
  return {
    direction,
    target: history.target,
    steps: steps.map((step) => ({ ...step, preview: shownOf(step.preview) })),
    transactions,
    inputs,
    hash: hashOfPlan(inputs),
    evidence: null,
    warnings: [
      ...schemaWarnings(history.target),
      ...(await limitsOf(project)),
      ...chosen.flatMap(({ name, flags, notes }) =>
        flags.length > 0 ? [`${name}: ${notes.join(' ')}`] : [],
      ),
    ],
    basis: history.appliedOrder,
    hazards,
    losing: losesData({ steps }),
    bytes: bytesOf(project),
    backup: false,
    doubtful,
    cleared: [],
  };
}

/** @throws Refusal `needs-no-transaction` (half of a run would be undone for it), `needs-transaction` */
async function checkTransaction(
  { dialect, settings, target }: Project,
  { name, preview }: PlanStep,
): Promise<void> {
  const alone = !settings.transactional || !preview.transactional;
  if (alone && target.schema !== null) {
    throw new Refusal('needs-transaction', {
      what: `${name} can’t run in the schema ${target.schema}: it runs without a transaction.`,
      why: 'MikroORM chooses a schema for a transaction only (MigrationRunner.js).',
      next: ['Write a revision that runs in a transaction.'],
    });
  }
  for (const sql of preview.statements) {
    const what = await dialect.nonTransactional(sql, alone);
    if (what === null) continue;
    const safe = shownSql(sql);
    const shown = safe.length > 200 ? `${safe.slice(0, 200)}…` : safe;
    throw new Refusal('needs-no-transaction', {
      what: `${name} can’t run: ${what} is not possible in a transaction.`,
      why: alone
        ? `It stands with other statements in one text, which the server runs as one: ${shown}`
        : `The revision runs in one, and so nothing was run: ${shown}`,
      next: alone
        ? ['Give each statement an addSql() of its own.']
        : [
            'Put it into a revision of its own, which says: override isTransactional() { return false; }',
            'If it then fails half-way, what was done stays; so let it do nothing else.',
          ],
    });
  }
}

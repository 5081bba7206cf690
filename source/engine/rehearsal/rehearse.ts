/**
 * Rehearses revisions: up, verify, down, verify, up again, on throwaway databases, and reports
 * what was measured. DESIGN.md, section 7, is the order of work.
 *
 * A revision runs exactly as MikroORM's command line would run it. Nothing is made safer here:
 * what is dangerous there must show here.
 */

import type { History } from '../../contract/history.ts';
import type {
  PlanRehearsal,
  RehearsalBase,
  RehearsalReport,
  RehearsalRequest,
  RevisionRehearsal,
} from '../../contract/rehearsal.ts';
import type { Revision } from '../../contract/revision.ts';
import type { Verdict } from '../../contract/verdict.ts';
import type { SchemaObject } from '../databases/catalogue.ts';
import type { Throwaway, Throwaways } from '../databases/throwaway.ts';
import type { Events } from '../events.ts';
import { disconnect, type Project } from '../project/project.ts';
import { Refusal } from '../refusal.ts';
import { readFolder } from '../revisions/files.ts';
import { readHistory } from '../revisions/history.ts';
import { findRevision } from '../revisions/plan.ts';
import { RevisionReader } from '../revisions/preview.ts';
import { statementsOf } from '../throwaway/replay.ts';
import { copyTarget } from '../throwaway/target-copy.ts';
import { type BaseContext, baseOf, type RehearsalContext } from './context.ts';
import {
  type PlannedRun,
  type PlanTrial,
  plannedRun,
  planOfOne,
  settlePlan,
  tryPlan,
} from './plan.ts';
import { historyWith, offerRepaired, repairedFiles } from './repaired.ts';
import { rehearseRevision } from './revision.ts';
import { Sandbox } from './sandbox.ts';
import { Steps } from './steps.ts';

/**
 * @throws Refusal `unknown-revision`, `ambiguous-revision`, `missing-file`, `nothing-to-do`,
 *   `no-room`, `database-unreachable`, `config-failed`
 */
export async function rehearse(
  project: Project,
  request: RehearsalRequest,
  throwaways: Throwaways,
  events: Events,
): Promise<RehearsalReport> {
  const startedAt = new Date().toISOString();
  const began = performance.now();
  const { repaired } = request;
  const read = await readHistory(project);
  const history = repaired ? historyWith(read, repaired) : read;
  // From here on the target is read by the dialect alone.
  await disconnect(project);
  const folder = new Map((await readFolder(project)).map((file) => [file.name, file]));
  const files = repaired ? repairedFiles(project, folder, repaired) : folder;
  const chosen = chooseRevisions(history, request);
  const context: RehearsalContext = {
    project,
    reader: await RevisionReader.create(project),
    history,
    files,
    request,
    throwaways,
    events,
  };
  const plans: PlanRehearsal[] = [];
  const revisions: RevisionRehearsal[] = [];
  const used: RehearsalReport['throwaways'][number][] = [];
  for (const base of request.bases) {
    const rehearsed = await rehearseOn(context, base, chosen);
    plans.push(...rehearsed.plans);
    revisions.push(...rehearsed.revisions);
    used.push(rehearsed.throwaway);
  }
  const { project: name, ...target } = history.target;
  const done = new Set(revisions.map((revision) => revision.name));
  return {
    target: {
      project: name,
      name: target.name,
      driver: target.driver,
      database: target.database,
      key: target.key,
    },
    startedAt,
    ms: performance.now() - began,
    verdict: worst([...plans, ...revisions].map(({ verdict }) => verdict)),
    throwaways: used,
    plans,
    revisions,
    notRehearsed: chosen.map((revision) => revision.name).filter((each) => !done.has(each)),
  };
}

/** In the order in which they run. */
function chooseRevisions(history: History, request: RehearsalRequest): readonly Revision[] {
  if (request.revisions.length === 0) {
    const pending = history.revisions.filter(({ state }) => state === 'pending');
    if (pending.length > 0) return pending;
    throw new Refusal('nothing-to-do', {
      what: 'No revision is pending, so there is nothing to rehearse.',
      next: ['Name an applied revision to rehearse that one.'],
    });
  }
  const chosen = new Set(request.revisions.map((name) => findRevision(history, name)));
  for (const { name, state } of chosen) {
    if (state === 'missing') {
      throw new Refusal('missing-file', {
        what: `${name} is recorded in the target, but there is no file for it here.`,
        next: ['Another branch or the git history may have it.'],
      });
    }
  }
  const place = ({ name, state }: Revision) =>
    state === 'applied'
      ? history.appliedOrder.indexOf(name)
      : history.appliedOrder.length + history.revisions.findIndex((each) => each.name === name);
  return [...chosen].toSorted((a, b) => place(a) - place(b));
}

async function rehearseOn(
  context: RehearsalContext,
  base: RehearsalBase,
  chosen: readonly Revision[],
): Promise<{
  readonly plans: readonly PlanRehearsal[];
  readonly revisions: readonly RevisionRehearsal[];
  readonly throwaway: RehearsalReport['throwaways'][number];
}> {
  const { project, throwaways, events, history } = context;
  const opening = new Steps(events, base, null);
  // Before the copy, which is a use, too.
  const target =
    base === 'target' && history.target.exists ? await throwaways.targetTables() : null;
  const { throwaway, replayed } = await opening.step('copy', async (progress) => {
    if (base === 'empty' || !history.target.exists) {
      const names = [...baseOf(history, chosen[0]?.name ?? ''), ...chosen].map(({ name }) => name);
      const made = await throwaways.empty('empty', () => statementsOf(project, names));
      return {
        value: { throwaway: made, replayed: true },
        note:
          base === 'empty' ? 'An empty database.' : 'There is no target yet: an empty database.',
      };
    }
    const copied = await copyTarget(context, progress);
    return { value: copied, note: copied.note };
  });
  const on: BaseContext = { ...context, base, replayed, target };
  const planned = await plannedRun(on, chosen);
  const trial = planned && chosen.length > 1 ? await tryOnClone(on, throwaway, planned) : null;
  const sandbox = await Sandbox.open(project, throwaway, events);
  const originals = offerRepaired(sandbox, context.request.repaired);
  try {
    await sandbox.prepareRecord();
    const mark = await throwaway.mark();
    await mark.release();
    const summary = { base, bytes: await throwaway.bytes(), rows: mark.rows };
    const revisions: RevisionRehearsal[] = [];
    for (const revision of chosen) {
      const rehearsed = await rehearseRevision({ ...on, originals }, sandbox, revision, opening);
      revisions.push(rehearsed);
      const stuck = rehearsed.passes.some((pass) => pass.direction === 'up' && pass.failure);
      if (stuck || rehearsed.passes.length === 0) break;
    }
    const [only] = revisions;
    const plans =
      trial !== null
        ? [settlePlan(trial, revisions, await leftBy(sandbox, revisions, chosen), base)]
        : planned !== null && only
          ? [planOfOne(planned, only)]
          : [];
    return { plans, revisions, throwaway: summary };
  } finally {
    await sandbox.close();
    await throwaway.drop();
  }
}

async function tryOnClone(
  on: BaseContext,
  throwaway: Throwaway,
  planned: PlannedRun,
): Promise<PlanTrial> {
  const clone = await on.throwaways.clone(throwaway, 'plan');
  try {
    return await tryPlan(on, clone, planned);
  } finally {
    await clone.drop();
  }
}

/** The schema that revisions left one by one; null unless each came up, down and up to the same. */
async function leftBy(
  sandbox: Sandbox,
  revisions: readonly RevisionRehearsal[],
  chosen: readonly Revision[],
): Promise<readonly SchemaObject[] | null> {
  const differs = revisions.some(
    ({ verdict, findings }) =>
      verdict === 'failed' ||
      findings.some(({ kind }) => kind === 'schema-differs' || kind === 'not-repeatable'),
  );
  return differs || revisions.length < chosen.length ? null : sandbox.throwaway.objects();
}

function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('failed')) return 'failed';
  return verdicts.includes('hazards') ? 'hazards' : 'clean';
}

/**
 * What a plan would do to rows by the way, found out by running it on a copy of the target: the
 * judge that rehearsals ask is asked here, too, so that a run is refused for what a rehearsal tells
 * and for nothing else.
 */

import { HAZARD_SQL, type Plan, type PlanHazard } from '../../contract/plan.ts';
import type { Preview } from '../../contract/preview.ts';
import type { DialectFinding } from '../databases/analysis.ts';
import type { Throwaways } from '../databases/throwaway.ts';
import type { Events } from '../events.ts';
import { disconnect, type Project } from '../project/project.ts';
import { resolving } from '../revision-source/revision-part.ts';
import { readHistory } from '../revisions/history.ts';
import { previewsOf } from '../revisions/previews.ts';
import { copyTarget } from '../throwaway/target-copy.ts';
import { asPass, type RanPlan, Sandbox } from './sandbox.ts';

/**
 * The plan with the hazards that were measured in the place of those that are only suspected.
 *
 * @throws Refusal `no-room`, `database-unreachable`, `missing-file`, `broken-revision`
 */
export async function measurePlan(
  project: Project,
  plan: Plan,
  throwaways: Throwaways,
  events: Events,
): Promise<Plan> {
  const previews = await previewsOf(project, plan.steps, plan.direction);
  const measured = await runOnCopy(project, plan, previews, throwaways, events);
  const { ran } = measured;
  if (!ran.failure) return measured.plan;
  const stands = { ...plan, hazards: standing(plan, ran), doubtful: false };
  // What shares a transaction with it is rolled back; what comes before it otherwise stays.
  if (plan.transactions.mode === 'all-or-nothing') {
    return { ...stands, cleared: harmful(project, ran) };
  }
  const done = ran.passes.filter(isDone).map(({ revision }) => revision);
  const steps = plan.steps.filter(({ name }) => done.includes(name));
  if (steps.length === 0) return stands;
  const whole = previews.filter(({ name }) => done.includes(name));
  const before = await runOnCopy(project, { ...plan, steps }, whole, throwaways, events);
  const { hazards, cleared } = before.plan;
  return { ...stands, hazards: [...hazards, ...stands.hazards], cleared };
}

function isDone({ failure }: RanPlan['passes'][number]): boolean {
  return failure === null;
}

/**
 * What was measured holds only if the run did not fail.
 *
 * @param previews of its revisions, whole
 */
async function runOnCopy(
  project: Project,
  plan: Plan,
  previews: readonly Preview[],
  throwaways: Throwaways,
  events: Events,
): Promise<{ readonly ran: RanPlan; readonly plan: Plan }> {
  const history = await readHistory(project);
  await disconnect(project);
  const copied = await copyTarget({ project, history, throwaways, events }, () => {});
  const sandbox = await Sandbox.open(project, copied.throwaway, events);
  try {
    await sandbox.prepareRecord();
    offerResolved(sandbox, plan);
    const mark = await copied.throwaway.mark();
    const run = () => sandbox.runPlan(previews, plan.direction, mark);
    const ran = await run();
    if (ran.failure) return { ran, plan };
    // Judged by what it does, whichever way it goes: a downgrade has no state to come back to here.
    const record = { ...ran.record, direction: 'up' as const };
    const statements = { up: previews.flatMap((preview) => preview.statements), down: [] };
    const { findings } = await copied.throwaway.compare(mark, [record], statements, {
      start: mark,
      twin: (options) => sandbox.twin(mark, async () => asPass(await run()), options),
    });
    await mark.release();
    const lost = findings.filter(isByTheWay).map((finding) => hazardOf(finding, plan, ran));
    const cleared = lost.length > 0 ? [] : harmful(project, ran);
    return { ran, plan: { ...plan, hazards: lost, doubtful: false, cleared } };
  } finally {
    await sandbox.close();
    await copied.throwaway.drop();
  }
}

/** Statements that look as if they could do harm, and did not. */
function harmful({ dialect }: Project, { record }: RanPlan): readonly string[] {
  return record.statements
    .filter(({ sql, error }) => error === null && dialect.guard.looksHarmful(sql))
    .map(({ sql }) => sql);
}

/** Of a revision that is half done only what is sent of it runs. */
function offerResolved(sandbox: Sandbox, { resolution, steps }: Plan): void {
  const file = sandbox.files.get(steps[0]?.name ?? '');
  if (resolution && file) sandbox.offer(resolving(sandbox.project, file, resolution));
}

function isByTheWay({ kind, severity }: DialectFinding): boolean {
  return severity === 'hazard' && (kind === 'rows-lost' || kind === 'values-lost');
}

function hazardOf(
  { what, why, statement }: DialectFinding,
  { steps, hazards }: Plan,
  { passes }: RanPlan,
): PlanHazard {
  const [suspected] = hazards;
  const sql = statement ?? suspected?.sql ?? '';
  const pass = passes.find(({ statements }) => statements.some((each) => each.sql === sql));
  return {
    revision: pass?.revision ?? suspected?.revision ?? steps[0]?.name ?? '',
    sql: sql.slice(0, HAZARD_SQL),
    what: why === '' ? what : `${what} ${why}`,
  };
}

/** It failed at what was suspected: nothing is lost by that, and how to run it all the same is known. */
function standing({ hazards }: Plan, { failure }: RanPlan): readonly PlanHazard[] {
  const sql = failure?.statement?.sql.slice(0, HAZARD_SQL);
  return hazards.filter((hazard) => hazard.sql === sql);
}

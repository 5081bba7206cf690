/**
 * The rehearsal of the plan that `down` carries out: its revisions reverted on a copy of the target,
 * as the run reverts them. It is evidence for that plan and no other.
 */

import type { Goal } from '../../contract/plan.ts';
import type { PlanRehearsal, RehearsalReport } from '../../contract/rehearsal.ts';
import { hashOfPlan } from '../../contract/rehearsal-inputs.ts';
import { plural } from '../../text/format.ts';
import type { DialectFinding } from '../databases/analysis.ts';
import { detailsOf, findingOf } from '../databases/finding.ts';
import type { Throwaways } from '../databases/throwaway.ts';
import type { Events } from '../events.ts';
import { disconnect, type Project } from '../project/project.ts';
import { readHistory } from '../revisions/history.ts';
import { inputsOf, selectRevisions, transactionsFor } from '../revisions/plan.ts';
import { previewsOf } from '../revisions/previews.ts';
import { copyTarget } from '../throwaway/target-copy.ts';
import { checkedUnlessFailed, reported, verdictOf } from './plan.ts';
import { asPass, Sandbox } from './sandbox.ts';
import { Steps } from './steps.ts';

/**
 * @throws Refusal as {@link selectRevisions}, `missing-file`, `no-room`, `database-unreachable`,
 *   `config-failed`
 */
export async function rehearseDowngrade(
  project: Project,
  goal: Goal,
  throwaways: Throwaways,
  events: Events,
): Promise<RehearsalReport> {
  const startedAt = new Date().toISOString();
  const began = performance.now();
  const history = await readHistory(project);
  await disconnect(project);
  const direction = 'down';
  const chosen = selectRevisions(history, { direction, goal });
  const previews = await previewsOf(project, chosen, direction);
  const transactions = transactionsFor(project.settings, previews);
  const inputs = inputsOf(history, {
    direction,
    revisions: chosen,
    mode: transactions.mode,
    timeouts: project.timeouts,
  });
  const steps = new Steps(events, 'target', null);
  // Before the copy, which is a use, too.
  const tables = await throwaways.targetTables();
  const throwaway = await steps.step('copy', async (progress) => {
    const copied = await copyTarget({ project, history, throwaways, events }, progress);
    return { value: copied.throwaway, note: copied.note };
  });
  const sandbox = await Sandbox.open(project, throwaway, events);
  try {
    const mark = await throwaway.mark();
    const run = () => sandbox.runPlan(previews, direction, mark);
    const ran = await steps.step('plan', async () => {
      const value = await run();
      const { failure } = value;
      const count = plural(value.record.statements.length, 'statement');
      return failure
        ? { value, note: failure.error.message, failed: true }
        : { value, note: `${plural(previews.length, 'revision')}, ${count}.` };
    });
    const { found, rowsLost } = await checkedUnlessFailed(steps, ran, async () => {
      // Judged by what it does: a downgrade by itself has no state to come back to.
      const record = { ...ran.record, direction: 'up' as const };
      const statements = { up: previews.flatMap((preview) => preview.statements), down: [] };
      const compared = await throwaway.compare(mark, [record], statements, {
        start: mark,
        twin: (options) => sandbox.twin(mark, async () => asPass(await run()), options),
      });
      return {
        rowsLost: compared.rowsLost,
        found: [
          ...compared.findings,
          ...(await throwaway.check(mark, [record], statements, true)),
          ...(await throwaway.hazards(mark, record, statements, tables)),
        ],
      };
    });
    const { rows } = mark;
    await mark.release();
    const plan: PlanRehearsal = {
      base: 'target',
      verdict: ran.failure ? 'failed' : verdictOf(found),
      inputs,
      hash: hashOfPlan(inputs),
      transactions,
      ranAs: null,
      steps: steps.done,
      passes: ran.passes,
      failure: ran.failure,
      findings: [...(ran.failure ? [failed(ran.failure)] : []), ...found].map(asIs).map(reported),
      rows,
      rowsLost,
      ms: ran.ms,
    };
    const { project: name, ...target } = history.target;
    const { driver, database, key } = target;
    return {
      target: { project: name, name: target.name, driver, database, key },
      startedAt,
      ms: performance.now() - began,
      verdict: plan.verdict,
      throwaways: [{ base: 'target', bytes: await throwaway.bytes(), rows }],
      plans: [plan],
      revisions: [],
      notRehearsed: [],
    };
  } finally {
    await sandbox.close();
    await throwaway.drop();
  }
}

function failed({ revision, error, statement }: NonNullable<PlanRehearsal['failure']>) {
  return findingOf({
    kind: 'failed',
    severity: 'hazard',
    what: `The downgrade fails. ${revision === null ? 'At the commit' : `In ${revision}`}: ${error.message}`,
    why: 'It would fail on the target, too.',
    statement: statement?.sql ?? null,
    details: detailsOf(error),
  });
}

/** Its revisions are applied, so that their files are not to be changed. */
function asIs(finding: DialectFinding): DialectFinding {
  return { ...finding, repairs: [] };
}

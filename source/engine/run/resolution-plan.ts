/** Plans of the ways on with a revision that is half done. */

import type { Direction } from '../../contract/direction.ts';
import type { HalfDone, MarkedAs, Resolution } from '../../contract/half-done.ts';
import { stateOf } from '../../contract/half-done.ts';
import type { History } from '../../contract/history.ts';
import type { Plan, PlanStep } from '../../contract/plan.ts';
import { hashOfPlan } from '../../contract/rehearsal-inputs.ts';
import { bytesOf, losesData } from '../backup/backup.ts';
import type { Project } from '../project/project.ts';
import { Refusal } from '../refusal.ts';
import { sentBy } from '../revision-source/revision-part.ts';
import { readFolder } from '../revisions/files.ts';
import { readHistory } from '../revisions/history.ts';
import { inputsOf, transactionsFor } from '../revisions/plan.ts';
import type { RevisionReader } from '../revisions/preview.ts';
import { shownOf } from '../revisions/previews.ts';
import type { RevisionFile } from '../revisions/revision-file.ts';
import { suspicionsOf } from '../revisions/suspicions.ts';

export function otherWay(direction: Direction): Direction {
  return direction === 'up' ? 'down' : 'up';
}

/** @throws Refusal `missing-file` */
export async function fileOfHalfDone(project: Project, { revision }: HalfDone) {
  const file = (await readFolder(project)).find(({ name }) => name === revision);
  if (file) return file;
  throw new Refusal('missing-file', {
    what: `There is no file for ${revision} here.`,
    why: 'Its statements are not known without it, and MikroORM records no revision that it has no file of.',
    next: ['Another branch or the git history may have it.'],
  });
}

/** @param statements all that the revision adds in the direction that the plan goes */
export async function planResolution(
  project: Project,
  history: History,
  reader: RevisionReader,
  file: RevisionFile,
  direction: Direction,
  resolution: Resolution,
  statements: readonly string[],
): Promise<Plan> {
  const whole = await reader.preview(file, direction);
  const sent = sentBy(resolution)(statements);
  const preview = shownOf({
    ...whole,
    statements: sent,
    total: sent.length,
    ...(resolution.how === 'mark' && { incomplete: null, reordered: false }),
  });
  const step: PlanStep = { name: file.name, file: file.file, sha256: file.sha256, preview };
  const transactions = transactionsFor(project.settings, [preview]);
  const { hazards, doubtful } = await suspicionsOf(project, history, [step]);
  const inputs = inputsOf(history, {
    direction,
    revisions: [step],
    mode: transactions.mode,
    timeouts: project.timeouts,
  });
  return {
    direction,
    target: history.target,
    steps: [step],
    transactions,
    inputs,
    hash: hashOfPlan(inputs),
    evidence: null,
    warnings: [],
    basis: history.appliedOrder,
    hazards,
    doubtful,
    cleared: [],
    losing: losesData({ steps: [step] }),
    bytes: bytesOf(project),
    backup: false,
    resolution,
  };
}

/**
 * What records a revision as a person says it is; null where the target does so already.
 *
 * @throws Refusal `missing-file`
 */
export async function planMark(
  project: Project,
  reader: RevisionReader,
  halfDone: HalfDone,
  as: MarkedAs,
): Promise<Plan | null> {
  const history = await readHistory(project);
  const applied = history.appliedOrder.includes(halfDone.revision);
  if (applied === (as === 'applied')) return null;
  const file = await fileOfHalfDone(project, halfDone);
  const direction = as === 'applied' ? 'up' : 'down';
  const resolution = { how: 'mark', state: stateOf(halfDone) } as const;
  return planResolution(project, history, reader, file, direction, resolution, []);
}

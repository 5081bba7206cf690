/** How a plan differs from the one that was rehearsed. */

import type { Plan, PlanInputs, TransactionMode } from './plan.ts';
import { hashOfPlan } from './rehearsal-inputs.ts';

export const TRANSACTION_WORDS: Readonly<Record<TransactionMode, string>> = {
  'all-or-nothing': 'all or nothing: one transaction around all revisions',
  'per-revision': 'one transaction per revision',
  none: 'no transactions',
};

/** How a plan that was rehearsed differs from the one that would run, a few words each. */
export function planDifferences(rehearsed: PlanInputs, now: PlanInputs): readonly string[] {
  const files = new Map(rehearsed.revisions.map(({ name, file }) => [name, file]));
  const names = rehearsed.revisions.map(({ name }) => name);
  const same = names.join('\n') === now.revisions.map(({ name }) => name).join('\n');
  const edited = now.revisions
    .filter(({ name, file }) => files.has(name) && files.get(name) !== file)
    .map(({ name }) => name);
  return [
    ...(same ? [] : [`it was of ${names.join(', ')}`]),
    ...(edited.length > 0 ? [`${edited.join(', ')} changed since`] : []),
    ...(rehearsed.mode === now.mode ? [] : [`it had ${TRANSACTION_WORDS[rehearsed.mode]}`]),
    ...(rehearsed.guarded === now.guarded ? [] : [NOT_GUARDED]),
    ...(sameTimeouts(rehearsed.timeouts, now.timeouts) ? [] : ['it had other time limits']),
    ...(rehearsed.base === now.base ? [] : ['other revisions were applied']),
    ...(rehearsed.code === now.code ? [] : ['the project’s code changed since']),
    ...(rehearsed.schema === now.schema ? [] : [schemaWords(rehearsed)]),
  ];
}

const NOT_GUARDED = 'it was not guarded';

function sameTimeouts(one: PlanInputs['timeouts'], other: PlanInputs['timeouts']): boolean {
  return one?.lock === other?.lock && one?.statement === other?.statement;
}

/** The same plan, guarded: that is never what was rehearsed, since no rehearsal is. */
export function guardedPlan(plan: Plan): Plan {
  const inputs = { ...plan.inputs, guarded: true };
  const { evidence } = plan;
  return {
    ...plan,
    inputs,
    hash: hashOfPlan(inputs),
    evidence: evidence && { ...evidence, differs: [...evidence.differs, NOT_GUARDED] },
  };
}

function schemaWords({ schema }: PlanInputs): string {
  return schema === '' ? 'it was on an empty database' : 'the schema of the target changed since';
}

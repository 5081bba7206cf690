/** A plan, and what rehearsals say of it, in words. */

import type { Plan, TransactionMode } from '../contract/protocol.ts';
import type { PlanInputs, PlanRehearsal } from '../contract/rehearsal.ts';
import { hashOfPlan } from '../contract/rehearsal-inputs.ts';
import { dateTime, duration, plural } from '../text/format.ts';
import { isUnmeasured, lossOf, lossWords } from './words.ts';

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

/** Whether a plan is rehearsed, in one sentence; null for a downgrade that need not be. */
export function evidenceWords({ evidence, direction, target }: Plan): string | null {
  if (direction === 'down' && target.protected === null && evidence === null) return null;
  if (evidence === null) return 'Not rehearsed.';
  const { rehearsal, at, verdict, differs } = evidence;
  const which = `rehearsal ${rehearsal}, ${dateTime(Date.parse(at))}`;
  return differs.length === 0
    ? `Rehearsed as this plan: ${verdict} (${which}).`
    : `Not rehearsed as this plan: the last evidence is for another one (${which}): ${differs.join('; ')}.`;
}

/** `The plan: 2 revisions as up runs them, one transaction per revision` */
export function planHeading({ inputs, transactions }: PlanRehearsal): string {
  return `${plural(inputs.revisions.length, 'revision')} as ${inputs.direction} runs them, ${TRANSACTION_WORDS[transactions.mode]}`;
}

export function planVerdictWords({ verdict, findings, rows, inputs }: PlanRehearsal): string {
  const what = inputs.direction === 'up' ? 'upgrade' : 'downgrade';
  switch (verdict) {
    case 'clean':
      return `Clean: the ${what} ran, and ${lossWords(rows)}.`;
    case 'hazards':
      if (findings.length === 0)
        return 'Hazards: it ran, and did what its revisions do one by one.';
      return isUnmeasured(findings)
        ? 'Not clean: it ran, but what the verdict needs could not be compared.'
        : 'Hazards: it ran, but not without harm.';
    case 'failed':
      return 'Failed: it did not complete.';
  }
}

/** `up 41 ms · 0 of 9,412 rows lost` */
export function planSummary({ ms, rows, rowsLost, inputs, failure }: PlanRehearsal): string {
  const took = `${inputs.direction} ${duration(ms)}`;
  return failure ? took : `${took} · ${lossOf(rows, rowsLost)}`;
}

/** The plans that had a run of their own. */
export function plansRun(plans: readonly PlanRehearsal[]): readonly PlanRehearsal[] {
  return plans.filter(({ ranAs }) => ranAs === null);
}

/** A plan, and what rehearsals say of it, in words. */

import type { Plan } from '../contract/plan.ts';
import { TRANSACTION_WORDS } from '../contract/plan-difference.ts';
import type { PlanRehearsal } from '../contract/rehearsal.ts';
import { dateTime, duration, plural } from '../text/format.ts';
import { lossOf } from '../text/phrases.ts';
import { isUnmeasured, lossWords } from './words.ts';

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

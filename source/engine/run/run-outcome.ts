/** What became of a run, judged by what the target holds afterwards. Pure. */

import type { Direction } from '../../contract/direction.ts';
import type { Failure } from '../../contract/failure.ts';
import type { Resolution } from '../../contract/half-done.ts';
import type { History } from '../../contract/history.ts';
import type { Plan } from '../../contract/plan.ts';
import type { RunOutcome, RunResult, StepResult } from '../../contract/run.ts';
import { invalidIndexWords } from '../../text/phrases.ts';

/** What was seen while it ran; the database has the last word. */
export interface Observed {
  /** Names whose code ran to its end, with how long it took in milliseconds. */
  readonly finished: ReadonlyMap<string, number>;
  /** The revision that was running when it stopped. */
  readonly running: string | null;
}

/** Revisions of a plan that the target shows as carried out; an undo changes nothing that shows. */
export function carriedOut(
  plan: {
    readonly direction: Direction;
    readonly steps: readonly { readonly name: string }[];
    readonly resolution?: Resolution;
  },
  history: History,
): Set<string> {
  if (plan.resolution?.how === 'undo') return new Set();
  const applied = new Set(history.appliedOrder);
  return new Set(
    plan.steps
      .map(({ name }) => name)
      .filter((name) => applied.has(name) === (plan.direction === 'up')),
  );
}

/** The state of every step. Without a history (it could not be read) nobody knows what was kept. */
function settleSteps(
  plan: Pick<Plan, 'direction' | 'steps' | 'resolution'>,
  observed: Observed,
  history: History | null,
): readonly StepResult[] {
  const done = history ? carriedOut(plan, history) : new Set<string>();
  if (history && plan.resolution?.how === 'undo') {
    for (const name of observed.finished.keys()) done.add(name);
  }
  return plan.steps.map(({ name }): StepResult => {
    const ms = observed.finished.get(name) ?? null;
    if (done.has(name)) return { name, outcome: 'done', ms };
    const began = observed.finished.has(name) || observed.running === name;
    if (!history && began) return { name, outcome: 'unknown', ms };
    if (observed.finished.has(name)) return { name, outcome: 'rolled-back', ms };
    return { name, outcome: observed.running === name ? 'failed' : 'not-run', ms: null };
  });
}

/** One sentence: what was rolled back and what stayed, from what the target shows. */
function aftermathOf(
  plan: Pick<Plan, 'direction' | 'steps' | 'transactions' | 'resolution'>,
  steps: readonly StepResult[],
  history: History | null,
): string {
  if (!history) {
    return 'The database could not be read afterwards, so its state is not known: look again before you go on.';
  }
  const done = steps.filter(({ outcome }) => outcome === 'done');
  const failed = steps.find(({ outcome }) => outcome === 'failed');
  const step = plan.steps.find(({ name }) => name === failed?.name);
  const verb = plan.direction === 'up' ? 'applied' : 'reverted';
  const stayed =
    done.length === 0
      ? 'The target records the same revisions as before the run.'
      : `${done.length === 1 ? `${done[0]?.name} is` : `${done.length} revisions are`} ${verb} and stay so.`;
  if (!failed) return stayed;
  if (step && (plan.transactions.mode === 'none' || !step.preview.transactional)) {
    const left = invalidIndexWords(history.invalidIndexes);
    const recorded =
      plan.resolution?.how === 'undo' ? 'its undo did not end' : `it is not recorded as ${verb}`;
    return [
      `${failed.name} ran without a transaction: statements before the failure stay in the database, and ${recorded}.`,
      ...left,
      stayed,
    ].join(' ');
  }
  return `${failed.name} was rolled back. ${stayed}`;
}

/** Assembles the result of a run that ended in any way. */
export function settleRun(
  plan: Plan,
  observed: Observed,
  history: History | null,
  outcome: RunOutcome,
  failure: Omit<Failure, 'aftermath'> | null,
): RunResult {
  const steps = settleSteps(plan, observed, history);
  return {
    outcome,
    steps,
    failure: failure && { ...failure, aftermath: aftermathOf(plan, steps, history) },
    history,
  };
}

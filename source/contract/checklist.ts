/** The guided way from a changed entity to a committed revision, and how far somebody is on it. */

import type { RehearsalStepName } from './rehearsal.ts';
import type { Revision } from './revision.ts';

/** In their order. Everything that a step says was measured; nothing is ticked off by hand. */
export const CHECKLIST_STEPS = [
  'current',
  'change',
  'draft',
  'edit',
  'upgrade',
  'test',
  'downgrade',
  'upgrade-again',
  'commit',
] as const;
export type ChecklistStepName = (typeof CHECKLIST_STEPS)[number];

/** On the way: drafted and not applied, or applied and not in git. */
export function isOpen({ flags }: Pick<Revision, 'flags'>): boolean {
  return flags.includes('draft') || flags.includes('uncommitted');
}

export type ChecklistState =
  | 'todo'
  | 'done'
  | 'failed'
  /** It was done, and what it was done with has changed since. */
  | 'stale'
  /** The person said why it need not be done, or it can't be. */
  | 'skipped';

export interface ChecklistStep {
  readonly name: ChecklistStepName;
  readonly state: ChecklistState;
  /** What was measured, or what there is to do: one or two sentences. */
  readonly evidence: string;
  /** When, ISO 8601; null for what was found out just now. */
  readonly at: string | null;
}

export interface Checklist {
  /** Null: the one of the next revision, which is not drafted yet. */
  readonly revision: string | null;
  /** All nine, in order. */
  readonly steps: readonly ChecklistStep[];
  /** The first one that is neither done nor skipped. */
  readonly next: ChecklistStepName | null;
}

/** What a person said of a step. `todo` takes back what was said before. */
export type MarkOutcome = 'done' | 'skipped' | 'todo';

export interface StepMark {
  readonly revision: string | null;
  readonly step: ChecklistStepName;
  readonly outcome: MarkOutcome;
  /** Why it is skipped; empty otherwise. */
  readonly reason: string;
  /** Of the revision's file then. */
  readonly sha256: string | null;
  /** ISO 8601. */
  readonly madeAt: string;
}

/** Steps that show whether the revision does what it shall. */
export type Trial = Extract<ChecklistStepName, 'upgrade' | 'test' | 'downgrade' | 'upgrade-again'>;

/** The steps of a rehearsal that prove each of them. */
export const PROVEN_BY: Readonly<Record<Trial, readonly RehearsalStepName[]>> = {
  upgrade: ['copy', 'base', 'up', 'check-up'],
  test: ['test', 'test-downgraded'],
  downgrade: ['down', 'check-down'],
  'upgrade-again': ['up-again', 'check-again'],
};

/** The one that a step of a rehearsal proves. */
export function trialOf(step: RehearsalStepName): Trial | null {
  const trials = Object.keys(PROVEN_BY) as Trial[];
  return trials.find((trial) => PROVEN_BY[trial].includes(step)) ?? null;
}

/** There is no way around the others: without draft and commit there is no revision. */
export const SKIPPABLE_STEPS: readonly ChecklistStepName[] = CHECKLIST_STEPS.filter(
  (step) => step !== 'draft' && step !== 'commit',
);

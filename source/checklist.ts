/** The guided way from a changed entity to a committed revision, and how far somebody is on it. */

import type { Revision } from './protocol.ts';

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

/** There is no way around the others: without draft and commit there is no revision. */
export const SKIPPABLE_STEPS: readonly ChecklistStepName[] = CHECKLIST_STEPS.filter(
  (step) => step !== 'draft' && step !== 'commit',
);

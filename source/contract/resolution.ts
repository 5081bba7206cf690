import type { HalfDone } from './half-done.ts';
import type { Plan } from './plan.ts';

/** A way on, with what is known of it. */
export interface ResolutionOption {
  readonly plan: Plan;
  /** What was found out about it, one sentence each. */
  readonly notes: readonly string[];
  /** Rows, values and objects that it would lose, one sentence each. */
  readonly losses: readonly string[];
  /** Why it can’t be run, as it was tried on a throwaway; null if it can, or could not be tried. */
  readonly fails: string | null;
}

/** A way on: none says why not; several are for a person to choose from. */
export interface ResolutionWay {
  readonly options: readonly ResolutionOption[];
  /** One sentence or two: why there is none, or what has to be chosen. */
  readonly why: string;
}

export interface Resolutions {
  readonly halfDone: HalfDone;
  /** What the schema shows of the statement whose fate nobody knows; null without one. */
  readonly shown: { readonly fate: 'ended' | 'not-run' | 'unknown'; readonly why: string } | null;
  readonly continue: ResolutionWay;
  readonly undo: ResolutionWay;
}

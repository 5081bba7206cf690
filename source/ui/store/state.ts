/** What the screens show, apart from what is local to one of them. */

import type { History, LockHolder, Plan, Problem, RunResult } from '../../protocol.ts';
import type { InterruptedRun, SessionEvent } from '../../supervisor/events.ts';
import { emptyRing, type Ring } from './statements.ts';

/** The run that is going, or the last one while its result is on screen. */
export interface RunState {
  /** Its number in the journal; null until it started, or if it could not be recorded. */
  readonly id: number | null;
  readonly plan: Plan;
  readonly phase: 'starting' | 'running' | 'over';
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** The revision that runs now. */
  readonly revision: string | null;
  /** Milliseconds that each finished revision took, by name. */
  readonly finished: ReadonlyMap<string, number>;
  /** Set while another run holds the lock. */
  readonly waiting: { readonly holder: LockHolder | null } | null;
  readonly cancelling: boolean;
  readonly result: RunResult | null;
  /** Why it was refused before anything ran. */
  readonly refused: Problem | null;
  /** The person has read the result. */
  readonly dismissed: boolean;
}

/** A line that the project's own code printed. */
interface OutputLine {
  readonly at: number;
  readonly stream: 'stdout' | 'stderr';
  readonly line: string;
}

interface Notice {
  readonly text: string;
  readonly tone: 'info' | 'warn';
}

export interface State {
  /** Why the project is being looked at now; null when it is not. */
  readonly looking: 'start' | 'changed' | 'after-run' | 'asked' | null;
  /** The last good one, also after a look that failed. */
  readonly history: History | null;
  readonly lookProblem: Problem | null;
  readonly run: RunState | null;
  /** Statements of {@link run}. */
  readonly statements: Ring;
  readonly output: readonly OutputLine[];
  readonly interrupted: readonly InterruptedRun[];
  readonly journalProblem: Problem | null;
  /** One sentence in place of the key bar, until the next key. */
  readonly notice: Notice | null;
}

/** What the person did that concerns more than one screen. */
type UiEvent =
  | { readonly type: 'run-asked'; readonly plan: Plan }
  | { readonly type: 'cancel-asked' }
  | { readonly type: 'card-dismissed' }
  | { readonly type: 'noticed'; readonly notice: Notice | null };

export type Action = SessionEvent | UiEvent;

export const initialState: State = {
  looking: 'start',
  history: null,
  lookProblem: null,
  run: null,
  statements: emptyRing,
  output: [],
  interrupted: [],
  journalProblem: null,
  notice: null,
};

/** Whether a run is going, or about to. */
export function isRunning(state: State): boolean {
  return state.run !== null && state.run.phase !== 'over';
}

/** What takes the place of the detail until it is dismissed. */
export function cardOf(state: State): 'result' | 'refused' | 'interrupted' | null {
  if (state.run?.phase === 'over' && !state.run.dismissed) {
    return state.run.refused ? 'refused' : 'result';
  }
  if (state.interrupted.length > 0 && !isRunning(state)) return 'interrupted';
  return null;
}

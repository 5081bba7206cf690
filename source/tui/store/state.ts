/** What the screens show, apart from what is local to one of them. */

import type { Build } from '../../contract/dev-database.ts';
import type { WaitedFor } from '../../contract/engine-api.ts';
import type { InterruptedRun, SessionEvent } from '../../contract/events.ts';
import type { History } from '../../contract/history.ts';
import type { Plan } from '../../contract/plan.ts';
import type { CompileError, Problem } from '../../contract/problem.ts';
import type {
  RehearsalReport,
  RehearsalRequest,
  RehearsalStep,
  RehearsalWish,
} from '../../contract/rehearsal.ts';
import type { Revision } from '../../contract/revision.ts';
import type { LockHolder, Retry, RunResult } from '../../contract/run.ts';
import type {
  SchemaOutcome,
  SchemaPlan,
  WalkKind,
  WalkProgress,
  WalkResult,
} from '../../contract/schemas.ts';
import type { Blocker, ServerNotice, StatementProgress } from '../../contract/statement.ts';
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
  /** It waited too long for others and was rolled back, and is run once more. */
  readonly retry: Retry | null;
  /** Whom the statement that runs waits for. */
  readonly blockers: readonly Blocker[];
  /** How far the statement that runs is, as the server last said. */
  readonly progress: StatementProgress | null;
  readonly cancelling: boolean;
  readonly result: RunResult | null;
  /** Why it was refused before anything ran. */
  readonly refused: Problem | null;
  /** The person has read the result. */
  readonly dismissed: boolean;
}

/** What a rehearsal is asked for, as far as the person says it. */

/** A step, and when it was first heard of. */
export interface StepSeen extends RehearsalStep {
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** The rehearsal that is going on, or the last one since the app was opened. */
export interface RehearsalState {
  readonly request: RehearsalRequest;
  /** The revisions that it is about, in order, as far as that is known before it tells. */
  readonly names: readonly string[];
  readonly phase: 'running' | 'over';
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** By {@link stepKey}, in the order they were heard of. */
  readonly steps: ReadonlyMap<string, StepSeen>;
  /** The newest lines that test commands printed. */
  readonly testOutput: readonly string[];
  readonly cancelling: boolean;
  readonly report: RehearsalReport | null;
  /** The report's number in the journal. */
  readonly id: number | null;
  /** Why it could not be begun, or that it was cancelled. */
  readonly refused: Problem | null;
  /** The person has seen how it ended. */
  readonly dismissed: boolean;
}

/** The walk over schemas that is going on, or the last one. */
export interface WalkState {
  readonly kind: WalkKind;
  readonly plan: SchemaPlan;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** The schema that is run now, or was last. */
  readonly progress: WalkProgress | null;
  /** Schemas that are through, in the order of the walk. */
  readonly settled: readonly SchemaOutcome[];
  readonly cancelling: boolean;
  /** How it ended; null while it goes on. */
  readonly result: WalkResult | null;
}

/** A line that the project's own code printed. */
interface OutputLine {
  readonly at: number;
  readonly stream: 'stdout' | 'stderr';
  readonly line: string;
}

interface Notice {
  readonly text: string;
  readonly style: 'info' | 'warn';
}

export interface State {
  /** Why the project is being looked at now; null when it is not. */
  readonly looking: 'start' | 'changed' | 'after-run' | 'asked' | null;
  /** What has to come before it has looked. */
  readonly waitsFor: WaitedFor;
  /** The last good one, also after a look that failed. */
  /** Another number is other code, or code that may be. */
  readonly generation: number;
  readonly history: History | null;
  readonly lookProblem: Problem | null;
  readonly run: RunState | null;
  /** Each schema that it reaches is a {@link run} or a {@link rehearsal}. */
  readonly walk: WalkState | null;
  readonly rehearsal: RehearsalState | null;
  /** Statements of {@link run}; without one, of {@link rehearsal}. */
  readonly statements: Ring;
  /** What the server said of them, and how much more that is not kept. */
  readonly notices: readonly ServerNotice[];
  readonly noticesOmitted: number;
  readonly output: readonly OutputLine[];
  readonly interrupted: readonly InterruptedRun[];
  /** The throwaway that is kept like the entities; null without one. */
  readonly build: Build | null;
  /** How often something was said of a step of a checklist. */
  readonly marks: number;
  /** What TypeScript said of files, by path. */
  readonly compiled: ReadonlyMap<string, Compiled>;
  readonly journalProblem: Problem | null;
  /** One sentence in place of the key bar, until the next key. */
  readonly notice: Notice | null;
}

/** About one text of a file; nothing is known of another. */
interface Compiled {
  readonly sha256: string;
  /** None if it is sound. */
  readonly errors: readonly CompileError[];
}

/** What the person did that concerns more than one screen. */
type UiEvent =
  | { readonly type: 'run-asked'; readonly plan: Plan }
  | { readonly type: 'rehearsal-asked'; readonly request: RehearsalWish }
  /** How the rehearsal ended was seen. */
  | { readonly type: 'rehearsal-dismissed' }
  /** How the walk ended was seen. */
  | { readonly type: 'walk-dismissed' }
  | { readonly type: 'cancel-asked' }
  | { readonly type: 'card-dismissed' }
  | { readonly type: 'noticed'; readonly notice: Notice | null };

export type Action = SessionEvent | UiEvent;

/** Before a run or rehearsal has sent any. */
export const noStatements = {
  statements: emptyRing,
  notices: [],
  noticesOmitted: 0,
} as const satisfies Partial<State>;

export const initialState: State = {
  looking: 'start',
  waitsFor: { on: 'project' },
  generation: 0,
  history: null,
  lookProblem: null,
  run: null,
  walk: null,
  rehearsal: null,
  ...noStatements,
  output: [],
  interrupted: [],
  build: null,
  marks: 0,
  compiled: new Map(),
  journalProblem: null,
  notice: null,
};

/** Whether a run or a rehearsal is going, or about to: nothing else can be started. */
export function isRunning(state: State): boolean {
  return runIsGoing(state) || isRehearsing(state);
}

/** Whether a run is going, or about to; from one schema to the next, too. */
export function runIsGoing(state: State): boolean {
  return isWalking(state) || (state.run !== null && state.run.phase !== 'over');
}

export function isWalking({ walk }: State): boolean {
  return walk !== null && walk.result === null;
}

export function isRehearsing({ rehearsal }: State): boolean {
  return rehearsal !== null && rehearsal.phase !== 'over';
}

/** Whether what is going was told to stop. */
export function isCancelling(state: State): boolean {
  const { run, rehearsal } = state;
  if (isWalking(state) && state.walk?.cancelling) return true;
  return [run, rehearsal].some((one) => one !== null && one.phase !== 'over' && one.cancelling);
}

/** The step that is going on now; the last one, should several say so. */
export function stepNow({ phase, steps }: RehearsalState): StepSeen | null {
  if (phase === 'over') return null;
  return [...steps.values()].findLast(({ state }) => state === 'running') ?? null;
}

/** The revision that is being rehearsed. */
export function revisionNow({ rehearsal }: State): string | null {
  return (rehearsal && stepNow(rehearsal)?.revision) ?? null;
}

/** What tells one step of a rehearsal from the others. */
export function stepKey({
  base,
  revision,
  step,
}: Pick<RehearsalStep, 'base' | 'revision' | 'step'>): string {
  return `${base}\n${revision ?? ''}\n${step}`;
}

/** What takes the place of the detail until it is dismissed. */
export function cardOf(state: State): 'result' | 'refused' | 'interrupted' | null {
  if (state.run?.phase === 'over' && !state.run.dismissed) {
    return state.run.refused ? 'refused' : 'result';
  }
  if (state.interrupted.length > 0 && !runIsGoing(state)) return 'interrupted';
  return null;
}

const NO_ERRORS: readonly CompileError[] = [];

/** What is wrong with a revision's file as it is, as far as TypeScript was asked. */
export function compileErrorsOf(
  state: State,
  { file, sha256 }: Pick<Revision, 'file' | 'sha256'>,
): readonly CompileError[] {
  const found = state.compiled.get(file ?? '');
  return found?.sha256 === sha256 ? found.errors : NO_ERRORS;
}

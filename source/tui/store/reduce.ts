/** How an event changes the state. Pure: the time comes with the event. */

import type { History } from '../../contract/history.ts';
import type { Plan } from '../../contract/plan.ts';
import type { RehearsalRequest } from '../../contract/rehearsal.ts';
import type { RunResult } from '../../contract/run.ts';
import {
  type Action,
  isWalking,
  noStatements,
  type RehearsalState,
  type RunState,
  type State,
  stepKey,
  type WalkState,
} from './state.ts';
import { addStatements, type StatementEvent } from './statements.ts';

/** Lines of the project's own output that are kept. */
export const OUTPUT_LINES = 1_000;

/** Lines of test commands that are kept. */
export const TEST_LINES = 1_000;

/** Applies events in order; runs of statement events are taken in at once. */
export function reduceAll(state: State, actions: readonly Action[], now: number): State {
  let next = state;
  let statements: StatementEvent[] = [];
  const settle = () => {
    if (statements.length === 0) return;
    next = { ...next, statements: addStatements(next.statements, statements) };
    statements = [];
  };
  for (const action of actions) {
    if (action.type === 'statement-started' || action.type === 'statement-ended') {
      statements.push(action);
    } else {
      settle();
      next = reduce(next, action, now);
    }
  }
  settle();
  return next;
}

/** Applies one event. */
export function reduce(state: State, action: Action, now: number): State {
  switch (action.type) {
    case 'looking':
      return {
        ...state,
        looking: action.because,
        waitsFor: { on: 'project' },
        generation: action.generation,
      };
    case 'waits-for':
      return { ...state, waitsFor: action.what };
    case 'history':
      return {
        ...state,
        looking: null,
        history: action.history,
        lookProblem: null,
        // What could not be done because of the problem can be done now.
        notice: state.lookProblem ? null : state.notice,
      };
    case 'look-failed':
      return { ...state, looking: null, lookProblem: action.problem };
    case 'interrupted-runs':
      return { ...state, interrupted: action.runs };
    case 'build':
      return { ...state, build: action.build };
    case 'types-checked': {
      const { file, sha256, errors } = action;
      return { ...state, compiled: new Map([...state.compiled, [file, { sha256, errors }]]) };
    }
    case 'checklist-changed':
      return { ...state, marks: state.marks + 1 };
    case 'journal-failed':
      return { ...state, journalProblem: action.problem };
    case 'output': {
      const line = { at: now, stream: action.stream, line: action.line };
      return { ...state, output: [...state.output, line].slice(-OUTPUT_LINES) };
    }
    case 'run-asked':
      return { ...state, run: startOf(action.plan, now), ...noStatements };
    case 'run-started': {
      const begun = state.run?.phase === 'starting' ? state.run : startOf(action.plan, now);
      const run: RunState = {
        ...begun,
        id: action.run,
        plan: action.plan,
        phase: 'running',
        startedAt: now,
        waiting: null,
      };
      return { ...state, run, ...noStatements };
    }
    case 'statement-started':
    case 'statement-ended':
      return { ...state, statements: addStatements(state.statements, [action]) };
    case 'server-notice':
      return { ...state, notices: [...state.notices, action.notice] };
    case 'notices-omitted':
      return { ...state, noticesOmitted: action.omitted };
    case 'walk-started':
    case 'walk-reached':
    case 'walk-settled':
    case 'walk-finished':
      return { ...state, walk: reduceWalk(state.walk, action, now) };
    case 'walk-dismissed':
      return isWalking(state) ? state : { ...state, walk: null };
    case 'rehearsal-asked': {
      const request = { ...action.request, tests: { upgraded: false, downgraded: false } };
      return rehearse(state, rehearsalOf(request, state.history, now));
    }
    case 'rehearsal-started': {
      const begun = rehearsalOf(action.request, state.history, now);
      const { rehearsal: asked } = state;
      if (asked?.phase !== 'running') return rehearse(state, begun);
      // It may have been cancelled before it began.
      const { startedAt, cancelling } = asked;
      return rehearse(state, { ...begun, startedAt, cancelling });
    }
    case 'rehearsal-step':
    case 'test-output':
    case 'rehearsal-finished':
    case 'rehearsal-refused':
      return {
        ...state,
        rehearsal: state.rehearsal && reduceRehearsal(state.rehearsal, action, now),
      };
    case 'repair-step':
    case 'backed-up':
      return state;
    case 'rehearsal-dismissed':
      if (state.rehearsal?.phase !== 'over') return state;
      return { ...state, rehearsal: { ...state.rehearsal, dismissed: true } };
    case 'cancel-asked':
      return {
        ...state,
        run: state.run && reduceRun(state.run, action),
        walk: state.walk && { ...state.walk, cancelling: true },
        rehearsal: state.rehearsal && reduceRehearsal(state.rehearsal, action, now),
      };
    case 'card-dismissed':
      return dismiss(state);
    case 'noticed':
      return action.notice === state.notice ? state : { ...state, notice: action.notice };
    case 'run-finished': {
      const { result } = action;
      const run = state.run && over(onlyDone(state.run, result), { result }, now);
      return isWalking(state)
        ? { ...state, run: ofWalk(run) }
        : { ...state, run, history: result.history ?? state.history };
    }
    case 'run-refused': {
      const run = state.run && over(state.run, { refused: action.problem }, now);
      return { ...state, run: isWalking(state) ? ofWalk(run) : run };
    }
    default:
      return { ...state, run: state.run && reduceRun(state.run, action) };
  }
}

type RunAction = Extract<
  Action,
  {
    type:
      | 'waiting-for-lock'
      | 'statement-blocked'
      | 'statement-progress'
      | 'run-retrying'
      | 'revision-started'
      | 'revision-finished'
      | 'cancel-asked';
  }
>;

function reduceRun(run: RunState, action: RunAction): RunState {
  if (run.phase === 'over') return run;
  switch (action.type) {
    case 'waiting-for-lock':
      return { ...run, waiting: { holder: action.holder } };
    case 'run-retrying': {
      const together = run.plan.transactions.mode === 'all-or-nothing';
      const finished = together ? new Map<string, number>() : run.finished;
      return {
        ...run,
        finished,
        revision: null,
        blockers: [],
        progress: null,
        retry: action.retry,
      };
    }
    case 'statement-blocked':
      return { ...run, blockers: action.blockers };
    case 'statement-progress':
      return { ...run, progress: action.progress };
    case 'revision-started':
      return { ...run, revision: action.name };
    case 'revision-finished': {
      const finished = new Map(run.finished).set(action.name, action.ms);
      return { ...run, finished, revision: run.revision === action.name ? null : run.revision };
    }
    case 'cancel-asked':
      return { ...run, cancelling: true };
  }
}

type WalkAction = Extract<
  Action,
  { type: 'walk-started' | 'walk-reached' | 'walk-settled' | 'walk-finished' }
>;

function reduceWalk(walk: WalkState | null, action: WalkAction, now: number): WalkState | null {
  if (action.type === 'walk-started') {
    const { kind, plan } = action;
    return {
      kind,
      plan,
      startedAt: now,
      progress: null,
      settled: [],
      cancelling: false,
      result: null,
    };
  }
  if (!walk) return null;
  switch (action.type) {
    case 'walk-reached':
      return { ...walk, progress: action.progress };
    case 'walk-settled':
      return { ...walk, settled: [...walk.settled, action.outcome] };
    case 'walk-finished':
      return { ...walk, settled: action.result.schemas, result: action.result };
  }
}

type RehearsalAction = Extract<
  Action,
  {
    type:
      | 'rehearsal-step'
      | 'test-output'
      | 'rehearsal-finished'
      | 'rehearsal-refused'
      | 'cancel-asked';
  }
>;

/** The first end counts: a refusal comes both as an event and as the reply. */
function reduceRehearsal(
  rehearsal: RehearsalState,
  action: RehearsalAction,
  now: number,
): RehearsalState {
  if (rehearsal.phase === 'over') return rehearsal;
  switch (action.type) {
    case 'rehearsal-step': {
      const key = stepKey(action.step);
      const since = rehearsal.steps.get(key)?.since ?? now;
      const steps = new Map(rehearsal.steps).set(key, { ...action.step, since });
      return { ...rehearsal, steps };
    }
    case 'test-output': {
      const testOutput = [...rehearsal.testOutput, action.line].slice(-TEST_LINES);
      return { ...rehearsal, testOutput };
    }
    case 'rehearsal-finished': {
      const { report, id } = action;
      return { ...rehearsal, phase: 'over', endedAt: now, report, id };
    }
    case 'rehearsal-refused':
      return { ...rehearsal, phase: 'over', endedAt: now, refused: action.problem };
    case 'cancel-asked':
      return { ...rehearsal, cancelling: true };
  }
}

function rehearsalOf(
  request: RehearsalRequest,
  history: History | null,
  now: number,
): RehearsalState {
  const pending = history?.revisions.filter(({ state }) => state === 'pending') ?? [];
  return {
    request,
    // A downgrade is rehearsed as one plan.
    names: request.downgrade
      ? []
      : request.revisions.length > 0
        ? request.revisions
        : pending.map(({ name }) => name),
    phase: 'running',
    startedAt: now,
    endedAt: null,
    steps: new Map(),
    testOutput: [],
    cancelling: false,
    report: null,
    id: null,
    refused: null,
    dismissed: false,
  };
}

/** Its statements take the place of those of the last run, which the journal has. */
function rehearse(state: State, rehearsal: RehearsalState): State {
  return { ...state, rehearsal, run: null, ...noStatements };
}

function startOf(plan: Plan, now: number): RunState {
  return {
    id: null,
    plan,
    phase: 'starting',
    startedAt: now,
    endedAt: null,
    revision: null,
    finished: new Map(),
    waiting: null,
    retry: null,
    blockers: [],
    progress: null,
    cancelling: false,
    result: null,
    refused: null,
    dismissed: false,
  };
}

/** The first end counts: a refusal comes both as an event and as the reply. */
function over(run: RunState, end: Pick<Partial<RunState>, 'result' | 'refused'>, now: number) {
  if (run.phase === 'over') return run;
  return {
    ...run,
    ...end,
    phase: 'over' as const,
    endedAt: now,
    revision: null,
    waiting: null,
    blockers: [],
    progress: null,
  };
}

/** How the run on one schema of many ended is told by the walk. */
function ofWalk(run: RunState | null): RunState | null {
  return run && { ...run, dismissed: true };
}

/** What was rolled back took no time that anyone wants to know. */
function onlyDone(run: RunState, { steps }: RunResult): RunState {
  const done = new Set(steps.filter(({ outcome }) => outcome === 'done').map(({ name }) => name));
  return { ...run, finished: new Map([...run.finished].filter(([name]) => done.has(name))) };
}

function dismiss(state: State): State {
  if (state.run?.phase === 'over' && !state.run.dismissed) {
    return { ...state, run: { ...state.run, dismissed: true } };
  }
  return state.interrupted.length > 0 ? { ...state, interrupted: [] } : state;
}

/** Holds the state and tells the screens that it changed, at most so often as they can draw. */

import { reduceAll } from './reduce.ts';
import { type Action, initialState, type State } from './state.ts';

/**
 * Milliseconds between two updates of events that come in masses. Drawing takes up to 20 of them;
 * the rest is for keys, and for what else has to be done with the events.
 */
const BATCH_MS = 200;

export interface Store {
  getState(): State;
  /** Calls `listener` after each change; returns the function that stops it. */
  subscribe(listener: () => void): () => void;
  dispatch(action: Action): void;
}

/** `now` is a parameter so that tests can hold the clock. */
export function createStore(now: () => number = Date.now): Store {
  let state = initialState;
  let queue: Action[] = [];
  let timer: NodeJS.Timeout | null = null;
  const listeners = new Set<() => void>();

  const flush = () => {
    if (timer) clearTimeout(timer);
    timer = null;
    const actions = queue;
    queue = [];
    const next = reduceAll(state, actions, now());
    if (next === state) return;
    state = next;
    for (const listener of [...listeners]) listener();
  };

  return {
    getState: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dispatch(action) {
      queue.push(action);
      // Statements and output may come by the thousand; everything else is shown at once,
      // after what came before it.
      if (!comesInMasses(action)) flush();
      else timer ??= setTimeout(flush, BATCH_MS);
    },
  };
}

function comesInMasses({ type }: Action): boolean {
  return (
    type === 'statement-started' ||
    type === 'statement-ended' ||
    type === 'output' ||
    type === 'rehearsal-step' ||
    type === 'test-output' ||
    type === 'revision-started' ||
    type === 'revision-finished'
  );
}

/** What every screen may use: the session, the store, the terminal. */

import type { SuspendTerminal } from 'ink';
import { createContext, use, useCallback, useSyncExternalStore } from 'react';
import type { Session } from '../session/session.ts';
import { type Facts, noFacts } from './facts.ts';
import { cardOf, isCancelling, isRehearsing, isRunning, type State } from './store/state.ts';
import type { Store } from './store/store.ts';
import type { EditorProblem } from './terminal/editor.ts';

export interface Services {
  readonly store: Store;
  /** Null until it is open; nothing can be asked before. */
  session(): Session | null;
  /** What to call the project until it is known better, and where files are saved. */
  readonly project: { readonly name: string; readonly root: string };
  /** Milliseconds since the epoch. */
  now(): number;
  /** Puts a text into the clipboard. */
  copy(text: string): void;
  /** Hands the terminal to the shell until `fg`. Null where there is no such thing. */
  readonly suspend: ((suspendTerminal: SuspendTerminal) => Promise<void>) | null;
  /** Opens a file of the project in the person's editor, at `up()` unless a line is given; one sentence if that did not work. */
  edit(path: string, line: number | null): Promise<EditorProblem>;
  /** Ends the program with that exit status. */
  quit(code: number): void;
}

const ServicesContext = createContext<Services | null>(null);
export const ServicesProvider = ServicesContext.Provider;

export function useServices(): Services {
  const services = use(ServicesContext);
  if (!services) throw new Error('Services are provided by the app.');
  return services;
}

/**
 * A part of the state; renders again only when that part changed.
 * `select` must return something of the state itself, not a new object.
 */
export function useSelected<T>(select: (state: State) => T): T {
  const { store } = useServices();
  return useSyncExternalStore(store.subscribe, () => select(store.getState()));
}

/** Shows one sentence in place of the key bar until the next key. */
export function useNotice(): (text: string, style?: 'info' | 'warn') => void {
  const { store } = useServices();
  return useCallback(
    (text, style = 'info') => store.dispatch({ type: 'noticed', notice: { text, style } }),
    [store],
  );
}

/** Facts of the state, with those that the screen itself knows. */
export function useFacts(local: Partial<Facts>): Facts {
  const history = useSelected((state) => state.history);
  const lookProblem = useSelected((state) => state.lookProblem);
  const running = useSelected(isRunning);
  const cancelling = useSelected(isCancelling);
  const rehearsing = useSelected(isRehearsing);
  const rehearsal = useSelected((state) => state.rehearsal !== null);
  const card = useSelected((state) => cardOf(state) !== null);
  return {
    ...noFacts,
    history,
    lookProblem,
    running,
    cancelling,
    rehearsing,
    rehearsal,
    card,
    ...local,
  };
}

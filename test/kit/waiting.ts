/** Waiting for something that a program will show, without sleeping. */

/** What to wait for: a text anywhere on the screen, a pattern in it, or a question asked of it. */
export type Expectation = string | RegExp | ((screen: string[]) => boolean);

export interface WaitOptions {
  /** Milliseconds; 30,000 unless told. */
  readonly timeout?: number;
  /** What it would mean if it never came; part of the error. */
  readonly why?: string;
}

/** Milliseconds; generous, as a slow machine must not fail a test that a fast one passes. */
export const defaultTimeout = 30_000;

export function isMet(expectation: Expectation, screen: string[]): boolean {
  if (typeof expectation === 'function') return expectation(screen);
  const text = screen.join('\n');
  if (typeof expectation === 'string') return text.includes(expectation);
  // A global pattern remembers where it stopped.
  expectation.lastIndex = 0;
  return expectation.test(text);
}

export function nameOf(expectation: Expectation): string {
  if (typeof expectation === 'string') return JSON.stringify(expectation);
  return expectation instanceof RegExp
    ? String(expectation)
    : `what ${expectation.toString()} asks`;
}

/** The screen with a frame around it, for an error message. */
export function framed(screen: readonly string[], columns: number): string {
  const edge = '─'.repeat(columns);
  return [`┌${edge}┐`, ...screen.map((line) => `│${line}`), `└${edge}┘`].join('\n');
}

/** Functions that are told of a change until they say that they have seen enough. */
export class Watchers {
  readonly #watchers = new Set<() => void>();

  notify(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** Resolves once `judge` answers true; it is asked at once and after every change. */
  async until(judge: () => boolean, timeout: number, late: () => Error): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const watcher = (): void => {
      try {
        if (judge()) resolve();
      } catch (error) {
        reject(error);
      }
    };
    const timer = setTimeout(() => reject(late()), timeout);
    this.#watchers.add(watcher);
    watcher();
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#watchers.delete(watcher);
    }
  }
}

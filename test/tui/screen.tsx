/** The app on a scripted session, in a terminal of a given size; waits for conditions, not times. */

import { setTimeout as wait } from 'node:timers/promises';
import { cleanup, render } from 'ink-testing-library';
import { afterEach } from 'vitest';
import { App } from '../../source/tui/app.tsx';
import type { Services } from '../../source/tui/services.ts';
import { createStore } from '../../source/tui/store/store.ts';
import { FakeSession } from './fake-session.ts';

/** Milliseconds until a condition that does not come true fails the test. */
const PATIENCE = 20_000;

export const NOW = Date.UTC(2026, 10, 24, 12, 0, 0);

export const keys = {
  enter: '\r',
  escape: '\u001b',
  up: '\u001b[A',
  down: '\u001b[B',
  pageDown: '\u001b[6~',
  tab: '\t',
  shiftTab: '\u001b[Z',
  ctrlC: '\u0003',
  ctrlZ: '\u001a',
  backspace: '\u007f',
} as const;

export interface Options {
  readonly columns?: number;
  readonly rows?: number;
  readonly session?: FakeSession;
  readonly root?: string;
  /** What the person's editor does with a file; a text is a problem. */
  readonly editor?: (path: string) => string | null;
}

afterEach(() => cleanup());

export function openScreen(options: Options = {}) {
  const { session = new FakeSession(), root = '/nowhere' } = options;
  const store = createStore(() => NOW);
  const copied: string[] = [];
  const quits: number[] = [];
  let suspended = 0;
  const edited: string[] = [];
  const services: Services = {
    store,
    project: { name: 'kallithea', root },
    session: () => session,
    now: () => NOW,
    copy: (text) => copied.push(text),
    edit: async (path) => {
      edited.push(path);
      return options.editor?.(path) ?? null;
    },
    suspend: async () => {
      suspended++;
    },
    quit: (code) => quits.push(code),
  };
  session.subscribe((event) => store.dispatch(event));
  const app = render(<App services={services} />);
  const size = { columns: options.columns ?? 120, rows: options.rows ?? 36 };
  // The library's own terminal has 100 columns and no rows.
  for (const side of ['columns', 'rows'] as const) {
    Object.defineProperty(app.stdout, side, { get: () => size[side], configurable: true });
  }
  app.stdout.emit('resize');

  const frame = () => stripStyles(app.lastFrame() ?? '');
  const until = async (condition: () => boolean, what: string) => {
    const end = Date.now() + PATIENCE;
    while (!condition()) {
      if (Date.now() > end) throw new Error(`Still not: ${what}\n${frame()}`);
      await wait(5);
    }
  };
  return {
    session,
    store,
    copied,
    quits,
    suspended: () => suspended,
    edited,
    frame,
    raw: () => app.lastFrame() ?? '',
    frames: app.frames,
    rows: () => frame().split('\n'),
    until,
    shows: (text: string) => until(() => frame().includes(text), `shows ${text}`),
    hides: (text: string) => until(() => !frame().includes(text), `hides ${text}`),
    /** Types keys, each after the frame that the one before made, if it made any. */
    async press(...pressed: readonly string[]) {
      for (const key of pressed) {
        const before = app.frames.length;
        app.stdin.write(key);
        // Turns and not time: a busy machine must not take a key for one that makes no frame.
        for (let turn = 0; turn < 50 && app.frames.length === before; turn++) await wait(2);
        // What the frame brought on screen listens once its effects have run.
        await wait(4);
      }
    },
    paste(text: string) {
      app.stdin.write(`\u001b[200~${text}\u001b[201~`);
    },
    resize(columns: number, rows: number) {
      Object.assign(size, { columns, rows });
      app.stdout.emit('resize');
    },
  };
}

export function stripStyles(text: string): string {
  return text.replace(/\u001b\[[\d;]*m/g, '');
}

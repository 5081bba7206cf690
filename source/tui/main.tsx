/** Opens the terminal app on a session, and ends both together. */

import { basename } from 'node:path';
import { render } from 'ink';
import { exitStatus } from '../contract/exit-status.ts';
import type { RunResult } from '../contract/run.ts';
import type { Session } from '../session/session.ts';
import { print } from '../text/print.ts';
import { redact } from '../text/redact.ts';
import { App } from './app.tsx';
import type { Services } from './services.ts';
import { isRehearsing, isRunning } from './store/state.ts';
import { createStore, type Store } from './store/store.ts';
import { clipboardSequence } from './terminal/clipboard.ts';
import { type Ending, watchEndings } from './terminal/endings.ts';
import { TerminalInput } from './terminal/input.ts';
import { captureConsole } from './terminal/stray-output.ts';
import { stopUntilContinued } from './terminal/suspend.ts';

export interface UiOptions {
  /** May still be opening: the first frame does not wait for it. */
  readonly session: Session | Promise<Session>;
  /** The folder that files are saved in, and what to call the project before it is read. */
  readonly project: { readonly root: string; readonly name?: string };
  /** Both are terminals; the process's own unless given. */
  readonly stdin?: NodeJS.ReadStream;
  readonly stdout?: NodeJS.WriteStream;
}

/** How long a session may take to close, in milliseconds; a run is cancelled and rolled back. */
const CLOSE_MS = 8_000;

/**
 * Shows the app until the person quits, or until it has to end. The terminal is as it was before,
 * and the session closed, when the promise resolves with the exit status: 0, 129 (SIGHUP),
 * 130 (a run was cancelled to quit, or SIGINT), 143 (SIGTERM), 70 (Handrail is broken; it said so).
 */
export async function openUi(options: UiOptions): Promise<number> {
  const { stdin = process.stdin, stdout = process.stdout } = options;
  const { root, name = basename(root) } = options.project;
  const store = createStore();
  const { promise: ended, resolve: end } = Promise.withResolvers<Ending>();
  let session: Session | null = null;
  let result: RunResult | null = null;
  /** An editor has the terminal. */
  let away = false;

  const services: Services = {
    store,
    project: { root, name },
    session: () => session,
    now: Date.now,
    copy: (text) => stdout.write(clipboardSequence(text)),
    edit: async (path, line) => {
      const { editFile } = await import('./terminal/editor.ts');
      away = true;
      try {
        return await editFile(path, root, line);
      } finally {
        away = false;
      }
    },
    suspend: process.platform === 'win32' ? null : stopUntilContinued,
    quit: (code) => end({ code }),
  };
  const releaseOutput = captureConsole();
  const input = new TerminalInput(stdin);
  const stopWatching = watchEndings({ stdin, stdout }, end, () => away);
  const screen = render(<App services={services} />, {
    // A stream with all that Ink uses of a terminal's input; its type asks for nothing more.
    stdin: input,
    stdout,
    // Both streams are terminals, also where CI is set.
    interactive: true,
    alternateScreen: true,
    incrementalRendering: true,
    // A key that comes right after a frame waits for the next one.
    maxFps: 60,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  screen.waitUntilExit().then(
    () => end({ code: 0 }),
    (error: unknown) => end({ code: exitStatus.broken, error }),
  );
  const opening = attach(options.session, store, (opened) => {
    session = opened;
    opened.subscribe((event) => {
      if (event.type === 'run-finished') result = event.result;
    });
  });

  const ending = await ended;
  const wasRunning = isRunning(store.getState());
  const wasRehearsing = isRehearsing(store.getState());
  screen.unmount();
  await screen.waitUntilExit().catch(() => {});
  input.setRawMode(false);
  input.unref();
  releaseOutput();
  if (ending.error !== undefined) print(process.stderr, crashReport(ending.error));
  result = null;
  if (wasRunning) print(stdout, `Cancelling the ${wasRehearsing ? 'rehearsal' : 'run'}…\n`);
  await withinTime(opening.then(() => session?.close()));
  stopWatching();
  if (wasRunning) print(stdout, `${wasRehearsing ? REHEARSAL_ENDED : lastWords(result)}\n`);
  return ending.code;
}

/** True however it ended: a rehearsal only reads the target. */
const REHEARSAL_ENDED = 'The rehearsal was cancelled. The target was only read.';

/** Brings the events of a session to the store, once it is open. */
async function attach(
  opening: Session | Promise<Session>,
  store: Store,
  onOpen: (session: Session) => void,
): Promise<void> {
  try {
    // Not awaited when it is open already: its first events must not be missed.
    const session = opening instanceof Promise ? await opening : opening;
    session.subscribe((event) => store.dispatch(event));
    onOpen(session);
    // If it had looked before anyone listened, what it saw is told again.
    void session.look();
  } catch (error) {
    store.dispatch({
      type: 'look-failed',
      problem: {
        code: 'internal',
        what: 'The project could not be opened.',
        why: error instanceof Error ? error.message : String(error),
        next: ['Quit with q, and try `handrail status`, which says more.'],
        detail: error instanceof Error ? (error.stack ?? null) : null,
      },
    });
  }
}

async function withinTime(work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, CLOSE_MS);
  await Promise.race([work.catch(() => {}), promise]);
  clearTimeout(timer);
}

/** The alternate screen is gone, and what it showed with it. */
function lastWords(result: RunResult | null): string {
  if (!result)
    return 'The run was being cancelled. `handrail status` says where the target stands.';
  const { outcome, failure } = result;
  return `The run ended: ${outcome}. ${failure?.aftermath ?? ''}`.trim();
}

function crashReport(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `Handrail ended because of an error of its own:\n${redact(text)}\n`;
}

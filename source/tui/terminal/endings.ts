/** Every way in which the program may have to end, told to one listener. */

import { exitStatus } from '../../contract/exit-status.ts';

/** How it ends: with an exit status, and maybe an error to print. */
export interface Ending {
  readonly code: number;
  readonly error?: unknown;
}

const SIGNALS = {
  SIGHUP: exitStatus.hungUp,
  SIGINT: exitStatus.interrupted,
  SIGTERM: exitStatus.terminated,
} as const;

/**
 * Calls `end` for signals, a terminal that is gone, and errors nobody caught.
 *
 * @param isAway whether another program, such as an editor, has the terminal now
 */
export function watchEndings(
  streams: { readonly stdin: NodeJS.ReadStream; readonly stdout: NodeJS.WriteStream },
  end: (ending: Ending) => void,
  isAway: () => boolean = () => false,
): () => void {
  const onSignal = (signal: NodeJS.Signals) => {
    // Ctrl+C in a program that has the terminal reaches everybody, and means that program.
    if (signal === 'SIGINT' && isAway()) return;
    end({ code: SIGNALS[signal as keyof typeof SIGNALS] ?? exitStatus.broken });
  };
  const onGone = () => end({ code: SIGNALS.SIGHUP });
  const onError = (error: unknown) => end({ code: exitStatus.broken, error });
  for (const signal of Object.keys(SIGNALS)) process.on(signal, onSignal);
  process.on('uncaughtException', onError);
  process.on('unhandledRejection', onError);
  streams.stdin.on('end', onGone);
  streams.stdin.on('error', onGone);
  streams.stdout.on('error', onGone);
  return () => {
    for (const signal of Object.keys(SIGNALS)) process.off(signal, onSignal);
    process.off('uncaughtException', onError);
    process.off('unhandledRejection', onError);
    streams.stdin.off('end', onGone);
    streams.stdin.off('error', onGone);
    // A terminal that is gone stays gone: what is still asked of it, or written to it, is no error.
    streams.stdin.on('error', () => {});
    streams.stdout.on('error', () => {});
    streams.stdout.off('error', onGone);
  };
}

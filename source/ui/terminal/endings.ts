/** Every way in which the program may have to end, told to one listener. */

/** How it ends: with an exit status, and maybe an error to print. */
export interface Ending {
  readonly code: number;
  readonly error?: unknown;
}

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Exit status when Handrail itself is broken (EX_SOFTWARE of sysexits.h). */
export const BROKEN = 70;

/** Calls `end` for signals, a terminal that is gone, and errors nobody caught. */
export function watchEndings(
  streams: { readonly stdin: NodeJS.ReadStream; readonly stdout: NodeJS.WriteStream },
  end: (ending: Ending) => void,
): () => void {
  const onSignal = (signal: NodeJS.Signals) => {
    end({ code: SIGNALS[signal as keyof typeof SIGNALS] ?? BROKEN });
  };
  const onGone = () => end({ code: SIGNALS.SIGHUP });
  const onError = (error: unknown) => end({ code: BROKEN, error });
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
    // A terminal that is gone stays gone: what is still written to it is no error.
    streams.stdout.on('error', () => {});
    streams.stdout.off('error', onGone);
  };
}

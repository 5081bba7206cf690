/** Ctrl+Z: gives the terminal back to the shell until `fg`. */

import type { SuspendTerminal } from 'ink';

/**
 * How long a stop may take to happen. Without a shell that could continue us the signal is
 * dropped by the system, and we go on at once; the timer also keeps the process alive.
 */
const UNSTOPPED_MS = 500;

/** Stops this process and its children; resolves once it goes on. */
export async function stopUntilContinued(suspendTerminal: SuspendTerminal): Promise<void> {
  await suspendTerminal(async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, UNSTOPPED_MS);
    process.once('SIGCONT', resolve);
    try {
      // The whole group: an engine that went on alone would end what it does unseen.
      process.kill(0, 'SIGTSTP');
      await promise;
    } finally {
      clearTimeout(timer);
      process.off('SIGCONT', resolve);
    }
  });
}

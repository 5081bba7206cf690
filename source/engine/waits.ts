/** Tells whom the statements of a run wait for, while they do. */

import type { Blocker } from '../protocol.ts';
import { unseen } from './observe.ts';
import type { OpenTarget } from './project.ts';

/** How often the server is asked, in milliseconds. */
const POLL_MS = 400;

/**
 * Asks on a connection of its own until it is disposed of.
 *
 * @param tell gets another list, and an empty one when nobody is waited for any more
 */
export function watchWaits(
  { connection, dialect: { blockers } }: Pick<OpenTarget, 'connection' | 'dialect'>,
  tell: (blockers: readonly Blocker[]) => void,
): Disposable {
  let told = '[]';
  let asking = false;
  const ask = async () => {
    if (asking || blockers === null) return;
    asking = true;
    try {
      const found = await unseen(() => connection.execute<Blocker[]>(blockers, [], 'all'));
      const text = JSON.stringify(found);
      if (text !== told) tell(found);
      told = text;
    } catch {
      // The run itself will say what is wrong with the connection.
    } finally {
      asking = false;
    }
  };
  const timer = blockers === null ? undefined : setInterval(() => void ask(), POLL_MS);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      if (told !== '[]') tell([]);
    },
  };
}

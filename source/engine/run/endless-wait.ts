/**
 * Ends waits that would never end: a revision asks for a connection of its own while its
 * transaction holds the only one, and the transaction waits for the revision.
 *
 * MikroORM's command line ends there as a process that has nothing left to wait for, which the
 * engine never is. So what Node would notice is looked for here: nothing is being sent, and
 * nothing else is awaited that was not when the transaction began.
 */

import { getActiveResourcesInfo } from 'node:process';
import type { Waiting } from '../project/each-connection.ts';
import { RunError } from '../refusal.ts';

const LOOK_EVERY_MS = 100;
/** So often in a row nothing may have gone on. */
const QUIET_LOOKS = 10;

export class EndlessWaits {
  /** What the process waited for when a transaction began; null where none is open. */
  #known: ReadonlyMap<string, number> | null = null;
  #sending = 0;
  #sent = 0;

  began(): void {
    this.#known = resources();
  }

  ended(): void {
    this.#known = null;
  }

  /** Around each statement. */
  async while<T>(send: () => Promise<T>): Promise<T> {
    this.#sending++;
    this.#sent++;
    try {
      return await send();
    } finally {
      this.#sending--;
    }
  }

  /** Aborts if the wait that begins now can't end; `over` is to be called when it did. */
  watch(): Waiting {
    const controller = new AbortController();
    let quiet = 0;
    let sent = this.#sent;
    const look = () => {
      const goesOn = this.#sending > 0 || this.#sent !== sent || this.#isBusy();
      sent = this.#sent;
      quiet = goesOn ? 0 : quiet + 1;
      if (quiet < QUIET_LOOKS) return;
      clearInterval(timer);
      controller.abort(new RunError(WAITS_FOR_ITSELF));
    };
    const timer = setInterval(look, LOOK_EVERY_MS).unref();
    return { signal: controller.signal, over: () => clearInterval(timer) };
  }

  /** Outside of a transaction, who has the connection gives it back. */
  #isBusy(): boolean {
    const known = this.#known;
    return (
      known === null || [...resources()].some(([kind, count]) => count > (known.get(kind) ?? 0))
    );
  }
}

const WAITS_FOR_ITSELF =
  'The revision waits for itself: it asks for another connection, and its own transaction holds the only one until the revision ends. ' +
  'Send it within the transaction: this.execute(sql), or this.getEntityManager().execute(sql), and not getConnection().execute(sql).';

function resources(): ReadonlyMap<string, number> {
  const kinds = Map.groupBy(getActiveResourcesInfo(), (kind) => kind);
  return new Map([...kinds].map(([kind, all]) => [kind, all.length]));
}

/** Has a look at every client that `pg` connects, before anybody uses it. */

import type { HeardNotice } from '../../connection.ts';
import { listen, type TalkingClient } from './notices.ts';
import { type Client, refuseSharedSessions } from './proxy.ts';

type NewClient = Client & TalkingClient & LosableClient;

type Done = (error?: unknown) => void;

/**
 * Options of `pg`’s pool by which it shows each new client (pg-pool/index.js: `verify`), before
 * the hook of the user’s own.
 */
export function watchingClients(
  options: Readonly<Record<string, unknown>>,
  hear: (notice: HeardNotice) => void,
): Record<string, unknown> {
  const own = options.verify;
  let checked: Promise<void> | null = null;
  return {
    ...options,
    // `this` are the options of the pool, of which it makes its clients.
    verify(this: object, client: NewClient, done: Done) {
      listen(client, hear);
      tellWhyLost(client);
      const Another = client.constructor as new (options: object) => Client;
      checked ??= refuseSharedSessions(client, () => new Another(this));
      checked.then(
        () => (typeof own === 'function' ? own.call(this, client, done) : done()),
        (error: unknown) => {
          // The next one may find the server in better health.
          checked = null;
          done(error);
        },
      );
    },
  };
}

interface LosableClient {
  once(event: 'error', listener: (lost: unknown) => void): unknown;
  query: (...args: never[]) => unknown;
}

/** What `pg` says of every statement that a lost client is given (pg/lib/client.js: `query`). */
const NOT_QUERYABLE = 'Client has encountered a connection error and is not queryable';

/** Whether an error says no more than that the client was lost before. */
export function isOfLostClient(error: unknown): boolean {
  return error instanceof Error && (error.message === NOT_QUERYABLE || toldLater.has(error));
}

/** Errors that a statement fails with which was sent after them. */
const toldLater = new WeakSet<Error>();

/**
 * A server that ends a session while nothing is asked of it says why to nobody (idle sessions have
 * limits, administrators end them): the next statement fails with it.
 */
function tellWhyLost(client: LosableClient): void {
  client.once('error', (lost) => {
    if (lost instanceof Error) toldLater.add(lost);
    const { query } = client;
    client.query = (...args) => {
      client.query = query;
      const answer = Reflect.apply(query, client, args) as unknown;
      return answer instanceof Promise ? answer.catch(() => Promise.reject(lost)) : answer;
    };
  });
}

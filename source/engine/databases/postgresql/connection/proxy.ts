/**
 * Proxies that give the server's sessions out for a transaction each (PgBouncer and others “in
 * transaction mode”): what one client sets there, others get.
 */

import { Refusal } from '../../../refusal.ts';

/** What is used of a client of `pg`. */
export interface Client {
  /** Of the server's process, as it was told when the client connected. */
  readonly processID?: number | null;
  connect(): Promise<unknown>;
  query(sql: string): Promise<{ readonly rows: readonly { readonly pid: number }[] }>;
  end(): Promise<void>;
}

/** How often two clients ask by turns. Between strangers, a proxy may give one the same session twice. */
const ROUNDS = 4;

/**
 * To be asked before anything is set: that would be set for others.
 *
 * @param another makes a second client like the first
 * @throws Refusal `shared-sessions`
 */
export async function refuseSharedSessions(client: Client, another: () => Client): Promise<void> {
  // Whoever changes the session behind a client must make up what it cancels by, too
  // (https://www.postgresql.org/docs/current/protocol-flow.html: BackendKeyData).
  if ((await sessionOf(client)) === client.processID) return;
  const second = another();
  await second.connect();
  try {
    const first: number[] = [];
    const others: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      first.push(await sessionOf(client));
      others.push(await sessionOf(second));
    }
    if (areShared(first, others)) throw sharedSessions();
  } finally {
    await second.end();
  }
}

/** Of two clients that are connected at once, which sessions answered one after the other. Pure. */
export function areShared(one: readonly number[], other: readonly number[]): boolean {
  return new Set(one).size !== 1 || new Set(other).size !== 1 || one[0] === other[0];
}

async function sessionOf(client: Client): Promise<number> {
  const { rows } = await client.query('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
}

function sharedSessions(): Refusal {
  return new Refusal('shared-sessions', {
    what: 'The database is reached through a proxy in transaction mode, such as PgBouncer with pool_mode = transaction.',
    why: 'Its sessions are shared: what Handrail sets, such as that it only reads, would be set for others, and the lock of a run would hold nobody off. Nothing was set and nothing was run.',
    next: [
      'Connect to the server itself: its own port, not that of the proxy.',
      'Or to a pool of the proxy in session mode.',
    ],
  });
}

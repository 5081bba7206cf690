/** Sessions of Handrail's own on a server, opened with the project's driver and settings. */

import type { Client, ClientConfig } from 'pg';
import type { SqlConnection } from '../../../project/mikro-orm.ts';
import { Refusal } from '../../../refusal.ts';
import type { RawQuery } from '../../raw-query.ts';
import { WITHOUT_LIMITS } from './limits.ts';
import { applicationName } from './lock.ts';

export interface Session {
  readonly query: RawQuery;
  readonly client: Client;
  close(): Promise<void>;
}

/** How to connect, as `pg` takes it, and the class of the project's copy of it. */
export interface Access {
  readonly options: ClientConfig;
  readonly Client: new (options: ClientConfig) => Client;
}

interface Pool {
  readonly options: ClientConfig;
  readonly Client: Access['Client'];
}

/**
 * How the project connects, whatever its configuration consists of. Connects to nothing.
 *
 * @throws Refusal `config-failed` where the configuration brings a connection that is ready
 */
export async function accessOf(connection: SqlConnection): Promise<Access> {
  await connection.connect({ skipOnConnect: true });
  let pool: Pool;
  try {
    pool = (await connection.getNativeClient()) as Pool;
  } catch (error) {
    throw new Refusal('config-failed', {
      what: 'This configuration brings a ready database connection, which can’t be pointed elsewhere.',
      why: 'driverOptions holds a Kysely dialect or instance.',
      next: ['Let the configuration name the database with dbName, so that a copy can be used.'],
      cause: error,
    });
  }
  const { options, Client } = pool;
  // A pool hides these from whoever lists its options (pg-pool, index.js).
  const { password, ssl } = options;
  return {
    Client,
    options: {
      ...options,
      ...(password !== undefined && { password }),
      ...(ssl !== undefined && { ssl }),
    },
  };
}

/** The same access to another database of the server. */
export function toDatabase({ options, Client }: Access, database: string): Access {
  return { Client, options: inDatabase(options, database) };
}

/** Options of the driver that point to another database; one named in a URL would win. */
export function inDatabase<T extends { readonly connectionString?: unknown }>(
  options: T,
  database: string,
): T & { readonly database: string } {
  const { connectionString } = options;
  if (typeof connectionString !== 'string') return { ...options, database };
  return { ...options, database, connectionString: urlOf(connectionString, database) };
}

/** A URL with the name of the database replaced. */
export function urlOf(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(database)}`;
  return changed.href;
}

/** Who reads must not hang behind somebody who alters a table, in milliseconds. */
const LOCK_MS = 10_000;

/** @throws what the server or the network says */
export async function openSession({ options, Client }: Access): Promise<Session> {
  const client = new Client({
    ...options,
    application_name: applicationName(),
    query_timeout: 0,
  });
  // One whose server side is ended tells so; the next query fails and says why.
  client.on('error', () => {});
  await client.connect();
  // Compiling pays for what takes minutes, which questions to the catalogue only look like.
  await client.query(`set lock_timeout = ${LOCK_MS}; set jit = off; ${WITHOUT_LIMITS}`);
  return {
    client,
    query: async <Row>(sql: string) => (await client.query(sql)).rows as Row[],
    close: () => client.end(),
  };
}

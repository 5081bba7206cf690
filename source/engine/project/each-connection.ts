/**
 * Every connection that a MikroORM connection sends through, whatever dialect or Kysely instance it
 * was made with: all SQL goes through Kysely's executor, so what that provides is changed.
 */

import type { SqlConnection } from './mikro-orm.ts';

export interface Query {
  readonly sql: string;
  readonly parameters?: readonly unknown[];
}
interface Result {
  readonly rows?: readonly unknown[];
  readonly numAffectedRows?: bigint;
}
export interface DatabaseConnection {
  executeQuery(query: Query, options?: unknown): Promise<Result>;
  streamQuery(query: Query, chunkSize?: number, options?: unknown): AsyncIterable<Result>;
}
interface Executor {
  provideConnection<T>(
    consumer: (connection: DatabaseConnection) => Promise<T>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<T>;
}

/** Watches over a wait for a connection, until there is one. */
export interface Waiting {
  /** Ends the wait. */
  readonly signal: AbortSignal;
  over(): void;
}

/**
 * Changes each connection once, before its first use. Must be called before one is opened.
 *
 * @param wait called whenever somebody asks for one; null where nobody watches
 */
export function eachConnection(
  connection: Pick<SqlConnection, 'getClient' | 'createKysely'>,
  change: (database: DatabaseConnection) => void,
  wait: () => Waiting | null = () => null,
): void {
  const changed = new WeakSet<object>();
  const changeOnce = (database: DatabaseConnection) => {
    if (!changed.has(database)) change(database);
    changed.add(database);
    return database;
  };
  const patchExecutor = () => {
    const executor = connection.getClient().getExecutor() as unknown as Executor;
    if (changed.has(executor)) return;
    changed.add(executor);
    const provide = executor.provideConnection.bind(executor);
    executor.provideConnection = (consumer, options) => {
      const waiting = wait();
      const given = (database: DatabaseConnection) => {
        waiting?.over();
        return consumer(changeOnce(database));
      };
      if (!waiting) return provide(given, options);
      return provide(given, { signal: waiting.signal, ...options }).finally(waiting.over);
    };
  };
  const create = connection.createKysely.bind(connection);
  connection.createKysely = () => {
    const created: unknown = create();
    return created instanceof Promise ? created.then(patchExecutor) : patchExecutor();
  };
}

/** The end of a whole transaction, in contrast to one of a savepoint. */
export function isRollback(sql: string): boolean {
  return /^\s*rollback(?:\s+(?:transaction|work))?\s*;?\s*$/i.test(sql);
}

/**
 * A rollback that fails counts as done: the database rolled back by itself, or the session is gone
 * and took the transaction along. Kysely gives a connection back only after a rollback that worked
 * (ControlledTransaction), so that whoever asks next would wait for ever.
 */
export function forgiveRollbacks(database: DatabaseConnection): void {
  const execute = database.executeQuery;
  database.executeQuery = async (query, options) => {
    try {
      return await execute.call(database, query, options);
    } catch (error) {
      if (isRollback(query.sql)) return { rows: [] };
      throw error;
    }
  };
}

/**
 * Sees every statement before it starts and after it ends, whoever sends it.
 *
 * MikroORM's own logger speaks only afterwards, without row counts, and not of `begin` and
 * `commit` in time. All its SQL goes through Kysely's executor, so the connection that the
 * executor provides is wrapped, whatever dialect or Kysely instance the user brought.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import type {
  Direction,
  StatementEnded,
  StatementError,
  StatementKind,
  StatementStarted,
} from '../protocol.ts';
import { SQL_LIMIT } from '../protocol.ts';
import type { RawQuery } from './dialects/dialect.ts';
import type { SqlConnection } from './mikro-orm.ts';

export interface Observer {
  /** False while Handrail looks for itself: only what a run sends is told, and counted. */
  watching(): boolean;
  started(statement: StatementStarted): void;
  ended(statement: StatementEnded): void;
  /** The revision that runs now, for attribution. */
  current(): { readonly revision: string | null; readonly direction: Direction | null };
  describeError(error: unknown): StatementError;
  /** Asked before and after every statement of a run that is measured; `query` is not observed. */
  readonly measure?: {
    before(sql: string, query: RawQuery): Promise<void>;
    after(statement: Measured, query: RawQuery): Promise<void>;
  };
}

/** A statement that ended. */
export interface Measured {
  readonly sql: string;
  readonly kind: StatementKind;
  /** Milliseconds. */
  readonly ms: number;
  readonly error: string | null;
  /** Rows that it changed, as the driver says; null if it does not. */
  readonly affected: number | null;
}

interface Query {
  readonly sql: string;
  readonly parameters?: readonly unknown[];
}
interface Result {
  readonly rows?: readonly unknown[];
  readonly numAffectedRows?: bigint;
}
interface DatabaseConnection {
  executeQuery(query: Query, options?: unknown): Promise<Result>;
  streamQuery(query: Query, chunkSize?: number, options?: unknown): AsyncIterable<Result>;
}
interface Executor {
  provideConnection<T>(
    consumer: (connection: DatabaseConnection) => Promise<T>,
    options?: unknown,
  ): Promise<T>;
}

const unobserved = new AsyncLocalStorage<true>();

/** What is sent meanwhile is Handrail's own, and not told. */
export function unseen<T>(work: () => Promise<T>): Promise<T> {
  return unobserved.run(true, work);
}

/** Must be called before the connection is opened. */
export function observe(connection: SqlConnection, observer: Observer): void {
  let seq = 0;
  const wrapped = new WeakSet<object>();

  const wrap = (database: DatabaseConnection): DatabaseConnection => {
    if (wrapped.has(database)) return database;
    wrapped.add(database);
    const { executeQuery, streamQuery } = database;

    database.executeQuery = async (query, options) => {
      if (!observer.watching() || unobserved.getStore())
        return executeQuery.call(database, query, options);
      const raw: RawQuery = async (sql) => {
        const { rows } = await executeQuery.call(database, { ...query, sql, parameters: [] });
        return (rows ?? []) as Record<string, unknown>[];
      };
      await observer.measure?.before(query.sql, raw);
      const began = performance.now();
      const measured = (outcome: Pick<Measured, 'error' | 'affected'>) =>
        observer.measure?.after(
          { sql: query.sql, kind: kindOf(query.sql), ms: performance.now() - began, ...outcome },
          raw,
        );
      const ended = start(query);
      // Lets the message leave the process before a synchronous driver blocks it.
      await new Promise(setImmediate);
      try {
        const result = await executeQuery.call(database, query, options);
        const { numAffectedRows } = result;
        const affected = numAffectedRows === undefined ? null : Number(numAffectedRows);
        ended({ rows: result.rows?.length ?? 0, affected });
        await measured({ error: null, affected });
        return result;
      } catch (error) {
        ended({ error });
        await measured({ error: observer.describeError(error).message, affected: null });
        throw error;
      }
    };

    database.streamQuery = async function* (query, chunkSize, options) {
      const ended = start(query);
      let rows = 0;
      try {
        for await (const chunk of streamQuery.call(database, query, chunkSize, options)) {
          rows += chunk.rows?.length ?? 0;
          yield chunk;
        }
        ended({ rows });
      } catch (error) {
        ended({ rows, error });
        throw error;
      }
    };
    return database;
  };

  const start = (query: Query) => {
    const id = ++seq;
    const began = performance.now();
    observer.started({
      seq: id,
      at: Date.now(),
      kind: kindOf(query.sql),
      sql: query.sql.slice(0, SQL_LIMIT),
      length: query.sql.length,
      parameters: (query.parameters ?? []).map(String),
      ...observer.current(),
    });
    return (end: { rows?: number; affected?: number | null; error?: unknown }) =>
      observer.ended({
        seq: id,
        ms: performance.now() - began,
        rows: end.rows ?? 0,
        affected: end.affected ?? null,
        error: end.error === undefined ? null : observer.describeError(end.error),
      });
  };

  const patchExecutor = () => {
    const executor = connection.getClient().getExecutor() as unknown as Executor;
    if (wrapped.has(executor)) return;
    wrapped.add(executor);
    const provide = executor.provideConnection.bind(executor);
    executor.provideConnection = (consumer, options) =>
      provide((database) => consumer(wrap(database)), options);
  };

  const create = connection.createKysely.bind(connection);
  connection.createKysely = () => {
    const created: unknown = create();
    return created instanceof Promise ? created.then(patchExecutor) : patchExecutor();
  };
}

function kindOf(sql: string): StatementKind {
  const word = /^\s*(begin|start transaction|commit|rollback|savepoint|release)\b/i.exec(sql)?.[1];
  switch (word?.toLowerCase()) {
    case 'begin':
    case 'start transaction':
      return 'begin';
    case 'commit':
      return 'commit';
    case 'rollback':
      return 'rollback';
    case 'savepoint':
      return 'savepoint';
    case 'release':
      return 'release';
    default:
      return 'sql';
  }
}

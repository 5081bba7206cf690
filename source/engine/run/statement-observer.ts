/**
 * Sees every statement before it starts and after it ends, whoever sends it.
 *
 * MikroORM's own logger speaks only afterwards, without row counts, and not of `begin` and
 * `commit` in time. So the connections themselves are wrapped.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import type { Direction } from '../../contract/direction.ts';
import type {
  StatementEnded,
  StatementError,
  StatementKind,
  StatementStarted,
} from '../../contract/statement.ts';
import { SQL_LIMIT } from '../../contract/statement.ts';
import type { RawQuery } from '../databases/raw-query.ts';
import {
  type DatabaseConnection,
  eachConnection,
  forgiveRollbacks,
  isRollback,
  type Query,
} from '../project/each-connection.ts';
import type { SqlConnection } from '../project/mikro-orm.ts';
import { EndlessWaits } from './endless-wait.ts';

export interface Observer {
  /** False while Handrail looks for itself: only what a run sends is told, and counted. */
  watching(): boolean;
  started(statement: StatementStarted): void;
  /** @param thrown null unless it failed */
  ended(statement: StatementEnded, of: StatementStarted, thrown: unknown): void;
  /** Awaited now and then before one is sent: resolves when what was told before was taken up. */
  taken(): Promise<void>;
  /** Why nothing more may be sent but what rolls back; null while it may. */
  stopped(): Error | null;
  /** The database rolled the transaction back by itself, because of `error`. */
  transactionLost(error: unknown): void;
  /** Whether that is so; asked when a statement failed in one. */
  hasLostTransaction(query: RawQuery): Promise<boolean>;
  /** The revision that sends a statement, for attribution. */
  current(sql: string): { readonly revision: string | null; readonly direction: Direction | null };
  describeError(error: unknown): StatementError;
  /** What is sent in place of a statement that failed; null where nothing is. */
  instead?(sql: string, error: unknown): string | null;
  /** A transaction began, or is about to be committed, which it is not if this throws. */
  began?(query: RawQuery): Promise<void>;
  committing?(): Promise<void>;
  transactionEnded?(): void;
  /** Asked before and after every statement of a run that is measured; `query` is not observed. */
  readonly measure?: {
    before(sql: string, query: RawQuery): Promise<void>;
    after(statement: Measured, query: RawQuery): Promise<void>;
  };
}

/** A statement that ended. */
interface Measured {
  readonly sql: string;
  readonly kind: StatementKind;
  /** Milliseconds. */
  readonly ms: number;
  readonly error: string | null;
  /** Rows that it changed, as the driver says; null if it does not. */
  readonly affected: number | null;
}

/** Statements that may be told before anybody has taken them up. */
const TAKEN_EVERY = 1_000;

const unobserved = new AsyncLocalStorage<true>();

/** What is sent meanwhile is Handrail's own, and not told. */
export function unseen<T>(work: () => Promise<T>): Promise<T> {
  return unobserved.run(true, work);
}

/** Must be called before the connection is opened. */
export function observe(connection: SqlConnection, observer: Observer): void {
  let seq = 0;
  const waits = new EndlessWaits();

  const wrap = (database: DatabaseConnection): void => {
    const { executeQuery, streamQuery } = database;
    let inTransaction = false;
    const over = () => {
      waits.ended();
      if (inTransaction) observer.transactionEnded?.();
      inTransaction = false;
    };
    const begun = async (raw: RawQuery) => {
      try {
        await observer.began?.(raw);
      } catch (error) {
        // Whoever began it does not know that it is open.
        await raw('rollback');
        inTransaction = false;
        throw error;
      }
    };

    const send = async (query: Query, options: unknown) => {
      try {
        return await executeQuery.call(database, query, options);
      } catch (error) {
        const sql = observer.instead?.(query.sql, error) ?? null;
        if (sql === null) throw error;
        return executeQuery.call(database, { ...query, sql }, options);
      }
    };
    const execute = async (query: Query, options: unknown) => {
      const kind = kindOf(query.sql);
      const stopped = observer.stopped();
      if (stopped && kind !== 'rollback') throw stopped;
      const raw: RawQuery = async <Row>(sql: string) => {
        const { rows } = await executeQuery.call(database, { ...query, sql, parameters: [] });
        return (rows ?? []) as Row[];
      };
      await observer.measure?.before(query.sql, raw);
      if (kind === 'commit') await observer.committing?.();
      const began = performance.now();
      const measured = (outcome: Pick<Measured, 'error' | 'affected'>) =>
        observer.measure?.after(
          { sql: query.sql, kind, ms: performance.now() - began, ...outcome },
          raw,
        );
      const ended = start(query);
      // Lets the message leave the process before a synchronous driver blocks it.
      await new Promise(setImmediate);
      if (seq % TAKEN_EVERY === 0) await observer.taken();
      try {
        const result = await send(query, options);
        if (kind === 'begin') {
          inTransaction = true;
          waits.began();
        }
        if (kind === 'commit' || isRollback(query.sql)) over();
        const { numAffectedRows } = result;
        const affected = numAffectedRows === undefined ? null : Number(numAffectedRows);
        ended({ rows: result.rows?.length ?? 0, affected });
        await measured({ error: null, affected });
        if (kind === 'begin') await begun(raw);
        return result;
      } catch (error) {
        ended({ thrown: error });
        if (isRollback(query.sql)) over();
        await measured({ error: observer.describeError(error).message, affected: null });
        if (inTransaction && kind !== 'rollback' && (await observer.hasLostTransaction(raw))) {
          over();
          observer.transactionLost(error);
        }
        throw error;
      }
    };

    database.executeQuery = (query, options) =>
      observer.watching() && !unobserved.getStore()
        ? waits.while(() => execute(query, options))
        : executeQuery.call(database, query, options);

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
        ended({ rows, thrown: error });
        throw error;
      }
    };
  };

  const start = (query: Query) => {
    const began = performance.now();
    const statement: StatementStarted = {
      seq: ++seq,
      at: Date.now(),
      kind: kindOf(query.sql),
      sql: query.sql.slice(0, SQL_LIMIT),
      length: query.sql.length,
      parameters: (query.parameters ?? []).map(String),
      ...observer.current(query.sql),
    };
    observer.started(statement);
    return (end: { rows?: number; affected?: number | null; thrown?: unknown }) =>
      observer.ended(
        {
          seq: statement.seq,
          ms: performance.now() - began,
          rows: end.rows ?? 0,
          affected: end.affected ?? null,
          error: end.thrown === undefined ? null : observer.describeError(end.thrown),
        },
        statement,
        end.thrown ?? null,
      );
  };

  eachConnection(
    connection,
    (database) => {
      wrap(database);
      // Around what tells of them, so that a rollback that failed is told as such.
      forgiveRollbacks(database);
    },
    () => (observer.watching() ? waits.watch() : null),
  );
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

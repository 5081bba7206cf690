/**
 * One run per PostgreSQL database at a time: an advisory lock of a session that does nothing else.
 * https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
 *
 * The server frees it when the session ends, which is when the process does. But a statement that
 * the process had sent goes on until the server next looks at the connection: whoever looks for the
 * lock ends sessions of processes that are gone.
 */

import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../../../util/error-message.ts';
import { isAlive } from '../../../../util/process.ts';
import type { SqlConnection } from '../../../project/mikro-orm.ts';
import { Refusal } from '../../../refusal.ts';
import { unseen } from '../../../run/statement-observer.ts';
import type { RunLock } from '../../connection.ts';
import { literal } from '../parser/sql.ts';
import { WITHOUT_LIMITS } from './limits.ts';

/** The two halves of the key, the same for every Handrail; advisory locks are of one database. */
const KEY = [0x68_61_6e_64, 0x72_61_69_6c] as const;
/** The second half of what the transactions of a run hold. */
const IN_TRANSACTION = 0x72_61_69_6d;

/** How long the server may take to say who holds the lock, before it counts as lost. */
const ANSWER_MS = 10_000;
/** Networks forget connections that are silent for long; in seconds. */
const KEEPALIVE = `select set_config('tcp_keepalives_idle', '30', false)`;

/** PostgreSQL cuts longer names (https://www.postgresql.org/docs/current/runtime-config-logging.html). */
const NAME_BYTES = 63;

/** What the sessions of this process are called, so that others can tell whose they are. */
export function applicationName(): string {
  return `handrail ${process.pid} ${hostname()}`.slice(0, NAME_BYTES);
}

interface Session {
  readonly backend: number;
  readonly name: string;
  /** When it did something last: the holder of the lock does nothing after it has it. */
  readonly since: string | null;
}

/** Of which process a session is; null for one that is not Handrail's. */
function ownerOf(name: string): { readonly pid: number; readonly host: string } | null {
  const [, pid, host] = /^handrail (\d+) (.+)$/.exec(name) ?? [];
  return host === undefined ? null : { pid: Number(pid), host };
}

export function postgresqlLock(connection: SqlConnection, database: string): RunLock {
  let letGo: (() => void) | null = null;
  /** The server's process of the session that holds the lock. */
  let holdingPid: number | null = null;

  const sessions = async (condition: string): Promise<readonly Session[]> => {
    if (!(await connection.isConnected())) await connection.connect({ skipOnConnect: true });
    return connection.execute<Session[]>(
      `select distinct a.pid as backend, a.application_name as name,
          to_char(a.state_change at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as since
        from pg_stat_activity a left join pg_locks l on l.pid = a.pid and l.locktype = 'advisory'
        where a.datname = current_database() and a.pid <> pg_backend_pid() and ${condition}`,
      [],
      'all',
    );
  };
  const holding = `l.granted and l.classid = ${KEY[0]} and l.objsubid = 2
    and l.objid in (${KEY[1]}, ${IN_TRANSACTION})`;

  const endSession = ({ backend }: Session) =>
    connection.execute(`select pg_terminate_backend(${backend}, ${TERMINATE_MS})`);

  const endOrphans = async (): Promise<void> => {
    // Machines may have the same name, and their processes are not this one's to judge.
    const found = await sessions(
      `a.application_name like 'handrail %' and a.client_addr is not distinct from inet_client_addr()`,
    );
    for (const session of found) {
      const owner = ownerOf(session.name);
      if (!owner || owner.host !== nameOfHost() || isAlive(owner.pid)) continue;
      // Waits until it is gone, so that what it did is rolled back before anybody looks.
      await endSession(session);
    }
  };

  return {
    async tryAcquire() {
      if (letGo) return true;
      await endOrphans();
      const { promise: released, resolve } = Promise.withResolvers<void>();
      const { promise: answer, resolve: tell, reject } = Promise.withResolvers<boolean>();
      if (!(await connection.isConnected())) await connection.connect({ skipOnConnect: true });
      // Kept out of the pool for as long as it holds the lock.
      connection
        .getClient()
        .connection()
        .execute(async (session) => {
          const query = (sql: string) =>
            connection.execute<Record<string, unknown>[]>(sql, [], 'all', session as never);
          const [row] = await query(
            `select pg_try_advisory_lock(${KEY[0]}, ${KEY[1]}) as taken, pg_backend_pid() as pid`,
          );
          // The transaction of a run that lost its lock may still go on.
          const [other] = await query(
            `select 1 from pg_locks l where l.locktype = 'advisory' and l.pid <> pg_backend_pid()
              and l.database = (select oid from pg_database where datname = current_database())
              and ${holding}`,
          );
          const taken = row?.taken === true && other === undefined;
          if (row?.taken === true && !taken) {
            await query(`select pg_advisory_unlock(${KEY[0]}, ${KEY[1]})`);
          }
          if (taken) {
            // It does nothing for as long as the run lasts, which is no reason to end it.
            await query(WITHOUT_LIMITS);
            await query(KEEPALIVE);
            holdingPid = Number(row?.pid);
          }
          tell(taken);
          if (taken) await released;
        })
        .catch((error: unknown) =>
          reject(error instanceof Refusal ? error : unusable(database, error)),
        );
      const taken = await answer;
      if (taken) letGo = resolve;
      return taken;
    },

    async stillHeld() {
      if (!letGo || holdingPid === null) return false;
      const held = unseen(() =>
        connection.execute<unknown[]>(
          `select 1 from pg_locks l where l.locktype = 'advisory' and l.pid = ${holdingPid}
            and ${holding}`,
          [],
          'all',
        ),
      ).then(
        (rows) => rows.length > 0,
        () => false,
      );
      return Promise.race([held, sleep(ANSWER_MS, false, { ref: false })]);
    },

    async lockTransaction(query) {
      const [row] = await query(
        `select pg_try_advisory_xact_lock(${KEY[0]}, ${IN_TRANSACTION}) as taken`,
      );
      return row?.taken === true;
    },

    async holder() {
      const [session] = await sessions(holding);
      if (!session) return null;
      const { backend, name, since } = session;
      const owner = ownerOf(name) ?? { pid: backend, host: null };
      return { ...owner, application: name, since };
    },

    async held() {
      if (letGo) return true;
      await endOrphans();
      return (await sessions(holding)).length > 0;
    },

    async endLost() {
      const own = `a.application_name = ${literal(applicationName())}`;
      for (const session of await sessions(`${own} and a.xact_start is not null`)) {
        await endSession(session);
      }
    },

    release() {
      letGo?.();
      letGo = null;
    },
  };
}

/** How long to wait for a session to end, in milliseconds; it has to roll back. */
const TERMINATE_MS = 10_000;

function nameOfHost(): string {
  return ownerOf(applicationName())?.host ?? '';
}

function unusable(database: string, error: unknown): Refusal {
  return new Refusal('database-unreachable', {
    what: `No run could begin on ${database}: its lock can’t be taken.`,
    why: messageOf(error),
    next: ['Check that the server runs, and that the user may connect to it.'],
    cause: error,
  });
}

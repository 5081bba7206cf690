/**
 * One run per SQLite database at a time, whoever starts it.
 *
 * SQLite has no advisory locks, so a small database beside the target is held in a write
 * transaction for as long as the run lasts. The operating system frees it when the process ends,
 * however it ends; a lock file with a pid in it would go stale. It lies beside the target, not in
 * a temporary folder, so that every user and container that can write the target meets the same
 * lock. It holds one row, the holder, committed before the lock is taken for good so that others
 * can read it meanwhile. The file is removed after the run; one left by a crash does no harm.
 */

import { randomUUID } from 'node:crypto';
import { existsSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { LockHolder } from '../../../../contract/run.ts';
import { messageOf } from '../../../../util/error-message.ts';
import { Refusal } from '../../../refusal.ts';
import type { RunLock } from '../../connection.ts';

const SCHEMA = `drop table if exists holder; create table holder (
  token text not null,
  pid integer not null,
  host text not null,
  since text not null
)`;

/**
 * A process that lets go removes the file, and whoever has it open then may see any error: both
 * use a rollback journal of the same name. So an error is only believed when it comes again.
 */
const ATTEMPTS = 5;
const PAUSE_MS = 20;

/** How long to wait for another process that only writes its name, in milliseconds. */
const BUSY_MS = 50;

export function sqliteLock(databasePath: string) {
  const path = `${databasePath}.handrail-lock`;
  const existing = pathToFileURL(path);
  existing.searchParams.set('mode', 'rw');
  let held: DatabaseSync | null = null;
  let inode: number | null = null;

  const readHolder = (): (LockHolder & { token: string }) | null => {
    if (!existsSync(path)) return null;
    let lock: DatabaseSync | null = null;
    try {
      lock = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS });
      const row = lock.prepare('select token, pid, host, since from holder').get();
      return row ? (row as unknown as LockHolder & { token: string }) : null;
    } catch {
      return null;
    } finally {
      lock?.close();
    }
  };

  const open = (): DatabaseSync => {
    try {
      return new DatabaseSync(path, { timeout: BUSY_MS });
    } catch (error) {
      throw unusable(error);
    }
  };
  const unusable = (error: unknown) =>
    new Refusal('database-unreachable', {
      what: `${path} can't be used, so nothing was run.`,
      why: `It keeps two runs on one database apart. ${messageOf(error)}`,
      next: ['Check that the folder of the database exists and can be written.'],
      cause: error,
    });

  /** Null after an error that is not about who holds the lock. */
  const tryOnce = (last: boolean): boolean | null => {
    const token = randomUUID();
    const lock = open();
    try {
      lock.exec('begin immediate');
      lock.exec(SCHEMA);
      lock
        .prepare('insert into holder values (?, ?, ?, ?)')
        .run(token, process.pid, hostname(), new Date().toISOString());
      lock.exec('commit');
      lock.exec('begin immediate');
      // Read anew by its path: between the two transactions another process may have come in,
      // and may even have removed the file, so that this lock would be on a file nobody sees.
      if (readHolder()?.token !== token) {
        lock.close();
        return false;
      }
      held = lock;
      inode = inodeOf(path);
      return true;
    } catch (error) {
      lock.close();
      if (isBusy(error)) return false;
      if (last) throw unusable(error);
      return null;
    }
  };

  return {
    tryAcquire(): boolean {
      if (held) return true;
      for (let attempt = 1; ; attempt++) {
        const acquired = tryOnce(attempt === ATTEMPTS);
        if (acquired !== null) return acquired;
        pause();
      }
    },

    holder(): LockHolder | null {
      const row = readHolder();
      return row && { pid: row.pid, host: row.host, application: null, since: row.since };
    },

    // Who removes the file lets another run in.
    stillHeld: () => held !== null && inodeOf(path) === inode,

    // The lock is a file's, and lasts as long as the process.
    lockTransaction: async () => true,

    held(): boolean {
      if (held) return true;
      if (!existsSync(path)) return false;
      let lock: DatabaseSync | null = null;
      try {
        lock = new DatabaseSync(existing, { timeout: 0 });
        lock.exec('begin immediate');
        // Left by a process that was killed.
        rmSync(path, { force: true });
        return false;
      } catch (error) {
        return isBusy(error);
      } finally {
        lock?.close();
      }
    },

    endLost: null,

    release() {
      if (!held) return;
      // Removed while it is still held: see tryAcquire for who notices.
      rmSync(path, { force: true });
      held.close();
      held = null;
    },
  } satisfies RunLock;
}

function inodeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? null;
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}

/** https://sqlite.org/rescode.html */
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
/** The file was removed or replaced after it was opened: its holder has just let go. */
const SQLITE_READONLY_DBMOVED = 1032;

function isBusy(error: unknown): boolean {
  if (!(error instanceof Error && 'errcode' in error)) return false;
  const code = Number(error.errcode);
  return [SQLITE_BUSY, SQLITE_LOCKED].includes(code & 0xff) || code === SQLITE_READONLY_DBMOVED;
}

/**
 * Backups of whole files, by SQLite's online backup: page by page in one read transaction, so that
 * it is exact and one state, also while others write and with a WAL. (`vacuum into` would write
 * other pages, and may give rows without a key of their own other rowids.)
 *
 * It is put back the same way: all pages in one write transaction of the target, which whoever has
 * that open sees all of or nothing of, and which a crash rolls back.
 */

import { closeSync, fsyncSync, openSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { backup as copyPages, DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Backup,
  type BackupContent,
  type Restored,
  type RestoredTable,
  tableName,
} from '../../../../contract/backup.ts';
import { messageOf } from '../../../../util/error-message.ts';
import { Refusal } from '../../../refusal.ts';
import type { BackupPlace, RestoreSite } from '../../backups.ts';
import { quoted, readSchema } from '../catalogue/schema.ts';

const FILE = 'database.db';

/** All pages in one step: others then can't come between two of them. */
const ALL_PAGES = 2 ** 31 - 1;

/** How often, and after how many milliseconds, a file that others use is tried again. */
const ATTEMPTS = 50;
const PAUSE_MS = 100;

export async function backUp({ location, folder, table }: BackupPlace): Promise<BackupContent> {
  const path = join(folder, FILE);
  checkRoom(location.key, folder);
  // SQLite would make it readable by everybody.
  closeSync(openSync(path, 'wx', 0o600));
  const source = new DatabaseSync(location.key, { readOnly: true, timeout: ATTEMPTS * PAUSE_MS });
  try {
    await copyPages(source, path, { rate: ALL_PAGES });
  } finally {
    source.close();
  }
  settle(path);
  return { kind: 'file', bytes: statSync(path).size, tables: tablesIn(path, table) };
}

/** Without a log beside it, and on disk. */
function settle(path: string): void {
  const database = new DatabaseSync(path);
  try {
    database.exec('pragma journal_mode = delete');
  } finally {
    database.close();
  }
  const file = openSync(path, 'r+');
  fsyncSync(file);
  closeSync(file);
}

function checkRoom(path: string, folder: string): void {
  const size = statSync(path).size;
  const { bavail, bsize } = statfsSync(folder);
  const free = Number(bavail) * Number(bsize);
  if (free >= size) return;
  throw new Error(`It needs ${size} bytes in ${dirname(folder)}, and ${free} are free.`);
}

function tablesIn(path: string, record: string): BackupContent['tables'] {
  const database = new DatabaseSync(path, { readOnly: true, timeout: ATTEMPTS * PAUSE_MS });
  try {
    return readSchema(database, record)
      .tables.filter(({ virtual }) => !virtual)
      .map(({ name }) => {
        const row = database.prepare(`select count(*) as n from ${quoted(name)}`).get();
        return { schema: null, name, rows: Number(row?.n ?? 0), columns: [], file: null };
      });
  } finally {
    database.close();
  }
}

export async function planRestore(
  site: RestoreSite,
  backup: Backup,
): Promise<{ readonly tables: readonly RestoredTable[]; readonly into: null }> {
  if (site.aside) {
    throw new Refusal('usage', {
      what: 'A SQLite backup is a whole database, and is not put beside the tables of another one.',
      why: 'The file is one by itself.',
      next: [`Open it as it is: ${join(site.folder, FILE)}`],
    });
  }
  const exists = statSync(site.location.key, { throwIfNoEntry: false }) !== undefined;
  const now = exists ? tablesIn(site.location.key, site.table) : [];
  return { tables: besideEachOther(now, backup.tables), into: null };
}

function besideEachOther(
  now: BackupContent['tables'],
  kept: BackupContent['tables'],
): readonly RestoredTable[] {
  const rowsOf = (tables: BackupContent['tables'], name: string) =>
    tables.find((table) => tableName(table) === name)?.rows ?? null;
  const names = new Set([...kept, ...now].map(tableName));
  return [...names]
    .toSorted()
    .map((name) => ({ name, now: rowsOf(now, name), kept: rowsOf(kept, name) }));
}

export async function restore(
  site: RestoreSite,
  { tables }: Backup,
  keep: (() => Promise<Backup>) | null,
): Promise<Restored> {
  const path = site.location.key;
  const watch = keep && new DatabaseSync(path, { readOnly: true, timeout: ATTEMPTS * PAUSE_MS });
  const now = keep ? tablesIn(path, site.table) : [];
  try {
    const version = watch && versionOf(watch);
    const saved = keep && (await keep());
    const source = new DatabaseSync(join(site.folder, FILE), { readOnly: true });
    try {
      for (let attempt = 1; ; attempt++) {
        if (watch && versionOf(watch) !== version) throw changed(site);
        try {
          await copyPages(source, path, { rate: ALL_PAGES });
          break;
        } catch (error) {
          if (attempt === ATTEMPTS || isReadOnly(error)) throw unusable(site, error);
          await sleep(PAUSE_MS);
        }
      }
    } finally {
      source.close();
    }
    const after = tablesIn(path, site.table);
    const differing = besideEachOther(after, tables).find((table) => table.now !== table.kept);
    if (differing) throw notThere(site, differing);
    return { tables: besideEachOther(now, tables), saved };
  } finally {
    watch?.close();
  }
}

/** Another number when another connection committed (https://sqlite.org/pragma.html#pragma_data_version). */
function versionOf(database: DatabaseSync): unknown {
  return database.prepare('pragma data_version').get()?.data_version;
}

/** https://sqlite.org/rescode.html#readonly */
function isReadOnly(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === 8;
}

function changed({ location }: RestoreSite): Refusal {
  return new Refusal('locked', {
    what: `${location.database} was changed while it was backed up, so it was left as it is.`,
    why: 'What was written meanwhile would be in no backup.',
    next: ['Stop the application, and restore again.'],
  });
}

function unusable({ location }: RestoreSite, error: unknown): Refusal {
  return new Refusal('locked', {
    what: `${location.database} could not be overwritten, and is as it was.`,
    why: isReadOnly(error)
      ? 'It may not be written, or has other page sizes than the backup while it has a WAL.'
      : `Another connection keeps it locked. ${messageOf(error)}`,
    next: ['Stop what has it open, and restore again.'],
    cause: error,
  });
}

function notThere({ location }: RestoreSite, { name, now, kept }: RestoredTable): Refusal {
  return new Refusal('backup-failed', {
    what: `After restoring, ${name} of ${location.database} has ${now ?? 'no'} rows, and not ${kept}.`,
    why: 'Somebody wrote to it right afterwards, or the file is not what it was.',
    next: ['Stop the application, and restore again. What was there before is among the backups.'],
  });
}

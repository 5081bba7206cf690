/** The folder of the journal: its owner's alone, as statements may carry data, and never for git. */

import { chmodSync, closeSync, mkdirSync, openSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Makes the folder and its `.gitignore`, unless they are there. */
export function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  restrict(folder, 0o700);
  unlessThere(() => writeFileSync(join(folder, '.gitignore'), '*\n', { flag: 'wx' }));
}

/** The same, with an empty file for the database. */
export function makeFolder(folder: string, databasePath: string): void {
  makePrivateFolder(folder);
  // SQLite would make it readable by everybody, and its log files with the same permissions.
  unlessThere(() => closeSync(openSync(databasePath, 'wx', 0o600)));
}

/** For a database that was made with other permissions. */
export function restrictFile(path: string): void {
  restrict(path, 0o600);
}

function restrict(path: string, mode: number): void {
  if ((statSync(path).mode & 0o077) === 0) return;
  try {
    chmodSync(path, mode);
  } catch {
    // Somebody else's: it is theirs to decide who may read it.
  }
}

function unlessThere(make: () => void): void {
  try {
    make();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/**
 * Writing the project's files, and saying why one was not.
 *
 * Files that belong together are written together, also by a process that is killed meanwhile: what
 * is to be written stands in `.handrail` first, and the next start does what was not done of it.
 */

import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Reply } from '../contract/problem.ts';
import { makePrivateFolder } from '../journal/folder.ts';
import { isAlive } from '../util/process.ts';
import { HOST } from './temp-folders.ts';

/** Of one file: its text before and after. Null where there is none. */
export interface FileChange {
  /** Relative to the project. */
  readonly file: string;
  readonly before: string | null;
  readonly after: string | null;
  /** Permissions; the system's usual ones unless given. */
  readonly mode?: number;
}

/**
 * All of it or nothing: a half-written file must not be found by anybody.
 *
 * @param mode permissions; the system's usual ones unless given
 */
export function replaceFile(path: string, text: string, mode?: number): void {
  const temporary = temporaryOf(path, process.pid);
  try {
    writeFileSync(temporary, text, { flag: 'wx', ...(mode !== undefined && { mode }) });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function temporaryOf(path: string, pid: number): string {
  return `${path}.handrail-${pid}`;
}

/**
 * Makes all changes or none, whatever happens meanwhile.
 *
 * @throws when one could not be made; then the files are as they were
 */
export function changeFiles(root: string, changes: readonly FileChange[]): void {
  const intent = intentOf(root, process.pid);
  keepIntent(root, intent, changes);
  const made: FileChange[] = [];
  try {
    for (const change of changes) {
      if (change.before === null && existsSync(join(root, change.file))) {
        throw new Error(`${change.file} is there already.`);
      }
      put(root, change, change.after);
      made.push(change);
    }
  } catch (error) {
    for (const change of made) put(root, change, change.before);
    throw error;
  } finally {
    rmSync(intent, { force: true });
  }
}

function put(root: string, { file, mode }: FileChange, text: string | null): void {
  const path = join(root, file);
  if (text === null) {
    rmSync(path, { force: true });
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  replaceFile(path, text, mode);
}

function intentOf(root: string, pid: number): string {
  return join(root, '.handrail', `writing-${HOST}-${pid}.json`);
}

/** Where nothing can be kept, files are written all the same. */
function keepIntent(root: string, intent: string, changes: readonly FileChange[]): void {
  try {
    makePrivateFolder(join(root, '.handrail'));
    replaceFile(intent, JSON.stringify(changes), 0o600);
  } catch {
    // A crash may then leave a part of them.
  }
}

/** Does what processes of this host left undone which were killed. */
export function finishChanges(root: string): void {
  const folder = join(root, '.handrail');
  for (const name of namesIn(folder)) {
    const pid = ownerOf(name);
    if (pid === null || isAlive(pid)) continue;
    const path = join(folder, name);
    try {
      if (name.endsWith('.json')) finish(root, JSON.parse(readFileSync(path, 'utf8')));
      rmSync(path, { force: true });
    } catch {
      // The files can't be written now; the next start tries again.
    }
  }
}

function ownerOf(name: string): number | null {
  const start = `writing-${HOST}-`;
  if (!name.startsWith(start)) return null;
  const pid = /^(\d+)\.json(\.handrail-\d+)?$/.exec(name.slice(start.length))?.[1];
  return pid === undefined ? null : Number(pid);
}

function finish(root: string, changes: readonly FileChange[]): void {
  for (const { file } of changes) removeTemporaries(join(root, file));
  const now = new Map(changes.map((change) => [change, textOf(join(root, change.file))]));
  // Somebody went on with one of them since: it is theirs.
  if (changes.some((change) => ![change.before, change.after].includes(now.get(change) ?? null))) {
    return;
  }
  for (const change of changes) {
    if (now.get(change) !== change.after) put(root, change, change.after);
  }
}

/** Of the process that was killed, and of those that were killed while they finished its work. */
function removeTemporaries(path: string): void {
  const folder = dirname(path);
  for (const name of namesIn(folder)) {
    const pid = Number(/\.handrail-(\d+)$/.exec(name)?.[1]);
    const temporary = join(folder, name);
    if (temporary === temporaryOf(path, pid) && !isAlive(pid)) rmSync(temporary, { force: true });
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Null if there is no such file. */
export function textOf(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}

/** sha256, hex. */
export function hashOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** sha256, hex; null if it can't be read. */
export function hashOfFile(path: string): string | null {
  try {
    return hashOf(readFileSync(path));
  } catch {
    return null;
  }
}

/** The files are not as they have to be. */
export function refuseFile(what: string, why: string): Reply<never> {
  return { ok: false, problem: { code: 'plan-outdated', what, why, next: [], detail: null } };
}

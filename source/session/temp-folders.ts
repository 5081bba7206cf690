/** Folders for throwaway databases: made, removed, and found again after a crash. */

import { mkdtempSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Problem, Reply } from '../contract/problem.ts';
import { isAlive } from '../util/process.ts';

const PREFIX = 'handrail-throwaway';

/** Another host or container may share the folder, and its processes can't be seen from here. */
export const HOST = hostname().replaceAll(/[^\w.]/g, '_');

/** @param folder the setting `throwawayFolder`; null is the system's folder for such things */
export function workspaceParent(root: string, folder: string | null): string {
  return folder === null ? tmpdir() : resolve(root, folder);
}

/**
 * A new folder that only this user can read, named after this process.
 *
 * @throws if it can't be made
 */
export function makeWorkspace(parent: string): string {
  return mkdtempSync(join(parent, `${PREFIX}-${HOST}-${process.pid}-`));
}

/** Gives `work` a workspace, and removes it whatever becomes of that. */
export async function inWorkspace<T>(
  parent: string,
  work: (path: string) => Promise<Reply<T>>,
): Promise<Reply<T>> {
  let path: string;
  try {
    path = makeWorkspace(parent);
  } catch (error) {
    return { ok: false, problem: noWorkspace(parent, error) };
  }
  try {
    return await work(path);
  } finally {
    await removeWorkspace(path);
  }
}

export function noWorkspace(parent: string, error: unknown): Problem {
  return {
    code: 'no-room',
    what: `No folder for throwaway databases could be made in ${parent}.`,
    why: error instanceof Error ? error.message : String(error),
    next: ['Name another one with the setting throwawayFolder.'],
    detail: null,
  };
}

export async function removeWorkspace(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

/** Removes what processes of this host left that do not run any more. Returns what it removed. */
export async function removeLeftovers(parent: string): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const name of namesIn(parent)) {
    const pid = ownerOf(name);
    if (pid === null || isAlive(pid)) continue;
    const path = join(parent, name);
    // Somebody else's is theirs to remove.
    await removeWorkspace(path).then(
      () => removed.push(path),
      () => {},
    );
  }
  return removed;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function ownerOf(name: string): number | null {
  const start = `${PREFIX}-${HOST}-`;
  if (!name.startsWith(start)) return null;
  const pid = /^(\d+)-\w+$/.exec(name.slice(start.length))?.[1];
  return pid === undefined ? null : Number(pid);
}

/** Writing the project's files, and saying why one was not. */

import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Reply } from '../protocol.ts';

/**
 * All of it or nothing: a half-written file must not be found by anybody.
 *
 * @param mode permissions; the system's usual ones unless given
 */
export function replaceFile(path: string, text: string, mode?: number): void {
  const temporary = `${path}.handrail-${process.pid}`;
  try {
    writeFileSync(temporary, text, { flag: 'wx', ...(mode !== undefined && { mode }) });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
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

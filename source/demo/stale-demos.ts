/** What demos left whose server host was killed, too. */

import { lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../util/process.ts';
import { DEMO_PREFIX } from './sample.ts';
import { SERVER_HOST_FILE } from './server-host-file.ts';

/**
 * A server that still runs in such a folder misses its files within a minute, and ends by itself
 * (PostgreSQL's postmaster.c: it verifies once a minute that postmaster.pid has not been removed).
 */
export function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(DEMO_PREFIX)) continue;
    const folder = join(tmpdir(), name);
    if (isOurs(folder) && isAbandoned(folder)) {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    }
  }
}

function isOurs(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found?.isDirectory() === true && (!process.getuid || found.uid === process.getuid());
}

/** Without the file it was left on purpose, is just being made, or has no server host. */
function isAbandoned(folder: string): boolean {
  try {
    const host = Number(readFileSync(join(folder, SERVER_HOST_FILE), 'utf8'));
    return host > 0 && !isAlive(host);
  } catch {
    return false;
  }
}

/**
 * A folder in memory for the temporary files of a test run. Databases are made and dropped by the
 * thousand, and Linux takes a third of a second to make one on a disk where many files were removed
 * just before (`recently_deleted` in ext4's ialloc.c); in memory it takes a hundredth.
 */

import { accessSync, constants, readFileSync, statfsSync } from 'node:fs';

/** Where glibc expects a file system in memory (shm_open(3)). */
const MOUNT = '/dev/shm';

/** What a test run may need at one time, in bytes. */
const ENOUGH = 4_000_000_000;

/** @returns null where there is none, or none that is large enough and lets programs be run */
export function memoryFolder(): string | null {
  try {
    const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
    const mount = mounts.map((line) => line.split(' ')).find(([, path]) => path === MOUNT);
    if (mount?.[2] !== 'tmpfs' || mount[3]?.split(',').includes('noexec')) return null;
    accessSync(MOUNT, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(MOUNT);
    return bavail * bsize >= ENOUGH ? MOUNT : null;
  } catch {
    return null;
  }
}

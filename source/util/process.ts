/** Other processes of this machine. */

import { readFileSync } from 'node:fs';

/** Whether there is such a process, whoever's it is. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !hasEnded(pid);
  } catch (error) {
    // It is another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * Linux keeps the number of one that ended until its parent asks for it, which in a container may
 * be never (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: state).
 */
function hasEnded(pid: number): boolean {
  try {
    return /\) [ZX] [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Takes a lock and lets go of it, many times; prints how often it could, and what went wrong. */

import { sqliteLock } from '../../../source/engine/databases/sqlite/connection/lock.ts';

const [path = '', times = '0'] = process.argv.slice(2);
let taken = 0;
const errors = new Set<string>();
for (let round = 0; round < Number(times); round++) {
  const lock = sqliteLock(path);
  try {
    if (lock.tryAcquire()) taken++;
    lock.release();
  } catch (error) {
    errors.add(error instanceof Error ? error.message : String(error));
  }
}
console.log(JSON.stringify({ taken, errors: [...errors] }));

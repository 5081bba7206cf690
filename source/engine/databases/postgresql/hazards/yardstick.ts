/** How busy the machine is that rehearses, by a query whose work is known. */

import type { RawQuery } from '../../raw-query.ts';

const ROWS = 300_000;
/** What it takes on a server that is neither fast nor slow. */
const USUAL_MS = 60;
const TIMES = 3;

/** How many times as long as usual it takes, at best; at least 1. */
export async function slowdownOf(query: RawQuery): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let time = 0; time < TIMES; time++) {
    const began = performance.now();
    await query(`select count(*) from generate_series(1, ${ROWS})`);
    best = Math.min(best, performance.now() - began);
  }
  return Math.max(1, best / USUAL_MS);
}

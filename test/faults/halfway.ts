/** Statements that can be struck in their midst, with some rows changed and the others not. */

import type { Spelled } from '../kit/revisions.ts';

/** The account that such a statement has come to then. */
export const ROW = 25;

/** The advisory lock that it waits for there, if somebody holds it. */
export const LOCK = 7312;

/** The function in whose place the striker puts its own. */
export const FUNCTION = 'unicode';

/** 0, computed for each account. */
export const HALFWAY = {
  sqlite: `0 * ${FUNCTION}("id")`,
  postgresql: `case when "id" = ${ROW} and pg_advisory_lock_shared(${LOCK})::text is not null and pg_advisory_unlock_shared(${LOCK}) then 0 else 0 end`,
} satisfies Spelled;

export function hasHalfway(sql: string): boolean {
  return Object.values(HALFWAY).some((text) => sql.includes(text));
}

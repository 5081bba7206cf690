/** Limits that somebody set for all sessions: what runs keep of them, and what must exceed them. */

import type { Timeouts } from '../../../../contract/target.ts';
import { duration } from '../../../../text/format.ts';
import type { RawQuery } from '../../raw-query.ts';

/**
 * Of roles, databases and projects: a copy or a comparison of all rows takes long, and the session
 * that holds the lock of a run has nothing to do. Not each version of the server has each of them.
 */
export const WITHOUT_LIMITS = `select set_config(name, '0', false) from pg_settings
  where name in ('statement_timeout', 'transaction_timeout', 'idle_session_timeout',
    'idle_in_transaction_session_timeout')`;

/** Whoever waits for a lock keeps everybody else behind it waiting, too. */
const LOCK_MS = 5_000;

/** Tells a session of a run how long its statements may wait and take. */
export function limitsFor({ lock, statement }: Timeouts): readonly string[] {
  return [
    lock === null
      ? `select set_config('lock_timeout', '${LOCK_MS}', false)
          where current_setting('lock_timeout') = '0'`
      : `set lock_timeout = ${lock}`,
    ...(statement === null ? [] : [`set statement_timeout = ${statement}`]),
  ];
}

/** Which of them end the run although nobody told Handrail. */
export async function limitsOfRuns(
  query: RawQuery,
  { statement }: Timeouts,
): Promise<readonly string[]> {
  if (statement !== null) return [];
  const [row] = await query(
    `select setting from pg_settings where name = 'statement_timeout' and setting <> '0'`,
  );
  if (!row) return [];
  const limit = duration(Number(row.setting));
  return [
    `A statement that takes longer than ${limit} is ended: statement_timeout is set for the role, the database or the server. The setting statementTimeout of Handrail allows more.`,
  ];
}

/** Statements that ran, and those of the file. */

import type { RanStatement } from '../../contract/half-done.ts';
import { type LiteralPolicy, SQL_LIMIT, TRACED_SQL } from '../../contract/statement.ts';
import { withoutLiterals } from '../../text/literals.ts';

/**
 * Whether a statement that ran is one of the file: as far as the journal kept it, which is all of
 * it where the file is the same.
 */
export function isStatement(
  ran: RanStatement,
  now: string,
  { literals, unchanged }: { readonly literals: LiteralPolicy; readonly unchanged: boolean },
): boolean {
  const cut = now.length >= SQL_LIMIT;
  if (!cut && now.length !== ran.length) return false;
  const kept = [SQL_LIMIT, TRACED_SQL].map((limit) =>
    withoutLiterals(now.slice(0, limit), literals),
  );
  if (!kept.includes(ran.sql)) return false;
  return unchanged || (!cut && ran.sql === now);
}

/**
 * The first statement that ran and is not what the file says now, counted from 1; null if there is
 * none. One that failed, and the statements after it, may be others by now.
 */
export function firstOther(
  ran: readonly RanStatement[],
  now: readonly string[],
  how: Parameters<typeof isStatement>[2],
): number | null {
  for (const [index, statement] of ran.entries()) {
    const fate = statement.fate;
    if (fate === 'failed' || fate === 'undone') continue;
    const text = now[index];
    if (text === undefined || !isStatement(statement, text, how)) return index + 1;
  }
  return null;
}

/** Lays out long statements of a draft, so that a person can read what they are to approve. */

import { format } from 'sql-formatter';
import type { Dialect } from '../databases/dialect.ts';

/** Columns that a statement has in the draft's file without being hard to read. */
const LONG = 100;
/** Lines after the first stand further in than the call that they belong to. */
const INDENT = ' '.repeat(6);

/** The same statement on several lines, or as it was if it is short or its text must not change. */
export function laidOut(sql: string, { layout }: Pick<Dialect, 'layout'>): string {
  if (sql.length <= LONG || sql.includes('\n') || layout.keepsText(sql)) return sql;
  try {
    const text = format(sql, { language: layout.language, expressionWidth: LONG });
    if (withoutGaps(text) !== withoutGaps(sql)) return sql;
    return text.replaceAll('\n', `\n${INDENT}`);
  } catch {
    // It need not understand all that a database does.
    return sql;
  }
}

function withoutGaps(text: string): string {
  return text.replaceAll(/\s+/g, '');
}

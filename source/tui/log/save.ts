/** Writes the statements of a run to a file of SQL. */

import type { StatementRecord } from '../../contract/events.ts';
import type { ServerNotice } from '../../contract/statement.ts';
import { noticeWords } from '../../presentation/words.ts';
import { clock, duration, plural } from '../../text/format.ts';
import { shownSql } from '../../text/literals.ts';
import { printableLine } from '../../text/print.ts';
import type { StatementSource } from './source.ts';

/** Statements read at once. */
const PIECE = 1_000;

/** How many there were, in words. */
export async function writeStatements(
  source: StatementSource,
  add: (text: string) => Promise<void>,
): Promise<string> {
  const said = Map.groupBy(source.notices, ({ seq }) => seq);
  let next = 1;
  while (next <= source.total) {
    const piece = await source.read(next, PIECE);
    const last = piece.at(-1)?.seq;
    if (last === undefined) break;
    await add(piece.map((one) => textOf(one, said.get(one.seq) ?? [])).join(''));
    next = last + 1;
  }
  return plural(next - 1, 'statement');
}

function textOf(
  { at, sql, revision, direction, end }: StatementRecord,
  said: readonly ServerNotice[],
): string {
  const about = [clock(at), end ? duration(end.ms) : 'never ended'];
  if (revision) about.push(`${revision} ${direction ?? ''}`.trim());
  if (end?.error) about.push(`error: ${end.error.message}`);
  const text = shownSql(sql.trim());
  const notices = said.map((notice) => comment(noticeWords(notice))).join('');
  return `${comment(about.join('  '))}${text.endsWith(';') ? text : `${text};`}\n${notices}\n`;
}

/** On one line, whatever a server or a name says: the rest would be taken for SQL. */
function comment(text: string): string {
  return `-- ${printableLine(text)}\n`;
}

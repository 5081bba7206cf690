/** Writes the statements of a run to a file of SQL. */

import type { FileHandle } from 'node:fs/promises';
import type { StatementRecord } from '../../supervisor/events.ts';
import { clock, duration, plural } from '../../text/format.ts';
import type { StatementSource } from './source.ts';

/** Statements read at once. */
const PIECE = 1_000;

/** How many there were, in words. */
export async function writeStatements(source: StatementSource, file: FileHandle): Promise<string> {
  let next = 1;
  while (next <= source.total) {
    const piece = await source.read(next, PIECE);
    const last = piece.at(-1)?.seq;
    if (last === undefined) break;
    await file.write(piece.map(textOf).join(''));
    next = last + 1;
  }
  return plural(next - 1, 'statement');
}

function textOf({ at, sql, revision, direction, end }: StatementRecord): string {
  const about = [clock(at), end ? duration(end.ms) : 'never ended'];
  if (revision) about.push(`${revision} ${direction ?? ''}`.trim());
  if (end?.error) about.push(`error: ${end.error.message.replace(/\s+/g, ' ')}`);
  const text = sql.trim();
  return `-- ${about.join('  ')}\n${text.endsWith(';') ? text : `${text};`}\n\n`;
}

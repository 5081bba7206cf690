/** Writes the statements of a run to a file of SQL. */

import { open } from 'node:fs/promises';
import type { StatementRecord } from '../../supervisor/events.ts';
import { clock, duration } from '../../text/format.ts';
import type { StatementSource } from './source.ts';

/** Statements read at once. */
const PIECE = 1_000;

export type Saved =
  | { readonly state: 'saved'; readonly statements: number }
  /** There is such a file, and it was not to be overwritten. */
  | { readonly state: 'exists' }
  | { readonly state: 'failed'; readonly why: string };

/** Overwrites a file only when told to. */
export async function saveStatements(
  source: StatementSource,
  path: string,
  overwrite: boolean,
): Promise<Saved> {
  try {
    await using file = await open(path, overwrite ? 'w' : 'wx');
    let next = 1;
    while (next <= source.total) {
      const piece = await source.read(next, PIECE);
      const last = piece.at(-1)?.seq;
      if (last === undefined) break;
      await file.write(piece.map(textOf).join(''));
      next = last + 1;
    }
    return { state: 'saved', statements: next - 1 };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      return { state: 'exists' };
    }
    return { state: 'failed', why: error instanceof Error ? error.message : String(error) };
  }
}

function textOf({ at, sql, revision, direction, end }: StatementRecord): string {
  const about = [clock(at), end ? duration(end.ms) : 'never ended'];
  if (revision) about.push(`${revision} ${direction ?? ''}`.trim());
  if (end?.error) about.push(`error: ${end.error.message.replace(/\s+/g, ' ')}`);
  const text = sql.trim();
  return `-- ${about.join('  ')}\n${text.endsWith(';') ? text : `${text};`}\n\n`;
}

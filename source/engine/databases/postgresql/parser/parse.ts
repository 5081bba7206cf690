/** PostgreSQL's own parser, which is megabytes to load: only when somebody asks. */

import type { Node } from 'libpg-query';

/** The statements of a text; none if it can’t be parsed, which the server then says better. */
export async function parseSql(sql: string): Promise<readonly Node[]> {
  const { parse } = await import('libpg-query');
  try {
    const { stmts = [] } = await parse(sql);
    return stmts.flatMap(({ stmt }) => (stmt ? [stmt] : []));
  } catch {
    return [];
  }
}

/** The texts of the statements in one; the text itself if it can’t be parsed. */
export async function splitStatements(sql: string): Promise<readonly string[]> {
  const { parse } = await import('libpg-query');
  const bytes = Buffer.from(sql);
  try {
    const { stmts = [] } = await parse(sql);
    return stmts.map(({ stmt_location: from = 0, stmt_len: length }) =>
      bytes
        .subarray(from, length ? from + length : undefined)
        .toString()
        .trim(),
    );
  } catch {
    return [sql];
  }
}

/** A word, sign or literal of a text. */
export interface Token {
  readonly text: string;
  /** Offsets in the text as JavaScript counts; the parser counts bytes. */
  readonly start: number;
  readonly end: number;
}

/** None if it can’t be read. Comments are not among them. */
export async function tokensOf(sql: string): Promise<readonly Token[]> {
  const { scan } = await import('libpg-query');
  const bytes = Buffer.from(sql);
  const offset = (at: number) => bytes.subarray(0, at).toString().length;
  try {
    const { tokens } = await scan(sql);
    return tokens
      .filter(({ tokenName }) => !tokenName.endsWith('COMMENT'))
      .map(({ text, start, end }) => ({ text, start: offset(start), end: offset(end) }));
  } catch {
    return [];
  }
}

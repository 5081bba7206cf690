/** The text of `alter table`, taken apart so that one of the things that it does can be replaced. */

import { parseSql, tokensOf } from './parse.ts';
import { readStatement, type StatementFacts } from './statement.ts';

export interface AlterTable {
  /** `alter table only "s"."t"`, as it was written. */
  readonly head: string;
  /** `add column …`, `alter column … set not null`, in their order. */
  readonly commands: readonly {
    readonly text: string;
    readonly facts: readonly StatementFacts[];
  }[];
}

/** Null for another statement, or several. */
export async function readAlterTable(sql: string): Promise<AlterTable | null> {
  const [statement, ...more] = await parseSql(sql);
  if (!statement || more.length > 0 || !('AlterTableStmt' in statement)) return null;
  const { relation, cmds = [] } = statement.AlterTableStmt;
  const tokens = (await tokensOf(sql)).filter(({ text }) => text !== ';');
  const start = Buffer.from(sql)
    .subarray(0, relation?.location ?? 0)
    .toString().length;
  let at = tokens.findIndex((token) => token.start >= start);
  while (tokens[at + 1]?.text === '.') at += 2;
  if (tokens[at + 1]?.text === '*') at++;
  const head = sql.slice(tokens[0]?.start, tokens[at]?.end);
  const texts = splitAtCommas(sql, tokens.slice(at + 1));
  if (texts.length !== cmds.length) return null;
  const commands = await Promise.all(
    texts.map(async (text) => ({ text, facts: await readStatement(`${head} ${text}`) })),
  );
  return { head, commands };
}

function splitAtCommas(
  sql: string,
  tokens: readonly { readonly text: string; readonly start: number; readonly end: number }[],
): readonly string[] {
  const parts: { start: number; end: number }[] = [];
  let depth = 0;
  let current: { start: number; end: number } | null = null;
  for (const { text, start, end } of tokens) {
    if (text === '(' || text === '[') depth++;
    if (text === ')' || text === ']') depth--;
    if (text === ',' && depth === 0) {
      current = null;
    } else if (current) {
      current.end = end;
    } else {
      current = { start, end };
      parts.push(current);
    }
  }
  return parts.map(({ start, end }) => sql.slice(start, end));
}

/** The statement with other commands; null if none is left. */
export function alterTable({ head }: AlterTable, commands: readonly string[]): string | null {
  return commands.length === 0 ? null : `${head} ${commands.join(', ')}`;
}

/** The statements in the code of a `do` block, read with PostgreSQL's parser of PL/pgSQL. */

import type { DoStmt, FuncCall, Node } from 'libpg-query';
import { parseSql } from '../parser/parse.ts';

/** Stands in a composed text for what is only known when it runs; a name for the parser. */
export const ANY = 'handrail_any';

/** Whether something that was read of a composed text leaves names open. */
export function isOpen(read: object): boolean {
  return JSON.stringify(read).includes(ANY);
}

/** The statements of a block, as texts. */
export interface Block {
  /** Those that are written there. */
  readonly written: readonly string[];
  /** Those that it executes as texts, as far as these can be read. */
  readonly composed: readonly string[];
}

export async function readBlock({ args = [] }: DoStmt): Promise<Block> {
  const { parsePlPgSQL } = await import('libpg-query');
  const code = args.flatMap((each) =>
    'DefElem' in each && each.DefElem.defname === 'as' && each.DefElem.arg
      ? stringsOf([each.DefElem.arg])
      : [],
  );
  const [text = ''] = code;
  const tag = `$handrail${text.length}$`;
  try {
    const written = expressionsIn(await parsePlPgSQL(`do ${tag}${text}${tag}`));
    const executes = /\bexecute\b/i.test(text);
    const composed = executes ? await Promise.all(written.map(textsOf)) : [];
    return { written, composed: composed.flat() };
  } catch {
    // The server says what is wrong with it.
    return { written: [], composed: [] };
  }
}

/** What the blocks in a text compose. */
export async function composedIn(sql: string): Promise<readonly string[]> {
  const blocks = (await parseSql(sql)).flatMap((node) => ('DoStmt' in node ? node.DoStmt : []));
  return (await Promise.all(blocks.map(readBlock))).flatMap(({ composed }) => composed);
}

/** Whatever an expression of PL/pgSQL is for: a text may be put into a variable before it is executed. */
function expressionsIn(tree: unknown): readonly string[] {
  if (typeof tree !== 'object' || tree === null) return [];
  return Object.entries(tree).flatMap(([key, value]) => {
    const isExpression = key === 'PLpgSQL_expr' && typeof value?.query === 'string';
    return isExpression ? [value.query as string] : expressionsIn(value);
  });
}

/** What an expression or query gives, as far as it begins with a literal. */
async function textsOf(expression: string): Promise<readonly string[]> {
  const assigned = expression.replace(/^\s*[\w."[\]]+\s*:?=/, '');
  const [query] = [...(await parseSql(expression)), ...(await parseSql(`select ${assigned}`))];
  if (!query || !('SelectStmt' in query)) return [];
  return (query.SelectStmt.targetList ?? [])
    .flatMap((each) => ('ResTarget' in each && each.ResTarget.val ? [each.ResTarget.val] : []))
    .map(folded)
    .filter((text) => !text.startsWith(ANY));
}

/** The text of an expression, with `ANY` for what it takes from elsewhere. */
function folded(node: Node | undefined): string {
  if (!node) return ANY;
  if ('A_Const' in node) return node.A_Const.sval?.sval ?? String(node.A_Const.ival?.ival ?? ANY);
  if ('TypeCast' in node) return folded(node.TypeCast.arg);
  if ('A_Expr' in node) {
    const { name, lexpr, rexpr } = node.A_Expr;
    return stringsOf(name).join() === '||' ? folded(lexpr) + folded(rexpr) : ANY;
  }
  return 'FuncCall' in node ? called(node.FuncCall) : ANY;
}

function called({ funcname, args = [] }: FuncCall): string {
  const [first, ...more] = args;
  switch (stringsOf(funcname).at(-1)) {
    case 'format':
      return formatted(folded(first), more.map(folded));
    case 'concat':
      return args.map(folded).join('');
    case 'quote_ident':
    case 'string_agg':
      return folded(first);
    default:
      return ANY;
  }
}

/** https://www.postgresql.org/docs/current/functions-string.html#FUNCTIONS-STRING-FORMAT */
function formatted(format: string, args: readonly string[]): string {
  let next = 0;
  return format.replaceAll(/%(?:(\d+)\$)?-?\d*([sIL%])/g, (_, place: string | undefined, how) => {
    if (how === '%') return '%';
    if (place !== undefined) next = Number(place) - 1;
    const value = args[next++] ?? ANY;
    if (how === 'L') return `'${value.replaceAll("'", "''")}'`;
    return how === 'I' && /[^a-z\d_]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  });
}

function stringsOf(nodes: readonly Node[] | undefined): readonly string[] {
  return (nodes ?? []).flatMap((each) => ('String' in each ? (each.String.sval ?? '') : []));
}

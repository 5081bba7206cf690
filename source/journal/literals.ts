/**
 * Takes data out of SQL: MikroORM inlines parameters, so statements may carry what nobody wants in
 * a file. Reads the lexical forms of SQLite and PostgreSQL in one pass; whatever it can't read
 * stays a single token to the end, so nothing slips through as "not a literal".
 */

export type LiteralPolicy = 'cut' | 'none';

/** String literals longer than this are cut by the policy `cut`. */
const LONGEST = 64;

/**
 * In order: dollar quotes, strings (with their prefixes), quoted names, comments, numbers, words.
 * Every alternative either ends or runs to the end of the text, so the pass is linear.
 */
const TOKEN =
  /\$([A-Za-z_]\w*)?\$|[eE]'(?:[^'\\]|\\[\s\S]|'')*'?|(?:[xXbBnN]|[uU]&)?'(?:[^']|'')*'?|"(?:[^"]|"")*"?|`(?:[^`]|``)*`?|\[[^\]\n]*\]|--[^\n]*|\/\*|\b\d[\w.]*(?:(?<=[eE])[+-]\d+)?|[A-Za-z_]\w*/g;

export function withoutLiterals(sql: string, policy: LiteralPolicy): string {
  let result = '';
  let position = 0;
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(sql); match; match = TOKEN.exec(sql)) {
    const start = match.index;
    const end = endOf(sql, match[0], start);
    const token = sql.slice(start, end);
    result += sql.slice(position, start) + replace(token, policy);
    position = end;
    TOKEN.lastIndex = end;
  }
  return result + sql.slice(position);
}

/** Dollar quotes and nested comments are longer than a regular expression can tell. */
function endOf(sql: string, token: string, start: number): number {
  if (token.startsWith('$')) {
    const close = sql.indexOf(token, start + token.length);
    return close === -1 ? sql.length : close + token.length;
  }
  if (token !== '/*') return start + token.length;
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start;
  let depth = 0;
  for (let mark = marks.exec(sql); mark; mark = marks.exec(sql)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return sql.length;
}

function replace(token: string, policy: LiteralPolicy): string {
  const first = token[0] ?? '';
  if (token.startsWith('--') || token.startsWith('/*')) {
    return policy === 'none' ? '/* … */' : token;
  }
  if (first === '$' || /^(?:[xXbBnNeE]|[uU]&)?'/.test(token)) {
    if (policy === 'none') return "'…'";
    return token.length > LONGEST + 2
      ? `${token.slice(0, LONGEST)}…' /* ${token.length} characters */`
      : token;
  }
  if (policy === 'none' && /\d/.test(first)) return '?';
  return token;
}

/**
 * Messages quote data: `Key (email)=(ada@example.com) already exists`, `near "Ada"`. With the
 * policy `none` what stands in quotes or behind an equals sign goes.
 */
export function withoutQuotedData(message: string, policy: LiteralPolicy): string {
  if (policy === 'cut') return message;
  return message
    .replace(/=\s*\((?:[^()]|\([^()]*\))*\)/g, '=(…)')
    .replace(/"(?:[^"]|"")*"?|'(?:[^']|'')*'?/g, '"…"');
}

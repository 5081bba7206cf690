/**
 * Takes data out of SQL: MikroORM inlines parameters, so statements may carry what nobody wants in
 * a file.
 *
 * One pass over the lexical forms of SQLite and PostgreSQL together. Where the two differ, or the
 * text ends in the middle of a literal, the reading is chosen that takes out more.
 */

import type { LiteralPolicy } from '../contract/statement.ts';
import { redact, withoutSecrets } from './redact.ts';

/** Text within quotes that is longer than this is shortened to it by the policy `cut`. */
const LONGEST = 64;

export function withoutLiterals(sql: string, policy: LiteralPolicy): string {
  if (policy === 'none') return without(sql, policy);
  return without(withoutSecrets(shownSql(sql)), policy);
}

/** SQL as it is shown: without the passwords that it sets. */
export function shownSql(sql: string): string {
  return SECRET.test(sql) ? withoutPasswords(sql) : sql;
}

function without(sql: string, policy: LiteralPolicy): string {
  const token = { kind: 'other' as Kind, end: 0, brackets: 0 };
  let result = '';
  let kept = 0;
  for (let start = 0; start < sql.length; start = token.end) {
    token.end = read(sql, start, token);
    const replacement = replace(sql, start, token, policy);
    if (replacement === null) continue;
    result += sql.slice(kept, start) + replacement;
    kept = token.end;
  }
  return result + sql.slice(kept);
}

/** Shorter ones are not told apart from ordinary text. */
const TELLING = 3;

/** The values that a statement has as literals, the longest first, for what repeats them. */
export function literalsIn(sql: string): readonly string[] {
  const token = { kind: 'other' as Kind, end: 0, brackets: 0 };
  const found = new Set<string>();
  for (let start = 0; start < sql.length; start = token.end) {
    token.end = read(sql, start, token);
    const text = sql.slice(start, token.end);
    if (token.kind === 'number') found.add(text);
    if (token.kind === 'dollar') found.add(text.replace(/^\$\w*\$|\$\w*\$$/g, ''));
    if (token.kind === 'string') {
      const value = text.replace(/^[^']*'|'$/g, '');
      found.add(value).add(value.replaceAll("''", "'"));
    }
  }
  return [...found]
    .filter((value) => value.length >= TELLING)
    .toSorted((one, other) => other.length - one.length);
}

const SECRET =
  /passw(?:or)?d|passphrase|[._]secret|_(?:key|token)|:\/\/|\b(?:pragma|attach|pwd?)\b|_pwd?\b/i;
const SECRET_NAME =
  /(?:passw(?:or)?d|passphrase|[._]secret|(?:api|auth|access)_(?:key|token)|(?:^|[._'"])pwd?)['"]?$/i;
/** What may stand between such a name and its value: also when a variable is set or declared. */
const BETWEEN = /^(?:[\s=,:>]*|to|text|varchar|constant)$/i;
/** Says nothing, and hides nothing. */
const EMPTY_TEXT = /^(?:[a-z]|u&)?''$|^\$(\w*)\$\$\1\$$/i;

/**
 * A text that becomes one that sets or tells a password, of what stands beside it: the name of one
 * at its end, or before a place for it, as `format`, `raise`, `replace` and `execute … using` have.
 */
const COMPOSING =
  /(?:passw(?:or)?d|passphrase)(?:\s+(?:is|to))?[\s=:]*(?:e?['"(]+)?(?:$|[%?{<]|\$\d|:\w)/i;

/** Code within code within code: what is deeper is not read. */
const DEEPEST = 6;

/**
 * A statement without the passwords that it sets: `password '…'` of roles, user mappings and
 * servers, also where code has it as text or composes it, keys of encrypted files, and those of URLs
 * and texts that say how to connect.
 */
function withoutPasswords(sql: string, depth = 0): string {
  const token = { kind: 'other' as Kind, end: 0, brackets: 0 };
  const keys = new KeyWords();
  let result = '';
  let named = false;
  let parentheses = 0;
  /** How many are open around a text that composes a password; what follows it there is its. */
  let composing: number | null = null;
  for (let start = 0; start < sql.length; start = token.end) {
    token.end = read(sql, start, token);
    const text = sql.slice(start, token.end);
    const isText = token.kind === 'string' || token.kind === 'dollar';
    const isKey = keys.isKey(text, token.kind);
    if (isKey || (isText && (named || composing !== null) && !EMPTY_TEXT.test(text))) {
      result += "'…'";
    } else if (isText) {
      const meant = token.kind === 'string' ? text.replaceAll("''", "'") : text;
      result += connecting(meant, text, depth);
      if (COMPOSING.test(unquoted(meant))) composing = parentheses;
    } else {
      result += token.kind === 'comment' ? redact(text) : text;
    }
    if (token.kind === 'other') {
      for (const character of text) {
        if (character === '(') parentheses++;
        if (character === ')') parentheses--;
        const over = character === ';' || (composing !== null && parentheses < composing);
        if (over) composing = null;
      }
    }
    // Literals in the lines after it go on with it.
    const goesOn: boolean = named && (isText || token.kind === 'comment' || BETWEEN.test(text));
    named = goesOn || SECRET_NAME.test(text);
  }
  return result;
}

/** `pragma key = …`, `pragma rekey(…)` and `attach … key …`, of SQLite with encryption. */
class KeyWords {
  /** The statement's first word, and the last one that was read. */
  #first = '';
  #last = '';
  #mark = '';

  /** Whether that token, the next one, is such a key. */
  isKey(text: string, kind: Kind): boolean {
    if (kind === 'comment' || text.trim() === '') return false;
    if (text.includes(';')) {
      this.#first = '';
      this.#last = '';
      return false;
    }
    if (/^[\s=(.),]+$/.test(text)) {
      this.#mark = text.trim();
      return false;
    }
    const expected =
      this.#first === 'pragma' && /^(?:hex|text|bin)?(?:re)?key$/.test(this.#last)
        ? /^[=(]/.test(this.#mark)
        : this.#first === 'attach' && this.#last === 'key' && kind !== 'other';
    this.#last = text.toLowerCase();
    this.#first ||= this.#last;
    this.#mark = '';
    return expected;
  }
}

function unquoted(literal: string): string {
  return literal.replace(/^(?:\$\w*\$|[^']*')/, '').replace(/(?:\$\w*\$|')$/, '');
}

/** @param read the literal as it is read: what has nothing to hide stays as it was written */
function connecting(read: string, written: string, depth: number): string {
  if (!SECRET.test(read)) return written;
  const [open = ''] = /^(?:\$\w*\$|[^']*')/.exec(read) ?? [];
  const close = open.startsWith('$') ? open : "'";
  if (!read.endsWith(close) || read.length < open.length + close.length) return `${open}…${close}`;
  if (depth === DEEPEST) return `${open}…${close}`;
  const inner = read.slice(open.length, read.length - close.length);
  const safe = redact(withoutPasswords(inner, depth + 1));
  if (safe === inner) return written;
  return open + (close === "'" ? safe.replaceAll("'", "''") : safe) + close;
}

/** Shortens a bound parameter as a literal would be. */
export function cutParameter(text: string): string {
  return text.length > LONGEST ? `${shortened(text)}… (${text.length} characters)` : text;
}

type Kind = 'string' | 'dollar' | 'quoted-name' | 'number' | 'comment' | 'other';

interface Token {
  kind: Kind;
  end: number;
  /** How many `[` of arrays and subscripts are open. */
  brackets: number;
}

/** None of these can be longer than what it matches, or looks further than it must. */
const PREFIXED = /(?:[eExXbBnN]|[uU]&)'/y;
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const NUMBER = /(?:\d\w*(?:\.\w*)?|\.\d\w*)(?:(?<=[eE])[+-]\d+)?/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
const PARAMETER = /[$?]\d+/y;
/** SQLite's way to quote a name. What begins like a value is PostgreSQL's array. */
const BRACKETED_NAME = /\[(?!\s*['"\d$[-])[^\]\n]{0,200}\]/y;
const PLAIN = /[^\w$'"`[\].?;/\u0080-\uffff-]+/y;

/** Reads the token at `start` and answers where it ends; it is never empty. */
function read(sql: string, start: number, token: Token): number {
  const first = sql[start] ?? '';
  const two = first + (sql[start + 1] ?? '');
  token.kind = 'string';
  if (first === "'") return endOfQuoted(sql, start + 1, "'");
  const prefixed = matchAt(PREFIXED, sql, start);
  if (prefixed > 0) return endOfQuoted(sql, prefixed, "'", /e/i.test(first));
  token.kind = 'dollar';
  const tag = first === '$' ? matchAt(DOLLAR_TAG, sql, start) : 0;
  if (tag > 0) return endOf(sql, sql.slice(start, tag), tag);
  token.kind = 'comment';
  if (two === '--') return endOfLine(sql, start);
  if (two === '/*') return endOfComment(sql, start);
  token.kind = 'quoted-name';
  if (first === '"') return endOfQuoted(sql, start + 1, '"');
  token.kind = 'number';
  const number = matchAt(NUMBER, sql, start);
  if (number > 0) return number;
  token.kind = 'other';
  if (first === '`') return endOfQuoted(sql, start + 1, '`');
  if (/[[\];]/.test(first)) return endOfBracket(sql, start, token);
  return (
    matchAt(WORD, sql, start) ||
    matchAt(PARAMETER, sql, start) ||
    matchAt(PLAIN, sql, start) ||
    start + 1
  );
}

/** Where a sticky expression that matches at `start` ends; 0 if it does not match there. */
function matchAt(expression: RegExp, sql: string, start: number): number {
  expression.lastIndex = start;
  return expression.test(sql) ? expression.lastIndex : 0;
}

/** A doubled quote is a quote within. */
function endOfQuoted(sql: string, start: number, quote: string, escapes = false): number {
  let position = start;
  for (;;) {
    const close = sql.indexOf(quote, position);
    if (close === -1) return sql.length;
    if (escapes && isEscaped(sql, position, close)) position = close + 1;
    else if (sql[close + 1] === quote) position = close + 2;
    else return close + 1;
  }
}

/** Whether an odd number of backslashes stands before `position`. */
function isEscaped(sql: string, from: number, position: number): boolean {
  let before = position;
  while (before > from && sql[before - 1] === '\\') before--;
  return (position - before) % 2 === 1;
}

function endOf(sql: string, close: string, start: number): number {
  const found = sql.indexOf(close, start);
  return found === -1 ? sql.length : found + close.length;
}

/** The end of the line is no part of the comment. */
function endOfLine(sql: string, start: number): number {
  const end = sql.indexOf('\n', start);
  return end === -1 ? sql.length : end;
}

/** PostgreSQL's comments nest. */
function endOfComment(sql: string, start: number): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start;
  let depth = 0;
  for (let mark = marks.exec(sql); mark; mark = marks.exec(sql)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return sql.length;
}

/**
 * `[name]` is a name in SQLite, `array['a', 'b']` and `column[1]` hold literals in PostgreSQL:
 * a bracket belongs to an array if it follows a value at once, the word, or another such bracket.
 */
function endOfBracket(sql: string, start: number, token: Token): number {
  if (sql[start] === ';') {
    token.brackets = 0;
  } else if (sql[start] === ']') {
    token.brackets = Math.max(0, token.brackets - 1);
  } else {
    const before = sql.slice(Math.max(0, start - 16), start);
    const inArray = token.brackets > 0 || /[\w$)\]"'`\u0080-\uffff]$|\barray\s+$/i.test(before);
    const name = inArray ? 0 : matchAt(BRACKETED_NAME, sql, start);
    if (name > 0) return name;
    token.brackets++;
  }
  return start + 1;
}

/** Null if the token stays as it is. */
function replace(
  sql: string,
  start: number,
  { kind, end }: Token,
  policy: LiteralPolicy,
): string | null {
  if (kind === 'other') return null;
  if (policy === 'cut') {
    return kind === 'string' || kind === 'dollar' ? cutLiteral(sql, start, end, kind) : null;
  }
  switch (kind) {
    case 'number':
      return '?';
    case 'comment':
      return '/* … */';
    case 'quoted-name':
      // SQLite takes "text" for a string when there is no such column.
      return /^"[\w$.\u0080-\uffff]*"$/.test(sql.slice(start, Math.min(end, start + 130)))
        ? null
        : '"…"';
    default:
      return "'…'";
  }
}

function cutLiteral(sql: string, start: number, end: number, kind: Kind): string | null {
  if (end - start <= LONGEST) return null;
  const quote = kind === 'dollar' ? '$' : "'";
  const open = sql.slice(start, sql.indexOf(quote, start + (kind === 'dollar' ? 1 : 0)) + 1);
  const close = kind === 'dollar' ? open : "'";
  const whole = end - start >= open.length + close.length && sql.endsWith(close, end);
  const text = sql.slice(start + open.length, whole ? end - close.length : end);
  if (text.length <= LONGEST) return null;
  // A literal without an end is what SQL_LIMIT, or a mistake, left of a longer one.
  return `${open}${shortened(text)}…${close} /* ${text.length}${whole ? '' : '+'} characters */`;
}

/** The beginning, with room for a mark. Never half of a doubled quote, an escape or a character. */
function shortened(text: string): string {
  return text.slice(0, LONGEST - 1).replace(/(?:['\\]+|[\ud800-\udbff])$/, '');
}

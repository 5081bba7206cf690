/** Takes data out of what databases say: their messages quote it. */

import type { LiteralPolicy } from '../contract/statement.ts';
import { literalsIn } from './literals.ts';
import { redact } from './redact.ts';

/** Names of things in the schema are no data; PostgreSQL says what they are before it quotes them. */
const NAMED =
  /\b(?:table|column|relation|constraint|index|view|schema|sequence|function|trigger|type|extension) "[A-Za-z_][\w$.]*"/
    .source;
/** From the first quote to the last: data may hold quotes, and nobody doubles them in a message. */
const DOUBLE_QUOTED = /"(?:[\s\S]*"|[\s\S]*)/.source;
/** Not the apostrophe of a word such as "can't"; one letter may be the prefix of a literal. */
const SINGLE_QUOTED = /(?<!\w)\w?'(?:[\s\S]*'|[\s\S]*)/.source;
const QUOTED = new RegExp(`${NAMED}|${DOUBLE_QUOTED}|${SINGLE_QUOTED}`, 'gi');

/** `Key (email)=(ada@example.com) already exists`, `Failing row contains (1, ada)`. */
const VALUES = /(=\s*|\bcontains )\((?:[\s\S]*\)|[\s\S]*)/g;

/** Credentials always go; with the policy `none` so do values and quoted text. */
export function withoutData(message: string, policy: LiteralPolicy): string {
  const safe = redact(message);
  if (policy === 'cut') return safe;
  return safe
    .replace(VALUES, '$1(…)')
    .replace(QUOTED, (found) => (/^\w+ "/.test(found) ? found : '"…"'));
}

/** What a database says of an error. */
interface Told {
  readonly message: string;
  readonly detail: string | null;
  readonly hint: string | null;
  /** The message was written by code of the project or the database, so that it may be data. */
  readonly raised?: true;
}

/**
 * An error without its data; its position stays that in the SQL as it was sent.
 *
 * @param sql of the statement, whose literals a message may repeat without quotes
 */
export function withoutDataOf<T extends Told>(error: T, policy: LiteralPolicy, sql = ''): T {
  const clean = (text: string | null) => text && withoutData(text, policy);
  if (policy === 'cut') {
    const { message, detail, hint } = error;
    return { ...error, message: clean(message) ?? '', detail: clean(detail), hint: clean(hint) };
  }
  // Details hold keys and rows, and so may hints and messages that code writes.
  const message = error.raised
    ? NOT_KEPT
    : literalsIn(sql).reduce(
        (text, value) => text.replaceAll(value, '…'),
        withoutData(error.message, policy),
      );
  return { ...error, message, detail: null, hint: null };
}

/** The message of an error of which it is not known who wrote it. */
export function messageKept(message: string, policy: LiteralPolicy): string {
  return policy === 'none' ? NOT_KEPT : withoutData(message, policy);
}

const NOT_KEPT = 'The message is not kept, as no data is (setting literals).';

/** What a PostgreSQL server says beside its answers (RAISE NOTICE, “already exists, skipping”). */

import type { HeardNotice } from '../dialect.ts';

/** What `pg` emits; https://www.postgresql.org/docs/current/protocol-error-fields.html. */
interface NoticeMessage {
  /** In the language of the server’s messages. */
  readonly severity?: string;
  readonly code?: string;
  readonly message?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly where?: string;
}

interface Client {
  on(event: 'notice', listener: (notice: NoticeMessage) => void): unknown;
}
type Verify = (client: Client, done: (error?: Error) => void) => void;

/** A function may raise a text as long as a table. */
const LONGEST = 4_000;

/**
 * Options of `pg`’s pool that hand it every new client before anybody uses it (pg-pool/index.js:
 * `verify`).
 */
export function hearing(
  options: Readonly<Record<string, unknown>>,
  hear: (notice: HeardNotice) => void,
): Record<string, unknown> {
  const verify: Verify = (client, done) => {
    client.on('notice', (notice) => hear(described(notice)));
    if (typeof options.verify === 'function') options.verify(client, done);
    else done();
  };
  return { ...options, verify };
}

function described({ severity, code, message, detail, hint, where }: NoticeMessage): HeardNotice {
  return {
    // Class 01 is that of warnings, in every language.
    severity: severity === 'WARNING' || code?.startsWith('01') ? 'warning' : 'notice',
    message: cut(message ?? ''),
    // “Successful completion” is no news.
    code: code === undefined || code === '00000' ? null : code,
    detail: detail === undefined ? null : cut(detail),
    hint: hint === undefined ? null : cut(hint),
    where: where === undefined ? null : cut(where),
  };
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

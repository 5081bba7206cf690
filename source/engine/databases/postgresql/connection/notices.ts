/** What a PostgreSQL server says beside its answers (RAISE NOTICE, “already exists, skipping”). */

import type { HeardNotice } from '../../connection.ts';

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

/** What is used of a client of `pg`. */
export interface TalkingClient {
  on(event: 'notice', listener: (notice: NoticeMessage) => void): unknown;
}

/** A function may raise a text as long as a table. */
const LONGEST = 4_000;

export function listen(client: TalkingClient, hear: (notice: HeardNotice) => void): void {
  client.on('notice', (notice) => hear(described(notice)));
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

/** Names of statements. */

import { quoted } from '../parser/sql.ts';
import type { Name } from '../parser/statement.ts';

/** Longer ones are cut by the server (https://www.postgresql.org/docs/current/sql-syntax-lexical.html). */
const NAME_BYTES = 63;

export function quotedName({ schema, name }: Name): string {
  return schema === null ? quoted(name) : `${quoted(schema)}.${quoted(name)}`;
}

export function sameName(a: Name, b: Name): boolean {
  return a.name === b.name && (a.schema === b.schema || a.schema === null || b.schema === null);
}

/** What the server makes of a longer one: characters stay whole. */
export function cutName(name: string): string {
  let cut = name;
  while (Buffer.byteLength(cut) > NAME_BYTES) cut = [...cut].slice(0, -1).join('');
  return cut;
}

/** One of these parts that fits, such as `orders_note_not_null`. */
export function madeName(table: string, column: string, end: string): string {
  const room = NAME_BYTES - Buffer.byteLength(`_${end}`);
  let stem = `${table}_${column}`;
  while (Buffer.byteLength(stem) > room) stem = stem.slice(0, -1);
  return `${stem}_${end}`;
}

/** Which texts of a schema mean the same to SQLite. */

import { DatabaseSync } from 'node:sqlite';
import type { SchemaEquality, SchemaObject } from '../../catalogue.ts';
import { affinityOf } from '../catalogue/schema.ts';

export const equality: SchemaEquality = {
  // Those that people give are kept nowhere but in the text.
  namesConstraints: false,
  // https://sqlite.org/datatype3.html: lengths are not looked at.
  typeOf,
  meaning,
  // Numbers of deleted rows may be given out again.
  harmless: new Set(['autoincrement']),
};

const UNIQUE_INDEX = /^create unique index .*? on \S+ (\( [^()]+ \))$/;
const INDEX = /^(create (?:unique )?index) .*? on /;

function typeOf(type: string): string {
  const affinity = affinityOf(type);
  return affinity === 'text' || affinity === 'integer'
    ? affinity
    : type.replace(/\(.*\)/, '').trim();
}

function meaning({ kind, ref, columns, text }: SchemaObject): string {
  // A unique constraint is an index without a name.
  const unique = ref.kind === 'unique' ? text : UNIQUE_INDEX.exec(text)?.[1];
  if (unique !== undefined) return `unique ${unique}`;
  if (kind === 'index') return text.replace(INDEX, '$1 on ');
  if (kind === 'foreign key') return `${columns.join(', ').toLowerCase()} ${text}`;
  if (ref.kind === 'check') return withoutParentheses(text);
  return ref.kind === 'constraint' ? `${ref.name.replace(/ \d+$/, '')} ${text}` : text;
}

/** Around the whole. */
function withoutParentheses(text: string): string {
  if (!text.startsWith('( ') || !text.endsWith(' )')) return text;
  let depth = 0;
  for (const [at, word] of text.split(' ').entries()) {
    if (word === '(') depth++;
    if (word === ')') depth--;
    if (depth === 0 && at < text.split(' ').length - 1) return text;
  }
  return withoutParentheses(text.slice(2, -2));
}

const NOT_TRIED = /random|changes|last_insert_rowid/i;

export function sameValue(one: string, other: string): boolean {
  if (NOT_TRIED.test(one) || NOT_TRIED.test(other)) return false;
  const database = new DatabaseSync(':memory:');
  try {
    const row = database.prepare(`select (${one}) is (${other}) as same`).get();
    return row?.same === 1;
  } catch {
    return false;
  } finally {
    database.close();
  }
}

/** Which of the server's own texts mean the same. */

import type { SchemaEquality, SchemaObject } from '../../catalogue.ts';
import type { RawQuery } from '../../raw-query.ts';
import { literal } from '../parser/sql.ts';

export const equality: SchemaEquality = {
  namesConstraints: true,
  typeOf: (type) => type,
  meaning,
  harmless: new Set(),
};

function meaning({ kind, text }: SchemaObject): string {
  switch (kind) {
    case 'index':
      return text.replace(/^(CREATE (?:UNIQUE )?INDEX )(?:"(?:[^"]|"")+"|\S+) ON /, '$1ON ');
    case 'constraint':
      return withSortedLists(text);
    case 'function':
    case 'procedure':
      return text.replaceAll(/\s+/g, ' ').trim();
    case 'materialized view':
      return text.replace(/ with no data$/, '');
    default:
      return text;
  }
}

/** A value is one of a list, in whatever order that stands. */
function withSortedLists(text: string): string {
  return text.replaceAll(
    /= ANY \(\(?ARRAY\[([^[\]]*)\]/g,
    (all, list: string) =>
      `${all.slice(0, all.length - list.length - 1)}${list
        .split(/, (?=')/)
        .toSorted()
        .join(', ')}]`,
  );
}

/** What gives another value each time, or takes one. */
const NOT_TRIED = /nextval|random|uuid|clock_timestamp|statement_timestamp|timeofday|txid|pg_/i;

/** Asks the server, where the time zone is nobody’s, so that one that does not matter shows. */
export async function sameValue(
  query: RawQuery,
  one: string,
  other: string,
  type: string,
): Promise<boolean> {
  if (NOT_TRIED.test(one) || NOT_TRIED.test(other)) return false;
  const [before] = await query(`select current_setting('timezone') as zone`);
  await query(`set timezone to 'Asia/Kathmandu'`);
  try {
    const [row] = await query(
      `select (${one})::${type}::text is not distinct from (${other})::${type}::text as same`,
    );
    return row?.same === true;
  } catch {
    return false;
  } finally {
    await query(`set timezone to ${literal(String(before?.zone))}`);
  }
}

/** How values get another type: what has to be decided, and the statement. */

import type { Conversion, Conversions } from '../../drafting.ts';
import type { RawQuery } from '../../raw-query.ts';

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const CANNOT_COERCE = '42846';

const ZONED = /^timestamp(?:\(\d\))? (with|without) time zone$/;

/** Ways that may be meant where there is no cast, by what the types begin with. */
const WAYS: readonly (readonly [from: RegExp, to: RegExp, way: (column: string) => string])[] = [
  [
    /^(?:smallint|integer|bigint|numeric|double|real)/,
    /^timestamp.* with /,
    (c) => `to_timestamp(${c})`,
  ],
  [/^boolean/, /^(?:smallint|bigint|numeric|double|real)/, (c) => `${c}::int`],
  [/^(?:text|character)/, /\[\]$/, (c) => `string_to_array(${c}, ',')`],
  [/^json/, /^(?:text|character)/, (c) => `${c} #>> '{}'`],
];

export const conversions: Conversions = {
  needed,

  // Both ways it is the same expression.
  inverse: (expression) =>
    /^\s*"?[^\s"()]+"?\s+at\s+time\s+zone\s+'[^']*'\s*$/i.test(expression) ? expression : null,

  statement: (table, column, type, expression) =>
    `alter table ${table} alter column ${column} type ${type} using (${expression});`,

  converting(sql, table, column, expression) {
    const start = `alter table ${table} alter column ${column} type `;
    if (!sql.startsWith(start)) return null;
    const at = sql.indexOf(' using (', start.length);
    return at === -1 ? null : `${sql.slice(0, at)} using (${expression});`;
  },
};

async function needed(
  from: string,
  to: string,
  column: string,
  query: RawQuery,
): Promise<Conversion | null> {
  const [is, wanted] = [ZONED.exec(from)?.[1], ZONED.exec(to)?.[1]];
  if (is && wanted) {
    return is === wanted ? null : { why: 'zone', proposed: `${column} at time zone 'UTC'` };
  }
  if (await isThere(from, to, query)) return null;
  const way = WAYS.find(([before, after]) => before.test(from) && after.test(to));
  return { why: 'cast', proposed: way ? way[2](column) : null };
}

async function isThere(from: string, to: string, query: RawQuery): Promise<boolean> {
  try {
    await query(`select null::${from}::${to}`);
    return true;
  } catch (error) {
    return (error as { readonly code?: unknown }).code !== CANNOT_COERCE;
  }
}

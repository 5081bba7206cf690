/** Large objects, which no table has: rows have their numbers, and functions write and delete them. */

import { KEYS } from '../../../../contract/rehearsal.ts';
import { plural } from '../../../../text/format.ts';
import type { DialectFinding } from '../../analysis.ts';
import { findingOf } from '../../finding.ts';
import type { PassRecord } from '../../measurement.ts';
import type { RawQuery } from '../../raw-query.ts';

/** What is in each, in short, by number; null where this user may not read it. */
export type LargeObjects = ReadonlyMap<string, string | null>;

export async function readLargeObjects(query: RawQuery): Promise<LargeObjects> {
  const known = await query('select oid::text as oid from pg_largeobject_metadata');
  if (known.length === 0) return new Map();
  const found = new Map(known.map(({ oid }) => [String(oid), null as string | null]));
  const [may] = await query(`select has_table_privilege('pg_largeobject', 'select') as read`);
  if (may?.read !== true) return found;
  const contents = await query(
    `select loid::text as oid, md5(string_agg(md5(data), '' order by pageno)) as content
      from pg_largeobject group by loid`,
  );
  for (const { oid, content } of contents) found.set(String(oid), String(content));
  return found;
}

/** https://www.postgresql.org/docs/current/lo-funcs.html */
const WRITES = /\blo_?(?:unlink|put|import|write|truncate|from_bytea)\w*\s*\(/i;

export async function checkLargeObjects(
  query: RawQuery,
  { largeObjects: before }: { readonly largeObjects: LargeObjects },
  passes: readonly PassRecord[],
): Promise<readonly DialectFinding[]> {
  if (before.size === 0) return [];
  const after = await readLargeObjects(query);
  const gone = [...before.keys()].filter((oid) => !after.has(oid));
  const changed = [...before].filter(([oid, content]) => {
    const now = after.get(oid);
    return now !== undefined && now !== content;
  });
  const said = passes.some(({ statements }) =>
    statements.some(({ sql, error }) => error === null && WRITES.test(sql)),
  );
  const found = (rows: number, done: string, keys: readonly string[]): DialectFinding[] =>
    rows === 0
      ? []
      : [
          findingOf({
            severity: said ? 'notice' : 'hazard',
            kind: said ? 'changed-on-purpose' : 'rows-lost',
            what: `${rows.toLocaleString('en')} of ${plural(before.size, 'large object')} ${done}.`,
            why: said
              ? 'A statement of the revision calls a function that does so.'
              : 'No statement of the revision says so. Triggers or code that it calls did it.',
            rows,
            keys: keys.slice(0, KEYS).map((oid) => `oid = ${oid}`),
          }),
        ];
  return [
    ...found(gone.length, 'are gone', gone),
    ...found(
      changed.length,
      'have another content',
      changed.map(([oid]) => oid),
    ),
  ];
}

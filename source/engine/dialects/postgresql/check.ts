/** Whether the content of a database is sound after a pass. */

import type { DialectFinding, RawQuery } from '../dialect.ts';
import { findingOf } from '../finding.ts';
import { invalidIndexes } from './invalid-indexes.ts';
import type { PostgresqlMark } from './mark.ts';
import { largestOf, type Sequence, sequencesOf } from './sequences.ts';
import { nameOf } from './shape.ts';

export async function checkContent(
  query: RawQuery,
  mark: PostgresqlMark,
): Promise<readonly DialectFinding[]> {
  return [...(await checkSequences(query, mark)), ...(await checkIndexes(query, mark))];
}

/** Numbers of rows must not be given out again, but where their table was dropped on purpose. */
async function checkSequences(
  query: RawQuery,
  mark: PostgresqlMark,
): Promise<readonly DialectFinding[]> {
  const findings: DialectFinding[] = [];
  for (const [place, now] of await sequencesOf(query)) {
    const before = mark.sequences.get(place);
    const table = nameOf({ schema: now.schema, name: now.table });
    const kept = before !== undefined && mark.tables.has(before.oid);
    if (!kept || !isBehind(now, before.next)) continue;
    const largest = await largestOf(query, now);
    const collides = largest !== null && !isBehind({ ...now, next: largest }, now.next);
    const anew = now.oid !== before.oid && largest === null;
    findings.push(
      findingOf({
        severity: anew ? 'notice' : 'hazard',
        kind: 'sequence',
        what: `The numbers of new rows of ${table} go on from ${now.next.toLocaleString('en')}, and not from ${before.next.toLocaleString('en')}.`,
        why: anew
          ? 'The table that had them was dropped, and this is another one of the same name.'
          : collides
            ? `The number ${largest?.toLocaleString('en')} is in use, so that new rows will fail.`
            : 'New rows get numbers that were in use before.',
        table,
        column: now.column,
      }),
    );
  }
  return findings;
}

function isBehind({ next, descending }: Pick<Sequence, 'next' | 'descending'>, than: number) {
  return descending ? next > than : next < than;
}

async function checkIndexes(
  query: RawQuery,
  { invalid }: PostgresqlMark,
): Promise<readonly DialectFinding[]> {
  const found = await invalidIndexes(query);
  return found
    .filter(({ oid }) => !invalid.has(oid))
    .map(({ schema, name, table }) =>
      findingOf({
        severity: 'hazard',
        kind: 'integrity',
        what: `The index ${name} of ${nameOf({ schema, name: table })} is invalid: it is kept up to date, and never used.`,
        why: 'It could not be built concurrently. Drop it concurrently, and build it again.',
        table: nameOf({ schema, name: table }),
      }),
    );
}

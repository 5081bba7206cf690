/** Whether the content of a database is sound after a pass. */

import type { DialectFinding } from '../../analysis.ts';
import { findingOf } from '../../finding.ts';
import type { PassRecord } from '../../measurement.ts';
import type { RawQuery } from '../../raw-query.ts';
import { nameOf } from '../catalogue/table.ts';
import { invalidIndexes } from '../doctor/invalid-indexes.ts';
import { literal } from '../parser/sql.ts';
import { keptColumn, type PostgresqlMark } from '../throwaway/baseline.ts';
import { checkLargeObjects } from './large-objects.ts';
import { checkReferences } from './references.ts';
import { columnKey, goneFrom, largestOf, type Sequence, sequencesOf } from './sequences.ts';

export async function checkContent(
  query: RawQuery,
  mark: PostgresqlMark,
  passes: readonly PassRecord[],
): Promise<readonly DialectFinding[]> {
  const restarts = passes.some(({ statements }) =>
    statements.some(({ sql }) => RESTARTS.test(sql)),
  );
  return [
    ...(await checkReferences(query, mark)),
    ...(await checkLargeObjects(query, mark, passes)),
    ...(await checkSequences(query, mark, restarts)),
    ...(await checkIndexes(query, mark)),
  ];
}

const RESTARTS = /\brestart\b/i;

/** Numbers of rows must not be given out again, but where a statement says so of an empty table. */
async function checkSequences(
  query: RawQuery,
  mark: PostgresqlMark,
  restarts: boolean,
): Promise<readonly DialectFinding[]> {
  const findings: DialectFinding[] = [];
  const all = await sequencesOf(query);
  const gone = goneFrom(mark.sequences, all);
  for (const [id, now] of all) {
    // A table that was made anew is another one.
    const before = mark.sequences.get(id) ?? gone.get(columnKey(now));
    const kept = before !== undefined && mark.tables.has(before.oid);
    const largest = await largestOf(query, now);
    if (kept && isBehind(now, before.next)) {
      findings.push(beganAnew(now, before, largest, restarts));
    } else if (isInUse(now, largest) && !(await wasInUse(query, mark, before))) {
      findings.push(inUse(now, largest, mark.tables.has(now.oid)));
    }
  }
  return findings;
}

function beganAnew(
  now: Sequence,
  before: Sequence,
  largest: number | null,
  restarts: boolean,
): DialectFinding {
  const other = now.oid !== before.oid;
  const meant = largest === null && (other || restarts);
  return findingOf({
    severity: meant ? 'notice' : 'hazard',
    kind: 'sequence',
    what: `The numbers of new rows of ${nameOf(placeOf(now))} go on from ${shown(now.next)}, and not from ${shown(before.next)}.`,
    why: meant
      ? other
        ? 'The table that had them was dropped, and this is another one of the same name.'
        : 'A statement restarts them, and the table is empty.'
      : isInUse(now, largest)
        ? `The number ${shown(largest)} is in use, so that new rows will fail.`
        : 'New rows get numbers that were in use before.',
    table: nameOf(placeOf(now)),
    column: now.column,
  });
}

/** @param known the table was there before the revision */
function inUse(now: Sequence, largest: number | null, known: boolean): DialectFinding {
  const table = nameOf(placeOf(now));
  return findingOf({
    severity: known ? 'hazard' : 'notice',
    kind: 'sequence',
    what: `The numbers of new rows of ${table} go on from ${shown(now.next)}, and rows have numbers up to ${shown(largest)}.`,
    why: `New rows will fail until those are passed. This lets them go on behind: select setval(${literal(now.name)}, ${largest})`,
    table,
    column: now.column,
  });
}

function placeOf({ schema, table }: Sequence) {
  return { schema, name: table };
}

function shown(number: number | null): string {
  return number?.toLocaleString('en') ?? '';
}

/** A row has a number that is yet to be given out. */
function isInUse({ next, descending }: Sequence, largest: number | null): largest is number {
  return largest !== null && !isBehind({ next: largest, descending }, next);
}

async function wasInUse(
  query: RawQuery,
  { tables }: PostgresqlMark,
  before: Sequence | undefined,
): Promise<boolean> {
  const known = before && tables.get(before.oid);
  const column = known?.table.columns.find(({ name }) => name === before?.column);
  if (!before || !known || !column) return false;
  const number = `${keptColumn(column.number)}::numeric`;
  const [row] = await query(
    `select ${before.descending ? 'min' : 'max'}(${number})::text as last from ${known.kept}`,
  );
  return isInUse(before, row?.last == null ? null : Number(row.last));
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

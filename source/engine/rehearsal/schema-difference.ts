/** What differs between two schemas, object by object. */

import { oneLine } from '../../text/escape.ts';
import { shownSql } from '../../text/literals.ts';
import type { SchemaObject } from '../databases/catalogue.ts';

/** A column that a downgrade leaves in place, as the revision declares. */
export interface Kept {
  readonly table: string;
  readonly column: string;
}

/** One sentence for each difference; nothing for what is declared to be kept. */
export function differenceOf(
  before: readonly SchemaObject[],
  after: readonly SchemaObject[],
  kept: readonly Kept[],
): readonly string[] {
  const old = byId(before);
  const now = byId(after);
  const gone = [...old.values()]
    .filter((each) => !now.has(each.id))
    .map((each) => `− ${describe(each, oneLine(shownSql(each.text)))}`);
  const added = [...now.values()]
    .filter((each) => !old.has(each.id) && !isKept(each, kept))
    .map((each) => `+ ${describe(each, oneLine(shownSql(each.text)))}`);
  const changed = [...now.values()].flatMap((each) => {
    const was = old.get(each.id);
    if (!was || was.text === each.text) return [];
    const [before, after] = [oneLine(shownSql(was.text)), oneLine(shownSql(each.text))];
    return [
      `− ${describe(was, excerpt(before, after))}`,
      `+ ${describe(each, excerpt(after, before))}`,
    ];
  });
  return [...gone, ...added, ...changed];
}

/** What an installation has of its own, whatever its revisions make. */
const INSTALLED: ReadonlySet<SchemaObject['kind']> = new Set([
  'default privileges',
  'extension',
  'foreign data wrapper',
  'grant',
  'owner',
  'publication',
  'server',
]);

/** What of a target its revisions do not account for, one sentence each. */
export function driftOf(
  made: readonly SchemaObject[],
  real: readonly SchemaObject[],
): readonly string[] {
  const [before, after] = [made, real].map((objects) =>
    objects.filter(({ kind }) => !INSTALLED.has(kind)),
  );
  return differenceOf(before ?? [], after ?? [], []);
}

/** What of a schema revisions make, by id. */
export function madeObjects(objects: readonly SchemaObject[]): ReadonlyMap<string, SchemaObject> {
  return byId(objects.filter(({ kind }) => !INSTALLED.has(kind)));
}

/** But for orders of columns. */
function byId(objects: readonly SchemaObject[]): ReadonlyMap<string, SchemaObject> {
  const told = objects.filter(({ kind }) => kind !== 'column order');
  return new Map(told.map((object) => [object.id, object]));
}

/**
 * Tables whose columns are in another order, one sentence each: a column can only come back as the
 * last one. Columns that came or went change nothing of the order of the others.
 */
export function reorderedTables(
  before: readonly SchemaObject[],
  after: readonly SchemaObject[],
): readonly string[] {
  const old = new Map(
    before.filter(({ kind }) => kind === 'column order').map((each) => [each.id, each.columns]),
  );
  return after
    .filter(({ kind }) => kind === 'column order')
    .flatMap(({ id, place, columns }) => {
      const was = old.get(id) ?? [];
      const have = new Set(columns);
      const had = new Set(was);
      const common = columns.filter((column) => had.has(column));
      const same = was
        .filter((column) => have.has(column))
        .every((each, at) => each === common[at]);
      return same ? [] : [`${place}: ${columns.join(', ')}`];
    });
}

/** The column itself, and what hangs on it alone, such as its index. */
function isKept({ table, columns }: SchemaObject, kept: readonly Kept[]): boolean {
  return (
    columns.length > 0 &&
    columns.every((column) =>
      kept.some(
        (each) =>
          each.table.toLowerCase() === table.toLowerCase() &&
          each.column.toLowerCase() === column.toLowerCase(),
      ),
    )
  );
}

function describe({ kind, place }: SchemaObject, text: string): string {
  return `${kind} ${place}${text ? `: ${text}` : ''}`;
}

/** Longer definitions, as of functions, are told only where they differ. */
const WHOLE = 300;
const AROUND = 60;

/** What of a text to show beside another one. */
function excerpt(text: string, other: string): string {
  if (Math.max(text.length, other.length) <= WHOLE) return text;
  let start = 0;
  while (start < text.length && text[start] === other[start]) start++;
  let same = 0;
  const most = Math.min(text.length, other.length) - start;
  while (same < most && text.at(-1 - same) === other.at(-1 - same)) same++;
  const from = start > AROUND ? start - AROUND : 0;
  const to = same > AROUND ? text.length - same + AROUND : text.length;
  return `${from > 0 ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`;
}

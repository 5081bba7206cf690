/**
 * Whether what rows refer to is there in the end, gone with what a statement took away, or lost by
 * the way.
 */

import type { DatabaseSync } from 'node:sqlite';
import { type ForeignKey, quoted, type Schema, sameName, type Table } from '../catalogue/schema.ts';
import type { Lineage } from '../parser/lineage.ts';
import { sameRow } from './compare.ts';
import type { OldTable } from './old-tables.ts';
import { isRekeyed } from './row-log.ts';

export interface Sides {
  /** What both began with. */
  readonly start: Schema;
  /** Where no references were followed. */
  readonly before: Schema;
  /** Where they were, as statements say. */
  readonly after: Schema;
  readonly lineage: Lineage;
}

/** Rows that are gone though nothing took them along that a statement took away, by their table. */
const unfoundedOf = (table: string) => `temp.${quoted(`unfounded ${table.toLowerCase()}`)}`;

/**
 * Notes them, and tells of which tables: what refers to each other in a circle has gone with
 * nothing but itself, and what went with it has gone by the way as well.
 */
export function noteUnfounded(
  database: DatabaseSync,
  of: {
    readonly tables: readonly OldTable[];
    readonly references: readonly ForeignKey[];
    readonly sides: Sides;
  },
): ReadonlySet<string> {
  const { sides } = of;
  const isParent = ({ name }: Table) => of.references.some(({ parent }) => sameName(parent, name));
  const tables = of.tables.filter(({ pair }) => isParent(pair.after)).map(({ pair }) => pair.after);
  const places = new Map(tables.map(({ name }, at) => [name.toLowerCase(), at]));
  const at = (table: string) => places.get(table.toLowerCase());
  const noted = new Set(places.keys());
  const taking = of.references.filter(
    ({ table, onDelete }) => onDelete === 'cascade' && at(table) !== undefined,
  );
  for (const { pair, join } of of.tables) {
    const { after, before } = pair;
    if (at(after.name) === undefined) continue;
    const same = sameRow(after, 'q', 'm');
    const there = sides.after.tables.some(({ name }) => sameName(name, after.name));
    const gone =
      join === null || same === null || !there
        ? '0'
        : `exists (select 1 from start.${quoted(before.name)} b where ${join}) and not exists (select 1 from main.${quoted(after.name)} q where ${same})`;
    database.exec(
      `create table ${unfoundedOf(after.name)} as select * from before.${quoted(after.name)} m where ${gone}`,
    );
  }
  taking.forEach(({ table, columns }, index) => {
    database.exec(
      `create index temp.${quoted(`founded ${index}`)} on ${quoted(`unfounded ${table.toLowerCase()}`)} (${columns.map(quoted).join(', ')})`,
    );
  });
  const first = taking.map(
    (reference) =>
      `select ${at(reference.table)}, b.rowid from ${unfoundedOf(reference.table)} b where ${isAway(reference, sides, noted)}`,
  );
  const next = taking
    .filter(({ parent }) => at(parent) !== undefined)
    .map(
      (reference) =>
        `select ${at(reference.table)}, b.rowid from founded f
           cross join ${unfoundedOf(reference.parent)} p on f.at = ${at(reference.parent)} and p.rowid = f.id
           cross join ${unfoundedOf(reference.table)} b on ${matching(reference, sides)}
          where ${isAway(reference, sides, new Set())}`,
    );
  if (first.length === 0) return noted;
  database.exec(
    `create table temp.founded as with recursive founded (at, id) as (${[...first, ...next].join(' union ')}) select at, id from founded`,
  );
  for (const { name } of tables) {
    database.exec(
      `delete from ${unfoundedOf(name)} where rowid in (select id from temp.founded where at = ${at(name)})`,
    );
  }
  return noted;
}

/** A condition: the row `b` refers to the row `p`, which may be a copy without the collations of its table. */
function matching({ parent, columns, parentColumns }: ForeignKey, { before }: Sides): string {
  const own = before.tables.find(({ name }) => sameName(name, parent))?.columns ?? [];
  return columns
    .map((name, at) => {
      const key = parentColumns[at] ?? '';
      const collation = own.find((column) => sameName(column.name, key))?.collation ?? 'binary';
      const collate = collation === 'binary' ? '' : ` collate ${quoted(collation)}`;
      return `p.${quoted(key)} = b.${quoted(name)}${collate}`;
    })
    .join(' and ');
}

/** Leaves rows of `before` whose parents `main` has or lost, and those that refer to nothing. */
export function onlyAtHome(
  database: DatabaseSync,
  reference: ForeignKey,
  sides: Sides,
  unfounded: ReadonlySet<string>,
): void {
  database.exec(
    `delete from before.${quoted(reference.table)} as b where ${isAway(reference, sides, unfounded)}`,
  );
}

/**
 * A condition: the row `b` refers to one that is gone.
 *
 * @param unfounded tables whose rows have not gone that are noted so
 */
function isAway(reference: ForeignKey, sides: Sides, unfounded: ReadonlySet<string>): string {
  const { after, lineage } = sides;
  const { columns, parent, parentColumns, onDelete, onUpdate } = reference;
  const filled = columns.map((name) => `b.${quoted(name)} is not null`).join(' and ');
  const match = matching(reference, sides);
  const homes = [`exists (select 1 from main.${quoted(parent)} p where ${match})`];
  // What another key shall empty, or take along, went as it was meant to.
  const follows = onUpdate === 'cascade' && onDelete === 'set default';
  if (!onUpdate.startsWith('set') && !follows) {
    const fate = [...lineage.tables.values()].find(({ now }) => sameName(parent, now));
    homes.push(isRekeyed('main', fate?.names ?? [parent], reference));
  }
  const found = after.tables.find(({ name }) => sameName(name, parent));
  const isThere =
    parentColumns.length === columns.length &&
    parentColumns.every((key) => found?.columns.some(({ name }) => sameName(name, key)));
  if (isThere && unfounded.has(parent.toLowerCase())) {
    homes.push(`exists (select 1 from ${unfoundedOf(parent)} p where ${match})`);
  }
  return [filled, ...(isThere ? homes.map((home) => `not ${home}`) : [])].join(' and ');
}

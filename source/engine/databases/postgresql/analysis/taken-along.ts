/**
 * Objects that are dropped along with something else, since they depend on it: `cascade` takes
 * views, keys, defaults and columns without their names, and a dropped column takes every index
 * and constraint that has to do with it.
 *
 * Objects are known by their numbers, which a rename does not change. One that is made again under
 * its name is not lost.
 */

import { described } from '../../../../contract/object-ref.ts';
import { plural } from '../../../../text/format.ts';
import type { DialectFinding } from '../../analysis.ts';
import { findingOf } from '../../finding.ts';
import type { PassRecord } from '../../measurement.ts';
import { copiesIn, courseOf, isNamed, namesSince, type Rename } from './naming.ts';
import { DEFINING, type Standing } from './standing.ts';

/** What was taken along by an upgrade, as one finding. */
export async function takenAlong(
  before: readonly Standing[],
  after: readonly Standing[],
  { statements }: PassRecord,
): Promise<readonly DialectFinding[]> {
  const done = statements.filter(({ error }) => error === null);
  const sent = done.map(({ sql }) => sql);
  const ids = new Set(after.map(({ id }) => id));
  const gone = before.filter(
    (object) =>
      !object.part && !ids.has(object.id) && !after.some((each) => isMadeAgain(object, each)),
  );
  const lost: Standing[] = [];
  const course = await courseOf(sent);
  const { renames } = course;
  const copies = await copiesIn(sent);
  for (const object of gone) {
    if (goesWithItsTable(object, before, after, renames, copies)) continue;
    if (await isNamed(object, before, done, course)) continue;
    lost.push(object);
  }
  // What a person wrote is told by what it is; what hangs on that says nothing new.
  if (lost.length === 0) return [];
  const names = lost.map(named).toSorted();
  const cascade = sent.filter((sql) => /\bcascade\b/i.test(sql));
  const [first] = lost;
  const tables = new Set(lost.map(({ schema, table }) => table && tableOf(schema, table)));
  const [table] = tables;
  return [
    findingOf({
      severity: 'hazard',
      kind: 'objects-lost',
      what: `${plural(lost.length, 'object')} ${lost.length === 1 ? 'is' : 'are'} dropped along that no statement names: ${names.slice(0, SHOWN).join(', ')}${names.length > SHOWN ? ' …' : ''}.`,
      why:
        cascade.length > 0
          ? CASCADE
          : lost.some(({ owner }) => owner !== null && !ids.has(`pg_class ${owner} 0`))
            ? REBUILT
            : lost.every((each) => goesWithAColumn(each, ids))
              ? COLUMN
              : CODE,
      table: tables.size === 1 && table ? table : null,
      column: lost.length === 1 && first?.kind === 'default' ? first.name : null,
      statement: cascade.length === 1 ? (cascade[0] ?? null) : null,
      details: names,
    }),
  ];
}

const SHOWN = 5;
const CASCADE =
  '“cascade” drops all that depends on what is named. Drop each by its name, or make it again.';
const CODE = 'Code that a statement calls did it.';
const COLUMN =
  'A dropped column takes the indexes and constraints along that it is a part of, also those that are about other columns, too.';
const REBUILT =
  'Another table or view took the place of theirs, and was made without them. Make them there, or drop them by their names.';

function goesWithAColumn({ owner, columns }: Standing, ids: ReadonlySet<string>): boolean {
  return columns.some((number) => number > 0 && !ids.has(`pg_class ${owner} ${number}`));
}

function named({ kind, schema, table, name }: Standing): string {
  if (kind === 'default' || kind === 'not null' || kind === 'identity') {
    return `${kind} of ${tableOf(schema, table ?? '')}.${name}`;
  }
  if (kind === 'row security') return `${kind} of ${tableOf(schema, name)}`;
  if (kind === 'column') return described({ kind, schema, table, name });
  const bare = described({ kind, schema: table === null ? schema : null, table: null, name });
  return table === null ? bare : `${bare} of ${tableOf(schema, table)}`;
}

function tableOf(schema: string, table: string): string {
  return schema === 'public' ? table : `${schema}.${table}`;
}

function isMadeAgain(object: Standing, { kind, schema, table, owner, name }: Standing): boolean {
  const place =
    object.owner === null
      ? schema === object.schema
      : owner === object.owner || (table === object.table && schema === object.schema);
  // Both fill a column of new rows.
  const same = kind === object.kind || (FILLS.has(kind) && FILLS.has(object.kind));
  return same && name === object.name && place;
}

/** What acts on rows, or guards them, whatever columns it has to do with. */
const ACTING: ReadonlySet<Standing['kind']> = new Set([
  'trigger',
  'policy',
  'rule',
  'row security',
  'grant',
]);
const FILLS: ReadonlySet<Standing['kind']> = new Set(['default', 'identity']);
/** What others hang on, and what may be made anew under its name. */
const ROWED: ReadonlySet<Standing['kind']> = new Set(['table', 'view', 'materialized view']);
/** A statement that changes these of a table that stays says so. */
const SAID: ReadonlySet<Standing['kind']> = new Set([
  'identity',
  'not null',
  'row security',
  'grant',
]);
/** These may have another name in a table that takes the place of another. */
const NAMELESS: ReadonlySet<Standing['kind']> = new Set([
  'index',
  'foreign key',
  'check',
  'unique',
  'primary key',
  'exclusion',
]);

function goesWithItsTable(
  object: Standing,
  before: readonly Standing[],
  after: readonly Standing[],
  renames: readonly Rename[],
  copies: readonly string[],
): boolean {
  const { kind, schema, table, owner, name, columns } = object;
  if (owner === null) return false;
  const ids = new Set(after.map(({ id }) => id));
  if (!ids.has(`pg_class ${owner} 0`)) {
    const names = table === null ? [] : namesSince(table, renames);
    const again = after.find(
      (each) => ROWED.has(each.kind) && each.schema === schema && names.includes(each.name),
    );
    if (!again) return true;
    if (ACTING.has(kind)) return false;
    if (DEFINING.has(kind)) {
      const copied = copies.some((copy) => namesSince(copy, renames).includes(again.name));
      return !copied || !has(again, 'column', name, after);
    }
    return !NAMELESS.has(kind) || isReplaced(object, again, before, after);
  }
  if (SAID.has(kind)) return true;
  const numbers = columns.filter((number) => number > 0);
  if (kind === 'column' || numbers.length === 0) return false;
  return numbers.every((number) => !ids.has(`pg_class ${owner} ${number}`));
}

/** The table that took the place of its own has one of its kind for the same columns, or not all of these. */
function isReplaced(
  object: Standing,
  again: Standing,
  before: readonly Standing[],
  after: readonly Standing[],
): boolean {
  const names = namesOf(object, before);
  const own = after.filter(({ owner }) => owner === oidOf(again));
  const there = own.flatMap(({ kind, name }) => (kind === 'column' ? [name] : []));
  if (names.length === 0 || !names.every((name) => there.includes(name))) return true;
  return own.some(
    (each) => each.kind === object.kind && namesOf(each, after).join() === names.join(),
  );
}

function has(
  table: Standing,
  kind: Standing['kind'],
  name: string,
  all: readonly Standing[],
): boolean {
  return all.some(
    (each) => each.owner === oidOf(table) && each.kind === kind && each.name === name,
  );
}

function oidOf({ id }: Standing): string | undefined {
  return id.split(' ')[1];
}

/** Of the columns that an object of a table has to do with. */
function namesOf({ owner, columns }: Standing, all: readonly Standing[]): readonly string[] {
  return all
    .filter(
      (each) =>
        each.kind === 'column' &&
        each.owner === owner &&
        each.columns.some((number) => columns.includes(number)),
    )
    .map(({ name }) => name)
    .toSorted();
}

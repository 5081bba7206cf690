/**
 * Whether the objects of a database are those that were made from the entities, as people mean it:
 * a difference that would hurt somebody is told apart from one that would not.
 *
 * Both sides come from the catalogue of the same server, so that it is the server that says how an
 * expression is written. Nothing is told of the order of columns, of owners and privileges, and of
 * how rows are stored.
 */

import { described, type ObjectKind, type ObjectRef } from '../../contract/object-ref.ts';
import { oneLine } from '../../text/escape.ts';
import { shownSql } from '../../text/literals.ts';
import type { ColumnFacts, SchemaEquality, SchemaObject } from '../databases/catalogue.ts';
import type { Dialect } from '../databases/dialect.ts';
import type { Throwaway } from '../databases/throwaway.ts';

export interface Inequality {
  /** Of the database, else of what the entities want there. */
  readonly ref: ObjectRef;
  /** `unknown`: no entity knows it. `named`: it has another name than the entities would give it. */
  readonly kind: 'missing' | 'different' | 'unknown' | 'named';
  /** Whether the application, or its rows, would suffer. */
  readonly hurts: boolean;
  /** One sentence. */
  readonly words: string;
  readonly made: SchemaObject | null;
  readonly real: SchemaObject | null;
}

/** Not for entities to say. */
const NOT_SAID: ReadonlySet<ObjectKind> = new Set<ObjectKind>([
  'column order',
  'default privileges',
  'grant',
  'identity',
  'owner',
]);

/** Equal ones under another name do the same. */
const NAMELESS: ReadonlySet<ObjectKind> = new Set<ObjectKind>([
  'constraint',
  'foreign key',
  'index',
]);

/** Nobody calls them by their names. */
const NEVER_NAMED: ReadonlySet<ObjectKind> = new Set<ObjectKind>(['foreign key', 'primary key']);

/** Whether people call it by a name: not what is told of another object. */
export function isObject({ kind }: SchemaObject): boolean {
  return !NOT_SAID.has(kind) && kind !== 'comment';
}

export interface Sides {
  /** Made from the entities alone. */
  readonly made: readonly SchemaObject[];
  readonly real: readonly SchemaObject[];
  readonly dialect: Pick<Dialect, 'equality'>;
  /** The database of `real`. */
  readonly throwaway: Pick<Throwaway, 'sameValue'>;
}

export async function inequalities(sides: Sides): Promise<readonly Inequality[]> {
  const { equality } = sides.dialect;
  const told = (object: SchemaObject) => !NOT_SAID.has(object.kind) && !isOwnedSequence(object);
  const made = sides.made.filter(told);
  const real = new Set(sides.real.filter(told));
  const found: Inequality[] = [];
  const lacking: SchemaObject[] = [];

  // Names that the database made up say nothing.
  const byId = new Map([...real].filter(isNamed(equality)).map((each) => [each.id, each]));
  for (const wanted of made) {
    const there = isNamed(equality)(wanted) ? byId.get(wanted.id) : undefined;
    if (!there) {
      lacking.push(wanted);
      continue;
    }
    real.delete(there);
    found.push(...(await differences(wanted, there, sides)));
  }

  const missing = lacking.filter((wanted) => {
    const other = [...real].find((each) => meansTheSame(wanted, each, equality));
    if (!other) return true;
    real.delete(other);
    if (
      !NEVER_NAMED.has(wanted.ref.kind) &&
      isNamed(equality)(wanted) &&
      isNamed(equality)(other)
    ) {
      found.push({
        ref: other.ref,
        kind: 'named',
        hurts: false,
        made: wanted,
        real: other,
        words: `${described(other.ref)} is called ${wanted.ref.name} by the entities.`,
      });
    }
    return false;
  });

  const absent = tablesOf(missing);
  for (const wanted of missing) {
    if (isPartOf(wanted, absent)) continue;
    found.push({
      ref: wanted.ref,
      kind: 'missing',
      hurts: true,
      made: wanted,
      real: null,
      words: `There is no ${labelled(wanted)}`,
    });
  }
  const strange = tablesOf([...real]);
  for (const object of real) {
    if (isPartOf(object, strange)) continue;
    const bars = object.column !== undefined && needsValue(object.column);
    found.push({
      ref: object.ref,
      kind: 'unknown',
      hurts: bars,
      made: null,
      real: object,
      words: bars
        ? `${described(object.ref)} must have a value, and no entity knows it: new rows fail.`
        : labelled(object),
    });
  }
  return found;
}

function isNamed({ namesConstraints }: SchemaEquality) {
  return ({ kind }: SchemaObject) =>
    namesConstraints || !['constraint', 'foreign key'].includes(kind);
}

/** The one of a column is told with it. */
function isOwnedSequence({ kind, columns }: SchemaObject): boolean {
  return kind === 'sequence' && columns.length > 0;
}

/** Tables and views, by which their parts are known. */
function tablesOf(objects: readonly SchemaObject[]): ReadonlySet<string> {
  return new Set(objects.filter(({ kind }) => WHOLE.has(kind)).map(({ table }) => table));
}

const WHOLE: ReadonlySet<ObjectKind> = new Set<ObjectKind>([
  'foreign table',
  'materialized view',
  'table',
  'view',
]);

function isPartOf({ ref, kind, table }: SchemaObject, tables: ReadonlySet<string>): boolean {
  return (ref.table !== null || kind === 'comment') && tables.has(table);
}

function meansTheSame(one: SchemaObject, other: SchemaObject, equality: SchemaEquality) {
  return (
    NAMELESS.has(one.kind) &&
    NAMELESS.has(other.kind) &&
    one.ref.schema === other.ref.schema &&
    one.table.toLowerCase() === other.table.toLowerCase() &&
    equality.meaning(one) === equality.meaning(other)
  );
}

async function differences(
  made: SchemaObject,
  real: SchemaObject,
  { dialect, throwaway }: Sides,
): Promise<readonly Inequality[]> {
  // Where numbering ends is a sequence's to say.
  const sameNumbers = made.column?.numbersTo === real.column?.numbersTo;
  if (made.text === real.text && sameNumbers) return [];
  const { ref } = real;
  const differs = (hurts: boolean, is: string, wanted: string): Inequality => ({
    ref,
    kind: 'different',
    hurts,
    made,
    real,
    words: `${described(ref)} is ${oneLine(shownSql(is))}; the entities say ${oneLine(shownSql(wanted))}`,
  });
  if (made.column && real.column) {
    const [is, wanted] = [real.column, made.column];
    return (await columnDifferences(is, wanted, dialect.equality, throwaway)).map(
      ([hurts, was, said]) => differs(hurts, was, said),
    );
  }
  if (real.kind === 'table') {
    const wanted = made.text.split(', ').filter((each) => !real.text.includes(each));
    return made.text === '' || wanted.join('') === ''
      ? []
      : [
          differs(
            !wanted.every((each) => dialect.equality.harmless.has(each)),
            real.text || 'plain',
            made.text,
          ),
        ];
  }
  if (dialect.equality.meaning(made) === dialect.equality.meaning(real)) return [];
  return [differs(true, real.text, made.text)];
}

type Told = readonly [hurts: boolean, is: string, wanted: string];

async function columnDifferences(
  is: ColumnFacts,
  wanted: ColumnFacts,
  { typeOf }: SchemaEquality,
  throwaway: Sides['throwaway'],
): Promise<readonly Told[]> {
  const told: Told[] = [];
  const numbered = is.numbersTo !== null && wanted.numbersTo !== null;
  // A domain that somebody made of the same type only says more of the values.
  if (typeOf(is.type) !== typeOf(wanted.type)) {
    told.push([typeOf(is.base) !== typeOf(wanted.type), is.type, wanted.type]);
  }
  if (is.notNull !== wanted.notNull && !numbered) {
    const said = (notNull: boolean) => (notNull ? 'not null' : 'null');
    told.push([true, said(is.notNull), said(wanted.notNull)]);
  }
  if (is.collation !== wanted.collation) {
    told.push([
      true,
      is.collation ?? 'of the usual collation',
      wanted.collation ?? 'the usual one',
    ]);
  }
  if (is.generated !== wanted.generated) {
    const said = (text: string | null) =>
      text === null ? 'not generated' : `generated as ${text}`;
    told.push([true, said(is.generated), said(wanted.generated)]);
  }
  if (!numbered && is.default !== wanted.default) {
    const same =
      is.default !== null &&
      wanted.default !== null &&
      (await throwaway.sameValue(is.default, wanted.default, is.type));
    const said = (text: string | null) => (text === null ? 'without a default' : `default ${text}`);
    // One that nobody asked for gives a value where there was none.
    if (!same) told.push([true, said(is.default), said(wanted.default)]);
  }
  if (wanted.numbersTo !== null && is.numbersTo === null) {
    told.push([true, 'not numbered', 'numbered']);
  } else if (numbered && Number(is.numbersTo) < Number(wanted.numbersTo)) {
    told.push([true, `numbered up to ${is.numbersTo}`, `up to ${wanted.numbersTo}`]);
  } else if (numbered && is.numbersAlways && !wanted.numbersAlways) {
    told.push([false, 'always numbered by the database', 'that rows may bring a number']);
  }
  return told;
}

function needsValue(column: ColumnFacts): boolean {
  return (
    column.notNull &&
    column.default === null &&
    column.generated === null &&
    column.numbersTo === null
  );
}

function labelled({ ref, text }: SchemaObject): string {
  const shown = oneLine(shownSql(text));
  return shown === '' ? described(ref) : `${described(ref)}: ${shown}`;
}

/**
 * What becomes of objects that no entity knows: they are left alone, unless an entity knew them or
 * somebody chooses otherwise.
 *
 * That an entity knew an object can be told from MikroORM's snapshot, which is what the entities
 * were at the last draft. But `mikro-orm migration:up` puts there what it finds in the database,
 * hand-made or not, so the snapshot proves it only where it shows whose it is, or where the name is
 * one that MikroORM gives. Where neither is known, the author is asked.
 */

import type { DatabaseSchema, SchemaDifference } from '@mikro-orm/sql';
import type { DraftAnswers } from '../../contract/draft.ts';
import { type ObjectKind, type ObjectRef, sameObject } from '../../contract/object-ref.ts';
import type { SchemaObject } from '../databases/catalogue.ts';
import { isAbout } from '../rehearsal/entity-difference.ts';
import { type Entry, entriesOf } from './entries.ts';

export interface UnknownContext {
  /** Of the base. */
  readonly objects: readonly SchemaObject[];
  /** What names without a schema mean; null where there is but one. */
  readonly usual: string | null;
  readonly drops: readonly ObjectRef[];
  readonly keeps: readonly ObjectRef[];
  readonly snapshot: DatabaseSchema | null;
  /** What was renamed by the answers. */
  readonly renames: DraftAnswers['renames'];
  /** The name that MikroORM gives by itself. */
  readonly givenName: (table: string, columns: readonly string[], type: GivenType) => string;
}

export type GivenType = 'index' | 'unique' | 'foreign' | 'check';

export interface Decided {
  readonly leftAlone: readonly ObjectRef[];
  /** Beside tables and columns, which are asked for anyway. */
  readonly asked: readonly ObjectRef[];
}

/** Takes out of the difference what is left alone. */
export function leaveUnknownAlone(difference: SchemaDifference, context: UnknownContext): Decided {
  const { usual, objects, drops, keeps } = context;
  const entries = entriesOf(difference, usual);
  const removals = entries.filter(
    ({ ref, change }) =>
      change === 'remove' &&
      // Made again in another way.
      !entries.some((other) => other.change === 'add' && sameObject(other.ref, ref)),
  );
  const leftAlone: ObjectRef[] = [];
  const asked: ObjectRef[] = [];
  const leave = (entry: Entry, ref: ObjectRef) => {
    entry.leaveOut();
    if (!ASPECTS.has(ref.kind)) leftAlone.push(ref);
  };
  const exact = new Map(removals.map((entry) => [entry, exactRef(entry.ref, objects)]));
  const included = (refs: readonly ObjectRef[], ref: ObjectRef) =>
    refs.some((each) => sameObject(each, ref));

  for (const [entry, ref] of exact) {
    if (!HOLDERS.has(ref.kind)) continue;
    if (included(drops, ref)) continue;
    if (included(keeps, ref) || !mayHaveBeenKnown(entry, entries, context)) leave(entry, ref);
  }
  const goes = (ref: ObjectRef, columns: readonly string[]) =>
    removals.some(
      ({ ref: other }) =>
        (other.kind === 'column' &&
          !included(leftAlone, other) &&
          other.schema === ref.schema &&
          other.table === ref.table &&
          columns.includes(other.name)) ||
        (other.kind === 'table' &&
          !included(leftAlone, other) &&
          other.schema === ref.schema &&
          other.name === ref.table),
    );
  const isLeft = (ref: ObjectRef) =>
    leftAlone.some(
      ({ kind, schema, name }) => kind === 'table' && schema === ref.schema && name === ref.table,
    );
  for (const [entry, ref] of exact) {
    if (HOLDERS.has(ref.kind) || included(drops, ref)) continue;
    const columns = columnsOf(entry, ref, objects);
    if (included(keeps, ref)) leave(entry, ref);
    else if (isLeft(ref)) entry.leaveOut();
    else if (!goes(ref, columns)) {
      const before = beforeRenames(ref, columns, context);
      const known = wasKnown(before.ref, before.columns, context);
      if (known === 'no') leave(entry, ref);
      else if (known === 'perhaps') {
        entry.leaveOut();
        asked.push(ref);
      }
    }
  }
  for (const changed of Object.values(difference.changedTables)) {
    leaveCommentsAlone(changed.changedColumns);
  }
  return { leftAlone, asked };
}

/** They hold rows or values. */
const HOLDERS: ReadonlySet<ObjectKind> = new Set<ObjectKind>(['table', 'column']);

/** Nothing that stands for itself. */
const ASPECTS: ReadonlySet<ObjectKind> = new Set<ObjectKind>([
  'comment',
  'partitioning',
  'row security',
]);

/** MikroORM takes an exclusion constraint for an index. */
function exactRef(ref: ObjectRef, objects: readonly SchemaObject[]): ObjectRef {
  return objects.find((object) => isAbout(ref, object.ref))?.ref ?? ref;
}

function columnsOf(entry: Entry, ref: ObjectRef, objects: readonly SchemaObject[]) {
  const object = objects.find((each) => sameObject(each.ref, ref));
  return [...new Set([...entry.columns, ...(object?.columns ?? [])])];
}

/**
 * A table or column that the snapshot does not know was made by hand, unless something new may be
 * what it is called now: then it is asked about.
 */
function mayHaveBeenKnown({ ref }: Entry, entries: readonly Entry[], context: UnknownContext) {
  const snapshot = ofEntities(context);
  if (snapshot === null || isIn(snapshot, ref, context.usual)) return true;
  return entries.some(
    ({ change, ref: other }) =>
      change === 'add' &&
      other.kind === ref.kind &&
      (ref.kind === 'table' || (other.table === ref.table && other.schema === ref.schema)),
  );
}

/** As it stood before tables and columns were renamed: its own name did not change with them. */
function beforeRenames(
  ref: ObjectRef,
  columns: readonly string[],
  { renames }: UnknownContext,
): { readonly ref: ObjectRef; readonly columns: readonly string[] } {
  const old = renames.find(({ from, to }) => from.name === null && to === ref.table);
  return {
    ref: old ? { ...ref, table: old.from.table } : ref,
    columns: columns.map(
      (column) =>
        renames.find(({ from, to }) => from.table === ref.table && from.name && to === column)?.from
          .name ?? column,
    ),
  };
}

function wasKnown(
  ref: ObjectRef,
  columns: readonly string[],
  context: UnknownContext,
): 'yes' | 'perhaps' | 'no' {
  // What is in a schema may be anybody’s.
  if (ref.kind === 'schema') return 'no';
  const snapshot = ofEntities(context);
  if (snapshot === null) return isGiven(ref, columns, context) ? 'perhaps' : 'no';
  if (!isIn(snapshot, ref, context.usual)) return 'no';
  if (ASPECTS.has(ref.kind) || isGiven(ref, columns, context)) return 'yes';
  return isSurelyOfEntities(snapshot, context) ? 'yes' : 'perhaps';
}

const GIVEN: Partial<Record<ObjectKind, GivenType>> = {
  index: 'index',
  unique: 'unique',
  'foreign key': 'foreign',
  check: 'check',
};

function isGiven(ref: ObjectRef, columns: readonly string[], context: UnknownContext): boolean {
  const { givenName } = context;
  const type = GIVEN[ref.kind];
  const { table } = ref;
  if (table === null) return false;
  if (ref.kind === 'trigger')
    return hasGivenFunction(ref, context.objects) || isOneOfEvents(ref, context);
  if (type === undefined) return false;
  const types: readonly GivenType[] = type === 'index' ? ['index', 'unique'] : [type];
  // A check of the entity, and not of its property, has no columns in its name.
  const named = type === 'check' ? [columns, []] : [columns];
  return types.some((each) => named.some((of) => givenName(table, of, each) === ref.name));
}

/** MikroORM makes a function for each trigger, where a trigger calls one. */
export function hasGivenFunction(
  { schema, table, name }: ObjectRef,
  objects: readonly SchemaObject[],
): boolean {
  return objects.some(
    ({ ref }) =>
      ref.kind === 'function' && ref.schema === schema && ref.name === `${table}_${name}_fn()`,
  );
}

/** MikroORM makes one trigger for each event, where a trigger has but one. */
function isOneOfEvents({ schema, table, name }: ObjectRef, { objects }: UnknownContext): boolean {
  const base = EVENT_AT_END.exec(name)?.[1];
  return (
    schema === null &&
    base !== undefined &&
    objects.some(
      ({ ref }) =>
        ref.kind === 'trigger' &&
        ref.table === table &&
        ref.name !== name &&
        EVENT_AT_END.exec(ref.name)?.[1] === base,
    )
  );
}

const EVENT_AT_END = /^(.+)_(?:insert|update|delete)$/;

/** Null without one, and where it shows that a database was read into it. */
function ofEntities({ snapshot, usual }: UnknownContext): DatabaseSchema | null {
  return snapshot !== null && usual !== null && checksOf(snapshot).some(isPrinted)
    ? null
    : snapshot;
}

/** Only a server that prints checks in its own way shows whose they are. */
function isSurelyOfEntities(snapshot: DatabaseSchema, { usual }: UnknownContext): boolean {
  return usual !== null && checksOf(snapshot).length > 0;
}

function checksOf(snapshot: DatabaseSchema): readonly string[] {
  return snapshot
    .getTables()
    .flatMap((table) => table.getChecks().map(({ definition = '' }) => definition));
}

/** As PostgreSQL does; MikroORM writes it in small letters. */
function isPrinted(definition: string): boolean {
  return definition.startsWith('CHECK ');
}

function isIn(snapshot: DatabaseSchema, ref: ObjectRef, usual: string | null): boolean {
  const { kind, schema, table, name } = ref;
  const whole = table ?? name;
  const names = [`${schema}.${whole}`, ...(schema === usual ? [whole] : [])];
  const [found] = names.flatMap((each) => snapshot.getTable(each) ?? []);
  switch (kind) {
    case 'table':
      return found !== undefined;
    case 'column':
      return found?.hasColumn(name) ?? false;
    case 'index':
    case 'unique':
    case 'exclusion':
    case 'primary key':
      return found?.getIndexes().some(({ keyName }) => keyName === name) ?? false;
    case 'check':
      return found?.hasCheck(name) ?? false;
    case 'foreign key':
      return Object.values(found?.getForeignKeys() ?? {}).some(
        ({ constraintName }) => constraintName === name,
      );
    case 'trigger':
      return found?.hasTrigger(name) ?? false;
    case 'policy':
      return found?.hasPolicy(name) ?? false;
    case 'row security':
      return found?.rlsEnabled ?? false;
    case 'partitioning':
      return found?.getPartitioning() !== undefined;
    case 'comment':
      return Boolean(found?.comment);
    case 'view':
    case 'materialized view':
      return names.some((each) => snapshot.hasView(each));
    case 'enum':
      return Object.values(snapshot.getNativeEnums()).some(
        (each) => each.name === name && (each.schema ?? schema) === schema,
      );
    case 'function':
    case 'procedure': {
      const bare = name.replace(/\(.*\)$/, '');
      return snapshot
        .getRoutines()
        .some((each) => each.name === bare && (each.schema ?? schema) === schema);
    }
    default:
      return false;
  }
}

/** A comment that somebody made on a column of which the entity says nothing. */
function leaveCommentsAlone(
  changed: SchemaDifference['changedTables'][string]['changedColumns'],
): void {
  for (const [name, { column, changedProperties }] of Object.entries(changed)) {
    if (!changedProperties.has('comment') || column.comment) continue;
    changedProperties.delete('comment');
    if (changedProperties.size === 0) delete changed[name];
  }
}

/** Leaves out of the way back what the way there does not do. */
export function mirror<T extends SchemaDifference>(
  back: T,
  there: SchemaDifference,
  usual: string | null,
): T {
  const opposite = { add: 'remove', remove: 'add', change: 'change' } as const;
  const done = entriesOf(there, usual);
  for (const entry of entriesOf(back, usual)) {
    const has = done.some(
      ({ ref, change }) =>
        isAbout(ref, entry.ref) &&
        (change === opposite[entry.change] ||
          // It was made again already, to be filled.
          (change === 'remove' && entry.change === 'change')),
    );
    if (!has) entry.leaveOut();
  }
  return back;
}

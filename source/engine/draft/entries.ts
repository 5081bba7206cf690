/** The entries of MikroORM's difference between two schemas, as the objects that they are about. */

import type { DatabaseTable, SchemaDifference, TableDifference } from '@mikro-orm/sql';
import type { ObjectKind, ObjectRef } from '../../contract/object-ref.ts';

/** One entry: the object, and how to take it out of the difference. */
export interface Entry {
  readonly ref: ObjectRef;
  readonly change: 'add' | 'change' | 'remove';
  /** Columns of its table that it is about, as far as MikroORM knows. */
  readonly columns: readonly string[];
  /** Types that a changed column has or had, where somebody made them. */
  readonly types: readonly string[];
  leaveOut(): void;
}

/**
 * All entries, but for renames, which say what was and what shall be.
 *
 * @param usual the schema of what names none; null where a database has but one
 */
export function entriesOf(difference: SchemaDifference, usual: string | null): readonly Entry[] {
  const schemaOf = (schema: string | undefined) => (usual === null ? null : (schema ?? usual));
  const entries: Entry[] = [];
  const each = <T>(
    change: Entry['change'],
    record: Record<string, T>,
    refOf: (value: T, key: string) => ObjectRef,
    columnsOf: (value: T) => readonly string[] = () => [],
    typesOf: (value: T) => readonly string[] = () => [],
  ) => {
    for (const [key, value] of Object.entries(record)) {
      entries.push({
        ref: refOf(value, key),
        change,
        columns: columnsOf(value),
        types: typesOf(value),
        leaveOut: () => delete record[key],
      });
    }
  };
  const alone = (kind: ObjectKind, schema: string | undefined, name: string): ObjectRef => ({
    kind,
    schema: schemaOf(schema),
    table: null,
    name,
  });
  const table = ({ name, schema }: DatabaseTable) => alone('table', schema, name);
  const view = ({ name, schema, materialized }: SchemaDifference['newViews'][string]) =>
    alone(materialized ? 'materialized view' : 'view', schema, name);
  const routine = ({ name, schema, type }: SchemaDifference['newRoutines'][string]) =>
    alone(type, schema, name);

  each('add', difference.newTables, table);
  each('remove', difference.removedTables, table);
  each('add', difference.newViews, view);
  each('change', difference.changedViews, ({ to }) => view(to));
  each('remove', difference.removedViews, view);
  each('add', difference.newRoutines, routine);
  each('change', difference.changedRoutines, ({ to }) => routine(to));
  each('remove', difference.removedRoutines, routine);
  for (const [change, list] of [
    ['add', difference.newNativeEnums],
    ['remove', difference.removedNativeEnums],
  ] as const) {
    for (const item of list) {
      const leaveOut = () => takeOut(list as (typeof item)[], item);
      const ref = alone('enum', item.schema, item.name);
      entries.push({ ref, change, columns: [], types: [], leaveOut });
    }
  }
  for (const [change, names] of [
    ['add', difference.newNamespaces],
    ['remove', difference.removedNamespaces],
  ] as const) {
    for (const name of names) {
      const ref: ObjectRef = { kind: 'schema', schema: null, table: null, name };
      entries.push({ ref, change, columns: [], types: [], leaveOut: () => names.delete(name) });
    }
  }
  for (const key of difference.orphanedForeignKeys) {
    const from = difference.fromSchema.getTable(key.localTableName);
    const ref: ObjectRef = {
      kind: 'foreign key',
      schema: schemaOf(from?.schema),
      table: from?.name ?? key.localTableName,
      name: key.constraintName,
    };
    const leaveOut = () => takeOut(difference.orphanedForeignKeys, key);
    entries.push({ ref, change: 'remove', columns: key.columnNames, types: [], leaveOut });
  }
  for (const changed of Object.values(difference.changedTables)) {
    const { name, schema } = changed.toTable;
    const part = (kind: ObjectKind) => (_: unknown, key: string) => ({
      kind,
      schema: schemaOf(schema),
      table: name,
      name: key,
    });
    partsOf(changed, each, part);
    triggersOf(changed, part, usual === null, (entry) => entries.push(entry));
    aspectsOf(changed, part, (entry) => entries.push(entry));
  }
  return entries;
}

type Each = <T>(
  change: Entry['change'],
  record: Record<string, T>,
  refOf: (value: T, key: string) => ObjectRef,
  columnsOf?: (value: T) => readonly string[],
  typesOf?: (value: T) => readonly string[],
) => void;
type Part = (kind: ObjectKind) => (value: unknown, key: string) => ObjectRef;

function partsOf(changed: TableDifference, each: Each, part: Part): void {
  each('add', changed.addedColumns, part('column'));
  each(
    'change',
    changed.changedColumns,
    part('column'),
    () => [],
    ({ column, fromColumn }) =>
      [column, fromColumn].flatMap(({ nativeEnumName, type }) => [
        ...(nativeEnumName === undefined ? [] : [nativeEnumName]),
        type.split('.').at(-1) ?? type,
      ]),
  );
  each('remove', changed.removedColumns, part('column'));
  const index = (value: TableDifference['addedIndexes'][string], key: string) =>
    part(value.primary ? 'primary key' : value.constraint ? 'unique' : 'index')(value, key);
  const columnsOf = ({ columnNames }: { readonly columnNames: string[] }) => columnNames;
  each('add', changed.addedIndexes, index, columnsOf);
  each('change', changed.changedIndexes, index, columnsOf);
  each('remove', changed.removedIndexes, index, columnsOf);
  const columnOf = ({ columnName }: { readonly columnName?: string }) =>
    columnName === undefined ? [] : [columnName];
  each('add', changed.addedChecks, part('check'), columnOf);
  each('change', changed.changedChecks, part('check'), columnOf);
  each('remove', changed.removedChecks, part('check'), columnOf);
  each('add', changed.addedForeignKeys, part('foreign key'), columnsOf);
  each('change', changed.changedForeignKeys, part('foreign key'), columnsOf);
  each('remove', changed.removedForeignKeys, part('foreign key'), columnsOf);
  each('add', changed.addedPolicies, part('policy'));
  each('remove', changed.removedPolicies, part('policy'));
}

/** @param eachEvent has a trigger of its own in the catalogue */
function triggersOf(
  changed: TableDifference,
  part: Part,
  eachEvent: boolean,
  add: (entry: Entry) => void,
): void {
  const { addedTriggers, changedTriggers, removedTriggers, fromTable, toTable } = changed;
  for (const [change, record] of [
    ['add', addedTriggers],
    ['change', changedTriggers],
    ['remove', removedTriggers],
  ] as const) {
    for (const key of Object.keys(record)) {
      const defined = [fromTable.getTrigger(key), toTable.getTrigger(key), record[key]];
      const names = new Set(
        defined.flatMap((trigger) =>
          trigger && eachEvent && trigger.events.length > 1
            ? trigger.events.map((event) => `${key}_${event}`)
            : trigger
              ? [key]
              : [],
        ),
      );
      // MikroORM writes all of them or none.
      const wanted = new Set(names);
      for (const name of names) {
        const leaveOut = () => {
          wanted.delete(name);
          if (wanted.size === 0) delete record[key];
        };
        add({ ref: part('trigger')(undefined, name), change, columns: [], types: [], leaveOut });
      }
    }
  }
}

/** What a table is, rather than has. */
function aspectsOf(changed: TableDifference, part: Part, add: (entry: Entry) => void): void {
  const { fromTable, toTable } = changed;
  const aspect = (kind: ObjectKind, change: Entry['change'], leaveOut: () => void) =>
    add({ ref: part(kind)(undefined, ''), change, columns: [], types: [], leaveOut });
  if (changed.changedRlsEnabled !== undefined || changed.changedRlsForced !== undefined) {
    const less = (changed.changedRlsEnabled ?? changed.changedRlsForced) === false;
    aspect('row security', less ? 'remove' : 'add', () => {
      delete changed.changedRlsEnabled;
      delete changed.changedRlsForced;
    });
  }
  if (changed.changedPartitioning) {
    const { from, to } = changed.changedPartitioning;
    aspect('partitioning', from && to ? 'change' : to ? 'add' : 'remove', () => {
      delete changed.changedPartitioning;
    });
  }
  if ('changedComment' in changed) {
    const change = !toTable.comment ? 'remove' : fromTable.comment ? 'change' : 'add';
    aspect('comment', change, () => {
      delete changed.changedComment;
    });
  }
}

function takeOut<T>(list: T[], item: T): void {
  const at = list.indexOf(item);
  if (at !== -1) list.splice(at, 1);
}

/** What a difference between schemas means to its author, and what it leaves open. */

import type { Column, SchemaDifference, TableDifference } from '@mikro-orm/sql';
import type { Draft, DraftAnswers, DraftChange, DraftQuestion, Place } from '../../draft.ts';
import type { Snapshot } from './base.ts';

/** Counts rows of a table that a condition fits, or all of them; null if nobody can tell. */
export type CountRows = (table: string, condition: string | null) => Promise<number | null>;

/** True for what an earlier draft made: MikroORM's snapshot has it. */
export type WasKnown = (place: Place) => boolean;

/** Nothing is known without a snapshot. */
export function knownBySnapshot(snapshot: Snapshot | null): WasKnown {
  return ({ table, name }) => {
    if (!snapshot) return false;
    const { schema } = snapshot;
    if (name === null) return schema.hasTable(table) || schema.hasView(table);
    const known = schema.getTable(table);
    return known !== undefined && (known.hasIndex(name) || known.hasTrigger(name));
  };
}

export type Quotes = (identifier: string) => string;

/** What is open after all answers. */
export async function questionsOf(
  difference: SchemaDifference,
  answers: DraftAnswers,
  count: CountRows,
  quote: Quotes,
): Promise<DraftQuestion[]> {
  const questions: DraftQuestion[] = [];
  const decided = [...answers.drops, ...answers.keeps];
  for (const table of Object.values(difference.removedTables)) {
    const place = { table: table.getShortestName(), name: null };
    if (includes(decided, place)) continue;
    const columns = new Set(table.getColumns().map(({ name }) => name));
    const candidates = Object.values(difference.newTables)
      .map((candidate) => ({
        name: candidate.getShortestName(),
        shared: candidate.getColumns().filter(({ name }) => columns.has(name)).length,
      }))
      .toSorted((a, b) => b.shared - a.shared)
      .map(({ name }) => name);
    const holds = await count(place.table, null);
    questions.push({ kind: 'gone', place, holds, candidates });
  }
  for (const changed of Object.values(difference.changedTables)) {
    const table = changed.name;
    for (const column of Object.values(changed.removedColumns)) {
      const place = { table, name: column.name };
      if (includes(decided, place)) continue;
      const candidates = Object.values(changed.addedColumns)
        .toSorted((a, b) => likeness(b, column) - likeness(a, column))
        .map(({ name }) => name);
      const holds = await count(table, `${quote(column.name)} is not null`);
      questions.push({ kind: 'gone', place, holds, candidates });
    }
    for (const { column, condition } of needingValues(changed, quote)) {
      if (fillOf(answers.fills, table, column.name)) continue;
      const rows = await count(table, condition);
      // A column that is there already only matters where it is empty.
      if (condition !== null && rows === 0) continue;
      questions.push({
        kind: 'fill',
        direction: 'up',
        table,
        column: column.name,
        type: column.type,
        rows,
        proposed: hasValue(column) ? (column.default ?? null) : null,
      });
    }
  }
  return questions;
}

/** What rows get in columns that the downgrade adds again, whose values are gone by then. */
export async function downQuestionsOf(
  difference: SchemaDifference,
  answers: DraftAnswers,
  count: CountRows,
): Promise<readonly DraftQuestion[]> {
  const questions: DraftQuestion[] = [];
  for (const { name: table, removedColumns } of Object.values(difference.changedTables)) {
    for (const { name: column, nullable, type, ...rest } of Object.values(removedColumns)) {
      if (nullable || hasValue(rest) || fillOf(answers.fillsDown, table, column)) continue;
      const rows = await count(table, null);
      if (rows === 0) continue;
      const question = { direction: 'down', table, column, type, rows, proposed: null } as const;
      questions.push({ kind: 'fill', ...question });
    }
  }
  return questions;
}

/** How much one column looks like another under a new name. */
function likeness(one: Column, other: Column): number {
  const sameType = one.type.toLowerCase() === other.type.toLowerCase();
  return (sameType ? 2 : 0) + (Boolean(one.nullable) === Boolean(other.nullable) ? 1 : 0);
}

/** Columns that must have a value, and rows that may have none. */
function needingValues(
  { addedColumns, changedColumns }: TableDifference,
  quote: Quotes,
): readonly { readonly column: Column; readonly condition: string | null }[] {
  const added = Object.values(addedColumns)
    .filter((column) => !column.nullable && !hasValue(column))
    .map((column) => ({ column, condition: null }));
  const tightened = Object.values(changedColumns)
    .filter(({ column, fromColumn }) => fromColumn.nullable && !column.nullable)
    .map(({ column }) => ({ column, condition: `${quote(column.name)} is null` }));
  return [...added, ...tightened];
}

/** The database gives it one by itself. */
function hasValue(column: Pick<Column, 'generated' | 'autoincrement' | 'default'>): boolean {
  const { generated, autoincrement } = column;
  const given = column.default;
  return Boolean(generated) || autoincrement === true || (given != null && given !== 'null');
}

function fillOf(fills: DraftAnswers['fills'], table: string, column: string) {
  return fills.find((fill) => same(fill, { table, name: column }, fill.column));
}

function same(place: { readonly table: string }, other: Place, name: string | null): boolean {
  return (
    place.table.toLowerCase() === other.table.toLowerCase() &&
    (name ?? '').toLowerCase() === (other.name ?? '').toLowerCase()
  );
}

export function includes(places: readonly Place[], place: Place): boolean {
  return places.some((each) => same(each, place, each.name));
}

/** Indexes, triggers and views that no entity knows, and nobody asked to drop. */
export function unknownObjects(
  difference: SchemaDifference,
  answers: DraftAnswers,
  wasKnown: WasKnown,
): readonly { readonly place: Place; readonly words: string }[] {
  const views = Object.values(difference.removedViews).map(({ name }) => ({
    place: { table: name, name: null },
    words: `view ${name}`,
  }));
  const hanging = Object.values(difference.changedTables).flatMap((changed) => {
    const table = changed.name;
    const dropped = new Set(Object.keys(changed.removedColumns));
    return [
      ...Object.values(changed.removedIndexes)
        // It goes with its column.
        .filter(({ columnNames }) => !columnNames.some((column) => dropped.has(column)))
        .map(({ keyName }) => ({
          place: { table, name: keyName },
          words: `index ${table}.${keyName}`,
        })),
      ...Object.values(changed.removedTriggers).map(({ name }) => ({
        place: { table, name },
        words: `trigger ${table}.${name}`,
      })),
    ];
  });
  return [...views, ...hanging].filter(
    ({ place }) => !includes(answers.drops, place) && !wasKnown(place),
  );
}

/** In the order in which people read a schema: tables first, then what is in them. */
export function changesOf(
  difference: SchemaDifference,
  answers: DraftAnswers,
): readonly DraftChange[] {
  const renames = answers.renames.map(({ from, to }) => ({
    kind: 'rename' as const,
    what: from.name === null ? `table ${from.table}` : `column ${from.table}.${from.name}`,
    detail: to,
  }));
  const tables = [
    ...Object.values(difference.newTables).map((table) => ({
      kind: 'add' as const,
      what: `table ${table.getShortestName()}`,
      detail: table
        .getColumns()
        .map(({ name }) => name)
        .join(', '),
    })),
    ...Object.values(difference.removedTables).map((table) => ({
      kind: 'drop' as const,
      what: `table ${table.getShortestName()}`,
      detail: '',
    })),
  ];
  return [
    ...renames,
    ...tables,
    ...Object.values(difference.changedTables).flatMap(changesOfTable),
    ...objects('view', '', difference.newViews, difference.changedViews, difference.removedViews),
    ...objects(
      'routine',
      '',
      difference.newRoutines,
      difference.changedRoutines,
      difference.removedRoutines,
    ),
  ];
}

function changesOfTable(changed: TableDifference): readonly DraftChange[] {
  const table = `${changed.name}.`;
  const columns = [
    ...Object.values(changed.addedColumns).map((column) => ({
      kind: 'add' as const,
      what: `column ${table}${column.name}`,
      detail: typeOf(column),
    })),
    ...Object.values(changed.changedColumns).map(({ column, fromColumn }) => ({
      kind: 'change' as const,
      what: `column ${table}${column.name}`,
      detail: `${typeOf(fromColumn)} → ${typeOf(column)}`,
    })),
    ...Object.keys(changed.removedColumns).map((name) => ({
      kind: 'drop' as const,
      what: `column ${table}${name}`,
      detail: '',
    })),
  ];
  const renamed = Object.entries(changed.renamedIndexes).map(([old, { keyName }]) => ({
    kind: 'rename' as const,
    what: `index ${table}${old}`,
    detail: keyName,
  }));
  return [
    ...columns,
    ...renamed,
    ...objects(
      'index',
      table,
      changed.addedIndexes,
      changed.changedIndexes,
      changed.removedIndexes,
    ),
    ...objects('check', table, changed.addedChecks, changed.changedChecks, changed.removedChecks),
    ...objects(
      'foreign key',
      table,
      changed.addedForeignKeys,
      changed.changedForeignKeys,
      changed.removedForeignKeys,
    ),
    ...objects(
      'trigger',
      table,
      changed.addedTriggers,
      changed.changedTriggers,
      changed.removedTriggers,
    ),
  ];
}

function objects(
  kind: string,
  table: string,
  added: object,
  changed: object,
  removed: object,
): readonly DraftChange[] {
  const each = (change: DraftChange['kind'], entries: object) =>
    Object.keys(entries).map((name) => ({
      kind: change,
      what: `${kind} ${table}${name}`,
      detail: '',
    }));
  return [...each('add', added), ...each('change', changed), ...each('drop', removed)];
}

function typeOf(column: Column): string {
  const given = column.default;
  return [
    column.type,
    column.nullable ? 'null' : 'not null',
    ...(given != null && given !== 'null' ? [`default ${given}`] : []),
    ...(column.generated ? ['generated'] : []),
  ].join(' ');
}

/** Columns that are added to tables that are there. */
export function addedColumnsOf(difference: SchemaDifference): Draft['addedColumns'] {
  return Object.values(difference.changedTables).flatMap(({ name, addedColumns }) =>
    Object.keys(addedColumns).map((column) => ({ table: name, column })),
  );
}

/** What a difference between schemas means to its author, and what it leaves open. */

import type {
  CheckDef,
  Column,
  ColumnDifference,
  DatabaseTable,
  ForeignKey,
  IndexDef,
  SchemaDifference,
  SqlTriggerDef,
  TableDifference,
} from '@mikro-orm/sql';
import type {
  Draft,
  DraftAnswers,
  DraftChange,
  DraftQuestion,
  Place,
} from '../../contract/draft.ts';
import type { ObjectRef } from '../../contract/object-ref.ts';
import { oneLine } from '../../text/escape.ts';
import { plural } from '../../text/format.ts';
import { mentions } from '../../text/sql.ts';
import { USUAL_SCHEMA, type WithEnums } from './enums.ts';

/** Counts rows of a table that a condition fits, or all of them; null if nobody can tell. */
export type CountRows = (table: string, condition: string | null) => Promise<number | null>;

export type Quotes = (identifier: string) => string;

/** What is open after all answers. */
export async function questionsOf(
  difference: SchemaDifference,
  answers: DraftAnswers,
  count: CountRows,
  quote: Quotes,
  usual: string | null,
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
    const object = refOf(table, usual, 'table', table.name);
    questions.push({ kind: 'gone', place, object, holds, candidates });
  }
  for (const changed of Object.values(difference.changedTables)) {
    const table = changed.name;
    for (const column of Object.values(changed.removedColumns)) {
      const place = { table, name: column.name };
      // Of a generated column that is made anew nothing is lost.
      if (column.generated && column.name in changed.addedColumns) continue;
      if (includes(decided, place)) continue;
      const candidates = Object.values(changed.addedColumns)
        .toSorted((a, b) => likeness(b, column) - likeness(a, column))
        .map(({ name }) => name);
      const holds = await count(table, `${quote(column.name)} is not null`);
      const object = refOf(changed.fromTable, usual, 'column', column.name);
      questions.push({ kind: 'gone', place, object, holds, candidates });
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

/** Values that a shorter type would cut without a word: MikroORM converts them by a cast. */
export async function shortenedQuestionsOf(
  difference: SchemaDifference,
  answers: DraftAnswers,
  count: CountRows,
  quote: Quotes,
): Promise<readonly DraftQuestion[]> {
  const questions: DraftQuestion[] = [];
  for (const { name: table, changedColumns } of Object.values(difference.changedTables)) {
    for (const { column, fromColumn } of Object.values(changedColumns)) {
      const { name } = column;
      const length = lengthOf(column.type);
      const before = lengthOf(fromColumn.type) ?? Number.POSITIVE_INFINITY;
      if (length === null || length >= before || !isText(fromColumn.type)) continue;
      // The person knows of it, and the trial tells what is cut still.
      if (answers.conversions.some((each) => each.table === table && each.column === name))
        continue;
      const isMentioned = ({ direction, statement }: DraftAnswers['first'][number]) =>
        direction === 'up' &&
        [table.slice(table.lastIndexOf('.') + 1), name].every(
          (word) => mentions(statement, word) > 0,
        );
      if (answers.first.some(isMentioned)) continue;
      const longer = `char_length(${quote(name)}) > ${length}`;
      const rows = await count(table, longer);
      if (!rows) continue;
      const place = quote(table);
      questions.push({
        kind: 'rows',
        direction: 'up',
        what: `${plural(rows, 'value')} of ${table}.${name} are longer than ${length}, and would be cut.`,
        table,
        column: name,
        rows,
        keys: [],
        ways: [
          {
            words: 'Cut them knowingly',
            statement: `update ${place} set ${quote(name)} = left(${quote(name)}, ${length}) where ${longer}`,
          },
          { words: 'Delete those rows', statement: `delete from ${place} where ${longer}` },
        ],
      });
    }
  }
  return questions;
}

function lengthOf(type: string): number | null {
  const length = /^(?:varchar|character varying|char|character)\((\d+)\)$/i.exec(type)?.[1];
  return length === undefined ? null : Number(length);
}

function isText(type: string): boolean {
  return /^(?:text|varchar|character varying|char|character)\b/i.test(type);
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

function refOf(
  { schema, name: table }: DatabaseTable,
  usual: string | null,
  kind: 'table' | 'column',
  name: string,
): ObjectRef {
  const within = usual === null ? null : (schema ?? usual);
  return { kind, schema: within, table: kind === 'table' ? null : table, name };
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

/** Exactly: what a person wrote otherwise was resolved before. */
function same(place: { readonly table: string }, other: Place, name: string | null): boolean {
  return place.table === other.table && (name ?? '') === (other.name ?? '');
}

export function includes(places: readonly Place[], place: Place): boolean {
  return places.some((each) => same(each, place, each.name));
}

/** What loses data first, then what changes, then what comes. */
export function changesOf(difference: WithEnums, answers: DraftAnswers): readonly DraftChange[] {
  const renames = answers.renames.map(({ from, to }) => ({
    kind: 'rename' as const,
    what: from.name === null ? `table ${from.table}` : `column ${from.table}.${from.name}`,
    detail: to,
  }));
  const typeNamed = ({ schema, name }: SchemaDifference['removedNativeEnums'][number]) =>
    `type ${schema && schema !== USUAL_SCHEMA ? `${schema}.` : ''}${name}`;
  const changes: DraftChange[] = [
    ...renames,
    ...Object.values(difference.newTables).map((table) =>
      added(
        `table ${table.getShortestName()}`,
        table
          .getColumns()
          .map(({ name }) => name)
          .join(', '),
      ),
    ),
    ...Object.values(difference.removedTables).map((table) =>
      dropped(`table ${table.getShortestName()}`),
    ),
    ...Object.values(difference.changedTables).flatMap(changesOfTable),
    ...[...difference.newNamespaces].map((name) => added(`schema ${name}`, '')),
    ...[...difference.removedNamespaces].map((name) => dropped(`schema ${name}`)),
    ...difference.newNativeEnums.map(({ items, ...type }) =>
      added(typeNamed(type), items.map((item) => `'${item}'`).join(', ')),
    ),
    ...difference.removedNativeEnums.map((type) => dropped(typeNamed(type))),
    ...(difference.enums ?? []).map(({ type, added: more, removed, reordered }) => ({
      kind: 'change' as const,
      what: `type ${type}`,
      detail: [valuesChanged(removed, more), reordered ? 'in another order' : '']
        .filter((part) => part !== '')
        .join(', '),
    })),
    ...objects('view', '', difference.newViews, difference.changedViews, difference.removedViews),
    ...objects(
      'routine',
      '',
      difference.newRoutines,
      difference.changedRoutines,
      difference.removedRoutines,
    ),
  ];
  return changes.toSorted((a, b) => weight(a) - weight(b));
}

function added(what: string, detail: string): DraftChange {
  return { kind: 'add', what, detail };
}

function dropped(what: string): DraftChange {
  return { kind: 'drop', what, detail: '' };
}

/** Rows first, then values, then what hangs on them. */
function weight({ kind, what }: DraftChange): number {
  if (kind !== 'drop') return ['change', 'rename', 'add'].indexOf(kind) + 3;
  return what.startsWith('table ') ? 0 : what.startsWith('column ') ? 1 : 2;
}

function changesOfTable(changed: TableDifference): readonly DraftChange[] {
  const table = `${changed.name}.`;
  const { fromTable } = changed;
  const anew = (name: string) => name in changed.addedColumns && name in changed.removedColumns;
  const columns = [
    ...Object.values(changed.addedColumns).map((column) => {
      const was = changed.removedColumns[column.name];
      return was === undefined
        ? added(`column ${table}${column.name}`, typeOf(column))
        : {
            kind: 'change' as const,
            what: `column ${table}${column.name}`,
            detail: arrow(wholeTypeOf(was), wholeTypeOf(column)) || 'made anew',
          };
    }),
    ...Object.values(changed.changedColumns)
      .map((each) => ({
        kind: 'change' as const,
        what: `column ${table}${each.column.name}`,
        detail: changeOfColumn(each),
      }))
      .filter(({ detail }) => detail !== ''),
    ...Object.keys(changed.removedColumns)
      .filter((name) => !anew(name))
      .map((name) => dropped(`column ${table}${name}`)),
  ];
  const renamed = Object.entries(changed.renamedIndexes).map(([old, { keyName }]) => ({
    kind: 'rename' as const,
    what: `index ${table}${old}`,
    detail: keyName,
  }));
  const checkOf = ({ expression }: CheckDef) => [String(expression)];
  return [
    ...columns,
    ...renamed,
    ...objects(
      'index',
      table,
      changed.addedIndexes,
      changed.changedIndexes,
      changed.removedIndexes,
      { of: wordsOfIndex, before: (name) => fromTable.getIndex(name) },
    ).map((change) =>
      [changed.addedIndexes, changed.changedIndexes, changed.removedIndexes].some(
        (indexes) => indexes[change.what.slice(`index ${table}`.length)]?.primary,
      )
        ? { ...change, what: `primary key of ${changed.name}` }
        : change,
    ),
    ...objects('check', table, changed.addedChecks, changed.changedChecks, changed.removedChecks, {
      of: checkOf,
      before: (name) => fromTable.getCheck(name),
    }),
    ...objects(
      'foreign key',
      table,
      changed.addedForeignKeys,
      changed.changedForeignKeys,
      changed.removedForeignKeys,
      { of: wordsOfKey, before: (name) => fromTable.getForeignKeys()[name] },
    ),
    ...objects(
      'trigger',
      table,
      changed.addedTriggers,
      changed.changedTriggers,
      changed.removedTriggers,
      { of: wordsOfTrigger, before: (name) => fromTable.getTrigger(name) },
    ),
    ...objects('policy', table, changed.addedPolicies, {}, changed.removedPolicies),
    ...(changed.changedComment === undefined
      ? []
      : [
          {
            kind: 'change' as const,
            what: `table ${changed.name}`,
            detail: `comment ${JSON.stringify(fromTable.comment ?? '')} → ${JSON.stringify(changed.changedComment)}`,
          },
        ]),
  ];
}

/** What a definition says, in parts that read well one after the other. */
interface Words<T> {
  of(definition: T): readonly string[];
  before(name: string): T | undefined;
}

function objects<T>(
  kind: string,
  table: string,
  fresh: Readonly<Record<string, T>>,
  changed: Readonly<Record<string, T>> | object,
  removed: object,
  words?: Words<T>,
): readonly DraftChange[] {
  return [
    ...Object.entries(fresh).map(([name, definition]) =>
      added(`${kind} ${table}${name}`, said(words?.of(definition) ?? [])),
    ),
    ...Object.entries(changed).map(([name, definition]) => {
      const before = words?.before(name);
      const sides = words && before ? [words.of(before), words.of(definition as T)] : [];
      return {
        kind: 'change' as const,
        what: `${kind} ${table}${name}`,
        detail: whatDiffers(sides[0] ?? [], sides[1] ?? []) || 'its definition',
      };
    }),
    ...Object.keys(removed).map((name) => dropped(`${kind} ${table}${name}`)),
  ];
}

function wordsOfIndex(index: IndexDef): readonly string[] {
  const { unique, primary, columnNames, where, expression, type, include, deferMode } = index;
  if (expression) return [expression];
  const kind = primary ? 'primary key' : unique ? 'unique' : '';
  const list = (names: readonly string[] | undefined) => names?.join(', ') ?? '';
  return [
    kind,
    typeof type === 'string' ? `using ${type}` : '',
    `(${list(columnNames.map((name) => wordsOfColumn(name, index)))})`,
    include?.length ? `include (${list(include)})` : '',
    where ? `where ${where}` : '',
    deferMode ? `deferrable initially ${deferMode}` : '',
  ];
}

/** A column in an index, with how it is sorted there. */
function wordsOfColumn(name: string, { columns }: IndexDef): string {
  const options = columns?.find((each) => each.name === name);
  return said([
    name,
    options?.collation ? `collate ${options.collation}` : '',
    options?.sort?.toLowerCase() === 'desc' ? 'desc' : '',
    options?.nulls ? `nulls ${options.nulls.toLowerCase()}` : '',
  ]);
}

function wordsOfTrigger(trigger: SqlTriggerDef): readonly string[] {
  const { timing, events, forEach, when, body, expression } = trigger;
  if (expression) return [oneLine(expression)];
  return [
    `${timing} ${events.join(' or ')}`,
    `for each ${forEach}`,
    when ? `when ${oneLine(when)}` : '',
    oneLine(body),
  ];
}

function wordsOfKey(key: ForeignKey): readonly string[] {
  const { columnNames, referencedTableName, referencedColumnNames, deferMode } = key;
  const rule = (event: string, action: string | undefined) =>
    action && action !== 'no action' ? `on ${event} ${action}` : '';
  return [
    `(${columnNames.join(', ')})`,
    `to ${referencedTableName.replace(/^public\./, '')} (${referencedColumnNames.join(', ')})`,
    rule('update', key.updateRule),
    rule('delete', key.deleteRule),
    deferMode ? `deferrable initially ${deferMode}` : '',
  ];
}

function said(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}

/** The parts that are not the same on both sides. */
function whatDiffers(before: readonly string[], after: readonly string[]): string {
  // A definition in one text and one in parts have no part in common.
  if (before.length !== after.length) return arrow(said(before), said(after));
  const differing = [...after.keys(), ...before.keys()].filter(
    (at, index, all) => before[at] !== after[at] && all.indexOf(at) === index,
  );
  return differing.map((at) => `${before[at] || 'without'} → ${after[at] || 'without'}`).join(', ');
}

/** Empty if both sides read the same: that says nothing. */
function arrow(before: string, after: string): string {
  return before === after ? '' : `${before} → ${after}`;
}

/** What of a column differs, and nothing else; empty if its type says it all. */
function changeOfColumn({ column, fromColumn, changedProperties }: ColumnDifference): string {
  const text = (value: string | null | undefined) => value ?? 'none';
  const ofType = column.nativeEnumName !== undefined;
  const facets = [
    arrow(typeOf(fromColumn), typeOf(column)),
    ofType ? '' : valuesChanged(fromColumn.enumItems ?? [], column.enumItems ?? []),
    changedProperties.has('collation')
      ? prefixed('collation', arrow(text(fromColumn.collation), text(column.collation)))
      : '',
    changedProperties.has('comment')
      ? prefixed('comment', arrow(text(fromColumn.comment), text(column.comment)))
      : '',
    changedProperties.has('generated')
      ? prefixed('generated', arrow(text(fromColumn.generated), text(column.generated)))
      : '',
    changedProperties.has('autoincrement')
      ? prefixed(
          'numbered',
          arrow(yesOrNo(fromColumn.autoincrement), yesOrNo(column.autoincrement)),
        )
      : '',
  ].filter((facet) => facet !== '');
  const others = [...changedProperties].filter((each) => !(ofType && each === 'enumItems'));
  return facets.join(', ') || others.join(', ');
}

function yesOrNo(value: boolean | undefined): string {
  return value ? 'yes' : 'no';
}

function prefixed(word: string, change: string): string {
  return change === '' ? '' : `${word} ${change}`;
}

function valuesChanged(before: readonly string[], after: readonly string[]): string {
  const list = (sign: string, values: readonly string[]) =>
    values.map((value) => `${sign} '${value}'`);
  return [
    ...list(
      '−',
      before.filter((value) => !after.includes(value)),
    ),
    ...list(
      '+',
      after.filter((value) => !before.includes(value)),
    ),
  ].join(', ');
}

/** Statements that no change names: they are shown as they are. */
export function unnamedStatements(
  statements: readonly string[],
  changes: readonly DraftChange[],
): readonly DraftChange[] {
  // A table that is made anew has all its columns in every statement but two.
  const rebuilt = statements.some((sql) => /__temp_alter\b/.test(sql));
  const known = changes.flatMap(({ kind, what, detail }) => {
    const names = what.slice(what.lastIndexOf(' ') + 1).split('.');
    return [...(rebuilt ? names : names.slice(-1)), ...(kind === 'rename' ? [detail] : [])];
  });
  return (
    statements
      .filter((sql) => !/^\s*pragma\b/i.test(sql))
      // What is made anew has that at its end meanwhile.
      .map((sql) => ({ sql, plain: sql.replaceAll(/__(?:old|temp_alter)\b/g, '') }))
      .filter(({ plain }) => !known.some((name) => mentions(plain, name) > 0))
      .map(({ sql }) => ({ kind: 'change' as const, what: 'statement', detail: sql }))
  );
}

/** With the expression of a generated column, which says whether it has a value. */
function wholeTypeOf(column: Column): string {
  const { type, generated } = column;
  return generated ? `${type.toLowerCase()} generated as ${generated}` : typeOf(column);
}

function typeOf(column: Column): string {
  const given = column.default;
  return [
    column.type.toLowerCase(),
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

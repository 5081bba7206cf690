/**
 * The statements of a draft that change a table.
 *
 * SQLite can add and drop plain columns and little else (https://sqlite.org/lang_altertable.html);
 * for all the rest the table is made anew. MikroORM's own rebuild fills generated columns and
 * columns with a default, and makes neither what no entity knows nor what it does not model.
 */

import type {
  Column,
  DatabaseSchema,
  DatabaseTable,
  ForeignKey,
  IndexDef,
  TableDifference,
} from '@mikro-orm/sql';
import type { ColumnDefinition, CreateTableStmt } from 'sql-parser-cst';
import type { Direction } from '../../../../contract/direction.ts';
import { mentions } from '../../../../text/sql.ts';
import type { ObjectText, TableWriter } from '../../drafting.ts';
import { sameName, tableOptions } from '../catalogue/schema.ts';
import { parseStatement, readStatement } from './statement.ts';

type Write = Awaited<ReturnType<TableWriter['load']>>;

export const alterTable: Write['alterTable'] = (difference, direction, texts, helper) => {
  const { fromTable, toTable } = difference;
  keepUnknown(difference);
  renameTriggers(difference);
  const own = texts.filter(({ table }) => sameName(table, fromTable.name));
  if (!needsRebuild(difference, own)) {
    return helper.alterTable(difference).map((sql) => asWritten(sql, direction, own));
  }
  const name = toTable.name;
  const temporary = `${name}__temp_alter`;
  const [create = '', ...rest] = helper.createTable(toTable);
  const written = own.find(({ kind }) => kind === 'table')?.sql ?? '';
  const exact = direction === 'down' && hasColumnsOf(written, difference);
  const made = exact ? written : `${create.replace(/;\s*$/, '')}${missingOptions(written, create)}`;
  const copied = copiedColumns(difference);
  const columns = copied.map((column) => helper.quote(column)).join(', ');
  const values = copied.map((column) => helper.valueOf(fromTable.name, column)).join(', ');
  const { removedIndexes, changedIndexes, renamedIndexes, removedTriggers } = difference;
  const goingIndexes = [removedIndexes, changedIndexes, renamedIndexes].flatMap((indexes) =>
    // The primary key is a part of the table.
    Object.keys(indexes).filter((key) => !fromTable.getIndex(key)?.primary),
  );
  return [
    // They would go with the table, but not by a statement that says so.
    ...goingIndexes.map((name) => helper.dropIndex(name)),
    ...Object.values(removedTriggers).flatMap((trigger) => helper.dropTrigger(toTable, trigger)),
    'pragma foreign_keys = off',
    renamed(made, helper.quote(temporary)),
    ...(columns === ''
      ? []
      : [
          `insert into ${helper.quote(temporary)} (${columns}) select ${values} from ${helper.quote(fromTable.name)}`,
        ]),
    `drop table ${helper.quote(fromTable.name)}`,
    `alter table ${helper.quote(temporary)} rename to ${helper.quote(name)}`,
    ...hanging(difference, direction, own, rest),
    'pragma foreign_keys = on',
  ];
};

/** The table and what hangs on it as they were, where a downgrade makes them again. */
export const createTable: Write['createTable'] = (table, direction, texts, helper) => {
  const own = texts.filter((text) => sameName(text.table, table.name));
  return direction === 'down' && own.some(({ kind }) => kind === 'table')
    ? own.map(({ sql }) => sql)
    : helper.createTable(table);
};

/**
 * What MikroORM reads otherwise than it stands in the text. It recognises a generated column only at the end of its definition, where it does not
 * write it itself (SqliteSchemaHelper.js, getColumns).
 */
export const complete: Write['complete'] = (schema, texts) => {
  for (const { kind, name, table, sql } of texts) {
    if (kind === 'index') readExpression(tableNamed(schema, table)?.getIndex(name), sql);
    const tree =
      kind === 'table' && /\bas\b|\bforeign\s+key\b/i.test(sql) ? parseStatement(sql) : null;
    if (tree?.type !== 'create_table_stmt') continue;
    const found = tableNamed(schema, name);
    if (found) readCompositeKeys(found, tree);
    for (const item of tree.columns?.expr.items ?? []) {
      if (item.type !== 'column_definition') continue;
      const column = tableNamed(schema, name)?.getColumn(item.name.name);
      for (const constraint of item.constraints.map(bare)) {
        if (constraint.type !== 'constraint_generated' || !column) continue;
        const { expr, storageKw } = constraint;
        const expression = expr.range ? sql.slice(...expr.range) : '';
        column.generated = `${expression} ${storageKw?.text.toLowerCase() ?? 'virtual'}`;
      }
    }
  }
};

/** MikroORM reads a foreign key of several columns as one for each (SqliteSchemaHelper.js, getForeignKeys). */
function readCompositeKeys(table: DatabaseTable, { columns }: CreateTableStmt): void {
  const items = columns?.expr.items ?? [];
  const written = items.flatMap((item) => {
    const constraint = item.type === 'constraint' ? item.constraint : item;
    if (constraint.type !== 'constraint_foreign_key') return [];
    const name = item.type === 'constraint' ? item.name?.name?.name : undefined;
    const modifiers = item.type === 'constraint' ? item.modifiers : [];
    const names = constraint.columns.expr.items.map((column) => column.name);
    return [{ name, names, deferred: /deferred/i.test(JSON.stringify(modifiers)) }];
  });
  const single = new Set([
    ...written.filter(({ names }) => names.length === 1).flatMap(({ names }) => names),
    ...items.flatMap((item) =>
      item.type === 'column_definition' &&
      item.constraints.map(bare).some(({ type }) => type === 'references_specification')
        ? [item.name.name]
        : [],
    ),
  ]);
  const keys = { ...table.getForeignKeys() };
  for (const { name, names, deferred } of written) {
    if (names.length === 1) continue;
    const parts = names.flatMap((column) =>
      Object.values(table.getForeignKeys()).filter(
        ({ columnNames }) => columnNames.length === 1 && sameName(columnNames[0] ?? '', column),
      ),
    );
    const [first] = parts;
    if (!first || parts.length !== names.length) continue;
    for (const { columnNames, constraintName } of parts) {
      if (!single.has(columnNames[0] ?? '')) delete keys[constraintName];
    }
    const constraintName = name ?? `${table.name}_${names.join('_')}_foreign`;
    const { localTableName, referencedTableName, updateRule, deleteRule } = first;
    keys[constraintName] = {
      constraintName,
      columnNames: parts.flatMap(({ columnNames }) => columnNames),
      referencedColumnNames: parts.flatMap(({ referencedColumnNames }) => referencedColumnNames),
      localTableName,
      referencedTableName,
      ...(updateRule !== undefined && { updateRule }),
      ...(deleteRule !== undefined && { deleteRule }),
      ...(deferred && { deferMode: DEFERRED }),
    };
  }
  table.setForeignKeys(keys);
}

/** MikroORM has an enum of its own for it. */
const DEFERRED = 'deferred' as NonNullable<ForeignKey['deferMode']>;

/** What stands in an index beside columns is in its text alone. */
function readExpression(index: IndexDef | undefined, sql: string): void {
  const tree = index && parseStatement(sql);
  if (!index || tree?.type !== 'create_index_stmt') return;
  const { expr } = tree.columns;
  const plain =
    expr.type === 'list_expr' &&
    expr.items.every((item) => item.expr.type === 'identifier' && !item.direction);
  if (!plain) index.expression = sql;
  // An expression has no column, and MikroORM has null in its place.
  index.columnNames = index.columnNames.filter((name: string | null) => name !== null);
}

function tableNamed(schema: DatabaseSchema, name: string) {
  return schema.getTables().find((table) => sameName(table.name, name));
}

type ColumnConstraint = ColumnDefinition['constraints'][number];

/** Without its name. */
function bare(constraint: ColumnConstraint) {
  return constraint.type === 'constraint' ? constraint.constraint : constraint;
}

/** What stays although no entity knows it has to be in the table that takes the other's place. */
function keepUnknown({ fromTable, toTable, ...difference }: TableDifference): void {
  const { removedColumns, renamedColumns, removedChecks, removedForeignKeys } = difference;
  for (const column of fromTable.getColumns()) {
    const goes = column.name in removedColumns || column.name in renamedColumns;
    if (!goes && !toTable.hasColumn(column.name)) toTable.addColumn(column);
  }
  const checks = fromTable
    .getChecks()
    .filter(({ name }) => !(name in removedChecks) && !toTable.hasCheck(name))
    // One about a column that goes can't stay.
    .filter(
      ({ expression }) =>
        !Object.keys(removedColumns).some((column) => mentions(String(expression), column) > 0),
    );
  if (checks.length > 0) toTable.setChecks([...toTable.getChecks(), ...checks]);
  const wanted = toTable.getForeignKeys();
  const keys = Object.entries(fromTable.getForeignKeys()).filter(
    ([name]) => !(name in removedForeignKeys) && !(name in wanted),
  );
  if (keys.length > 0) toTable.setForeignKeys({ ...wanted, ...Object.fromEntries(keys) });
}

function needsRebuild(difference: TableDifference, texts: readonly ObjectText[]): boolean {
  const { addedColumns, removedColumns, addedForeignKeys, fromTable } = difference;
  const tableChanges = [
    difference.changedColumns,
    difference.addedChecks,
    difference.changedChecks,
    difference.removedChecks,
    difference.changedForeignKeys,
    difference.removedForeignKeys,
  ];
  if (tableChanges.some((changes) => Object.keys(changes).length > 0)) return true;
  const { addedIndexes, changedIndexes, removedIndexes } = difference;
  const indexes = [addedIndexes, changedIndexes, removedIndexes].flatMap((each) =>
    Object.values(each),
  );
  if (indexes.some(({ primary }) => primary)) return true;
  // A generated column that is made anew.
  if (Object.keys(removedColumns).some((name) => name in addedColumns)) return true;
  const added = Object.values(addedColumns);
  const keys = Object.values(addedForeignKeys);
  const referring = new Set(keys.map(({ columnNames }) => columnNames.join()));
  if ([...referring].some((columns) => !(columns in addedColumns))) return true;
  if (added.some((column) => !canBeAdded(column, referring.has(column.name)))) return true;
  const foreign = Object.values(fromTable.getForeignKeys()).flatMap((key) => key.columnNames);
  const goingIndexes = new Set(Object.keys(difference.removedIndexes));
  return Object.values(removedColumns).some(
    ({ name, primary }) =>
      primary ||
      foreign.includes(name) ||
      texts.some((text) => standsInTheWay(text, name, goingIndexes)),
  );
}

/** “Restrictions” of https://sqlite.org/lang_altertable.html#altertabaddcol. */
function canBeAdded(column: Column, refers: boolean): boolean {
  const { generated, nullable, primary } = column;
  const given = column.default == null || column.default === 'null' ? null : column.default;
  if (primary) return false;
  if (generated) return !/\bstored\b/i.test(generated);
  if (refers) return nullable === true && given === null;
  return given === null ? nullable === true : CONSTANT.test(given);
}

const CONSTANT = /^(?:[-+]?[\d.]+(?:e[-+]?\d+)?|x?'(?:[^']|'')*'|"[^"]*"|true|false)$/i;

/** What names a column keeps it from being dropped (https://sqlite.org/lang_altertable.html#altertabdropcol). */
function standsInTheWay(
  { kind, name, sql }: ObjectText,
  column: string,
  going: ReadonlySet<string>,
): boolean {
  if (kind === 'trigger') return false;
  if (kind === 'index') return !going.has(name) && mentions(sql, column) > 0;
  // Once for its own definition.
  return mentions(sql, column) > 1 || isUnique(sql, column);
}

function isUnique(sql: string, column: string): boolean {
  const tree = parseStatement(sql);
  if (tree?.type !== 'create_table_stmt') return false;
  return (
    tree.columns?.expr.items.some(
      (item) =>
        item.type === 'column_definition' &&
        sameName(item.name.name, column) &&
        item.constraints.map(bare).some(({ type }) => /unique|primary_key/.test(type)),
    ) ?? false
  );
}

/** Generated columns can't be written, and a new one has its default. */
function copiedColumns({ toTable, addedColumns }: TableDifference): readonly string[] {
  return toTable
    .getColumns()
    .filter(({ name, generated }) => !generated && !(name in addedColumns))
    .map(({ name }) => name);
}

/** With one event more or less a trigger has other names, and MikroORM drops by the new ones alone. */
function renameTriggers({ fromTable, ...difference }: TableDifference): void {
  const { changedTriggers, removedTriggers, addedTriggers } = difference;
  for (const [key, trigger] of Object.entries(changedTriggers)) {
    const was = fromTable.getTrigger(key);
    if (was === undefined || String(was.events) === String(trigger.events)) continue;
    delete changedTriggers[key];
    removedTriggers[key] = was;
    addedTriggers[key] = trigger;
  }
}

/** Indexes and triggers, which go with the old table: those that stay as they were written. */
function hanging(
  difference: TableDifference,
  direction: Direction,
  texts: readonly ObjectText[],
  made: readonly string[],
): readonly string[] {
  const before = texts.filter(({ kind }) => kind !== 'table');
  // A downgrade gives back what was there, to the letter.
  if (direction === 'down') return before.map(({ sql }) => sql);
  const { addedIndexes, changedIndexes, removedIndexes, renamedIndexes } = difference;
  const { addedTriggers, changedTriggers, removedTriggers } = difference;
  const touched = [
    ...[addedIndexes, changedIndexes, removedIndexes, renamedIndexes],
    ...[addedTriggers, changedTriggers, removedTriggers],
  ].flatMap((changes) => Object.keys(changes));
  const stays = before.filter(
    ({ name, kind, sql }) =>
      // MikroORM makes one trigger for each event, with that at the end of the name.
      !touched.some((each) => sameName(each, name) || isEventOf(kind, name, each)) &&
      !Object.keys(difference.removedColumns).some(
        (column) => kind === 'index' && mentions(sql, column) > 0,
      ),
  );
  const known = new Set(stays.map(({ name }) => name.toLowerCase()));
  const fresh = made.filter((sql) => !known.has(nameOfMade(sql)));
  return [...stays.map(({ sql }) => sql), ...fresh];
}

/** MikroORM does not know all that can stand in an index or a trigger, and a downgrade gives it back. */
function asWritten(sql: string, direction: Direction, texts: readonly ObjectText[]): string {
  if (direction === 'up') return sql;
  const name = nameOfMade(sql);
  const before = texts.find((text) => text.kind !== 'table' && sameName(text.name, name));
  return before?.sql ?? sql;
}

function isEventOf(kind: ObjectText['kind'], name: string, trigger: string): boolean {
  return kind === 'trigger' && new RegExp(`^${trigger}_(insert|update|delete)$`, 'i').test(name);
}

function nameOfMade(sql: string): string {
  const index = readStatement(sql);
  if (index.kind === 'create-index') return index.name.toLowerCase();
  return /^create\s+trigger\s+[`"]?([\w$]+)/i.exec(sql)?.[1]?.toLowerCase() ?? '';
}

/** The text of before makes what the downgrade is to make. */
function hasColumnsOf(written: string, { toTable }: TableDifference): boolean {
  const tree = parseStatement(written);
  if (tree?.type !== 'create_table_stmt') return false;
  const columns = tree.columns?.expr.items.flatMap((item) =>
    item.type === 'column_definition' ? [item.name.name.toLowerCase()] : [],
  );
  const wanted = toTable.getColumns().map(({ name }) => name.toLowerCase());
  return columns?.toSorted().join('\n') === wanted.toSorted().join('\n');
}

function missingOptions(written: string, made: string): string {
  const options = ['strict', 'without rowid'].filter((option) => {
    const pattern = new RegExp(`\\b${option.replace(' ', '\\s+')}\\b`, 'i');
    return pattern.test(tableOptions(written)) && !pattern.test(tableOptions(made));
  });
  return options.length > 0 ? ` ${options.join(', ')}` : '';
}

/** The same `create table` for another name, which is quoted already. */
function renamed(sql: string, to: string): string {
  const tree = parseStatement(sql);
  const range = tree?.type === 'create_table_stmt' ? tree.name.range : undefined;
  if (range) return sql.slice(0, range[0]) + to + sql.slice(range[1]);
  return sql.replace(/^(\s*create\s+table\s+)("[^"]*"|`[^`]*`|\S+)/i, (_, start) => start + to);
}

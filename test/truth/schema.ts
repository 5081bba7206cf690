/** Makes a schema with rows of what fast-check chose, and writes it as SQL. */

import type { DriverName } from '../../source/contract/target.ts';
import { TAG } from './case.ts';
import type { Shape, TableShape } from './descriptor.ts';
import {
  type Action,
  type Column,
  type Index,
  list,
  literal,
  type Model,
  payloadOf,
  pick,
  q,
  type Table,
  type Trigger,
  type Type,
  tableOf,
  type View,
} from './model.ts';

type Value = string | number | null;
type Row = Record<string, Value>;

const ON_DELETE: readonly Action[] = [
  'cascade',
  'set null',
  'cascade',
  'no action',
  'set null',
  'restrict',
  'set default',
];
const ON_UPDATE: readonly Action[] = [
  'no action',
  'cascade',
  'set null',
  'cascade',
  'restrict',
  'set default',
];

/** Payload columns that tables have. */
const KINDS: readonly Pick<Column, 'type' | 'notNull' | 'default' | 'check'>[] = [
  { type: 'text', notNull: false, default: null, check: null },
  { type: 'integer', notNull: false, default: null, check: null },
  { type: 'text', notNull: true, default: "'none'", check: null },
  { type: 'integer', notNull: true, default: '0', check: null },
  { type: 'real', notNull: false, default: null, check: null },
  { type: 'integer', notNull: false, default: null, check: '> -1000' },
];
const PLAIN = { type: 'text', notNull: false, default: null, check: null } as const;
const VALUES: Readonly<Record<Type, readonly Value[]>> = {
  text: ['a', 'b', "it's", '', '07', 'ü', null],
  integer: [1, 2, -7, 0, 2_000_000, null],
  real: [0.5, -2.25, 3, null],
};

export interface Made {
  readonly model: Model;
  readonly setup: readonly string[];
  /** The keys of the rows of each table, by its id. */
  readonly keys: ReadonlyMap<number, readonly Row[]>;
}

export function make(driver: DriverName, shape: Shape): Made {
  const tables = shape.tables.map((each, id) => bareTable(driver, each, id));
  const model: Model = { tables, indexes: [], triggers: [], views: [] };
  for (const [id, each] of shape.tables.entries()) addLinks(model, tableOf(model, id), each, shape);
  const rows = new Map(
    tables.map(({ id }) => [
      id,
      rowsOf(model, tableOf(model, id), shape.tables[id]?.rows ?? [], shape),
    ]),
  );
  const keys = new Map(
    [...rows].map(([id, made]) => [id, made.map((row) => only(row, tableOf(model, id).key))]),
  );
  for (const [id, each] of shape.tables.entries()) {
    addObjects(model, tableOf(model, id), each, rows.get(id) ?? []);
  }
  return { model, keys, setup: setupOf(driver, model, rows) };
}

function bareTable(driver: DriverName, shape: TableShape, id: number): Table {
  const plain = { default: null, generated: null, check: null };
  const key: Column[] =
    shape.key === 2
      ? [{ ...plain, name: 'code', type: 'text', notNull: true }]
      : shape.key === 3
        ? ['a', 'b'].map((name) => ({ ...plain, name, type: 'integer', notNull: true }))
        : [{ ...plain, name: 'id', type: 'integer', notNull: true }];
  const columns: Column[] = [
    ...key,
    { ...plain, name: TAG, type: 'text', notNull: true },
    ...shape.columns.map((kind, at) => ({
      ...(pick(KINDS, kind) ?? PLAIN),
      name: `c${at}`,
      generated: null,
    })),
  ];
  if (shape.generated > 0) {
    columns.push({
      ...plain,
      name: 'g',
      type: 'text',
      notNull: false,
      generated: { expression: `${q(TAG)} || '!'`, stored: shape.generated === 1 },
    });
  }
  const sqlite = driver === 'sqlite';
  return {
    id,
    name: `t${id}`,
    columns,
    key: key.map(({ name }) => name),
    autoincrement: shape.key === 1,
    withoutRowid: sqlite && shape.key !== 1 && shape.withoutRowid && shape.key > 0,
    strict: sqlite && shape.strict && shape.generated === 0,
    foreignKeys: [],
  };
}

function addLinks(model: Model, table: Table, shape: TableShape, { tables }: Shape): void {
  for (const [at, link] of shape.links.entries()) {
    const parent = tableOf(model, link.to % model.tables.length);
    const rows = tables[parent.id]?.rows.length ?? 0;
    const columns = parent.key.map((name) => `p${at}_${name}`);
    const onDelete = pick(ON_DELETE, link.onDelete) ?? 'no action';
    const onUpdate = pick(ON_UPDATE, link.onUpdate) ?? 'no action';
    const nulls = [onDelete, onUpdate].some((action) => action.startsWith('set'));
    const required = link.required && rows > 0 && !nulls && parent !== table;
    for (const [index, name] of columns.entries()) {
      table.columns.push({
        name,
        type: parent.columns.find((each) => each.name === parent.key[index])?.type ?? 'integer',
        notNull: required,
        default: null,
        generated: null,
        check: null,
      });
    }
    table.foreignKeys.push({
      columns,
      parent: parent.id,
      parentColumns: [...parent.key],
      onDelete,
      onUpdate,
      deferred: link.deferred,
    });
  }
}

function keyOf(table: Table, at: number): Row {
  if (table.key[0] === 'code') return { code: `k${at}` };
  if (table.key.length === 2) return { a: at % 2, b: at };
  return { id: at + 1 };
}

function rowsOf(model: Model, table: Table, seeds: readonly number[], { tables }: Shape): Row[] {
  return seeds.map((seed, at) => {
    const row: Row = { ...keyOf(table, at), [TAG]: `${table.name}r${at}` };
    for (const [index, { name, type, notNull }] of payloadOf(table).entries()) {
      const values = VALUES[type].filter((value) => value !== null || !notNull);
      row[name] = pick(values, seed + 3 * index) ?? null;
    }
    for (const [index, { columns, parent, parentColumns }] of table.foreignKeys.entries()) {
      const count = tables[parent]?.rows.length ?? 0;
      const required = columns.some((name) => table.columns.find((c) => c.name === name)?.notNull);
      const to = required || seed % 4 !== 3 ? Math.floor(seed / (index + 1)) % (count || 1) : null;
      const key = to === null || count === 0 ? null : keyOf(tableOf(model, parent), to);
      for (const [part, name] of columns.entries()) {
        row[name] = key?.[parentColumns[part] ?? ''] ?? null;
      }
    }
    return row;
  });
}

function addObjects(model: Model, table: Table, shape: TableShape, rows: readonly Row[]): void {
  const [first] = payloadOf(table);
  if (first && shape.index > 0) {
    const values = rows.map((row) => row[first.name]);
    const unique = shape.index > 1 && new Set(values).size === values.length;
    model.indexes.push({
      name: `${table.name}_${first.name}_index`,
      table: table.id,
      columns: [first.name],
      unique,
    });
  }
  if (shape.trigger > 0) {
    const does = shape.trigger % 3 === 0 ? 'remove' : shape.trigger % 3 === 1 ? 'touch' : 'count';
    model.triggers.push({
      name: `${table.name}_trigger`,
      table: table.id,
      event: shape.trigger > 3 ? 'delete' : 'update',
      other: (table.id + 1) % model.tables.length,
      does,
    });
  }
  if (shape.view > 0) model.views.push({ name: `${table.name}_view`, table: table.id });
}

const only = (row: Row, names: readonly string[]): Row =>
  Object.fromEntries(names.map((name) => [name, row[name] ?? null]));

function setupOf(driver: DriverName, model: Model, rows: ReadonlyMap<number, readonly Row[]>) {
  const sql: string[] = [];
  for (const table of model.tables) {
    // On PostgreSQL a table must exist before another one refers to it; cycles are closed later.
    sql.push(tableSql(driver, model, table, table.name, driver === 'sqlite'));
  }
  for (const table of model.tables) {
    for (const row of rows.get(table.id) ?? []) sql.push(insertSql(table.name, row));
  }
  if (driver === 'postgresql') {
    for (const table of model.tables) {
      for (const [at] of table.foreignKeys.entries()) {
        sql.push(`alter table ${q(table.name)} add ${foreignKeySql(model, table, at)}`);
      }
      if (table.autoincrement) sql.push(sequenceSql(table, rows.get(table.id)?.length ?? 0));
    }
  }
  for (const index of model.indexes) sql.push(indexSql(model, index));
  for (const view of model.views) sql.push(viewSql(model, view));
  for (const trigger of model.triggers) sql.push(...triggerSql(driver, model, trigger));
  return sql;
}

export const sequenceSql = ({ name, key }: Table, to: number): string =>
  `select setval(pg_get_serial_sequence('${name}', '${key[0]}'), ${Math.max(1, to)})`;

export function insertSql(table: string, row: Row, verb = 'insert'): string {
  return `${verb} into ${q(table)} (${list(Object.keys(row))}) values (${Object.values(row).map(literal).join(', ')})`;
}

const TYPES: Readonly<Record<DriverName, Readonly<Record<Type, string>>>> = {
  sqlite: { text: 'text', integer: 'integer', real: 'real' },
  postgresql: { text: 'text', integer: 'integer', real: 'double precision' },
};
export const typeSql = (driver: DriverName, type: Type): string => TYPES[driver][type];

export function columnSql(driver: DriverName, table: Table, column: Column): string {
  const { name, type, notNull, generated, check } = column;
  const alone = table.key.length === 1 && table.key[0] === name;
  const key = alone ? ' primary key' : '';
  if (table.autoincrement && alone) {
    return driver === 'sqlite'
      ? `${q(name)} integer not null primary key autoincrement`
      : `${q(name)} serial primary key`;
  }
  if (generated !== null) {
    return `${q(name)} ${typeSql(driver, type)} generated always as (${generated.expression}) ${generated.stored ? 'stored' : 'virtual'}`;
  }
  return [
    `${q(name)} ${typeSql(driver, type)}`,
    notNull ? ' not null' : ' null',
    column.default === null ? '' : ` default ${column.default}`,
    check === null ? '' : ` check (${q(name)} ${check})`,
    key,
  ].join('');
}

export function foreignKeySql(model: Model, table: Table, at: number): string {
  const key = table.foreignKeys[at];
  if (!key) throw new Error(`${table.name} has no foreign key ${at}.`);
  const { columns, parent, parentColumns, onDelete, onUpdate, deferred } = key;
  return [
    `constraint ${q(`t${table.id}_${columns[0]}_fk`)} foreign key (${list(columns)})`,
    ` references ${q(tableOf(model, parent).name)} (${list(parentColumns)})`,
    onUpdate === 'no action' ? '' : ` on update ${onUpdate}`,
    onDelete === 'no action' ? '' : ` on delete ${onDelete}`,
    deferred ? ' deferrable initially deferred' : '',
  ].join('');
}

export function tableSql(
  driver: DriverName,
  model: Model,
  table: Table,
  name: string,
  references = true,
): string {
  const parts = table.columns.map((column) => columnSql(driver, table, column));
  if (table.key.length > 1) parts.push(`primary key (${list(table.key)})`);
  if (references) {
    parts.push(...table.foreignKeys.map((_, at) => foreignKeySql(model, table, at)));
  }
  const options = [
    ...(table.withoutRowid ? ['without rowid'] : []),
    ...(table.strict ? ['strict'] : []),
  ];
  return `create table ${q(name)} (${parts.join(', ')})${options.length > 0 ? ` ${options.join(', ')}` : ''}`;
}

export function indexSql(model: Model, { name, table, columns, unique }: Index): string {
  return `create ${unique ? 'unique ' : ''}index ${q(name)} on ${q(tableOf(model, table).name)} (${list(columns)})`;
}

export function viewSql(model: Model, { name, table }: View): string {
  return `create view ${q(name)} as select ${list([TAG])} from ${q(tableOf(model, table).name)}`;
}

/** What it changes by the way: a value of the same table, rows of another one, or nothing of before. */
export function triggerSql(driver: DriverName, model: Model, trigger: Trigger): string[] {
  const { name, event, does } = trigger;
  const table = tableOf(model, trigger.table);
  const [payload] = payloadOf(table);
  const row = event === 'delete' ? 'old' : 'new';
  const touched =
    payload &&
    {
      text: `'touched'`,
      integer: '77',
      real: '7.5',
    }[payload.type];
  const body =
    does === 'remove'
      ? `delete from ${q(tableOf(model, trigger.other).name)} where ${q(TAG)} = 't${trigger.other}r0'`
      : does === 'touch' && payload
        ? `update ${q(table.name)} set ${q(payload.name)} = ${touched} where ${q(TAG)} <> ${row}.${q(TAG)}`
        : 'select 1';
  if (driver === 'sqlite') {
    return [`create trigger ${q(name)} after ${event} on ${q(table.name)} begin ${body}; end`];
  }
  return [
    `create or replace function ${q(`${name}_function`)}() returns trigger language plpgsql as $$ begin ${body === 'select 1' ? 'perform 1' : body}; return null; end $$`,
    `create trigger ${q(name)} after ${event} on ${q(table.name)} for each row execute function ${q(`${name}_function`)}()`,
  ];
}

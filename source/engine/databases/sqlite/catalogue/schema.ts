/**
 * The schema of a SQLite database as comparable facts, from its own catalogue.
 *
 * MikroORM's introspection does not know foreign keys that were removed, STRICT, collations,
 * triggers and more, and the text of a table changes with every rebuild although nothing else
 * does. So what a pragma tells is taken from it, and the rest is read from the parsed text.
 */

import type { DatabaseSync } from 'node:sqlite';
import { cstVisitor, type Node } from 'sql-parser-cst';
import type { ObjectKind } from '../../../../contract/object-ref.ts';
import type { ColumnFacts, SchemaObject } from '../../catalogue.ts';
import { parseStatement } from '../parser/statement.ts';

export interface Column {
  readonly name: string;
  /** Declared, in lower case. */
  readonly type: string;
  readonly notNull: boolean;
  readonly default: string | null;
  /** Its place in the primary key, from 1; 0 if it is no part of it. */
  readonly key: number;
  /** Can't be written to. */
  readonly generated: boolean;
  /** In lower case; `binary` unless declared. */
  readonly collation: string;
}

export interface ForeignKey {
  readonly table: string;
  readonly columns: readonly string[];
  readonly parent: string;
  /** Empty: the parent's primary key. */
  readonly parentColumns: readonly string[];
  readonly onDelete: string;
  readonly onUpdate: string;
}

export interface Table {
  readonly name: string;
  readonly sql: string;
  readonly columns: readonly Column[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly strict: boolean;
  readonly withoutRowid: boolean;
  readonly autoincrement: boolean;
  /** Made by a module; its rows are not compared. */
  readonly virtual: boolean;
}

export interface Named {
  readonly kind: 'index' | 'trigger' | 'view';
  readonly name: string;
  readonly table: string;
  readonly sql: string;
}

export interface Schema {
  readonly tables: readonly Table[];
  /** Indexes, triggers and views that somebody wrote. */
  readonly named: readonly Named[];
}

interface MasterRow {
  readonly type: string;
  readonly name: string;
  readonly tbl_name: string;
  readonly sql: string | null;
}

/** A table that Handrail keeps notes in while it measures. */
export const ROW_LOG = 'handrail_rows';

/** @param except the table that records revisions */
export function readSchema(database: DatabaseSync, except: string, within = 'main'): Schema {
  const rows = database
    .prepare(
      `select type, name, tbl_name, sql from ${quoted(within)}.sqlite_schema
        where name not like 'sqlite\\_%' escape '\\' and lower(tbl_name) not in (lower(?), '${ROW_LOG}')
        order by type, name`,
    )
    .all(except) as unknown as MasterRow[];
  const shadows = shadowTables(database, within);
  return {
    tables: rows
      .filter(({ type, name }) => type === 'table' && !shadows.has(name))
      .map((row) => readTable(database, row, within)),
    named: rows.flatMap(({ type, name, tbl_name, sql }): Named[] =>
      sql !== null && (type === 'index' || type === 'trigger' || type === 'view')
        ? [{ kind: type, name, table: tbl_name, sql }]
        : [],
    ),
  };
}

function readTable(database: DatabaseSync, { name, sql }: MasterRow, within: string): Table {
  const text = sql ?? '';
  const tree = parseStatement(text);
  const written = tree?.type === 'create_table_stmt' ? tree : null;
  const virtual = VIRTUAL.test(text);
  // Its module may be one that only the project loads: then no pragma can read it.
  const info = virtual ? [] : pragma(database, 'table_xinfo', name, within);
  const options = tableOptions(text);
  const collations = written ? collationsOf(written) : new Map<string, string>();
  return {
    name,
    sql: text,
    columns: info.map((row) => ({
      name: String(row.name),
      type: String(row.type).toLowerCase(),
      notNull: row.notnull === 1,
      default: row.dflt_value === null ? null : String(row.dflt_value),
      key: Number(row.pk),
      generated: Number(row.hidden) > 1,
      collation: collations.get(String(row.name).toLowerCase()) ?? 'binary',
    })),
    foreignKeys: virtual ? [] : readForeignKeys(database, name, within),
    strict: /\bstrict\b/i.test(options),
    withoutRowid: /\bwithout\s+rowid\b/i.test(options),
    autoincrement: /\bautoincrement\b/i.test(text),
    virtual,
  };
}

function readForeignKeys(database: DatabaseSync, table: string, within: string): ForeignKey[] {
  const rows = pragma(database, 'foreign_key_list', table, within);
  return [...Map.groupBy(rows, (row) => row.id).values()].map((parts) => {
    const ordered = parts.toSorted((a, b) => Number(a.seq) - Number(b.seq));
    const [first] = ordered;
    return {
      table,
      columns: ordered.map((row) => String(row.from)),
      parent: String(first?.table),
      parentColumns: ordered.flatMap((row) => (row.to === null ? [] : [String(row.to)])),
      onDelete: String(first?.on_delete).toLowerCase(),
      onUpdate: String(first?.on_update).toLowerCase(),
    };
  });
}

const VIRTUAL = /^\s*create\s+virtual\s+table\b/i;

/** What stands behind the columns. */
/** What stands after the columns: `strict`, `without rowid`. */
export function tableOptions(sql: string): string {
  return sql.slice(sql.lastIndexOf(')') + 1);
}

/** Tables that a virtual table keeps its content in: not the author's. */
function shadowTables(database: DatabaseSync, within: string): ReadonlySet<string> {
  try {
    const rows = database
      .prepare(`select name from pragma_table_list where schema = ? and type = 'shadow'`)
      .all(within);
    return new Set(rows.map((row) => String(row.name)));
  } catch {
    // A module that is not loaded here keeps the list from being made.
    return new Set();
  }
}

/** The schema as objects with a text each; equal texts mean equal objects. */
export function describeSchema(schema: Schema): readonly SchemaObject[] {
  const keys = new Map(schema.tables.map((table) => [table.name.toLowerCase(), keyOf(table)]));
  return [
    ...schema.tables.flatMap((table) => describeTable(table, keys)),
    ...schema.named.map(({ kind, name, table, sql }) => {
      const text = canonical(sql);
      return describe(kind, table, name, text, kind === 'index' ? columnsOfIndex(text) : []);
    }),
  ];
}

/** SQLite compares names without their case. */
function describe(
  kind: SchemaObject['kind'],
  table: string,
  name: string,
  text: string,
  columns: readonly string[] = [],
): SchemaObject {
  const alone = kind === 'table' || kind === 'view';
  const place = alone ? name : `${table}.${name}`;
  return {
    id: `${kind} ${place}`.toLowerCase(),
    kind,
    ref: { kind: constraintKind(kind, name), schema: null, table: alone ? null : table, name },
    table,
    name,
    place,
    text,
    columns,
  };
}

/** Constraints have no names here but what {@link writtenConstraints} calls them. */
function constraintKind(kind: SchemaObject['kind'], name: string): ObjectKind {
  if (kind !== 'constraint') return kind;
  if (name === 'primary key') return name;
  return name.startsWith('check') ? 'check' : name.startsWith('unique') ? 'unique' : kind;
}

/** Of an index on a single one that is not an expression. */
function columnsOfIndex(text: string): readonly string[] {
  const [, column] = /^[^(]*\( ([^()]+) \)/.exec(text) ?? [];
  return column === undefined ? [] : [column];
}

function describeTable(
  table: Table,
  keys: ReadonlyMap<string, readonly string[] | null>,
): SchemaObject[] {
  const { name, columns, foreignKeys, strict, withoutRowid, autoincrement, virtual, sql } = table;
  const options = [
    virtual && canonical(sql),
    strict && 'strict',
    withoutRowid && 'without rowid',
    autoincrement && 'autoincrement',
  ].filter(Boolean);
  const keyColumns = columns.filter(({ key }) => key > 0).toSorted((a, b) => a.key - b.key);
  return [
    describe('table', name, name, options.join(', ')),
    ...columns.map((column) => ({
      ...describe('column', name, column.name, describeColumn(column), [column.name]),
      column: factsOf(column, table),
    })),
    ...(keyColumns.length > 0
      ? [
          describe(
            'constraint',
            name,
            'primary key',
            keyColumns.map((column) => column.name).join(', '),
          ),
        ]
      : []),
    ...foreignKeys.map((each) =>
      describe(
        'foreign key',
        name,
        each.columns.join(', '),
        `references ${each.parent} (${parentKey(each, keys).join(', ')}) on delete ${each.onDelete} on update ${each.onUpdate}`.toLowerCase(),
        each.columns,
      ),
    ),
    ...writtenConstraints(sql).map(({ name: constraint, text }) =>
      describe('constraint', name, constraint, text),
    ),
  ];
}

/** Columns left out mean the parent's primary key. */
function parentKey(
  { parent, parentColumns }: ForeignKey,
  keys: ReadonlyMap<string, readonly string[] | null>,
): readonly string[] {
  return parentColumns.length > 0 ? parentColumns : (keys.get(parent.toLowerCase()) ?? []);
}

/** Rows of a table whose key is the rowid get a number by themselves. */
function factsOf(column: Column, { columns, withoutRowid, autoincrement }: Table): ColumnFacts {
  const keys = columns.filter(({ key }) => key > 0);
  const isRowid = keys.length === 1 && column.key > 0 && column.type === 'integer';
  return {
    type: column.type,
    base: column.type,
    notNull: column.notNull,
    default: column.default === null || /^null$/i.test(column.default) ? null : column.default,
    generated: column.generated ? 'generated' : null,
    collation: column.collation === 'binary' ? null : column.collation,
    numbersTo: isRowid && !withoutRowid ? (autoincrement ? 'never again' : 'rowid') : null,
    numbersFrom: null,
    numbersAlways: false,
  };
}

function describeColumn(column: Column): string {
  return [
    column.type,
    column.notNull && 'not null',
    column.default !== null && !/^null$/i.test(column.default) && `default ${column.default}`,
    column.generated && 'generated',
    column.collation !== 'binary' && `collate ${column.collation}`,
  ]
    .filter(Boolean)
    .join(' ');
}

/** What no pragma tells: checks, unique constraints, generated expressions, deferred keys. */
function writtenConstraints(sql: string): readonly { name: string; text: string }[] {
  const tree = parseStatement(sql);
  if (tree?.type !== 'create_table_stmt') return [];
  const found: { name: string; text: string }[] = [];
  const add = (name: string, node: Node) => found.push({ name, text: tokens(node) });
  const visit = (column: string | null) =>
    cstVisitor({
      constraint_check: (node) => add('check', node.expr),
      constraint_unique: (node) =>
        node.columns
          ? add('unique', node.columns)
          : found.push({ name: 'unique', text: `( ${(column ?? '').toLowerCase()} )` }),
      constraint_generated: (node) =>
        found.push({ name: `generated ${column}`, text: tokens(node.expr as Node) }),
      constraint_modifier: (node) => add('modifier', node),
      on_conflict_clause: (node) => add('on conflict', node),
    });
  for (const item of tree.columns?.expr.items ?? []) {
    visit(item.type === 'column_definition' ? item.name.name : null)(item);
  }
  // Several of a kind: their order says nothing.
  const counted = new Map<string, number>();
  return found
    .toSorted((a, b) => (a.name + a.text < b.name + b.text ? -1 : 1))
    .map(({ name, text }) => {
      const count = (counted.get(name) ?? 0) + 1;
      counted.set(name, count);
      return { name: count === 1 ? name : `${name} ${count}`, text };
    });
}

function collationsOf(table: Extract<Node, { type: 'create_table_stmt' }>): Map<string, string> {
  const collations = new Map<string, string>();
  for (const item of table.columns?.expr.items ?? []) {
    if (item.type !== 'column_definition') continue;
    cstVisitor({
      constraint_collate: ({ collation }) => {
        const name = collation.type === 'identifier' ? collation.name : collation.value;
        collations.set(item.name.name.toLowerCase(), name.toLowerCase());
      },
    })(item);
  }
  return collations;
}

/** SQL without what means nothing: spaces, comments, quotes, the case of words. */
export function canonical(sql: string): string {
  const tree = parseStatement(sql);
  return tree ? tokens(tree) : sql.replaceAll(/\s+/g, ' ').trim();
}

/** The leaves of a syntax tree; literals as they are, everything else in lower case. */
function tokens(node: Node): string {
  const out: string[] = [];
  const take = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const each of value) take(each);
    } else if (typeof value === 'string') {
      out.push(value.toLowerCase());
    } else if (typeof value === 'object' && value !== null) {
      const { type } = value as { type?: string };
      if (type === 'identifier') out.push((value as { name: string }).name.toLowerCase());
      else if (type === 'keyword') out.push((value as { name: string }).name.toLowerCase());
      else if (type?.endsWith('_literal') && 'text' in value) out.push(String(value.text));
      else if (type === 'paren_expr') {
        out.push('(');
        take((value as { expr: unknown }).expr);
        out.push(')');
      } else if (type === 'binary_expr') {
        // The parser has the operator first.
        const { left, operator, right } = value as Record<string, unknown>;
        take([left, operator, right]);
      } else if (type === 'column_assignment') {
        const { column, expr } = value as Record<string, unknown>;
        take([column, '=', expr]);
      } else if (type === 'member_expr') {
        const { object, property } = value as Record<string, unknown>;
        take([object, '.', property]);
      } else if (type === 'list_expr') {
        const { items } = value as { readonly items: readonly unknown[] };
        take(items.flatMap((item, at) => (at === 0 ? [item] : [',', item])));
      } else {
        for (const [name, child] of Object.entries(value)) {
          if (!IGNORED_FIELDS.has(name)) take(child);
        }
      }
    }
  };
  take(node);
  return out.join(' ');
}

/** `ifNotExistsKw` is how it was made, not what it is. */
const IGNORED_FIELDS = new Set(['type', 'range', 'leading', 'trailing', 'ifNotExistsKw']);

/** Columns of a table's key: the primary key, else null for the rowid. */
export function keyOf(table: Table): readonly string[] | null {
  const columns = table.columns.filter(({ key }) => key > 0).toSorted((a, b) => a.key - b.key);
  return columns.length > 0 ? columns.map(({ name }) => name) : null;
}

/** The name of the rowid that no column has taken (https://sqlite.org/lang_createtable.html#rowid). */
export function rowidOf({
  columns,
}: {
  readonly columns: readonly Pick<Column, 'name'>[];
}): string {
  const taken = new Set(columns.map(({ name }) => name.toLowerCase()));
  return ['rowid', '_rowid_', 'oid'].find((name) => !taken.has(name)) ?? 'rowid';
}

/** SQLite compares names without their case. */
export function sameName(a: string, b: string | null | undefined): boolean {
  return b !== null && b !== undefined && a.toLowerCase() === b.toLowerCase();
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as SQL has it. */
export function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** A declared type's affinity; https://sqlite.org/datatype3.html#determination_of_column_affinity */
export function affinityOf(type: string): 'integer' | 'text' | 'blob' | 'real' | 'numeric' {
  if (type.includes('int')) return 'integer';
  if (/char|clob|text/.test(type)) return 'text';
  if (type.includes('blob') || type === '') return 'blob';
  if (/real|floa|doub/.test(type)) return 'real';
  return 'numeric';
}

function pragma(
  database: DatabaseSync,
  name: string,
  table: string,
  within: string,
): Record<string, unknown>[] {
  return database
    .prepare(`select * from pragma_${name}(?, ?)`)
    .all(table, within)
    .map((row) => ({ ...row }));
}

/** The highest number that an autoincrement column ever had, by table. */
export function sequencesOf(database: DatabaseSync): ReadonlyMap<string, number> {
  const there = database
    .prepare(`select 1 from sqlite_schema where name = 'sqlite_sequence'`)
    .get();
  if (!there) return new Map();
  return new Map(
    database
      .prepare('select name, seq from sqlite_sequence')
      .all()
      .map((row) => [String(row.name), Number(row.seq)]),
  );
}

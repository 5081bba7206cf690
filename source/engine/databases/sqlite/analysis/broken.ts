/**
 * Rows that break a rule: the state in which a statement failed is made again in a transaction that
 * is rolled back, and there the rule is let go, so that the rows can be looked up.
 */

import type { DatabaseSync } from 'node:sqlite';
import { cstVisitor, type Node } from 'sql-parser-cst';
import { KEYS } from '../../../../contract/rehearsal.ts';
import type { PassRecord } from '../../measurement.ts';
import {
  keyOf,
  quoted,
  readSchema,
  type Schema,
  sameName,
  type Table,
} from '../catalogue/schema.ts';
import { parseStatement, readStatement } from '../parser/statement.ts';

export interface Scene {
  readonly database: DatabaseSync;
  readonly schema: Schema;
  /** The statement that fails; null where the end of the transaction does. */
  readonly failed: string | null;
  /** The name of a table that people know. */
  known(table: string): string;
}

export interface BrokenRows {
  /** As people know it. */
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: number;
  /** `id = 2 (status = 'lost')`; they are data. */
  readonly keys: readonly string[];
  /** What has to hold. */
  readonly rule: string;
  /** The rows by their keys, for a `where`; null where no condition is needed, or they are many. */
  readonly listed: string | null;
}

/**
 * Looks at what the statements before the one that failed made of the database.
 *
 * @param except the table that records revisions
 */
export function reenact<T>(
  database: DatabaseSync,
  except: string,
  { statements }: PassRecord,
  failed: string | null,
  known: Scene['known'],
  work: (scene: Scene) => T,
): T {
  const at = statements.findLastIndex(({ sql, error }) => sql === failed && error !== null);
  const sent = at < 0 ? statements : statements.slice(0, at);
  database.exec('begin');
  try {
    for (const { sql, error } of sent) if (error === null) database.exec(sql);
  } catch {
    // It was not taken back, so it can’t be sent again: there was no transaction.
    database.exec('rollback; begin');
  }
  try {
    const schema = readSchema(database, except);
    return work({ database, schema, failed: at < 0 ? null : failed, known });
  } finally {
    if (database.isTransaction) database.exec('rollback');
  }
}

/** Does `work`, and undoes all that it did; null if it failed. */
function attempt<T>(database: DatabaseSync, work: () => T): T | null {
  database.exec('savepoint attempt');
  try {
    return work();
  } catch {
    return null;
  } finally {
    if (database.isTransaction) database.exec('rollback to attempt; release attempt');
  }
}

/** @param told the name of the check, or its text where it has none; null if SQLite does not say */
export function brokenCheck(scene: Scene, except: string, told: string | null): BrokenRows | null {
  const { database, failed, known } = scene;
  if (failed === null) return null;
  database.exec('pragma ignore_check_constraints = on');
  try {
    return attempt(database, () => {
      database.exec(failed);
      const { tables } = readSchema(database, except);
      const about = readStatement(failed);
      const own = 'table' in about ? about.table : null;
      const checks = tables
        .filter(({ name }) => own === null || sameName(name, own))
        .flatMap((table) => checksOf(table).map((check) => ({ table, ...check })));
      const named = checks.filter(
        ({ name, rule }) => told !== null && (name === told || rule === told),
      );
      for (const { table, rule, columns } of named.length > 0 ? named : checks) {
        const found = rowsWhere(scene, table, `not (${rule})`, columns);
        if (found.rows > 0) {
          return { ...found, table: known(table.name), columns, rule, listed: null };
        }
      }
      return null;
    });
  } finally {
    database.exec('pragma ignore_check_constraints = off');
  }
}

interface Check {
  readonly name: string | null;
  readonly rule: string;
  readonly columns: readonly string[];
}

function checksOf({ sql, columns }: Table): readonly Check[] {
  const tree = parseStatement(sql);
  const found: Check[] = [];
  const names = new Map<Node, string>();
  if (!tree) return found;
  cstVisitor({
    constraint: ({ name, constraint }) => {
      if (name?.name) names.set(constraint, name.name.name);
    },
    constraint_check: (check) => {
      const { range } = check.expr.expr;
      if (!range) return;
      const used = new Set<string>();
      cstVisitor({ identifier: ({ name }) => void used.add(name.toLowerCase()) })(check.expr);
      found.push({
        name: names.get(check) ?? null,
        rule: sql.slice(...range),
        columns: columns.map(({ name }) => name).filter((name) => used.has(name.toLowerCase())),
      });
    },
  })(tree);
  return found;
}

/** Values that a STRICT table refuses (https://sqlite.org/stricttables.html). */
export function brokenType(scene: Scene, except: string, column: string): BrokenRows | null {
  const { database, failed, schema, known } = scene;
  const about = failed === null ? null : readStatement(failed);
  if (failed === null || about?.kind !== 'insert') return null;
  const target = schema.tables.find(({ name }) => sameName(name, about.table));
  const type = target?.columns.find(({ name }) => sameName(name, column))?.type;
  const stored = STORED[type ?? ''];
  // One that has rows can't be made anew, without STRICT.
  if (!target?.strict || !stored || countOf(database, target, '1') > 0) return null;
  return attempt(database, () => {
    const tree = parseStatement(target.sql);
    const end = tree?.type === 'create_table_stmt' ? tree.columns?.range?.[1] : undefined;
    if (end === undefined) return null;
    database.exec(`drop table ${quoted(target.name)}`);
    database.exec(`${target.sql.slice(0, end)}${target.withoutRowid ? ' without rowid' : ''}`);
    database.exec(failed);
    const loose = readSchema(database, except).tables.find(({ name }) =>
      sameName(name, target.name),
    );
    if (!loose) return null;
    const condition = `typeof(${quoted(column)}) not in (${stored}, 'null')`;
    const found = rowsWhere(scene, loose, condition, [column]);
    const listed = found.rows > KEYS ? null : keysWhere(database, loose, condition);
    return { ...found, table: known(target.name), columns: [column], rule: type ?? '', listed };
  });
}

const STORED: Readonly<Record<string, string>> = {
  int: "'integer'",
  integer: "'integer'",
  real: "'real'",
  text: "'text'",
  blob: "'blob'",
};

/** Of rows that refer to others which do not exist, and did not do so before. */
export function brokenReferences(scene: Scene, except: string): readonly BrokenRows[] {
  const { database, failed } = scene;
  const now = attempt(database, () => {
    // Told at once otherwise, unless the key says “restrict”.
    database.exec('pragma defer_foreign_keys = on');
    if (failed !== null) database.exec(failed);
    return violations(scene, except);
  });
  database.exec('rollback; begin');
  const before = new Set(violations(scene, except).map(({ id }) => id));
  const found = now?.filter(({ id }) => !before.has(id));
  return [...Map.groupBy(found ?? [], ({ place }) => place).values()].flatMap((rows) => {
    const [first] = rows;
    if (!first) return [];
    const { table, columns, parent } = first;
    const keys = rows.slice(0, KEYS).map(({ key }) => key);
    return [{ table, columns, rows: rows.length, keys, rule: parent, listed: null }];
  });
}

/** https://sqlite.org/pragma.html#pragma_foreign_key_check */
function violations(scene: Scene, except: string) {
  const { database, known } = scene;
  const { tables } = readSchema(database, except);
  const found = database.prepare('pragma foreign_key_check').all();
  return found.flatMap((row) => {
    const table = tables.find(({ name }) => sameName(name, String(row.table)));
    const columns = database
      .prepare('select "from" as name from pragma_foreign_key_list(?) where id = ? order by seq')
      .all(String(row.table), Number(row.fkid))
      .map(({ name }) => String(name));
    if (!table || row.rowid === null) return [];
    const [key = ''] = rowsWhere(scene, table, `rowid = ${row.rowid}`, columns).keys;
    const parent = known(String(row.parent));
    const place = `${row.table} ${row.fkid}`;
    return [{ id: `${place} ${row.rowid}`, place, table: known(table.name), columns, parent, key }];
  });
}

/** Rows that are equal to an earlier one, by an expression, or where nothing but a key counts them. */
export function brokenUnique(
  scene: Scene,
  table: string,
  columns: readonly string[],
): BrokenRows | null {
  const { database, failed, schema, known } = scene;
  const made = failed === null ? null : parseStatement(failed);
  const index = made?.type === 'create_index_stmt' ? made : null;
  const text = ({ range }: Node) => (range && failed !== null ? failed.slice(...range) : '');
  const where = index?.clauses.find((clause) => clause.type === 'where_clause');
  const list = index?.columns?.expr;
  const parts = list?.type === 'list_expr' ? list.items.map(text) : columns.map(quoted);
  const about = index && failed !== null ? readStatement(failed) : null;
  const name = about?.kind === 'create-index' ? about.table : table;
  const found = schema.tables.find((each) => sameName(each.name, name));
  const key = found && (keyOf(found) ?? (found.withoutRowid ? null : ['rowid']));
  if (!found || !key || parts.length === 0) return null;
  const filled = [
    ...parts.map((part) => `(${part}) is not null`),
    ...(where ? [text(where.expr)] : []),
  ];
  const names = key.map(quoted).join(', ');
  const later = `(${names}) in (select ${key.map((_name, at) => `k${at}`).join(', ')} from (
    select ${key.map((each, at) => `${quoted(each)} as k${at}`).join(', ')},
      row_number() over (partition by ${parts.join(', ')} order by ${names}) as place
    from ${quoted(found.name)} where ${filled.join(' and ')}) where place > 1)`;
  return attempt(database, () => {
    const used = found.columns.map((each) => each.name);
    const shown = index
      ? used.filter((each) => new RegExp(`\\b${each}\\b`, 'i').test(parts.join(' ')))
      : columns;
    const rows = rowsWhere(scene, found, later, shown);
    return rows.rows === 0
      ? null
      : {
          ...rows,
          table: known(found.name),
          columns: shown,
          rule: parts.join(', '),
          listed: later,
        };
  });
}

/**
 * Rows that the statement itself makes equal to others: it is sent to a copy of the table that
 * takes them.
 *
 * @param name as SQLite knows it
 */
export function madeEqual(
  scene: Scene,
  name: string,
  columns: readonly string[],
): BrokenRows | null {
  const { database, failed, schema, known } = scene;
  const table = schema.tables.find((each) => sameName(each.name, name));
  if (failed === null || !table || columns.length === 0) return null;
  const own = quoted(table.name);
  return attempt(database, () => {
    database.exec(`pragma defer_foreign_keys = on; pragma legacy_alter_table = on;
      create table handrail_equal as select * from ${own}; drop table ${own};
      alter table handrail_equal rename to ${own}`);
    database.exec(failed);
    const list = columns.map(quoted);
    const found = rowsWhere(
      scene,
      table,
      `_rowid_ in (select k0 from (
        select _rowid_ as k0, row_number() over (partition by ${list.join(', ')} order by _rowid_) as place
        from ${own} where ${list.map((column) => `${column} is not null`).join(' and ')}) where place > 1)`,
      columns,
    );
    if (found.rows === 0) return null;
    return { ...found, table: known(table.name), columns, rule: columns.join(', '), listed: null };
  });
}

/** Whether a check accepts a value in the place of its column. */
export function accepts(
  database: DatabaseSync,
  rule: string,
  column: string,
  value: string,
): boolean {
  try {
    const sql = `select not (${rule}) as refused from (select ${value} as ${quoted(column)})`;
    return database.prepare(sql).get()?.refused !== 1;
  } catch {
    return false;
  }
}

/** A condition that names the rows by their keys; null where they have none. */
function keysWhere(database: DatabaseSync, table: Table, condition: string): string | null {
  const key = keyOf(table);
  if (key === null) return null;
  const quotes = key.map((name, at) => `quote(${quoted(name)}) as k${at}`).join(', ');
  const rows = database
    .prepare(`select ${quotes} from ${quoted(table.name)} where ${condition}`)
    .all()
    .map((row) => `(${key.map((_name, at) => String(row[`k${at}`])).join(', ')})`);
  return key.length === 1
    ? `${key.map(quoted).join()} in (${rows.map((row) => row.slice(1, -1)).join(', ')})`
    : `(${key.map(quoted).join(', ')}) in (values ${rows.join(', ')})`;
}

/** @param columns whose values are shown beside the key */
function rowsWhere(
  { database, known }: Scene,
  table: Table,
  condition: string,
  columns: readonly string[],
): Pick<BrokenRows, 'rows' | 'keys'> {
  const own = keyOf(table);
  // Rows of a copy that have no key are not known by the numbers that it gave them.
  const copied = !sameName(known(table.name), table.name);
  const key = own ?? (copied || table.withoutRowid ? [] : ['rowid']);
  const others = columns.filter((name) => !key.some((each) => sameName(each, name)));
  const shown = [...key, ...others].map((name, at) => `quote(${quoted(name)}) as v${at}`);
  const order = key.length > 0 ? `order by ${key.map(quoted).join(', ')}` : '';
  const from = `from ${quoted(table.name)} where ${condition}`;
  const rows =
    shown.length === 0
      ? []
      : database.prepare(`select ${shown.join(', ')} ${from} ${order} limit ${KEYS}`).all();
  return {
    rows: countOf(database, table, condition),
    keys: rows.map((row) => {
      const text = (name: string, at: number) => `${name} = ${shortened(String(row[`v${at}`]))}`;
      const first = key.map(text).join(', ');
      const values = others.map((name, at) => text(name, key.length + at)).join(', ');
      return first && values ? `${first} (${values})` : first || values;
    }),
  };
}

const LONGEST = 60;

function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function countOf(database: DatabaseSync, table: Table, condition: string): number {
  const row = database
    .prepare(`select count(*) as n from ${quoted(table.name)} where ${condition}`)
    .get();
  return Number(row?.n ?? 0);
}

/**
 * Rebuilt tables: found in a list of statements, and made safe.
 *
 * SQLite can't alter much, so MikroORM copies a table, drops it and renames the copy
 * (SqliteSchemaHelper.getAlterTempTableSQL). `pragma foreign_keys = off` does nothing inside a
 * transaction (https://sqlite.org/pragma.html#pragma_foreign_keys), and dropping a table deletes
 * its rows first (https://sqlite.org/foreignkeys.html#fk_schemacommands): with `on delete cascade`
 * the rows of other tables go with them, or the drop fails.
 */

import type { Direction } from '../../../protocol.ts';
import type { Edit } from '../dialect.ts';
import { type ForeignKey, keyOf, type Named, quoted, type Schema, type Table } from './schema.ts';
import { readStatement } from './statement.ts';

/** A rebuild within a list of statements; the numbers are indexes in it. */
export interface Rebuild {
  readonly table: string;
  /** The table that takes its place. */
  readonly replacement: string;
  readonly create: number;
  /** The statement that copies the rows; null if there is none. */
  readonly copy: number | null;
  readonly drop: number;
  readonly rename: number;
}

export function findRebuilds(statements: readonly string[]): readonly Rebuild[] {
  const facts = statements.map(readStatement);
  const created = new Map<string, number>();
  const copies = new Map<string, number>();
  const drops = new Map<string, number>();
  const found: Rebuild[] = [];
  for (const [index, each] of facts.entries()) {
    if (each.kind === 'create-table') created.set(each.table, index);
    if (each.kind === 'insert' && each.copy) copies.set(each.table, index);
    if (each.kind === 'drop-table') drops.set(each.table, index);
    if (each.kind !== 'rename-table') continue;
    const create = created.get(each.table);
    const drop = drops.get(each.to);
    if (create === undefined || drop === undefined || drop < create) continue;
    const copy = copies.get(each.table) ?? null;
    found.push({ table: each.to, replacement: each.table, create, copy, drop, rename: index });
    drops.delete(each.to);
  }
  return found;
}

/** The rebuild that a statement is a part of. */
export function rebuildAround(statements: readonly string[], at: number): Rebuild | null {
  return (
    findRebuilds(statements).find(({ create, rename }) => create <= at && at <= rename) ?? null
  );
}

/** Tables that refer to a table, directly or through others; the farthest first. */
export function dependents(schema: Schema, table: string): readonly Table[] {
  const found = new Map<string, Table>();
  const visit = (name: string, path: ReadonlySet<string>) => {
    for (const child of schema.tables) {
      const key = child.name.toLowerCase();
      const refers = child.foreignKeys.some(({ parent }) => parent.toLowerCase() === name);
      if (!refers || key === table.toLowerCase() || path.has(key)) continue;
      // Put last again, so that it comes after everything that it refers to.
      found.delete(key);
      found.set(key, child);
      visit(key, new Set([...path, key]));
    }
  };
  visit(table.toLowerCase(), new Set([table.toLowerCase()]));
  return [...found.values()].toReversed();
}

/** Whether two of the tables refer to each other around the rebuilt one. */
function isCircular(schema: Schema, table: string, children: readonly Table[]): boolean {
  const names = new Set(children.map(({ name }) => name.toLowerCase()));
  const own = schema.tables.find(({ name }) => name.toLowerCase() === table.toLowerCase());
  return own?.foreignKeys.some(({ parent }) => names.has(parent.toLowerCase())) ?? false;
}

/**
 * Statements around every rebuild of a table that others refer to, so that no row of theirs is
 * lost, whatever the transaction settings: the rows are put aside, deleted on purpose, and put
 * back once the table has its name again.
 *
 * Triggers and views in the way are dropped and made again: they would run for the rows that move,
 * or keep the rename from working.
 *
 * @param schema the one that the statements start with
 */
export function keepRows(
  statements: readonly string[],
  schema: Schema,
  direction: Direction,
): readonly Edit[] {
  return findRebuilds(statements).flatMap((rebuild): Edit[] => {
    const children = dependents(schema, rebuild.table);
    const self = schema.tables
      .find(({ name }) => name.toLowerCase() === rebuild.table.toLowerCase())
      ?.foreignKeys.some(({ parent }) => parent.toLowerCase() === rebuild.table.toLowerCase());
    const obstacles = obstaclesTo(schema, rebuild.table, children);
    if (children.length === 0 && !self && obstacles.length === 0) return [];
    const loops = referencesToDeleted(children);
    const circular = isCircular(schema, rebuild.table, children) || loops.length > 0;
    // The copy refers to the table that is dropped, like any other child.
    const copied: Kept[] = self
      ? [{ from: rebuild.replacement, to: rebuild.table, columns: null }]
      : [];
    const others = children.map(
      (child): Kept => ({ from: child.name, to: child.name, columns: columnsOf(child) }),
    );
    const kept = [...others, ...copied];
    const before = [
      ...(circular ? ['pragma defer_foreign_keys = on'] : []),
      ...obstacles.map(({ kind, name }) => `drop ${kind} ${quoted(name)}`),
      ...kept.map(
        ({ from, to, columns }) =>
          `create table ${quoted(`${to}__kept`)} as select ${columns ?? '*'} from ${quoted(from)}`,
      ),
      ...loosened(loops),
      ...kept.map(({ from }) => `delete from ${quoted(from)}`),
    ];
    const after = [
      ...kept
        .toReversed()
        .map(({ to, columns }) =>
          columns === null
            ? `insert into ${quoted(to)} select * from ${quoted(`${to}__kept`)}`
            : `insert into ${quoted(to)} (${columns}) select ${columns} from ${quoted(`${to}__kept`)}`,
        ),
      ...kept.map(({ to }) => `drop table ${quoted(`${to}__kept`)}`),
      ...obstacles.map(({ sql }) => sql),
    ];
    return [
      { direction, at: rebuild.drop, place: 'before', statements: before },
      { direction, at: rebuild.rename, place: 'after', statements: after },
    ];
  });
}

interface Reference {
  readonly table: Table;
  readonly key: ForeignKey;
}

/** References of tables to themselves, or to tables whose rows are deleted before theirs. */
function referencesToDeleted(children: readonly Table[]): readonly Reference[] {
  const place = new Map(children.map(({ name }, at) => [name.toLowerCase(), at]));
  return children.flatMap((table, at) =>
    table.foreignKeys
      .filter(({ parent }) => (place.get(parent.toLowerCase()) ?? at + 1) <= at)
      .map((key) => ({ table, key })),
  );
}

/**
 * `restrict` refuses at once what others check later, even within one statement
 * (https://sqlite.org/foreignkeys.html#fk_actions), so such a reference is emptied first.
 */
function loosened(references: readonly Reference[]): readonly string[] {
  return references.flatMap(({ table, key }) => {
    const column = table.columns.find(
      ({ name, notNull }) => !notNull && key.columns.includes(name),
    );
    if (key.onDelete.toLowerCase() !== 'restrict' || !column) return [];
    const name = quoted(column.name);
    return [`update ${quoted(table.name)} set ${name} = null where ${name} is not null`];
  });
}

interface Kept {
  readonly from: string;
  readonly to: string;
  /** As a list for SQL; null for all of a table that was just made. */
  readonly columns: string | null;
}

/** All that can be written; the rowid too where it is the only identity of a row. */
function columnsOf(table: Table): string {
  const names = table.columns.filter(({ generated }) => !generated).map(({ name }) => quoted(name));
  const anonymous = keyOf(table) === null && !table.withoutRowid;
  return (anonymous ? ['"rowid"', ...names] : names).join(', ');
}

/** Triggers on the tables whose rows move, and views and triggers that name the rebuilt table. */
function obstaclesTo(schema: Schema, table: string, children: readonly Table[]) {
  const moved = new Set(children.map(({ name }) => name.toLowerCase()));
  const naming = nameIn(table);
  const views = viewsOn(schema, [table]);
  return schema.named.filter((object) => {
    const { kind, table: on, sql } = object;
    if (kind === 'view') return views.has(object);
    if (kind !== 'trigger' || on.toLowerCase() === table.toLowerCase()) return false;
    return moved.has(on.toLowerCase()) || naming.test(sql);
  });
}

/** Views that name one of these, and the views on those. */
function viewsOn(schema: Schema, names: readonly string[]): ReadonlySet<Named> {
  const found = new Set<Named>();
  for (const name of names) {
    const naming = nameIn(name);
    for (const view of schema.named) {
      if (view.kind === 'view' && view.name !== name && naming.test(view.sql)) found.add(view);
    }
  }
  const more = [...found].map((view) => view.name).filter((name) => !names.includes(name));
  return more.length === 0 ? found : new Set([...found, ...viewsOn(schema, [...names, ...more])]);
}

/** Finds a name in SQL, quoted or not. */
function nameIn(name: string): RegExp {
  return new RegExp(`(?<![\\w$])${escapeRegExp(name)}(?![\\w$])`, 'i');
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

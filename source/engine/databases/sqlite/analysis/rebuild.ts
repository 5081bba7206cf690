/**
 * Rebuilt tables: found in a list of statements, and made safe.
 *
 * SQLite can't alter much, so MikroORM copies a table, drops it and renames the copy
 * (SqliteSchemaHelper.getAlterTempTableSQL). `pragma foreign_keys = off` does nothing inside a
 * transaction (https://sqlite.org/pragma.html#pragma_foreign_keys), and dropping a table deletes
 * its rows first (https://sqlite.org/foreignkeys.html#fk_schemacommands): with `on delete cascade`
 * the rows of other tables go with them, or the drop fails.
 */

import type { Direction } from '../../../../contract/direction.ts';
import type { DialectFinding, Edit, RevisionStatements } from '../../analysis.ts';
import { type ForeignKey, quoted, type Schema, sameName } from '../catalogue/schema.ts';
import { freeName, schemaAfter, schemasAt, writableColumns } from '../catalogue/schema-at.ts';
import { readStatement, realTable } from '../parser/statement.ts';

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

/** The name that people know: a table that takes another's place is known by that one. */
export function knownName(statements: readonly string[], name: string): string {
  const rebuild = findRebuilds(statements).find(({ replacement }) => sameName(replacement, name));
  return rebuild?.table ?? realTable(name);
}

/**
 * One change for both directions: the other one rebuilds the same tables.
 *
 * @param before the schema that the upgrade starts with
 */
export function keepRowsRepair(
  statements: RevisionStatements,
  before: Schema,
): DialectFinding['repairs'] {
  const edits = [
    ...keepRows(statements.up, before, 'up'),
    ...keepRows(statements.down, schemaAfter(before, statements.up), 'down'),
  ];
  if (edits.length === 0) return [];
  const rebuilt = [...findRebuilds(statements.up), ...findRebuilds(statements.down)];
  const tables = [...new Set(rebuilt.map(({ table }) => table))];
  return [
    {
      title: `Keep the rows of other tables while ${tables.join(', ')} ${tables.length === 1 ? 'is' : 'are'} rebuilt`,
      caution:
        'Works under any transaction setting. The rows of a rebuilt table are written twice, which takes time and room where it is large.',
      edits,
    },
  ];
}

/**
 * Statements around every rebuild of a table that others refer to, so that nothing happens to
 * their rows, whatever the transaction settings.
 *
 * The rows of the others stay where they are. While the old table is dropped, triggers of a moment
 * skip what its foreign key actions would do to them (`raise(ignore)`,
 * https://sqlite.org/lang_createtrigger.html#raise). The rows of the new table are put aside and
 * inserted once it has its name: that settles the violations that SQLite counted for the drop, and
 * checks until the end of the transaction (`defer_foreign_keys`, which makes `restrict` wait, too).
 *
 * Views and triggers that name the table would keep the rename from working; with
 * `legacy_alter_table` SQLite does not look at them.
 *
 * @param schema the one that the statements start with
 */
function keepRows(
  statements: readonly string[],
  schema: Schema,
  direction: Direction,
): readonly Edit[] {
  const rebuilds = findRebuilds(statements).filter((rebuild) => !isKept(statements, rebuild));
  const schemas = schemasAt(
    schema,
    statements,
    rebuilds.map(({ drop }) => drop),
  );
  return rebuilds.flatMap((rebuild): Edit[] => {
    const found = schemas.get(rebuild.drop);
    const made = found?.tables.find(({ name }) => sameName(name, rebuild.replacement));
    if (!found || !made) return [];
    const references = referencesTo(found, rebuild);
    const edit = (at: number, place: Edit['place'], sql: readonly string[]): Edit[] =>
      sql.length === 0 ? [] : [{ direction, at, place, statements: sql }];
    const [old, replacement] = [quoted(rebuild.table), quoted(rebuild.replacement)];
    const renaming = isNamedElsewhere(found, rebuild.table)
      ? [
          ...edit(rebuild.rename, 'before', ['pragma legacy_alter_table = on']),
          ...edit(rebuild.rename, 'after', ['pragma legacy_alter_table = off']),
        ]
      : [];
    if (references.length === 0) return renaming;
    const kept = quoted(freeName(found, `${rebuild.table}__kept`));
    const columns = writableColumns(made);
    const shields = shieldsFor(found, references);
    return [
      ...edit(rebuild.drop, 'before', [
        'pragma defer_foreign_keys = on',
        `create table ${kept} as select ${columns} from ${replacement}`,
        `delete from ${replacement}`,
        ...shields.map(({ sql }) => sql),
      ]),
      ...edit(
        rebuild.drop,
        'after',
        shields.map(({ name }) => `drop trigger ${quoted(name)}`),
      ),
      ...renaming,
      ...edit(indexed(statements, rebuild), 'after', [
        `insert into ${old} (${columns}) select ${columns} from ${kept}`,
        `drop table ${kept}`,
      ]),
    ];
  });
}

/** Whether the repair is in the statements already. */
function isKept(statements: readonly string[], { create, drop, replacement }: Rebuild): boolean {
  return statements.slice(create, drop).some((sql) => {
    const facts = readStatement(sql);
    return facts.kind === 'delete' && facts.all && sameName(facts.table, replacement);
  });
}

/** The references to the old table that its going would act on, or that would be broken by it. */
function referencesTo({ tables }: Schema, rebuild: Rebuild): readonly ForeignKey[] {
  return tables
    .flatMap(({ foreignKeys }) => foreignKeys)
    .filter(({ parent }) => sameName(parent, rebuild.table))
    .filter(({ table, parent }) => !sameName(table, parent));
}

interface Shield {
  readonly name: string;
  readonly sql: string;
}

/** A trigger for each way in which foreign key actions change rows of a table. */
function shieldsFor(schema: Schema, references: readonly ForeignKey[]): readonly Shield[] {
  const shields = new Map<string, Shield>();
  for (const { table, columns, onDelete } of references) {
    const event =
      onDelete === 'cascade'
        ? 'delete'
        : onDelete === 'set null' || onDelete === 'set default'
          ? `update of ${columns.map(quoted).join(', ')}`
          : null;
    const id = `${table} ${event}`.toLowerCase();
    if (event === null || shields.has(id)) continue;
    const name = freeName(schema, `${table}__stays_${shields.size + 1}`);
    const sql = `create trigger ${quoted(name)} before ${event} on ${quoted(table)} begin select raise(ignore); end`;
    shields.set(id, { name, sql });
  }
  return [...shields.values()];
}

/** Where the table has its unique indexes again, which references may need to find its rows. */
function indexed(statements: readonly string[], { table, rename }: Rebuild): number {
  let end = rename;
  for (let at = rename + 1; at < statements.length; at++) {
    const sql = statements[at] ?? '';
    const facts = readStatement(sql);
    if (facts.kind === 'create-index' && sameName(facts.table, table)) end = at;
    else if (!/^\s*pragma\b/i.test(sql) && facts.kind !== 'create-index') break;
  }
  return end;
}

/** Whether a view, or a trigger of another table, names it. */
function isNamedElsewhere({ named }: Schema, table: string): boolean {
  const naming = nameIn(table);
  return named.some(
    ({ kind, table: on, sql }) =>
      (kind === 'view' || (kind === 'trigger' && !sameName(on, table))) && naming.test(sql),
  );
}

/** Finds a name in SQL, quoted or not. */
function nameIn(name: string): RegExp {
  return new RegExp(`(?<![\\w$])${escapeRegExp(name)}(?![\\w$])`, 'i');
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

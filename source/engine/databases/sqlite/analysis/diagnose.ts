/**
 * Why a statement failed, in terms of the rows that are in its way.
 *
 * SQLite says which rule was broken and not by which rows, and while a table is rebuilt it names
 * one that exists for a moment only. The failed pass was rolled back, so the rows can be looked up.
 */

import type { DatabaseSync } from 'node:sqlite';
import { cstVisitor } from 'sql-parser-cst';
import { ANSWER, type RepairChoice } from '../../../../contract/rehearsal.ts';
import type { StatementError } from '../../../../contract/statement.ts';
import { plural } from '../../../../text/format.ts';
import type { DialectFinding, DialectRepair, Edit, RevisionStatements } from '../../analysis.ts';
import { DECISION, findingOf, orphanWords } from '../../finding.ts';
import type { PassRecord } from '../../measurement.ts';
import {
  affinityOf,
  type ForeignKey,
  quoted,
  type Schema,
  sameName,
  type Table,
} from '../catalogue/schema.ts';
import { schemaAfter } from '../catalogue/schema-at.ts';
import { parseStatement, readStatement } from '../parser/statement.ts';
import {
  accepts,
  type BrokenRows,
  brokenCheck,
  brokenReferences,
  brokenType,
  brokenUnique,
  madeEqual,
  type Scene,
} from './broken.ts';
import { keysOf } from './keys.ts';
import { firstStatementOn, orphanCondition, orphanRepairs } from './orphans.ts';
import { keepRowsRepair, knownName, rebuildAround } from './rebuild.ts';
import { fillFrom, fillWith } from './repairs.ts';

export interface Failed {
  /** As it is after the failure. */
  readonly database: DatabaseSync;
  readonly schema: Schema;
  /** What the pass started with. */
  readonly start: Schema;
  readonly pass: PassRecord;
  readonly error: StatementError;
  /** The statement that failed; null if the code threw, or the commit failed. */
  readonly failed: string | null;
  readonly statements: RevisionStatements;
  /** Looks at the state in which it failed. */
  reenact<T>(work: (scene: Scene, except: string) => T): T;
}

type Diagnosis = Pick<DialectFinding, 'kind' | 'what'> & Partial<DialectFinding>;

/** Null if there is nothing to add to the database's own message. */
export function diagnose(failed: Failed): DialectFinding | null {
  const { error } = failed;
  const diagnosis =
    notNull(failed) ??
    equalInCopy(failed) ??
    unique(failed) ??
    otherwiseEqual(failed) ??
    foreignKey(failed) ??
    check(failed) ??
    type(failed) ??
    brokenView(failed);
  if (!diagnosis) return null;
  return findingOf({
    severity: 'hazard',
    why: translate(error.message),
    statement: failed.failed,
    ...diagnosis,
  });
}

/** The message with the names that people know. */
function translate(message: string): string {
  return message.replaceAll(/(\w+)__temp_alter\b/g, '$1');
}

function notNull(failed: Failed): Diagnosis | null {
  const { error, pass } = failed;
  const match = /NOT NULL constraint failed: (.+)\.([^.]+)$/.exec(error.message);
  if (!match) return withoutDefault(failed);
  const [, raw = '', column = ''] = match;
  const table = known(failed, raw);
  const existing = tableOf(failed.schema, table);
  if (!existing) return null;
  const old = existing.columns.find(({ name }) => sameName(name, column));
  if (!old) return newColumn(failed, existing, column);
  const where = `b.${quoted(column)} is null`;
  const rows = countOf(failed.database, existing, where);
  const at = firstStatementOn(statementsOf(failed), table);
  const backfill = `update ${quoted(table)} set ${quoted(column)} = ${ANSWER} where ${quoted(column)} is null`;
  return {
    kind: 'not-null',
    what: `${plural(rows, 'row')} of ${table} ${having(rows, where)} no ${column}, which must not be NULL any more.`,
    table,
    column,
    rows,
    keys: keysOf(failed.database, existing, where),
    repairs:
      at === null
        ? []
        : [
            {
              title: `Give those rows of ${table} a ${column} first`,
              caution: '',
              choice: valueFor(failed, table, column),
              differs: [{ table, columns: [column] }],
              edits: [{ direction: pass.direction, at, place: 'before', statements: [backfill] }],
            },
          ],
  };
}

/** A rebuild fills a column with NULL that must not be: a new one, or one that was renamed. */
function newColumn(failed: Failed, table: Table, column: string): Diagnosis | null {
  const { pass, statements } = failed;
  const list = statementsOf(failed);
  const at = indexOf(failed);
  const rebuild = at === null ? null : rebuildAround(list, at);
  const made = rebuild ? readStatement(list[rebuild.create] ?? '') : null;
  const columns = made?.kind === 'create-table' ? (made.columns ?? []) : [];
  const gone = table.columns.filter(({ name }) => !columns.some((each) => sameName(each, name)));
  const rows = countOf(failed.database, table, '1');
  const facts = { table: table.name, column, rows };
  const [only] = gone;
  if (gone.length === 1 && only) {
    const [up, down] = pass.direction === 'up' ? [only.name, column] : [column, only.name];
    return {
      kind: 'rename-lost',
      what: `${table.name}.${column} is filled with NULL in ${plural(rows, 'row')}, and must not be NULL.`,
      why: `It looks like a new name for ${only.name}. The column was renamed and the table changed otherwise at the same time; the generator then copies the table without its values.`,
      ...facts,
      repairs: fillFrom(statements, table.name, up, down),
    };
  }
  const edit = rebuild ? fillWith(list, pass.direction, rebuild, column, ANSWER) : null;
  return {
    kind: 'not-null',
    what: `The new column ${table.name}.${column} must not be NULL, and ${plural(rows, 'row')} have no value for it.`,
    ...facts,
    repairs: edit
      ? [
          {
            title: `Give existing rows a ${column}`,
            caution: 'The value may be computed from other columns of the row.',
            choice: valueFor(failed, table.name, column),
            differs: [{ table: table.name, columns: [column] }],
            edits: [edit],
          },
        ]
      : [],
  };
}

/** `alter table … add column … not null` on a table that has rows. */
function withoutDefault(failed: Failed): Diagnosis | null {
  if (!/Cannot add a NOT NULL column with default value NULL/i.test(failed.error.message)) {
    return null;
  }
  const facts = failed.failed === null ? null : readStatement(failed.failed);
  const table = facts?.kind === 'add-column' ? tableOf(failed.schema, facts.table) : undefined;
  const at = indexOf(failed);
  if (facts?.kind !== 'add-column' || !table || failed.failed === null) return null;
  const statement = `${failed.failed.replace(/;\s*$/, '')} default ${ANSWER}`;
  const edits: Edit[] =
    at === null
      ? []
      : [{ direction: failed.pass.direction, at, place: 'instead', statements: [statement] }];
  const rows = countOf(failed.database, table, '1');
  return {
    kind: 'not-null',
    what: `The new column ${table.name}.${facts.column} must not be NULL, and ${plural(rows, 'row')} have no value for it.`,
    table: table.name,
    column: facts.column,
    rows,
    repairs:
      edits.length === 0
        ? []
        : [
            {
              title: `Give existing rows a ${facts.column} by a default`,
              caution: 'It has to be a constant. The default stays with the column.',
              choice: valueFor(failed, table.name, facts.column),
              differs: [{ table: table.name, columns: [facts.column] }],
              edits,
            },
          ],
  };
}

const SOME_ROWS = /^\s*create\s+unique\s+index\b.*\bwhere\b/is;

function unique(failed: Failed): Diagnosis | null {
  const match = /UNIQUE constraint failed: (.+)$/.exec(failed.error.message);
  // An index of some rows only counts those.
  if (!match?.[1] || SOME_ROWS.test(failed.failed ?? '')) return null;
  const places = match[1].split(', ').map((place) => place.split('.'));
  const columns = places.map(([, column = '']) => column);
  const table = tableOf(failed.schema, known(failed, places[0]?.[0] ?? ''));
  const there = columns.every((name) => table?.columns.some((each) => sameName(each.name, name)));
  if (!table || !there || columns.length === 0) return null;
  const list = columns.map(quoted).join(', ');
  const filled = columns.map((column) => `${quoted(column)} is not null`).join(' and ');
  const identity = table.withoutRowid ? null : 'rowid';
  if (identity === null) return null;
  const firsts = `select min(${identity}) from ${quoted(table.name)} where ${filled} group by ${list}`;
  const duplicate = `${filled} and ${identity} not in (${firsts})`;
  const rows = countOf(failed.database, table, duplicate);
  // What is equal only after the statement is looked up there.
  if (rows === 0) return null;
  const at = firstStatementOn(statementsOf(failed), table.name);
  const edit = (sql: string): Edit[] =>
    at === null
      ? []
      : [{ direction: failed.pass.direction, at, place: 'before', statements: [sql] }];
  const last = table.columns.find(({ name }) => sameName(name, columns.at(-1) ?? ''));
  const distinct: DialectFinding['repairs'] =
    last && affinityOf(last.type) === 'text'
      ? [
          {
            title: `Make the ${columns.join(', ')} of the later ones different`,
            caution: `Adds the number of the row to ${last.name}. Look whether another way is better for your data.`,
            choice: DECISION,
            differs: [{ table: table.name, columns: [last.name] }],
            edits: edit(
              `update ${quoted(table.name)} set ${quoted(last.name)} = ${quoted(last.name)} || '-' || ${identity} where ${duplicate}`,
            ),
          },
        ]
      : [];
  const deleteOthers: DialectFinding['repairs'][number] = {
    title: 'Delete all but the first of each',
    caution: 'Deletes rows, and those that refer to them. Look at them first.',
    choice: DECISION,
    differs: [{ table: table.name, columns: 'all' }],
    edits: edit(`delete from ${quoted(table.name)} where ${duplicate}`),
  };
  return {
    kind: 'unique',
    what: `${plural(rows, 'row')} of ${table.name} ${having(rows, duplicate)} the same ${columns.join(', ')} as another.`,
    table: table.name,
    column: columns.join(', '),
    rows,
    keys: keysOf(failed.database, table, duplicate, columns),
    repairs: at === null ? [] : [...distinct, deleteOthers],
  };
}

function foreignKey(failed: Failed): Diagnosis | null {
  if (!/FOREIGN KEY constraint failed/.test(failed.error.message)) return null;
  const facts = failed.failed === null ? null : readStatement(failed.failed);
  if (facts?.kind === 'drop-table') return droppedParent(failed, facts.table);
  const table =
    facts && 'table' in facts ? tableOf(failed.schema, known(failed, facts.table)) : undefined;
  if (!table) return otherReference(failed);
  for (const reference of declaredReferences(failed, table)) {
    const condition = orphanCondition(failed.schema, reference);
    // What the revision itself made is gone with its transaction.
    if (condition === null || !isThere(failed.database, reference.parent)) continue;
    if (!hasColumns(failed.database, table.name, reference.columns)) continue;
    if (!hasColumns(failed.database, reference.parent, reference.parentColumns ?? [])) continue;
    const rows = countOf(
      failed.database,
      table,
      condition.replaceAll(`${quoted(table.name)}.`, 'b.'),
    );
    if (rows === 0) continue;
    return {
      kind: 'foreign-key',
      what: orphanWords(rows, table.name, reference.parent),
      table: table.name,
      column: reference.columns.join(', '),
      rows,
      keys: keysOf(
        failed.database,
        table,
        condition.replaceAll(`${quoted(table.name)}.`, 'b.'),
        reference.columns,
      ),
      repairs: orphanRepairs(failed.statements, failed.pass.direction, failed.schema, reference),
    };
  }
  return otherReference(failed);
}

/** Rows of other tables keep a table from being dropped, although it is only rebuilt. */
function droppedParent(failed: Failed, dropped: string): Diagnosis {
  const table = known(failed, dropped);
  const children = failed.start.tables
    .filter(({ foreignKeys }) => foreignKeys.some(({ parent }) => sameName(parent, table)))
    .map(({ name }) => name);
  return {
    kind: 'rows-lost',
    what: `${table} can’t be dropped to be rebuilt, because rows of ${children.join(', ')} refer to it.`,
    why: '“pragma foreign_keys = off” does nothing inside a transaction. On an empty database it would have worked.',
    table,
    repairs: keepRowsRepair(failed.statements, failed.start),
  };
}

/** References of the table that takes another's place, else of the table itself. */
function declaredReferences(failed: Failed, table: Table): readonly ForeignKey[] {
  const at = indexOf(failed);
  const rebuild = at === null ? null : rebuildAround(statementsOf(failed), at);
  const sql = rebuild ? statementsOf(failed)[rebuild.create] : undefined;
  const tree = sql === undefined ? null : parseStatement(sql);
  if (tree?.type !== 'create_table_stmt') return table.foreignKeys;
  const found: ForeignKey[] = [];
  const add = (columns: readonly string[], parent: string, parentColumns: readonly string[]) =>
    found.push({ table: table.name, columns, parent, parentColumns, onDelete: '', onUpdate: '' });
  for (const item of tree.columns?.expr.items ?? []) {
    const own = item.type === 'column_definition' ? item.name.name : null;
    cstVisitor({
      constraint_foreign_key: ({ columns, references }) => {
        add(
          columns.expr.items.map(({ name }) => name),
          references.table.type === 'identifier' ? references.table.name : '',
          references.columns?.expr.items.map(({ name }) => name) ?? [],
        );
      },
      references_specification: ({ table: parent, columns }) => {
        if (own === null) return;
        const names = columns?.expr.items.map(({ name }) => name) ?? [];
        add([own], parent.type === 'identifier' ? parent.name : '', names);
      },
    })(item);
  }
  return found;
}

/** A row of a table that is not the one that the statement names, or one at the end of it all. */
function otherReference(failed: Failed): Diagnosis | null {
  const [broken] = failed.reenact(brokenReferences);
  if (!broken) return null;
  const { table, columns, rows, keys, rule } = broken;
  return {
    kind: 'foreign-key',
    what: orphanWords(rows, table, rule),
    table,
    column: columns.join(', '),
    rows,
    keys,
  };
}

function check(failed: Failed): Diagnosis | null {
  const match = /CHECK constraint failed(?:: (.+))?$/s.exec(failed.error.message);
  if (!match) return null;
  const broken = failed.reenact((scene, except) => brokenCheck(scene, except, match[1] ?? null));
  if (!broken) return null;
  const { table, columns, rows, keys, rule } = broken;
  const at = firstStatementOn(statementsOf(failed), table);
  const standing = tableOf(failed.schema, table);
  const [column, ...more] = columns;
  const own =
    more.length === 0 && standing?.columns.find(({ name }) => sameName(name, column ?? ''));
  const there = columns.every((name) =>
    standing?.columns.some((each) => sameName(each.name, name)),
  );
  const edit = (sql: string): Edit[] =>
    at === null || !there
      ? []
      : [{ direction: failed.pass.direction, at, place: 'before', statements: [sql] }];
  const deleted: DialectRepair = {
    title: `Delete those rows of ${table}`,
    caution: 'Deletes rows, and those that refer to them. Look at them first.',
    choice: DECISION,
    differs: [{ table, columns: 'all' }],
    edits: edit(`delete from ${quoted(table)} where not (${rule})`),
  };
  const given = own ? valueFor(failed, table, own.name) : null;
  const listed = rule.match(/'(?:[^']|'')*'/g) ?? [];
  const proposed =
    own && given
      ? ([given.proposed, ...listed].find(
          (value) => value !== null && accepts(failed.database, rule, own.name, value),
        ) ?? null)
      : null;
  const another: readonly DialectRepair[] =
    own && given
      ? [
          {
            title: `Give those rows of ${table} another ${own.name} first`,
            caution: '',
            choice: { ...given, proposed },
            differs: [{ table, columns: [own.name] }],
            edits: edit(
              `update ${quoted(table)} set ${quoted(own.name)} = ${ANSWER} where not (${rule})`,
            ),
          },
        ]
      : [];
  return {
    kind: 'check',
    what: `${plural(rows, 'row')} of ${table} ${rows === 1 ? 'does' : 'do'} not meet the condition ${rule}.`,
    table,
    column: columns.length === 0 ? null : columns.join(', '),
    rows,
    keys,
    repairs: [...another, deleted].filter(({ edits }) => edits !== null && edits.length > 0),
  };
}

/** By an expression, or in a table whose rows have no number. */
function otherwiseEqual(failed: Failed): Diagnosis | null {
  const match = /UNIQUE constraint failed: (.+)$/.exec(failed.error.message);
  if (!match?.[1]) return null;
  const places = match[1].startsWith('index ')
    ? []
    : match[1].split(', ').map((place) => place.split('.'));
  const table = known(failed, places[0]?.[0] ?? '');
  const columns = places.map(([, column = '']) => column);
  const broken = failed.reenact(
    (scene) =>
      brokenUnique(scene, table, columns) ?? madeEqual(scene, places[0]?.[0] ?? '', columns),
  );
  return broken && equalRows(failed, broken);
}

/** A copy may compute what it takes, so that what was equal before tells nothing. */
function equalInCopy(failed: Failed): Diagnosis | null {
  const match = /UNIQUE constraint failed: (.+)$/.exec(failed.error.message);
  const places = match?.[1]?.split(', ').map((place) => place.split('.')) ?? [];
  const [copy = ''] = places[0] ?? [];
  const table = known(failed, copy);
  if (sameName(copy, table)) return null;
  const columns = places.map(([, column = '']) => column);
  return failed.reenact((scene) => {
    const made = madeEqual(scene, copy, columns);
    const before = brokenUnique(scene, table, columns);
    return made === null || made.rows === before?.rows ? null : equalRows(failed, made);
  });
}

function equalRows(failed: Failed, broken: BrokenRows): Diagnosis {
  const { rows, keys, rule, listed } = broken;
  const at = listed === null ? null : firstStatementOn(statementsOf(failed), broken.table);
  const deleted: DialectRepair = {
    title: 'Delete all but the first of each',
    caution: 'Deletes rows, and those that refer to them. Look at them first.',
    choice: DECISION,
    differs: [{ table: broken.table, columns: 'all' }],
    edits:
      at === null
        ? []
        : [
            {
              direction: failed.pass.direction,
              at,
              place: 'before',
              statements: [`delete from ${quoted(broken.table)} where ${listed}`],
            },
          ],
  };
  return {
    kind: 'unique',
    what: `${plural(rows, 'row')} of ${broken.table} ${having(rows, listed)} the same ${rule} as another.`,
    table: broken.table,
    column: broken.columns.length === 0 ? null : broken.columns.join(', '),
    rows,
    keys,
    repairs: at === null ? [] : [deleted],
  };
}

/** @param before the condition on rows that are there before the statement; null if it makes them */
function having(rows: number, before: string | null): string {
  if (before === null) return rows === 1 ? 'gets' : 'get';
  return rows === 1 ? 'has' : 'have';
}

function type(failed: Failed): Diagnosis | null {
  const match = /cannot store \w+ value in \w+ column (?:.+\.)?([^.]+)$/.exec(failed.error.message);
  const broken =
    match && failed.reenact((scene, except) => brokenType(scene, except, match[1] ?? ''));
  if (!broken) return null;
  const { table, columns, rows, keys, rule, listed } = broken;
  const [column = ''] = columns;
  const at = firstStatementOn(statementsOf(failed), table);
  const there = tableOf(failed.schema, table)?.columns.some(({ name }) => sameName(name, column));
  const repairs: readonly DialectRepair[] =
    at === null || !there || listed === null
      ? []
      : [
          {
            title: `Give those rows of ${table} another ${column} first`,
            caution: '',
            choice: { name: `${table}.${column}`, proposed: null },
            differs: [{ table, columns: [column] }],
            edits: [
              {
                direction: failed.pass.direction,
                at,
                place: 'before',
                statements: [
                  `update ${quoted(table)} set ${quoted(column)} = ${ANSWER} where ${listed}`,
                ],
              },
            ],
          },
        ];
  return {
    kind: 'conversion',
    what: `${plural(rows, 'value')} of ${table}.${column} ${rows === 1 ? 'does' : 'do'} not fit ${rule}.`,
    table,
    column,
    rows,
    keys,
    repairs,
  };
}

/** Renaming a table makes SQLite read every view and trigger anew (https://sqlite.org/lang_altertable.html). */
function brokenView(failed: Failed): Diagnosis | null {
  const match = /error in (view|trigger) (\S+?):/.exec(failed.error.message);
  const facts = failed.failed === null ? null : readStatement(failed.failed);
  if (!match || facts?.kind !== 'rename-table') return null;
  return {
    kind: 'objects-lost',
    what: `The ${match[1]} ${match[2]} keeps ${facts.to} from being rebuilt.`,
    table: facts.to,
    repairs: keepRowsRepair(failed.statements, failed.start),
  };
}

function statementsOf({ statements, pass }: Failed): readonly string[] {
  return statements[pass.direction];
}

function known(failed: Failed, name: string): string {
  return knownName(statementsOf(failed), name);
}

/** Where the failed statement stands in the direction's list. */
function indexOf(failed: Failed): number | null {
  const { pass, failed: sql } = failed;
  if (sql === null) return null;
  const sent = pass.statements.length - 1;
  const list = statementsOf(failed);
  if (sent >= 0 && list[sent] !== undefined && plain(list[sent]) === plain(sql)) return sent;
  const index = list.findIndex((each) => plain(each) === plain(sql));
  return index < 0 ? null : index;
}

function plain(sql: string): string {
  return sql.trim().replace(/;$/, '');
}

/** What the new column is filled with by default is proposed; nothing else could be known. */
function valueFor(failed: Failed, table: string, column: string): RepairChoice {
  const made = tableOf(schemaAfter(failed.schema, statementsOf(failed)), table);
  const found = made?.columns.find(({ name }) => sameName(name, column));
  const proposed = found?.default ?? null;
  return {
    name: `${table}.${column}`,
    proposed: proposed === null || /^null$/i.test(proposed) ? null : proposed,
  };
}

function isThere(database: DatabaseSync, table: string): boolean {
  const found = database
    .prepare(`select 1 from sqlite_schema where type = 'table' and name = ? collate nocase`)
    .get(table);
  return found !== undefined;
}

function hasColumns(database: DatabaseSync, table: string, columns: readonly string[]): boolean {
  const found = database.prepare('select name from pragma_table_xinfo(?)').all(table);
  return columns.every((column) => found.some(({ name }) => sameName(String(name), column)));
}

function countOf(database: DatabaseSync, table: Table, where: string): number {
  const row = database
    .prepare(`select count(*) as n from ${quoted(table.name)} b where ${where}`)
    .get();
  return Number(row?.n ?? 0);
}

function tableOf(schema: Schema, name: string): Table | undefined {
  return schema.tables.find((table) => sameName(table.name, name));
}

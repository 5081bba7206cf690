/** Whether the content of a database is sound after a pass. */

import { DatabaseSync } from 'node:sqlite';
import type { DialectFinding, RevisionStatements } from '../../analysis.ts';
import { findingOf, orphanWords } from '../../finding.ts';
import type { PassRecord } from '../../measurement.ts';
import { keyOf, quoted, type Schema, sameName, sequencesOf } from '../catalogue/schema.ts';
import type { Lineage } from '../parser/lineage.ts';
import { readStatement, readTrigger } from '../parser/statement.ts';
import type { SqliteMark } from '../throwaway/mark.ts';
import { lineageOf } from './data-loss.ts';
import { keysOf } from './keys.ts';
import { orphanCondition, orphanRepairs, type Reference } from './orphans.ts';
import { findRebuilds } from './rebuild.ts';
import { type Violation, violationsIn } from './violations.ts';

export function checkContent(
  database: DatabaseSync,
  schema: Schema,
  mark: SqliteMark,
  passes: readonly PassRecord[],
  statements: RevisionStatements,
): DialectFinding[] {
  return [
    ...checkReferences(database, schema, mark, passes, statements),
    ...checkPrograms(database, schema, mark),
    ...checkSequences(database, schema, mark, passes, statements),
  ];
}

/** https://sqlite.org/pragma.html#pragma_foreign_key_check */
function checkReferences(
  database: DatabaseSync,
  schema: Schema,
  mark: SqliteMark,
  passes: readonly PassRecord[],
  statements: RevisionStatements,
): DialectFinding[] {
  const violations = violationsIn(database);
  if (violations.length === 0) return [];
  const { tables } = lineageOf(mark, passes);
  const known = mark.violations().map((violation) => renamed(violation, tables));
  return violations.flatMap((violation): DialectFinding[] => {
    const { table, parent, rows } = violation;
    const before = known.find((each) => isOfSameReference(each, violation))?.rows ?? 0;
    if (rows <= before) return [];
    const reference = referenceOf(schema, violation);
    const { columns } = reference;
    return [
      findingOf({
        severity: 'hazard',
        kind: 'foreign-key',
        what: orphanWords(rows, table, parent),
        why: before > 0 ? `There were ${before} before.` : '',
        table,
        column: columns.join(', '),
        rows,
        keys: brokenKeys(database, schema, reference) ?? violation.keys,
        repairs: orphanRepairs(statements, passes.at(-1)?.direction ?? 'up', schema, reference),
      }),
    ];
  });
}

/** By the names that tables and columns have now. */
function renamed(violation: Violation, tables: Lineage['tables']): Violation {
  const nowOf = (table: string) => tables.get(table.toLowerCase())?.now ?? table;
  const columns = tables.get(violation.table.toLowerCase())?.columns;
  return {
    ...violation,
    table: nowOf(violation.table),
    parent: nowOf(violation.parent),
    columns: violation.columns.map((name) => columns?.get(name)?.now ?? name),
  };
}

function isOfSameReference(one: Violation, other: Violation): boolean {
  return (
    sameName(one.table, other.table) &&
    sameName(one.parent, other.parent) &&
    sameName(one.columns[0] ?? '', other.columns[0] ?? '')
  );
}

/** The whole of a reference of which its first column is known. */
function referenceOf(schema: Schema, { table, parent, columns }: Violation): Reference {
  const [first] = columns;
  const found = schema.tables
    .find(({ name }) => sameName(name, table))
    ?.foreignKeys.find(
      (each) => sameName(each.parent, parent) && sameName(each.columns[0] ?? '', first ?? ''),
    );
  return found ? { ...found, table } : { table, parent, columns };
}

/** The first rows that refer to nothing; null if there is no telling. */
function brokenKeys(
  database: DatabaseSync,
  schema: Schema,
  reference: Reference,
): readonly string[] | null {
  const table = schema.tables.find(({ name }) => sameName(name, reference.table));
  const condition = orphanCondition(schema, reference);
  if (!table || condition === null) return null;
  const own = condition.replaceAll(`${quoted(reference.table)}.`, 'b.');
  return keysOf(database, table, own, reference.columns);
}

/** Reads the whole file: https://sqlite.org/pragma.html#pragma_integrity_check */
export function checkStructure(database: DatabaseSync): DialectFinding[] {
  const messages = database
    .prepare('pragma integrity_check(20)')
    .all()
    .map((row) => String(Object.values(row)[0]))
    .filter((message) => message !== 'ok');
  if (messages.length === 0) return [];
  return [
    findingOf({
      severity: 'hazard',
      kind: 'integrity',
      what: 'SQLite finds faults in the content of the database.',
      details: messages,
    }),
  ];
}

/** Views and triggers that worked before, and can't be compiled any more. */
function checkPrograms(database: DatabaseSync, schema: Schema, mark: SqliteMark): DialectFinding[] {
  const broken = brokenPrograms(database, schema);
  if (broken.length === 0) return [];
  const start = new DatabaseSync(mark.path, { readOnly: true });
  try {
    const known = new Set(brokenPrograms(start, mark.schema).map(({ name }) => name.toLowerCase()));
    return broken
      .filter(({ name }) => !known.has(name.toLowerCase()))
      .map(({ kind, name, table, message }) =>
        findingOf({
          severity: 'hazard',
          kind: 'integrity',
          what:
            kind === 'view'
              ? `The view ${name} does not work any more.`
              : `The trigger ${name} of ${table} does not work any more: statements that fire it fail.`,
          why: message,
          table: kind === 'view' ? name : table,
        }),
      );
  } finally {
    start.close();
  }
}

interface Broken extends Pick<Schema['named'][number], 'kind' | 'name' | 'table'> {
  /** What SQLite says. */
  readonly message: string;
}

/** SQLite looks at what views and triggers name when a statement that uses them is compiled. */
function brokenPrograms(database: DatabaseSync, schema: Schema): readonly Broken[] {
  const references = Number(database.prepare('pragma foreign_keys').get()?.foreign_keys);
  // A statement that a foreign key keeps from being compiled says nothing of triggers.
  database.exec('pragma foreign_keys = off');
  try {
    return schema.named.flatMap(({ kind, name, table, sql }): Broken[] => {
      const use =
        kind === 'view'
          ? `select * from ${quoted(name)} limit 0`
          : kind === 'trigger'
            ? firing(database, table, sql)
            : null;
      if (use === null) return [];
      try {
        database.prepare(use);
        return [];
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return [{ kind, name, table, message }];
      }
    });
  } finally {
    database.exec(`pragma foreign_keys = ${references}`);
  }
}

/** A statement that fires a trigger, whatever columns it waits for; null if there is no telling. */
function firing(database: DatabaseSync, table: string, sql: string): string | null {
  const columns = database
    .prepare('select name from pragma_table_xinfo(?) where hidden = 0')
    .all(table)
    .map(({ name }) => quoted(String(name)));
  if (columns.length === 0) return null;
  switch (readTrigger(sql)?.event) {
    case 'insert':
      return `insert into ${quoted(table)} (${columns.join(', ')}) select ${columns.map(() => 'null').join(', ')}`;
    case 'update':
      return `update ${quoted(table)} set ${columns.map((name) => `${name} = ${name}`).join(', ')}`;
    case 'delete':
      return `delete from ${quoted(table)}`;
    default:
      return null;
  }
}

/**
 * Numbers of deleted rows must not be given out again (https://sqlite.org/autoinc.html), but where
 * their table was dropped on purpose.
 */
function checkSequences(
  database: DatabaseSync,
  schema: Schema,
  mark: SqliteMark,
  passes: readonly PassRecord[],
  statements: RevisionStatements,
): DialectFinding[] {
  const now = sequencesOf(database);
  const fates = [...lineageOf(mark, passes).tables.values()];
  return schema.tables.flatMap((table): DialectFinding[] => {
    const continued = fates.find((fate) => sameName(table.name, fate.now));
    const before = mark.sequences.get(continued?.table ?? table.name) ?? 0;
    const after = now.get(table.name) ?? 0;
    if (!table.autoincrement || keyOf(table) === null || after >= before) return [];
    const what = `The numbers of new rows of ${table.name} go on from ${after.toLocaleString('en')}, and not from ${before.toLocaleString('en')}.`;
    const facts = { kind: 'sequence', what, table: table.name, rows: before - after } as const;
    if (!continued) {
      return [
        findingOf({
          ...facts,
          severity: 'notice',
          why: 'The table that had them was dropped, and this is another one of the same name.',
        }),
      ];
    }
    return [
      findingOf({
        ...facts,
        severity: 'hazard',
        why: 'A rebuilt table forgets the numbers of rows that were deleted since, so that new rows get numbers that were in use before.',
        repairs: keepSequence(statements, table.name),
      }),
    ];
  });
}

function keepSequence(statements: RevisionStatements, table: string): DialectFinding['repairs'] {
  const edits = (['up', 'down'] as const).flatMap((direction) =>
    findRebuilds(statements[direction])
      .filter((rebuild) => {
        const made = readStatement(statements[direction][rebuild.create] ?? '');
        return rebuild.table === table && made.kind === 'create-table';
      })
      .map(({ drop, replacement }) => ({
        direction,
        at: drop,
        place: 'before' as const,
        statements: [
          `delete from sqlite_sequence where name = '${replacement}'`,
          `insert into sqlite_sequence (name, seq) select '${replacement}', seq from sqlite_sequence where name = '${table}'`,
        ],
      })),
  );
  if (edits.length === 0) return [];
  return [{ title: `Let the numbers of ${table} go on where they were`, caution: '', edits }];
}

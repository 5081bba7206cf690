/** Whether the content of a database is sound after a pass. */

import type { DatabaseSync } from 'node:sqlite';
import { KEYS } from '../../../rehearsal.ts';
import { plural } from '../../../text/format.ts';
import type { DialectFinding, PassRecord, RevisionStatements } from '../dialect.ts';
import { findingOf } from '../finding.ts';
import { lineageOf } from './judge.ts';
import { orphanRepairs } from './orphans.ts';
import { findRebuilds } from './rebuild.ts';
import { keyOf, quoted, type Schema, sameName, sequencesOf } from './schema.ts';
import { readStatement } from './statement.ts';
import type { SqliteMark } from './throwaway.ts';

export function checkContent(
  database: DatabaseSync,
  schema: Schema,
  mark: SqliteMark,
  passes: readonly PassRecord[],
  statements: RevisionStatements,
): DialectFinding[] {
  return [
    ...checkReferences(database, schema, mark, passes, statements),
    ...checkViews(database, schema),
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
  if (violations.size === 0) return [];
  const known = mark.violations();
  return [...violations].flatMap(
    ([id, { table, parent, columns, rows, keys }]): DialectFinding[] => {
      const before = known.get(id)?.rows ?? 0;
      if (rows <= before) return [];
      return [
        findingOf({
          severity: 'hazard',
          kind: 'foreign-key',
          what: `${plural(rows, 'row')} of ${table} refer to rows of ${parent} that do not exist.`,
          why: before > 0 ? `There were ${before} before.` : '',
          table,
          column: columns.join(', '),
          rows,
          keys,
          repairs: orphanRepairs(statements, passes.at(-1)?.direction ?? 'up', schema, {
            table,
            columns,
            parent,
          }),
        }),
      ];
    },
  );
}

export interface Violation {
  readonly table: string;
  readonly parent: string;
  readonly columns: readonly string[];
  readonly rows: number;
  /** Of the first of them. */
  readonly keys: readonly string[];
}

export function violationsIn(database: DatabaseSync): ReadonlyMap<string, Violation> {
  const statement = database.prepare(
    `select v."table" as "table", v.parent as parent, v.rowid as "row", f."from" as "column"
      from pragma_foreign_key_check v
      join pragma_foreign_key_list(v."table") f on f.id = v.fkid and f.seq = 0`,
  );
  const found = new Map<string, Violation & { rows: number; keys: string[] }>();
  for (const row of statement.iterate()) {
    const [table, parent, column] = [String(row.table), String(row.parent), String(row.column)];
    const id = `${table}.${column}>${parent}`;
    const entry = found.get(id) ?? { table, parent, columns: [column], rows: 0, keys: [] };
    found.set(id, entry);
    entry.rows++;
    if (entry.keys.length < KEYS) entry.keys.push(`rowid = ${row.row}`);
  }
  return found;
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

function checkViews(database: DatabaseSync, schema: Schema): DialectFinding[] {
  return schema.named.flatMap(({ kind, name }): DialectFinding[] => {
    if (kind !== 'view') return [];
    try {
      database.prepare(`select * from ${quoted(name)} limit 0`);
      return [];
    } catch (error) {
      return [
        findingOf({
          severity: 'hazard',
          kind: 'integrity',
          what: `The view ${name} does not work any more.`,
          why: error instanceof Error ? error.message : String(error),
          table: name,
        }),
      ];
    }
  });
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

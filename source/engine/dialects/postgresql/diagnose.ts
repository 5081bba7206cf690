/**
 * Why a statement failed, in terms of the rows that are in its way. The server says which rule was
 * broken, and at most by one row; the failed pass was rolled back, so the rows can be looked up.
 */

import type { StatementError } from '../../../protocol.ts';
import { KEYS } from '../../../rehearsal.ts';
import { plural } from '../../../text/format.ts';
import type { DialectFinding, Edit, PassRecord, RawQuery, RevisionStatements } from '../dialect.ts';
import { findingOf } from '../finding.ts';
import { keyOf, nameOf, type Shape, type Table, tableNamed } from './shape.ts';
import { qualified, quoted } from './sql.ts';
import { type Name, readStatement, type StatementFacts } from './statement.ts';

export interface Failed {
  readonly query: RawQuery;
  /** As it is after the failure. */
  readonly shape: Shape;
  readonly pass: PassRecord;
  readonly error: StatementError;
  /** The statement that failed; null if the code threw, or the commit failed. */
  readonly failed: string | null;
  readonly statements: RevisionStatements;
}

type Diagnosis = Pick<DialectFinding, 'kind' | 'what'> & Partial<DialectFinding>;

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const DIAGNOSES: Readonly<
  Record<string, (failed: Failed, facts: Facts) => Promise<Diagnosis | null>>
> = {
  '23502': notNull,
  '23503': foreignKey,
  '23505': unique,
  '55P04': async ({ error }) => ({
    kind: 'failed',
    what: `A new value of an enumeration is used in the transaction that adds it: ${error.message}`,
    why: 'The server allows that only after the value is committed. Add the value in a revision of its own, and let migrations.allOrNothing be off.',
    repairs: [
      {
        title: 'Commit each statement by itself, without a transaction',
        caution: 'If one of them fails, what was done before it stays.',
        edits: [],
        alone: true,
      },
    ],
  }),
};

type Facts = readonly StatementFacts[];

/** Null if there is nothing to add to the server's own message. */
export async function diagnose(failed: Failed): Promise<DialectFinding | null> {
  const { error } = failed;
  const explain = DIAGNOSES[error.code ?? ''];
  if (!explain || failed.failed === null) return null;
  // What the statements before it made is rolled back, so that a question may not fit any more.
  const diagnosis = await explain(failed, await readStatement(failed.failed)).catch(() => null);
  if (!diagnosis) return null;
  return findingOf({
    severity: 'hazard',
    why: [error.message, error.detail].filter((text) => text).join('. '),
    statement: failed.failed,
    ...diagnosis,
  });
}

async function notNull(failed: Failed, facts: Facts): Promise<Diagnosis | null> {
  for (const each of facts) {
    if (each.kind === 'set-not-null') return tightened(failed, each);
    if (each.kind === 'add-column' && each.notNull) return newColumn(failed, each);
  }
  return null;
}

async function tightened(
  failed: Failed,
  { table: name, column }: { readonly table: Name; readonly column: string },
): Promise<Diagnosis | null> {
  const table = tableOf(failed.shape, name);
  const old = table?.columns.find((each) => each.name === column);
  if (!table || !old) return null;
  const where = `${quoted(column)} is null`;
  const rows = await countOf(failed, table, where);
  const value = emptyValue(old.type);
  return {
    kind: 'not-null',
    what: `${plural(rows, 'row')} of ${nameOf(table)} have no ${column}, which must not be NULL any more.`,
    table: nameOf(table),
    column,
    rows,
    keys: await keysOf(failed, table, where),
    repairs: repair(
      `Give those rows of ${nameOf(table)} a ${column} first`,
      `Choose the value: ${value} is only a suggestion.`,
      edit(failed, 'before', [
        `update ${written(name)} set ${quoted(column)} = ${value} where ${where}`,
      ]),
    ),
  };
}

/** `add column … not null` without a default on a table that has rows. */
async function newColumn(
  failed: Failed,
  { table: name, column }: { readonly table: Name; readonly column: string },
): Promise<Diagnosis | null> {
  const table = tableOf(failed.shape, name);
  const sql = failed.failed ?? '';
  if (!table) return null;
  const rows = await countOf(failed, table, 'true');
  const type =
    /\badd\s+(?:column\s+)?(?:"[^"]+"|\w+)\s+([\w ]+(?:\([^)]*\))?)/i.exec(sql)?.[1] ?? '';
  const value = emptyValue(type);
  // With more in the same statement, its text can't be changed without understanding all of it.
  const nullable = sql.replace(/\s+not\s+null\b/i, '');
  const alone = /^\s*alter\s+table\s+\S+\s+add\s[^,]*$/i.test(nullable);
  const steps = [
    nullable,
    `update ${written(name)} set ${quoted(column)} = ${value}`,
    `alter table ${written(name)} alter column ${quoted(column)} set not null`,
  ];
  return {
    kind: 'not-null',
    what: `The new column ${nameOf(table)}.${column} must not be NULL, and ${plural(rows, 'row')} have no value for it.`,
    table: nameOf(table),
    column,
    rows,
    repairs: alone
      ? repair(
          `Give existing rows a ${column}`,
          `Choose the value: ${value} is only a suggestion.`,
          edit(failed, 'instead', steps),
        )
      : [],
  };
}

async function unique(failed: Failed, facts: Facts): Promise<Diagnosis | null> {
  const { error } = failed;
  // The server names the columns: Key (a, b)=(1, x) is duplicated.
  const columns = /\(([^)]*)\)=/.exec(error.detail ?? '')?.[1]?.split(', ') ?? [];
  const made = facts.find((each) => each.kind === 'create-index' || each.kind === 'add-constraint');
  const table = made && tableOf(failed.shape, made.table);
  const known = columns.every((name) =>
    table?.columns.some((each) => quoted(each.name) === quoted(unquoted(name))),
  );
  if (!table || !known || columns.length === 0) return null;
  const names = columns.map(unquoted);
  const list = names.map(quoted).join(', ');
  const filled = names.map((name) => `${quoted(name)} is not null`).join(' and ');
  const others = `${filled} and ctid not in (select min(ctid) from ${qualified(table)} where ${filled} group by ${list})`;
  const rows = await countOf(failed, table, others);
  return {
    kind: 'unique',
    what: `${plural(rows, 'row')} of ${nameOf(table)} have the same ${names.join(', ')} as another.`,
    table: nameOf(table),
    column: names.join(', '),
    rows,
    keys: await keysOf(failed, table, others),
    repairs: repair(
      'Delete all but the first of each',
      'Deletes rows, and those that refer to them. Look at them first.',
      edit(failed, 'before', [`delete from ${qualified(table)} where ${others}`]),
    ),
  };
}

async function foreignKey(failed: Failed, facts: Facts): Promise<Diagnosis | null> {
  const made = facts.find((each) => each.kind === 'add-constraint' && each.references !== null);
  if (made?.kind !== 'add-constraint' || made.references === null) return null;
  const table = tableOf(failed.shape, made.table);
  const parent = tableOf(failed.shape, made.references);
  const parentKey = parent && keyOf(parent);
  if (!table || !parentKey || parentKey.length !== made.columns.length) return null;
  const own = made.columns.map((column) => `${qualified(table)}.${quoted(column)}`);
  const matches = parentKey.map(({ name }, at) => `p.${quoted(name)} = ${own[at]}`).join(' and ');
  const filled = own.map((column) => `${column} is not null`).join(' and ');
  const orphan = `${filled} and not exists (select from ${qualified(parent)} p where ${matches})`;
  const rows = await countOf(failed, table, orphan);
  const optional = made.columns.every((name) =>
    table.columns.some((column) => column.name === name && !column.notNull),
  );
  const nulls = made.columns.map((column) => `${quoted(column)} = null`).join(', ');
  return {
    kind: 'foreign-key',
    what: `${plural(rows, 'row')} of ${nameOf(table)} refer to rows of ${nameOf(parent)} that do not exist.`,
    table: nameOf(table),
    column: made.columns.join(', '),
    rows,
    keys: await keysOf(failed, table, orphan),
    repairs: [
      ...(optional
        ? repair(
            `Let the rows of ${nameOf(table)} refer to nothing where ${nameOf(parent)} has no such row`,
            '',
            edit(failed, 'before', [`update ${qualified(table)} set ${nulls} where ${orphan}`]),
          )
        : []),
      ...repair(
        `Delete the rows of ${nameOf(table)} whose row of ${nameOf(parent)} does not exist`,
        'Deletes rows, and those that refer to them. Look at them first.',
        edit(failed, 'before', [`delete from ${qualified(table)} where ${orphan}`]),
      ),
    ],
  };
}

function repair(title: string, caution: string, edits: readonly Edit[]): DialectFinding['repairs'] {
  return edits.length === 0 ? [] : [{ title, caution, edits }];
}

/** At the statement that failed; none if it is not among those that are known. */
function edit(
  { pass, statements, failed }: Failed,
  place: Edit['place'],
  sql: readonly string[],
): readonly Edit[] {
  const { direction } = pass;
  const at = statements[direction].findIndex((each) => plain(each) === plain(failed ?? ''));
  return at < 0 ? [] : [{ direction, at, place, statements: sql }];
}

function plain(sql: string): string {
  return sql.trim().replace(/;$/, '');
}

function tableOf({ tables }: Shape, name: Name): Table | undefined {
  return tableNamed(tables, name);
}

/** As the statement has it, so that the search path finds it in the same way. */
function written({ schema, name }: Name): string {
  return schema === null ? quoted(name) : qualified({ schema, name });
}

function unquoted(name: string): string {
  return /^".*"$/.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name;
}

async function countOf({ query }: Failed, table: Table, where: string): Promise<number> {
  const [row] = await query(`select count(*) as n from ${qualified(table)} where ${where}`);
  return Number(row?.n ?? 0);
}

async function keysOf({ query }: Failed, table: Table, where: string): Promise<string[]> {
  const names = keyOf(table).map(({ name }) => name);
  if (names.length === 0) return [];
  const list = names.map(quoted).join(', ');
  const rows = await query(
    `select ${list} from ${qualified(table)} where ${where} order by ${list} limit ${KEYS}`,
  );
  return rows.map((row) => names.map((name) => `${name} = ${String(row[name])}`).join(', '));
}

/** A value that a column of the type may have, to begin with. */
function emptyValue(type: string): string {
  if (/^(smallint|int|bigint|numeric|decimal|real|double|float)/i.test(type)) return '0';
  if (/^bool/i.test(type)) return 'false';
  if (/^(timestamp|date)/i.test(type)) return 'now()';
  if (/^jsonb?/i.test(type)) return "'{}'";
  if (/^uuid/i.test(type)) return 'gen_random_uuid()';
  return "''";
}

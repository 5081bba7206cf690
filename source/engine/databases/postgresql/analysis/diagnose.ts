/**
 * Why a statement failed, in terms of the rows that are in its way. The server says which rule was
 * broken, and at most by one row; the state in which it failed is made again, and the rows looked
 * up there.
 */

import { ANSWER, type FindingKind } from '../../../../contract/rehearsal.ts';
import type { StatementError } from '../../../../contract/statement.ts';
import { plural } from '../../../../text/format.ts';
import type { DialectFinding, DialectRepair, Edit, RevisionStatements } from '../../analysis.ts';
import { DECISION, findingOf, orphanWords } from '../../finding.ts';
import type { PassRecord } from '../../measurement.ts';
import type { RawQuery } from '../../raw-query.ts';
import { nameOf, type Table } from '../catalogue/table.ts';
import { readShape, type Shape } from '../catalogue/table-columns.ts';
import { literal, qualified, quoted } from '../parser/sql.ts';
import type { Name } from '../parser/statement.ts';
import { reenact, type Scene } from './broken/reenact.ts';
import { tableOfName } from './broken/rows.ts';
import {
  type Broken,
  brokenCheck,
  brokenExclusion,
  brokenNotNull,
  brokenReference,
  brokenUnique,
  factsOf,
} from './broken/rules.ts';
import { brokenValues } from './broken/values.ts';

export interface Failed {
  readonly query: RawQuery;
  /** The table that records revisions. */
  readonly except: string;
  readonly pass: PassRecord;
  readonly error: StatementError;
  /** The statement that failed; null if the code threw, or the commit failed. */
  readonly failed: string | null;
  readonly statements: RevisionStatements;
}

type Diagnosis = Pick<DialectFinding, 'kind' | 'what'> & Partial<DialectFinding>;
type Explain = (failed: Failed, scene: Scene, shape: Shape) => Promise<Diagnosis | null>;

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const DIAGNOSES: Readonly<Record<string, Explain>> = {
  '23502': notNull,
  '23503': foreignKey,
  '23505': unique,
  '23514': check,
  '23P01': exclusion,
};

/** Data exceptions: a value can’t be converted, or computed with. */
const OF_VALUES = /^22/;

/** More rows are searched for longer than this on no throwaway, in milliseconds. */
const SEARCH_MS = 120_000;

/** Null if there is nothing to add to the server's own message. */
export async function diagnose(failed: Failed): Promise<DialectFinding | null> {
  const { error, query } = failed;
  const diagnosis = error.code === '55P04' ? newValue(failed) : await inTheWay(failed, query);
  if (!diagnosis) return null;
  return findingOf({
    severity: 'hazard',
    why: [error.message, error.detail].filter((text) => text).join('. '),
    statement: failed.failed,
    ...diagnosis,
  });
}

async function inTheWay(failed: Failed, query: RawQuery): Promise<Diagnosis | null> {
  const { code } = failed.error;
  const explain = DIAGNOSES[code ?? ''] ?? (OF_VALUES.test(code ?? '') ? values : undefined);
  if (!explain) return null;
  return reenact(query, failed.pass, failed.failed, async (scene) => {
    await query(`set local statement_timeout = ${SEARCH_MS}`);
    const shape = await readShape(query, failed.except);
    return (await explain(failed, scene, shape)) ?? (await values(failed, scene, shape));
  });
}

function newValue({ error }: Failed): Diagnosis {
  return {
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
  };
}

async function notNull(failed: Failed, scene: Scene, shape: Shape): Promise<Diagnosis | null> {
  for (const each of await factsOf(scene)) {
    if (each.kind === 'add-column' && each.notNull && each.column === scene.fields.column) {
      return newColumn(failed, scene, shape, each);
    }
  }
  const broken = await brokenNotNull(scene, shape);
  if (!broken) return null;
  const { table, columns, rows, condition } = broken;
  const [column = ''] = columns;
  return {
    ...facts('not-null', broken),
    what: broken.written
      ? `${plural(rows, 'row')} of ${nameOf(table)} ${rows === 1 ? 'gets' : 'get'} no ${column}, which must not be NULL.`
      : `${plural(rows, 'row')} of ${nameOf(table)} ${rows === 1 ? 'has' : 'have'} no ${column}, which must not be NULL any more.`,
    repairs: repair(
      failed,
      broken,
      {
        title: `Give those rows of ${nameOf(table)} a ${column} first`,
        caution: '',
        ...askedFor(table, column, await defaultOf(scene, table, column)),
      },
      `update ${written(table)} set ${quoted(column)} = ${ANSWER} where ${condition}`,
    ),
  };
}

/** `add column … not null` without a default on a table that has rows. */
async function newColumn(
  failed: Failed,
  { query, failed: sql }: Scene,
  shape: Shape,
  { table: name, column }: { readonly table: Name; readonly column: string },
): Promise<Diagnosis | null> {
  const table = tableOfName(shape, name);
  if (!table || sql === null) return null;
  const [count] = await query(`select count(*) as n from ${qualified(table)}`);
  const rows = Number(count?.n ?? 0);
  // With more in the same statement, its text can't be changed without understanding all of it.
  const nullable = sql.replace(/\s+not\s+null\b/i, '');
  const alone = /^\s*alter\s+table\s+\S+\s+add\s[^,]*$/i.test(nullable);
  const owner =
    name.schema === null ? quoted(name.name) : written({ ...table, schema: name.schema });
  const steps = [
    nullable,
    `update ${owner} set ${quoted(column)} = ${ANSWER}`,
    `alter table ${owner} alter column ${quoted(column)} set not null`,
  ];
  return {
    kind: 'not-null',
    what: `The new column ${nameOf(table)}.${column} must not be NULL, and ${plural(rows, 'row')} have no value for it.`,
    table: nameOf(table),
    column,
    rows,
    repairs: alone
      ? offer(
          {
            title: `Give existing rows a ${column}`,
            caution: 'The value may be computed from other columns of the row.',
            // With a default of its own it would not have failed.
            ...askedFor(table, column, null),
          },
          edit(failed, 'instead', steps),
        )
      : [],
  };
}

async function unique(failed: Failed, scene: Scene, shape: Shape): Promise<Diagnosis | null> {
  const broken = await brokenUnique(scene, shape);
  if (!broken) return null;
  const { table, rows, rule, condition, written: own } = broken;
  const having = own ? (rows === 1 ? 'gets' : 'get') : rows === 1 ? 'has' : 'have';
  return {
    ...facts('unique', broken),
    what: `${plural(rows, 'row')} of ${nameOf(table)} ${having} the same ${rule} as another.`,
    repairs: deletion(failed, broken, 'Delete all but the first of each', condition),
  };
}

async function exclusion(failed: Failed, scene: Scene, shape: Shape): Promise<Diagnosis | null> {
  const broken = await brokenExclusion(scene, shape);
  if (!broken) return null;
  const { table, rows, name, rule, condition } = broken;
  return {
    ...facts('check', broken),
    what: `${plural(rows, 'row')} of ${nameOf(table)} ${rows === 1 ? 'excludes' : 'exclude'} an earlier one by ${name} (${rule}).`,
    repairs: deletion(failed, broken, 'Delete those that exclude an earlier one', condition),
  };
}

async function check(failed: Failed, scene: Scene, shape: Shape): Promise<Diagnosis | null> {
  const broken = await brokenCheck(scene, shape);
  if (!broken) return null;
  const { table, columns, rows, name, rule, condition } = broken;
  const [column, ...more] = columns;
  const value = column === undefined ? null : await proposal(scene, broken, column);
  return {
    ...facts('check', broken),
    what: `${plural(rows, 'row')} of ${nameOf(table)} ${rows === 1 ? 'does' : 'do'} not meet the condition of ${name}: ${rule}.`,
    repairs: [
      ...(column === undefined || more.length > 0
        ? []
        : repair(
            failed,
            broken,
            {
              title: `Give those rows of ${nameOf(table)} another ${column} first`,
              caution: '',
              ...askedFor(table, column, value),
            },
            `update ${written(table)} set ${quoted(column)} = ${ANSWER} where ${condition}`,
          )),
      ...deletion(failed, broken, `Delete those rows of ${nameOf(table)}`, condition),
    ],
  };
}

/** A value that the check accepts: the default, or one that it lists. Null if none does. */
async function proposal(
  scene: Scene,
  { table, rule }: Broken,
  column: string,
): Promise<string | null> {
  const old = table.columns.find(({ name }) => name === column);
  if (!old) return null;
  const listed = rule.match(/'(?:[^']|'')*'/g) ?? [];
  for (const candidate of [await defaultOf(scene, table, column), ...listed]) {
    if (candidate === null) continue;
    const accepted = await scene.attempt(async () => {
      const [found] = await scene.query(
        `select (${rule}) is not false as ok from (select (${candidate})::${old.type} as ${quoted(column)}) as proposed`,
      );
      return found?.ok === true;
    });
    if (accepted) return candidate;
  }
  return null;
}

/** What new rows get, as SQL. */
async function defaultOf({ query }: Scene, table: Table, column: string): Promise<string | null> {
  const [row] = await query(`select pg_get_expr(d.adbin, d.adrelid) as value from pg_attrdef d
    join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
    where d.adrelid = ${literal(qualified(table))}::regclass and a.attname = ${literal(column)}`);
  return typeof row?.value === 'string' ? row.value : null;
}

/** Of a repair that asks for a value. */
function askedFor(table: Table, column: string, proposed: string | null) {
  const name = nameOf(table);
  return {
    choice: { name: `${name}.${column}`, proposed },
    differs: [{ table: name, columns: [column] }],
  };
}

async function foreignKey(failed: Failed, scene: Scene, shape: Shape): Promise<Diagnosis | null> {
  const broken = await brokenReference(scene, shape);
  if (!broken) return null;
  const { table, columns, rows, parent, condition } = broken;
  const optional = columns.every((name) =>
    table.columns.some((column) => column.name === name && !column.notNull),
  );
  const nulls = columns.map((column) => `${quoted(column)} = null`).join(', ');
  return {
    ...facts('foreign-key', broken),
    what: orphanWords(rows, nameOf(table), parent),
    repairs: [
      ...(optional
        ? repair(
            failed,
            broken,
            {
              title: `Let the rows of ${nameOf(table)} refer to nothing where ${parent} has no such row`,
              caution: '',
              choice: DECISION,
              differs: [{ table: nameOf(table), columns }],
            },
            `update ${qualified(table)} set ${nulls} where ${condition}`,
          )
        : []),
      ...deletion(
        failed,
        broken,
        `Delete the rows of ${nameOf(table)} whose row of ${parent} does not exist`,
        condition,
      ),
    ],
  };
}

async function values(failed: Failed, scene: Scene, shape: Shape): Promise<Diagnosis | null> {
  const broken = await brokenValues(scene, shape);
  if (!broken) return null;
  const { table, column, type, rows, keys, listed } = broken;
  const fit =
    type === null ? 'can’t be computed with' : `${rows === 1 ? 'does' : 'do'} not fit ${type}`;
  const old = table.columns.find(({ name }) => name === column);
  const proposed = old ? await defaultOf(scene, table, old.name) : null;
  return {
    kind: 'conversion',
    what: `${plural(rows, 'value')} of ${nameOf(table)}${column === null ? '' : `.${column}`} ${fit}.`,
    table: nameOf(table),
    column,
    rows,
    keys,
    repairs:
      old && listed !== null
        ? offer(
            {
              title: `Give those rows of ${nameOf(table)} another ${old.name} first`,
              caution: '',
              ...askedFor(table, old.name, proposed),
            },
            edit(failed, 'before', [
              `update ${written(table)} set ${quoted(old.name)} = ${ANSWER} where ${listed}`,
            ]),
          )
        : [],
  };
}

function facts(kind: FindingKind, { table, columns, rows, keys }: Broken) {
  const column = columns.length === 0 ? null : columns.join(', ');
  return { kind, table: nameOf(table), column, rows, keys };
}

/** A statement before the one that failed; none where that one made the rows itself. */
function repair(
  failed: Failed,
  { written: own }: Broken,
  words: RepairFacts,
  sql: string,
): readonly DialectRepair[] {
  return own ? [] : offer(words, edit(failed, 'before', [sql]));
}

function deletion(failed: Failed, broken: Broken, title: string, condition: string) {
  const words: RepairFacts = {
    title,
    caution: 'Deletes rows, and those that refer to them. Look at them first.',
    choice: DECISION,
    differs: [{ table: nameOf(broken.table), columns: 'all' }],
  };
  const sql = `delete from ${qualified(broken.table)} where ${condition}`;
  return repair(failed, broken, words, sql);
}

type RepairFacts = Omit<DialectRepair, 'edits'>;

function offer(words: RepairFacts, edits: readonly Edit[]): readonly DialectRepair[] {
  return edits.length === 0 ? [] : [{ ...words, edits }];
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

/** So that the search path finds it, where it does. */
function written({ schema, name, visible }: Table): string {
  return visible ? quoted(name) : qualified({ schema, name });
}

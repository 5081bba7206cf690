/**
 * Whether statements name an object of a schema when they take things away. Names are followed
 * through renames, and one without a schema leads where the search path of its statement leads.
 */

import type { Counted } from '../../measurement.ts';
import { parseSql, tokensOf } from '../parser/parse.ts';
import { ANY, composedIn } from './composed.ts';
import { DEFINING, type Standing } from './standing.ts';

export interface Rename {
  readonly from: string;
  readonly to: string;
}

/** New names of tables, columns and the rest, and of schemas. */
async function renamesIn(statements: readonly string[]): Promise<readonly Rename[]> {
  const found: Rename[] = [];
  for (const sql of statements.filter((each) => /\brename\b/i.test(each))) {
    for (const node of await parseSql(sql)) {
      if (!('RenameStmt' in node)) continue;
      const { subname, relation, newname } = node.RenameStmt;
      const from = subname || relation?.relname;
      if (from && newname) found.push({ from, to: newname });
    }
  }
  return found;
}

/** Tables whose columns are those of others, and not written out. */
export async function copiesIn(statements: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const sql of statements.filter((each) => /\b(?:as|like|into)\b/i.test(each))) {
    for (const node of await parseSql(sql)) {
      if ('CreateTableAsStmt' in node) found.push(node.CreateTableAsStmt.into?.rel?.relname ?? '');
      if ('SelectStmt' in node) found.push(node.SelectStmt.intoClause?.rel?.relname ?? '');
      if ('CreateStmt' in node) {
        const { relation, tableElts = [] } = node.CreateStmt;
        if (tableElts.some((each) => 'TableLikeClause' in each)) {
          found.push(relation?.relname ?? '');
        }
      }
    }
  }
  return found.filter((name) => name !== '');
}

/** A name, and those that what has it got later. */
export function namesSince(name: string, renames: readonly Rename[]): readonly string[] {
  const names = new Set([name]);
  for (const { from, to } of renames) if (names.has(from)) names.add(to);
  return [...names];
}

interface Sent {
  readonly sql: string;
  readonly counted: Pick<Counted, 'path'> | null;
}

/** What has a name of its own in a schema; all else is named with its table. */
const QUALIFIED: ReadonlySet<Standing['kind']> = new Set([
  'view',
  'materialized view',
  'table',
  'foreign table',
  'sequence',
  'index',
  'statistics',
  'function',
  'enum',
  'domain',
  'type',
]);

/** Where names led in the course of statements. */
export interface Course {
  readonly renames: readonly Rename[];
  /** Schemas to which something was moved. */
  readonly moves: readonly string[];
}

export async function courseOf(statements: readonly string[]): Promise<Course> {
  return { renames: await renamesIn(statements), moves: await movesIn(statements) };
}

/** Whether a statement that takes things away, or changes them, says the name. */
export async function isNamed(
  object: Standing,
  before: readonly Standing[],
  statements: readonly Sent[],
  { renames, moves }: Course,
): Promise<boolean> {
  const { kind, table, owner, name } = object;
  const own = namesSince(name, renames);
  const tables = table === null ? [] : namesSince(table, renames);
  const whole = before.find((each) => owner !== null && each.id === `pg_class ${owner} 0`);
  for (const { sql, counted } of statements) {
    const text = sql.toLowerCase();
    if (![...own, ...tables].some((each) => text.includes(each.toLowerCase()))) continue;
    const block = /^\s*do\b/i.test(sql);
    const words = await wordsOf(sql, block);
    const says = (names: readonly string[], of: Standing | undefined) =>
      words.some(
        (word, place) =>
          names.includes(unquoted(word)) &&
          !isMadeThere(words, place) &&
          (of === undefined ||
            leadsTo(words, place, {
              schemas: [...namesSince(of.schema, renames), ...moves],
              rivals: before.filter((each) => isRival(each, of)).map((each) => each.schema),
              path: counted?.path ?? null,
            })),
      );
    const does = (...verbs: readonly string[]) =>
      words.some((word) => verbs.includes(word.toLowerCase()));
    // Two tables may have something of the same name; a block may get the table’s from elsewhere.
    if (kind === 'grant' || kind === 'row security') {
      if (says(tables, whole) && does('revoke', 'disable')) return true;
      continue;
    }
    if (block && says(tables, whole) && (await composesDropOf(kind, tables, sql))) return true;
    const saysTable = owner === null || QUALIFIED.has(kind) || block || says(tables, whole);
    if (!saysTable || !says(own, QUALIFIED.has(kind) ? object : undefined)) continue;
    if (!does('drop') && words[0]?.toLowerCase() === 'create') continue;
    if (DEFINING.has(kind)) {
      if (says(tables, whole) && does('default', 'identity', 'type', 'expression', 'drop')) {
        return true;
      }
    } else if (does('drop', 'rename', 'alter', 'execute')) {
      return true;
    }
  }
  return false;
}

/**
 * Whether a block drops parts of a table whose names it gets from elsewhere, as from the catalogue:
 * it says of which kind they are, and of which table, here or in what it composes.
 */
async function composesDropOf(
  kind: Standing['kind'],
  tables: readonly string[],
  sql: string,
): Promise<boolean> {
  const drops = DROPS[kind];
  if (!drops) return false;
  for (const text of await composedIn(sql)) {
    const words = (await tokensOf(text)).map((token) => unquoted(token.text));
    const isOf = kind === 'index' || words.some((word) => word === ANY || tables.includes(word));
    if (drops.test(text) && text.includes(ANY) && isOf) return true;
  }
  return false;
}

const CONSTRAINT = /\bdrop\s+constraint\b/i;
/** What belongs to a table and holds no values. */
const DROPS: Partial<Readonly<Record<Standing['kind'], RegExp>>> = {
  check: CONSTRAINT,
  'foreign key': CONSTRAINT,
  unique: CONSTRAINT,
  'primary key': CONSTRAINT,
  exclusion: CONSTRAINT,
  index: /^\s*drop\s+index\b/i,
  trigger: /^\s*drop\s+trigger\b/i,
  policy: /^\s*drop\s+policy\b/i,
  rule: /^\s*drop\s+rule\b/i,
};

/** The code of a block is a text of its own, and so is what it executes. */
async function wordsOf(sql: string, block: boolean): Promise<readonly string[]> {
  const code = block ? sql.replaceAll(/\$\w*\$/g, ' ') : sql;
  const text = block && /\bexecute\b/i.test(code) ? code.replaceAll("'", ' ') : code;
  return (await tokensOf(text)).map((token) => token.text);
}

/** Whatever the code of a block may name, in the texts that it executes, too. */
export async function namesIn(block: string): Promise<readonly string[]> {
  return (await wordsOf(block, true)).map(unquoted);
}

/** Schemas to which something is moved. */
async function movesIn(statements: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const sql of statements.filter((each) => /\bset\s+schema\b/i.test(each))) {
    for (const node of await parseSql(sql)) {
      if ('AlterObjectSchemaStmt' in node) found.push(node.AlterObjectSchemaStmt.newschema ?? '');
    }
  }
  return found;
}

/** It has the same name in another schema. */
function isRival(each: Standing, of: Standing): boolean {
  const [catalogue] = of.id.split(' ');
  return (
    QUALIFIED.has(each.kind) &&
    each.name === of.name &&
    each.schema !== of.schema &&
    each.id.startsWith(`${catalogue} `)
  );
}

interface Where {
  /** In which it can be by then. */
  readonly schemas: readonly string[];
  /** Of others of the same name. */
  readonly rivals: readonly string[];
  /** Where names without a schema are looked for; null if that is not known. */
  readonly path: readonly string[] | null;
}

/** Whether a name in a text is that of the object, and not of its namesake in another schema. */
function leadsTo(
  words: readonly string[],
  place: number,
  { schemas, rivals, path }: Where,
): boolean {
  if (words[place + 1] === '.') return false;
  if (words[place - 1] === '.') return schemas.includes(unquoted(words[place - 2] ?? ''));
  const first = path?.find((schema) => schemas.includes(schema) || rivals.includes(schema));
  return first === undefined || schemas.includes(first);
}

/** Of a constraint that the statement adds. */
function isMadeThere(words: readonly string[], place: number): boolean {
  const [before, word] = [words[place - 2], words[place - 1]].map((each) => each?.toLowerCase());
  return word === 'constraint' && !ON_CONSTRAINTS.has(before ?? '');
}

const ON_CONSTRAINTS: ReadonlySet<string> = new Set([
  'drop',
  'rename',
  'exists',
  'alter',
  'validate',
]);

/** A name as the catalogue has it. */
function unquoted(word: string): string {
  return word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word.toLowerCase();
}

/** A repair as it is reported: the revision's file with the change made, and files beside it. */

import { dirname, extname, join } from 'node:path';
import type { Repair } from '../../contract/rehearsal.ts';
import type {
  DialectFinding,
  DialectRepair,
  FurtherRevision,
  RevisionStatements,
} from '../databases/analysis.ts';
import { rewriteRevision } from '../revision-source/rewrite.ts';
import { classOf, indentAt, literal, memberOf, parsed, sentBy } from '../revision-source/source.ts';
import { stemOf } from '../revisions/files.ts';

/** A finding's repairs, but for those that the revision has in it already. */
export function reportedRepairs(
  { kind, table, column, repairs }: DialectFinding,
  statements: RevisionStatements,
  revision: RevisionText | null,
): readonly Repair[] {
  const place = [table, column].filter((name) => name !== null).join('.');
  return repairs.flatMap((repair, index) =>
    isMade(repair, statements)
      ? []
      : [reportedRepair(`${kind}:${place}:${index + 1}`, repair, statements, revision)],
  );
}

/** Once more would help no more than once. */
function isMade({ edits, further = [] }: DialectRepair, { up, down }: RevisionStatements): boolean {
  if (edits === null || edits.length === 0 || further.length > 0) return false;
  const sent = { up: new Set(up), down: new Set(down) };
  return edits.every(
    ({ direction, place, statements }) =>
      place !== 'instead' && statements.every((sql) => sent[direction].has(sql)),
  );
}

/** A revision's text, and its file relative to the project. */
interface RevisionText {
  readonly file: string;
  readonly source: string;
}

/** @param revision null for one without a file */
export function reportedRepair(
  id: string,
  { title, caution, edits, shown, alone, further = [], choice, differs }: DialectRepair,
  statements: RevisionStatements,
  revision: RevisionText | null,
): Repair {
  const changes = edits?.flatMap((edit) => edit.statements) ?? [];
  const files = revision && edits ? filesOf(revision, further) : null;
  const rewritten =
    revision && edits && files && rewriteRevision(revision.source, statements, edits);
  const whole = rewritten && alone ? withoutTransaction(rewritten, revision.file) : rewritten;
  return {
    id,
    title,
    caution,
    statements: shown ?? [...changes, ...further.flatMap(({ up }) => up)],
    rewritten: whole,
    further: whole === null ? [] : (files ?? []),
    choice: choice ?? null,
    differs: differs ?? [],
  };
}

function isTypeScript(file: string): boolean {
  return /\.[cm]?ts$/.test(file);
}

/** The text with an `isTransactional()` that says no; null if there is no telling where. */
function withoutTransaction(source: string, file: string): string | null {
  const tree = parsed(source);
  if (!tree) return null;
  const own = memberOf(tree, 'isTransactional');
  const method = own ?? memberOf(tree, 'up');
  if (method?.start == null || method.end == null) return null;
  const indent = indentAt(source, method.start);
  const text = notTransactional(indent, isTypeScript(file));
  return own
    ? source.slice(0, method.start) + text + source.slice(method.end)
    : `${source.slice(0, method.start)}${text}\n\n${indent}${source.slice(method.start)}`;
}

function notTransactional(indent: string, typed: boolean): string {
  const signature = typed ? 'override isTransactional(): boolean' : 'isTransactional()';
  return `${signature} {\n${indent}  return false;\n${indent}}`;
}

/** Files of further revisions, each named so that it sorts right after the one before it. */
function filesOf(
  revision: { readonly file: string; readonly source: string },
  further: readonly FurtherRevision[],
): Repair['further'] | null {
  const { file, source } = revision;
  const files = further.map((each, index) => {
    const end = `_${index + 2}_${each.label.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')}`;
    const text = revisionLike(source, end, each, isTypeScript(file));
    return text === null
      ? null
      : { file: join(dirname(file), `${stemOf(file)}${end}${extname(file)}`), text };
  });
  return files.every((each) => each !== null) ? files : null;
}

/**
 * A revision in the manner of another one: its imports, its signatures, its quotes.
 *
 * @param end what the names of class and revision get appended
 */
function revisionLike(
  source: string,
  end: string,
  { up, down, alone }: FurtherRevision,
  typed: boolean,
): string | null {
  const tree = parsed(source);
  const found = tree && classOf(tree, 'up');
  if (!found) return null;
  const { statement, declared, member } = found;
  const name = declared.id?.name;
  const [start, open, close] = [statement.start, declared.body.start, declared.body.end];
  const [signed, body] = [member.start, member.body.start];
  if (name === undefined || start == null || open == null || close == null) return null;
  if (signed == null || body == null) return null;
  const indent = indentAt(source, signed);
  const signature = source.slice(signed, body).trimEnd();
  const quote = sentBy(source, 'up')?.[0]?.quote ?? '`';
  const method = (direction: 'up' | 'down', statements: readonly string[]) => {
    const calls = statements.map((sql) => `${indent}  this.addSql(${literal(sql, quote)});\n`);
    return `${signature.replace(/\bup\b/, direction)} {\n${calls.join('')}${indent}}`;
  };
  const renamed = (text: string) =>
    text.replaceAll(new RegExp(`\\b${escaped(name)}\\b`, 'g'), () => `${name}${end}`);
  const named = declared.body.body.flatMap((each) =>
    each.type === 'ClassProperty' && each.key.type === 'Identifier' && each.key.name === 'name'
      ? [renamed(source.slice(each.start ?? 0, each.end ?? 0))]
      : [],
  );
  const members = [
    ...named,
    ...(alone ? [notTransactional(indent, typed)] : []),
    method('up', up),
    method('down', down),
  ];
  const index = tree.program.body.indexOf(statement);
  // Comments between them speak of the other revision.
  const before = source.slice(0, index > 0 ? (tree.program.body[index - 1]?.end ?? 0) : 0);
  const head = `${before}${before && '\n\n'}${source.slice(start, open)}`;
  const inside = members.map((text) => `${indent}${text}\n`).join('\n');
  const text = `${renamed(head)}{\n${inside}}${renamed(source.slice(close))}`;
  return sends(text, 'up', up) && sends(text, 'down', down) ? text : null;
}

/** The result is read again: it must send exactly what was asked for. */
function sends(text: string, direction: 'up' | 'down', statements: readonly string[]): boolean {
  const sent = sentBy(text, direction)?.map(({ sql }) => sql);
  return JSON.stringify(sent) === JSON.stringify(statements);
}

function escaped(name: string): string {
  return name.replaceAll('$', String.raw`\$`);
}

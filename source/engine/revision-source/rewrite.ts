/**
 * Changes the text of a revision so that it sends other statements, and leaves the rest as it is.
 *
 * Only what is certain is changed: statements that stand as literals directly in `up()` or
 * `down()`. Everything else is for a person to do.
 */

import type { Direction } from '../../contract/direction.ts';
import type { Edit } from '../databases/analysis.ts';
import type { Kept } from '../rehearsal/schema-difference.ts';
import { indentAt, literal, memberOf, parsed, type Sent, sentBy } from './source.ts';

/**
 * @param statements what each direction sends, in order
 * @returns the text with the edits made; null if one of them can't be made with certainty
 */
export function rewriteRevision(
  source: string,
  statements: { readonly up: readonly string[]; readonly down: readonly string[] },
  edits: readonly Edit[],
): string | null {
  const sent = { up: sentBy(source, 'up'), down: sentBy(source, 'down') };
  const changes: { readonly at: number; readonly end: number; readonly text: string }[] = [];
  for (const edit of edits) {
    const target = locate(sent[edit.direction], statements[edit.direction], edit.at);
    if (target === null) return null;
    changes.push(changeOf(source, target, edit));
  }
  // From the end, so that the places before stay where they are; of two at one place the first
  // one given comes first.
  const rewritten = changes
    .map((change, index) => ({ ...change, index }))
    .toSorted((a, b) => b.at - a.at || b.end - a.end || b.index - a.index)
    .reduce((text, { at, end, text: put }) => text.slice(0, at) + put + text.slice(end), source);
  return isAsAsked(rewritten, sent, statements, edits) ? rewritten : null;
}

/** What a draft says about one of its statements. */
export interface Annotation {
  readonly direction: Direction;
  /** Index of the statement among those that the direction sends. */
  readonly at: number;
  readonly comments: readonly string[];
  /** A query that has a row where the statement must not be sent; null sends it always. */
  readonly unless: string | null;
}

/** @returns the text with comments and conditions put in; null if a place can't be told */
export function annotateRevision(
  source: string,
  statements: { readonly up: readonly string[]; readonly down: readonly string[] },
  annotations: readonly Annotation[],
): string | null {
  const changes: { readonly at: number; readonly end: number; readonly text: string }[] = [];
  const asynchronous = new Set<Direction>();
  for (const { direction, at, comments, unless } of annotations) {
    const target = locate(sentBy(source, direction), statements[direction], at);
    if (target === null) return null;
    const { start, end, quote } = target;
    const indent = indentAt(source, start);
    const lines = comments.map((comment) => `// ${comment.replaceAll(/\s+/g, ' ')}\n${indent}`);
    if (lines.length > 0) changes.push({ at: start, end: start, text: lines.join('') });
    if (unless === null) continue;
    const query = `await this.execute(${literal(unless, quote)})`;
    const call = source.slice(start, end).replaceAll('\n', '\n  ');
    const text = `if ((${query}).length === 0) {\n${indent}  ${call}\n${indent}}`;
    changes.push({ at: start, end, text });
    asynchronous.add(direction);
  }
  for (const direction of asynchronous) {
    const signature = signatureOf(source, direction);
    if (signature === null) return null;
    changes.push(...signature);
  }
  const annotated = changes
    .toSorted((a, b) => b.at - a.at || b.end - a.end)
    .reduce((text, { at, end, text: put }) => text.slice(0, at) + put + text.slice(end), source);
  return parsed(annotated) === null ? null : annotated;
}

/** What makes a method one that waits; null if there is no such method. */
function signatureOf(source: string, direction: Direction) {
  const file = parsed(source);
  const method = file && memberOf(file, direction);
  if (!method) return null;
  const changes = [];
  const name = method.key.start;
  if (!method.async && name != null) changes.push({ at: name, end: name, text: 'async ' });
  const { returnType } = method;
  if (returnType?.start != null && returnType.end != null) {
    changes.push({ at: returnType.start, end: returnType.end, text: ': Promise<void>' });
  }
  return changes;
}

/** The call that sends the statement of that index, if there is no doubt which one it is. */
function locate(
  sent: readonly Sent[] | null,
  statements: readonly string[],
  at: number,
): Sent | null {
  const wanted = statements[at];
  if (sent === null || wanted === undefined) return null;
  const plain = normal(wanted);
  const calls = sent.filter(({ sql }) => normal(sql) === plain);
  const same = statements.flatMap((sql, index) => (normal(sql) === plain ? [index] : []));
  if (calls.length !== same.length) return null;
  return calls[same.indexOf(at)] ?? null;
}

function changeOf(source: string, target: Sent, { place, statements }: Edit) {
  const lineStart = source.lastIndexOf('\n', target.start - 1) + 1;
  const before = source.slice(lineStart, target.start);
  const indent = indentAt(source, target.start);
  const newline = source.includes('\r\n') ? '\r\n' : '\n';
  const calls = statements.map(
    (sql) => `${target.call}${literal(sql, target.quote)}${target.tail}`,
  );
  switch (place) {
    case 'before':
      return {
        at: target.start,
        end: target.start,
        text: calls.map((call) => `${call}${newline}${indent}`).join(''),
      };
    case 'after':
      return {
        at: target.end,
        end: target.end,
        text: calls.map((call) => `${newline}${indent}${call}`).join(''),
      };
    case 'instead': {
      if (calls.length > 0) {
        return { at: target.start, end: target.end, text: calls.join(`${newline}${indent}`) };
      }
      // Its line goes with it, if it has one to itself.
      const rest = /^[ \t]*\r?\n/.exec(source.slice(target.end))?.[0];
      const alone = before.trim() === '' && rest !== undefined;
      return {
        at: alone ? lineStart : target.start,
        end: alone ? target.end + rest.length : target.end,
        text: '',
      };
    }
  }
}

/** The result is read again: it must send exactly what was asked for. */
function isAsAsked(
  rewritten: string,
  sent: Readonly<Record<Direction, readonly Sent[] | null>>,
  statements: { readonly up: readonly string[]; readonly down: readonly string[] },
  edits: readonly Edit[],
): boolean {
  return (['up', 'down'] as const).every((direction) => {
    const calls = sent[direction];
    const now = sentBy(rewritten, direction);
    if (calls === null || now === null) return calls === now;
    const expected = calls.flatMap((call) => {
      const own = edits.filter(
        (edit) =>
          edit.direction === direction && locate(calls, statements[direction], edit.at) === call,
      );
      const at = (place: Edit['place']) =>
        own.filter((edit) => edit.place === place).flatMap((edit) => edit.statements);
      const replaced = own.some(({ place }) => place === 'instead');
      return [...at('before'), ...(replaced ? at('instead') : [call.sql]), ...at('after')];
    });
    return now.length === expected.length && now.every(({ sql }, index) => sql === expected[index]);
  });
}

/** Spaces around a statement and the semicolon at its end mean nothing. */
function normal(sql: string): string {
  return sql.trim().replace(/\s*;$/, '').replaceAll(/\s+/g, ' ');
}

const NAME = String.raw`(?:"([^"]+)"|\`([^\`]+)\`|\[([^\]]+)\]|([\w$]+))`;
const COLUMN = new RegExp(String.raw`^\s*${NAME}\.${NAME}\s*$`);

/** Columns that a downgrade keeps on purpose, as comments of the revision say. */
export function keptColumns(source: string): readonly Kept[] {
  return declaredIn(source, 'keep').flatMap((each): Kept[] => {
    const [, ...parts] = COLUMN.exec(each) ?? [];
    const [table, column] = [parts.slice(0, 4), parts.slice(4)].map((quoted) =>
      quoted.find((name) => name !== undefined),
    );
    return table && column ? [{ table, column }] : [];
  });
}

/** Tables and columns that go for good, as comments of the revision say: `jar`, `jar.weight`. */
export function droppedForGood(source: string): readonly string[] {
  return declaredIn(source, 'drop').map((each) => each.trim().replaceAll(/["`[\]]/g, ''));
}

/** What stands in `// handrail: keep jar.weight, "shelf"."label" because …` */
function declaredIn(source: string, word: 'keep' | 'drop'): readonly string[] {
  const declaration = new RegExp(String.raw`\bhandrail:\s*${word}\s+(.*)`, 'g');
  const comments = parsed(source)?.comments ?? [];
  return comments.flatMap(({ value }) =>
    [...value.matchAll(declaration)].flatMap(([, text = '']) => {
      const [names = ''] = text.split(/\s(?:--|–|because)\s|\*\//);
      return names.split(',');
    }),
  );
}

/**
 * Text with tones, in lines: what documents (details, plans, results, help) are made of.
 * Pure data, so that what a screen says can be tested without a screen.
 */

import { printable, printablePiece } from '../../text/print.ts';
import { cut, width, wrapRanges } from '../../text/width.ts';
import type { Style } from './theme.ts';

/** Made by {@link span} only, so that its text is always harmless to a terminal. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

export type Line = readonly Span[];

export const EMPTY: Line = [];

/** A piece of text with one style; control characters in it become visible. */
export function span(text: string, style: Style = 'plain'): Span {
  return { text: printablePiece(text), style };
}

/** One line from pieces; a string is a plain piece. */
export function line(...parts: readonly (Span | string)[]): Line {
  return parts.map((part) => (typeof part === 'string' ? span(part) : part));
}

/** A text that may hold line ends, as lines of one style. */
export function lines(text: string, style: Style = 'plain'): readonly Line[] {
  return printable(text)
    .split('\n')
    .map((row) => (row === '' ? EMPTY : [{ text: row, style }]));
}

/** `── up ─────` over the whole width. */
export function rule(title: string, columns: number): Line {
  const label = cut(printablePiece(title), Math.max(1, columns - 4));
  return [
    { text: '── ', style: 'dim' },
    { text: label, style: 'strong' },
    { text: ` ${'─'.repeat(Math.max(0, columns - width(label) - 4))}`, style: 'dim' },
  ];
}

/** Columns that a line takes. */
export function lineWidth(spans: Line): number {
  return spans.reduce((sum, { text }) => sum + width(text), 0);
}

/** The line as rows of at most `columns`; rows after the first begin with `indent` spaces. */
export function wrapLine(spans: Line, columns: number, indent = 0): readonly Line[] {
  if (lineWidth(spans) <= columns) return [spans];
  const text = spans.map((part) => part.text).join('');
  const [first, ...rest] = wrapRanges(text, columns);
  if (!first) return [spans];
  const after = rest[0]?.start ?? text.length;
  const hanging = Math.min(indent, Math.max(0, columns - 8));
  const others =
    rest.length === 0
      ? []
      : wrapRanges(text.slice(after), columns - hanging).map(({ start, end }) => [
          { text: ' '.repeat(hanging), style: 'plain' as const },
          ...slice(spans, after + start, after + end),
        ]);
  return [slice(spans, first.start, first.end), ...others];
}

/** Wraps every line of a document. */
export function wrapLines(document: readonly Line[], columns: number): readonly Line[] {
  return document.flatMap((spans) => wrapLine(spans, columns, hangingIndent(spans)));
}

/** The line, at most `columns` wide. */
export function cutLine(spans: Line, columns: number): Line {
  if (lineWidth(spans) <= columns) return spans;
  const kept: Span[] = [];
  let room = columns;
  for (const part of spans) {
    const wide = width(part.text);
    if (wide < room) {
      kept.push(part);
      room -= wide;
    } else {
      kept.push({
        ...part,
        text: wide === room ? cut(`${part.text} `, room) : cut(part.text, room),
      });
      break;
    }
  }
  return kept;
}

/** Left and right of one row, with the space between them; the left gives way. */
export function spread(left: Line, right: Line, columns: number): Line {
  const wide = lineWidth(right);
  if (wide === 0) return cutLine(left, columns);
  const start = cutLine(left, Math.max(0, columns - wide - 1));
  const gap = Math.max(0, columns - wide - lineWidth(start));
  return [...start, { text: ' '.repeat(gap), style: 'plain' }, ...cutLine(right, columns)];
}

/** What a line says, without its tones. */
export function textOf(spans: Line): string {
  return spans.map(({ text }) => text).join('');
}

/** Continuations of `  1. text` and indented text stand under where it began. */
function hangingIndent(spans: Line): number {
  return /^\s*(?:\d+\. |[●○✓✗⚠!↺·•–] )?/.exec(textOf(spans))?.[0].length ?? 0;
}

/** The piece of a line between two offsets of its text. */
function slice(spans: Line, start: number, end: number): Line {
  const taken: Span[] = [];
  let offset = 0;
  for (const part of spans) {
    const from = Math.max(start - offset, 0);
    const to = Math.min(end - offset, part.text.length);
    if (from < to) taken.push({ ...part, text: part.text.slice(from, to) });
    offset += part.text.length;
    if (offset >= end) break;
  }
  return taken;
}

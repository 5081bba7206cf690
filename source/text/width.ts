/** Text measured in terminal columns: wide characters take two, combining ones none. */

import stringWidth from 'string-width';

/** Printable ASCII is one column a character: measuring it needs no table. */
const ASCII = /^[\x20-\x7e]*$/;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Columns that a text takes. */
export function width(text: string): number {
  return ASCII.test(text) ? text.length : stringWidth(text);
}

/** The text if it fits, else its beginning with a mark at the end, at most `columns` wide. */
export function cut(text: string, columns: number, mark = '…'): string {
  if (columns <= 0) return '';
  // A long text can't fit when it is ASCII so far; the rest need not be looked at.
  const head = text.length > columns * 8 ? text.slice(0, columns * 8) : text;
  if (ASCII.test(head)) {
    if (text.length <= columns) return text;
    return head.slice(0, Math.max(0, columns - width(mark))) + mark;
  }
  if (head === text && stringWidth(text) <= columns) return text;
  const room = columns - width(mark);
  let used = 0;
  let end = 0;
  for (const { segment, index } of graphemes.segment(head)) {
    used += stringWidth(segment);
    if (used > room) break;
    end = index + segment.length;
  }
  return head.slice(0, end) + mark;
}

/** Cut in the middle: keeps the beginning and the end, which tell names apart. */
export function cutMiddle(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  if (columns < 8) return cut(text, columns);
  const tail = cutStart(text, Math.floor((columns - 1) / 3));
  return cut(text, columns - width(tail), '…') + tail;
}

/** The end of a text, at most `columns` wide, without a mark. */
function cutStart(text: string, columns: number): string {
  const parts = [...graphemes.segment(text)].map(({ segment }) => segment);
  let used = 0;
  let start = parts.length;
  while (start > 0) {
    used += stringWidth(parts[start - 1] ?? '');
    if (used > columns) break;
    start--;
  }
  return parts.slice(start).join('');
}

/** Spaces to fill up to `columns`; a longer text stays as it is. */
export function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)));
}

/** Like {@link pad}, with the spaces before the text. */
export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - width(text))) + text;
}

/** Exactly `columns` wide: cut or padded. */
export function toWidth(text: string, columns: number): string {
  return pad(cut(text, columns), columns);
}

/** A piece of a text, as offsets: `text.slice(start, end)`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * Where to break a text without line ends into rows of at most `columns`; at a space when
 * there is one. The space itself belongs to no row.
 */
export function wrapRanges(text: string, columns: number): readonly Range[] {
  const room = Math.max(1, columns);
  const rows: Range[] = [];
  let start = 0;
  while (start < text.length) {
    const full = fullRow(text, start, room);
    if (full >= text.length) {
      rows.push({ start, end: text.length });
      return rows;
    }
    const space = text.lastIndexOf(' ', full);
    if (space > start && text.slice(start, space).trim() !== '') {
      rows.push({ start, end: space });
      start = space + 1;
    } else {
      rows.push({ start, end: full });
      start = full;
    }
  }
  return rows.length === 0 ? [{ start: 0, end: 0 }] : rows;
}

/** The text as rows of at most `columns`; its own line ends are kept. */
export function wrap(text: string, columns: number): readonly string[] {
  return text
    .split('\n')
    .flatMap((line) => wrapRanges(line, columns).map(({ start, end }) => line.slice(start, end)));
}

/** The offset after the last character that still fits into a row that begins at `start`. */
function fullRow(text: string, start: number, columns: number): number {
  const head = text.slice(start, start + columns);
  if (ASCII.test(head)) return start + head.length;
  let used = 0;
  let end = start;
  for (const { segment, index } of graphemes.segment(text.slice(start, start + columns * 8))) {
    used += stringWidth(segment);
    // At least one character a row, however narrow the row.
    if (used > columns && end > start) break;
    end = start + index + segment.length;
    if (used >= columns) break;
  }
  return end;
}

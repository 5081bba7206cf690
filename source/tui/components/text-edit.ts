/** Editing one line of text. Pure. */

import type { Key } from 'ink';

export interface Edit {
  readonly value: string;
  /** Offset in the value, always between two characters as people see them. */
  readonly cursor: number;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** A line with the cursor at its end. */
export function editOf(value: string): Edit {
  return { value, cursor: value.length };
}

/** What a key, or a pasted text (then `key` is null), makes of a line. */
export function edit(line: Edit, input: string, key: Key | null): Edit {
  if (!key) return insert(line, input);
  if (key.leftArrow) return { ...line, cursor: before(line) };
  if (key.rightArrow) return { ...line, cursor: after(line) };
  if (key.home || (key.ctrl && input === 'a')) return { ...line, cursor: 0 };
  if (key.end || (key.ctrl && input === 'e')) return editOf(line.value);
  if (key.backspace || (key.ctrl && input === 'h')) return remove(line, before(line), line.cursor);
  if (key.delete) return remove(line, line.cursor, after(line));
  if (key.ctrl && input === 'u') return remove(line, 0, line.cursor);
  if (key.ctrl && input === 'k') return remove(line, line.cursor, line.value.length);
  if (key.ctrl && input === 'w') {
    const start = line.value.slice(0, line.cursor).replace(/\S+\s*$/, '').length;
    return remove(line, start, line.cursor);
  }
  return key.ctrl || key.meta || key.escape || key.tab ? line : insert(line, input);
}

function insert({ value, cursor }: Edit, text: string): Edit {
  const clean = text.replace(/\p{Control}/gu, '');
  return {
    value: value.slice(0, cursor) + clean + value.slice(cursor),
    cursor: cursor + clean.length,
  };
}

function remove({ value }: Edit, start: number, end: number): Edit {
  return { value: value.slice(0, start) + value.slice(end), cursor: start };
}

function before({ value, cursor }: Edit): number {
  let last = 0;
  for (const { index } of graphemes.segment(value.slice(0, cursor))) last = index;
  return last;
}

function after({ value, cursor }: Edit): number {
  for (const { segment } of graphemes.segment(value.slice(cursor))) return cursor + segment.length;
  return value.length;
}

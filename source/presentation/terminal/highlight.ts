/** SQL in colours; plain until the highlighter is loaded, which is after the first frame. */

import { shownSql } from '../../text/literals.ts';
import { printable } from '../../text/print.ts';
import type { Line, Span } from './spans.ts';
import type { Style } from './theme.ts';

/** SQL as lines of spans. */
export type Highlight = (sql: string) => readonly Line[];

/** Longer SQL stays plain: colours are not worth a pause. */
const LIMIT = 20_000;

const TONES: Readonly<Record<string, Style>> = {
  keyword: 'keyword',
  type: 'keyword',
  built_in: 'keyword',
  literal: 'number',
  number: 'number',
  string: 'string',
  comment: 'comment',
};

/** Without colours. */
export const plainSql: Highlight = (sql) =>
  toLines([{ text: printable(shownSql(sql)), style: 'plain' }]);

let current: Highlight = plainSql;
let loading: Promise<void> | null = null;
const listeners = new Set<() => void>();

/** Loads the highlighter, once. Without it SQL stays plain. */
export function loadHighlighter(): Promise<void> {
  loading ??= import('./highlight-sql.ts').then(
    ({ highlightSql }) => {
      current = (sql) => {
        if (sql.length > LIMIT) return plainSql(sql);
        const pieces = highlightSql(printable(shownSql(sql)));
        return toLines(
          pieces.map(({ text, className }) => ({ text, style: TONES[className] ?? 'plain' })),
        );
      };
      for (const listener of listeners) listener();
    },
    () => {},
  );
  return loading;
}

/** The best one that there is now. */
export function currentHighlight(): Highlight {
  return current;
}

/** @returns what ends it */
export function onBetterHighlight(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function toLines(spans: readonly Span[]): readonly Line[] {
  const rows: Span[][] = [[]];
  for (const { text, style } of spans) {
    text.split('\n').forEach((part, index) => {
      if (index > 0) rows.push([]);
      if (part !== '') rows.at(-1)?.push({ text: part, style });
    });
  }
  return rows;
}

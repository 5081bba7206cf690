/** What differs between two texts, line by line. */

import { structuredPatch } from 'diff';
import { type Line, line, span } from './spans.ts';
import type { Style } from './theme.ts';

/** Unchanged lines around a change. */
const CONTEXT = 3;
/** Milliseconds until a difference is given up; then the whole new text is shown. */
const PATIENCE_MS = 1_000;

/** What changes, with a few lines around it; signs say what colours say. */
export function diffLines(before: string, after: string): readonly Line[] {
  const patch = structuredPatch('', '', before, after, undefined, undefined, {
    context: CONTEXT,
    timeout: PATIENCE_MS,
  });
  if (!patch) return rowsOf(after).map((text) => line(span(`+ ${text}`, 'good')));
  return patch.hunks.flatMap(({ oldStart, lines: changed }) => [
    line(span(`@@ from line ${oldStart}`, 'accent')),
    ...changed.map(diffLine),
  ]);
}

function diffLine(text: string): Line {
  const sign = text.charAt(0);
  const style: Style = sign === '+' ? 'good' : sign === '-' ? 'bad' : 'dim';
  // A line end of another kind is no news, but must not be a sign on screen either.
  return line(span(`${sign} ${text.slice(1).replace(/\r$/, '')}`, style));
}

function rowsOf(text: string): readonly string[] {
  return text.replace(/\n$/, '').split(/\r?\n/);
}

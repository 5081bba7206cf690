/** The change of a revision's file that a repair makes, for the person who confirms it. */

import { structuredPatch } from 'diff';
import type { Highlight } from '../highlight.ts';
import { EMPTY, type Line, line, rule, span, wrapLines } from '../spans.ts';
import type { Tone } from '../theme.ts';
import { statementLines } from './detail.ts';
import type { Applicable } from './report.ts';

/** Unchanged lines around a change. */
const CONTEXT = 3;
/** Milliseconds until a difference is given up; then the whole new file is shown. */
const PATIENCE_MS = 1_000;

/** Lines of at most `columns`; `before` is the file as it is now. */
export function repairDocument(
  { repair, revision, file }: Applicable,
  before: string,
  columns: number,
  highlight: Highlight,
): readonly Line[] {
  const rows: Line[] = [
    line(span(repair.title, 'strong')),
    ...(repair.caution ? [line(span('! ', 'warn'), span(repair.caution))] : []),
    line(span('revision  ', 'dim'), span(revision.name)),
  ];
  const statements =
    repair.statements.length === 0
      ? []
      : [
          EMPTY,
          rule('statements', columns),
          ...statementLines(repair.statements, columns, highlight),
        ];
  return [
    ...wrapLines(rows, columns),
    ...statements,
    EMPTY,
    rule(file, columns),
    ...wrapLines(diffLines(file, before, repair.rewritten), columns),
  ];
}

/** What changes, with a few lines around it; signs say what colours say. */
export function diffLines(file: string, before: string, after: string): readonly Line[] {
  if (before === after) return [line(span('The file is already so.', 'warn'))];
  const patch = structuredPatch(file, file, before, after, undefined, undefined, {
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
  const tone: Tone = sign === '+' ? 'good' : sign === '-' ? 'bad' : 'dim';
  // A line end of another kind is no news, but must not be a sign on screen either.
  return line(span(`${sign} ${text.slice(1).replace(/\r$/, '')}`, tone));
}

function rowsOf(text: string): readonly string[] {
  return text.replace(/\n$/, '').split(/\r?\n/);
}

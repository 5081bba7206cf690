/** The change of a revision's file that a repair makes, for the person who confirms it. */

import { statementLines } from './detail.ts';
import { diffLines } from './diff.ts';
import type { Highlight } from './highlight.ts';
import type { Applicable } from './report.ts';
import { EMPTY, type Line, line, rule, span, wrapLines } from './spans.ts';

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
    ...(before === repair.rewritten
      ? [line(span('The file is already so.', 'warn'))]
      : wrapLines(diffLines(before, repair.rewritten), columns)),
    ...repair.further.flatMap((each) => [
      EMPTY,
      rule(`${each.file}, new`, columns),
      ...wrapLines(diffLines('', each.text), columns),
    ]),
  ];
}

/** A refusal or an error: what, why, and what to do next. */

import type { Problem } from '../../contract/problem.ts';
import { EMPTY, type Line, line, lines, span, wrapLines } from './spans.ts';

export interface ProblemContext {
  readonly columns: number;
  /** Whether the technical details are shown too. */
  readonly details: boolean;
}

/** Lines of at most `columns`. */
export function problemLines(problem: Problem, context: ProblemContext): readonly Line[] {
  const { columns, details } = context;
  const rows: Line[] = [line(span('✗ ', 'bad'), span(problem.what, 'strong'))];
  if (problem.why) rows.push(line(problem.why));
  problem.next.forEach((step, index) => {
    rows.push(line(span(`  ${index + 1}. `, 'accent'), span(step)));
  });
  if (problem.detail && details) rows.push(EMPTY, ...lines(problem.detail, 'dim'));
  return wrapLines(rows, columns);
}

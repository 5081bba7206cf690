/** What the doctor found, in lines. */

import type { DoctorFinding, Remedy } from '../../contract/doctor.ts';
import { toDo } from '../doctor.ts';
import type { Highlight } from './highlight.ts';
import { cutLine, EMPTY, type Line, line, span, wrapLines } from './spans.ts';
import type { Style } from './theme.ts';

const SEVERITIES: Readonly<Record<DoctorFinding['severity'], { symbol: string; style: Style }>> = {
  hazard: { symbol: '⚠', style: 'bad' },
  notice: { symbol: '·', style: 'plain' },
};

/** `⚠ hazard  The index author_name of author is invalid: its build did not end.` */
export function findingRow({ severity, what }: DoctorFinding, columns: number): Line {
  const { symbol, style } = SEVERITIES[severity];
  return cutLine(line(span(`${symbol} ${severity}  `, style), span(what)), columns);
}

/** Lines of at most `columns`. */
export function findingLines(
  { severity, what, why, facts, remedies }: DoctorFinding,
  columns: number,
  highlight: Highlight,
): readonly Line[] {
  return wrapLines(
    [
      line(span(what, SEVERITIES[severity].style === 'bad' ? 'bad' : 'strong')),
      line(span(why)),
      ...facts.map((fact) => line(span(`· ${fact}`, 'dim'))),
      ...remedies.flatMap((remedy, index) => remedyLines(remedy, index, highlight)),
    ],
    columns,
  );
}

function remedyLines(remedy: Remedy, index: number, highlight: Highlight): readonly Line[] {
  const sql = remedy.statements.flatMap((each) => highlight(each));
  const rest = toDo({ ...remedy, statements: [] }).map((each) => line(span(each)));
  return [
    EMPTY,
    line(span(`${index + 1}. `, 'accent'), span(remedy.title, 'strong')),
    ...[...sql, ...rest].map((one) => line(span('   '), ...one)),
  ];
}

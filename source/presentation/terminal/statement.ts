/** Everything about one statement. */

import type { StatementRecord } from '../../contract/events.ts';
import type { ServerNotice, StatementError } from '../../contract/statement.ts';
import { clock, count, duration, plural } from '../../text/format.ts';
import { shownSql } from '../../text/literals.ts';
import { printablePiece } from '../../text/print.ts';
import { width } from '../../text/width.ts';
import type { Highlight } from './highlight.ts';
import { EMPTY, type Line, line, lines, rule, span, wrapLines } from './spans.ts';

/** Characters shown before and after the place of an error. */
const AROUND = 2;

/**
 * Lines of at most `columns`.
 *
 * @param notices those of other statements are left out
 */
export function statementDocument(
  statement: StatementRecord,
  notices: readonly ServerNotice[],
  columns: number,
  highlight: Highlight,
): readonly Line[] {
  const { sql, length, parameters, revision, direction, end } = statement;
  const rows: Line[] = [
    fact('started', clock(statement.at)),
    fact('took', end ? duration(end.ms) : 'has not ended'),
    fact('kind', statement.kind),
  ];
  if (revision) rows.push(fact('revision', `${revision}${direction ? ` (${direction})` : ''}`));
  if (end) {
    if (end.affected !== null) rows.push(fact('changed', plural(end.affected, 'row')));
    if (end.rows > 0) rows.push(fact('returned', plural(end.rows, 'row')));
  }
  const said = notices.filter(({ seq }) => seq === statement.seq);
  const body = wrapLines(highlight(sql), columns);
  const shown = length > sql.length ? [cutNote(sql.length, length)] : [];
  const bound = parameters.map((value, index) =>
    line(span(`  ${index + 1}. `, 'accent'), span(value)),
  );
  return [
    ...wrapLines(rows, columns),
    ...(end?.error
      ? [EMPTY, ...wrapLines(errorLines(end.error, null, columns, highlight), columns)]
      : []),
    ...(said.length > 0
      ? [EMPTY, rule('the server said', columns), ...wrapLines(said.flatMap(noticeLines), columns)]
      : []),
    EMPTY,
    rule('SQL', columns),
    ...(end?.error?.position ? pointed(sql, end.error.position, columns, highlight) : body),
    ...wrapLines(shown, columns),
    ...(bound.length > 0 ? [EMPTY, rule('parameters', columns), ...wrapLines(bound, columns)] : []),
  ];
}

/** An error, with the SQL and a mark under the place where that is known. */
export function errorLines(
  error: StatementError,
  sql: string | null,
  columns: number,
  highlight: Highlight,
): readonly Line[] {
  const rows: Line[] = [...lines(error.message, 'bad')];
  if (error.code) rows.push(fact('code', error.code));
  if (sql !== null) {
    rows.push(
      EMPTY,
      ...(error.position === null
        ? wrapLines(highlight(sql), columns)
        : pointed(sql, error.position, columns, highlight)),
    );
  }
  if (error.detail) rows.push(EMPTY, ...lines(error.detail, 'dim'));
  if (error.hint) rows.push(fact('hint', error.hint));
  return rows;
}

function noticeLines({
  severity,
  message,
  code,
  detail,
  hint,
  where,
}: ServerNotice): readonly Line[] {
  return [
    ...lines(`${severity}: ${message}`, severity === 'warning' ? 'warn' : 'plain'),
    ...(code ? [fact('code', code)] : []),
    ...(detail ? [fact('detail', detail)] : []),
    ...(hint ? [fact('hint', hint)] : []),
    ...(where ? [fact('where', where)] : []),
  ];
}

/** The lines of the SQL near the place, with a caret under it. `position` counts from 1. */
function pointed(
  sql: string,
  position: number,
  columns: number,
  highlight: Highlight,
): readonly Line[] {
  // The place is that in the SQL as it was sent.
  const shown = shownSql(sql);
  if (shown !== sql) return wrapLines(highlight(shown), columns);
  const before = sql.slice(0, position - 1);
  const row = before.split('\n').length - 1;
  const rows = sql.split('\n');
  const column = before.length - (before.lastIndexOf('\n') + 1);
  return rows.flatMap((text, index) => {
    if (Math.abs(index - row) > AROUND * 4) return [];
    if (index !== row) return wrapLines(highlight(text), columns);
    // The row with the error is cut around the place, so that the caret stands under it.
    const start = Math.max(0, column - Math.floor(columns / 2));
    const around = text.slice(start, start + columns - 1);
    const caret = width(printablePiece(text.slice(start, column)));
    return [...highlight(around), line(' '.repeat(caret), span('▲ here', 'bad'))];
  });
}

function fact(name: string, value: string): Line {
  return line(span(name.padEnd(11), 'dim'), span(value));
}

function cutNote(shown: number, length: number): Line {
  return line(span(`… ${count(shown)} of ${count(length)} characters are shown.`, 'warn'));
}

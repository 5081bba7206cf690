/** One statement in one row: time, SQL, how long it took. */

import { Box, Text } from 'ink';
import { memo } from 'react';
import type { StatementRecord } from '../../contract/events.ts';
import { type Line, span } from '../../presentation/terminal/spans.ts';
import { CURSOR, styles } from '../../presentation/terminal/theme.ts';
import { clock, duration } from '../../text/format.ts';
import { shownSql } from '../../text/literals.ts';
import { printableLine } from '../../text/print.ts';
import { toWidth } from '../../text/width.ts';
import { Row } from './lines.tsx';
import { Elapsed, Spinner } from './spinner.tsx';

/** Columns for the duration, with the mark of an error before it. */
const TOOK = 13;

/** Rows narrower than this have no room for milliseconds. */
const NARROW = 70;

export interface StatementRowProps {
  readonly statement: StatementRecord;
  readonly selected: boolean;
  readonly columns: number;
  /** The run is going: a statement without an end is running, else it never ended. */
  readonly live: boolean;
}

export const StatementRow = memo(function StatementRow(props: StatementRowProps) {
  const { statement, selected, columns, live } = props;
  const runs = live && statement.end === null;
  return (
    <Box height={1}>
      <Text {...styles.accent}>{selected ? CURSOR : ' '}</Text>
      <Row line={statementLine(statement, columns - 1 - (runs ? TOOK : 0), live)} />
      {runs && (
        <Box width={TOOK} justifyContent="flex-end" gap={1}>
          <Spinner />
          <Elapsed since={statement.at} columns={TOOK - 3} />
        </Box>
      )}
    </Box>
  );
});

/** `12:03:01.234  create index …      41 ms`; without the duration when it still runs. */
function statementLine(statement: StatementRecord, columns: number, live: boolean): Line {
  const { at, sql, kind, end } = statement;
  const runs = live && end === null;
  const time = columns < NARROW ? clock(at).slice(0, 8) : clock(at);
  const room = Math.max(1, columns - time.length - 2 - (runs ? 0 : TOOK));
  // Only the beginning can be seen; the rest need not be looked at.
  const text = toWidth(printableLine(shownSql(sql.slice(0, room * 4 + 256))), room);
  const failed = end !== null && end.error !== null;
  const row: Line = [
    span(`${time}  `, 'dim'),
    span(text, failed ? 'bad' : kind === 'sql' ? 'plain' : 'dim'),
  ];
  if (runs) return row;
  if (!end) return [...row, span('never ended'.padStart(TOOK), 'warn')];
  const took = duration(end.ms);
  return [
    ...row,
    span(
      failed ? '✗ '.padStart(TOOK - took.length) : ' '.repeat(Math.max(1, TOOK - took.length)),
      'bad',
    ),
    span(took, failed ? 'bad' : 'dim'),
  ];
}

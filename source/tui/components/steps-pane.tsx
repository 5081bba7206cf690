/** The steps of a rehearsal; follows the one that goes on. */

import { Box, Text, useIsScreenReaderEnabled } from 'ink';
import { useMemo, useState } from 'react';
import { count } from '../../text/format.ts';
import { printablePiece } from '../../text/print.ts';
import {
  ELAPSED,
  placeOfNow,
  rehearsalTitle,
  type StepRow,
  stepRows,
} from '../documents/rehearsal.ts';
import { useLayer } from '../keys.tsx';
import type { Size } from '../navigation.ts';
import { movement, useWindowStart } from '../scrolling.ts';
import type { RehearsalState } from '../store/state.ts';
import { Row } from './lines.tsx';
import { innerSize, Pane } from './pane.tsx';
import { Elapsed, Spinner } from './spinner.tsx';

export interface StepsPaneProps {
  readonly size: Size;
  readonly rehearsal: RehearsalState;
  readonly focused: boolean;
}

export function StepsPane({ size, rehearsal, focused }: StepsPaneProps) {
  const reader = useIsScreenReaderEnabled();
  const inner = innerSize(size);
  const rows = useMemo(
    () => stepRows(rehearsal, inner.columns, reader),
    [rehearsal, inner.columns, reader],
  );
  // The first visible row, once the person has moved; null follows what goes on.
  const [held, setHeld] = useState<number | null>(null);
  const place = placeOfNow(rows);
  const following = useWindowStart(
    // What comes next is to be seen too.
    Math.min(place + Math.floor(inner.rows / 2), Math.max(0, rows.length - 1)),
    inner.rows,
    rows.length,
  );
  const highest = Math.max(0, rows.length - inner.rows);
  const start = held === null ? following : Math.min(held, highest);
  const move = (to: number) => setHeld(Math.max(0, Math.min(to, highest)));
  useLayer(
    {
      context: 'rehearsal',
      focused: true,
      handlers: {
        ...movement((delta) => move(start + delta), move, {
          count: rows.length,
          height: inner.rows,
        }),
        follow: () => setHeld(held === null ? start : null),
      },
    },
    focused,
  );
  const note =
    highest === 0
      ? ''
      : `${held === null ? 'following · ' : ''}${count(start + 1)}–${count(start + inner.rows)} of ${count(rows.length)}`;
  return (
    <Pane title={printablePiece(rehearsalTitle(rehearsal))} note={note} {...size} focused={focused}>
      <Box flexDirection="column">
        {rows.slice(start, start + inner.rows).map((row, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place on the screen
          <Step key={index} row={row} columns={inner.columns} />
        ))}
      </Box>
    </Pane>
  );
}

function Step({ row, columns }: { row: StepRow; columns: number }) {
  const reader = useIsScreenReaderEnabled();
  if (row.since === null || reader) return <Row line={row.line} />;
  const [before, , ...after] = row.line;
  return (
    <Box height={1} width={columns}>
      <Text>{before?.text}</Text>
      <Spinner />
      <Text> </Text>
      <Row line={after} />
      <Box flexGrow={1} />
      <Elapsed since={row.since} columns={ELAPSED} style="dim" />
    </Box>
  );
}

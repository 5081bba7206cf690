/** What the project's test command prints, as it does. */

import { Box, Text } from 'ink';
import { useState } from 'react';
import { cutLine, span } from '../../presentation/terminal/spans.ts';
import { styles } from '../../presentation/terminal/theme.ts';
import { count } from '../../text/format.ts';
import { printableLine } from '../../text/print.ts';
import { useLayer } from '../keys.tsx';
import type { Size } from '../navigation.ts';
import { movement } from '../scrolling.ts';
import type { RehearsalState } from '../store/state.ts';
import { Row } from './lines.tsx';
import { innerSize, Pane } from './pane.tsx';

export interface TestOutputPaneProps {
  readonly size: Size;
  readonly rehearsal: RehearsalState;
  readonly focused: boolean;
}

export function TestOutputPane({ size, rehearsal, focused }: TestOutputPaneProps) {
  const { testOutput, request, phase } = rehearsal;
  const inner = innerSize(size);
  const highest = Math.max(0, testOutput.length - inner.rows);
  // The first visible line; null follows the newest.
  const [held, setHeld] = useState<number | null>(null);
  const start = held === null ? highest : Math.min(held, highest);
  const move = (to: number) => setHeld(to >= highest ? null : Math.max(0, to));
  useLayer(
    {
      context: 'rehearsal',
      focused: true,
      handlers: {
        ...movement((delta) => move(start + delta), move, {
          count: testOutput.length,
          height: inner.rows,
        }),
        follow: () => setHeld(held === null ? highest : null),
      },
    },
    focused,
  );
  const { upgraded, downgraded } = request.tests;
  const none =
    upgraded || downgraded
      ? `The test command ${phase === 'over' ? 'printed nothing' : 'has printed nothing yet'}.`
      : 'The project has no test command: the settings can name one.';
  const note = `${held === null ? 'following' : 'paused'} · ${count(testOutput.length)}`;
  return (
    <Pane title="Test output" note={note} {...size} focused={focused}>
      <Box flexDirection="column">
        {testOutput.length === 0 && <Text {...styles.dim}>{none}</Text>}
        {testOutput.slice(start, start + inner.rows).map((text, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place on the screen
          <Row key={index} line={cutLine([span(printableLine(text))], inner.columns)} />
        ))}
      </Box>
    </Pane>
  );
}

/** What the project's own code printed. */

import { Box, Text } from 'ink';
import { useMemo, useState } from 'react';
import { cutLine, line, span } from '../../presentation/terminal/spans.ts';
import { CURSOR, styles } from '../../presentation/terminal/theme.ts';
import { clock, count } from '../../text/format.ts';
import { printableLine } from '../../text/print.ts';
import { Row } from '../components/lines.tsx';
import { innerSize, Pane } from '../components/pane.tsx';
import { useLayer } from '../keys.tsx';
import type { Size } from '../navigation.ts';
import { wordsOf } from '../screens/filter.ts';
import { movement, useWindowStart } from '../scrolling.ts';
import { useFacts, useSelected } from '../services.ts';

export function OutputList(props: { size: Size; title: string; filter: string }) {
  const { size, title, filter } = props;
  const output = useSelected((state) => state.output);
  const inner = innerSize(size);
  const shown = useMemo(() => {
    const words = wordsOf(filter);
    if (words.length === 0) return output;
    return output.filter((one) => words.every((word) => one.line.toLowerCase().includes(word)));
  }, [output, filter]);
  const [held, setHeld] = useState<number | null>(null);
  const newest = Math.max(0, shown.length - 1);
  const cursor = held === null ? newest : Math.min(held, newest);
  const start = useWindowStart(cursor, inner.rows, shown.length);
  const move = (place: number) => setHeld(place >= newest ? null : Math.max(0, place));
  useLayer({
    context: 'log',
    focused: true,
    facts: useFacts({ log: 'output' }),
    handlers: {
      ...movement((delta) => move(cursor + delta), move, {
        count: shown.length,
        height: inner.rows,
      }),
      follow: () => setHeld(held === null ? newest : null),
    },
  });
  const note = `${held === null ? 'following' : 'paused'} · ${count(shown.length)}`;
  return (
    <Pane title={title} note={note} {...size} focused>
      <Box flexDirection="column">
        {shown.length === 0 && (
          <Text {...styles.dim}>
            The project’s own code has printed nothing{filter && ' that matches'}.
          </Text>
        )}
        {shown.slice(start, start + inner.rows).map((one, index) => {
          const row = line(
            span(start + index === cursor ? CURSOR : ' ', 'accent'),
            span(`${clock(one.at)}  `, 'dim'),
            span(
              one.stream === 'stderr' ? 'stderr  ' : 'stdout  ',
              one.stream === 'stderr' ? 'warn' : 'dim',
            ),
            span(printableLine(one.line)),
          );
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place on the screen
          return <Row key={index} line={cutLine(row, inner.columns)} />;
        })}
      </Box>
    </Pane>
  );
}

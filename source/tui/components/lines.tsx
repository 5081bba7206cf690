/** Draws lines of toned text. */

import { Box, Text } from 'ink';
import { memo } from 'react';
import type { Line } from '../../presentation/terminal/spans.ts';
import { styles } from '../../presentation/terminal/theme.ts';

/** One row. The caller has cut it to the width it has. */
export const Row = memo(function Row(props: { line: Line; inverse?: boolean }) {
  const { line, inverse = false } = props;
  if (line.length === 0) return <Text> </Text>;
  return (
    <Text wrap="truncate-end" inverse={inverse}>
      {line.map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a line have no other identity
        <Text key={index} {...styles[part.style]}>
          {part.text}
        </Text>
      ))}
    </Text>
  );
});

/** Rows under each other. Ink measures and lays out each of them: give only the visible ones. */
export function Rows(props: { lines: readonly Line[] }) {
  return (
    <Box flexDirection="column">
      {props.lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place on the screen
        <Row key={index} line={line} />
      ))}
    </Box>
  );
}

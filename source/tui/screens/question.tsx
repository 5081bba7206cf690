/** A question that is answered with yes or no. */

import { Box, Text } from 'ink';
import { KeyBar } from '../components/key-bar.tsx';
import { Pane } from '../components/pane.tsx';
import { useLayer } from '../keys.tsx';
import type { Size } from '../navigation.ts';
import { useFacts } from '../services.ts';

export interface QuestionProps {
  readonly size: Size;
  readonly title: string;
  /** What it is about, one sentence each. */
  readonly text: readonly string[];
  readonly onYes: () => void;
  readonly onNo: () => void;
}

export function QuestionScreen({ size, title, text, onYes, onNo }: QuestionProps) {
  const facts = useFacts({});
  useLayer({ context: 'question', facts, handlers: { yes: onYes, no: onNo } });
  return (
    <Box flexDirection="column">
      <Pane title={title} columns={size.columns} rows={size.rows - 1} style="warn" focused>
        <Box flexDirection="column" flexGrow={1} justifyContent="center" alignItems="center">
          {text.map((sentence) => (
            <Text key={sentence}>{sentence}</Text>
          ))}
          <Box marginTop={1}>
            <Text bold>y: yes n: no</Text>
          </Box>
        </Box>
      </Pane>
      <KeyBar context="question" facts={facts} columns={size.columns} />
    </Box>
  );
}

/** What is going to be changed, to be read and answered with yes or no. */

import { Box, Text } from 'ink';
import type { Line } from '../../presentation/terminal/spans.ts';
import { styles } from '../../presentation/terminal/theme.ts';
import { useLayer } from '../keys.tsx';
import type { Size } from '../navigation.ts';
import { useScroll } from '../scrolling.ts';
import { useFacts } from '../services.ts';
import { KeyBar } from './key-bar.tsx';
import { Rows } from './lines.tsx';
import { innerSize, Pane, type PaneProps } from './pane.tsx';
import { Spinner } from './spinner.tsx';

export interface ConfirmationPaneProps extends Pick<PaneProps, 'title' | 'style'> {
  /** The key bar included. */
  readonly size: Size;
  /** Cut to {@link confirmationColumns}. */
  readonly lines: readonly Line[];
  /** Scrolling begins anew when this changes. */
  readonly of: unknown;
  /** What is being done, in place of the lines; null when nothing is. */
  readonly busy: string | null;
  /** Null when there is nothing that could be answered with yes. */
  readonly question: string | null;
  readonly onYes: () => void;
  readonly onNo: () => void;
}

/** How wide its lines may be. */
export function confirmationColumns(size: Size): number {
  return innerSize(paneOf(size)).columns;
}

function paneOf({ columns, rows }: Size): Size {
  return { columns, rows: rows - 1 };
}

export function ConfirmationPane(props: ConfirmationPaneProps) {
  const { size, title, style = 'plain', lines, of, busy, question, onYes, onNo } = props;
  const pane = paneOf(size);
  // One row asks the question, one stands empty above it.
  const room = Math.max(1, innerSize(pane).rows - 2);
  const scroll = useScroll(lines.length, room, of);
  const facts = useFacts({});
  useLayer({
    context: 'repair',
    facts,
    handlers: { ...scroll.handlers, yes: onYes, no: onNo },
  });
  return (
    <Box flexDirection="column">
      <Pane title={title} note={scroll.note} style={style} {...pane} focused>
        <Box flexDirection="column" justifyContent="space-between" flexGrow={1}>
          {busy === null ? (
            <Rows lines={lines.slice(scroll.offset, scroll.offset + room)} />
          ) : (
            <Box gap={1}>
              <Spinner />
              <Text>{busy}</Text>
            </Box>
          )}
          {question !== null && (
            <Text {...styles.strong} wrap="truncate-end">
              {question} y: yes n: no
            </Text>
          )}
        </Box>
      </Pane>
      <KeyBar
        context="repair"
        facts={facts}
        columns={size.columns}
        only={question === null ? ['no'] : ['yes', 'no', 'up', 'down', 'pageDown']}
      />
    </Box>
  );
}

/** A box with its title in the border. */

import { Box, Text, useIsScreenReaderEnabled } from 'ink';
import type { ReactNode } from 'react';
import { type Line, lineWidth, span, textOf } from '../../presentation/terminal/spans.ts';
import { styles } from '../../presentation/terminal/theme.ts';
import { cut, width } from '../../text/width.ts';
import { Row } from './lines.tsx';

export interface PaneProps {
  readonly title: string;
  /** At the right end of the border. */
  readonly note?: string | undefined;
  /** Outer size. */
  readonly columns: number;
  readonly rows: number;
  /** Keys go here. */
  readonly focused?: boolean;
  readonly style?: 'plain' | 'bad' | 'warn' | 'good';
  readonly children: ReactNode;
}

/** Columns and rows inside a pane of that outer size. */
export function innerSize(size: { columns: number; rows: number }) {
  return { columns: Math.max(1, size.columns - 4), rows: Math.max(1, size.rows - 2) };
}

export function Pane(props: PaneProps) {
  const { title, note = '', columns, rows, focused = false, style = 'plain', children } = props;
  const reader = useIsScreenReaderEnabled();
  if (reader) {
    return (
      <Box flexDirection="column">
        <Text>{[title, note].filter(Boolean).join(', ')}:</Text>
        {children}
      </Box>
    );
  }
  const look = style !== 'plain' ? styles[style] : focused ? styles.accent : styles.dim;
  return (
    <Box flexDirection="column" width={columns} height={rows} flexShrink={0}>
      <Row line={topBorder({ title, note, columns, focused, style })} />
      <Box
        flexGrow={1}
        borderStyle="round"
        borderTop={false}
        borderColor={look.color ?? ''}
        borderDimColor={look.dimColor ?? false}
        paddingX={1}
        overflow="hidden"
      >
        {children}
      </Box>
    </Box>
  );
}

type Border = Required<Pick<PaneProps, 'title' | 'columns' | 'focused' | 'style'>> & {
  readonly note: string;
};

/** `╭▸Title ─────── note ─╮`; the arrow tells the focus where there are no colours. */
function topBorder({ title, note, columns, focused, style }: Border): Line {
  const border = style !== 'plain' ? style : focused ? 'accent' : 'dim';
  const room = columns - 6;
  const right = note ? [span(` ${cut(note, Math.floor(room / 2))} `, 'dim')] : [];
  const name = span(cut(title, room - lineWidth(right)), focused ? 'title' : 'strong');
  const dashes = Math.max(0, columns - 5 - width(textOf([name, ...right])));
  return [
    span(focused ? '╭▸' : '╭ ', border),
    name,
    span(` ${'─'.repeat(dashes)}`, border),
    ...right,
    span('─╮', border),
  ];
}

/** The bottom row: the keys that matter now, or one sentence. */

import { Box, Text } from 'ink';
import { type Line, lineWidth, span } from '../../presentation/terminal/spans.ts';
import { styles } from '../../presentation/terminal/theme.ts';
import { printablePiece } from '../../text/print.ts';
import { cut, width } from '../../text/width.ts';
import type { Context } from '../commands/command.ts';
import type { Facts } from '../facts.ts';
import { type CommandId, command, commandsIn, keyLabel } from '../keymap.ts';
import { useSelected } from '../services.ts';
import { Row } from './lines.tsx';

export interface KeyBarProps {
  readonly context: Context;
  readonly facts: Facts;
  readonly columns: number;
  /** Only these, in this order, instead of those that the table of commands marks. */
  readonly only?: readonly CommandId[];
}

export function KeyBar(props: KeyBarProps) {
  const { columns } = props;
  const notice = useSelected((state) => state.notice);
  if (notice) {
    const look = notice.style === 'warn' ? styles.warn : styles.accent;
    return (
      <Box height={1} flexShrink={0}>
        <Text {...look}>{cut(` ${printablePiece(notice.text)}`, columns)}</Text>
      </Box>
    );
  }
  return (
    <Box height={1} flexShrink={0}>
      <Row line={keyBarLine(props)} />
    </Box>
  );
}

/** As many keys as there is room for; the more important ones, in the order of the table. */
export function keyBarLine({ context, facts, columns, only }: KeyBarProps): Line {
  const known = only ?? commandsIn([context]).filter((id) => command(id).bar !== undefined);
  // What can't be done now gives its room to what can.
  const possible = known.filter((id) => !command(id).disabled?.(facts));
  const chosen = new Set<CommandId>();
  let used = 1;
  const byWeight = [...possible].sort((a, b) => weight(b) - weight(a));
  for (const id of only ? possible : byWeight) {
    const wide = width(keyLabel(command(id).keys[0] ?? '')) + width(command(id).label) + 3;
    if (used + wide > columns + 1) continue;
    used += wide;
    chosen.add(id);
  }
  const parts: Line = possible
    .filter((id) => chosen.has(id))
    .flatMap((id) => [
      span(` ${keyLabel(command(id).keys[0] ?? '')}`, 'strong'),
      span(` ${command(id).label} `, 'dim'),
    ]);
  return lineWidth(parts) > 0 ? parts : [span(' ')];
}

function weight(id: CommandId): number {
  return command(id).bar ?? 0;
}

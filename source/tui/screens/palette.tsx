/** Every command of the screen below, found by typing some of its letters. */

import { Box, Text } from 'ink';
import { useMemo, useState } from 'react';
import { cutLine, line, span } from '../../presentation/terminal/spans.ts';
import { CURSOR, styles } from '../../presentation/terminal/theme.ts';
import { pad } from '../../text/width.ts';
import type { Context } from '../commands/command.ts';
import { Row } from '../components/lines.tsx';
import { innerSize, Pane } from '../components/pane.tsx';
import { TextField } from '../components/text-field.tsx';
import type { Facts } from '../facts.ts';
import { type CommandId, command, commandsIn, keyLabel } from '../keymap.ts';
import { useDispatcher } from '../keys.tsx';
import { type Size, useNavigation } from '../navigation.ts';
import { useWindowStart } from '../scrolling.ts';
import { rankCommands } from './palette-rank.ts';

/** Columns for keys and label. */
const KEYS = 12;
const LABEL = 16;

export function PaletteScreen(props: { size: Size; context: Context; below: Facts }) {
  const { size, context, below } = props;
  const { close } = useNavigation();
  const dispatcher = useDispatcher();
  const [typed, setTyped] = useState('');
  const [cursor, setCursor] = useState(0);
  const known = useMemo(
    () => commandsIn([context, 'everywhere']).filter((id) => command(id).category !== 'Move'),
    [context],
  );
  const found = useMemo(() => rankCommands(known, typed), [known, typed]);
  const pane = { columns: size.columns, rows: size.rows - 1 };
  const inner = innerSize(pane);
  const place = Math.min(cursor, Math.max(0, found.length - 1));
  const start = useWindowStart(place, inner.rows, found.length);
  return (
    <Box flexDirection="column">
      <Pane title="Commands" note={`${found.length} of ${known.length}`} {...pane} focused>
        <Box flexDirection="column">
          {found.length === 0 && <Text {...styles.dim}>No command is called so.</Text>}
          {found.slice(start, start + inner.rows).map((id, index) => (
            <Choice
              key={id}
              id={id}
              selected={start + index === place}
              below={below}
              columns={inner.columns}
            />
          ))}
        </Box>
      </Pane>
      <TextField
        context="palette"
        label=" : "
        onChange={(value) => {
          setTyped(value);
          setCursor(0);
        }}
        onAccept={() => {
          const id = found[place];
          close();
          if (id) dispatcher.run(id);
        }}
        onDismiss={close}
        handlers={{
          choiceUp: () => setCursor(Math.max(0, place - 1)),
          choiceDown: () => setCursor(Math.min(found.length - 1, place + 1)),
        }}
      />
    </Box>
  );
}

function Choice(props: { id: CommandId; selected: boolean; below: Facts; columns: number }) {
  const { id, selected, below, columns } = props;
  const { keys, label, description, disabled } = command(id);
  const reason = disabled?.(below) ?? null;
  const row = line(
    span(selected ? `${CURSOR} ` : '  ', 'accent'),
    span(pad(keyLabel(keys[0] ?? ''), KEYS), 'accent'),
    span(pad(label, LABEL), reason ? 'dim' : selected ? 'strong' : 'plain'),
    span(reason ? `Not now: ${reason}` : description, reason ? 'warn' : 'dim'),
  );
  return <Row line={cutLine(row, columns)} />;
}

/**
 * A line to type into. It takes keys as a layer of the keyboard like everything else, so that a
 * key is never both typed and obeyed, and none is lost while the line appears.
 */

import { Text } from 'ink';
import { useState } from 'react';
import { styles } from '../../presentation/terminal/theme.ts';
import { escapeControl } from '../../text/escape.ts';
import { type Handlers, useLayer } from '../keys.tsx';
import { edit, editOf } from './text-edit.ts';

export interface TextFieldProps {
  readonly label: string;
  readonly initial?: string;
  readonly context?: 'text' | 'palette';
  readonly onChange?: (value: string) => void;
  readonly onAccept: (value: string) => void;
  readonly onDismiss: () => void;
  /** What else keys do meanwhile: moving in a list of choices. */
  readonly handlers?: Handlers;
}

export function TextField(props: TextFieldProps) {
  const { label, initial = '', context = 'text', onChange, onAccept, onDismiss } = props;
  const [line, setLine] = useState(() => editOf(initial));
  useLayer({
    context,
    handlers: {
      ...props.handlers,
      accept: () => onAccept(line.value),
      dismiss: onDismiss,
    },
    onText: (input, key) => {
      const next = edit(line, input, key);
      setLine(next);
      if (next.value !== line.value) onChange?.(next.value);
    },
  });
  const at = line.value.slice(line.cursor);
  const [under = ' '] = at === '' ? [' '] : at;
  return (
    <Text wrap="truncate-start">
      <Text {...styles.accent}>{label}</Text>
      {escapeControl(line.value.slice(0, line.cursor))}
      <Text inverse>{escapeControl(under)}</Text>
      {escapeControl(at.slice(under.length))}
    </Text>
  );
}

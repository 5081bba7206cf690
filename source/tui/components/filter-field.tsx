/** Where the filter of a list is typed, in place of the key bar. */

import { TextField } from './text-field.tsx';

export interface FilterFieldProps {
  readonly filter: string;
  onChange(filter: string): void;
  /** Typing is over, whatever was typed. */
  onEnd(): void;
  /** By so many places in the list; without it the arrows do nothing meanwhile. */
  onMove?(by: number): void;
}

export function FilterField({ filter, onChange, onEnd, onMove }: FilterFieldProps) {
  return (
    <TextField
      label=" / "
      initial={filter}
      onChange={onChange}
      onAccept={onEnd}
      onDismiss={() => {
        onChange('');
        onEnd();
      }}
      handlers={onMove ? { choiceUp: () => onMove(-1), choiceDown: () => onMove(1) } : {}}
    />
  );
}

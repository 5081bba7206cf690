/** Every key and what it does, made from the table of commands. */

import { EMPTY, type Line, line, span, wrapLine } from '../../presentation/terminal/spans.ts';
import { pad } from '../../text/width.ts';
import type { Category, Context } from '../commands/command.ts';
import type { Facts } from '../facts.ts';
import { command, commandsIn, keyLabel } from '../keymap.ts';

const ORDER: readonly Category[] = [
  'Run',
  'Draft',
  'Rehearse',
  'Edit',
  'Look',
  'Log',
  'Move',
  'General',
  'Answer',
];

/** Columns for the keys. */
const KEYS = 16;

/** Lines of at most `columns`, for the contexts that are of interest. */
export function helpLines(
  contexts: readonly Context[],
  facts: Facts,
  columns: number,
): readonly Line[] {
  const ids = commandsIn(contexts);
  return ORDER.flatMap((category): readonly Line[] => {
    const mine = ids.filter((id) => command(id).category === category);
    if (mine.length === 0) return [];
    const rows = mine.flatMap((id): readonly Line[] => {
      const { keys, description, disabled } = command(id);
      const reason = disabled?.(facts) ?? null;
      const text = line(
        span(pad(keys.map(keyLabel).join(' '), KEYS), 'accent'),
        span(description, reason ? 'dim' : 'plain'),
        span(reason ? ` Not now: ${reason}` : '', 'warn'),
      );
      return wrapLine(text, columns, KEYS);
    });
    return [line(span(category, 'title')), ...rows, EMPTY];
  });
}

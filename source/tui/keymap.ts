/**
 * The one table of commands: keys, key bar, palette and help are all made from it.
 * What a command does is said by the screen that handles it.
 */

import { checklistCommands } from './commands/checklist.ts';
import type { Command, Context } from './commands/command.ts';
import { doctorCommands } from './commands/doctor.ts';
import { draftCommands } from './commands/draft.ts';
import { generalCommands } from './commands/general.ts';
import { logCommands } from './commands/log.ts';
import { moveCommands } from './commands/move.ts';
import { rehearsalCommands } from './commands/rehearsal.ts';
import { revisionCommands } from './commands/revisions.ts';
import { schemaCommands } from './commands/schemas.ts';
import { watchCommands } from './commands/watch.ts';

const commands = {
  ...revisionCommands,
  ...checklistCommands,
  ...watchCommands,
  ...draftCommands,
  ...rehearsalCommands,
  ...schemaCommands,
  ...logCommands,
  ...doctorCommands,
  ...moveCommands,
  ...generalCommands,
} as const satisfies Record<string, Command>;

export type CommandId = keyof typeof commands;

export const commandIds = Object.keys(commands) as readonly CommandId[];

/** The command, with the optional parts that only some of the table have. */
export function command(id: CommandId): Command {
  return commands[id];
}

/** The command that a key means in a context. */
export function commandFor(key: string, context: Context): CommandId | undefined {
  return commandIds.find((id) => {
    const { keys, contexts } = command(id);
    return contexts.includes(context) && keys.includes(key);
  });
}

/** The commands of some contexts, in the order of the table. */
export function commandsIn(contexts: readonly Context[]): readonly CommandId[] {
  return commandIds.filter((id) => command(id).contexts.some((one) => contexts.includes(one)));
}

const KEY_NAMES: Readonly<Record<string, string>> = {
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  home: 'Home',
  end: 'End',
  enter: 'Enter',
  escape: 'Esc',
  tab: 'Tab',
  'shift+tab': 'Shift+Tab',
  space: 'Space',
};

/** A key as people call it: `ctrl+c` is `Ctrl+C`. */
export function keyLabel(key: string): string {
  const named = KEY_NAMES[key];
  if (named) return named;
  return key.startsWith('ctrl+') ? `Ctrl+${key.slice(5).toUpperCase()}` : key;
}

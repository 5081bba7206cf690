/**
 * The one table of commands: keys, key bar, palette and help are all made from it.
 * What a command does is said by the screen that handles it.
 */

import { generalCommands } from './commands/general.ts';
import { logCommands } from './commands/log.ts';
import { moveCommands } from './commands/move.ts';
import { revisionCommands } from './commands/revisions.ts';
import type { Facts } from './facts.ts';

/** Where a key means something. The one on top gets it first. */
export type Context =
  /** Under every other one that is not for typing. */
  | 'everywhere'
  | 'revisions'
  | 'log'
  /** A text to read: help, a statement. */
  | 'document'
  /** The plan of a run, to be confirmed. */
  | 'plan'
  | 'question'
  | 'palette'
  /** A line to type into. */
  | 'text'
  /** The terminal is too small to show anything. */
  | 'tiny';

export type Category = 'Run' | 'Look' | 'Log' | 'Move' | 'Answer' | 'General';

export interface Command {
  /** As {@link keyName} calls them; the first one is shown. */
  readonly keys: readonly string[];
  /** One or two words, for the key bar. */
  readonly label: string;
  /** One sentence, for help and palette. */
  readonly description: string;
  readonly category: Category;
  readonly contexts: readonly Context[];
  /** Shown in the key bar; the higher, the longer it stays when there is little room. */
  readonly bar?: number;
  /** Why it can't be done now, one sentence; null when it can. */
  readonly disabled?: (facts: Facts) => string | null;
}

const commands = {
  ...revisionCommands,
  ...logCommands,
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

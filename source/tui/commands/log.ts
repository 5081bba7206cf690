/** Commands of the Log screen. */

import type { Facts } from '../facts.ts';
import type { Command } from './command.ts';

const noStatement = ({ statementSelected }: Facts) =>
  statementSelected ? null : 'No statement is selected.';

export const logCommands = {
  follow: {
    keys: ['f', 'space'],
    label: 'follow/pause',
    description: 'Follow the newest statement, or stay where you are.',
    category: 'Log',
    contexts: ['log', 'revisions', 'checklist', 'rehearsal'],
    disabled: ({ log }) =>
      log === 'runs' ? 'Runs are not followed. Open one first, with Enter.' : null,
  },
  copy: {
    keys: ['y'],
    label: 'copy',
    description: 'Copy the SQL of the statement to the clipboard (through the terminal, OSC 52).',
    category: 'Log',
    contexts: ['log', 'document'],
    bar: 35,
    disabled: noStatement,
  },
  save: {
    keys: ['w'],
    label: 'save',
    description: 'Save all statements of the run to a file.',
    category: 'Log',
    contexts: ['log'],
    bar: 34,
    disabled: ({ log, statementSelected }) =>
      log === 'statements' && statementSelected
        ? null
        : 'There are no statements to save here. Open a run first.',
  },
} as const satisfies Record<string, Command>;

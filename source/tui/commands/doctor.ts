/** Commands of the Doctor screen. */

import type { Command } from './command.ts';

export const doctorCommands = {
  openDoctor: {
    keys: ['!'],
    label: 'doctor',
    description: 'Open the doctor: what is not as it should be, and what can be done about it.',
    category: 'Look',
    contexts: ['revisions', 'checklist'],
    bar: 50,
    disabled: ({ running }) =>
      running ? 'A run or rehearsal is going. Wait until it has ended.' : null,
  },
  copyRemedy: {
    keys: ['y'],
    label: 'copy',
    description:
      'Copy the SQL of the first remedy that has any to the clipboard (through the terminal, OSC 52).',
    category: 'Look',
    contexts: ['doctor'],
    disabled: ({ remedySql }) => (remedySql ? null : 'No remedy of this finding is SQL.'),
  },
} as const satisfies Record<string, Command>;

/** Commands of the Watch screen, and the one that opens it. */

import { cannotPlan } from '../facts.ts';
import type { Command } from './command.ts';

export const watchCommands = {
  openWatch: {
    keys: ['w'],
    label: 'watch',
    description:
      'Watch the entities while you edit them: what the draft would be, and a throwaway to try the application on.',
    category: 'Draft',
    contexts: ['revisions', 'checklist'],
    bar: 76,
    disabled: cannotPlan,
  },
  buildThrowaway: {
    keys: ['t'],
    label: 'throwaway',
    description:
      'Make a throwaway of the entities, and anew with every change; or remove it again.',
    category: 'Draft',
    contexts: ['watch'],
    bar: 85,
  },
  seedThrowaway: {
    keys: ['s'],
    label: 'seed',
    description: 'Make the throwaway with the project’s seeder; or without it again.',
    category: 'Draft',
    contexts: ['watch'],
    bar: 84,
  },
  copyUrl: {
    keys: ['y'],
    label: 'copy',
    description: 'Copy the URL of the throwaway to the clipboard (through the terminal, OSC 52).',
    category: 'Draft',
    contexts: ['watch'],
    bar: 83,
    disabled: ({ built }) => (built ? null : 'There is no throwaway yet: t makes one.'),
  },
  toggleWatchDetails: {
    keys: ['T'],
    label: 'details',
    description: 'Show or hide the technical details of the problem on screen.',
    category: 'Look',
    contexts: ['watch'],
    disabled: ({ hasDetails }) => (hasDetails ? null : 'There are no details to show.'),
  },
} as const satisfies Record<string, Command>;

/** Commands of the Checklist screen, and the one that opens it. */

import { cannotPlan } from '../facts.ts';
import type { Command } from './command.ts';

export const checklistCommands = {
  openChecklist: {
    keys: ['c'],
    label: 'checklist',
    description:
      'Open the checklist of the selected pending revision, else of the newest draft or uncommitted one, else of the next revision.',
    category: 'Draft',
    contexts: ['revisions', 'watch'],
    bar: 77,
    disabled: cannotPlan,
  },
  doStep: {
    keys: ['enter'],
    label: 'do it',
    description: 'Do what the step under the cursor asks for; the cursor begins at the next one.',
    category: 'Draft',
    contexts: ['checklist'],
    bar: 99,
  },
  skipStep: {
    keys: ['s'],
    label: 'skip',
    description: 'Do without the step under the cursor, with a reason; again: do it after all.',
    category: 'Draft',
    contexts: ['checklist'],
    bar: 88,
  },
  nextChecklist: {
    keys: ['right', ']'],
    label: 'next checklist',
    description: 'Show the checklist of the next draft.',
    category: 'Draft',
    contexts: ['checklist'],
    disabled: ({ checklists }) => (checklists > 1 ? null : 'There is only this checklist.'),
  },
  previousChecklist: {
    keys: ['left', '['],
    label: 'previous checklist',
    description: 'Show the checklist of the previous draft.',
    category: 'Draft',
    contexts: ['checklist'],
    disabled: ({ checklists }) => (checklists > 1 ? null : 'There is only this checklist.'),
  },
} as const satisfies Record<string, Command>;

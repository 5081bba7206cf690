/** Commands that move the cursor or the focus. */

import type { Command, Context } from './command.ts';

const readable: readonly Context[] = [
  'revisions',
  'checklist',
  'watch',
  'log',
  'doctor',
  'schemas',
  'rehearsal',
  'document',
  'plan',
  'draft',
  'repair',
  'resolve',
  'backups',
];

export const moveCommands = {
  up: {
    keys: ['up', 'k'],
    label: 'up',
    description: 'Move up.',
    category: 'Move',
    contexts: readable,
  },
  down: {
    keys: ['down', 'j'],
    label: 'down',
    description: 'Move down.',
    category: 'Move',
    contexts: readable,
  },
  pageUp: {
    keys: ['pageup', 'ctrl+b'],
    label: 'page up',
    description: 'Move up by a page.',
    category: 'Move',
    contexts: readable,
  },
  pageDown: {
    keys: ['pagedown', 'ctrl+f'],
    label: 'page down',
    description: 'Move down by a page.',
    category: 'Move',
    contexts: readable,
  },
  first: {
    keys: ['g', 'home'],
    label: 'first',
    description: 'Move to the beginning.',
    category: 'Move',
    contexts: readable.filter((context) => context !== 'plan'),
  },
  planFirst: {
    // g runs a plan guarded.
    keys: ['home'],
    label: 'first',
    description: 'Move to the beginning of the plan.',
    category: 'Move',
    contexts: ['plan'],
  },
  last: {
    keys: ['G', 'end'],
    label: 'last',
    description: 'Move to the end; in the SQL pane, follow again.',
    category: 'Move',
    contexts: readable,
  },
  nextPane: {
    keys: ['tab'],
    label: 'next pane',
    description: 'Move the focus to the next pane or tab.',
    category: 'Move',
    contexts: ['revisions', 'checklist', 'log', 'doctor', 'rehearsal'],
    bar: 25,
  },
  previousPane: {
    keys: ['shift+tab'],
    label: 'previous pane',
    description: 'Move the focus to the previous pane or tab.',
    category: 'Move',
    contexts: ['revisions', 'checklist', 'log', 'doctor', 'rehearsal'],
  },
  choiceUp: {
    keys: ['up'],
    label: 'up',
    description: 'Choose the one above.',
    category: 'Move',
    contexts: ['palette', 'text'],
  },
  choiceDown: {
    keys: ['down'],
    label: 'down',
    description: 'Choose the one below.',
    category: 'Move',
    contexts: ['palette', 'text'],
  },
} as const satisfies Record<string, Command>;

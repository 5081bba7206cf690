/** Commands that work everywhere, and the answers to questions. */

import type { Facts } from '../facts.ts';
import type { Command } from './command.ts';

const hazardous = ({ hazards }: Facts) =>
  hazards > 0
    ? 'Rows of other tables would be deleted. g runs it guarded; better repair the revision first.'
    : null;

export const generalCommands = {
  confirmUp: {
    keys: ['enter'],
    label: 'run the upgrade',
    description: 'Run the upgrade exactly as shown.',
    category: 'Answer',
    contexts: ['plan'],
    disabled: hazardous,
  },
  confirmDown: {
    keys: ['y'],
    label: 'run the downgrade',
    description: 'Run the downgrade exactly as shown.',
    category: 'Answer',
    contexts: ['plan'],
    disabled: hazardous,
  },
  runGuarded: {
    keys: ['g'],
    label: 'run guarded',
    description:
      'Run a plan that would delete rows of other tables, with those rows kept, after asking once more.',
    category: 'Answer',
    contexts: ['plan'],
    disabled: ({ hazards }) => (hazards > 0 ? null : 'Nothing in this plan needs a guard.'),
  },
  keepGoing: {
    keys: ['s'],
    label: 'stop/go on',
    description: 'Go on with the next schema when one fails; or stop there.',
    category: 'Answer',
    contexts: ['plan'],
    disabled: ({ walk }) => (walk ? null : 'The plan is about one schema.'),
  },
  toggleBackup: {
    keys: ['b'],
    label: 'backup',
    description: 'Take a backup before the plan is run; or take none.',
    category: 'Answer',
    contexts: ['plan'],
    disabled: ({ walk }) =>
      walk ? 'The setting backup decides for plans about several schemas.' : null,
  },
  restore: {
    keys: ['enter'],
    label: 'restore',
    description: 'Show what putting the selected backup back would overwrite.',
    category: 'Answer',
    contexts: ['backups'],
    bar: 90,
  },
  yes: {
    keys: ['y'],
    label: 'yes',
    description: 'Answer the question with yes.',
    category: 'Answer',
    contexts: ['question', 'repair'],
    bar: 90,
  },
  no: {
    keys: ['escape', 'n'],
    label: 'no',
    description: 'Answer the question with no.',
    category: 'Answer',
    contexts: ['question', 'repair'],
    bar: 89,
  },
  accept: {
    keys: ['enter'],
    label: 'done',
    description: 'Take what was typed or chosen.',
    category: 'Answer',
    contexts: ['palette', 'text'],
    bar: 90,
  },
  dismiss: {
    keys: ['escape'],
    label: 'cancel',
    description: 'Leave the line without what was typed.',
    category: 'Answer',
    contexts: ['palette', 'text'],
    bar: 89,
  },
  back: {
    keys: ['escape'],
    label: 'back',
    description: 'Go back: dismiss a result, clear the filter, close what is open.',
    category: 'General',
    contexts: [
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
      'resolve',
      'backups',
    ],
  },
  close: {
    keys: ['q'],
    label: 'close',
    description: 'Close what is open.',
    category: 'General',
    contexts: ['document', 'plan', 'draft', 'resolve', 'backups'],
  },
  palette: {
    keys: [':'],
    label: 'commands',
    description: 'Find a command by its name and run it.',
    category: 'General',
    contexts: ['revisions', 'checklist', 'watch', 'log', 'doctor', 'schemas', 'rehearsal'],
    bar: 45,
  },
  help: {
    keys: ['?'],
    label: 'help',
    description: 'Show every key and what it does here.',
    category: 'General',
    contexts: ['revisions', 'checklist', 'watch', 'log', 'doctor', 'schemas', 'rehearsal'],
    bar: 95,
  },
  cancel: {
    keys: ['ctrl+c'],
    label: 'cancel',
    description:
      'Cancel the run or rehearsal that is going; twice in a row when nothing runs: quit.',
    category: 'General',
    contexts: ['everywhere'],
  },
  suspend: {
    keys: ['ctrl+z'],
    label: 'suspend',
    description: 'Suspend Handrail and go back to the shell; `fg` brings it back.',
    category: 'General',
    contexts: ['everywhere'],
  },
  quit: {
    keys: ['q'],
    label: 'quit',
    description: 'Quit; asks first when a run or rehearsal is going.',
    category: 'General',
    contexts: ['revisions', 'checklist', 'watch', 'log', 'doctor', 'schemas', 'rehearsal', 'tiny'],
    bar: 100,
  },
} as const satisfies Record<string, Command>;

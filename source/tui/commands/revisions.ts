/** Commands of the Revisions screen. */

import { cannotPlan, type Facts } from '../facts.ts';
import type { Command } from './command.ts';

const nothingPending = ({ history }: Facts) =>
  history?.counts.pending === 0 ? 'Nothing is pending.' : null;

const nothingApplied = ({ history }: Facts) =>
  history?.appliedOrder.length === 0 ? 'Nothing is applied.' : null;

const nothingSelected = ({ selected }: Facts) => (selected ? null : 'No revision is selected.');

export const revisionCommands = {
  upgrade: {
    keys: ['u'],
    label: 'upgrade',
    description: 'Upgrade the target to head, after showing the plan.',
    category: 'Run',
    contexts: ['revisions', 'checklist'],
    bar: 90,
    disabled: (facts) => cannotPlan(facts) ?? nothingPending(facts),
  },
  upgradeTo: {
    keys: ['U'],
    label: 'up to here',
    description: 'Upgrade up to and including the selected revision, after showing the plan.',
    category: 'Run',
    contexts: ['revisions'],
    bar: 20,
    disabled: (facts) =>
      cannotPlan(facts) ??
      nothingSelected(facts) ??
      (facts.selected?.state === 'pending' ? null : 'The selected revision is already applied.'),
  },
  downgrade: {
    keys: ['d'],
    label: 'downgrade',
    description: 'Downgrade by one revision, after showing the plan.',
    category: 'Run',
    contexts: ['revisions', 'checklist'],
    bar: 89,
    disabled: (facts) => cannotPlan(facts) ?? nothingApplied(facts),
  },
  downgradeTo: {
    keys: ['D'],
    label: 'down to here',
    description:
      'Downgrade everything applied after the selected revision, which stays, after showing the plan.',
    category: 'Run',
    contexts: ['revisions'],
    bar: 19,
    disabled: (facts) => cannotPlan(facts) ?? nothingSelected(facts) ?? cannotKeep(facts),
  },
  runOnly: {
    keys: ['o'],
    label: 'only this',
    description:
      'Run only the selected revision: up when it is pending, down when it is applied, after showing the plan.',
    category: 'Run',
    contexts: ['revisions'],
    bar: 18,
    disabled: (facts) =>
      cannotPlan(facts) ??
      nothingSelected(facts) ??
      (facts.selected?.state === 'missing'
        ? 'The file of the selected revision is missing.'
        : null),
  },
  resolve: {
    keys: ['H'],
    label: 'half done',
    description:
      'Show what ran of a revision that is half done, and continue it, undo it, or mark it.',
    category: 'Run',
    contexts: ['revisions'],
    bar: 88,
    disabled: (facts) =>
      cannotPlan(facts) ??
      (facts.selected?.halfDone ? null : 'The selected revision is not half done.'),
  },
  resolveOn: {
    keys: ['enter'],
    label: 'choose',
    description:
      'Take the way on under the cursor; it is shown, and asked, before anything is run.',
    category: 'Answer',
    contexts: ['resolve'],
  },
  edit: {
    keys: ['e'],
    label: 'edit',
    description: 'Edit the file of the selected revision in your editor ($VISUAL or $EDITOR).',
    category: 'Edit',
    contexts: ['revisions', 'checklist'],
    bar: 60,
    disabled: ({ selected, running }) => {
      if (running) return 'A run or rehearsal is going. Wait until it has ended.';
      if (!selected) return 'No revision is selected.';
      return selected.file === null ? 'The selected revision has no file here.' : null;
    },
  },
  look: {
    keys: ['r'],
    label: 'look again',
    description: 'Look at the project and the target again, with fresh code.',
    category: 'Look',
    contexts: ['revisions', 'checklist', 'watch', 'doctor', 'schemas'],
    bar: 40,
    disabled: ({ running, rehearsing }) => {
      if (rehearsing) return 'Wait until the rehearsal is over, or cancel it with Ctrl+C.';
      return running ? 'Handrail refreshes when the run has ended.' : null;
    },
  },
  openBackups: {
    keys: ['K'],
    label: 'backups',
    description: 'List the backups that were taken before runs, to put one back.',
    category: 'Look',
    contexts: ['revisions'],
    disabled: cannotPlan,
  },
  openLog: {
    keys: ['l'],
    label: 'log',
    description: 'Open the log: runs, every SQL statement, and what the project printed.',
    category: 'Look',
    contexts: ['revisions', 'checklist', 'schemas'],
    bar: 80,
  },
  filter: {
    keys: ['/'],
    label: 'filter',
    description: 'Show only what holds the words you type: names, states, SQL.',
    category: 'Look',
    contexts: ['revisions', 'log', 'schemas'],
    bar: 70,
  },
  openStatement: {
    keys: ['enter'],
    label: 'open',
    description: 'Open what the cursor is on: a statement, a run, a schema.',
    category: 'Look',
    contexts: ['revisions', 'log', 'schemas', 'rehearsal'],
    bar: 30,
  },
  toggleDetails: {
    keys: ['t'],
    label: 'details',
    description: 'Show or hide the technical details of the problem on screen.',
    category: 'Look',
    contexts: ['revisions', 'checklist', 'rehearsal', 'plan', 'draft'],
    disabled: ({ hasDetails }) => (hasDetails ? null : 'There are no details to show.'),
  },
} as const satisfies Record<string, Command>;

function cannotKeep({ selected, history }: Facts): string | null {
  if (selected?.state === 'pending') {
    return 'The selected revision is not applied: there is nothing to keep.';
  }
  return history?.current === selected?.name
    ? 'Nothing was applied after the selected revision.'
    : null;
}

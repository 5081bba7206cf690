/** Commands that make drafts, and those of the draft that is on screen. */

import { cannotPlan, type Facts } from '../facts.ts';
import type { Command } from './command.ts';

const noDraft = ({ selected }: Facts): string | null =>
  selected?.flags.includes('draft')
    ? null
    : 'The selected revision is not a draft (written by Handrail, not applied, not in git).';

export const draftCommands = {
  draft: {
    keys: ['n'],
    label: 'new draft',
    description: 'Draft the next revision: what would bring the target in line with the entities.',
    category: 'Draft',
    contexts: ['revisions', 'checklist', 'watch'],
    bar: 78,
    disabled: cannotPlan,
  },
  draftBlank: {
    keys: ['N'],
    label: 'blank draft',
    description: 'Begin a revision without statements, for a change of data.',
    category: 'Draft',
    contexts: ['revisions', 'checklist'],
    disabled: cannotPlan,
  },
  discardDraft: {
    keys: ['X'],
    label: 'discard',
    description: 'Remove the selected draft, and put MikroORM’s snapshot back, after asking.',
    category: 'Draft',
    contexts: ['revisions', 'checklist'],
    bar: 17,
    disabled: (facts) => cannotPlan(facts) ?? noDraft(facts),
  },
  compareDraft: {
    keys: ['='],
    label: 'compare',
    description:
      'Show what was changed in the selected draft, SQL and file, since Handrail wrote it and since it was saved last.',
    category: 'Draft',
    contexts: ['revisions', 'checklist'],
    bar: 14,
    disabled: noDraft,
  },
  commit: {
    keys: ['C'],
    label: 'commit',
    description:
      'Commit the selected revision with MikroORM’s snapshot and changed entities, after asking.',
    category: 'Draft',
    contexts: ['revisions', 'checklist'],
    bar: 13,
    disabled: (facts) => {
      if (!facts.selected) return cannotPlan(facts) ?? 'No revision is selected.';
      return cannotPlan(facts);
    },
  },
  draftOn: {
    keys: ['enter'],
    label: 'go on',
    description: 'Take the answer under the cursor; or name the draft, write it, and edit it.',
    category: 'Draft',
    contexts: ['draft'],
  },
  draftBase: {
    keys: ['b'],
    label: 'other base',
    description: 'Compare with another base: the target, a throwaway, or MikroORM’s snapshot.',
    category: 'Draft',
    contexts: ['draft', 'watch'],
  },
  draftKeepColumns: {
    keys: ['c'],
    label: 'columns stay on downgrade',
    description: 'Let a downgrade leave the added columns in place, with their values; or not.',
    category: 'Draft',
    contexts: ['draft'],
  },
  draftUpgrade: {
    keys: ['u'],
    label: 'upgrade first',
    description: 'Upgrade the target, which is not up to date, after showing the plan.',
    category: 'Draft',
    contexts: ['draft'],
  },
} as const satisfies Record<string, Command>;

/** Commands that start rehearsals, and those of the Rehearsal screen. */

import { cannotPlan, type Facts } from '../facts.ts';
import type { Command } from './command.ts';

const cannotRehearse = (facts: Facts): string | null => {
  if (!facts.selected) return cannotPlan(facts) ?? 'No revision is selected.';
  if (facts.selected.state === 'missing') {
    return cannotPlan(facts) ?? 'The file of the selected revision is missing: nothing can be run.';
  }
  return cannotPlan(facts);
};

const noReport = ({ report }: Facts) => (report ? null : 'There is no report on screen.');

export const rehearsalCommands = {
  rehearse: {
    keys: ['R'],
    label: 'rehearse',
    description: 'Rehearse the selected revision, up, down and up again, on a copy of the target.',
    category: 'Rehearse',
    contexts: ['revisions', 'checklist'],
    bar: 75,
    disabled: cannotRehearse,
  },
  rehearseAll: {
    keys: ['A'],
    label: 'rehearse all',
    description: 'Rehearse every pending revision, one after the other, on a copy of the target.',
    category: 'Rehearse',
    contexts: ['revisions'],
    bar: 15,
    disabled: (facts) =>
      cannotPlan(facts) ?? (facts.history?.counts.pending === 0 ? 'Nothing is pending.' : null),
  },
  rehearseBoth: {
    keys: ['B'],
    label: 'from empty too',
    description:
      'Rehearse the selected revision on a copy of the target, and from an empty database too.',
    category: 'Rehearse',
    contexts: ['revisions'],
    disabled: cannotRehearse,
  },
  rehearseDowngrade: {
    keys: ['r'],
    label: 'rehearse it',
    description: 'Rehearse this downgrade on a copy of the target: what a protected one asks for.',
    category: 'Rehearse',
    contexts: ['plan'],
    bar: 80,
    disabled: ({ unproven }) =>
      unproven
        ? null
        : 'Nothing asks for it: revisions are rehearsed with R, the next ones with A.',
  },
  openRehearsal: {
    keys: ['p'],
    label: 'rehearsal',
    description: 'Open the rehearsal that is going on, or the last one.',
    category: 'Rehearse',
    contexts: ['revisions', 'checklist', 'log', 'schemas'],
    bar: 72,
    disabled: ({ rehearsal }) =>
      rehearsal
        ? null
        : 'Nothing was rehearsed since Handrail was opened; v shows what is kept of a revision.',
  },
  openReport: {
    keys: ['v'],
    label: 'view rehearsal',
    description: 'View the report of the last rehearsal of the selected revision.',
    category: 'Rehearse',
    contexts: ['revisions', 'checklist'],
    bar: 16,
    disabled: ({ selected }) => {
      if (!selected) return 'No revision is selected.';
      return selected.rehearsal ? null : 'The selected revision was never rehearsed here.';
    },
  },
  applyRepair: {
    keys: ['a'],
    label: 'apply a repair',
    description:
      'Rehearse a repair that a finding proposes, after showing the difference, and write it if that proves it.',
    category: 'Rehearse',
    contexts: ['rehearsal'],
    bar: 70,
    disabled: (facts) => {
      if (noReport(facts)) return noReport(facts);
      if (facts.repairs === 0) return 'The report offers no repair that Handrail could make.';
      return cannotPlan(facts);
    },
  },
  undoRepair: {
    keys: ['Z'],
    label: 'undo a repair',
    description:
      'Put the file of the selected revision back as it was before its last repair, after showing the difference.',
    category: 'Rehearse',
    contexts: ['revisions', 'checklist'],
    disabled: (facts) => {
      if (!facts.selected) return cannotPlan(facts) ?? 'No revision is selected.';
      return cannotPlan(facts);
    },
  },
  saveReport: {
    keys: ['s'],
    label: 'save',
    description: 'Save the report as Markdown.',
    category: 'Rehearse',
    contexts: ['rehearsal'],
    bar: 60,
    disabled: noReport,
  },
} as const satisfies Record<string, Command>;

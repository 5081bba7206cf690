/** The checklist in words, for the app and the command alike. */

import type { Checklist, ChecklistState, ChecklistStepName } from '../contract/checklist.ts';

interface StepWords {
  readonly title: string;
  /** Why it is done, and how: a few sentences for somebody who never did it. */
  readonly explanation: string;
}

export const stepWords: Readonly<Record<ChecklistStepName, StepWords>> = {
  current: {
    title: 'Target up to date',
    explanation:
      'A draft is what makes the database the way the entities are. So the database has to stand where the revisions before it leave it: what is pending would be drafted a second time.',
  },
  change: {
    title: 'Change the entities',
    explanation:
      'Change the entities in your editor as you like. Watching them shows meanwhile what the draft would be, and can keep a throwaway database like them, on which to try the application.',
  },
  draft: {
    title: 'Draft the revision',
    explanation:
      'The entities are compared with the database that was not upgraded, and what is missing becomes the draft. What a generator can’t know is asked: renames, drops, values for rows that have none.',
  },
  edit: {
    title: 'Clean the draft up',
    explanation:
      'A generator knows the schema, not what you mean. Read the draft in your editor, remove what does not belong there, and say in comments what is not obvious.',
  },
  upgrade: {
    title: 'Upgrade',
    explanation:
      'The revision runs up, and the schema must be what the entities say, with no row lost. A rehearsal does it on a copy of the target; or upgrade the target itself.',
  },
  test: {
    title: 'Test',
    explanation:
      'Your own test command runs on the upgraded throwaway: the setting test of package.json#handrail. It is never run on a target. Without one, skip the step, and say why.',
  },
  downgrade: {
    title: 'Downgrade',
    explanation:
      'The revision runs down, and everything must be as it was before. A way back that was never walked is none.',
  },
  'upgrade-again': {
    title: 'Upgrade again',
    explanation:
      'After a downgrade, the next upgrade must work, too: what a downgrade leaves behind is found here.',
  },
  commit: {
    title: 'Commit together',
    explanation:
      'Revision, MikroORM’s snapshot and changed entities belong in one commit, so that nobody ever has one of them without the others.',
  },
};

export const stateMarks: Readonly<Record<ChecklistState, string>> = {
  todo: '○',
  done: '✓',
  failed: '✗',
  stale: '≠',
  skipped: '–',
};

/** `4 of 9 · next: clean the draft up` */
export function describeProgress({ steps, next }: Checklist): string {
  const done = steps.filter(({ state }) => state === 'done' || state === 'skipped').length;
  const then = next === null ? 'all done' : `next: ${stepWords[next].title.toLowerCase()}`;
  return `${done} of ${steps.length} · ${then}`;
}

export function describeChecklist(checklist: Checklist): string {
  return [
    checklist.revision ?? 'The next revision',
    ...checklist.steps.map(({ name, state, evidence }) => {
      // What is skipped says so itself.
      const words = state === 'failed' || state === 'stale' ? ` (${state})` : '';
      const { title } = stepWords[name];
      return `${stateMarks[state]} ${title}${words}${evidence ? `: ${evidence}` : ''}`;
    }),
    describeProgress(checklist),
  ].join('\n');
}

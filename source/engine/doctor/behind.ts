import { plural } from '../../text/format.ts';
import { type Check, remedy } from './check.ts';

export const behind: Check = {
  kind: 'behind',
  find({ history: { revisions, counts, target } }) {
    if (counts.pending === 0) return [];
    const pending = revisions.filter(({ state }) => state === 'pending');
    return [
      {
        about: target.database,
        severity: 'notice',
        what: `The target is behind by ${plural(counts.pending, 'revision')}.`,
        why: 'Code that was written for them may not work on it.',
        facts: pending.slice(0, SHOWN).map(({ name }) => name),
        remedies: [remedy('Upgrade, after a look at the plan.', { commands: ['handrail up'] })],
      },
    ];
  },
};

/** Names that are enough to see which ones are meant. */
const SHOWN = 10;

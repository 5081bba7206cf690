import { flagged, remedy, shellWord } from './check.ts';

export const edited = flagged('edited', ({ name, file }) => ({
  severity: 'notice',
  what: `The file of ${name} changed since Handrail applied it.`,
  why: 'The target has what it did then; a database that is made from the files may differ.',
  facts: [],
  remedies: [
    remedy('See what changed. A comment does no harm.', {
      commands: file === null ? [] : [`git log -p -- ${shellWord(file)}`],
    }),
    remedy('Put the file back as it was, and make a revision of its own of the change.'),
  ],
}));

import { flagged, remedy } from './check.ts';

export const duplicateName = flagged('duplicate-name', ({ name, notes }) => ({
  severity: 'hazard',
  what: `${name} is there more than once.`,
  why: 'Nobody can say which of them was run, or would be, so none is.',
  facts: notes,
  remedies: [
    remedy('Keep what was run, and give the other file a name of its own.'),
    remedy('If one record is there twice, remove the later row by hand, after a look at both.'),
  ],
}));

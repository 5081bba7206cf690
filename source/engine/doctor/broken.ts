import { flagged, remedy } from './check.ts';

export const broken = flagged('broken', ({ name, file, notes }) => ({
  severity: 'hazard',
  what: `${name} can’t be loaded.`,
  why: 'It can’t be run in either direction, and runs that need it are refused.',
  facts: notes,
  remedies: [remedy(file === null ? 'Mend its class.' : `Mend ${file}.`)],
}));

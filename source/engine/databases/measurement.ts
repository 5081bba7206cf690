import type { Measurement } from './dialect.ts';

/** What a statement does that does nothing. */
export const NOTHING: Measurement = {
  affected: 0,
  counted: null,
  changed: [],
  rebuilds: null,
  locks: [],
  rewritten: [],
  scanned: [],
  built: [],
  wal: null,
};

/** The newest statements of a run, in bounded memory. Older ones are in the journal. Pure. */

import type { StatementRecord } from '../../contract/events.ts';
import type { StatementEnded, StatementStarted } from '../../contract/statement.ts';

/** How many statements are kept, and how many characters of SQL altogether. */
export const RING_STATEMENTS = 2_000;
export const RING_CHARACTERS = 4_000_000;

export interface Ring {
  /** By seq, without gaps. */
  readonly items: readonly StatementRecord[];
  /** The highest seq so far, which is the number of statements of the run. */
  readonly total: number;
  readonly characters: number;
}

export const emptyRing: Ring = { items: [], total: 0, characters: 0 };

export type StatementEvent =
  | { readonly type: 'statement-started'; readonly statement: StatementStarted }
  | { readonly type: 'statement-ended'; readonly statement: StatementEnded };

/** Takes in many events with one copy of the list. */
export function addStatements(ring: Ring, events: readonly StatementEvent[]): Ring {
  const items = [...ring.items];
  let { total, characters } = ring;
  for (const event of events) {
    if (event.type === 'statement-started') {
      // A rehearsal counts anew on its next throwaway: what was before would be mixed up with it.
      if (event.statement.seq <= total) {
        items.length = 0;
        total = 0;
        characters = 0;
      }
      items.push({ ...event.statement, end: null });
      total = Math.max(total, event.statement.seq);
      characters += event.statement.sql.length;
    } else {
      const index = indexOf(items, event.statement.seq);
      const item = items[index];
      if (item) items[index] = { ...item, end: event.statement };
    }
  }
  let drop = Math.max(0, items.length - RING_STATEMENTS);
  for (const { sql } of items.slice(0, drop)) characters -= sql.length;
  // The newest one stays, however long it is.
  while (characters > RING_CHARACTERS && drop < items.length - 1) {
    characters -= items[drop]?.sql.length ?? 0;
    drop++;
  }
  return { items: drop > 0 ? items.slice(drop) : items, total, characters };
}

/** The statement with that seq, if it is still kept. */
export function inRing(ring: Ring, seq: number): StatementRecord | undefined {
  return ring.items[indexOf(ring.items, seq)];
}

function indexOf(items: readonly StatementRecord[], seq: number): number {
  const first = items[0]?.seq ?? 0;
  // Seqs count without gaps, so the place is known; a gap would make it wrong.
  if (items[seq - first]?.seq === seq) return seq - first;
  return items.findLastIndex((item) => item.seq === seq);
}

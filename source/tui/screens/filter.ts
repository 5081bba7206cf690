/** Which revisions a filter shows, and where the cursor is among them. Pure. */

import type { Revision } from '../../contract/revision.ts';
import { stateWords } from '../../presentation/terminal/theme.ts';

/** Those that hold every word of the filter, in their name or as a word for their state. */
export function filterRevisions(
  revisions: readonly Revision[],
  filter: string,
): readonly Revision[] {
  const words = wordsOf(filter);
  if (words.length === 0) return revisions;
  return revisions.filter((revision) => {
    const text = `${revision.name} ${stateWords(revision)}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** The words of a filter, as they are compared. */
export function wordsOf(filter: string): readonly string[] {
  return filter.toLowerCase().split(/\s+/).filter(Boolean);
}

/** Names may be claimed twice; name and file together are one revision. */
export function keyOf({ name, file }: Revision): string {
  return `${name}\n${file ?? ''}`;
}

/** The place of the revision the cursor was on; if it is gone, what is there now. */
export function placeOf(
  revisions: readonly Revision[],
  cursor: { readonly key: string; readonly place: number } | null,
): number {
  if (!cursor) return 0;
  const there = revisions[cursor.place];
  if (there && keyOf(there) === cursor.key) return cursor.place;
  const found = revisions.findIndex((revision) => keyOf(revision) === cursor.key);
  return found >= 0 ? found : Math.max(0, Math.min(cursor.place, revisions.length - 1));
}

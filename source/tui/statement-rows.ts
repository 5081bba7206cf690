/** Statements, and under each what the server said while it ran, as rows under each other. Pure. */

import type { ServerNotice } from '../contract/statement.ts';

interface StatementRowPlace {
  /** Of the statement in its list. */
  readonly index: number;
  /** 0 is the statement itself, 1 the first notice under it. */
  readonly nth: number;
  readonly notice: ServerNotice | null;
}

export interface StatementRows {
  readonly total: number;
  at(place: number): StatementRowPlace;
  /** Where the row of a statement is. */
  placeOf(index: number): number;
}

/**
 * @param count of the statements in the list
 * @param indexOf where in the list the statement with that seq is; less than 0 if it is not
 * @param notices by seq
 */
export function statementRows(
  count: number,
  indexOf: (seq: number) => number,
  notices: readonly ServerNotice[],
): StatementRows {
  const placed = notices
    .map((notice) => ({ notice, index: indexOf(notice.seq) }))
    .filter(({ index }) => index >= 0 && index < count);
  /** How many notices belong to statements before that one. */
  const before = (index: number) =>
    lowest(placed.length, (at) => (placed[at]?.index ?? 0) >= index);
  const placeOf = (index: number) => index + before(index);
  return {
    total: count + placed.length,
    placeOf,
    at(place) {
      const index = Math.max(0, lowest(count, (at) => placeOf(at) > place) - 1);
      const nth = Math.max(0, place - placeOf(index));
      const notice = nth === 0 ? null : (placed[before(index) + nth - 1]?.notice ?? null);
      return { index, nth, notice };
    },
  };
}

/** The lowest number under `end` for which `holds`, which then holds for all above; else `end`. */
export function lowest(end: number, holds: (at: number) => boolean): number {
  let low = 0;
  let high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

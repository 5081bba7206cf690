/** Which part of something long is on screen. */

import { useRef, useState } from 'react';
import type { Handlers } from './keys.tsx';

/** The first visible row of a list, so that the cursor is visible and little moves. */
export function useWindowStart(cursor: number, height: number, count: number): number {
  const start = useRef(0);
  // Depends on the previous start only to move as little as possible; drawing twice with the
  // same arguments gives the same result.
  start.current = windowStart(start.current, cursor, height, count);
  return start.current;
}

/** Moves a window of `height` rows as little as possible, so that it holds `cursor`. */
export function windowStart(start: number, cursor: number, height: number, count: number): number {
  const highest = Math.max(0, count - height);
  const held = Math.min(Math.max(start, cursor - height + 1), cursor);
  return Math.max(0, Math.min(held, highest));
}

export interface Scroll {
  readonly offset: number;
  readonly handlers: Handlers;
  /** `12–30 of 140`; empty when all of it is visible. */
  readonly note: string;
}

/** Scrolls a text of `count` lines; begins anew when `key` changes. */
export function useScroll(count: number, height: number, key: unknown): Scroll {
  const [state, setState] = useState({ key, offset: 0 });
  const highest = Math.max(0, count - height);
  const offset = state.key === key ? Math.min(state.offset, highest) : 0;
  const to = (next: number) => setState({ key, offset: Math.max(0, Math.min(next, highest)) });
  return {
    offset,
    handlers: movement((delta) => to(offset + delta), to, { count, height }),
    note: highest === 0 ? '' : `${offset + 1}–${Math.min(count, offset + height)} of ${count}`,
  };
}

/** The handlers of all commands that move in one direction or the other. */
export function movement(
  by: (delta: number) => void,
  to: (place: number) => void,
  { count, height }: { readonly count: number; readonly height: number },
): Handlers {
  const page = Math.max(1, height - 1);
  return {
    up: () => by(-1),
    down: () => by(1),
    pageUp: () => by(-page),
    pageDown: () => by(page),
    first: () => to(0),
    last: () => to(Math.max(0, count - 1)),
  };
}

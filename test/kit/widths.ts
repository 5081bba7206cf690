/**
 * How many columns a character takes, by today's Unicode: xterm's own table is of 2010 and holds
 * every emoji for narrow, which would shift whatever is to the right of one.
 */

import type { IUnicodeVersionProvider } from '@xterm/headless';
import stringWidth from 'string-width';

const cache = new Map<number, 0 | 1 | 2>();

function widthOf(codepoint: number): 0 | 1 | 2 {
  if (codepoint >= 0x20 && codepoint < 0x7f) return 1;
  let width = cache.get(codepoint);
  if (width === undefined) {
    width = Math.min(2, stringWidth(String.fromCodePoint(codepoint))) as 0 | 1 | 2;
    cache.set(codepoint, width);
  }
  return width;
}

export const currentUnicode: IUnicodeVersionProvider = {
  version: 'current',
  wcwidth: widthOf,
  // The packing of xterm's UnicodeService: three bytes of state, two bits of width, one that says
  // "joins the character before".
  charProperties(codepoint, preceding) {
    const width = widthOf(codepoint);
    const joins = width === 0 && preceding !== 0;
    const joined = joins ? Math.max(width, (preceding >> 1) & 3) : width;
    return (joined << 1) | (joins ? 1 : 0);
  },
};

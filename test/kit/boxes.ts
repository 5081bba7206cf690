/**
 * Box drawing and block characters as shapes: fonts leave gaps between the lines of a picture,
 * shapes don't.
 */

/** The width and height of a cell, in pixels. */
export interface CellSize {
  readonly width: number;
  readonly height: number;
}

/** Left, up, right, down: 0 nothing, 1 light, 2 heavy. */
type Arms = readonly [left: number, up: number, right: number, down: number];

const arms: Readonly<Record<string, Arms>> = {
  '─': [1, 0, 1, 0],
  '━': [2, 0, 2, 0],
  '═': [2, 0, 2, 0],
  '│': [0, 1, 0, 1],
  '┃': [0, 2, 0, 2],
  '║': [0, 2, 0, 2],
  '┌': [0, 0, 1, 1],
  '┐': [1, 0, 0, 1],
  '└': [0, 1, 1, 0],
  '┘': [1, 1, 0, 0],
  '┏': [0, 0, 2, 2],
  '┓': [2, 0, 0, 2],
  '┗': [0, 2, 2, 0],
  '┛': [2, 2, 0, 0],
  '├': [0, 1, 1, 1],
  '┤': [1, 1, 0, 1],
  '┬': [1, 0, 1, 1],
  '┴': [1, 1, 1, 0],
  '┼': [1, 1, 1, 1],
  '╴': [1, 0, 0, 0],
  '╵': [0, 1, 0, 0],
  '╶': [0, 0, 1, 0],
  '╷': [0, 0, 0, 1],
};

/** Rounded corners: where the arc begins, where it ends, as shares of the cell. */
const corners: Readonly<Record<string, readonly [x1: number, y1: number, x2: number, y2: number]>> =
  {
    '╭': [0.5, 1, 1, 0.5],
    '╮': [0.5, 1, 0, 0.5],
    '╯': [0.5, 0, 0, 0.5],
    '╰': [0.5, 0, 1, 0.5],
  };

/** Blocks as [x, y, width, height] shares of the cell, and how much of it is covered. */
const blocks: Readonly<Record<string, readonly [number, number, number, number, number?]>> = {
  '█': [0, 0, 1, 1],
  '▀': [0, 0, 1, 0.5],
  '▄': [0, 0.5, 1, 0.5],
  '▌': [0, 0, 0.5, 1],
  '▐': [0.5, 0, 0.5, 1],
  '▎': [0, 0, 0.25, 1],
  '▏': [0, 0, 0.125, 1],
  '▕': [0.875, 0, 0.125, 1],
  '▁': [0, 0.875, 1, 0.125],
  '▔': [0, 0, 1, 0.125],
  '░': [0, 0, 1, 1, 0.25],
  '▒': [0, 0, 1, 1, 0.5],
  '▓': [0, 0, 1, 1, 0.75],
};

/** A number as short as a picture needs it. */
export function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** The SVG element that draws a character at a place, or null when a font has to. */
export function drawBox(
  character: string,
  left: number,
  top: number,
  size: CellSize,
  colour: string,
): string | null {
  const x = (share: number): string => short(left + share * size.width);
  const y = (share: number): string => short(top + share * size.height);

  const block = blocks[character];
  if (block) {
    const [bx, by, bw, bh, cover] = block;
    const opacity = cover === undefined ? '' : ` fill-opacity="${cover}"`;
    return `<rect x="${x(bx)}" y="${y(by)}" width="${short(bw * size.width)}" height="${short(bh * size.height)}" fill="${colour}"${opacity}/>`;
  }

  const stroke = (width: number): string =>
    `fill="none" stroke="${colour}" stroke-width="${width}"`;
  const corner = corners[character];
  if (corner) {
    const [x1, y1, x2, y2] = corner;
    // The curve takes up half a cell's width in both directions; the rest of the arm is straight.
    const reach = size.width / 2 / size.height;
    const bend = y1 === 1 ? 0.5 + reach : 0.5 - reach;
    return `<path d="M${x(x1)} ${y(y1)}V${y(bend)}Q${x(0.5)} ${y(0.5)} ${x(x2)} ${y(y2)}" ${stroke(1)}/>`;
  }

  const weights = arms[character];
  if (!weights) return null;
  const [l, u, r, d] = weights;
  const width = Math.max(l, u, r, d) === 2 ? 2 : 1;
  const across = l || r ? `M${x(l ? 0 : 0.5)} ${y(0.5)}H${x(r ? 1 : 0.5)}` : '';
  const along = u || d ? `M${x(0.5)} ${y(u ? 0 : 0.5)}V${y(d ? 1 : 0.5)}` : '';
  return `<path d="${across}${along}" ${stroke(width)}/>`;
}

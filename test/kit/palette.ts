/** The colours of a picture: a dark theme for what xterm numbers, and mixing. */

import type { IBufferCell } from '@xterm/headless';

export const theme = {
  background: '#15181e',
  foreground: '#d5dae3',
  frame: '#2b303b',
  title: '#8a93a3',
  /** The sixteen that a terminal's theme defines. */
  ansi: [
    '#2b303b',
    '#e8707a',
    '#8fc97f',
    '#e5c07b',
    '#6aa9f0',
    '#c58af0',
    '#5cc5cf',
    '#d5dae3',
    '#6b7484',
    '#f28b94',
    '#a8dc9a',
    '#f0d197',
    '#8ec1ff',
    '#d7a8fa',
    '#7fdde6',
    '#ffffff',
  ],
} as const;

function hex(red: number, green: number, blue: number): string {
  return `#${[red, green, blue].map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;
}

/** xterm's 256 colours: the theme's 16, a cube of 216, and 24 greys. */
function paletteColour(index: number): string {
  const named = theme.ansi[index];
  if (named !== undefined) return named;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return hex(grey, grey, grey);
  }
  const level = (step: number): number => (step === 0 ? 0 : 55 + step * 40);
  const cube = index - 16;
  return hex(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6));
}

function mix(colour: string, other: string, share: number): string {
  const parts = (text: string): number[] =>
    [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16));
  const [a, b] = [parts(colour), parts(other)];
  const [red = 0, green = 0, blue = 0] = a.map((part, at) => part + ((b[at] ?? 0) - part) * share);
  return hex(red, green, blue);
}

/** The colours that a cell ends up with, dim and inverse taken into account. */
export function coloursOf(cell: IBufferCell): { foreground: string; background: string } {
  const resolve = (rgb: boolean, own: boolean, value: number, otherwise: string): string => {
    if (own) return otherwise;
    return rgb ? `#${value.toString(16).padStart(6, '0')}` : paletteColour(value);
  };
  let foreground = resolve(cell.isFgRGB(), cell.isFgDefault(), cell.getFgColor(), theme.foreground);
  let background = resolve(cell.isBgRGB(), cell.isBgDefault(), cell.getBgColor(), theme.background);
  if (cell.isInverse()) [foreground, background] = [background, foreground];
  if (cell.isDim()) foreground = mix(foreground, background, 0.45);
  return { foreground, background };
}

/**
 * A terminal's screen as an SVG picture. The same screen always gives the same bytes.
 *
 * Every run of text is stretched to the columns that it takes (`textLength`), so that the picture
 * is aligned with whatever monospace font the reader has; characters outside ASCII, whose width
 * depends most on the font, are placed one by one.
 */

import type { IBufferCell } from '@xterm/headless';
import { type CellSize, drawBox, short } from './boxes.ts';
import { coloursOf, theme } from './palette.ts';
import type { Screen } from './screen.ts';

export interface SvgOptions {
  /** In the window's title bar; also what a screen reader says. */
  readonly title?: string;
  /** Draw the cursor, if the program shows it. */
  readonly cursor?: boolean;
}

/** Odd numbers: lines through the middle of a cell then fall on whole pixels. */
const size: CellSize = { width: 9, height: 21 };
const fontSize = 15;
/** From the top of a cell to the line that letters stand on. */
const baseline = 15.5;
const padding = 14;
const titleBar = 34;
const fonts =
  "'JetBrains Mono','Cascadia Mono','SF Mono',Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace";

/** Characters of one look in a row. */
interface Run {
  readonly column: number;
  readonly foreground: string;
  readonly decoration: string;
  text: string;
  columns: number;
}

export function drawSvg(screen: Screen, options: SvgOptions = {}): string {
  const { cols, rows } = screen.xterm;
  const width = short(cols * size.width + 2 * padding);
  const height = short(rows * size.height + padding + titleBar);
  const title = xmlText(options.title ?? 'Terminal');
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">`,
    `<title>${title}</title>`,
    `<rect x=".5" y=".5" width="${short(Number(width) - 1)}" height="${short(Number(height) - 1)}" rx="9" fill="${theme.background}" stroke="${theme.frame}"/>`,
    ...['#e8707a', '#e5c07b', '#8fc97f'].map(
      (colour, at) => `<circle cx="${20 + at * 20}" cy="17" r="5.5" fill="${colour}"/>`,
    ),
    `<g font-family="${fonts}" font-size="${fontSize}" xml:space="preserve" style="white-space:pre">`,
    `<text x="${short(Number(width) / 2)}" y="22" text-anchor="middle" font-size="12.5" fill="${theme.title}">${title}</text>`,
  ];
  for (let row = 0; row < rows; row++) parts.push(...drawRow(screen, row));
  if (options.cursor && screen.modes().cursorVisible) {
    const { row, column } = screen.cursor();
    parts.push(rectangle(column, row, 1, theme.foreground, ' fill-opacity=".5"'));
  }
  parts.push('</g>', '</svg>', '');
  return parts.join('\n');
}

function drawRow(screen: Screen, row: number): string[] {
  const grounds: Run[] = [];
  const rules: Run[] = [];
  const shapes: string[] = [];
  const runs: Run[] = [];
  for (let column = 0; column < screen.xterm.cols; column++) {
    const cell = screen.cell(row, column);
    const columns = cell?.getWidth() ?? 0;
    // The second half of a wide character.
    if (cell === undefined || columns === 0) continue;
    const { foreground, background } = coloursOf(cell);
    if (background !== theme.background) {
      extend(grounds, { column, columns, foreground: background, decoration: '', text: '' });
    }
    const text = cell.isInvisible() ? ' ' : cell.getChars() || ' ';
    if (text === '─') {
      // Frames are mostly these: one line for all in a row.
      extend(rules, { column, columns, foreground, decoration: '', text: '' });
      continue;
    }
    const shape = drawBox(text, leftOf(column), topOf(row), size, foreground);
    if (shape !== null) shapes.push(shape);
    else extend(runs, { column, columns, foreground, decoration: decorationOf(cell), text });
  }
  return [
    ...grounds.map((run) => rectangle(run.column, row, run.columns, run.foreground)),
    ...rules.map((run) => {
      const y = short(topOf(row) + size.height / 2);
      const [from, to] = [leftOf(run.column), leftOf(run.column + run.columns)].map(short);
      return `<path d="M${from} ${y}H${to}" fill="none" stroke="${run.foreground}" stroke-width="1"/>`;
    }),
    ...shapes,
    ...runs.flatMap((run) => drawRun(run, row)),
  ];
}

/** Adds a cell to the last run if it continues it. */
function extend(runs: Run[], next: Run): void {
  const last = runs.at(-1);
  if (
    last !== undefined &&
    last.column + last.columns === next.column &&
    last.foreground === next.foreground &&
    last.decoration === next.decoration &&
    isAscii(last.text) &&
    isAscii(next.text)
  ) {
    last.text += next.text;
    last.columns += next.columns;
  } else {
    runs.push(next);
  }
}

function drawRun(run: Run, row: number): string[] {
  const underlined = run.decoration.includes('text-decoration');
  // Blanks that nothing shows on only make the picture larger.
  const text = underlined ? run.text : run.text.trimEnd();
  const start = underlined ? 0 : text.length - text.trimStart().length;
  if (text === '') return [];
  const columns = run.columns - start - (run.text.length - text.length);
  const attributes = [
    `x="${short(leftOf(run.column + start))}"`,
    `y="${short(topOf(row) + baseline)}"`,
    `textLength="${short(columns * size.width)}"`,
    // A glyph that is too wide for its cells is squeezed, rather than moved into its neighbour's.
    ...(isAscii(text) ? [] : ['lengthAdjust="spacingAndGlyphs"']),
    `fill="${run.foreground}"`,
  ].join(' ');
  return [`<text ${attributes}${run.decoration}>${xmlText(text.slice(start))}</text>`];
}

function decorationOf(cell: IBufferCell): string {
  const lines = [
    ...(cell.isUnderline() ? ['underline'] : []),
    ...(cell.isOverline() ? ['overline'] : []),
    ...(cell.isStrikethrough() ? ['line-through'] : []),
  ];
  return [
    cell.isBold() ? ' font-weight="700"' : '',
    cell.isItalic() ? ' font-style="italic"' : '',
    lines.length > 0 ? ` text-decoration="${lines.join(' ')}"` : '',
  ].join('');
}

function rectangle(
  column: number,
  row: number,
  columns: number,
  colour: string,
  more = '',
): string {
  const [x, y] = [short(leftOf(column)), short(topOf(row))];
  return `<rect x="${x}" y="${y}" width="${short(columns * size.width)}" height="${size.height}" fill="${colour}"${more}/>`;
}

function isAscii(text: string): boolean {
  return /^[ -~]*$/.test(text);
}

function leftOf(column: number): number {
  return padding + column * size.width;
}

function topOf(row: number): number {
  return titleBar + row * size.height;
}

/** For XML; characters that it can't hold at all become the sign for "unreadable". */
function xmlText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f]/g, '\ufffd');
}

/** A terminal screen without a window: xterm's emulation, and what a person would see of it. */

import headless, { type IBufferCell, type Terminal as Xterm } from '@xterm/headless';
import { drawSvg, type SvgOptions } from './svg.ts';
import { type Expectation, isMet } from './waiting.ts';
import { currentUnicode } from './widths.ts';

/** What a program switched on. A program that ends well leaves a terminal as it found it. */
export interface Modes {
  readonly alternateScreen: boolean;
  readonly cursorVisible: boolean;
  readonly bracketedPaste: boolean;
  readonly mouse: 'none' | 'x10' | 'vt200' | 'drag' | 'any';
  readonly focusEvents: boolean;
  readonly applicationCursor: boolean;
  readonly synchronizedOutput: boolean;
}

/** How a character looks. */
export interface Style {
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
  /** A palette index, `#rrggbb`, or null for the terminal's own. */
  readonly foreground: number | string | null;
  readonly background: number | string | null;
}

export class Screen {
  readonly xterm: Xterm;
  #cursorVisible = true;

  constructor(columns: number, rows: number, scrollback = 5_000) {
    this.xterm = new headless.Terminal({ cols: columns, rows, scrollback, allowProposedApi: true });
    this.xterm.unicode.register(currentUnicode);
    this.xterm.unicode.activeVersion = currentUnicode.version;
    // xterm keeps the cursor's visibility to itself: listen to the sequences, and let it have them.
    for (const [final, visible] of [['h', true] as const, ['l', false] as const]) {
      this.xterm.parser.registerCsiHandler({ prefix: '?', final }, (parameters) => {
        if (parameters.includes(25)) this.#cursorVisible = visible;
        return false;
      });
    }
  }

  get columns(): number {
    return this.xterm.cols;
  }

  get rows(): number {
    return this.xterm.rows;
  }

  /** The lines that a person sees, without the blanks at their ends. */
  screen(): string[] {
    const { active } = this.xterm.buffer;
    return Array.from({ length: this.xterm.rows }, (_, row) => {
      return (
        active
          .getLine(active.viewportY + row)
          ?.translateToString(true)
          .trimEnd() ?? ''
      );
    });
  }

  text(): string {
    return this.screen().join('\n');
  }

  /** The first line that has a text or fits a pattern; undefined when none does. */
  line(which: string | RegExp): string | undefined {
    return this.screen().find((line) => isMet(which, [line]));
  }

  shows(what: Expectation): boolean {
    return isMet(what, this.screen());
  }

  snapshotSvg(options: SvgOptions = {}): string {
    return drawSvg(this, options);
  }

  /** Lines that have scrolled off at the top, oldest first; the alternate screen has none. */
  scrollback(): string[] {
    const { active } = this.xterm.buffer;
    return Array.from({ length: active.baseY }, (_, row) => {
      return active.getLine(row)?.translateToString(true).trimEnd() ?? '';
    });
  }

  cursor(): { row: number; column: number } {
    const { active } = this.xterm.buffer;
    return { row: active.cursorY, column: active.cursorX };
  }

  modes(): Modes {
    const { modes, buffer } = this.xterm;
    return {
      alternateScreen: buffer.active.type === 'alternate',
      cursorVisible: this.#cursorVisible,
      bracketedPaste: modes.bracketedPasteMode,
      mouse: modes.mouseTrackingMode,
      focusEvents: modes.sendFocusMode,
      applicationCursor: modes.applicationCursorKeysMode,
      synchronizedOutput: modes.synchronizedOutputMode,
    };
  }

  /** The cell at a position of the visible screen. */
  cell(row: number, column: number): IBufferCell | undefined {
    const { active } = this.xterm.buffer;
    return active.getLine(active.viewportY + row)?.getCell(column);
  }

  /** The style of the first character of a text on the screen; null when it isn't there. */
  styleOf(text: string): Style | null {
    for (let row = 0; row < this.xterm.rows; row++) {
      // Offsets in the text aren't columns once a wide character precedes.
      const columns: number[] = [];
      let line = '';
      for (let column = 0; column < this.xterm.cols; column++) {
        const cell = this.cell(row, column);
        if (cell === undefined || cell.getWidth() === 0) continue;
        columns[line.length] = column;
        line += cell.getChars() || ' ';
      }
      const offset = line.indexOf(text);
      const cell = offset < 0 ? undefined : this.cell(row, columns[offset] ?? 0);
      if (cell !== undefined) return styleOfCell(cell);
    }
    return null;
  }

  /** Whether any visible character has a colour of its own. */
  hasColours(): boolean {
    for (let row = 0; row < this.xterm.rows; row++) {
      for (let column = 0; column < this.xterm.cols; column++) {
        const cell = this.cell(row, column);
        if (cell !== undefined && !(cell.isFgDefault() && cell.isBgDefault())) return true;
      }
    }
    return false;
  }
}

function styleOfCell(cell: IBufferCell): Style {
  const colour = (isDefault: boolean, isRgb: boolean, value: number): number | string | null => {
    if (isDefault) return null;
    return isRgb ? `#${value.toString(16).padStart(6, '0')}` : value;
  };
  return {
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    italic: cell.isItalic() !== 0,
    underline: cell.isUnderline() !== 0,
    inverse: cell.isInverse() !== 0,
    foreground: colour(cell.isFgDefault(), cell.isFgRGB(), cell.getFgColor()),
    background: colour(cell.isBgDefault(), cell.isBgRGB(), cell.getBgColor()),
  };
}

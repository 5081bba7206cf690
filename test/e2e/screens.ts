/** What any of Handrail's screens has in common. */

import { expect } from 'vitest';
import type { Screen } from '../kit/screen.ts';
import type { Terminal } from '../kit/terminal.ts';

/** Loading a project takes its time when the machine has other things to do. */
export const loading = { timeout: 120_000, why: 'the project is being loaded' };

/** Every row of a box begins and ends with a border, whatever stands in it. */
export function expectWholeFrame(app: Screen): void {
  expect(withoutBorder(app), `rows without a border in:\n${app.text()}`).toEqual([]);
}

/** After a change of size it takes its time until what the terminal made of the old frame is gone. */
export async function waitForWholeFrame(app: Terminal): Promise<void> {
  await app.waitFor(() => withoutBorder(app).length === 0, { why: 'every row has its borders' });
}

function withoutBorder(app: Screen) {
  const last = app.columns - 1;
  return (
    app
      .screen()
      .map((line, row) => ({ line, row, left: edge(app, row, 0), right: edge(app, row, last) }))
      // The header and the key bar have no border.
      .slice(1, -1)
      .filter(({ left, right }) => !('╭│╰'.includes(left) && '╮│╯'.includes(right)))
  );
}

function edge(app: Screen, row: number, column: number): string {
  // Nothing, or a blank, is no border; '' would be part of every text.
  return app.cell(row, column)?.getChars() || ' ';
}

/** The terminal is as it was before Handrail started. */
export function expectTerminalRestored(app: Screen): void {
  expect(app.modes()).toEqual({
    alternateScreen: false,
    cursorVisible: true,
    bracketedPaste: false,
    mouse: 'none',
    focusEvents: false,
    applicationCursor: false,
    synchronizedOutput: false,
  });
}

/** Quits with q, and expects that all went well. */
export async function quit(app: Terminal): Promise<void> {
  await app.press('q');
  const exit = await app.waitForExit({ why: 'q quits' });
  expect(exit, `what it left on the screen:\n${app.text()}`).toEqual({ status: 0, signal: null });
  expectTerminalRestored(app);
}

/** Who gets how much of the Revisions screen. Pure. */

import type { Size } from '../navigation.ts';

/** Smaller than this, one sentence is all that is shown. */
export const MINIMUM: Size = { columns: 60, rows: 16 };

/** Narrower than this, list and detail take turns. */
const SIDE_BY_SIDE = 72;

export interface Layout {
  readonly list: Size;
  readonly detail: Size;
  /** List and detail have no room beside each other: the one with the focus is shown. */
  readonly turns: boolean;
  readonly problem: Size;
  /** Rows for what is unusual about the folder or the table as a whole. */
  readonly warnings: number;
  readonly sql: Size;
}

/**
 * `size` is what header and key bar leave; `problem` the lines of a problem on top, or none;
 * `warned` how many warnings there are.
 */
export function layoutOf({ columns, rows }: Size, problem: number, warned: number): Layout {
  const sqlRows = rows < 18 ? 4 : Math.max(5, Math.min(14, Math.round(rows * 0.28)));
  const problemRows = problem === 0 ? 0 : Math.min(problem + 2, Math.floor((rows - sqlRows) / 2));
  const warnings = Math.min(warned, rows < 18 ? 1 : 3);
  const bodyRows = Math.max(3, rows - sqlRows - problemRows - warnings);
  const turns = columns < SIDE_BY_SIDE;
  const listColumns = turns ? columns : Math.max(32, Math.min(60, Math.round(columns * 0.4)));
  return {
    turns,
    warnings,
    list: { columns: listColumns, rows: bodyRows },
    detail: { columns: turns ? columns : columns - listColumns, rows: bodyRows },
    problem: { columns, rows: problemRows },
    sql: { columns, rows: sqlRows },
  };
}

/** Rows of the steps of a rehearsal, and of what is below them. */
export function rehearsalRows(rows: number): { readonly steps: number; readonly lower: number } {
  const lower = rows < 18 ? 5 : Math.max(6, Math.min(16, Math.round(rows * 0.36)));
  return { steps: rows - lower, lower };
}

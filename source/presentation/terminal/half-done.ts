/** What ran of a revision that is half done. */

import type { HalfDone, StatementFate } from '../../contract/half-done.ts';
import { shownSql } from '../../text/literals.ts';
import { halfDoneWords } from '../../text/phrases.ts';
import { printableLine } from '../../text/print.ts';
import { fateWords, someStatements } from '../half-done.ts';
import { EMPTY, type Line, line, span } from './spans.ts';
import type { Style } from './theme.ts';

const FATES: Readonly<Record<StatementFate | 'not-run', { symbol: string; style: Style }>> = {
  ended: { symbol: '✓', style: 'good' },
  undone: { symbol: '↺', style: 'warn' },
  failed: { symbol: '✗', style: 'bad' },
  running: { symbol: '?', style: 'warn' },
  'not-run': { symbol: '·', style: 'dim' },
};

/** What to do about it. */
export const RESOLVE = 'Nothing else runs until it is settled: H on it shows the ways on.';

/** How much of it ran, and each statement with what became of it. */
export function halfDoneLines(halfDone: HalfDone): readonly Line[] {
  return [line(halfDoneWords(halfDone)), ...statementFates(halfDone), EMPTY];
}

/** More would keep everything else from the screen. */
const SHOWN = 20;

/** Each statement with what became of it; of many, the last that ran and the next ones. */
export function statementFates(halfDone: HalfDone): readonly Line[] {
  const { before, statements, after } = someStatements(halfDone, SHOWN);
  return [
    ...(before > 0 ? [line(span(`… ${before} before`, 'dim'))] : []),
    ...statements.flatMap(({ at, sql, fate, error }): Line[] => {
      const { symbol, style } = FATES[fate];
      return [
        line(
          span(`${symbol} `, style),
          span(`${at}. ${fateWords({ fate, error })}  `, 'dim'),
          span(printableLine(shownSql(sql))),
        ),
        ...(error === null ? [] : [line(span(`    ${error}`, 'bad'))]),
      ];
    }),
    ...(after > 0 ? [line(span(`… ${after} after`, 'dim'))] : []),
  ];
}

/** What stands in place of the detail until it is dismissed: how a run ended, or what was interrupted. */

import { useMemo } from 'react';
import { interruptedLines } from '../presentation/terminal/interrupted.ts';
import { problemLines } from '../presentation/terminal/problem.ts';
import type { Line } from '../presentation/terminal/spans.ts';
import type { PaneProps } from './components/pane.tsx';
import { resultLines, resultTitle, resultTone } from './documents/result.ts';
import { useSelected } from './services.ts';
import { cardOf } from './store/state.ts';
import { useHighlight } from './use-highlight.ts';

export type Card = Pick<PaneProps, 'title' | 'note' | 'style'> & {
  readonly lines: readonly Line[];
  readonly of: unknown;
};

export function useCard(columns: number, details: boolean): Card | null {
  const card = useSelected(cardOf);
  const run = useSelected((state) => state.run);
  const interrupted = useSelected((state) => state.interrupted);
  const highlight = useHighlight();
  return useMemo((): Card | null => {
    if (card === 'result' && run?.result) {
      const lines = resultLines(run, run.result, columns, highlight);
      return { title: resultTitle(run), style: resultTone(run.result), lines, of: run.plan };
    }
    if (card === 'refused' && run?.refused) {
      const lines = problemLines(run.refused, { columns, details });
      return { title: 'Refused: nothing ran', style: 'bad', lines, of: run.plan };
    }
    if (card === 'interrupted') {
      const lines = interruptedLines(interrupted, columns);
      return { title: 'Interrupted', style: 'warn', lines, of: interrupted };
    }
    return null;
  }, [card, run, interrupted, columns, highlight, details]);
}

/** What is to know of the selected revision, or the card that stands in its place. */

import { useMemo } from 'react';
import type { Revision } from '../../protocol.ts';
import { escapeControl } from '../../text/escape.ts';
import { detailLines } from '../documents/detail.ts';
import { interruptedLines } from '../documents/interrupted.ts';
import { problemLines } from '../documents/problem.ts';
import { resultLines, resultTitle, resultTone } from '../documents/result.ts';
import { useHighlight } from '../highlight.ts';
import type { Size } from '../navigation.ts';
import { useSelected, useServices } from '../services.ts';
import type { Line } from '../spans.ts';
import { cardOf } from '../store/state.ts';
import { usePreviews } from '../use-previews.ts';
import { DocumentPane } from './document-pane.tsx';
import { innerSize, type PaneProps } from './pane.tsx';

export interface DetailPaneProps {
  readonly size: Size;
  readonly revision: Revision | null;
  readonly focused: boolean;
  /** Technical details of a refusal are shown. */
  readonly details: boolean;
}

export function DetailPane({ size, revision, focused, details }: DetailPaneProps) {
  const { columns } = innerSize(size);
  const card = useCard(columns, details);
  const detail = useDetail(card ? null : revision, columns);
  const shown = card ? { ...card, note: 'Esc dismisses' } : detail;
  return <DocumentPane size={size} context="revisions" focused={focused} {...shown} />;
}

type Shown = Pick<PaneProps, 'title' | 'note' | 'tone'> & { lines: readonly Line[]; of: unknown };

function useCard(columns: number, details: boolean): Shown | null {
  const card = useSelected(cardOf);
  const run = useSelected((state) => state.run);
  const interrupted = useSelected((state) => state.interrupted);
  const highlight = useHighlight();
  return useMemo((): Shown | null => {
    if (card === 'result' && run?.result) {
      const lines = resultLines(run, run.result, columns, highlight);
      return { title: resultTitle(run), tone: resultTone(run.result), lines, of: run.plan };
    }
    if (card === 'refused' && run?.refused) {
      const lines = problemLines(run.refused, { columns, details });
      return { title: 'Refused: nothing ran', tone: 'bad', lines, of: run.plan };
    }
    if (card === 'interrupted') {
      const lines = interruptedLines(interrupted, columns);
      return { title: 'Interrupted', tone: 'warn', lines, of: interrupted };
    }
    return null;
  }, [card, run, interrupted, columns, highlight, details]);
}

function useDetail(revision: Revision | null, columns: number): Shown {
  const { now } = useServices();
  const highlight = useHighlight();
  const previews = usePreviews(revision);
  const took = useSelected((state) => (revision && state.run?.finished.get(revision.name)) ?? null);
  const lines = useMemo(() => {
    if (!revision) return [];
    return detailLines(revision, previews, { columns, now: now(), highlight, took });
  }, [revision, previews, columns, now, highlight, took]);
  return { title: revision ? escapeControl(revision.name) : 'Detail', lines, of: revision?.name };
}

/** What is to know of the selected revision, or the card that stands in its place. */

import { useMemo } from 'react';
import { isOpen } from '../../contract/checklist.ts';
import type { Revision } from '../../contract/revision.ts';
import { detailLines } from '../../presentation/terminal/detail.ts';
import { printablePiece } from '../../text/print.ts';
import type { Size } from '../navigation.ts';
import { useSelected, useServices } from '../services.ts';
import { compileErrorsOf } from '../store/state.ts';
import { type Card, useCard } from '../use-card.ts';
import { useChecklist } from '../use-checklist.ts';
import { useHighlight } from '../use-highlight.ts';
import { usePreviews } from '../use-previews.ts';
import { DocumentPane } from './document-pane.tsx';
import { innerSize } from './pane.tsx';

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

function useDetail(revision: Revision | null, columns: number): Card {
  const { now } = useServices();
  const highlight = useHighlight();
  const previews = usePreviews(revision);
  const took = useSelected((state) => (revision && state.run?.finished.get(revision.name)) ?? null);
  const reply = useChecklist(revision && isOpen(revision) ? revision.name : undefined);
  const checklist = reply?.ok ? reply.value : null;
  const errors = useSelected((state) =>
    compileErrorsOf(state, revision ?? { file: null, sha256: null }),
  );
  const lines = useMemo(() => {
    if (!revision) return [];
    const context = { columns, now: now(), highlight, took, checklist, errors };
    return detailLines(revision, previews, context);
  }, [revision, previews, columns, now, highlight, took, checklist, errors]);
  return { title: revision ? printablePiece(revision.name) : 'Detail', lines, of: revision?.name };
}

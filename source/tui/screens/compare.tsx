/** What a person made of a draft: as it is, against what was drafted and what was saved before. */

import { Box } from 'ink';
import { useEffect, useMemo, useState } from 'react';
import type { DraftVersions } from '../../contract/draft.ts';
import type { Reply } from '../../contract/problem.ts';
import type { Revision } from '../../contract/revision.ts';
import type { compareDocument } from '../../presentation/terminal/compare.ts';
import { problemLines } from '../../presentation/terminal/problem.ts';
import { type Line, line, span } from '../../presentation/terminal/spans.ts';
import { DocumentPane } from '../components/document-pane.tsx';
import { KeyBar } from '../components/key-bar.tsx';
import { innerSize } from '../components/pane.tsx';
import { useLayer } from '../keys.tsx';
import { type Size, useNavigation } from '../navigation.ts';
import { useFacts, useSelected, useServices } from '../services.ts';

export function CompareScreen({ size, revision }: { size: Size; revision: Revision }) {
  const { close } = useNavigation();
  const pane = { columns: size.columns, rows: size.rows - 1 };
  const { columns } = innerSize(pane);
  const lines = useDifference(revision, columns);
  const facts = useFacts({});
  useLayer({ context: 'document', facts, handlers: { back: close, close } });
  return (
    <Box flexDirection="column">
      <DocumentPane
        size={pane}
        context="document"
        title="What changed"
        note={revision.file ?? ''}
        lines={lines}
        of={lines}
        focused
      />
      <KeyBar
        context="document"
        facts={facts}
        columns={size.columns}
        only={['back', 'up', 'down', 'pageDown']}
      />
    </Box>
  );
}

interface Read {
  readonly reply: Reply<DraftVersions>;
  readonly compareDocument: typeof compareDocument;
}

const READING: readonly Line[] = [line(span('reading…', 'dim'))];

/** Read again whenever the project is: the file may have been saved. */
function useDifference({ name }: Revision, columns: number): readonly Line[] {
  const { session } = useServices();
  const history = useSelected((state) => state.history);
  const [read, setRead] = useState<Read | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: history is that signal
  useEffect(() => {
    let wanted = true;
    // The package that compares texts is not needed before.
    void Promise.all([
      session()?.draftVersions(name),
      import('../../presentation/terminal/compare.ts'),
    ]).then(
      ([reply, { compareDocument }]) => wanted && reply && setRead({ reply, compareDocument }),
    );
    return () => {
      wanted = false;
    };
  }, [name, history, session]);
  return useMemo(() => {
    if (read === null) return READING;
    const { reply, compareDocument } = read;
    if (reply.ok) return compareDocument(reply.value, columns);
    return problemLines(reply.problem, { columns, details: false });
  }, [read, columns]);
}

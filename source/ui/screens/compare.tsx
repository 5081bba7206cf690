/** What a person made of a draft: the file as it is, against what was drafted. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Box } from 'ink';
import { useEffect, useMemo, useState } from 'react';
import type { Revision } from '../../protocol.ts';
import { DocumentPane } from '../components/document-pane.tsx';
import { KeyBar } from '../components/key-bar.tsx';
import { innerSize } from '../components/pane.tsx';
import { useLayer } from '../keys.tsx';
import { type Size, useNavigation } from '../navigation.ts';
import { useFacts, useServices } from '../services.ts';
import { type Line, line, span, wrapLines } from '../spans.ts';

export function CompareScreen({ size, revision }: { size: Size; revision: Revision }) {
  const { close } = useNavigation();
  const pane = { columns: size.columns, rows: size.rows - 1 };
  const { columns } = innerSize(pane);
  const difference = useDifference(revision);
  const lines = useMemo(() => wrapLines(difference, columns), [difference, columns]);
  const facts = useFacts({});
  useLayer({ context: 'document', facts, handlers: { back: close, close } });
  return (
    <Box flexDirection="column">
      <DocumentPane
        size={pane}
        context="document"
        title="Since it was drafted"
        note={revision.file ?? ''}
        lines={lines}
        of={difference}
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

const READING: readonly Line[] = [line(span('reading…', 'dim'))];

/** Read again whenever the file changes. */
function useDifference({ name, file, sha256 }: Revision): readonly Line[] {
  const { session, project } = useServices();
  const [lines, setLines] = useState(READING);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the hash stands for what is read
  useEffect(() => {
    let wanted = true;
    const read = async (): Promise<readonly Line[]> => {
      try {
        const [drafted, now, { diffLines }] = await Promise.all([
          session()?.draftedSource(name),
          readFile(join(project.root, file ?? ''), 'utf8'),
          import('../documents/repair.ts'),
        ]);
        if (!drafted?.ok || drafted.value === null) {
          return [line(span('The journal does not know what was drafted.', 'warn'))];
        }
        if (drafted.value === now) return [line('Nothing: the file is as it was drafted.')];
        return diffLines(file ?? '', drafted.value, now);
      } catch (error) {
        return [line(span(error instanceof Error ? error.message : String(error), 'warn'))];
      }
    };
    void read().then((read) => wanted && setLines(read));
    return () => {
      wanted = false;
    };
  }, [name, file, sha256, session, project]);
  return lines;
}

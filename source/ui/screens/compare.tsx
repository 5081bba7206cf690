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
import { useFacts, useSelected, useServices } from '../services.ts';
import { EMPTY, type Line, line, rule, span, wrapLines } from '../spans.ts';

export function CompareScreen({ size, revision }: { size: Size; revision: Revision }) {
  const { close } = useNavigation();
  const pane = { columns: size.columns, rows: size.rows - 1 };
  const { columns } = innerSize(pane);
  const difference = useDifference(revision, columns);
  const lines = useMemo(() => wrapLines(difference, columns), [difference, columns]);
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
function useDifference({ name, file, sha256 }: Revision, columns: number): readonly Line[] {
  const { session, project } = useServices();
  const before = useSelected((state) => state.before.get(file ?? '') ?? null);
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
        const since = (then: string, none: string) =>
          then === now ? [line(none)] : diffLines(file ?? '', then, now);
        return [
          rule('since it was drafted', columns),
          ...since(drafted.value, 'Nothing: the file is as it was drafted.'),
          ...(before !== null && before !== drafted.value
            ? [EMPTY, rule('since it was edited last', columns), ...since(before, 'Nothing.')]
            : []),
        ];
      } catch (error) {
        return [line(span(error instanceof Error ? error.message : String(error), 'warn'))];
      }
    };
    void read().then((read) => wanted && setLines(read));
    return () => {
      wanted = false;
    };
  }, [name, file, sha256, before, columns, session, project]);
  return lines;
}

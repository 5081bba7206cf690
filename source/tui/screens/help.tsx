/** Every key and what it does, of the screen that help was asked on. */

import { Box } from 'ink';
import { useMemo } from 'react';
import type { Context } from '../commands/command.ts';
import { DocumentPane } from '../components/document-pane.tsx';
import { KeyBar } from '../components/key-bar.tsx';
import { innerSize } from '../components/pane.tsx';
import { helpLines } from '../documents/help.ts';
import type { Facts } from '../facts.ts';
import { useLayer } from '../keys.tsx';
import { type Size, useNavigation } from '../navigation.ts';
import { useFacts } from '../services.ts';

const TITLES: Partial<Readonly<Record<Context, string>>> = {
  checklist: 'Checklist',
  watch: 'Watch',
  log: 'Log',
  rehearsal: 'Rehearsal',
};

/** What is opened from a screen, and has keys that are worth knowing before. */
const OPENED: Partial<Readonly<Record<Context, readonly Context[]>>> = {
  watch: [],
  rehearsal: ['repair'],
};

export function HelpScreen(props: { size: Size; context: Context; below: Facts }) {
  const { size, context, below } = props;
  const { close } = useNavigation();
  const facts = useFacts({});
  const pane = { columns: size.columns, rows: size.rows - 1 };
  const { columns } = innerSize(pane);
  const lines = useMemo(
    () => helpLines([context, 'everywhere', ...(OPENED[context] ?? ['plan'])], below, columns),
    [context, below, columns],
  );
  useLayer({ context: 'document', facts, handlers: { back: close, close } });
  return (
    <Box flexDirection="column">
      <DocumentPane
        size={pane}
        context="document"
        title={`Help: ${TITLES[context] ?? 'Revisions'}`}
        lines={lines}
        of={context}
        focused
      />
      <KeyBar
        context="document"
        facts={facts}
        columns={size.columns}
        only={['back', 'up', 'down', 'pageDown', 'last']}
      />
    </Box>
  );
}

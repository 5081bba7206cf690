/** One statement, whole. */

import { Box } from 'ink';
import { useMemo } from 'react';
import type { StatementRecord } from '../../contract/events.ts';
import type { ServerNotice } from '../../contract/statement.ts';
import { statementDocument } from '../../presentation/terminal/statement.ts';
import { count } from '../../text/format.ts';
import { DocumentPane } from '../components/document-pane.tsx';
import { KeyBar } from '../components/key-bar.tsx';
import { innerSize } from '../components/pane.tsx';
import { useLayer } from '../keys.tsx';
import { type Size, useNavigation } from '../navigation.ts';
import { useFacts, useNotice, useSelected, useServices } from '../services.ts';
import { inRing } from '../store/statements.ts';
import { useHighlight } from '../use-highlight.ts';

export function StatementScreen(props: {
  size: Size;
  statement: StatementRecord;
  notices: readonly ServerNotice[];
}) {
  const { size } = props;
  const { copy } = useServices();
  const { close } = useNavigation();
  const notify = useNotice();
  // While it still runs, its end is news.
  const kept = useSelected((state) => inRing(state.statements, props.statement.seq));
  const isKept = kept?.at === props.statement.at;
  const statement = isKept ? kept : props.statement;
  const heard = useSelected((state) => state.notices);
  const notices = isKept ? heard : props.notices;
  const pane = { columns: size.columns, rows: size.rows - 1 };
  const { columns } = innerSize(pane);
  const highlight = useHighlight();
  const lines = useMemo(
    () => statementDocument(statement, notices, columns, highlight),
    [statement, notices, columns, highlight],
  );
  const facts = useFacts({ statementSelected: true });
  useLayer({
    context: 'document',
    facts,
    handlers: {
      back: close,
      close,
      copy: () => {
        copy(statement.sql);
        notify('Copied the SQL.');
      },
    },
  });
  return (
    <Box flexDirection="column">
      <DocumentPane
        size={pane}
        context="document"
        title={`Statement ${count(statement.seq)}`}
        lines={lines}
        of={statement.seq}
        focused
      />
      <KeyBar
        context="document"
        facts={facts}
        columns={size.columns}
        only={['back', 'copy', 'up', 'down', 'pageDown']}
      />
    </Box>
  );
}

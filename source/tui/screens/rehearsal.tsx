/** The rehearsal that is going on, or the last one: its steps, its SQL, and what came of it. */

import { Box, Text } from 'ink';
import { useEffect, useState } from 'react';
import type { Problem } from '../../contract/problem.ts';
import { problemLines } from '../../presentation/terminal/problem.ts';
import { DocumentPane } from '../components/document-pane.tsx';
import { KeyBar } from '../components/key-bar.tsx';
import { innerSize } from '../components/pane.tsx';
import { SqlPane } from '../components/sql-pane.tsx';
import { StepsPane } from '../components/steps-pane.tsx';
import { TestOutputPane } from '../components/test-output-pane.tsx';
import type { CommandId } from '../keymap.ts';
import { type Handlers, useLayer } from '../keys.tsx';
import { type Size, useNavigation } from '../navigation.ts';
import { useFacts, useSelected, useServices } from '../services.ts';
import type { RehearsalState } from '../store/state.ts';
import { rehearsalRows } from './layout.ts';
import { ReportView } from './report.tsx';

type PaneName = 'end' | 'steps' | 'sql' | 'test';

export function RehearsalScreen({ size }: { size: Size }) {
  const rehearsal = useSelected((state) => state.rehearsal);
  // One that is started again begins with nothing moved or hidden.
  return rehearsal ? (
    <Rehearsal key={rehearsal.startedAt} size={size} rehearsal={rehearsal} />
  ) : (
    <Text>Nothing was rehearsed since Handrail was opened.</Text>
  );
}

function Rehearsal({ size, rehearsal }: { size: Size; rehearsal: RehearsalState }) {
  const { store } = useServices();
  const { back, overlay } = useNavigation();
  const [pane, setPane] = useState<PaneName>('steps');
  const [lower, setLower] = useState<'sql' | 'test'>('sql');
  const [details, setDetails] = useState(false);
  const { phase, report, refused, request, id } = rehearsal;
  const over = phase === 'over';

  // How it ended is what matters then.
  useEffect(() => setPane(over ? 'end' : 'steps'), [over]);
  useEffect(() => {
    if (over && !overlay) store.dispatch({ type: 'rehearsal-dismissed' });
  }, [store, over, overlay]);

  const panes: readonly PaneName[] = over
    ? ['end', 'steps', 'sql', 'test']
    : ['steps', 'sql', 'test'];
  const turn = (by: number) => {
    const next = panes[(panes.indexOf(pane) + by + panes.length) % panes.length] ?? 'steps';
    setPane(next);
    if (next === 'sql' || next === 'test') setLower(next);
  };
  const shared = {
    nextPane: () => turn(1),
    previousPane: () => turn(-1),
    toggleDetails: () => setDetails(!details),
    back,
  };
  if (pane === 'end' && report) {
    return <ReportView size={size} report={report} id={id} again={request} handlers={shared} />;
  }
  return (
    <Live
      size={size}
      rehearsal={rehearsal}
      pane={pane}
      lower={lower}
      details={details}
      refused={pane === 'end' ? refused : null}
      handlers={shared}
    />
  );
}

interface LiveProps {
  readonly size: Size;
  readonly rehearsal: RehearsalState;
  readonly pane: PaneName;
  readonly lower: 'sql' | 'test';
  readonly refused: Problem | null;
  readonly details: boolean;
  readonly handlers: Handlers;
}

function Live({ size, rehearsal, pane, lower, refused, details, handlers }: LiveProps) {
  const { columns } = size;
  const facts = useFacts({ hasDetails: (refused?.detail ?? null) !== null });
  useLayer({ context: 'rehearsal', facts, handlers: { ...nothing, ...handlers } });
  const rows = rehearsalRows(size.rows - 1);
  const upper = { columns, rows: rows.steps };
  const under = { columns, rows: rows.lower };
  return (
    <Box flexDirection="column">
      {refused ? (
        <DocumentPane
          size={upper}
          context="rehearsal"
          title={refused.code === 'cancelled' ? 'Cancelled: the target was only read' : 'Refused'}
          style={refused.code === 'cancelled' ? 'warn' : 'bad'}
          lines={problemLines(refused, { columns: innerSize(upper).columns, details })}
          of={refused}
          focused
        />
      ) : (
        <StepsPane size={upper} rehearsal={rehearsal} focused={pane === 'steps'} />
      )}
      {lower === 'sql' ? (
        <SqlPane size={under} focused={pane === 'sql'} context="rehearsal" />
      ) : (
        <TestOutputPane size={under} rehearsal={rehearsal} focused={pane === 'test'} />
      )}
      <KeyBar
        context="rehearsal"
        facts={facts}
        columns={columns}
        only={rehearsal.phase === 'over' ? OVER_KEYS : LIVE_KEYS}
      />
    </Box>
  );
}

/** So that no key is obeyed by the screen below, and what can't be done is told. */
const nothing: Handlers = {
  openStatement: () => {},
  follow: () => {},
  saveReport: () => {},
  applyRepair: () => {},
};

const LIVE_KEYS: readonly CommandId[] = ['back', 'cancel', 'nextPane', 'help', 'palette', 'quit'];
const OVER_KEYS: readonly CommandId[] = [
  'back',
  'nextPane',
  'toggleDetails',
  'help',
  'palette',
  'quit',
];

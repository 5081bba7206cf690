/** The report of a rehearsal: to be read, saved, and acted on. */

import { Box, Text } from 'ink';
import { useMemo, useState } from 'react';
import type { Goal } from '../../contract/plan.ts';
import type { Reply } from '../../contract/problem.ts';
import type { RehearsalReport, RehearsalWish } from '../../contract/rehearsal.ts';
import { problemLines } from '../../presentation/terminal/problem.ts';
import {
  applicable,
  offersOf,
  reportLines,
  reportTitle,
} from '../../presentation/terminal/report.ts';
import { verdicts } from '../../presentation/terminal/theme.ts';
import { printablePiece } from '../../text/print.ts';
import { DocumentPane } from '../components/document-pane.tsx';
import { KeyBar } from '../components/key-bar.tsx';
import { innerSize, Pane } from '../components/pane.tsx';
import { SaveLine } from '../components/save-line.tsx';
import { Spinner } from '../components/spinner.tsx';
import type { CommandId } from '../keymap.ts';
import { type Handlers, useLayer } from '../keys.tsx';
import { type Size, useNavigation } from '../navigation.ts';
import { useFacts } from '../services.ts';
import { useHighlight } from '../use-highlight.ts';
import { useReply } from '../use-reply.ts';
import { RepairScreen } from './repair.tsx';

export interface ReportViewProps {
  readonly size: Size;
  readonly report: RehearsalReport;
  /** Its number in the journal. */
  readonly id: number | null;
  /** What is rehearsed again after a repair. */
  readonly again: RehearsalWish;
  /** What keys do beside reading, saving and repairing. */
  readonly handlers: Handlers;
}

export function ReportView({ size, report, id, again, handlers }: ReportViewProps) {
  const [mode, setMode] = useState<'read' | 'save' | 'repair'>('read');
  const pane = { columns: size.columns, rows: size.rows - 1 };
  const { columns } = innerSize(pane);
  const highlight = useHighlight();
  const lines = useMemo(
    () => reportLines(report, columns, highlight),
    [report, columns, highlight],
  );
  const repairs = useMemo(() => applicable(offersOf(report)), [report]);
  const facts = useFacts({ report: true, repairs: repairs.length });
  useLayer({
    context: 'rehearsal',
    facts,
    handlers: {
      ...nothing,
      ...handlers,
      saveReport: () => setMode('save'),
      applyRepair: () => setMode('repair'),
    },
  });
  if (mode === 'repair') {
    return (
      <RepairScreen
        size={size}
        report={report}
        repairs={repairs}
        again={again}
        onDone={() => setMode('read')}
      />
    );
  }
  return (
    <Box flexDirection="column">
      <DocumentPane
        size={pane}
        context="rehearsal"
        title={printablePiece(reportTitle(report))}
        style={verdicts[report.verdict].style}
        lines={lines}
        of={report}
        focused
      />
      {mode === 'save' ? (
        <SaveLine
          name={`handrail-rehearsal-${id ?? 'current'}.md`}
          write={async (add) => {
            const { reportToMarkdown } = await import('../../presentation/markdown.ts');
            await add(reportToMarkdown(report));
            return 'the report';
          }}
          onDone={() => setMode('read')}
        />
      ) : (
        <KeyBar
          context="rehearsal"
          facts={facts}
          columns={size.columns}
          only={handlers.nextPane ? KEYS : KEPT_KEYS}
        />
      )}
    </Box>
  );
}

/** So that no key is obeyed by the screen below, and what can't be done is told. */
const nothing: Handlers = {
  saveReport: () => {},
  applyRepair: () => {},
  nextPane: () => {},
  previousPane: () => {},
  openStatement: () => {},
  follow: () => {},
  toggleDetails: () => {},
};

const KEPT_KEYS: readonly CommandId[] = [
  'back',
  'applyRepair',
  'saveReport',
  'help',
  'pageDown',
  'palette',
  'quit',
];
const KEYS: readonly CommandId[] = [
  'back',
  'applyRepair',
  'saveReport',
  'nextPane',
  'help',
  'quit',
];

/** A report that the journal keeps. */
export function KeptReportScreen({ size, id }: { size: Size; id: number }) {
  const { back } = useNavigation();
  const reply = useReport(id);
  const report = reply?.ok ? reply.value : null;
  const again = useMemo(() => (report ? wishOf(report) : null), [report]);
  const handlers: Handlers = { back };
  if (report && again) {
    return <ReportView size={size} report={report} id={id} again={again} handlers={handlers} />;
  }
  return <NoReport size={size} reply={reply} id={id} onBack={back} />;
}

function NoReport(props: {
  size: Size;
  reply: Reply<RehearsalReport | null> | null;
  id: number;
  onBack: () => void;
}) {
  const { size, reply, id, onBack } = props;
  const [details, setDetails] = useState(false);
  const problem = reply?.ok === false ? reply.problem : null;
  const facts = useFacts({ hasDetails: (problem?.detail ?? null) !== null });
  useLayer({
    context: 'rehearsal',
    facts,
    handlers: { ...nothing, toggleDetails: () => setDetails(!details), back: onBack },
  });
  const pane = { columns: size.columns, rows: size.rows - 1 };
  return (
    <Box flexDirection="column">
      {problem ? (
        <DocumentPane
          size={pane}
          context="rehearsal"
          title="The report could not be read"
          style="bad"
          lines={problemLines(problem, { columns: innerSize(pane).columns, details })}
          of={problem}
          focused
        />
      ) : (
        <Pane title={`Rehearsal #${id}`} {...pane} focused>
          {reply ? (
            <Text>The journal does not have this report any more.</Text>
          ) : (
            <Box gap={1}>
              <Spinner />
              <Text>reading the journal…</Text>
            </Box>
          )}
        </Pane>
      )}
      <KeyBar
        context="rehearsal"
        facts={facts}
        columns={size.columns}
        only={['back', 'toggleDetails', 'help', 'quit']}
      />
    </Box>
  );
}

/** Null while it is read. */
function useReport(id: number): Reply<RehearsalReport | null> | null {
  return useReply((session) => session.rehearsal(id), [id]);
}

/** What to ask for to make such a report again. */
export function wishOf(report: RehearsalReport): RehearsalWish {
  const { revisions, notRehearsed, throwaways, plans } = report;
  const downgrade = plans.find(({ inputs }) => inputs.direction === 'down')?.inputs.revisions;
  if (downgrade) {
    const [first] = downgrade;
    const goal: Goal =
      downgrade.length === 1 && first
        ? { kind: 'only', revision: first.name }
        : { kind: 'steps', steps: downgrade.length };
    return { revisions: [], bases: ['target'], downgrade: goal };
  }
  const bases = new Set([
    ...throwaways.map(({ base }) => base),
    ...revisions.map(({ base }) => base),
  ]);
  return {
    revisions: [...new Set([...revisions.map(({ name }) => name), ...notRehearsed])],
    bases: bases.size > 0 ? [...bases] : ['target'],
  };
}

/** What the doctor found, worst first; and of the one under the cursor why, and what to do. */

import { Box, Text } from 'ink';
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { Diagnosis, DoctorFinding } from '../../contract/doctor.ts';
import type { Reply } from '../../contract/problem.ts';
import { NOTHING_FOUND } from '../../presentation/doctor.ts';
import { findingLines, findingRow } from '../../presentation/terminal/doctor.ts';
import { problemLines } from '../../presentation/terminal/problem.ts';
import { EMPTY, type Line, line, span } from '../../presentation/terminal/spans.ts';
import { CURSOR, styles } from '../../presentation/terminal/theme.ts';
import { count } from '../../text/format.ts';
import { DocumentPane } from '../components/document-pane.tsx';
import { KeyBar } from '../components/key-bar.tsx';
import { Row } from '../components/lines.tsx';
import { innerSize, Pane } from '../components/pane.tsx';
import { Spinner } from '../components/spinner.tsx';
import type { CommandId } from '../keymap.ts';
import { useLayer } from '../keys.tsx';
import { type Size, useNavigation } from '../navigation.ts';
import { movement, useWindowStart } from '../scrolling.ts';
import { useFacts, useNotice, useServices } from '../services.ts';
import { useHighlight } from '../use-highlight.ts';

export function DoctorScreen({ size }: { size: Size }) {
  const { copy } = useServices();
  const { back } = useNavigation();
  const notify = useNotice();
  const { reply, ask } = useDiagnosis();
  const [cursor, setCursor] = useState(0);
  const [reading, setReading] = useState(false);
  const findings = reply?.ok ? reply.value.findings : NONE;
  const place = Math.max(0, Math.min(cursor, findings.length - 1));
  const selected = findings[place] ?? null;
  const sql = selected?.remedies.find(({ statements }) => statements.length > 0)?.statements;
  const facts = useFacts({ remedySql: sql !== undefined });
  const turn = () => setReading(!reading && selected !== null);
  useLayer({
    context: 'doctor',
    facts,
    handlers: {
      back,
      look: ask,
      nextPane: turn,
      previousPane: turn,
      copyRemedy: () => {
        if (!sql) return;
        copy(sql.join('\n'));
        notify('Copied the SQL.');
      },
    },
  });
  const room = size.rows - 1;
  const listRows = Math.min(Math.max(3, findings.length + 2), Math.max(4, Math.floor(room * 0.35)));
  const lower = { columns: size.columns, rows: room - listRows };
  const { columns } = innerSize(lower);
  const highlight = useHighlight();
  const lines = useMemo(
    () => detailLines(reply, selected, columns, highlight),
    [reply, selected, columns, highlight],
  );
  return (
    <Box flexDirection="column">
      <FindingList
        size={{ columns: size.columns, rows: listRows }}
        reply={reply}
        findings={findings}
        place={place}
        focused={!reading}
        onMove={setCursor}
      />
      <DocumentPane
        size={lower}
        context="doctor"
        title={selected ? 'What to do' : 'Doctor'}
        lines={lines}
        of={selected ?? reply}
        focused={reading}
      />
      <KeyBar context="doctor" facts={facts} columns={size.columns} only={KEYS} />
    </Box>
  );
}

const NONE: readonly DoctorFinding[] = [];

const KEYS: readonly CommandId[] = [
  'back',
  'copyRemedy',
  'nextPane',
  'look',
  'help',
  'quit',
  'palette',
];

function FindingList(props: {
  size: Size;
  reply: Reply<Diagnosis> | null;
  findings: readonly DoctorFinding[];
  place: number;
  focused: boolean;
  onMove: (place: number) => void;
}) {
  const { size, reply, findings, place, focused, onMove } = props;
  const inner = innerSize(size);
  const start = useWindowStart(place, inner.rows, findings.length);
  const move = (to: number) => onMove(Math.max(0, Math.min(to, findings.length - 1)));
  useLayer(
    {
      context: 'doctor',
      focused: true,
      handlers: movement((delta) => move(place + delta), move, {
        count: findings.length,
        height: inner.rows,
      }),
    },
    focused,
  );
  return (
    <Pane title="Doctor" note={reply?.ok ? count(findings.length) : ''} {...size} focused={focused}>
      {reply === null && (
        <Box gap={1}>
          <Spinner />
          <Text>examining…</Text>
        </Box>
      )}
      {reply?.ok && findings.length === 0 && <Text {...styles.good}>✓ {NOTHING_FOUND}</Text>}
      {reply?.ok === false && <Text {...styles.bad}>✗ The project could not be examined.</Text>}
      <Box flexDirection="column">
        {findings.slice(start, start + inner.rows).map((finding, index) => (
          <Row
            key={`${finding.kind} ${finding.about}`}
            line={[
              span(start + index === place ? CURSOR : ' ', 'accent'),
              ...findingRow(finding, inner.columns - 1),
            ]}
          />
        ))}
      </Box>
    </Pane>
  );
}

function detailLines(
  reply: Reply<Diagnosis> | null,
  selected: DoctorFinding | null,
  columns: number,
  highlight: ReturnType<typeof useHighlight>,
): readonly Line[] {
  if (selected) return findingLines(selected, columns, highlight);
  if (reply?.ok === false) return problemLines(reply.problem, { columns, details: false });
  return [reply ? line(span('Press r to look again.', 'dim')) : EMPTY];
}

/** Asked when the screen is opened, and whenever the person wants. Null while it is examined. */
function useDiagnosis() {
  const { session } = useServices();
  const [asked, setAsked] = useState(0);
  const [reply, setReply] = useState<Reply<Diagnosis> | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the number says when to ask again
  useEffect(() => {
    let wanted = true;
    setReply(null);
    void session()
      ?.diagnose()
      .then((answer) => {
        if (wanted) setReply(answer);
      });
    return () => {
      wanted = false;
    };
  }, [session, asked]);
  return { reply, ask: useCallback(() => setAsked((before) => before + 1), []) };
}

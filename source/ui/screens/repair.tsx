/** Shows what a repair changes in a revision's file, and makes the change when told to. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Box } from 'ink';
import { useEffect, useMemo, useState } from 'react';
import type { Problem } from '../../protocol.ts';
import { plural } from '../../text/format.ts';
import { ConfirmationPane, confirmationColumns } from '../components/confirmation-pane.tsx';
import { Row } from '../components/lines.tsx';
import { innerSize, Pane } from '../components/pane.tsx';
import { TextField } from '../components/text-field.tsx';
import { problemLines } from '../documents/problem.ts';
import type { Applicable } from '../documents/report.ts';
import { type Highlight, useHighlight } from '../highlight.ts';
import type { Size } from '../navigation.ts';
import { useWindowStart } from '../scrolling.ts';
import { useNotice, useServices } from '../services.ts';
import { cutLine, type Line, line, span } from '../spans.ts';
import type { RehearsalWish } from '../store/state.ts';
import { CURSOR } from '../theme.ts';
import { useRehearse } from '../use-rehearse.ts';

export interface RepairScreenProps {
  readonly size: Size;
  /** At least one. */
  readonly repairs: readonly Applicable[];
  /** What is rehearsed again when the file is changed. */
  readonly again: RehearsalWish;
  readonly onDone: () => void;
}

export function RepairScreen({ size, repairs, again, onDone }: RepairScreenProps) {
  const [only] = repairs.length === 1 ? repairs : [];
  const [chosen, setChosen] = useState<Applicable | null>(only ?? null);
  if (!chosen) {
    return <Choice size={size} repairs={repairs} onChoose={setChosen} onDone={onDone} />;
  }
  return (
    <Confirmation
      size={size}
      offer={chosen}
      again={again}
      onNo={() => (only ? onDone() : setChosen(null))}
    />
  );
}

interface ChoiceProps {
  readonly size: Size;
  readonly repairs: readonly Applicable[];
  readonly onChoose: (offer: Applicable) => void;
  readonly onDone: () => void;
}

/** Several repairs: by the number that the report gives them. */
function Choice({ size, repairs, onChoose, onDone }: ChoiceProps) {
  const notify = useNotice();
  const [cursor, setCursor] = useState(0);
  const pane = { columns: size.columns, rows: size.rows - 1 };
  const inner = innerSize(pane);
  const start = useWindowStart(cursor, inner.rows, repairs.length);
  const move = (by: number) => setCursor(Math.max(0, Math.min(cursor + by, repairs.length - 1)));
  return (
    <Box flexDirection="column">
      <Pane title={`Which of ${plural(repairs.length, 'repair')}?`} {...pane} focused>
        <Box flexDirection="column">
          {repairs.slice(start, start + inner.rows).map((offer, index) => {
            const selected = start + index === cursor;
            const row = line(
              span(selected ? `${CURSOR} ` : '  ', 'accent'),
              span(`${offer.number}. `.padStart(5), 'accent'),
              span(offer.repair.title, selected ? 'strong' : 'plain'),
              span(` · ${offer.revision.name}`, 'dim'),
            );
            return <Row key={offer.number} line={cutLine(row, inner.columns)} />;
          })}
        </Box>
      </Pane>
      <TextField
        label=" number of the repair: "
        onChange={(typed) => {
          const place = repairs.findIndex(({ number }) => number === Number(typed));
          if (place >= 0) setCursor(place);
        }}
        onAccept={(typed) => {
          const wanted =
            typed.trim() === ''
              ? repairs[cursor]
              : repairs.find(({ number }) => number === Number(typed));
          if (wanted) onChoose(wanted);
          else {
            onDone();
            notify(`No repair that Handrail can make has the number ${typed}.`, 'warn');
          }
        }}
        onDismiss={onDone}
        handlers={{ choiceUp: () => move(-1), choiceDown: () => move(1) }}
      />
    </Box>
  );
}

interface ConfirmationProps {
  readonly size: Size;
  readonly offer: Applicable;
  readonly again: RehearsalWish;
  readonly onNo: () => void;
}

function Confirmation({ size, offer, again, onNo }: ConfirmationProps) {
  const { session } = useServices();
  const rehearse = useRehearse();
  const notify = useNotice();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [writing, setWriting] = useState(false);
  const columns = confirmationColumns(size);
  const highlight = useHighlight();
  const change = useChange(offer);
  const lines = useMemo(
    () => linesOf(change, problem, columns, highlight),
    [change, problem, columns, highlight],
  );
  const possible = change?.ok === true && problem === null && !writing;

  const write = async () => {
    const open = session();
    if (!open || !possible) return;
    setWriting(true);
    const reply = await open.repair(offer.revision, offer.repair);
    setWriting(false);
    if (!reply.ok) return setProblem(reply.problem);
    rehearse(again);
    const { further } = offer.repair;
    const more = further.length > 0 ? ` and wrote ${plural(further.length, 'new file')}` : '';
    notify(`Changed ${reply.value.file}${more}. Rehearsing again.`);
  };
  return (
    <ConfirmationPane
      size={size}
      title={problem ? 'Refused: the file is as it was' : `Repair ${offer.number}`}
      tone={problem ? 'bad' : 'warn'}
      lines={lines}
      of={problem ?? change}
      busy={writing ? 'changing the file…' : change ? null : 'reading the file…'}
      question={
        possible
          ? `${QUESTION[offer.repair.further.length > 0 ? 'files' : 'file']}, and rehearse again?`
          : null
      }
      onYes={() => void write()}
      onNo={onNo}
    />
  );
}

const QUESTION = { file: 'Change the file so', files: 'Change and write these files' } as const;

type Change =
  | {
      readonly ok: true;
      readonly lines: (columns: number, highlight: Highlight) => readonly Line[];
    }
  | { readonly ok: false; readonly why: string };

function linesOf(
  change: Change | null,
  problem: Problem | null,
  columns: number,
  highlight: Highlight,
): readonly Line[] {
  if (problem) return problemLines(problem, { columns, details: false });
  if (!change) return [];
  if (change.ok) return change.lines(columns, highlight);
  return problemLines(
    {
      code: 'missing-file',
      what: 'The revision’s file could not be read.',
      why: change.why,
      next: ['Bring it back, and rehearse the revision again.'],
      detail: null,
    },
    { columns, details: false },
  );
}

/** The file as it is now, against what the repair makes of it. Null while it is read. */
function useChange(offer: Applicable): Change | null {
  const { project } = useServices();
  const [change, setChange] = useState<Change | null>(null);
  useEffect(() => {
    let current = true;
    const read = async (): Promise<Change> => {
      try {
        const [{ repairDocument }, before] = await Promise.all([
          import('../documents/repair.ts'),
          readFile(join(project.root, offer.file), 'utf8'),
        ]);
        return {
          ok: true,
          lines: (columns, highlight) => repairDocument(offer, before, columns, highlight),
        };
      } catch (error) {
        return { ok: false, why: error instanceof Error ? error.message : String(error) };
      }
    };
    void read().then((known) => {
      if (current) setChange(known);
    });
    return () => {
      current = false;
    };
  }, [offer, project.root]);
  return change;
}

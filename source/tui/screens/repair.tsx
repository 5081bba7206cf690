/** Shows what a repair changes in a revision's file, and makes the change when told to. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Box } from 'ink';
import { useEffect, useMemo, useState } from 'react';
import type { Problem } from '../../contract/problem.ts';
import {
  type RehearsalReport,
  type RehearsalWish,
  type RepairChoice,
  withAnswer,
} from '../../contract/rehearsal.ts';
import type { Highlight } from '../../presentation/terminal/highlight.ts';
import { problemLines } from '../../presentation/terminal/problem.ts';
import { type Applicable, applicable, offersOf } from '../../presentation/terminal/report.ts';
import {
  cutLine,
  EMPTY,
  type Line,
  line,
  span,
  wrapLines,
} from '../../presentation/terminal/spans.ts';
import { CURSOR } from '../../presentation/terminal/theme.ts';
import type { Attempt } from '../../session/repair.ts';
import { plural } from '../../text/format.ts';
import { ConfirmationPane, confirmationColumns } from '../components/confirmation-pane.tsx';
import { Row } from '../components/lines.tsx';
import { innerSize, Pane } from '../components/pane.tsx';
import { TextField } from '../components/text-field.tsx';
import { type Size, useNavigation } from '../navigation.ts';
import { useWindowStart } from '../scrolling.ts';
import { useNotice, useServices } from '../services.ts';
import { useHighlight } from '../use-highlight.ts';

export interface RepairScreenProps {
  readonly size: Size;
  /** The files as they are. */
  readonly report: RehearsalReport;
  /** At least one. */
  readonly repairs: readonly Applicable[];
  /** What is rehearsed to prove it. */
  readonly again: RehearsalWish;
  readonly onDone: () => void;
}

/** A repair that does not do alone goes on with what its own rehearsal offers; no file has it yet. */
export function RepairScreen({ size, report, repairs, again, onDone }: RepairScreenProps) {
  const [attempt, setAttempt] = useState<Attempt | null>(null);
  const offers = useMemo(() => (attempt ? offersAfter(attempt) : repairs), [attempt, repairs]);
  const [only] = offers.length === 1 ? offers : [];
  const [chosen, setChosen] = useState<Applicable | null>(null);
  const [value, setValue] = useState<string | null>(null);
  const current = chosen ?? only ?? null;
  const choose = (offer: Applicable | null) => {
    setValue(null);
    setChosen(offer);
  };
  const back = () => (only ? onDone() : choose(null));
  if (!current) {
    return (
      <Choice size={size} attempt={attempt} repairs={offers} onChoose={choose} onDone={onDone} />
    );
  }
  const { choice } = current.repair;
  if (choice?.name && value === null) {
    return (
      <Value
        key={current.repair.id}
        size={size}
        offer={current}
        choice={{ ...choice, name: choice.name }}
        attempt={attempt}
        onValue={setValue}
        onNo={back}
      />
    );
  }
  return (
    <Confirmation
      key={current.repair.rewritten}
      size={size}
      offer={value === null ? current : answered(current, value)}
      first={report}
      attempt={attempt}
      again={again}
      onAttempt={(tried) => {
        setAttempt(tried);
        choose(null);
      }}
      onDone={onDone}
      onNo={back}
    />
  );
}

function answered(offer: Applicable, value: string): Applicable {
  const repair = withAnswer(offer.repair, value);
  return { ...offer, repair: { ...repair, rewritten: repair.rewritten ?? offer.repair.rewritten } };
}

/** Those that may be what is missing still. */
function offersAfter({ report, repaired, repairs }: Attempt): readonly Applicable[] {
  const made = new Set(repairs.map(({ id }) => id));
  return applicable(offersOf(report)).filter(
    ({ revision, repair }) => revision.name === repaired.revision && !made.has(repair.id),
  );
}

interface ValueProps {
  readonly size: Size;
  readonly offer: Applicable;
  readonly choice: RepairChoice & { readonly name: string };
  readonly attempt: Attempt | null;
  readonly onValue: (value: string) => void;
  readonly onNo: () => void;
}

/** What only a person can know. The column's default, if it has one, is there to be taken. */
function Value({ size, offer, choice, attempt, onValue, onNo }: ValueProps) {
  const [empty, setEmpty] = useState(false);
  const pane = { columns: size.columns, rows: size.rows - 1 };
  const inner = innerSize(pane);
  const { finding, repair } = offer;
  const lines = wrapLines(
    [
      ...whyLines(attempt),
      line(span(repair.title, 'strong')),
      line(span(finding.what)),
      ...(repair.caution ? [line(span('! ', 'warn'), span(repair.caution))] : []),
      line(
        span(
          choice.proposed === null
            ? "The column has no default. Text in quotes: 'none'."
            : `The column’s default is proposed: ${choice.proposed}`,
          'dim',
        ),
      ),
      ...(empty ? [line(span("Type an expression in SQL, such as 0 or 'none'.", 'warn'))] : []),
    ],
    inner.columns,
  );
  return (
    <Box flexDirection="column">
      <Pane title={`Which value of ${choice.name}?`} {...pane} focused>
        <Box flexDirection="column">
          {lines.slice(0, inner.rows).map((each, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity
            <Row key={index} line={each} />
          ))}
        </Box>
      </Pane>
      <TextField
        label={` ${choice.name} = (SQL) `}
        initial={choice.proposed ?? ''}
        onAccept={(typed) => {
          const value = typed.trim();
          if (value === '') setEmpty(true);
          else onValue(value);
        }}
        onDismiss={onNo}
      />
    </Box>
  );
}

function whyLines(attempt: Attempt | null): readonly Line[] {
  if (!attempt) return [];
  return [
    line(span('Tried, and not enough: ', 'warn'), span(attempt.why)),
    line(span('No file was changed. Both together may do.', 'dim')),
    EMPTY,
  ];
}

interface ChoiceProps {
  readonly size: Size;
  readonly attempt: Attempt | null;
  readonly repairs: readonly Applicable[];
  readonly onChoose: (offer: Applicable) => void;
  readonly onDone: () => void;
}

/** Several repairs: by the number that the report gives them. */
function Choice({ size, attempt, repairs, onChoose, onDone }: ChoiceProps) {
  const notify = useNotice();
  const [cursor, setCursor] = useState(0);
  const pane = { columns: size.columns, rows: size.rows - 1 };
  const inner = innerSize(pane);
  const head = wrapLines(whyLines(attempt), inner.columns).slice(0, inner.rows - 1);
  const rows = inner.rows - head.length;
  const start = useWindowStart(cursor, rows, repairs.length);
  const move = (by: number) => setCursor(Math.max(0, Math.min(cursor + by, repairs.length - 1)));
  return (
    <Box flexDirection="column">
      <Pane title={`Which of ${plural(repairs.length, 'repair')}?`} {...pane} focused>
        <Box flexDirection="column">
          {head.map((each, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity
            <Row key={index} line={each} />
          ))}
          {repairs.slice(start, start + rows).map((offer, index) => {
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
  readonly first: RehearsalReport;
  readonly attempt: Attempt | null;
  readonly again: RehearsalWish;
  /** It did not do alone, and there is more to try. */
  readonly onAttempt: (attempt: Attempt) => void;
  readonly onDone: () => void;
  readonly onNo: () => void;
}

function Confirmation(props: ConfirmationProps) {
  const { size, offer, first, attempt, again, onAttempt, onDone, onNo } = props;
  const { session, store } = useServices();
  const { goTo } = useNavigation();
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
    const { repair, revision } = offer;
    const wish = { revision: revision.name, repair, first, after: attempt, again };
    const reply = await open.repair(wish);
    setWriting(false);
    if (!reply.ok) return setProblem(reply.problem);
    if (!reply.value.kept) {
      if (offersAfter(reply.value.attempt).length > 0) return onAttempt(reply.value.attempt);
      return setProblem(notProven(reply.value.attempt));
    }
    const { written, report, rehearsal: id } = reply.value;
    // A report of the journal may be on screen, of which the store knows nothing.
    store.dispatch({ type: 'rehearsal-asked', request: again });
    store.dispatch({ type: 'rehearsal-finished', id, report });
    onDone();
    goTo('rehearsal');
    const more =
      written.further.length > 0 ? ` and ${plural(written.further.length, 'new file')}` : '';
    notify(`Proven, and written to ${written.file}${more}. Z in the list undoes it.`);
  };
  return (
    <ConfirmationPane
      size={size}
      title={problem ? 'Refused: the file is as it was' : `Repair ${offer.number}`}
      style={problem ? 'bad' : 'warn'}
      lines={lines}
      of={problem ?? change}
      busy={
        writing ? 'rehearsing it before anything is written…' : change ? null : 'reading the file…'
      }
      question={possible ? QUESTION[offer.repair.further.length > 0 ? 'files' : 'file'] : null}
      onYes={() => void write()}
      onNo={onNo}
    />
  );
}

const QUESTION = {
  file: 'Rehearse this repair, and write it if it is proven?',
  files: 'Rehearse this repair, and write these files if it is proven?',
} as const;

function notProven({ why, repairs }: Attempt): Problem {
  const titles = repairs.map(({ title }) => title).join('; ');
  return {
    code: 'plan-outdated',
    what: `Not proven, so nothing was written: ${titles}`,
    why,
    next: ['Try another repair, or change the revision by hand.'],
    detail: null,
  };
}

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
          import('../../presentation/terminal/repair.ts'),
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

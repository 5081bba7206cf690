/** Shows what ran of a revision that is half done, and the ways on; each is confirmed. */

import { Box } from 'ink';
import { useMemo, useState } from 'react';
import type { HalfDone, MarkedAs } from '../../contract/half-done.ts';
import type { Plan } from '../../contract/plan.ts';
import type { Reply } from '../../contract/problem.ts';
import type { Consent } from '../../contract/protection.ts';
import type { ResolutionOption, Resolutions } from '../../contract/resolution.ts';
import { markWords } from '../../presentation/half-done.ts';
import { problemLines } from '../../presentation/terminal/problem.ts';
import {
  type Choice,
  choicesOf,
  optionLines,
  resolutionLines,
  titleOf,
} from '../../presentation/terminal/resolve.ts';
import { type Line, line, wrapLines } from '../../presentation/terminal/spans.ts';
import { printablePiece } from '../../text/print.ts';
import { ConfirmationPane, confirmationColumns } from '../components/confirmation-pane.tsx';
import { KeyBar } from '../components/key-bar.tsx';
import { Rows } from '../components/lines.tsx';
import { NameQuestion } from '../components/name-question.tsx';
import { innerSize, Pane } from '../components/pane.tsx';
import { TextField } from '../components/text-field.tsx';
import { useLayer } from '../keys.tsx';
import { type Size, useNavigation } from '../navigation.ts';
import { movement } from '../scrolling.ts';
import { useFacts, useNotice, useServices } from '../services.ts';
import { useHighlight } from '../use-highlight.ts';
import { useReply } from '../use-reply.ts';

interface ScreenProps {
  readonly size: Size;
  readonly halfDone: HalfDone;
}

export function ResolveScreen({ size, halfDone }: ScreenProps) {
  const { close } = useNavigation();
  const reply = useResolutions(halfDone);
  const [chosen, setChosen] = useState<Choice | null>(null);
  const back = () => setChosen(null);
  const columns = confirmationColumns(size);
  if (chosen?.kind === 'run') return <Run size={size} option={chosen.option} onNo={back} />;
  if (chosen?.kind === 'mark') {
    return <Mark size={size} halfDone={halfDone} as={chosen.as} onNo={back} />;
  }
  if (reply?.ok) return <Choices size={size} resolutions={reply.value} onChoice={setChosen} />;
  return (
    <ConfirmationPane
      size={size}
      title={printablePiece(`${halfDone.revision} is half done`)}
      style={reply ? 'bad' : 'warn'}
      lines={reply ? problemLines(reply.problem, { columns, details: false }) : []}
      of={reply}
      busy={reply ? null : 'trying the ways on, on throwaways…'}
      question={null}
      onYes={() => {}}
      onNo={close}
    />
  );
}

function Choices(props: {
  readonly size: Size;
  readonly resolutions: Resolutions;
  readonly onChoice: (choice: Choice) => void;
}) {
  const { size, resolutions, onChoice } = props;
  const { close } = useNavigation();
  const [cursor, setCursor] = useState(0);
  const pane = { columns: size.columns, rows: size.rows - 1 };
  const inner = innerSize(pane);
  const choices = choicesOf(resolutions);
  const { lines, first } = useMemo(
    () => resolutionLines(resolutions, cursor, inner.columns),
    [resolutions, cursor, inner.columns],
  );
  // The choice under the cursor is shown whole, as far as there is room.
  const offset = Math.max(
    0,
    Math.min(first - Math.floor(inner.rows / 2), lines.length - inner.rows),
  );
  const facts = useFacts({});
  const choice = choices[cursor];
  const moveTo = (place: number) => setCursor(Math.max(0, Math.min(place, choices.length - 1)));
  useLayer({
    context: 'resolve',
    facts,
    handlers: {
      ...movement((delta) => moveTo(cursor + delta), moveTo, {
        count: choices.length,
        height: inner.rows,
      }),
      resolveOn: () => choice && onChoice(choice),
      back: close,
      close,
    },
  });
  return (
    <Box flexDirection="column">
      <Pane
        title={printablePiece(`${resolutions.halfDone.revision} is half done`)}
        style="warn"
        {...pane}
        focused
      >
        <Rows lines={lines.slice(offset, offset + inner.rows)} />
      </Pane>
      <KeyBar
        context="resolve"
        facts={facts}
        columns={size.columns}
        only={['resolveOn', 'back', 'up', 'down']}
      />
    </Box>
  );
}

function Run(props: {
  readonly size: Size;
  readonly option: ResolutionOption;
  readonly onNo: () => void;
}) {
  const { size, option, onNo } = props;
  const { session, store } = useServices();
  const { close } = useNavigation();
  const highlight = useHighlight();
  const { plan } = option;
  const columns = confirmationColumns(size);
  const lines = useMemo(
    () => optionLines(option, columns, highlight),
    [option, columns, highlight],
  );
  const [naming, setNaming] = useState(false);
  const run = (consent: Consent = {}) => {
    const open = session();
    if (!open) return;
    store.dispatch({ type: 'run-asked', plan });
    close();
    void open.run(plan, consent).then((answer) => {
      if (!answer.ok) store.dispatch({ type: 'run-refused', problem: answer.problem });
    });
  };
  if (naming) {
    return (
      <Naming
        size={size}
        title={`${titleOf(plan)}?`}
        plan={plan}
        lines={lines}
        onNamed={run}
        onDismiss={() => setNaming(false)}
      />
    );
  }
  return (
    <ConfirmationPane
      size={size}
      title={`${titleOf(plan)}?`}
      style="warn"
      lines={lines}
      of={option}
      busy={null}
      question={
        plan.hazards.length > 0 || option.fails !== null
          ? null
          : `${titleOf(plan)}, exactly as shown?`
      }
      onYes={() => (plan.target.protected === null ? run() : setNaming(true))}
      onNo={onNo}
    />
  );
}

/** Of a protected target the name is typed, too. */
function Naming(props: {
  readonly size: Size;
  readonly title: string;
  readonly plan: Plan;
  readonly lines: readonly Line[];
  readonly onNamed: (consent: Consent) => void;
  readonly onDismiss: () => void;
}) {
  const { size, title, plan, lines, onNamed, onDismiss } = props;
  const pane = { columns: size.columns, rows: size.rows - 1 };
  return (
    <Box flexDirection="column">
      <Pane title={title} style="warn" {...pane} focused>
        <Rows lines={lines.slice(0, innerSize(pane).rows)} />
      </Pane>
      <NameQuestion plan={plan} onNamed={(_, consent) => onNamed(consent)} onDismiss={onDismiss} />
    </Box>
  );
}

/** Its name is typed, as nothing is looked at. */
function Mark(props: ScreenProps & { readonly as: MarkedAs; readonly onNo: () => void }) {
  const { size, halfDone, as, onNo } = props;
  const { session } = useServices();
  const { close } = useNavigation();
  const notify = useNotice();
  const pane = { columns: size.columns, rows: size.rows - 1 };
  const { revision } = halfDone;
  const [unnamed, setUnnamed] = useState<Plan | null>(null);
  const lines = wrapLines(
    [line(markWords(halfDone, as)), line('Type the whole name of the revision to confirm it.')],
    innerSize(pane).columns,
  );
  const mark = async (consent: Consent) => {
    close();
    const reply = await session()?.mark(halfDone, as, consent);
    if (!reply) return;
    if (reply.ok) notify(`${revision} is marked as ${as}.`);
    else notify(`${reply.problem.what} ${reply.problem.why}`, 'warn');
  };
  const check = async (typed: string) => {
    if (typed.trim() !== revision) {
      return notify('That is not its name; nothing was marked.', 'warn');
    }
    const planned = await session()?.planMark(halfDone, as);
    // Where nothing is recorded anew, nothing is changed.
    const changes = planned?.ok ? planned.value : null;
    if (changes && changes.target.protected !== null) setUnnamed(changes);
    else void mark({});
  };
  const title = `Mark as ${as}?`;
  if (unnamed) {
    return (
      <Naming
        size={size}
        title={title}
        plan={unnamed}
        lines={lines}
        onNamed={(consent) => void mark(consent)}
        onDismiss={onNo}
      />
    );
  }
  return (
    <Box flexDirection="column">
      <Pane title={title} style="warn" {...pane} focused>
        <Rows lines={lines} />
      </Pane>
      <TextField label=" name: " onAccept={(typed) => void check(typed)} onDismiss={onNo} />
    </Box>
  );
}

/** Null until the answer is there. */
function useResolutions(halfDone: HalfDone): Reply<Resolutions> | null {
  return useReply((session) => session.resolutions(halfDone), [halfDone]);
}

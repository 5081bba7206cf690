/** The nine steps of one revision, what each of them found, and one key for the next. */

import { Box, Text, useIsScreenReaderEnabled } from 'ink';
import { useMemo, useState } from 'react';
import {
  type ChecklistStep,
  type ChecklistStepName,
  isOpen,
  SKIPPABLE_STEPS,
} from '../../contract/checklist.ts';
import type { Problem } from '../../contract/problem.ts';
import type { Revision } from '../../contract/revision.ts';
import { describeProgress, stepWords } from '../../presentation/checklist.ts';
import { problemLines } from '../../presentation/terminal/problem.ts';
import type { Line } from '../../presentation/terminal/spans.ts';
import { CURSOR, styles } from '../../presentation/terminal/theme.ts';
import { printablePiece } from '../../text/print.ts';
import { DocumentPane } from '../components/document-pane.tsx';
import { KeyBar } from '../components/key-bar.tsx';
import { Row } from '../components/lines.tsx';
import { innerSize, Pane } from '../components/pane.tsx';
import { Spinner } from '../components/spinner.tsx';
import { SqlPane } from '../components/sql-pane.tsx';
import { TextField } from '../components/text-field.tsx';
import { actionOf, stepDetail, stepGoing, stepLine, stepSymbol } from '../documents/checklist.ts';
import type { CommandId } from '../keymap.ts';
import { type Handlers, useLayer } from '../keys.tsx';
import { type Size, useNavigation } from '../navigation.ts';
import { movement } from '../scrolling.ts';
import { useFacts, useNotice, useSelected, useServices } from '../services.ts';
import { useCard } from '../use-card.ts';
import { useChecklist } from '../use-checklist.ts';
import { useEdit } from '../use-edit.ts';
import { useRehearse } from '../use-rehearse.ts';
import { layoutOf } from './layout.ts';

type PaneName = 'steps' | 'detail' | 'sql';
const PANES: readonly PaneName[] = ['steps', 'detail', 'sql'];

export function ChecklistScreen({ size }: { size: Size }) {
  const { checklist: asked, openChecklist } = useNavigation();
  const history = useSelected((state) => state.history);
  const open = useMemo(() => openRevisions(history?.revisions ?? []), [history]);
  // It may have been discarded, or its branch left.
  const revision = history?.revisions.find(({ name }) => name === asked) ?? null;
  const names = [...new Set([...open, revision?.name ?? null, null])];
  const turn = (by: number) => {
    const at = names.indexOf(revision?.name ?? null);
    openChecklist(names[(at + by + names.length) % names.length] ?? null);
  };
  // The cursor of one is nothing to another.
  return (
    <Steps
      key={revision?.name ?? ''}
      size={size}
      revision={revision}
      of={names.length}
      turn={turn}
    />
  );
}

/** Those that are on the way, oldest first. */
function openRevisions(revisions: readonly Revision[]): readonly string[] {
  return revisions.filter(isOpen).map(({ name }) => name);
}

interface StepsProps {
  readonly size: Size;
  readonly revision: Revision | null;
  readonly of: number;
  readonly turn: (by: number) => void;
}

function Steps({ size, revision, of, turn }: StepsProps) {
  const { store, session, now } = useServices();
  const { back, open, goTo, openReport } = useNavigation();
  const notify = useNotice();
  const rehearse = useRehearse();
  const edit = useEdit();
  const history = useSelected((state) => state.history);
  const reply = useChecklist(revision?.name ?? null);
  const [chosen, setChosen] = useState<number | null>(null);
  const [pane, setPane] = useState<PaneName>('steps');
  const [typing, setTyping] = useState(false);
  const [details, setDetails] = useState(false);
  const layout = layoutOf({ columns: size.columns, rows: size.rows - 1 }, 0, 0);
  const checklist = reply?.ok ? reply.value : null;
  const going = useSelected((state) => (checklist ? stepGoing(state, checklist) : null));
  const steps = checklist?.steps ?? [];
  const next = steps.findIndex(({ name }) => name === checklist?.next);
  const place = chosen ?? (next === -1 ? steps.length - 1 : next);
  const step = steps[place] ?? null;
  const { columns } = innerSize(layout.detail);
  const card = useCard(columns, details);
  const todo = step && history ? actionOf(step, revision, history) : null;

  const doIt = () => {
    if (!todo || going) return;
    const { action, words } = todo;
    // What comes next is not where the cursor was put.
    setChosen(null);
    switch (action.kind) {
      case 'plan':
        return open({ kind: 'plan', request: action.request });
      case 'draft':
        return open({ kind: 'draft', blank: false });
      case 'watch':
        return goTo('watch');
      case 'none':
        return notify(words || 'There is nothing to do here.');
      default:
        if (revision) doWith[action.kind](revision);
    }
  };
  const doWith = {
    compare: (which: Revision) => open({ kind: 'compare', revision: which }),
    edit: (which: Revision) => void edit(which),
    rehearse: (which: Revision) => rehearse({ revisions: [which.name], bases: ['target'] }),
    report: (which: Revision) => which.rehearsal && openReport(which.rehearsal.rehearsal),
    commit: (which: Revision) => open({ kind: 'commit', revision: which }),
  };
  const mark = async (outcome: 'skipped' | 'todo', reason: string) => {
    if (!step) return;
    const marked = await session()?.markStep(revision?.name ?? null, step.name, outcome, reason);
    if (marked?.ok === false) notify(`${marked.problem.what} ${marked.problem.why}`, 'warn');
  };
  const skip = () => {
    if (!step) return;
    if (step.state === 'skipped') return void mark('todo', '');
    if (step.state === 'done') return notify('It is done: there is nothing to skip.');
    if (!isSkippable(step.name)) {
      return notify(`There is no way around “${stepWords[step.name].title}”.`, 'warn');
    }
    setTyping(true);
  };
  const moveTo = (to: number) =>
    checklist && setChosen(Math.max(0, Math.min(to, steps.length - 1)));
  const turnPane = (by: number) =>
    setPane(PANES[(PANES.indexOf(pane) + by + PANES.length) % PANES.length] ?? 'steps');
  const handlers: Handlers = {
    doStep: doIt,
    skipStep: skip,
    nextChecklist: () => turn(1),
    previousChecklist: () => turn(-1),
    upgrade: () => open({ kind: 'plan', request: { direction: 'up', goal: { kind: 'head' } } }),
    downgrade: () =>
      open({ kind: 'plan', request: { direction: 'down', goal: { kind: 'steps', steps: 1 } } }),
    draft: () => open({ kind: 'draft', blank: false }),
    draftBlank: () => open({ kind: 'draft', blank: true }),
    undoRepair: () => revision && open({ kind: 'undo-repair', revision }),
    discardDraft: () => revision && open({ kind: 'discard', revision }),
    compareDraft: () => revision && doWith.compare(revision),
    commit: () => revision && doWith.commit(revision),
    edit: () => revision && doWith.edit(revision),
    rehearse: () => revision && doWith.rehearse(revision),
    openReport: () => revision && doWith.report(revision),
    openRehearsal: () => goTo('rehearsal'),
    openLog: () => goTo('log'),
    openDoctor: () => goTo('doctor'),
    openWatch: () => goTo('watch'),
    look: () => void session()?.look(),
    follow: () => setPane('sql'),
    toggleDetails: () => setDetails(!details),
    nextPane: () => turnPane(1),
    previousPane: () => turnPane(-1),
    back: () => (card ? store.dispatch({ type: 'card-dismissed' }) : back()),
  };
  const problem = reply?.ok === false ? reply.problem : null;
  const facts = useFacts({
    selected: revision,
    checklists: of,
    hasDetails: (problem?.detail ?? null) !== null,
  });
  useLayer({ context: 'checklist', handlers, facts });

  const title = revision
    ? `Checklist ─ ${printablePiece(revision.name)}`
    : 'Checklist ─ next revision';
  const showDetail = !layout.turns || pane === 'detail' || card !== null;
  const showSteps = !layout.turns || !showDetail;
  const reader = useIsScreenReaderEnabled();
  return (
    <Box flexDirection="column">
      <Box flexDirection={reader ? 'column' : 'row'}>
        {showSteps && (
          <StepList
            size={layout.list}
            title={title}
            note={checklist ? describeProgress(checklist) : ''}
            steps={steps}
            cursor={place}
            going={going}
            onMove={moveTo}
            focused={pane === 'steps'}
          />
        )}
        {showDetail &&
          (card ? (
            <DocumentPane
              size={layout.detail}
              context="checklist"
              focused={pane === 'detail'}
              {...card}
              note="Esc dismisses"
            />
          ) : (
            <DocumentPane
              size={layout.detail}
              context="checklist"
              focused={pane === 'detail'}
              title={step ? stepWords[step.name].title : 'Step'}
              style={problem ? 'bad' : 'plain'}
              lines={detailOf(step, todo?.words ?? '', problem, {
                columns,
                now: now(),
                running: going === step?.name,
                details,
              })}
              of={step?.name ?? problem}
            />
          ))}
      </Box>
      <SqlPane size={layout.sql} focused={pane === 'sql'} context="checklist" />
      {typing ? (
        <TextField
          label=" Reason for skipping: "
          onAccept={(reason) => {
            setTyping(false);
            if (reason.trim() === '') notify('A step is skipped with a reason.', 'warn');
            else void mark('skipped', reason.trim());
          }}
          onDismiss={() => setTyping(false)}
        />
      ) : (
        <KeyBar context="checklist" facts={facts} columns={size.columns} only={KEYS} />
      )}
    </Box>
  );
}

function isSkippable(step: ChecklistStepName): boolean {
  return SKIPPABLE_STEPS.includes(step);
}

function detailOf(
  step: ChecklistStep | null,
  words: string,
  problem: Problem | null,
  context: { columns: number; now: number; running: boolean; details: boolean },
): readonly Line[] {
  if (problem) return problemLines(problem, context);
  return step ? stepDetail(step, words, context) : [];
}

const KEYS: readonly CommandId[] = [
  'doStep',
  'skipStep',
  'back',
  'rehearse',
  'upgrade',
  'downgrade',
  'edit',
  'help',
  'palette',
  'quit',
];

interface StepListProps {
  readonly size: Size;
  readonly title: string;
  readonly note: string;
  readonly steps: readonly ChecklistStep[];
  readonly cursor: number;
  /** The one that is being done now. */
  readonly going: ChecklistStepName | null;
  readonly onMove: (place: number) => void;
  readonly focused: boolean;
}

function StepList(props: StepListProps) {
  const { size, title, note, steps, cursor, going, onMove, focused } = props;
  const reader = useIsScreenReaderEnabled();
  const inner = innerSize(size);
  const handlers = movement((delta) => onMove(cursor + delta), onMove, {
    count: steps.length,
    height: inner.rows,
  });
  useLayer({ context: 'checklist', handlers, focused: true }, focused);
  return (
    <Pane title={title} {...size} focused={focused}>
      <Box flexDirection="column">
        <Text {...styles.dim} wrap="truncate-end">
          {note}
        </Text>
        {steps.length === 0 && (
          <Box gap={1}>
            <Spinner />
            <Text>finding out…</Text>
          </Box>
        )}
        {steps.map((step, index) => {
          const { symbol, style } = stepSymbol(step);
          const selected = index === cursor;
          if (reader) return <Text key={step.name}>{spoken(step, selected)}</Text>;
          return (
            <Box key={step.name} height={1}>
              <Text {...styles.accent}>{selected ? CURSOR : ' '}</Text>
              {going === step.name ? <Spinner /> : <Text {...styles[style]}>{symbol}</Text>}
              <Row line={stepLine(step, inner.columns - 2, selected)} />
            </Box>
          );
        })}
      </Box>
    </Pane>
  );
}

/** For screen readers: words instead of symbols. */
function spoken({ name, state }: ChecklistStep, selected: boolean): string {
  return `${selected ? 'selected: ' : ''}${stepWords[name].title}: ${state}`;
}

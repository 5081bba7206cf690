/** From the entities to the next revision: what differs, what has to be answered, what it is called. */

import { Box, Text } from 'ink';
import { useMemo, useState } from 'react';
import {
  type Draft,
  type DraftAnswers,
  type DraftQuestion,
  type DraftRequest,
  NO_ANSWERS,
} from '../../contract/draft.ts';
import type { Problem, Reply } from '../../contract/problem.ts';
import {
  BASE_WORDS,
  type Choice,
  choicesOf,
  draftLines,
  otherBase,
  questionLine,
} from '../../presentation/terminal/draft.ts';
import { problemLines } from '../../presentation/terminal/problem.ts';
import { cutLine, type Line, line, span, wrapLine } from '../../presentation/terminal/spans.ts';
import { CURSOR } from '../../presentation/terminal/theme.ts';
import { KeyBar } from '../components/key-bar.tsx';
import { Row, Rows } from '../components/lines.tsx';
import { innerSize, Pane } from '../components/pane.tsx';
import { Spinner } from '../components/spinner.tsx';
import { TextField } from '../components/text-field.tsx';
import type { CommandId } from '../keymap.ts';
import { type Handlers, useLayer } from '../keys.tsx';
import { type Size, useNavigation } from '../navigation.ts';
import { useScroll, windowStart } from '../scrolling.ts';
import { useFacts, useNotice, useServices } from '../services.ts';
import { useDraft } from '../use-draft.ts';
import { useEdit } from '../use-edit.ts';

export function DraftScreen({ size, blank }: { size: Size; blank: boolean }) {
  const { session } = useServices();
  const { close, open } = useNavigation();
  const notify = useNotice();
  const [request, setRequest] = useState<DraftRequest>({
    base: 'target',
    name: null,
    blank,
    answers: NO_ANSWERS,
  });
  const [naming, setNaming] = useState(false);
  const [refused, setRefused] = useState<Problem | null>(null);
  const [writing, setWriting] = useState(false);
  const [details, setDetails] = useState(false);
  const made = useDraft(request);
  const write = useWrite(setRefused);
  const reply: Reply<Draft> | null = refused ? { ok: false, problem: refused } : made;
  const draft = reply?.ok ? reply.value : null;
  const question = useQuestions(draft, request.answers, (answers) =>
    setRequest({ ...request, answers }),
  );

  const busy = reply === null || writing;
  const asking = question !== null && !busy;
  const ready = draft?.file != null && !busy;

  const finish = async (name: string) => {
    const project = session();
    if (!project || !draft) return;
    const named = { ...request, name: name === '' ? null : name };
    setNaming(false);
    setWriting(true);
    const final = await project.draft(named);
    if (!final.ok) setRefused(final.problem);
    else if (isSame(draft, final.value)) await write(final.value);
    else {
      setRequest(named);
      notify('The project changed meanwhile: look at the draft again.', 'warn');
    }
    setWriting(false);
  };
  const leave = () => {
    // What is not written yet will not be.
    if (writing) session()?.cancel();
    close();
  };

  const pane = { columns: size.columns, rows: size.rows - 1 };
  const inner = innerSize(pane);
  // Half of the room is for what was found.
  const answers = asking ? question.rows({ ...inner, rows: Math.ceil(inner.rows / 2) }) : [];
  const room = Math.max(1, inner.rows - (answers.length > 0 ? answers.length + 1 : 0));
  const text = useMemo(() => {
    if (!reply) return [];
    return reply.ok
      ? draftLines(reply.value, inner.columns)
      : problemLines(reply.problem, { columns: inner.columns, details });
  }, [reply, inner.columns, details]);
  const scroll = useScroll(text.length, room, reply);

  const problem = reply?.ok === false ? reply.problem : null;
  const handlers: Handlers = {
    ...scroll.handlers,
    ...(asking && question.handlers),
    draftOn: () => {
      if (asking) question.choose();
      else if (ready) setNaming(true);
    },
    draftBase: () => {
      if (blank || busy) return;
      setRefused(null);
      setRequest({ ...request, base: otherBase(request.base), answers: NO_ANSWERS });
    },
    draftKeepColumns: () => {
      if (!ready || draft.addedColumns.length === 0) return;
      const kept = request.answers.keptOnDowngrade.length > 0 ? [] : draft.addedColumns;
      setRequest({ ...request, answers: { ...request.answers, keptOnDowngrade: kept } });
    },
    draftUpgrade: () => {
      if (problem?.code !== 'not-up-to-date') return;
      open({ kind: 'plan', request: { direction: 'up', goal: { kind: 'head' } } });
    },
    toggleDetails: () => setDetails(!details),
    back: leave,
    close: leave,
  };
  const facts = useFacts({ hasDetails: problem?.detail != null });
  useLayer({ context: 'draft', facts, handlers });

  const moving: readonly CommandId[] = asking ? ['up', 'down'] : ['up', 'down', 'pageDown'];
  const only: readonly CommandId[] = problem
    ? [
        ...(problem.code === 'not-up-to-date' ? (['draftUpgrade'] as const) : []),
        ...(blank ? [] : (['draftBase'] as const)),
        'toggleDetails',
        'back',
      ]
    : [
        ...(asking || ready ? (['draftOn'] as const) : []),
        ...(ready && draft.addedColumns.length > 0 ? (['draftKeepColumns'] as const) : []),
        ...(blank || busy ? [] : (['draftBase'] as const)),
        'back',
        ...moving,
      ];
  return (
    <Box flexDirection="column">
      <Pane
        title={titleOf(problem, asking, busy, request)}
        note={scroll.note}
        style={problem ? (problem.code === 'nothing-to-do' ? 'plain' : 'bad') : 'plain'}
        {...pane}
        focused
      >
        <Box flexDirection="column" justifyContent="space-between" flexGrow={1}>
          {busy ? (
            <Box gap={1}>
              <Spinner />
              <Text>{writing ? 'writing the draft…' : `comparing with the entities…`}</Text>
            </Box>
          ) : (
            <Rows lines={text.slice(scroll.offset, scroll.offset + room)} />
          )}
          {answers.length > 0 && (
            <Box flexDirection="column">
              {answers.map((row, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other identity
                <Row key={index} line={row} />
              ))}
            </Box>
          )}
        </Box>
      </Pane>
      {asking && question.typed ? (
        <TextField
          key={question.number}
          label={` ${question.typed}`}
          onAccept={(expression) => question.fill(expression)}
          onDismiss={close}
        />
      ) : naming ? (
        <TextField
          label=" Name: "
          onAccept={(words) => void finish(words.trim())}
          onDismiss={() => setNaming(false)}
        />
      ) : (
        <KeyBar context="draft" facts={facts} columns={size.columns} only={only} />
      )}
    </Box>
  );
}

function titleOf(
  problem: Problem | null,
  asking: boolean,
  busy: boolean,
  { base, blank }: DraftRequest,
): string {
  if (busy) return 'Drafting';
  if (problem?.code === 'nothing-to-do') return 'Nothing to draft';
  if (problem) return 'Refused: nothing was written';
  if (asking) return 'Before it is drafted';
  return blank ? 'Blank draft' : `Draft against ${BASE_WORDS[base]}`;
}

/** Whether two drafts differ by their names alone. */
function isSame(shown: Draft, named: Draft): boolean {
  const [one, other] = [shown.file, named.file];
  if (!one || !other) return false;
  return one.source.replaceAll(one.name, other.name) === other.source;
}

/** Writes a draft and opens it; `onRefused` gets why it could not be written. */
function useWrite(onRefused: (problem: Problem) => void): (draft: Draft) => Promise<void> {
  const { session } = useServices();
  const { close, screen, openChecklist } = useNavigation();
  const edit = useEdit();
  return async ({ base, file }) => {
    const open = session();
    if (!open || !file) return;
    const written = await open.acceptDraft(base, file);
    if (!written.ok) return onRefused(written.problem);
    close();
    const { name, path } = file;
    if (screen === 'checklist') openChecklist(name);
    const revision = {
      file: path,
      sha256: null,
      name,
      state: 'pending',
      flags: ['draft'],
      notes: [],
    } as const;
    await edit(revision, `Written to ${file.path}. R rehearses it.`);
  };
}

interface Questions {
  readonly number: number;
  /** What is typed, as a label; null where there are answers to choose from. */
  readonly typed: string | null;
  /** The question and the answers around the cursor, as many as there is room for. */
  rows(size: Size): readonly Line[];
  readonly handlers: Handlers;
  choose(): void;
  fill(expression: string): void;
}

/** One question after the other; when the last one is answered, `onAnswered` gets all answers. */
function useQuestions(
  draft: Draft | null,
  given: DraftAnswers,
  onAnswered: (answers: DraftAnswers) => void,
): Questions | null {
  const [state, setState] = useState<{
    readonly draft: Draft | null;
    readonly at: number;
    readonly cursor: number;
    readonly answers: DraftAnswers;
  }>({ draft: null, at: 0, cursor: 0, answers: NO_ANSWERS });
  const isNew = draft !== null && state.draft !== draft;
  if (isNew) setState({ draft, at: 0, cursor: 0, answers: given });
  const question = isNew ? null : draft?.questions[state.at];
  if (!draft || !question) return null;
  const { at, cursor, answers } = state;
  const of = draft.questions.length;
  const choices = choicesOf(question, answers);
  const answer = (next: DraftAnswers) => {
    const rest = draft.questions.findIndex((each, index) => index > at && !isMoot(each, next));
    setState({ ...state, at: rest === -1 ? of : rest, cursor: 0, answers: next });
    if (rest === -1) onAnswered(next);
  };
  const move = (by: number) =>
    setState({ ...state, cursor: Math.max(0, Math.min(cursor + by, choices.length - 1)) });
  return {
    number: at,
    typed: typedFor(question),
    rows: ({ columns, rows }) => {
      const asked = [
        ...wrapLine(questionLine(question, at + 1, of), columns),
        ...hintOf(question, columns),
      ];
      const room = Math.max(1, rows - asked.length);
      const start = windowStart(0, cursor, room, choices.length);
      const offered = choices
        .slice(start, start + room)
        .map((choice, index) => choiceLine(choice, start + index === cursor, columns));
      return [...asked, ...offered];
    },
    handlers: choices.length > 0 ? { up: () => move(-1), down: () => move(1) } : {},
    choose() {
      const choice = choices[cursor];
      if (choice) answer(choice.take(answers));
    },
    fill(expression) {
      const text = expression.trim();
      if (question.kind === 'gone' || text === '') return;
      const { direction } = question;
      if (question.kind === 'rows') {
        answer({ ...answers, first: [...answers.first, { direction, statement: text }] });
        return;
      }
      const { table, column } = question;
      if (question.kind === 'convert') {
        const conversion = { direction, table, column, expression: text };
        answer({ ...answers, conversions: [...answers.conversions, conversion] });
        return;
      }
      const which = direction === 'up' ? 'fills' : 'fillsDown';
      answer({ ...answers, [which]: [...answers[which], { table, column, expression: text }] });
    },
  };
}

/** What is typed for a question; null where there are answers to choose from. */
function typedFor(question: DraftQuestion): string | null {
  if (question.kind === 'fill' || question.kind === 'convert') {
    return `${question.table}.${question.column} = `;
  }
  return question.kind === 'rows' && question.ways.length === 0 ? 'SQL first: ' : null;
}

/** A column that has its values under another name needs none. */
function isMoot(question: DraftQuestion, { renames }: DraftAnswers): boolean {
  return (
    question.kind === 'fill' &&
    question.direction === 'up' &&
    renames.some(
      ({ from, to }) =>
        from.table === question.table && from.name !== null && to === question.column,
    )
  );
}

function hintOf(question: DraftQuestion, columns: number) {
  if (question.kind !== 'fill' && question.kind !== 'convert') return [];
  const words =
    question.kind === 'fill'
      ? `An SQL expression, such as 0, 'unknown', or one that names other columns.`
      : `An SQL expression${question.proposed === null ? '' : `, such as ${question.proposed}`}.`;
  return wrapLine(line(span(words, 'dim')), columns);
}

function choiceLine({ words }: Choice, selected: boolean, columns: number) {
  const row = line(
    span(selected ? `${CURSOR} ` : '  ', 'accent'),
    span(words, selected ? 'strong' : 'plain'),
  );
  return cutLine(row, columns);
}

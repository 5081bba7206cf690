/** The log: runs, the statements of one of them, and what the project printed. */

import { Box } from 'ink';
import { useEffect, useMemo, useState } from 'react';
import type { RunRecord } from '../../contract/events.ts';
import { count } from '../../text/format.ts';
import { printablePiece } from '../../text/print.ts';
import { FilterField } from '../components/filter-field.tsx';
import { KeyBar } from '../components/key-bar.tsx';
import { SaveLine } from '../components/save-line.tsx';
import { type Handlers, useLayer } from '../keys.tsx';
import { OutputList } from '../log/output-list.tsx';
import { RunList } from '../log/run-list.tsx';
import { writeStatements } from '../log/save.ts';
import { useSearch } from '../log/search.ts';
import { type ChosenRun, useStatementSource } from '../log/source.ts';
import { StatementList } from '../log/statement-list.tsx';
import { type Size, useNavigation } from '../navigation.ts';
import { useFacts, useNotice, useSelected, useServices } from '../services.ts';
import { runIsGoing } from '../store/state.ts';
import { useReply } from '../use-reply.ts';
import { wordsOf } from './filter.ts';

type Tab = 'runs' | 'statements' | 'output';
const TABS: readonly Tab[] = ['runs', 'statements', 'output'];

/** Runs that are listed; older ones are for `handrail log`. */
const RUNS = 500;

export function LogScreen({ size }: { size: Size }) {
  const { goTo, back: leave } = useNavigation();
  const { store } = useServices();
  const run = useSelected((state) => state.run);
  const printed = useSelected((state) => state.output.length);
  const runs = useRuns();
  const [tab, setTab] = useState<Tab>(() => (runIsGoing(store.getState()) ? 'statements' : 'runs'));
  const [picked, setPicked] = useState<ChosenRun | null>(null);
  const [cursor, setCursor] = useState(0);
  const [filter, setFilter] = useState('');
  const [line, setLine] = useState<'filter' | 'save' | null>(null);

  // Without a choice: the run on screen, else the newest one.
  const chosen =
    picked ?? (run ? { number: run.id, statements: 0, noticesOmitted: 0 } : newestOf(runs));
  const source = useStatementSource(chosen);
  const found = useSearch(source, tab === 'statements' ? filter : '', chosen?.number);
  const listed = useMemo(() => filterRuns(runs, filter), [runs, filter]);
  const turn = (by: number) =>
    setTab(TABS[(TABS.indexOf(tab) + by + TABS.length) % TABS.length] ?? 'runs');

  const back = () => {
    if (filter) setFilter('');
    else if (tab === 'statements' && picked) setTab('runs');
    else leave();
  };
  const handlers: Handlers = {
    nextPane: () => turn(1),
    previousPane: () => turn(-1),
    filter: () => setLine('filter'),
    save: () => setLine('save'),
    openRehearsal: () => goTo('rehearsal'),
    back,
  };
  const hasStatements = tab === 'statements' && source.total > 0;
  const facts = useFacts({ log: tab, filter, statementSelected: hasStatements });
  useLayer({ context: 'log', handlers, facts });

  const pane = { columns: size.columns, rows: size.rows - 1 };
  const name = chosen?.number === null || !chosen ? 'this run' : `run #${chosen.number}`;
  const what = { runs: 'Runs', statements: `Statements of ${name}`, output: 'Output' }[tab];
  const title = `Log ─ ${what}${filterNote(tab, filter, found, source.total)}`;
  const close = () => setLine(null);
  return (
    <Box flexDirection="column">
      {tab === 'runs' && (
        <RunList
          size={pane}
          runs={listed}
          title={title}
          cursor={cursor}
          onMove={setCursor}
          onOpen={(opened) => {
            setPicked(chosenOf(opened));
            setFilter('');
            setTab('statements');
          }}
        />
      )}
      {tab === 'statements' && (
        <StatementList
          key={chosen?.number ?? 'current'}
          size={pane}
          source={source}
          found={found}
          title={title}
        />
      )}
      {tab === 'output' && (
        <OutputList size={pane} title={`${title} (${count(printed)})`} filter={filter} />
      )}
      {line === 'filter' && <FilterField filter={filter} onChange={setFilter} onEnd={close} />}
      {line === 'save' && (
        <SaveLine
          name={fileName(chosen)}
          write={(add) => writeStatements(source, add)}
          onDone={close}
        />
      )}
      {line === null && <KeyBar context="log" facts={facts} columns={size.columns} />}
    </Box>
  );
}

/**
 * Null while they are read; read again when a run starts or ends. A list that was read stays when
 * the journal can't be read again. It is taken over while rendering, not in an effect: a key that
 * comes right after the list is drawn finds it.
 */
function useRuns(): readonly RunRecord[] | null {
  const notify = useNotice();
  const phase = useSelected((state) => state.run?.phase);
  const reply = useReply((session) => session.runs(RUNS), [phase], { keep: true });
  const [runs, setRuns] = useState<readonly RunRecord[] | null>(null);
  if (reply?.ok && reply.value !== runs) setRuns(reply.value);
  useEffect(() => {
    if (reply?.ok === false) notify(`The journal could not be read: ${reply.problem.what}`, 'warn');
  }, [reply, notify]);
  return runs;
}

function newestOf(runs: readonly RunRecord[] | null): ChosenRun | null {
  const [newest] = runs ?? [];
  return newest ? chosenOf(newest) : null;
}

function chosenOf({ id, statements, noticesOmitted }: RunRecord): ChosenRun {
  return { number: id, statements, noticesOmitted };
}

function filterRuns(runs: readonly RunRecord[] | null, filter: string) {
  const words = wordsOf(filter);
  if (!runs || words.length === 0) return runs;
  return runs.filter(({ id, direction, outcome, message, revisions, restored }) => {
    const text = `#${id} ${direction} ${outcome} ${message ?? ''} ${revisions.join(' ')} ${restored?.backup ?? ''}`;
    return words.every((word) => text.toLowerCase().includes(word));
  });
}

function filterNote(
  tab: Tab,
  filter: string,
  found: { seqs: readonly number[]; searched: number } | null,
  total: number,
): string {
  if (filter === '') return '';
  const base = ` · filter: ${printablePiece(filter)}`;
  if (tab !== 'statements' || !found) return base;
  const searching = found.searched < total ? ' · searching' : '';
  return `${base} (${count(found.seqs.length)} of ${count(total)}${searching})`;
}

function fileName(chosen: ChosenRun | null): string {
  return `handrail-run-${chosen?.number ?? 'current'}.sql`;
}

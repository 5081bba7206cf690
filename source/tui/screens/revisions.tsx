/** The home screen: where the target stands, and the way up and down. */

import { Box, Text, useIsScreenReaderEnabled } from 'ink';
import { useEffect, useMemo, useState } from 'react';
import { isOpen } from '../../contract/checklist.ts';
import type { PlanRequest } from '../../contract/plan.ts';
import type { Revision } from '../../contract/revision.ts';
import { span, spread } from '../../presentation/terminal/spans.ts';
import { waitingWords } from '../../presentation/waiting.ts';
import { DetailPane } from '../components/detail-pane.tsx';
import { FilterField } from '../components/filter-field.tsx';
import { KeyBar } from '../components/key-bar.tsx';
import { Rows } from '../components/lines.tsx';
import { ProblemPane, useProblemLines } from '../components/problem-pane.tsx';
import { RevisionList } from '../components/revision-list.tsx';
import { Spinner } from '../components/spinner.tsx';
import { SqlPane } from '../components/sql-pane.tsx';
import { type Handlers, useLayer } from '../keys.tsx';
import { type Size, useNavigation } from '../navigation.ts';
import { useFacts, useSelected, useServices } from '../services.ts';
import { cardOf } from '../store/state.ts';
import { useEdit } from '../use-edit.ts';
import { useRehearse } from '../use-rehearse.ts';
import { filterRevisions, keyOf, placeOf } from './filter.ts';
import { layoutOf } from './layout.ts';

type PaneName = 'list' | 'detail' | 'sql';
const PANES: readonly PaneName[] = ['list', 'detail', 'sql'];

const none: readonly Revision[] = [];

export function RevisionsScreen(props: { size: Size }) {
  const { size } = props;
  const { store, session } = useServices();
  const { open, goTo, openReport, openChecklist } = useNavigation();
  const rehearse = useRehearse();
  const edit = useEdit();
  const history = useSelected((state) => state.history);
  const card = useSelected(cardOf);
  const refusal = useSelected((state) => state.run?.refused ?? null);
  const reader = useIsScreenReaderEnabled();
  const [pane, setPane] = useState<PaneName>('list');
  const [cursor, setCursor] = useState<{ key: string; place: number } | null>(null);
  const [filter, setFilter] = useState('');
  const [typing, setTyping] = useState(false);
  const [details, setDetails] = useState(false);

  const newestFirst = useMemo(() => history?.revisions.toReversed() ?? none, [history]);
  const shown = useMemo(() => filterRevisions(newestFirst, filter), [newestFirst, filter]);
  const place = placeOf(shown, cursor);
  const selected = shown[place] ?? null;
  const problem = useProblemLines(size.columns - 4, details);
  const warnings = history?.warnings ?? [];
  const layout = layoutOf(
    { columns: size.columns, rows: size.rows - 1 },
    problem?.lines.length ?? 0,
    warnings.length,
  );

  // A card is there to be read; dismissing it leads back to the list.
  useEffect(() => setPane(card ? 'detail' : 'list'), [card]);

  const moveTo = (next: number) => {
    const to = Math.max(0, Math.min(next, shown.length - 1));
    const revision = shown[to];
    if (revision) setCursor({ key: keyOf(revision), place: to });
  };
  const turn = (by: number) =>
    setPane(PANES[(PANES.indexOf(pane) + by + PANES.length) % PANES.length] ?? 'list');
  const plan = (request: PlanRequest) => open({ kind: 'plan', request });
  const name = selected?.name ?? '';

  const back = () => {
    if (card) store.dispatch({ type: 'card-dismissed' });
    else if (filter) setFilter('');
    else setPane('list');
  };
  const handlers: Handlers = {
    upgrade: () => plan({ direction: 'up', goal: { kind: 'head' } }),
    upgradeTo: () => plan({ direction: 'up', goal: { kind: 'to', revision: name } }),
    downgrade: () => plan({ direction: 'down', goal: { kind: 'steps', steps: 1 } }),
    downgradeTo: () => plan({ direction: 'down', goal: { kind: 'to', revision: name } }),
    runOnly: () =>
      plan({
        direction: selected?.state === 'pending' ? 'up' : 'down',
        goal: { kind: 'only', revision: name },
      }),
    openChecklist: () => openChecklist(checklistFor(selected, newestFirst)),
    draft: () => open({ kind: 'draft', blank: false }),
    draftBlank: () => open({ kind: 'draft', blank: true }),
    discardDraft: () => selected && open({ kind: 'discard', revision: selected }),
    resolve: () => selected?.halfDone && open({ kind: 'resolve', halfDone: selected.halfDone }),
    undoRepair: () => selected && open({ kind: 'undo-repair', revision: selected }),
    compareDraft: () => selected && open({ kind: 'compare', revision: selected }),
    commit: () => selected && open({ kind: 'commit', revision: selected }),
    edit: () => selected && void edit(selected),
    look: () => void session()?.look(),
    rehearse: () => rehearse({ revisions: [name], bases: ['target'] }),
    rehearseAll: () => rehearse({ revisions: [], bases: ['target'] }),
    rehearseBoth: () => rehearse({ revisions: [name], bases: ['target', 'empty'] }),
    openRehearsal: () => goTo('rehearsal'),
    openReport: () => selected?.rehearsal && openReport(selected.rehearsal.rehearsal),
    openLog: () => goTo('log'),
    openDoctor: () => goTo('doctor'),
    openBackups: () => open({ kind: 'backups' }),
    openWatch: () => goTo('watch'),
    openSchemas: () => goTo('schemas'),
    filter: () => setTyping(true),
    openStatement: () => setPane('detail'),
    follow: () => setPane('sql'),
    toggleDetails: () => setDetails(!details),
    nextPane: () => turn(1),
    previousPane: () => turn(-1),
    back,
  };
  const facts = useFacts({
    selected,
    filter,
    hasDetails: (problem?.problem.detail ?? refusal?.detail ?? null) !== null,
  });
  useLayer({ context: 'revisions', handlers, facts });

  const showDetail = !layout.turns || pane === 'detail' || card !== null;
  const showList = !layout.turns || !showDetail;
  return (
    <Box flexDirection="column" width={size.columns} height={reader ? undefined : size.rows}>
      {problem && (
        <ProblemPane {...problem} size={history ? layout.problem : problemSize(size, layout.sql)} />
      )}
      <Rows lines={warningLines(warnings, layout.warnings, size.columns)} />
      {!history && !problem && <Looking rows={layout.list.rows} />}
      {history && (
        <Box flexDirection={reader ? 'column' : 'row'}>
          {showList && (
            <RevisionList
              size={layout.list}
              revisions={shown}
              cursor={place}
              onMove={moveTo}
              all={newestFirst.length}
              filter={filter}
              focused={pane === 'list'}
            />
          )}
          {showDetail && (
            <DetailPane
              size={layout.detail}
              revision={selected}
              focused={pane === 'detail'}
              details={details}
            />
          )}
        </Box>
      )}
      <SqlPane size={layout.sql} focused={pane === 'sql'} />
      {typing ? (
        <FilterField
          filter={filter}
          onChange={setFilter}
          onEnd={() => setTyping(false)}
          onMove={(by) => moveTo(place + by)}
        />
      ) : (
        <KeyBar context="revisions" facts={facts} columns={size.columns} />
      )}
    </Box>
  );
}

/** The selected one if it is on the way, else the newest that is, else the next revision. */
function checklistFor(selected: Revision | null, newestFirst: readonly Revision[]): string | null {
  if (selected && (selected.state === 'pending' || isOpen(selected))) return selected.name;
  return newestFirst.find(isOpen)?.name ?? null;
}

/** One row each; the last one says how many there is no room for. */
function warningLines(warnings: readonly string[], rows: number, columns: number) {
  const hidden = warnings.length - rows;
  return warnings.slice(0, rows).map((text, index) => {
    const more = hidden > 0 && index === rows - 1 ? ` (and ${hidden} more)` : '';
    return spread([span(' ! ', 'warn'), span(text)], more ? [span(more, 'dim')] : [], columns);
  });
}

/** Without a history there is nothing else to show: the problem gets all the room. */
function problemSize(size: Size, sql: Size): Size {
  return { columns: size.columns, rows: size.rows - 1 - sql.rows };
}

function Looking(props: { rows: number }) {
  const waitsFor = useSelected((state) => state.waitsFor);
  return (
    <Box height={props.rows} alignItems="center" justifyContent="center" gap={1} flexShrink={0}>
      <Spinner />
      <Text wrap="truncate">{waitingWords(waitsFor)}</Text>
    </Box>
  );
}

/** The statements of the run or rehearsal that is going, or of the last one, as they happen. */

import { Box, Text } from 'ink';
import { useMemo, useState } from 'react';
import { cutLine, type Line, line, span } from '../../presentation/terminal/spans.ts';
import { styles } from '../../presentation/terminal/theme.ts';
import { blockerWords, omittedWords, progressWords } from '../../presentation/words.ts';
import { count } from '../../text/format.ts';
import type { Context } from '../commands/command.ts';
import { progressBar } from '../documents/rehearsal.ts';
import { useLayer } from '../keys.tsx';
import { type Size, useNavigation } from '../navigation.ts';
import { movement, useWindowStart } from '../scrolling.ts';
import { useFacts, useSelected } from '../services.ts';
import { statementRows } from '../statement-rows.ts';
import { isRunning, type RehearsalState, type RunState } from '../store/state.ts';
import { Rows } from './lines.tsx';
import { NoticeRow } from './notice-row.tsx';
import { innerSize, Pane } from './pane.tsx';
import { StatementRow } from './statement-row.tsx';

/** Of those that are waited for, as many are named. */
const BLOCKERS = 3;

export interface SqlPaneProps {
  readonly size: Size;
  readonly focused: boolean;
  readonly context?: Context;
}

export function SqlPane({ size, focused, context = 'revisions' }: SqlPaneProps) {
  const { open } = useNavigation();
  const run = useSelected((state) => state.run);
  const rehearsal = useSelected((state) => state.rehearsal);
  const { items, total } = useSelected((state) => state.statements);
  const live = useSelected(isRunning);
  const target = useSelected((state) => state.history?.target.name ?? '');
  const notices = useSelected((state) => state.notices);
  const omitted = useSelected((state) => state.noticesOmitted);
  // The cursor stays with its statement while others come and go; null follows.
  const [held, setHeld] = useState<{ readonly seq: number; readonly nth: number } | null>(null);
  const first = items[0]?.seq ?? 1;
  const rows = useMemo(
    () => statementRows(items.length, (seq) => seq - first, notices),
    [items.length, first, notices],
  );
  const { columns, rows: room } = innerSize(size);
  const below = [
    ...(omitted > 0 ? [line(span(`… ${omittedWords(omitted)}`, 'dim'))] : []),
    ...nowLines(run, items.at(-1)?.end === null),
  ].slice(0, room - 1);
  const inner = { columns, rows: Math.max(1, room - below.length) };

  const newest = rows.total - 1;
  const cursor =
    held === null
      ? newest
      : Math.max(0, Math.min(rows.placeOf(held.seq - first) + held.nth, newest));
  const start = useWindowStart(Math.max(0, cursor), inner.rows, rows.total);
  const following = held === null;
  const hold = (place: number) => {
    const { index, nth } = rows.at(Math.max(0, place));
    setHeld({ seq: first + index, nth });
  };
  const move = (place: number) => {
    if (place >= newest) setHeld(null);
    else hold(place);
  };
  const selected = items[rows.at(cursor).index];
  useLayer(
    {
      context,
      focused: true,
      facts: useFacts({ statementSelected: selected !== undefined }),
      handlers: {
        ...movement((delta) => move(cursor + delta), move, {
          count: rows.total,
          height: inner.rows,
        }),
        follow: () => (following ? hold(newest) : setHeld(null)),
        openStatement: () => selected && open({ kind: 'statement', statement: selected, notices }),
      },
    },
    focused,
  );

  const note = run || rehearsal ? `${following ? 'following' : 'paused'} · ${count(total)}` : '';
  return (
    <Pane title={sqlTitle(run, rehearsal, target)} note={note} {...size} focused={focused}>
      <Box flexDirection="column">
        {items.length === 0 && (
          <Text {...styles.dim}>
            {live
              ? 'No statement yet.'
              : 'Every SQL statement of a run or rehearsal appears here as it happens.'}
          </Text>
        )}
        {Array.from({ length: Math.min(inner.rows, rows.total - start) }, (_, offset) => {
          const { index, nth, notice } = rows.at(start + offset);
          const statement = items[index];
          if (!statement) return null;
          const key = `${statement.seq} ${nth}`;
          const common = { selected: focused && start + offset === cursor, columns };
          return notice ? (
            <NoticeRow key={key} notice={notice} {...common} />
          ) : (
            <StatementRow key={key} statement={statement} live={live} {...common} />
          );
        })}
        <Rows lines={below.map((one) => cutLine(one, columns))} />
      </Box>
    </Pane>
  );
}

/** What the server says of the statement that runs: how far it is, and whom it waits for. */
function nowLines(run: RunState | null, runs: boolean): readonly Line[] {
  if (!run || !runs) return [];
  const { progress, blockers } = run;
  const bar = progress?.total ? [...progressBar(progress.done / progress.total), span('  ')] : [];
  return [
    ...(progress ? [line(span('… ', 'accent'), ...bar, span(progressWords(progress)))] : []),
    ...blockers
      .slice(0, BLOCKERS)
      .map((blocker) => line(span(`… ${blockerWords(blocker)}`, 'warn'))),
  ];
}

/** `SQL ─ dev ─ upgrading 1 of 2` */
function sqlTitle(run: RunState | null, rehearsal: RehearsalState | null, target: string): string {
  const base = target === '' || target === 'default' ? 'SQL' : `SQL ─ ${target}`;
  if (!run && rehearsal) return 'SQL ─ throwaway';
  if (!run) return base;
  const { plan, phase, finished, revision, retry, result } = run;
  const verb = plan.direction === 'up' ? 'upgrading' : 'downgrading';
  if (phase === 'over') {
    const noun = plan.direction === 'up' ? 'upgrade' : 'downgrade';
    return `${base} ─ ${noun} ${result?.outcome ?? 'refused'}`;
  }
  const place = Math.max(1, Math.min(plan.steps.length, finished.size + (revision ? 1 : 0)));
  const again = retry ? ` ─ attempt ${retry.attempt} of ${retry.of}` : '';
  return `${base} ─ ${verb} ${count(place)} of ${count(plan.steps.length)}${again}`;
}

/** The statements of the run or rehearsal that is going, or of the last one, as they happen. */

import { Box, Text } from 'ink';
import { useState } from 'react';
import { blockerWords } from '../../report/words.ts';
import { count } from '../../text/format.ts';
import type { Context } from '../commands/command.ts';
import { useLayer } from '../keys.tsx';
import { type Size, useNavigation } from '../navigation.ts';
import { movement, useWindowStart } from '../scrolling.ts';
import { useFacts, useSelected } from '../services.ts';
import { cutLine, line, span } from '../spans.ts';
import { isRunning, type RehearsalState, type RunState } from '../store/state.ts';
import { looks } from '../theme.ts';
import { Row } from './lines.tsx';
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
  // A seq, so that the cursor stays with its statement while others come and go; null follows.
  const [held, setHeld] = useState<number | null>(null);
  const blockers = (run?.blockers ?? []).slice(0, BLOCKERS);
  const { columns, rows: room } = innerSize(size);
  const inner = { columns, rows: Math.max(1, room - blockers.length) };

  const first = items[0]?.seq ?? 1;
  const newest = items.length - 1;
  const cursor = held === null ? newest : Math.max(0, Math.min(held - first, newest));
  const start = useWindowStart(Math.max(0, cursor), inner.rows, items.length);
  const following = held === null;
  const move = (place: number) => {
    if (place >= newest) setHeld(null);
    else setHeld(first + Math.max(0, place));
  };
  const selected = items[cursor];
  useLayer(
    {
      context,
      focused: true,
      facts: useFacts({ statementSelected: selected !== undefined }),
      handlers: {
        ...movement((delta) => move(cursor + delta), move, {
          count: items.length,
          height: inner.rows,
        }),
        follow: () => setHeld(following ? first + Math.max(0, newest) : null),
        openStatement: () => selected && open({ kind: 'statement', statement: selected }),
      },
    },
    focused,
  );

  const note = run || rehearsal ? `${following ? 'following' : 'paused'} · ${count(total)}` : '';
  return (
    <Pane title={sqlTitle(run, rehearsal, target)} note={note} {...size} focused={focused}>
      <Box flexDirection="column">
        {items.length === 0 && (
          <Text {...looks.dim}>
            {live
              ? 'No statement yet.'
              : 'Every SQL statement of a run or rehearsal appears here as it happens.'}
          </Text>
        )}
        {items.slice(start, start + inner.rows).map((statement, index) => (
          <StatementRow
            key={statement.seq}
            statement={statement}
            selected={focused && start + index === cursor}
            columns={inner.columns}
            live={live}
          />
        ))}
        {blockers.map((blocker) => (
          <Row
            key={blocker.pid}
            line={cutLine(line(span(`… ${blockerWords(blocker)}`, 'warn')), columns)}
          />
        ))}
      </Box>
    </Pane>
  );
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

/** The runs that the journal knows, newest first. */

import { Box, Text } from 'ink';
import type { RunKind, RunRecord } from '../../contract/events.ts';
import { cutLine, type Line, span } from '../../presentation/terminal/spans.ts';
import { CURSOR, type Style, styles } from '../../presentation/terminal/theme.ts';
import { ago, count, duration, plural } from '../../text/format.ts';
import { printableLine } from '../../text/print.ts';
import { pad, padStart } from '../../text/width.ts';
import { Row } from '../components/lines.tsx';
import { innerSize, Pane } from '../components/pane.tsx';
import { useLayer } from '../keys.tsx';
import type { Size } from '../navigation.ts';
import { movement, useWindowStart } from '../scrolling.ts';
import { useFacts, useServices } from '../services.ts';

const OUTCOMES: Readonly<Record<RunRecord['outcome'], { symbol: string; style: Style }>> = {
  running: { symbol: '▶', style: 'accent' },
  done: { symbol: '✓', style: 'good' },
  failed: { symbol: '✗', style: 'bad' },
  cancelled: { symbol: '↺', style: 'warn' },
  interrupted: { symbol: '!', style: 'bad' },
};

const KINDS: Readonly<Record<RunKind, string>> = {
  up: '▲ up',
  down: '▼ down',
  restore: '◀ restore',
};

export interface RunListProps {
  readonly size: Size;
  /** Null while they are read. */
  readonly runs: readonly RunRecord[] | null;
  readonly title: string;
  readonly cursor: number;
  readonly onMove: (place: number) => void;
  readonly onOpen: (run: RunRecord) => void;
}

export function RunList({ size, runs, title, cursor, onMove, onOpen }: RunListProps) {
  const { now } = useServices();
  const inner = innerSize(size);
  const all = runs ?? [];
  const place = Math.max(0, Math.min(cursor, all.length - 1));
  const start = useWindowStart(place, inner.rows, all.length);
  const to = (next: number) => onMove(Math.max(0, Math.min(next, all.length - 1)));
  useLayer({
    context: 'log',
    focused: true,
    facts: useFacts({ log: 'runs' }),
    handlers: {
      ...movement((delta) => to(place + delta), to, { count: all.length, height: inner.rows }),
      openStatement: () => {
        const run = all[place];
        if (run) onOpen(run);
      },
    },
  });
  return (
    <Pane title={title} note={runs ? count(all.length) : ''} {...size} focused>
      <Box flexDirection="column">
        {all.length === 0 && (
          <Text {...styles.dim}>{runs ? 'No run is recorded.' : 'reading the journal…'}</Text>
        )}
        {all.slice(start, start + inner.rows).map((run, index) => (
          <Row
            key={run.id}
            line={cutLine(runLine(run, start + index === place, now()), inner.columns)}
          />
        ))}
      </Box>
    </Pane>
  );
}

/** `2 revisions`, or the backup's name */
function whatOf({ restored, revisions }: RunRecord): string {
  return restored?.backup ?? plural(revisions.length, 'revision');
}

/** `▌✓ #40  up    2 revisions  done       3 min ago    1.4 s  128 statements` */
function runLine(run: RunRecord, selected: boolean, now: number): Line {
  const { symbol, style } = OUTCOMES[run.outcome];
  const begun = Date.parse(run.startedAt);
  const ended = run.finishedAt === null ? Number.NaN : Date.parse(run.finishedAt);
  const took = Number.isNaN(ended) ? '–' : duration(ended - begun);
  return [
    span(selected ? CURSOR : ' ', 'accent'),
    span(symbol, style),
    span(` ${padStart(`#${run.id}`, 5)}  `, selected ? 'strong' : 'plain'),
    span(pad(KINDS[run.direction], 11)),
    span(pad(whatOf(run), 17), selected ? 'strong' : 'plain'),
    span(pad(run.outcome, 12), style),
    span(pad(ago(begun, now), 13)),
    span(padStart(took, 9)),
    span(`  ${plural(run.statements, 'statement')}`, 'dim'),
    span(run.message ? `  ${printableLine(run.message)}` : '', style),
  ];
}

/** The list of revisions, newest first. */

import { Box, Text, useIsScreenReaderEnabled } from 'ink';
import { memo } from 'react';
import type { Revision } from '../../contract/revision.ts';
import { type Line, lineWidth, span, spread } from '../../presentation/terminal/spans.ts';
import {
  CURSOR,
  evidenceMark,
  markOf,
  stateWords,
  styles,
} from '../../presentation/terminal/theme.ts';
import { ago, count, duration } from '../../text/format.ts';
import { printablePiece } from '../../text/print.ts';
import { cut, cutMiddle, width } from '../../text/width.ts';
import type { Handlers } from '../keys.tsx';
import { useLayer } from '../keys.tsx';
import type { Size } from '../navigation.ts';
import { movement, useWindowStart } from '../scrolling.ts';
import { useSelected, useServices } from '../services.ts';
import { revisionNow } from '../store/state.ts';
import { Row } from './lines.tsx';
import { innerSize, Pane } from './pane.tsx';
import { Spinner } from './spinner.tsx';

export interface RevisionListProps {
  readonly size: Size;
  /** Newest first, those that the filter shows. */
  readonly revisions: readonly Revision[];
  /** Place of the cursor in {@link revisions}. */
  readonly cursor: number;
  readonly onMove: (place: number) => void;
  /** How many there are without the filter. */
  readonly all: number;
  readonly filter: string;
  readonly focused: boolean;
}

export function RevisionList(props: RevisionListProps) {
  const { size, revisions, cursor, onMove, all, filter, focused } = props;
  const { now } = useServices();
  const running = useSelected((state) => state.run?.revision ?? null);
  const rehearsed = useSelected(revisionNow);
  const finished = useSelected((state) => state.run?.finished);
  const inner = innerSize(size);
  const start = useWindowStart(cursor, inner.rows, revisions.length);
  const handlers: Handlers = movement((delta) => onMove(cursor + delta), onMove, {
    count: revisions.length,
    height: inner.rows,
  });
  useLayer({ context: 'revisions', handlers, focused: true }, focused);
  // Ages change by the minute; rows are drawn again only then.
  const minute = Math.floor(now() / 60_000) * 60_000;
  const title = filter
    ? `filter: ${printablePiece(filter)} (${count(revisions.length)} of ${count(all)})`
    : 'Revisions';
  const note =
    !filter && revisions.length > inner.rows
      ? `${count(cursor + 1)}/${count(revisions.length)}`
      : '';
  return (
    <Pane title={title} note={note} {...size} focused={focused}>
      <Box flexDirection="column">
        {revisions.length === 0 && (
          <Text {...styles.dim}>
            {filter ? 'No revision matches the filter.' : 'No revisions yet.'}
          </Text>
        )}
        {revisions.slice(start, start + inner.rows).map((revision, index) => (
          <RevisionRow
            // biome-ignore lint/suspicious/noArrayIndexKey: two revisions may claim one name
            key={`${revision.name} ${start + index}`}
            revision={revision}
            selected={start + index === cursor}
            doing={
              revision.name === running
                ? 'running'
                : revision.name === rehearsed
                  ? 'rehearsing'
                  : null
            }
            took={finished?.get(revision.name) ?? null}
            now={minute}
            columns={inner.columns}
          />
        ))}
      </Box>
    </Pane>
  );
}

interface RowProps {
  readonly revision: Revision;
  readonly selected: boolean;
  /** What is done with it now. */
  readonly doing: 'running' | 'rehearsing' | null;
  /** Milliseconds, in the run on screen. */
  readonly took: number | null;
  readonly now: number;
  readonly columns: number;
}

const RevisionRow = memo(function RevisionRow(props: RowProps) {
  const { revision, selected, doing, columns } = props;
  const mark = markOf(revision);
  const reader = useIsScreenReaderEnabled();
  if (reader) return <Text>{spokenRow(props)}</Text>;
  return (
    <Box height={1}>
      <Text {...styles.accent}>{selected ? CURSOR : ' '}</Text>
      {doing ? <Spinner /> : <Text {...styles[mark.style]}>{mark.symbol}</Text>}
      <Row line={revisionLine(props, columns - 2)} />
    </Box>
  );
});

/** For screen readers: words instead of symbols and places. */
function spokenRow({ revision, selected, doing }: RowProps): string {
  const words = [selected ? 'selected:' : '', printablePiece(revision.name), stateWords(revision)];
  return [...words, doing ?? ''].filter(Boolean).join(' ');
}

/** ` 20261120_index_changesets     12 ms`, without cursor and symbol. */
function revisionLine(props: Omit<RowProps, 'columns'>, columns: number): Line {
  const { revision, selected } = props;
  const room = columns - 1;
  const name = printablePiece(revision.name).replace(/^Migration(?=\d)/, '');
  const choices = asides(props);
  // The name matters more than an age beside it, but not more than what is wrong with it.
  const fits = (aside: Line) => width(name) <= room - lineWidth(aside) - (aside.length > 0 ? 1 : 0);
  const right = choices.find(fits) ?? choices.at(-1) ?? [];
  const beside = right.length > 0 ? room - lineWidth(right) - 1 : room;
  return spread(
    [span(` ${shortName(name, beside)}`, selected ? 'strong' : 'plain')],
    right,
    columns,
  );
}

/** Without the word that MikroORM begins every name with; the detail shows the whole name. */
function shortName(name: string, columns: number): string {
  return cutMiddle(name, Math.max(4, columns));
}

/** What may stand beside the name, from all there is to say down to what must be said. */
function asides({ revision, doing, took, now }: Omit<RowProps, 'columns'>): readonly Line[] {
  if (doing) return [[span(doing, 'accent')]];
  if (took !== null) return [[span(duration(took), 'dim')]];
  const { word, style } = markOf(revision);
  const others = revision.flags.length - 1;
  const flag = word ? [span(cut(others > 0 ? `${word} +${others}` : word, 20), style)] : [];
  const at = revision.appliedAt === null ? Number.NaN : Date.parse(revision.appliedAt);
  const age = word || Number.isNaN(at) ? [] : [span(ago(at, now), 'dim')];
  const { rehearsal } = revision;
  if (!rehearsal) return flag.length > 0 ? [flag] : [age, []];
  const mark = evidenceMark(rehearsal);
  const whole = [span(`${mark.symbol} ${mark.word}`, mark.style)];
  // Where there is no room for words the symbol says it; a mark tells what is stale from what is not.
  const short = [span(`${mark.symbol}${rehearsal.stale.length > 0 ? '?' : ''}`, mark.style)];
  return [
    joined(flag, whole, age),
    joined(flag, whole),
    ...(flag.length > 0 ? [joined(flag, short)] : [joined(short)]),
  ];
}

function joined(...parts: readonly Line[]): Line {
  return parts
    .filter((part) => part.length > 0)
    .flatMap((part, index) => (index === 0 ? part : [span('  '), ...part]));
}

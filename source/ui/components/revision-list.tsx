/** The list of revisions, newest first. */

import { Box, Text, useIsScreenReaderEnabled } from 'ink';
import { memo } from 'react';
import type { Revision } from '../../protocol.ts';
import { escapeControl } from '../../text/escape.ts';
import { ago, count, duration } from '../../text/format.ts';
import { cut, cutMiddle, width } from '../../text/width.ts';
import type { Handlers } from '../keys.tsx';
import { useLayer } from '../keys.tsx';
import type { Size } from '../navigation.ts';
import { movement, useWindowStart } from '../scrolling.ts';
import { useSelected, useServices } from '../services.ts';
import { type Line, lineWidth, span, spread } from '../spans.ts';
import { CURSOR, looks, markOf, stateWords } from '../theme.ts';
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
    ? `filter: ${escapeControl(filter)} (${count(revisions.length)} of ${count(all)})`
    : 'Revisions';
  const note =
    !filter && revisions.length > inner.rows
      ? `${count(cursor + 1)}/${count(revisions.length)}`
      : '';
  return (
    <Pane title={title} note={note} {...size} focused={focused}>
      <Box flexDirection="column">
        {revisions.length === 0 && (
          <Text {...looks.dim}>
            {filter ? 'No revision matches the filter.' : 'No revisions yet.'}
          </Text>
        )}
        {revisions.slice(start, start + inner.rows).map((revision, index) => (
          <RevisionRow
            // biome-ignore lint/suspicious/noArrayIndexKey: two revisions may claim one name
            key={`${revision.name} ${start + index}`}
            revision={revision}
            selected={start + index === cursor}
            running={revision.name === running}
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
  readonly running: boolean;
  /** Milliseconds, in the run on screen. */
  readonly took: number | null;
  readonly now: number;
  readonly columns: number;
}

const RevisionRow = memo(function RevisionRow(props: RowProps) {
  const { revision, selected, running, columns } = props;
  const mark = markOf(revision);
  const reader = useIsScreenReaderEnabled();
  if (reader) return <Text>{spokenRow(props)}</Text>;
  return (
    <Box height={1}>
      <Text {...looks.accent}>{selected ? CURSOR : ' '}</Text>
      {running ? <Spinner /> : <Text {...looks[mark.tone]}>{mark.symbol}</Text>}
      <Row line={revisionLine(props, columns - 2)} />
    </Box>
  );
});

/** For screen readers: words instead of symbols and places. */
function spokenRow({ revision, selected, running }: RowProps): string {
  const words = [selected ? 'selected:' : '', escapeControl(revision.name), stateWords(revision)];
  return [...words, running ? 'running' : ''].filter(Boolean).join(' ');
}

/** ` 20261120_index_changesets     12 ms`, without cursor and symbol. */
function revisionLine(
  { revision, selected, running, took, now }: Omit<RowProps, 'columns'>,
  columns: number,
): Line {
  const right: Line = running
    ? [span('running', 'accent')]
    : took !== null
      ? [span(duration(took), 'dim')]
      : aside(revision, now);
  // The name matters more than an age beside it, but not more than what is wrong with it.
  const room = columns - 1;
  const beside = room - lineWidth(right) - 1;
  const onlyAge = !running && took === null && markOf(revision).word === '';
  const name = shortName(escapeControl(revision.name), onlyAge ? room : beside);
  const left = [span(` ${name}`, selected ? 'strong' : 'plain')];
  if (onlyAge && width(name) > beside) return left;
  return spread(left, right, columns);
}

/** Without the word that MikroORM begins every name with; the detail shows the whole name. */
function shortName(name: string, columns: number): string {
  return cutMiddle(name.replace(/^Migration(?=\d)/, ''), Math.max(4, columns));
}

function aside(revision: Revision, now: number): Line {
  const { word, tone } = markOf(revision);
  const others = revision.flags.length - 1;
  if (word) return [span(cut(others > 0 ? `${word} +${others}` : word, 20), tone)];
  const at = revision.appliedAt === null ? Number.NaN : Date.parse(revision.appliedAt);
  return Number.isNaN(at) ? [] : [span(ago(at, now), 'dim')];
}

/** Every statement of a run, however many. */

import { Box, Text } from 'ink';
import { useEffect, useState } from 'react';
import { count } from '../../text/format.ts';
import { Row } from '../components/lines.tsx';
import { innerSize, Pane } from '../components/pane.tsx';
import { StatementRow } from '../components/statement-row.tsx';
import { useLayer } from '../keys.tsx';
import { type Size, useNavigation } from '../navigation.ts';
import { movement, useWindowStart } from '../scrolling.ts';
import { useFacts, useNotice, useServices } from '../services.ts';
import { span } from '../spans.ts';
import { CURSOR, looks } from '../theme.ts';
import type { Found } from './search.ts';
import type { StatementSource } from './source.ts';

export interface StatementListProps {
  readonly size: Size;
  readonly source: StatementSource;
  /** What the filter shows; null without one. */
  readonly found: Found | null;
  readonly title: string;
}

export function StatementList({ size, source, found, title }: StatementListProps) {
  const { copy } = useServices();
  const { open } = useNavigation();
  const notify = useNotice();
  const inner = innerSize(size);
  const total = found ? found.seqs.length : source.total;
  // Place of the cursor; null follows the newest.
  const [held, setHeld] = useState<number | null>(source.live ? null : 0);
  const newest = Math.max(0, total - 1);
  const cursor = held === null ? newest : Math.min(held, newest);
  const start = useWindowStart(cursor, inner.rows, total);
  const shown = Math.min(inner.rows, total - start);
  const seqAt = (place: number) => (found ? (found.seqs[place] ?? 0) : place + 1);

  const first = shown > 0 ? seqAt(start) : 0;
  const last = shown > 0 ? seqAt(start + shown - 1) : 0;
  useEffect(() => {
    if (!first) return;
    // What a filter shows may lie far apart.
    if (!found) return source.want(first, last);
    for (const seq of found.seqs.slice(start, start + inner.rows)) source.want(seq, seq);
  }, [source, found, first, last, start, inner.rows]);

  const move = (place: number) => {
    const to = Math.max(0, Math.min(place, newest));
    setHeld(source.live && to === newest ? null : to);
  };
  const selected = total > 0 ? source.at(seqAt(cursor)) : undefined;
  useLayer({
    context: 'log',
    focused: true,
    facts: useFacts({ log: 'statements', statementSelected: selected !== undefined }),
    handlers: {
      ...movement((delta) => move(cursor + delta), move, { count: total, height: inner.rows }),
      follow: () => setHeld(held === null ? newest : null),
      openStatement: () => selected && open({ kind: 'statement', statement: selected }),
      copy: () => {
        if (!selected) return;
        copy(selected.sql);
        notify('Copied the SQL.');
      },
    },
  });

  const state = source.live ? (held === null ? 'following · ' : 'paused · ') : '';
  const place = total > 0 ? `${count(cursor + 1)}/` : '';
  return (
    <Pane title={title} note={`${state}${place}${count(total)}`} {...size} focused>
      <Box flexDirection="column">
        {total === 0 && <Text {...looks.dim}>{emptyText(source, found)}</Text>}
        {Array.from({ length: Math.max(0, shown) }, (_, index) => {
          const seq = seqAt(start + index);
          const statement = source.at(seq);
          const isSelected = start + index === cursor;
          return statement ? (
            <StatementRow
              key={seq}
              statement={statement}
              selected={isSelected}
              columns={inner.columns}
              live={source.live}
            />
          ) : (
            <Row key={seq} line={[span(isSelected ? CURSOR : ' ', 'accent'), span('…', 'dim')]} />
          );
        })}
      </Box>
    </Pane>
  );
}

function emptyText(source: StatementSource, found: Found | null): string {
  if (source.problem) return source.problem.what;
  if (!found) return source.live ? 'No statement yet.' : 'No run is chosen, or it sent nothing.';
  return found.searched < source.total ? 'searching…' : 'No statement matches the filter.';
}

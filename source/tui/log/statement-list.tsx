/** Every statement of a run, however many. */

import { Box, Text } from 'ink';
import { useEffect, useMemo, useState } from 'react';
import { span } from '../../presentation/terminal/spans.ts';
import { CURSOR, styles } from '../../presentation/terminal/theme.ts';
import { omittedWords } from '../../presentation/words.ts';
import { count } from '../../text/format.ts';
import { Row } from '../components/lines.tsx';
import { NoticeRow } from '../components/notice-row.tsx';
import { innerSize, Pane } from '../components/pane.tsx';
import { StatementRow } from '../components/statement-row.tsx';
import { useLayer } from '../keys.tsx';
import { type Size, useNavigation } from '../navigation.ts';
import { movement, useWindowStart } from '../scrolling.ts';
import { useFacts, useNotice, useServices } from '../services.ts';
import { lowest, statementRows } from '../statement-rows.ts';
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
  const { notices } = source;
  const rows = useMemo(
    () =>
      statementRows(total, found ? (seq) => indexIn(found.seqs, seq) : (seq) => seq - 1, notices),
    [total, found, notices],
  );
  // Place of the cursor; null follows the newest.
  const [held, setHeld] = useState<number | null>(source.live ? null : 0);
  const newest = Math.max(0, rows.total - 1);
  const cursor = held === null ? newest : Math.min(held, newest);
  const start = useWindowStart(cursor, inner.rows, rows.total);
  const shown = Math.min(inner.rows, rows.total - start);
  const seqOf = (index: number) => (found ? (found.seqs[index] ?? 0) : index + 1);
  const seqAt = (place: number) => seqOf(rows.at(place).index);

  const firstIndex = rows.at(start).index;
  const lastIndex = rows.at(start + shown - 1).index;
  useEffect(() => {
    if (total === 0) return;
    // What a filter shows may lie far apart.
    if (!found) return source.want(firstIndex + 1, lastIndex + 1);
    for (const seq of found.seqs.slice(firstIndex, lastIndex + 1)) source.want(seq, seq);
  }, [source, found, total, firstIndex, lastIndex]);

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
      ...movement((delta) => move(cursor + delta), move, {
        count: rows.total,
        height: inner.rows,
      }),
      follow: () => setHeld(held === null ? newest : null),
      openStatement: () => selected && open({ kind: 'statement', statement: selected, notices }),
      copy: () => {
        if (!selected) return;
        copy(selected.sql);
        notify('Copied the SQL.');
      },
    },
  });

  const state = source.live ? (held === null ? 'following · ' : 'paused · ') : '';
  const place = total > 0 ? `${count(rows.at(cursor).index + 1)}/` : '';
  const omitted = source.noticesOmitted > 0 ? `${omittedWords(source.noticesOmitted)} · ` : '';
  return (
    <Pane title={title} note={`${omitted}${state}${place}${count(total)}`} {...size} focused>
      <Box flexDirection="column">
        {total === 0 && <Text {...styles.dim}>{emptyText(source, found)}</Text>}
        {Array.from({ length: Math.max(0, shown) }, (_, offset) => {
          const { index, nth, notice } = rows.at(start + offset);
          const seq = seqOf(index);
          const statement = source.at(seq);
          const isSelected = start + offset === cursor;
          if (notice) {
            const key = `${seq} ${nth}`;
            return (
              <NoticeRow key={key} notice={notice} selected={isSelected} columns={inner.columns} />
            );
          }
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

/** Less than 0 if the filter does not show it. */
function indexIn(seqs: readonly number[], seq: number): number {
  const index = lowest(seqs.length, (at) => (seqs[at] ?? 0) >= seq);
  return seqs[index] === seq ? index : -1;
}

function emptyText(source: StatementSource, found: Found | null): string {
  if (source.problem) return source.problem.what;
  if (!found) return source.live ? 'No statement yet.' : 'No run is chosen, or it sent nothing.';
  return found.searched < source.total ? 'searching…' : 'No statement matches the filter.';
}

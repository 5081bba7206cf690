/** The statements of one run, wherever they are: in memory, or in the journal. */

import { useEffect, useMemo, useReducer, useState } from 'react';
import type { StatementRecord } from '../../contract/events.ts';
import type { Problem } from '../../contract/problem.ts';
import type { ServerNotice } from '../../contract/statement.ts';
import { useSelected, useServices } from '../services.ts';
import { emptyRing, inRing } from '../store/statements.ts';
import { PageCache } from './page-cache.ts';

/** The run whose statements are shown; `number` is null when the journal does not know it. */
export interface ChosenRun {
  readonly number: number | null;
  /** As the journal said; the run on screen knows better. */
  readonly statements: number;
  readonly noticesOmitted: number;
}

export interface StatementSource {
  readonly total: number;
  /** It is going on: there will be more. */
  readonly live: boolean;
  readonly problem: Problem | null;
  /** What the server said of them. */
  readonly notices: readonly ServerNotice[];
  /** How much more it said that is not kept. */
  readonly noticesOmitted: number;
  /** Undefined while its page is on its way; see {@link want}. */
  at(seq: number): StatementRecord | undefined;
  /** Tells which ones are about to be shown. */
  want(first: number, last: number): void;
  /** Some that follow each other, for searching and saving; none when they can't be read. */
  read(from: number, count: number): Promise<readonly StatementRecord[]>;
}

export function useStatementSource(chosen: ChosenRun | null): StatementSource {
  const { session } = useServices();
  const run = useSelected((state) => state.run);
  const isCurrent = run !== null && chosen !== null && run.id === chosen.number;
  const ring = useSelected((state) => (isCurrent ? state.statements : emptyRing));
  const current = useSelected((state) => state.notices);
  const currentOmitted = useSelected((state) => state.noticesOmitted);
  const kept = useKeptNotices(isCurrent ? null : (chosen?.number ?? null));
  const notices = isCurrent ? current : kept;
  const noticesOmitted = isCurrent ? currentOmitted : (chosen?.noticesOmitted ?? 0);
  const [version, changed] = useReducer((count: number) => count + 1, 0);
  const number = chosen?.number ?? null;
  const cache = useMemo(() => {
    const read = async (from: number, count: number) =>
      number === null
        ? { ok: true as const, value: [] }
        : ((await session()?.statements(number, from, count)) ?? { ok: true as const, value: [] });
    return new PageCache(read, changed);
  }, [number, session]);
  const live = isCurrent && run.phase !== 'over';
  const total = isCurrent ? ring.total : (chosen?.statements ?? 0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a page that came is a new answer
  return useMemo(
    (): StatementSource => ({
      total,
      live,
      problem: cache.problem,
      notices,
      noticesOmitted,
      at: (seq) => inRing(ring, seq) ?? cache.get(seq),
      want(first, last) {
        const missing = (seq: number) => seq <= last && !inRing(ring, seq);
        if (missing(first)) cache.want(first, Math.min(last, (ring.items[0]?.seq ?? last + 1) - 1));
      },
      async read(from, count) {
        const kept = ring.items.filter(({ seq }) => seq >= from && seq < from + count);
        if (kept[0]?.seq === from || number === null) return kept;
        const reply = await session()?.statements(number, from, count);
        return reply?.ok ? reply.value : [];
      },
    }),
    [total, live, cache, ring, number, session, version, notices, noticesOmitted],
  );
}

const NONE: readonly ServerNotice[] = [];

/** Those that the journal has of a run; none before they are read. */
function useKeptNotices(run: number | null): readonly ServerNotice[] {
  const { session } = useServices();
  const [read, setRead] = useState({ run, notices: NONE });
  useEffect(() => {
    if (run === null) return;
    let wanted = true;
    void session()
      ?.notices(run)
      .then((reply) => {
        if (wanted && reply.ok) setRead({ run, notices: reply.value });
      });
    return () => {
      wanted = false;
    };
  }, [run, session]);
  return read.run === run ? read.notices : NONE;
}

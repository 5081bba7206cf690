/** Finds the statements that a filter shows, a piece at a time, however many there are. */

import { useEffect, useRef, useState } from 'react';
import type { StatementRecord } from '../../contract/events.ts';
import { wordsOf } from '../screens/filter.ts';
import type { StatementSource } from './source.ts';

/** Statements looked through at once. */
const PIECE = 1_000;

export interface Found {
  /** Seqs of those that match, in order. */
  readonly seqs: readonly number[];
  /** How many have been looked through. */
  readonly searched: number;
}

const nothing: Found = { seqs: [], searched: 0 };

/** Null without a filter. `run` tells one run from another. */
export function useSearch(source: StatementSource, filter: string, run: unknown): Found | null {
  const [found, setFound] = useState<Found>(nothing);
  const latest = useRef(source);
  latest.current = source;
  const words = wordsOf(filter).join(' ');
  const { total } = source;
  const begun = useRef({ words: '', run: null as unknown, total: 0, found: nothing, busy: false });

  useEffect(() => {
    if (words === '') return;
    let job = begun.current;
    if (job.words !== words || job.run !== run) {
      job = { words, run, total: 0, found: nothing, busy: false };
      begun.current = job;
      setFound(nothing);
    }
    // More came while it was searching: the same search goes on to the new end.
    job.total = total;
    if (job.busy) return;
    job.busy = true;
    void (async () => {
      while (begun.current === job && job.found.searched < job.total) {
        const from = job.found.searched + 1;
        const piece = await latest.current.read(from, Math.min(PIECE, job.total - from + 1));
        const last = piece.at(-1)?.seq;
        if (last === undefined) break;
        const matching = piece.filter((statement) => matches(statement, words));
        job.found = {
          seqs: [...job.found.seqs, ...matching.map(({ seq }) => seq)],
          searched: last,
        };
        if (begun.current === job) setFound(job.found);
      }
      job.busy = false;
    })();
  }, [words, run, total]);
  // Nothing goes on searching for a screen that is closed.
  useEffect(
    () => () => {
      begun.current = { ...begun.current, words: '', busy: false };
    },
    [],
  );

  return words === '' ? null : found;
}

/** Whether a statement holds every word: in its SQL, its revision or its error. */
function matches(statement: StatementRecord, words: string): boolean {
  const error = statement.end?.error ? `error ${statement.end.error.message}` : '';
  const text = `${statement.sql} ${statement.revision ?? ''} ${error}`.toLowerCase();
  return words.split(' ').every((word) => text.includes(word));
}

/** Has a draft made whenever the code or the target changes, and keeps the last one that could be. */

import { useEffect, useMemo, useState } from 'react';
import { type Draft, type DraftBase, type DraftRequest, NO_ANSWERS } from '../contract/draft.ts';
import type { Problem } from '../contract/problem.ts';
import { useSelected } from './services.ts';
import { isRunning } from './store/state.ts';
import { useMadeDraft } from './use-draft.ts';

export interface Watched {
  /** The last that could be made; null when there was nothing to draft, or none yet. */
  readonly draft: Draft | null;
  /** The entities are what the base is. */
  readonly same: Problem | null;
  /** When, milliseconds since the epoch; null before the first one. */
  readonly at: number | null;
  /** Why the newest one could not be made. */
  readonly problem: Problem | null;
  /** A newer one is being made. */
  readonly busy: boolean;
}

/** Refused because of the target; another base does not depend on it. */
const ABOUT_TARGET: ReadonlySet<Problem['code']> = new Set([
  'not-up-to-date',
  'drifted',
  'missing-file',
]);

/** @param on false makes none meanwhile: the session does one thing at a time */
export function useWatch(
  base: DraftBase,
  on: boolean,
  onRefusedTarget: (problem: Problem) => void,
): Watched {
  const generation = useSelected((state) => state.generation);
  const schemaHash = useSelected((state) => state.history?.schemaHash ?? null);
  const applied = useSelected((state) => state.history?.current ?? null);
  const running = useSelected(isRunning);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what has to be compared anew
  const request = useMemo(
    (): DraftRequest => ({ base, name: null, blank: false, answers: NO_ANSWERS }),
    [base, generation, schemaHash, applied],
  );
  const wanted = on && !running ? request : null;
  const made = useMadeDraft(wanted);
  const [good, setGood] = useState<Pick<Watched, 'draft' | 'same' | 'at'>>({
    draft: null,
    same: null,
    at: null,
  });
  useEffect(() => {
    if (!made) return;
    const { reply, at } = made;
    if (reply.ok) {
      setGood({ draft: reply.value, same: null, at });
    } else if (reply.problem.code === 'nothing-to-do') {
      setGood({ draft: null, same: reply.problem, at });
    } else if (made.request.base === 'target' && ABOUT_TARGET.has(reply.problem.code)) {
      onRefusedTarget(reply.problem);
    }
  }, [made, onRefusedTarget]);
  const problem = made?.reply.ok === false ? made.reply.problem : null;
  return {
    ...good,
    problem: problem?.code === 'nothing-to-do' ? null : problem,
    busy: wanted !== null && made?.request !== wanted,
  };
}

/** Asks how far a revision is, whenever something may have changed that. */

import { useEffect, useState } from 'react';
import type { Checklist } from '../contract/checklist.ts';
import type { Reply } from '../contract/problem.ts';
import { useSelected, useServices } from './services.ts';
import { isRunning } from './store/state.ts';

/**
 * Null until it is known.
 *
 * @param name null is the next revision; undefined asks for none
 */
export function useChecklist(name: string | null | undefined): Reply<Checklist> | null {
  const { session } = useServices();
  const history = useSelected((state) => state.history);
  const running = useSelected(isRunning);
  const marks = useSelected((state) => state.marks);
  const [known, setKnown] = useState<{
    readonly name: string | null;
    readonly reply: Reply<Checklist>;
  } | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: history, run and marks are the signals
  useEffect(() => {
    if (name === undefined) return;
    let wanted = true;
    void session()
      ?.checklist(name)
      .then((reply) => wanted && setKnown({ name, reply }));
    return () => {
      wanted = false;
    };
  }, [session, name, history, running, marks]);
  return known && known.name === name ? known.reply : null;
}

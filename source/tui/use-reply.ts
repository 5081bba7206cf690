/** Asks the session one thing for a screen. */

import { useEffect, useState } from 'react';
import type { Reply } from '../contract/problem.ts';
import type { Session } from '../session/session.ts';
import { useServices } from './services.ts';

/**
 * What the session answers; null until it does. A late answer to an earlier question is dropped.
 *
 * @param about what the question is about: asked again when one of these is another one
 * @param keep the last answer stands until the next one is there, as for a list that is read again
 */
export function useReply<T>(
  ask: (session: Session) => Promise<Reply<T>>,
  about: readonly unknown[],
  { keep = false }: { readonly keep?: boolean } = {},
): Reply<T> | null {
  const { session } = useServices();
  const [known, setKnown] = useState<{ about: readonly unknown[]; reply: Reply<T> } | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the caller says what it is about
  useEffect(() => {
    let current = true;
    const open = session();
    if (open) {
      void ask(open).then((reply) => {
        if (current) setKnown({ about, reply });
      });
    }
    return () => {
      current = false;
    };
  }, [session, ...about]);
  if (!known) return null;
  const same = known.about.every((each, at) => Object.is(each, about[at]));
  return keep || same ? known.reply : null;
}

/** Has a draft made, and made again as soon as something else is wanted. */

import { useEffect, useState } from 'react';
import type { Draft, DraftRequest } from '../contract/draft.ts';
import type { Reply } from '../contract/problem.ts';
import { useServices } from './services.ts';

export interface MadeDraft {
  readonly request: DraftRequest;
  readonly reply: Reply<Draft>;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Null while it is being made. What is not wanted any more is cancelled. */
export function useDraft(request: DraftRequest): Reply<Draft> | null {
  const made = useMadeDraft(request);
  return made?.request === request ? made.reply : null;
}

/** The last one that was made, which may be of an earlier request; null asks for none. */
export function useMadeDraft(request: DraftRequest | null): MadeDraft | null {
  const { session, now } = useServices();
  const [made, setMade] = useState<MadeDraft | null>(null);
  useEffect(() => {
    const open = session();
    if (!open || !request) return;
    let wanted = true;
    let making = true;
    void open.draft(request).then((reply) => {
      making = false;
      if (wanted) setMade({ request, reply, at: now() });
    });
    return () => {
      wanted = false;
      if (making) open.cancel();
    };
  }, [request, session, now]);
  return made;
}

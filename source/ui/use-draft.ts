/** Has a draft made, and made again as soon as something else is wanted. */

import { useEffect, useState } from 'react';
import type { Draft, DraftRequest } from '../draft.ts';
import type { Reply } from '../protocol.ts';
import { useServices } from './services.ts';

/** Null while it is being made. What is not wanted any more is cancelled. */
export function useDraft(request: DraftRequest): Reply<Draft> | null {
  const { session } = useServices();
  const [made, setMade] = useState<{
    readonly request: DraftRequest;
    readonly reply: Reply<Draft>;
  } | null>(null);
  useEffect(() => {
    const open = session();
    if (!open) return;
    let wanted = true;
    let making = true;
    void open.draft(request).then((reply) => {
      making = false;
      if (wanted) setMade({ request, reply });
    });
    return () => {
      wanted = false;
      if (making) open.cancel();
    };
  }, [request, session]);
  return made?.request === request ? made.reply : null;
}

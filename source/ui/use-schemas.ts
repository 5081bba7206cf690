/** The schemas that the revisions are applied to. */

import { useCallback, useEffect, useState } from 'react';
import type { Reply } from '../protocol.ts';
import type { SchemaList } from '../schemas.ts';
import { useSelected, useServices } from './services.ts';

/**
 * Read again with every look, and when `again` is called; null until the first answer.
 */
export function useSchemas(): {
  readonly reply: Reply<SchemaList> | null;
  readonly again: () => void;
} {
  const { session } = useServices();
  const history = useSelected((state) => state.history);
  const [asked, setAsked] = useState(0);
  const [reply, setReply] = useState<Reply<SchemaList> | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: they say when to read again
  useEffect(() => {
    let current = true;
    void session()
      ?.schemas(null)
      .then((answer) => {
        if (current) setReply(answer);
      });
    return () => {
      current = false;
    };
  }, [session, history, asked]);
  return { reply, again: useCallback(() => setAsked((before) => before + 1), []) };
}

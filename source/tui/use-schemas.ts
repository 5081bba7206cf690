/** The schemas that the revisions are applied to. */

import { useCallback, useState } from 'react';
import type { Reply } from '../contract/problem.ts';
import type { SchemaList } from '../contract/schemas.ts';
import { useSelected } from './services.ts';
import { useReply } from './use-reply.ts';

/**
 * Read again with every look, and when `again` is called; null until the first answer.
 */
export function useSchemas(): {
  readonly reply: Reply<SchemaList> | null;
  readonly again: () => void;
} {
  const history = useSelected((state) => state.history);
  const [asked, setAsked] = useState(0);
  const reply = useReply((session) => session.schemas(null), [history, asked], { keep: true });
  return { reply, again: useCallback(() => setAsked((before) => before + 1), []) };
}

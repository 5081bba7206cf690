/** Asks for the SQL of the selected revision, once the cursor rests on it. */

import { useEffect, useState } from 'react';
import type { Direction } from '../contract/direction.ts';
import type { Preview } from '../contract/preview.ts';
import type { Reply } from '../contract/problem.ts';
import type { Revision } from '../contract/revision.ts';
import type { Asked, Previews } from '../presentation/terminal/detail.ts';
import { useSelected, useServices } from './services.ts';

/** Milliseconds that the cursor must rest: nobody reads what only passes by. */
const PREVIEW_DELAY_MS = 80;

interface Known {
  readonly name: string;
  readonly previews: Previews;
}

const asking: Previews = { up: { state: 'asking' }, down: { state: 'asking' } };

/** Null when the revision has no code to preview. */
export function usePreviews(revision: Revision | null): Previews | null {
  const { session } = useServices();
  const history = useSelected((state) => state.history);
  const [known, setKnown] = useState<Known | null>(null);
  const name = revision && revision.state !== 'missing' ? revision.name : null;

  // A new history means that files may have changed: ask again, but show what is known meanwhile.
  // biome-ignore lint/correctness/useExhaustiveDependencies: history is that signal
  useEffect(() => {
    if (name === null) return;
    let current = true;
    const ask = async (direction: Direction) => {
      const reply = await session()?.preview(name, direction);
      if (!current || !reply) return;
      setKnown((before) => {
        const previews = before?.name === name ? before.previews : asking;
        return { name, previews: { ...previews, [direction]: askedOf(reply) } };
      });
    };
    const timer = setTimeout(() => {
      void ask('up');
      void ask('down');
    }, PREVIEW_DELAY_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [name, history, session]);

  if (name === null) return null;
  return known?.name === name ? known.previews : asking;
}

function askedOf(reply: Reply<Preview>): Asked<Preview> {
  return reply.ok
    ? { state: 'known', value: reply.value }
    : { state: 'failed', problem: reply.problem };
}

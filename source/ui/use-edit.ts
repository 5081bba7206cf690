/** Opens a revision in the person's editor, and says what came of it. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { useApp } from 'ink';
import { useCallback } from 'react';
import type { Revision } from '../protocol.ts';
import { useNotice, useServices } from './services.ts';

/** `unchanged` is said when the file was left as it is. */
export function useEdit(): (
  revision: Pick<Revision, 'file' | 'name' | 'state' | 'flags'>,
  unchanged?: string,
) => Promise<void> {
  const { edit, project, session } = useServices();
  const { suspendTerminal } = useApp();
  const notify = useNotice();
  return useCallback(
    async ({ file, name, state, flags }, unchanged = `${file} is as it was.`) => {
      if (file === null) return;
      const path = join(project.root, file);
      const before = contentOf(path);
      let problem: string | null = null;
      // A save is seen by the watcher, which looks at the project again.
      await suspendTerminal(async () => {
        problem = await edit(path);
      });
      if (problem !== null) return notify(problem, 'warn');
      if (contentOf(path) === before) {
        if (flags.includes('draft')) await session()?.markStep(name, 'edit', 'done', '');
        return notify(unchanged);
      }
      if (state === 'applied') {
        return notify(
          `${name} is applied: what you changed will not run on this database.`,
          'warn',
        );
      }
      const hint = flags.includes('draft') ? ' = shows what changed since it was drafted.' : '';
      notify(`${file} was saved.${hint}`);
    },
    [edit, project, session, suspendTerminal, notify],
  );
}

function contentOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

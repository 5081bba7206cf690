/** Opens a revision in the person's editor, and says what came of it. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { useApp } from 'ink';
import { useCallback } from 'react';
import type { Revision } from '../contract/revision.ts';
import { useNotice, useServices } from './services.ts';
import { compileErrorsOf } from './store/state.ts';

type Edited = Pick<Revision, 'file' | 'sha256' | 'name' | 'state' | 'flags' | 'notes'>;

/** `unchanged` is said when the file was left as it is. */
export function useEdit(): (revision: Edited, unchanged?: string) => Promise<void> {
  const { edit, project, session, store } = useServices();
  const { suspendTerminal } = useApp();
  const notify = useNotice();
  const check = useCheck();
  return useCallback(
    async (revision, unchanged = `${revision.file} is as it was.`) => {
      const { file, name, state, flags, notes } = revision;
      if (file === null) return;
      const path = join(project.root, file);
      const before = contentOf(path);
      const [wrong] = compileErrorsOf(store.getState(), revision);
      const line = brokenLine(file, notes) ?? wrong?.line ?? null;
      let problem: string | null = null;
      // A save is seen by the watcher, which looks at the project again.
      await suspendTerminal(async () => {
        problem = await edit(path, line);
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
      const hint = flags.includes('draft') ? ' = shows what changed.' : '';
      notify(`${file} was saved.${hint}`);
      await check(file, name);
    },
    [edit, project, session, store, suspendTerminal, notify, check],
  );
}

/** Says where the file is wrong: first whether it can be loaded, then what TypeScript finds. */
function useCheck(): (file: string, name: string) => Promise<void> {
  const { session } = useServices();
  const notify = useNotice();
  return useCallback(
    async (file, name) => {
      const open = session();
      if (!open) return;
      const [types] = await Promise.all([open.compileErrors(file), open.look()]);
      const preview = await open.preview(name, 'up');
      if (!preview.ok) return notify(`e opens it: ${preview.problem.what}`, 'warn');
      const [first] = types ?? [];
      if (!first) return;
      const others = types && types.length > 1 ? `, the first of ${types.length}` : '';
      notify(`e opens line ${first.line}:${first.column}${others}: ${first.message}`, 'warn');
    },
    [session, notify],
  );
}

/** Where its code can't be loaded, as its note says; null if it can. */
function brokenLine(file: string, notes: readonly string[]): number | null {
  const note = notes.find((each) => each.startsWith(`${file}:`));
  const line = Number(/^:(\d+)/.exec(note?.slice(file.length) ?? '')?.[1]);
  return Number.isInteger(line) ? line : null;
}

function contentOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

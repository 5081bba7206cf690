/** Tells when a file changes that decides what the screen shows. */

import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { FSWatcher } from 'chokidar';

/** Editors write a file in several steps; changes this close together are one, in milliseconds. */
const SETTLE_MS = 120;

/** Folders whose changes never matter, and files that come and go while a database is used. */
const IGNORED = /[\\/](node_modules|\.git|\.handrail)([\\/]|$)|-(journal|shm)$|\.handrail-lock/;

export interface Watcher {
  /**
   * Watches these files and folders from now on, and no others any more. What was changed since the
   * screen's facts were read, and before it is watched, is a change, too.
   */
  watch(paths: readonly string[], readAt: Date): Promise<void>;
  close(): Promise<void>;
}

/** `isData(path)`: whether a change of that path is one of the database only, not of the code. */
export function createWatcher(
  isData: (path: string) => boolean,
  onChange: (codeChanged: boolean) => void,
): Watcher {
  /** The newest one, and those before it until it is ready. */
  const open = new Set<FSWatcher>();
  let watched = '';
  let timer: NodeJS.Timeout | null = null;
  let codeChanged = false;
  let closed = false;

  const changed = (_event: string, path: string) => {
    codeChanged ||= !isData(path);
    if (timer) clearTimeout(timer);
    timer = setTimeout(() => {
      onChange(codeChanged);
      codeChanged = false;
    }, SETTLE_MS);
  };

  return {
    async watch(paths, readAt) {
      const wanted = paths.toSorted().join('\n');
      if (closed || wanted === watched) return;
      watched = wanted;
      const { watch } = await import('chokidar');
      if (closed) return;
      // A new watcher each time: one that was told to leave a folder ignores the files in it too.
      const named = new Set(paths);
      const ignored = (path: string) => IGNORED.test(path) && !named.has(path);
      const next = watch([...paths], { ignoreInitial: true, depth: 4, ignored });
      next.on('all', changed);
      // A folder that can't be watched (limits, network drives) only costs the refreshing.
      next.on('error', () => {});
      const previous = [...open];
      open.add(next);
      await once(next, 'ready');
      const within = Object.entries(next.getWatched()).flatMap(([folder, names]) =>
        names.map((name) => join(folder, name)),
      );
      for (const path of new Set([...paths, ...within])) {
        if (!closed && changedSince(path, readAt, named)) changed('change', path);
      }
      for (const each of previous) {
        open.delete(each);
        await each.close();
      }
    },
    async close() {
      closed = true;
      if (timer) clearTimeout(timer);
      for (const each of open) await each.close();
    },
  };
}

/** Folders change with every file that comes and goes, so only those that are named count. */
function changedSince(path: string, time: Date, named: ReadonlySet<string>): boolean {
  try {
    const found = statSync(path);
    return found.mtime >= time && (found.isFile() || named.has(path));
  } catch {
    // It was there, or is to be.
    return false;
  }
}

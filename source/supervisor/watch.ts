/** Tells when a file changes that decides what the screen shows. */

import type { FSWatcher } from 'chokidar';

/** Editors write a file in several steps; changes this close together are one, in milliseconds. */
const SETTLE_MS = 120;

/** Folders whose changes never matter, and files that come and go while a database is used. */
const IGNORED = /[\\/](node_modules|\.git|\.handrail)([\\/]|$)|-(journal|shm)$|\.handrail-lock/;

export interface Watcher {
  /** Watches these files and folders from now on; with `replace` no others any more. */
  watch(paths: readonly string[], options: { readonly replace: boolean }): Promise<void>;
  close(): Promise<void>;
}

/** `isData(path)`: whether a change of that path is one of the database only, not of the code. */
export function createWatcher(
  isData: (path: string) => boolean,
  onChange: (codeChanged: boolean) => void,
): Watcher {
  let watcher: FSWatcher | null = null;
  let watched: ReadonlySet<string> = new Set();
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
    async watch(paths, { replace }) {
      if (closed) return;
      const wanted = new Set(paths);
      if (!watcher) {
        const { watch } = await import('chokidar');
        if (closed) return;
        watcher = watch([], { ignoreInitial: true, depth: 2, ignored: IGNORED });
        watcher.on('all', changed);
        // A folder that can't be watched (limits, network drives) only costs the refreshing.
        watcher.on('error', () => {});
      }
      watcher.add([...wanted].filter((path) => !watched.has(path)));
      if (replace) watcher.unwatch([...watched].filter((path) => !wanted.has(path)));
      watched = replace ? wanted : watched.union(wanted);
    },
    async close() {
      closed = true;
      if (timer) clearTimeout(timer);
      await watcher?.close();
    },
  };
}

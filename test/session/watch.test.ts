/** Files that change while nobody watches them yet. */

import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createWatcher } from '../../source/session/watch.ts';
import { temporaryFolder } from '../kit/environment.ts';

test.each([
  {
    how: 'by itself',
    watched: (folder: string) => [join(folder, 'old.js'), join(folder, 'saved.js')],
  },
  { how: 'in its folder', watched: (folder: string) => [folder] },
])(
  'a file that was saved after it was read, and before it is watched $how, has changed',
  async ({ watched }) => {
    const folder = temporaryFolder('watch');
    const [old, saved] = ['old.js', 'saved.js'].map((name) => join(folder.path, name));
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const watcher = createWatcher((path) => path === old, resolve);
    try {
      for (const path of [old, saved]) writeFileSync(String(path), '');
      const readAt = new Date('2026-11-24T12:00:00.000Z');
      utimesSync(String(old), readAt, new Date('2026-11-24T11:59:59.000Z'));
      utimesSync(folder.path, readAt, new Date('2026-11-24T11:59:59.000Z'));
      await watcher.watch(watched(folder.path), readAt);
      expect(await promise, 'the code, not only the data').toBe(true);
    } finally {
      await watcher.close();
      folder.remove();
    }
  },
);

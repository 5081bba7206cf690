/** The sample on SQLite: a folder, in which its database lies. */

import { rmSync } from 'node:fs';
import type { Demo } from './demo.ts';
import { copySample } from './sample.ts';

export function makeSqliteDemo(keep: boolean): Demo {
  const root = copySample('sqlite');
  const remove = () => {
    if (!keep) rmSync(root, { recursive: true, force: true });
  };
  // Also if the process ends in the midst of it.
  process.once('exit', remove);
  return {
    root,
    environment: {},
    kept: `The sample project is in ${root}`,
    async remove() {
      process.off('exit', remove);
      remove();
    },
  };
}

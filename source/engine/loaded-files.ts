/**
 * Which of the project's own files its code consists of: config, entities, whatever they import.
 *
 * MikroORM knows the files of decorated entities only; those of `defineEntity` are plain imports.
 * Node's module hooks see every file, whichever loader compiles it.
 */

import { registerHooks } from 'node:module';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const loaded = new Set<string>();

/** To be called before the project is loaded; once in a process. */
export function watchLoading(root: string): void {
  registerHooks({
    load(url, context, next) {
      const path = url.startsWith('file:') ? fileURLToPath(url) : '';
      if (path.startsWith(root + sep) && !path.includes(`${sep}node_modules${sep}`)) {
        loaded.add(path);
      }
      return next(url, context);
    },
  });
}

/** Absolute paths of what was loaded so far. */
export function loadedFiles(): readonly string[] {
  return [...loaded];
}

/**
 * Which of the project's own files its code consists of: config, entities, whatever they import.
 *
 * MikroORM knows the files of decorated entities only; those of `defineEntity` are plain imports.
 * Node's module hooks see every file, whichever loader compiles it.
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { relative, sep } from 'node:path';
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

/**
 * Hash of what was loaded so far, names and contents. Taken when the project is open and before
 * any revision is loaded, so that it says the same in every engine.
 */
export function hashCode(root: string): string {
  const hash = createHash('sha256');
  for (const path of [...loaded].toSorted()) {
    hash.update(`${relative(root, path)}\0`);
    try {
      hash.update(readFileSync(path));
    } catch {
      // Removed since; whoever changed the code will be noticed by its name.
    }
    hash.update('\0');
  }
  return hash.digest('hex');
}

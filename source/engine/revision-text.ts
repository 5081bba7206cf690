/**
 * A revision with another text than its file has: loaded from memory, as if it stood there, so that
 * its relative imports lead where they do in the file.
 */

import { createHash } from 'node:crypto';
import { registerHooks } from 'node:module';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RevisionFile } from './folder.ts';
import { internals } from './mikro-orm.ts';
import type { OpenTarget } from './project.ts';

/** By URL. */
const texts = new Map<string, string>();
let hooked = false;

/** @param file has a path: classes of `migrationsList` have no text */
export function withText(project: OpenTarget, file: RevisionFile, text: string): RevisionFile {
  if (file.path === null) throw new Error(`${file.name} has no file.`);
  const sha256 = createHash('sha256').update(text).digest('hex');
  const url = pathToFileURL(file.path);
  url.searchParams.set('text', sha256);
  texts.set(url.href, text);
  hook();
  const discovered = internals(project.migrator).resolve({
    name: basename(file.path),
    path: url.href,
  });
  return { ...file, sha256, path: url.href, discovered };
}

function hook(): void {
  if (hooked) return;
  hooked = true;
  registerHooks({
    resolve: (specifier, context, next) =>
      texts.has(specifier) ? { url: specifier, shortCircuit: true } : next(specifier, context),
    load(url, context, next) {
      const text = texts.get(url);
      if (text === undefined) return next(url, context);
      const [file = url] = url.split('?');
      // What it is in this project, an ES module or not, is what its own file is.
      const { format } = next(file, { ...context, format: undefined });
      return { format: typed(file, format), source: text, shortCircuit: true };
    },
  });
}

/** Node takes the types away itself. */
function typed(file: string, format: string | null | undefined): string {
  const plain = format?.startsWith('commonjs') ? 'commonjs' : 'module';
  return /\.[cm]?ts$/.test(file) ? `${plain}-typescript` : plain;
}

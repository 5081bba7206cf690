/**
 * A revision with another text than its file has: loaded from memory, as if it stood there, so that
 * its relative imports lead where they do in the file.
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { internals } from '../project/mikro-orm.ts';
import type { OpenTarget } from '../project/project.ts';
import type { RevisionFile } from '../revisions/revision-file.ts';

/** By URL: the text, and the file whose kind of module it is. */
const texts = new Map<string, { readonly text: string; readonly like: string }>();
let hooked = false;

/**
 * @param file has a path: classes of `migrationsList` have no text
 * @param like a file beside it, where there is none at its path
 */
export function withText(
  project: OpenTarget,
  file: Omit<RevisionFile, 'discovered'>,
  text: string,
  like = file.path,
): RevisionFile {
  if (file.path === null) throw new Error(`${file.name} has no file.`);
  const sha256 = createHash('sha256').update(text).digest('hex');
  const url = pathToFileURL(file.path);
  url.searchParams.set('text', sha256);
  texts.set(url.href, { text, like: pathToFileURL(like ?? file.path).href });
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
      const known = texts.get(url);
      if (known === undefined) return next(url, context);
      // What it is in this project, an ES module or not, is what its own file is.
      const format = formatOf(() => next(known.like, { ...context, format: undefined }));
      return { ...loadable(known.text, known.like, format), shortCircuit: true };
    },
  });
}

/** The first revision of a folder has none beside it. */
function formatOf(load: () => { readonly format?: string | null | undefined }) {
  try {
    return load().format;
  } catch {
    return null;
  }
}

/** What it would be loaded from: its file, or the text in memory. */
export function textOf({ path }: RevisionFile): string | null {
  if (path === null) return null;
  return texts.get(path)?.text ?? readFileSync(path, 'utf8');
}

/** Node takes the types away itself; what it can't, such as an enum, a loader of the project does. */
function loadable(text: string, file: string, format: string | null | undefined) {
  const plain = format?.startsWith('commonjs') ? 'commonjs' : 'module';
  if (!/\.[cm]?ts$/.test(file)) return { format: plain, source: text };
  const transformed = transformedWhereNeeded(text);
  return transformed === null
    ? { format: `${plain}-typescript`, source: text }
    : { format: plain, source: transformed };
}

/** JavaScript of a text with more in it than types; null where Node can load it as it is. */
function transformedWhereNeeded(text: string): string | null {
  const { emitWarning } = process;
  // Node says each time that this is experimental, in the middle of what the project prints.
  process.emitWarning = () => {};
  try {
    stripTypeScriptTypes(text);
    return null;
  } catch {
    return transformed(text);
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Null where it can't be read: loading it then says why. */
function transformed(text: string): string | null {
  try {
    return stripTypeScriptTypes(text, { mode: 'transform' });
  } catch {
    return null;
  }
}

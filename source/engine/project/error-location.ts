/** Where in the project an error comes from. */

import { isAbsolute, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file with its line, alone on a line (syntax errors) or in brackets or at the end (frames). */
const PLACE =
  /(?:^|\(| at (?:async )?)((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/])[^\n()]*?):(\d+)(?::\d+)?\)?$/gm;

/** `entities/book.ts:6`, the first place in the project's own files; null if none is named. */
export function placeOf(error: unknown, root: string): string | null {
  if (!(error instanceof Error)) return null;
  for (const [, file = '', line] of (error.stack ?? '').matchAll(PLACE)) {
    const path = relative(root, pathOf(file));
    const isOwn = path !== '' && !path.startsWith('..') && !isAbsolute(path);
    if (isOwn && !path.split(sep).includes('node_modules')) return `${path}:${line}`;
  }
  return placeOf(error.cause, root);
}

function pathOf(file: string): string {
  try {
    return file.startsWith('file://') ? fileURLToPath(file) : file;
  } catch {
    return file;
  }
}

/** The message, after the place unless it names it itself. */
export function placed(message: string, error: unknown, root: string): string {
  const place = placeOf(error, root);
  return place === null || message.includes(place) ? message : `${place}: ${message}`;
}

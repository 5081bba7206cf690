/**
 * The environment that programs under test are given.
 *
 * It is built up from nothing rather than cut down from ours: `CI` turns Ink off, `VITEST` makes
 * MikroORM load TypeScript configs that it would ignore for a user, `NODE_OPTIONS` may carry the
 * test runner's loaders, and `MIKRO_ORM_*` would change every project.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** Variables that a program needs from us to start at all. */
const passedOn = [
  'TMPDIR',
  'TEMP',
  'TMP',
  'USER',
  'LOGNAME',
  'SystemRoot',
  'ComSpec',
  'PATHEXT',
  // Compiling the same again for every process would take most of the time.
  'NODE_COMPILE_CACHE',
];

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A person's environment, with `node` being the Node.js that runs the tests.
 *
 * @param home the program's home folder, so that it neither finds nor leaves anything in ours
 * @param extra on top; undefined removes a variable
 */
export function environmentFor(home: string, extra: Environment = {}): Record<string, string> {
  const environment: Record<string, string> = {};
  const set = (name: string, value: string | undefined): void => {
    if (value === undefined) delete environment[name];
    else environment[name] = value;
  };
  for (const name of passedOn) set(name, process.env[name]);
  set('PATH', [dirname(process.execPath), process.env.PATH].filter(Boolean).join(delimiter));
  set('HOME', home);
  set('LANG', 'C.UTF-8');
  set('TERM', 'xterm-256color');
  set('COLORTERM', 'truecolor');
  for (const [name, value] of Object.entries(extra)) set(name, value);
  return environment;
}

/** A new folder in the system's temporary one, and its removal. */
export interface TemporaryFolder {
  readonly path: string;
  remove(): void;
}

const remaining = new Set<string>();

// Whoever forgot to, or could not because making what was to go into it failed.
process.once('exit', () => {
  for (const path of remaining) rmSync(path, { recursive: true, force: true });
});

export function temporaryFolder(purpose: string): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), `handrail-${purpose}-`));
  remaining.add(path);
  return {
    path,
    remove() {
      // A process that was just killed may still be closing files: try again for a moment.
      rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
      remaining.delete(path);
    },
  };
}

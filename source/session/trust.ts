/**
 * A configuration is code, and so are entities, revisions and settings: who opens a project lets it
 * run. In one's own folder that is what everybody expects; a project elsewhere, named by an option,
 * is told of before its code is loaded for the first time, as editors and shells do it.
 */

import { mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { printable } from '../text/print.ts';
import { replaceFile } from './files.ts';

/** Code outside of the project that one stands in. */
export interface ForeignCode {
  readonly root: string;
  /** Absolute; null leaves it to MikroORM to find it in the root. */
  readonly config: string | null;
}

/** Null where an option leads nowhere else, or it was told of before. */
export function unknownCode(
  options: { readonly project?: string; readonly config?: string },
  root: string,
  from = process.cwd(),
): ForeignCode | null {
  const config = options.config === undefined ? null : realPath(resolve(root, options.config));
  const foreignRoot = options.project !== undefined && !isWithin(realPath(from), realPath(root));
  const foreignConfig = config !== null && !isWithin(config, realPath(root));
  if (!foreignRoot && !foreignConfig) return null;
  const code = { root: realPath(root), config: foreignConfig ? config : null };
  return readKnown().some((each) => isSame(each, code)) ? null : code;
}

/** What is going to be loaded, in one line. */
export function describeCode({ root, config }: ForeignCode): string {
  const where = config === null ? root : `${config}, and of ${root}`;
  return printable(
    `First time here: Handrail loads and runs code of ${where}: its configuration, settings, entities and revisions.`,
  );
}

/** From now on it is known. Without a place for that it is told of each time. */
export function rememberCode(code: ForeignCode): void {
  const path = statePath();
  const projects = [...readKnown().filter((each) => !isSame(each, code)), code];
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    replaceFile(path, `${JSON.stringify({ version: 1, projects }, null, 2)}\n`, 0o600);
  } catch {
    // A home that can't be written is no reason to refuse.
  }
}

/** https://specifications.freedesktop.org/basedir-spec: what is kept, and is no setting. */
function statePath(): string {
  const { XDG_STATE_HOME: given = '', LOCALAPPDATA: local = '' } = process.env;
  const folder = isAbsolute(given)
    ? given
    : process.platform === 'win32' && isAbsolute(local)
      ? local
      : join(homedir(), '.local', 'state');
  return join(folder, 'handrail', 'opened.json');
}

function readKnown(): readonly ForeignCode[] {
  try {
    const { projects } = JSON.parse(readFileSync(statePath(), 'utf8')) as { projects?: unknown };
    return Array.isArray(projects) ? projects.filter(isCode) : [];
  } catch {
    return [];
  }
}

function isCode(value: unknown): value is ForeignCode {
  const { root, config } = (value ?? {}) as Partial<ForeignCode>;
  return typeof root === 'string' && (typeof config === 'string' || config === null);
}

function isSame(one: ForeignCode, other: ForeignCode): boolean {
  return one.root === other.root && one.config === other.config;
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!way.startsWith('..') && !isAbsolute(way));
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/** Where the project is, and Handrail's own settings in it. */

import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Problem } from './protocol.ts';

/** `package.json#handrail`; every field has a default. */
export interface Settings {
  /**
   * What the journal keeps of literals in SQL: `cut` shortens long ones, `none` keeps none at
   * all, since statements may carry data.
   */
  readonly literals: 'cut' | 'none';
  /** How long a run waits for another on the same database, in seconds. */
  readonly lockWait: number;
}

export const defaultSettings: Settings = { literals: 'cut', lockWait: 5 };

/**
 * The folder of the nearest package.json at or above `from`: where MikroORM's command line looks
 * for its configuration, and so the working directory of every engine. `from` itself if there is
 * none.
 */
export function findRoot(from: string): string {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (dirname(folder) === folder) return resolve(from);
  }
}

/** The project's name for people: that of its package.json, else of its folder. */
export function projectName(root: string): string {
  try {
    const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    if (typeof name === 'string' && name) return name;
  } catch {
    // No package.json, or a broken one: MikroORM will say so where it matters.
  }
  return basename(root);
}

/** Reads and checks the settings; a mistake is told, never guessed around. */
export function readSettings(
  root: string,
):
  | { readonly ok: true; readonly value: Settings }
  | { readonly ok: false; readonly problem: Problem } {
  const path = join(root, 'package.json');
  if (!existsSync(path)) return { ok: true, value: defaultSettings };
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(path, 'utf8')).handrail ?? {};
  } catch (error) {
    return refuse(`${path} is not valid JSON.`, String(error));
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return refuse('"handrail" in package.json must be an object.', '');
  }
  for (const [name, value] of Object.entries(given)) {
    const wrong = check(name, value);
    if (wrong) return refuse(`Setting handrail.${name} in package.json: ${wrong}`, '');
  }
  return { ok: true, value: { ...defaultSettings, ...given } };
}

function check(name: string, value: unknown): string | null {
  switch (name as keyof Settings) {
    case 'literals':
      return value === 'cut' || value === 'none' ? null : 'must be "cut" or "none".';
    case 'lockWait':
      return typeof value === 'number' && value >= 0 ? null : 'must be a number of seconds.';
    default:
      return 'there is no such setting.';
  }
}

function refuse(what: string, why: string): { readonly ok: false; readonly problem: Problem } {
  const next = [`Settings: ${Object.keys(defaultSettings).join(', ')}; see docs/settings.md.`];
  return { ok: false, problem: { code: 'usage', what, why, next, detail: null } };
}

/** Where the project is, and Handrail's own settings in it. */

import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { lilconfig } from 'lilconfig';
import type { Problem } from '../contract/problem.ts';
import { PATTERN_FIELDS, type ProtectedPattern } from '../contract/protection.ts';
import type { SchemasSetting } from '../contract/target.ts';
import { messageOf } from '../util/error-message.ts';

/** `package.json#handrail` or `handrail.config.*`; every field has a default. */
export interface Settings {
  /**
   * What the journal keeps of literals in SQL: `cut` shortens long ones, `none` keeps none at
   * all, since statements may carry data.
   */
  readonly literals: 'cut' | 'none';
  /** How long a run waits for another on the same database, in seconds. */
  readonly lockWait: number;
  /**
   * Seconds that a statement of a run may wait for other sessions on a server; 0 is without end.
   * Null: what the role or the database has, else 5.
   */
  readonly lockTimeout: number | null;
  /** How often a run is begun again after a statement waited too long for others. */
  readonly lockRetries: number;
  /**
   * Seconds that it may take altogether; 0 is without end. Null: what the role or the database has.
   */
  readonly statementTimeout: number | null;
  /** A shell command that tests the project on the upgraded throwaway; null: there is none. */
  readonly test: string | null;
  /** The same on the downgraded throwaway. */
  readonly testDowngraded: string | null;
  /** Where throwaway databases are made, relative to the project; null: the system's own folder. */
  readonly throwawayFolder: string | null;
  /** The server that they are made on, as a URL; null: the target's own. */
  readonly throwawayUrl: string | null;
  /** Megabytes of rows that are copied on a server; of more a sample is. */
  readonly throwawaySize: number;
  readonly schemas: SchemasSetting;
  /** Targets that have to be named before they are changed, beside those on other machines. */
  readonly protected: readonly ProtectedPattern[];
  /**
   * Whether a backup is taken before a run that drops or rewrites what is stored; null: of files up
   * to {@link backupSize}.
   */
  readonly backup: boolean | null;
  /** Megabytes. */
  readonly backupSize: number;
  /** How many are kept of a target. */
  readonly backupKeep: number;
}

export const defaultSettings: Settings = {
  literals: 'cut',
  lockWait: 5,
  lockTimeout: null,
  lockRetries: 3,
  statementTimeout: null,
  test: null,
  testDowngraded: null,
  throwawayFolder: null,
  throwawayUrl: null,
  throwawaySize: 1_000,
  schemas: null,
  protected: [],
  backup: null,
  backupSize: 500,
  backupKeep: 10,
};

/** Looked for in the project's root only, in this order. */
const PLACES = [
  'package.json',
  'handrail.config.json',
  'handrail.config.js',
  'handrail.config.mjs',
  'handrail.config.cjs',
  'handrail.config.ts',
];

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

type SettingsReply =
  | { readonly ok: true; readonly value: Settings }
  | { readonly ok: false; readonly problem: Problem };

/** Reads and checks the settings; a mistake is told, never guessed around. */
export async function readSettings(root: string): Promise<SettingsReply> {
  const load = async (path: string) =>
    ((await import(pathToFileURL(path).href)) as { default?: unknown }).default;
  const explorer = lilconfig('handrail', {
    searchPlaces: PLACES,
    stopDir: root,
    loaders: { '.ts': load, '.js': load, '.mjs': load, '.cjs': load },
  });
  let given: unknown;
  let file = 'package.json';
  try {
    const found = await explorer.search(root);
    given = found?.config ?? {};
    if (found) file = basename(found.filepath);
  } catch (error) {
    return refuse(`The settings of Handrail in ${root} can’t be read.`, messageOf(error));
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return refuse(`The settings of Handrail in ${file} must be an object.`, '');
  }
  for (const [name, value] of Object.entries(given)) {
    const wrong = check(name, value);
    if (wrong) return refuse(`Setting ${name} of Handrail in ${file}: ${wrong}`, '');
  }
  return { ok: true, value: { ...defaultSettings, ...given } };
}

function check(name: string, value: unknown): string | null {
  switch (name as keyof Settings) {
    case 'lockRetries':
      return Number.isInteger(value) && Number(value) >= 0 ? null : 'must be a whole number.';
    case 'literals':
      return value === 'cut' || value === 'none' ? null : 'must be "cut" or "none".';
    case 'lockTimeout':
    case 'statementTimeout':
      return value === null ? null : check('lockWait', value);
    case 'lockWait':
      return typeof value === 'number' && value >= 0 ? null : 'must be a number of seconds.';
    case 'test':
    case 'testDowngraded':
      return value === null || isText(value) ? null : 'must be a command.';
    case 'backup':
      return value === null || typeof value === 'boolean' ? null : 'must be true, false or null.';
    case 'backupKeep':
      return Number.isInteger(value) && Number(value) > 0
        ? null
        : 'must be a whole number, 1 or more.';
    case 'backupSize':
    case 'throwawaySize':
      return typeof value === 'number' && value > 0 ? null : 'must be a number of megabytes.';
    case 'throwawayUrl':
      return value === null || isServer(value)
        ? null
        : 'must be the URL of a server: postgresql://…';
    case 'throwawayFolder':
      return value === null || isText(value) ? null : 'must be a folder.';
    case 'schemas':
      return value === null || isText(value) || (Array.isArray(value) && value.every(isText))
        ? null
        : 'must be a list of names, or a query that finds them.';
    case 'protected':
      return Array.isArray(value) && value.every(isPattern)
        ? null
        : `must be a list of patterns: texts, or objects with some of ${PATTERN_FIELDS.join(', ')}.`;
    default:
      return 'there is no such setting.';
  }
}

function isServer(value: unknown): boolean {
  return isText(value) && /^postgres(ql)?:\/\//.test(String(value)) && URL.canParse(String(value));
}

function isPattern(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return isText(value) && value !== '!';
  const entries = Object.entries(value);
  const known: readonly string[] = PATTERN_FIELDS;
  return (
    entries.length > 0 && entries.every(([field, text]) => known.includes(field) && isText(text))
  );
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '';
}

function refuse(what: string, why: string): SettingsReply {
  const next = [`Settings: ${Object.keys(defaultSettings).join(', ')}; see docs/settings.md.`];
  return { ok: false, problem: { code: 'usage', what, why, next, detail: null } };
}

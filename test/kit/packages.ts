/**
 * Installs packages into a project: those that it lists and what they need, and no others.
 *
 * MikroORM's packages are copied, as they import each other and TypeScript loaders by name: from
 * here they would find whatever this repository has. It also gives the project a copy of MikroORM
 * that isn't Handrail's own. All projects with the same packages share one copy, as with pnpm, so
 * that Node.js compiles it once and not for each of them. The rest is linked.
 */

import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../../node_modules/', import.meta.url));

export function isAvailable(name: string): boolean {
  return existsSync(join(source, name, 'package.json'));
}

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function manifestOf(name: string): Manifest {
  return JSON.parse(readFileSync(join(source, name, 'package.json'), 'utf8')) as Manifest;
}

export function versionOf(name: string): string {
  return manifestOf(name).version;
}

/** @throws when this repository doesn't have a package itself */
export function installPackages(root: string, names: readonly string[]): void {
  const store = storeOf(names);
  for (const name of store.names) {
    const target = join(root, 'node_modules', name);
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(realpathSync(join(store.path, 'node_modules', name)), target, 'junction');
  }
}

interface Store {
  readonly path: string;
  /** All packages that are in it. */
  readonly names: readonly string[];
}

const stores = new Map<string, Store>();

/** Packages and what they need, in a folder that nothing else is in. */
function storeOf(names: readonly string[]): Store {
  const wanted = [...names].sort().join(' ');
  const known = stores.get(wanted);
  if (known) return known;
  const all = withNeeded(names);
  const versions = all.map((name) => `${name}@${versionOf(name)}`).sort();
  const hash = createHash('sha256')
    .update([source, ...versions].join('\n'))
    .digest('hex');
  const path = join(realpathSync(tmpdir()), `handrail-test-packages-${hash.slice(0, 16)}`);
  if (!existsSync(path)) fill(path, all);
  const store = { path, names: all };
  stores.set(wanted, store);
  return store;
}

function withNeeded(names: readonly string[]): readonly string[] {
  const all = new Set<string>();
  const add = (name: string): void => {
    if (all.has(name)) return;
    all.add(name);
    if (!isAvailable(name)) throw new Error(`The test kit needs the package ${name}.`);
    // What others need is found where they are linked to.
    if (isCopied(name)) for (const needed of dependenciesOf(name)) add(needed);
  };
  for (const name of names) add(name);
  return [...all];
}

function isCopied(name: string): boolean {
  return name.startsWith('@mikro-orm/');
}

function dependenciesOf(name: string): readonly string[] {
  return Object.keys(manifestOf(name).dependencies ?? {});
}

/** Whole or not at all: other workers may do the same at this time. */
function fill(path: string, names: readonly string[]): void {
  const making = mkdtempSync(`${path}-`);
  for (const name of names) {
    const from = realpathSync(join(source, name));
    const target = join(making, 'node_modules', name);
    mkdirSync(dirname(target), { recursive: true });
    // Types are most of the bytes, and nothing here is compiled.
    const filter = (file: string) => !/\.d\.ts$/.test(file);
    if (isCopied(name)) cpSync(from, target, { recursive: true, filter });
    else symlinkSync(from, target, 'junction');
  }
  try {
    renameSync(making, path);
  } catch (error) {
    rmSync(making, { recursive: true });
    if (!existsSync(path)) throw error;
  }
}

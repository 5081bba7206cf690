/**
 * Installs packages into a project: those that it lists and what they need, and no others.
 *
 * MikroORM's packages are copied, as npm would, because they import each other and TypeScript
 * loaders by name: a link would let them find whatever this repository has. It also gives the
 * project a copy of MikroORM that isn't Handrail's own. The rest is linked.
 */

import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
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
  const installed = new Set<string>();
  const install = (name: string): void => {
    if (installed.has(name)) return;
    installed.add(name);
    if (!isAvailable(name)) throw new Error(`The test kit needs the package ${name}.`);
    const target = join(root, 'node_modules', name);
    mkdirSync(dirname(target), { recursive: true });
    if (!name.startsWith('@mikro-orm/')) {
      // A link's own dependencies are found where it leads to.
      symlinkSync(join(source, name), target, 'junction');
      return;
    }
    // Types are most of the bytes, and nothing here is compiled.
    cpSync(realpathSync(join(source, name)), target, {
      recursive: true,
      filter: (path) => !/\.d\.ts$/.test(path),
    });
    for (const needed of Object.keys(manifestOf(name).dependencies ?? {})) install(needed);
  };
  for (const name of names) install(name);
}

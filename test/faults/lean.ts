/**
 * The built program with MikroORM's packages joined into a few files, as most of the time of a
 * start is spent on finding and reading hundreds of them. The code is the same.
 */

import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { temporaryFolder } from '../kit/environment.ts';
import { handrailProgram, repositoryRoot } from '../kit/handrail.ts';

const NAMES = ['core', 'sql', 'sqlite', 'postgresql', 'migrations', 'cli'].map(
  (name) => `@mikro-orm/${name}`,
);
const PACKAGES = [...NAMES, 'kysely'];

/** The modules that are imported of them. */
const MODULES = [
  ...NAMES.map((name) => `${name}/index`),
  '@mikro-orm/core/utils/fs-utils',
  'kysely/dist/index',
];

const othersStay: Plugin = {
  name: 'others-stay',
  setup(builder) {
    builder.onResolve({ filter: /^[^./]/ }, ({ path }) => {
      const isJoined = PACKAGES.some((name) => path === name || path.startsWith(`${name}/`));
      return isJoined || path.startsWith(repositoryRoot) ? null : { path, external: true };
    });
  },
};

export interface Lean {
  readonly program: string;
  /** Takes the packages of a project from here. */
  useIn(root: string): void;
  remove(): void;
}

export async function makeLean(): Promise<Lean> {
  const source = join(repositoryRoot, 'node_modules');
  const folder = temporaryFolder('lean');
  const modules = join(folder.path, 'node_modules');
  await build({
    entryPoints: MODULES.map((name) => ({ in: join(source, `${name}.js`), out: name })),
    outdir: modules,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    // Some names are of classes, and are looked up by them.
    keepNames: true,
    chunkNames: '.joined/[name]-[hash]',
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    plugins: [othersStay],
    logLevel: 'error',
  });
  for (const name of PACKAGES) {
    cpSync(join(source, name, 'package.json'), join(modules, name, 'package.json'));
  }
  for (const name of readdirSync(source)) {
    if (name.startsWith('.') || name === '@mikro-orm' || name === 'kysely') continue;
    symlinkSync(join(source, name), join(modules, name), 'junction');
  }
  const dist = join(folder.path, 'dist');
  cpSync(dirname(handrailProgram), dist, { recursive: true });
  cpSync(join(repositoryRoot, 'package.json'), join(folder.path, 'package.json'));
  return {
    program: join(dist, 'cli.js'),
    useIn(root) {
      for (const name of ['@mikro-orm', 'kysely']) {
        const path = join(root, 'node_modules', name);
        rmSync(path, { recursive: true, force: true });
        mkdirSync(dirname(path), { recursive: true });
        symlinkSync(join(modules, name), path, 'junction');
      }
    },
    remove: () => folder.remove(),
  };
}

/**
 * `handrail demo`: a copy of the sample project in a temporary folder, so that nothing can be
 * clobbered.
 */

import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Demo {
  readonly root: string;
  remove(): void;
}

/** In the build the sample lies beside the bundle, with its database already seeded. */
const SAMPLE = fileURLToPath(new URL('./demo/kallithea', import.meta.url));

/** What the sample imports; linked to Handrail's own copies, since nothing is installed there. */
const PACKAGES = ['core', 'cli', 'migrations', 'sqlite'].map((name) => `@mikro-orm/${name}`);

/** @throws Error if the sample was not built. */
export function makeDemo(): Demo {
  if (!existsSync(SAMPLE)) throw new Error(`The sample project is not at ${SAMPLE}.`);
  const root = mkdtempSync(join(tmpdir(), 'handrail-demo-'));
  cpSync(SAMPLE, root, { recursive: true });
  mkdirSync(join(root, 'node_modules', '@mikro-orm'), { recursive: true });
  for (const name of PACKAGES) {
    symlinkSync(packageFolder(name), join(root, 'node_modules', name), 'junction');
  }
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** Where Handrail's own copy of a package is: the nearest folder of that name above its entry. */
function packageFolder(name: string): string {
  const entry = createRequire(import.meta.url).resolve(name);
  for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
    if (folder.replaceAll('\\', '/').endsWith(`node_modules/${name}`)) return folder;
  }
  throw new Error(`${name} is not installed with Handrail.`);
}

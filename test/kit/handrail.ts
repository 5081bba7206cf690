/** The built program, with and without a terminal. */

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './environment.ts';
import { type RunOptions, type RunResult, runProgram } from './program.ts';
import { openTerminal, type Terminal, type TerminalOptions } from './terminal.ts';

export const repositoryRoot = fileURLToPath(new URL('../../', import.meta.url));

/** What `npm run build` makes and `npx handrail` starts. */
export const handrailProgram = join(repositoryRoot, 'dist', 'cli.js');

export type OpenOptions = Omit<TerminalOptions, 'command' | 'args'>;

/** Runs a command to its end: `runHandrail(['status', '--json'], { cwd: project.root })`. */
export function runHandrail(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return runProgram(process.execPath, [handrailProgram, ...args], options);
}

/** Opens it in a terminal: `openHandrail([], { cwd: project.root, columns: 80, rows: 24 })`. */
export function openHandrail(args: readonly string[] = [], options: OpenOptions = {}): Terminal {
  return openTerminal({ ...options, command: process.execPath, args: [handrailProgram, ...args] });
}

/**
 * Opens an interactive shell in which `handrail` is a command. Suspending needs one: the kernel
 * ignores Ctrl+Z for a program that no shell could continue.
 */
export async function openShell(options: OpenOptions = {}): Promise<Terminal> {
  const commands = temporaryFolder('bin');
  const program = join(commands.path, 'handrail');
  mkdirSync(commands.path, { recursive: true });
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${handrailProgram}" "$@"\n`);
  chmodSync(program, 0o755);
  const path = [commands.path, dirname(process.execPath), process.env.PATH].join(delimiter);
  const shell = openTerminal({
    ...options,
    command: 'bash',
    args: ['--norc', '--noprofile', '-i'],
    env: { PATH: path, PS1: '$ ', HISTFILE: undefined, ...options.env },
  });
  void shell.waitForExit({ timeout: 2 ** 31 - 1 }).then(
    () => commands.remove(),
    () => undefined,
  );
  await shell.waitFor(/^\$ ?$/m, { why: 'the shell starts with its prompt' });
  return shell;
}

/** Runs a program without a terminal, as a script or a CI job would. */

import { spawn } from 'node:child_process';
import { type Environment, environmentFor, temporaryFolder } from './environment.ts';

export interface RunOptions {
  readonly cwd?: string;
  /** On top of the clean environment; undefined removes a variable. */
  readonly env?: Environment;
  /** Sent to its standard input, which is then closed. */
  readonly input?: string;
  /** Milliseconds after which it is killed; 60,000 unless told. */
  readonly timeout?: number;
}

export interface RunResult {
  /** Null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export async function runProgram(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const home = temporaryFolder('home');
  try {
    const child = spawn(command, [...args], {
      cwd: options.cwd ?? home.path,
      env: { ...environmentFor(home.path, { COLORTERM: undefined, ...options.env }) },
      timeout: options.timeout ?? 180_000,
      killSignal: 'SIGKILL',
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      // Decoded as a stream: a character may be split over two chunks.
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
      });
    }
    // A program may end without reading its input.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');

    const { promise, resolve, reject } = Promise.withResolvers<RunResult>();
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal, ...output }));
    return await promise;
  } finally {
    home.remove();
  }
}

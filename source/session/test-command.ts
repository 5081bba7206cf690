/** Runs the project's own test command on a throwaway database. */

import { execa } from 'execa';
import type { TestResult } from '../contract/rehearsal.ts';
import { redact } from '../text/redact.ts';

/** The last lines that are kept of what a command prints. */
const OUTPUT_LINES = 200;

/** A line longer than this is cut: it is for people to read. */
const LINE_LIMIT = 4_000;

export interface TestRun {
  readonly result: Promise<TestResult>;
  /** Ends the command and everything that it started. */
  cancel(): void;
}

export function runTestCommand(
  command: string,
  options: {
    readonly root: string;
    readonly url: string;
    /** Variables that would lead elsewhere, and what they are instead. */
    readonly poisoned: Readonly<Record<string, string>>;
    onLine(line: string): void;
  },
): TestRun {
  const began = performance.now();
  const output: string[] = [];
  const child = execa({
    cwd: options.root,
    shell: true,
    // A group of its own, so that all of it can be ended.
    detached: true,
    env: { ...options.poisoned, HANDRAIL_DATABASE_URL: options.url, HANDRAIL_REHEARSAL: '1' },
    stdin: 'ignore',
    all: true,
    buffer: false,
    reject: false,
  })(command);
  const reading = (async () => {
    for await (const line of child.iterable({ from: 'all' })) {
      const text = redact(String(line)).slice(0, LINE_LIMIT);
      output.push(text);
      if (output.length > OUTPUT_LINES) output.shift();
      options.onLine(text);
    }
  })().catch(() => {});
  const conclude = async (): Promise<TestResult> => {
    const { exitCode, signal, failed, originalMessage } = await child;
    await reading;
    return {
      command,
      ok: !failed,
      ended:
        signal ??
        (exitCode === undefined ? (originalMessage ?? 'not started') : `exit ${exitCode}`),
      ms: performance.now() - began,
      output,
    };
  };
  return {
    result: conclude(),
    cancel() {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has just ended by itself, or there are no groups on this system.
        child.kill('SIGKILL');
      }
    },
  };
}

/** Runs the project's own test command on a throwaway database. */

import { execa } from 'execa';
import type { TestResult } from '../rehearsal.ts';
import { redact } from '../text/redact.ts';

/** The last lines that are kept of what a command prints. */
const OUTPUT_LINES = 200;

/** A line longer than this is cut: it is for people to read. */
const LINE_LIMIT = 4_000;

/** What projects and their tools commonly read a database from. */
const URL_VARIABLES = [
  'DATABASE_URL',
  'DB_URL',
  'TEST_DATABASE_URL',
  'MIKRO_ORM_CLIENT_URL',
  'POSTGRES_URL',
  'POSTGRESQL_URL',
  'PG_URL',
  'SQLITE_URL',
];
const NAME_VARIABLES = [
  'DATABASE',
  'DATABASE_HOST',
  'DATABASE_NAME',
  'DATABASE_PATH',
  'DB',
  'DB_DATABASE',
  'DB_FILE',
  'DB_HOST',
  'DB_NAME',
  'DB_PATH',
  'MIKRO_ORM_DB_NAME',
  'MIKRO_ORM_HOST',
  'PGDATABASE',
  'PGHOST',
  'PGSERVICE',
  'POSTGRES_DB',
  'POSTGRES_HOST',
  'SQLITE_DATABASE',
  'SQLITE_FILE',
];

/** A test that opens one of these by mistake fails, and the error says what to use. */
const POISONED_URL = 'rehearsal://use-HANDRAIL_DATABASE_URL-in-a-rehearsal.invalid/';
const POISONED_NAME = 'use-HANDRAIL_DATABASE_URL-in-a-rehearsal';

export interface TestRun {
  readonly result: Promise<TestResult>;
  /** Ends the command and everything that it started. */
  cancel(): void;
}

export function runTestCommand(
  command: string,
  options: { readonly root: string; readonly url: string; onLine(line: string): void },
): TestRun {
  const began = performance.now();
  const output: string[] = [];
  const child = execa({
    cwd: options.root,
    shell: true,
    // A group of its own, so that all of it can be ended.
    detached: true,
    env: environmentFor(options.url),
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

function environmentFor(url: string): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(URL_VARIABLES.map((name) => [name, POISONED_URL])),
    ...Object.fromEntries(NAME_VARIABLES.map((name) => [name, POISONED_NAME])),
    HANDRAIL_DATABASE_URL: url,
    HANDRAIL_REHEARSAL: '1',
  };
}

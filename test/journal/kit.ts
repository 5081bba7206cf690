/** A real journal in a temporary folder, and what is recorded in it. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type {
  StatementEnded,
  StatementError,
  StatementStarted,
} from '../../source/contract/statement.ts';
import {
  type Journal,
  type JournalOptions,
  type NewRun,
  openJournal,
} from '../../source/journal/journal.ts';
import { environmentFor, temporaryFolder } from '../kit/environment.ts';

export const targetKey = '/srv/shop/dev.db';

export class JournalFolder implements AsyncDisposable {
  readonly #temporary = temporaryFolder('journal');
  readonly #open: Journal[] = [];
  /** What a project's `.handrail` is; not there yet. */
  readonly path = join(this.#temporary.path, '.handrail');
  readonly database = join(this.path, 'journal.db');

  /** Closed with the folder, unless closed before. */
  async open(literals: JournalOptions['literals'] = 'cut'): Promise<Journal> {
    const journal = await openJournal({ folder: this.path, literals });
    this.#open.push(journal);
    return journal;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#open.map((journal) => journal.close()));
    this.#temporary.remove();
  }
}

export const start = new Date('2026-11-24T12:00:00.000Z');
export const end = new Date('2026-11-24T12:00:05.000Z');

export function newRun(changes: Partial<NewRun> = {}): NewRun {
  return {
    direction: 'up',
    target: { key: targetKey, database: 'dev.db', driver: 'sqlite' },
    steps: [
      { name: 'one', sha256: 'hash-of-one' },
      { name: 'two', sha256: 'hash-of-two' },
    ],
    transactions: 'per-revision',
    pid: 4711,
    host: 'workbench',
    now: start,
    ...changes,
  };
}

export function started(seq: number, changes: Partial<StatementStarted> = {}): StatementStarted {
  const sql = changes.sql ?? `insert into item values (${seq})`;
  return {
    seq,
    at: start.getTime() + seq,
    kind: 'sql',
    sql,
    length: sql.length,
    parameters: [],
    revision: 'one',
    direction: 'up',
    ...changes,
  };
}

export function ended(seq: number, changes: Partial<StatementEnded> = {}): StatementEnded {
  return { seq, ms: 1.5, affected: 1, rows: 0, error: null, ...changes };
}

export function failed(changes: Partial<StatementError>): StatementError {
  return { message: 'it failed', code: null, position: null, detail: null, hint: null, ...changes };
}

/** Another process that uses the journal; see `processes/`. */
export class JournalProcess implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly #home = temporaryFolder('home');

  constructor(script: string, ...parameters: string[]) {
    const path = fileURLToPath(new URL(`processes/${script}`, import.meta.url));
    this.child = fork(path, parameters, {
      env: environmentFor(this.#home.path),
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  }

  /** The next message; rejects if the process ends without one. */
  async message(): Promise<unknown> {
    const over = new AbortController();
    try {
      return await Promise.race([
        once(this.child, 'message', { signal: over.signal }).then(([message]) => message),
        once(this.child, 'exit', { signal: over.signal }).then(([status]) => {
          throw new Error(`The process ended with ${status}.`);
        }),
      ]);
    } finally {
      over.abort();
    }
  }

  ask(message: string): Promise<unknown> {
    const answer = this.message();
    this.child.send(message);
    return answer;
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    this.#home.remove();
  }
}

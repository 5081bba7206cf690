/** One engine: a child process of its own, spoken to over IPC, and ended when no longer needed. */

import { type ChildProcess, spawn } from 'node:child_process';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createBirpc } from 'birpc';
import type { EngineApi, EngineEvents, EngineOptions, WaitedFor } from '../contract/engine-api.ts';
import type { Problem, Reply } from '../contract/problem.ts';
import { knowSecrets, redact, secretsOfEnvironment } from '../text/redact.ts';
import { lineSplitter } from './lines.ts';
import { neverCame } from './never-came.ts';

/** In the source tree the engine is run as TypeScript; in the build both are bundles side by side. */
const ENTRY = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../engine/main.ts' : './engine.js', import.meta.url),
);

/** How long an engine may take to end by itself before it is killed, in milliseconds. */
const GRACE_MS = 1_500;

/** How long to wait for the rest of the output of an engine that ended, in milliseconds. */
const LAST_WORDS_MS = 300;

/** Lines of the project's stderr that an unexpected end is explained with. */
const LAST_LINES = 100;

type Output = (stream: 'stdout' | 'stderr', line: string) => void;

export class EngineProcess {
  readonly #child: ChildProcess;
  readonly #remote: ReturnType<typeof createBirpc<EngineApi, EngineEvents>>;
  readonly #lastLines: string[] = [];
  readonly #ended: Promise<Problem>;
  /** Told of its end, those who wait for an answer. */
  readonly #asking = new Set<(problem: Problem) => void>();
  #endedWith: Problem | null = null;
  #stopping = false;
  #waitsFor: WaitedFor = { on: 'project' };

  /** @param secrets variables of its environment, which others can't see */
  constructor(
    options: EngineOptions,
    events: Partial<EngineEvents>,
    output: Output,
    secrets: Readonly<Record<string, string>> = {},
  ) {
    const typescript = ENTRY.endsWith('.ts') || !process.features.typescript;
    this.#child = spawn(
      process.execPath,
      [
        // Node 22.17 strips types only when told to; later ones accept the flag.
        ...(typescript && process.allowedNodeEnvironmentFlags.has('--experimental-strip-types')
          ? ['--experimental-strip-types']
          : []),
        '--disable-warning=ExperimentalWarning',
        ENTRY,
        JSON.stringify(options),
      ],
      {
        cwd: options.root,
        env: { ...secrets, ...engineEnvironment() },
        serialization: 'advanced',
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      },
    );
    knowSecrets(secretsOfEnvironment({ ...process.env, ...secrets }));
    // What the project prints while it is loaded may hold a password that is not known yet.
    let held: (() => void)[] | null = [];
    const release = () => {
      for (const tell of held ?? []) tell();
      held = null;
    };
    const known: Partial<EngineEvents> = {
      statementsTaken: async () => {},
      ...events,
      waitsFor: (what) => {
        this.#waitsFor = what;
        events.waitsFor?.(what);
      },
      secretsKnown(found) {
        knowSecrets(found);
        release();
      },
    };
    this.#remote = createBirpc<EngineApi, EngineEvents>(known as EngineEvents, {
      post: (message) => {
        if (this.#child.connected) this.#child.send(message, () => {});
      },
      on: (listener) => this.#child.on('message', listener),
      timeout: -1,
    });
    const { promise, resolve } = Promise.withResolvers<Problem>();
    this.#ended = promise;
    void promise.then((problem) => {
      this.#endedWith ??= problem;
      for (const lost of this.#asking) lost(problem);
    });
    this.#child.on('error', (error) => resolve(this.#explain(error.message)));
    this.#child.on('exit', (code, signal) => {
      const how = signal ? `signal ${signal}` : `exit code ${code}`;
      const settle = () => {
        release();
        this.#endedWith ??= this.#explain(how);
        resolve(this.#endedWith);
      };
      // The last words come after the exit, unless a child of the engine's keeps a stream open.
      // Not the event 'close', which does not come after a disconnect() from this side.
      const streams = [this.#child.stdout, this.#child.stderr].filter((each) => each !== null);
      void Promise.allSettled(streams.map((stream) => finished(stream))).then(settle);
      setTimeout(settle, LAST_WORDS_MS).unref();
    });
    for (const stream of ['stdout', 'stderr'] as const) {
      lineSplitter(this.#child[stream], (line) => {
        if (stream === 'stderr') this.#lastLines.push(line);
        if (this.#lastLines.length > LAST_LINES) this.#lastLines.shift();
        const tell = () => output(stream, redact(line));
        if (held) held.push(tell);
        else tell();
      });
    }
  }

  get alive(): boolean {
    const { exitCode, signalCode } = this.#child;
    // Its last words may still be on their way.
    const runs = exitCode === null && signalCode === null && this.#endedWith === null;
    return runs && !this.#stopping;
  }

  /** Asks; if the engine ends before it answers, that is the answer. */
  async ask<T>(
    work: (engine: EngineApi) => Promise<Reply<T>>,
    timeout?: number,
  ): Promise<Reply<T>> {
    // Of a promise that lives as long as the engine, each race would keep its answer as long.
    const unanswered = Promise.withResolvers<Reply<T>>();
    const lost = (problem: Problem) => unanswered.resolve({ ok: false, problem });
    this.#asking.add(lost);
    if (this.#endedWith) lost(this.#endedWith);
    const timer =
      timeout === undefined
        ? undefined
        : setTimeout(() => {
            this.kill();
            lost(neverCame(this.#waitsFor, timeout));
          }, timeout);
    try {
      return await Promise.race([work(this.#remote as unknown as EngineApi), unanswered.promise]);
    } finally {
      clearTimeout(timer);
      this.#asking.delete(lost);
    }
  }

  /** Lets it end by itself; kills it if it does not. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), GRACE_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  /** Ends it at once, in the middle of whatever it does. The database rolls back. */
  kill(): void {
    this.#stopping = true;
    this.#child.kill('SIGKILL');
  }

  /** Resolves when the process is gone. */
  async gone(): Promise<void> {
    await this.#ended;
  }

  #explain(how: string): Problem {
    return {
      code: 'engine-died',
      what: `The process that runs the project's code ended (${how}).`,
      why:
        this.#lastLines.length > 0
          ? `Its last words: ${redact(lastWords(this.#lastLines))}`
          : 'It said nothing; perhaps the project calls process.exit().',
      next: ['See what it printed in the log.', 'Look again to start a new one.'],
      detail: redact(this.#lastLines.slice(-DETAILED).join('\n')) || null,
    };
  }
}

const DETAILED = 12;

/** Node prints an error that nobody caught with its stack, its fields, and at last its own version. */
function lastWords(lines: readonly string[]): string {
  const error = /^(?:Uncaught )?[\w.]*(?:Error|Exception)\b[^:]*: /;
  const said = lines.filter((line) => line.trim() !== '' && !/^Node\.js v\d/.test(line));
  return said.findLast((line) => error.test(line)) ?? said.at(-1) ?? lines.at(-1) ?? '';
}

function engineEnvironment(): NodeJS.ProcessEnv {
  const environment = { ...process.env };
  // MikroORM takes this for "TypeScript is being transpiled" (Utils.detectTypeScriptSupport).
  delete environment.VITEST;
  return environment;
}

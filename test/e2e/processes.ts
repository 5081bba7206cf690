/** Processes as the system sees them, and commands that are watched while they run. */

import { execFileSync, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { type Environment, environmentFor, temporaryFolder } from '../kit/environment.ts';
import { handrailProgram } from '../kit/handrail.ts';
import { Watchers } from '../kit/waiting.ts';

interface Entry {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

function processes(): Entry[] {
  const listed = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,state=,args='], { encoding: 'utf8' });
  return listed.split('\n').flatMap((line) => {
    const [, pid, parent, state = '', command = ''] =
      /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    // A zombie has ended; only nobody has asked how yet.
    if (pid === undefined || state.startsWith('Z')) return [];
    return [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

/** The processes that run the project's code for a Handrail: `run` carries out a plan. */
export function enginesOf(
  supervisor: number,
  access: 'look' | 'run' | 'rehearse' = 'run',
): number[] {
  return processes()
    .filter(({ parent, command }) => parent === supervisor && command.includes('engine.js'))
    .filter(({ command }) => command.includes(`"access":"${access}"`))
    .map(({ pid }) => pid);
}

/** The one engine that carries out a plan. */
export function runningEngine(supervisor: number): number {
  const [engine, ...others] = enginesOf(supervisor);
  if (engine === undefined || others.length > 0) {
    throw new Error(`Expected one engine that runs, found ${others.length + (engine ? 1 : 0)}.`);
  }
  return engine;
}

export function isAlive(pid: number): boolean {
  return processes().some((entry) => entry.pid === pid);
}

/** For what nothing tells of: asks again and again. */
export async function eventually(
  what: string,
  judge: () => boolean,
  timeout = 15_000,
): Promise<void> {
  const end = performance.now() + timeout;
  while (!judge()) {
    if (performance.now() > end) throw new Error(`It never came to this: ${what}`);
    await delay(25);
  }
}

/** A command that runs, without a terminal. */
export class Started implements AsyncDisposable {
  readonly pid: number;
  readonly ended: Promise<{ readonly status: number | null; readonly signal: string | null }>;
  stdout = '';
  stderr = '';
  readonly #child: ReturnType<typeof spawn>;
  readonly #home = temporaryFolder('home');
  readonly #watchers = new Watchers();
  #over = false;

  constructor(args: readonly string[], cwd: string, env: Environment) {
    this.#child = spawn(process.execPath, [handrailProgram, ...args], {
      cwd,
      env: environmentFor(this.#home.path, env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (this.#child.pid === undefined) throw new Error('The command could not be started.');
    this.pid = this.#child.pid;
    for (const name of ['stdout', 'stderr'] as const) {
      this.#child[name]?.setEncoding('utf8').on('data', (text: string) => {
        this[name] += text;
        this.#watchers.notify();
      });
    }
    const { promise, resolve } = Promise.withResolvers<{
      status: number | null;
      signal: string | null;
    }>();
    this.ended = promise;
    this.#child.on('close', (status, signal) => {
      this.#over = true;
      resolve({ status, signal });
      this.#watchers.notify();
    });
  }

  /** Resolves once what people are told contains a pattern. */
  async says(pattern: RegExp, timeout = 45_000): Promise<void> {
    const error = (how: string) =>
      new Error(`${pattern} ${how}. It said:\n${this.stderr}\n${this.stdout}`);
    await this.#watchers.until(
      () => {
        if (pattern.test(this.stderr)) return true;
        if (this.#over) throw error('can never be said: the command has ended');
        return false;
      },
      timeout,
      () => error('was not said in time'),
    );
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#over) {
      for (const engine of enginesOf(this.pid)) process.kill(engine, 'SIGKILL');
      this.kill('SIGKILL');
      await this.ended;
    }
    this.#home.remove();
  }
}

/** Starts a command whose words can be waited for: `startHandrail(['up', '--yes'], root)`. */
export function startHandrail(
  args: readonly string[],
  cwd: string,
  env: Environment = {},
): Started {
  return new Started(args, cwd, env);
}

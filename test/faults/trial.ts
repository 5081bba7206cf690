/** One fault: a command that is struck, and what is left of it. */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isAlive } from '../../source/process.ts';
import type { DatabaseUnderTest } from '../kit/databases.ts';
import { temporaryFolder } from '../kit/environment.ts';
import { runHandrail } from '../kit/handrail.ts';
import type { MadeProject } from '../kit/made-project.ts';
import { Database, ServerProject } from '../kit/postgresql.ts';
import { Server } from '../kit/postgresql-server.ts';
import type { RunResult } from '../kit/program.ts';
import { type Handrail, type Journey, journeyOf, type Preparing } from './journeys.ts';
import { type Fault, type Strike, strikeOf } from './moment.ts';

const STRIKER = fileURLToPath(new URL('./striker.ts', import.meta.url));

/** How long a command may take, and processes to be gone, in milliseconds. */
const END_MS = 300_000;

export interface Trial {
  readonly strikes: readonly StrikeMade[];
  /** What is not as it has to be. */
  readonly wrong: readonly string[];
}

export interface StrikeMade extends Strike {
  /** The moment came. */
  readonly struck: boolean;
}

/** Makes trials on one database. */
export class Trials implements AsyncDisposable {
  readonly #database: DatabaseUnderTest;
  readonly #moments = new Map<string, Promise<readonly string[]>>();
  #server: Promise<Server> | null = null;

  constructor(database: DatabaseUnderTest) {
    this.#database = database;
  }

  async run(fault: Fault): Promise<Trial> {
    const moments = await this.#momentsOf(fault);
    await using place = new Place(this.#preparing.bind(this));
    const journey = await place.prepare(fault);
    const wrong: string[] = [];
    const strikes: StrikeMade[] = [];
    for (const [at, time] of fault.times.entries()) {
      const strike = strikeOf(fault, time, moments);
      const ended = await place.struck(journey, strike, (victim) => this.#harm(journey, victim));
      strikes.push({ ...strike, struck: ended.struck });
      wrong.push(...ended.wrong);
      if (!ended.result) break;
      const isLast = journey.again === null || at === fault.times.length - 1;
      wrong.push(
        ...(isLast
          ? await journey.judge(place.handrail, ended.result)
          : ((await journey.again?.(ended.result)) ?? [])),
      );
      if (isLast || wrong.length > 0) break;
    }
    wrong.push(...leftIn(place.temporary), ...leftIn(journey.project.root));
    wrong.push(...(await this.#databasesLeft(journey.project)));
    return { strikes, wrong };
  }

  /** All moments that an operation has when nothing strikes; and that nothing is wrong then. */
  #momentsOf(fault: Fault): Promise<readonly string[]> {
    const { operation, variant } = fault;
    const key = `${operation} ${variant}`;
    const known = this.#moments.get(key);
    if (known) return known;
    const found = this.#unharmed(fault);
    this.#moments.set(key, found);
    return found;
  }

  async #unharmed(fault: Fault): Promise<readonly string[]> {
    await using place = new Place(this.#preparing.bind(this));
    const journey = await place.prepare(fault);
    const { result, wrong, moments } = await place.struck(journey, null, async () => {});
    if (result?.status !== journey.status || wrong.length > 0) {
      throw new Error(
        `${fault.operation} by itself: ${result?.status} ${wrong.join('; ')}\n${result?.stderr}\n${result?.stdout}`,
      );
    }
    return moments;
  }

  #preparing(): Pick<Preparing, 'driver' | 'makeProject'> {
    const { driver, makeProject } = this.#database;
    if (driver === 'sqlite') return { driver, makeProject };
    return {
      driver,
      makeProject: async (options) => {
        // It is stopped and started, so it is nobody else's.
        this.#server ??= Server.make();
        const { url } = await this.#server;
        return ServerProject.make(options, await Database.make(url));
      },
    };
  }

  async #harm({ project }: Journey, victim: string): Promise<void> {
    if (victim === 'sessions') {
      await project.database.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where application_name like 'handrail %' and datname = current_database()`,
      );
      return;
    }
    const server = await this.#server;
    if (!server) throw new Error('There is no server.');
    const [row] = await project.database.query(
      `select setting from pg_settings where name = 'data_directory'`,
    );
    const file = join(String(row?.setting), 'postmaster.pid');
    const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
    // Immediate: as if the power failed, but for the disk.
    process.kill(pid, 'SIGQUIT');
    await until('the server is gone', () => !isAlive(pid));
    await server.start();
  }

  /** Databases that the next commands have not dropped, and whose process is not another's by now. */
  async #databasesLeft({ database }: MadeProject): Promise<readonly string[]> {
    if (this.#database.driver === 'sqlite') return [];
    const rows = await database.query(
      `select datname as name from pg_database where datname like 'handrail\\_throwaway\\_%'`,
    );
    return rows
      .map(({ name }) => String(name))
      .filter((name) => !isAlive(Number(/_(\d+)_/.exec(name)?.[1])))
      .map((name) => `the database ${name} is left`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#server)?.[Symbol.asyncDispose]();
  }
}

interface Struck {
  /** Null if it did not end. */
  readonly result: RunResult | null;
  readonly struck: boolean;
  readonly moments: readonly string[];
  readonly wrong: readonly string[];
}

/** Folders of one trial. */
class Place implements AsyncDisposable {
  readonly #folder = temporaryFolder('faults');
  readonly #preparing: () => Pick<Preparing, 'driver' | 'makeProject'>;
  #project: MadeProject | null = null;
  #strikes = 0;

  constructor(preparing: () => Pick<Preparing, 'driver' | 'makeProject'>) {
    this.#preparing = preparing;
    mkdirSync(this.temporary);
  }

  /** Where the program under test has its temporary files. */
  get temporary(): string {
    return join(this.#folder.path, 'tmp');
  }

  handrail: Handrail = (...args) => this.#run(args, {});

  async prepare(fault: Fault): Promise<Journey> {
    const { driver, makeProject } = this.#preparing();
    const keep = (project: MadeProject): MadeProject => {
      this.#project = project;
      return project;
    };
    const journey = await journeyOf(fault, {
      driver,
      makeProject: async (options) => keep(await makeProject(options)),
      handrail: this.handrail,
      cutOff: async (command, key, nth) => {
        const strike = { key, nth, victim: 'both' } as const;
        const { wrong, struck } = await this.#strike(command, strike, async () => {});
        if (!struck || wrong.length > 0) throw new Error(`Not cut off: ${wrong.join('; ')}`);
      },
    });
    return journey;
  }

  struck(
    { command }: Journey,
    strike: Strike | null,
    harm: (victim: string) => Promise<void>,
  ): Promise<Struck> {
    return this.#strike(command, strike, harm);
  }

  async #strike(
    command: readonly string[],
    strike: Strike | null,
    harm: (victim: string) => Promise<void>,
  ): Promise<Struck> {
    const folder = join(this.#folder.path, `strike-${++this.#strikes}`);
    mkdirSync(folder);
    const at = (name: string) => join(folder, name);
    if (strike) writeFileSync(at('strike'), JSON.stringify(strike));
    let result: RunResult | null = null;
    const ended = this.#run(command, {
      NODE_OPTIONS: `--import ${STRIKER}`,
      HANDRAIL_FAULTS_FOLDER: folder,
    }).then((each) => {
      result = each;
    });
    if (strike && (strike.victim === 'server' || strike.victim === 'sessions')) {
      await until('the moment or the end', () => existsSync(at('struck')) || result !== null);
      if (result === null) await harm(strike.victim).finally(() => writeFileSync(at('done'), ''));
    }
    await ended;
    const wrong: string[] = [];
    const { status, signal, stdout, stderr } = result as unknown as RunResult;
    const killed = strike?.victim === 'supervisor' || strike?.victim === 'both';
    if (signal !== null && !(killed && existsSync(at('struck')))) {
      wrong.push(`the command did not end (${signal})`);
    }
    if (status !== null && status !== 0 && `${stdout}${stderr}`.trim() === '') {
      wrong.push(`it ended with ${status} and said nothing`);
    }
    const pids = linesIn(at('processes')).map((line) => Number.parseInt(line, 10));
    await until('no process is left', () => !pids.some(isAlive));
    return { result, wrong, struck: existsSync(at('struck')), moments: linesIn(at('moments')) };
  }

  #run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<RunResult> {
    return runHandrail(args, {
      cwd: this.#project?.root ?? '',
      env: { TMPDIR: this.temporary, ...env },
      timeout: END_MS,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#project?.[Symbol.asyncDispose]();
    this.#folder.remove();
  }
}

function linesIn(file: string): readonly string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}

async function until(what: string, judge: () => boolean): Promise<void> {
  const end = performance.now() + END_MS;
  while (!judge()) {
    if (performance.now() > end) throw new Error(`It never came to this: ${what}`);
    await sleep(5);
  }
}

/**
 * Of Handrail's own files, what should be gone once the next commands have run. A file of the lock is
 * empty, and the next run's.
 */
function leftIn(folder: string): readonly string[] {
  const passing = /handrail-throwaway|\.trace$|\.partial$|\.handrail-\d+$/;
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => !path.includes('node_modules') && passing.test(path))
    .map((path) => `${path} is left`);
}

/** One walk: commands that are struck, one after the other, and what is left of them. */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isAlive } from '../../source/util/process.ts';
import type { DatabaseUnderTest } from '../kit/databases.ts';
import { temporaryFolder } from '../kit/environment.ts';
import type { MadeProject } from '../kit/made-project.ts';
import { Database, ServerProject } from '../kit/postgresql.ts';
import { Server } from '../kit/postgresql-server.ts';
import { type RunResult, runProgram } from '../kit/program.ts';
import { LOCK } from './halfway.ts';
import { type Command, failed, type Handrail, type Journey, type Preparing } from './journey.ts';
import { journeyOf } from './journeys.ts';
import { type Lean, makeLean } from './lean.ts';
import { chosen, type Operation, type Strike, strikeOf, type Walk } from './moment.ts';

const STRIKER = fileURLToPath(new URL('./striker.ts', import.meta.url));

/** How long a command may take, and processes to be gone, in milliseconds. */
const END_MS = 300_000;

export interface Trial {
  readonly strikes: number;
  /** Commands that nothing struck, as their moment did not come, or none was known yet. */
  readonly unharmed: number;
  /** What is not as it has to be. */
  readonly wrong: readonly string[];
}

/** A command of a walk, and what struck it; null if nothing did. */
export interface Made {
  readonly operation: Operation;
  readonly strike: Strike | null;
  readonly wrong: readonly string[];
}

/** Makes trials on one database. */
export class Trials implements AsyncDisposable {
  readonly #database: DatabaseUnderTest;
  readonly #aim: RegExp;
  /** All moments that a command has when nothing strikes, by what it is and how much it has to do. */
  readonly #moments = new Map<string, readonly string[]>();
  #server: Promise<Server> | null = null;
  #lean: Promise<Lean> | null = null;

  /** @param aim which moments may be struck, each with its command before it */
  constructor(database: DatabaseUnderTest, aim: RegExp) {
    this.#database = database;
    this.#aim = aim;
  }

  /**
   * @param most how many strikes
   * @param tell of each command, as soon as it was looked at
   */
  async run(walk: Walk, most: number, tell: (made: Made) => void): Promise<Trial> {
    this.#lean ??= makeLean();
    await using place = new Place(await this.#lean, this.#preparing());
    const journey = await place.prepare(walk);
    const wrong: string[] = [];
    let strikes = 0;
    let unharmed = 0;
    for (const turn of walk.turns) {
      if (strikes === most || wrong.length > 0) break;
      const possible = await journey.commands();
      const wanted = possible.filter((each) => this.#aimed(walk, each)?.length !== 0);
      const command = chosen(wanted.length > 0 ? wanted : possible, turn.command);
      if (!command) throw new Error('There is nothing to strike.');
      const { operation, args } = command;
      await command.before?.();
      const aimed = this.#aimed(walk, command);
      const strike = aimed ? strikeOf(turn, aimed) : null;
      const ended = await place.strike(args, strike, {
        inMidst: (inside) => this.#inMidst(journey, inside),
        harm: (victim) => this.#harm(journey, victim),
      });
      if (ended.struck) await this.#settled(journey);
      const { result, moments } = ended;
      wrong.push(...ended.wrong);
      if (strike && ended.struck) {
        strikes += 1;
      } else {
        unharmed += 1;
        wrong.push(...failed(`${operation} by itself`, result, command.status));
        const { like, same } = namesOf(walk, command);
        this.#moments.set(same, moments);
        if (!this.#moments.has(like)) this.#moments.set(like, moments);
      }
      const victim = ended.struck ? turn.victim : null;
      wrong.push(...(await journey.look({ command, result, victim })));
      tell({ operation, strike: victim && strike, wrong });
    }
    if (wrong.length === 0) {
      wrong.push(...(await journey.end()));
      wrong.push(...leftIn(place.temporary), ...leftIn(journey.project.root));
      wrong.push(...(await this.#databasesLeft(journey.project)));
    }
    return { strikes, unharmed, wrong };
  }

  /** Moments of a command that may be struck; undefined if none are known yet. */
  #aimed(walk: Walk, command: Command): readonly string[] | undefined {
    const { like, same } = namesOf(walk, command);
    const known = this.#moments.get(same) ?? this.#moments.get(like);
    return known?.filter((key) => this.#aim.test(`${command.operation} · ${key}`));
  }

  #preparing(): Preparation {
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

  /** Holds what a statement waits for in its midst, and does the harm when it does. */
  async #inMidst({ project }: Journey, inside: Inside): Promise<void> {
    const { database } = project;
    if (!(database instanceof Database)) throw new Error('There is no server.');
    const held = await database.session();
    try {
      await held.client.query(`select pg_advisory_lock(${LOCK})`);
      inside.holds();
      const waits = async () => {
        const { rows } = await held.client.query(
          `select from pg_locks where locktype = 'advisory' and objid = ${LOCK} and not granted`,
        );
        return rows.length > 0;
      };
      while (!inside.ended() && !(await waits())) await sleep(5);
      if (!inside.ended()) await inside.harm();
    } finally {
      // The server may be gone by then.
      await held.client.end().catch(() => {});
    }
  }

  /** A server goes on with a statement whose client was killed. */
  async #settled({ project: { database } }: Journey): Promise<void> {
    if (!(database instanceof Database)) return;
    await database.first(
      `select 1 as none where not exists (select from pg_stat_activity
        where application_name like 'handrail %' and datname = current_database())`,
    );
  }

  async #harm({ project }: Journey, victim: Strike['victim']): Promise<void> {
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
    (await this.#lean)?.remove();
  }
}

/** A statement that is struck in its midst. */
interface Inside {
  /** What it waits for is held. */
  holds(): void;
  /** The command has ended without. */
  ended(): boolean;
  harm(): Promise<void>;
}

/** What the trial does, and not the striker. */
interface Harm {
  inMidst(inside: Inside): Promise<void>;
  harm(victim: Strike['victim']): Promise<void>;
}

type Preparation = Pick<Preparing, 'driver' | 'makeProject'>;

interface Ended {
  readonly result: RunResult;
  /** The moment came. */
  readonly struck: boolean;
  readonly moments: readonly string[];
  readonly wrong: readonly string[];
}

/** Folders of one trial. */
class Place implements AsyncDisposable {
  readonly #folder = temporaryFolder('faults');
  readonly #preparing: Preparation;
  readonly #lean: Lean;
  #project: MadeProject | null = null;
  #strikes = 0;

  constructor(lean: Lean, preparing: Preparation) {
    this.#lean = lean;
    this.#preparing = preparing;
    mkdirSync(this.temporary);
  }

  /** Where the program under test has its temporary files. */
  get temporary(): string {
    return join(this.#folder.path, 'tmp');
  }

  #handrail: Handrail = (...args) => this.#run(args, {});

  prepare(walk: Walk): Promise<Journey> {
    const { driver, makeProject } = this.#preparing;
    return journeyOf(walk, {
      driver,
      makeProject: async (options) => {
        this.#project = await makeProject(options);
        this.#lean.useIn(this.#project.root);
        return this.#project;
      },
      handrail: this.#handrail,
    });
  }

  async strike(
    command: readonly string[],
    strike: Strike | null,
    { inMidst, harm }: Harm,
  ): Promise<Ended> {
    const folder = join(this.#folder.path, `strike-${++this.#strikes}`);
    mkdirSync(folder);
    const at = (name: string) => join(folder, name);
    if (strike) writeFileSync(at('strike'), JSON.stringify(strike));
    let hasEnded = false;
    const running = this.#run(command, {
      NODE_OPTIONS: `--import ${STRIKER}`,
      HANDRAIL_FAULTS_FOLDER: folder,
    }).finally(() => {
      hasEnded = true;
    });
    const there = (name: string) => existsSync(at(name));
    const tell = (name: string) => writeFileSync(at(name), '');
    const onServer = strike && (strike.victim === 'server' || strike.victim === 'sessions');
    const harmServer = async () => {
      if (onServer) await harm(strike.victim).finally(() => tell('done'));
    };
    const midst =
      strike !== null &&
      this.#preparing.driver === 'postgresql' &&
      strike.key.includes(' · during ');
    if (onServer || midst) {
      await until('the moment or the end', () => there('struck') || hasEnded);
    }
    if (onServer && !midst && !hasEnded) await harmServer();
    if (midst && !hasEnded) {
      const striker = Number(readFileSync(at('struck'), 'utf8'));
      await inMidst({
        holds: () => tell('held'),
        ended: () => hasEnded,
        async harm() {
          tell('inside');
          await harmServer();
          await until('it was struck', () => there('done') || !isAlive(striker));
        },
      });
    }
    const result = await running;
    const wrong: string[] = [];
    const { status, signal, stdout, stderr } = result;
    const killed = strike?.victim === 'supervisor' || strike?.victim === 'both';
    if (signal !== null && !(killed && there('struck'))) {
      wrong.push(`the command did not end (${signal})`);
    }
    if (status !== null && status !== 0 && `${stdout}${stderr}`.trim() === '') {
      wrong.push(`it ended with ${status} and said nothing`);
    }
    const pids = linesIn(at('processes')).map((line) => Number.parseInt(line, 10));
    await until('no process is left', () => !pids.some(isAlive));
    const struck = there(midst ? 'inside' : 'struck');
    return { result, wrong, struck, moments: linesIn(at('moments')) };
  }

  #run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<RunResult> {
    return runProgram(process.execPath, [this.#lean.program, ...args], {
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

/** Of commands that have about the same moments, and of those that have exactly the same. */
function namesOf({ kind, variant }: Walk, { operation, extent }: Command) {
  const like = `${kind} ${variant} ${operation}`;
  return { like, same: `${like} ${extent}` };
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

/**
 * The app, open for long: entities are saved again and again while it watches them, and revisions
 * run up and down. What it takes of the machine is measured on the way, whenever it is at rest, and
 * has to be in the last third what it was in the first. `HANDRAIL_SOAK_SAVES` and
 * `HANDRAIL_SOAK_RUNS` choose fewer; the exit status is 1 if something grew.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { BOOK, makeLibrary } from '../engine/draft/kit.ts';
import { createTable } from '../kit/builders.ts';
import { temporaryFolder } from '../kit/environment.ts';
import { openHandrail } from '../kit/handrail.ts';
import { makeProject } from '../kit/project.ts';
import { count } from '../kit/sqlite.ts';
import type { Terminal } from '../kit/terminal.ts';

const saves = Number(process.env.HANDRAIL_SOAK_SAVES ?? 2_000);
const runs = Number(process.env.HANDRAIL_SOAK_RUNS ?? 500);

/**
 * Of so many saves only the last may be looked at to its end; the others come as soon as the one
 * before was noticed. That is what takes the most: engines that are given up, one by one.
 */
const HASTY = 10;

/** A machine that does something else at the same time is slow. */
const patient = { timeout: 300_000 };

/** Memory that collecting garbage has not given back yet is no growth. */
const MEMORY_FACTOR = 1.25;

interface Taken {
  readonly memory: number;
  readonly handles: number;
  readonly processes: number;
  readonly files: number;
}

/** Processes that a process has started and that are there. */
function childrenOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
    );
  } catch {
    // It ended meanwhile.
    return [];
  }
}

/** Of the supervisor, with the processes that it has and the temporary files of all. */
function takenBy(app: Terminal, temporary: string): Taken {
  const status = readFileSync(`/proc/${app.pid}/status`, 'utf8');
  return {
    memory: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_000),
    handles: readdirSync(`/proc/${app.pid}/fd`).length,
    processes: childrenOf(app.pid).length,
    files: readdirSync(temporary).filter((name) => name.startsWith('handrail-')).length,
  };
}

/** The kernel tells nobody that a process has begun or ended, so it is asked. */
async function until(app: Terminal, met: () => boolean, what: string): Promise<void> {
  const end = performance.now() + patient.timeout;
  for (;;) {
    if (app.ended)
      throw new Error(`The app ended before ${what} came:\n${app.raw().slice(-4_000)}`);
    if (met()) return;
    if (performance.now() > end) throw new Error(`${what} did not come:\n${app.text()}`);
    await delay(5);
  }
}

/** Each engine has three handles, so they are counted when those that end have ended. */
const atRest = (app: Terminal) =>
  until(app, () => childrenOf(app.pid).length === 1, 'the end of all engines but one');

async function soak(
  what: string,
  times: number,
  app: Terminal,
  once: (turn: number) => Promise<void>,
): Promise<boolean> {
  const measured: Taken[] = [];
  const each = Math.max(1, Math.floor(times / 20));
  for (let turn = 1; turn <= times; turn++) {
    await once(turn);
    if (turn % each !== 0) continue;
    await atRest(app);
    const now = takenBy(app, temporary.path);
    measured.push(now);
    console.log(
      `${what} ${turn}: ${now.memory} MB, ${now.handles} handles, ${now.processes} processes, ${now.files} temporary files`,
    );
  }
  // At its least: garbage that was not collected is no growth.
  const least = (of: keyof Taken, among: readonly Taken[]) =>
    Math.min(...among.map((each) => each[of]));
  const third = Math.ceil(measured.length / 3);
  const grewBy = (of: keyof Taken, factor: number) =>
    least(of, measured.slice(-third)) > least(of, measured.slice(0, third)) * factor;
  const grew = [
    ...(grewBy('memory', MEMORY_FACTOR) ? ['memory'] : []),
    ...(['handles', 'processes', 'files'] as const).filter((each) => grewBy(each, 1)),
  ];
  console.log(
    `${times} ${what}: ${grew.length === 0 ? 'nothing grew' : `${grew.join(', ')} grew`}`,
  );
  return grew.length === 0;
}

async function soakSaves(): Promise<boolean> {
  using project = makeLibrary();
  const entity = 'entities/book.ts';
  const source = project.read(entity);
  await using app = openHandrail([], { cwd: project.root, env: { TMPDIR: temporary.path } });
  await app.waitFor('up to date', patient);
  await app.press('w');
  await app.waitFor('There is nothing to draft', patient);
  await app.press('t');
  await app.waitFor('file:///', patient);
  const noticed = async (save: () => void) => {
    const before = childrenOf(app.pid);
    save();
    const isAnother = () => childrenOf(app.pid).some((child) => !before.includes(child));
    await until(app, isAnother, 'an engine that loads what was saved');
  };
  return await soak('saves', saves, app, async (turn) => {
    const property = `save_${turn}`;
    await noticed(() =>
      project.write(entity, source.replace(BOOK, `${BOOK}, ${property}: p.string().nullable()`)),
    );
    if (turn % HASTY !== 0) return;
    await app.waitFor(`+ column book.${property}`, patient);
    await app.waitUntilGone('making it…', patient);
  });
}

async function soakRuns(): Promise<boolean> {
  using project = makeProject({
    revisions: [createTable('base', 'base'), createTable('soaked', 'soaked')],
    applied: 1,
  });
  await using app = openHandrail([], { cwd: project.root, env: { TMPDIR: temporary.path } });
  await app.waitFor('behind by 1', patient);
  const fine = await soak('runs', runs, app, async (turn) => {
    const up = turn % 2 === 1;
    await app.press(up ? 'u' : 'd');
    await app.waitFor(up ? 'Enter runs it' : 'y runs it', patient);
    await app.press(up ? 'enter' : 'y');
    await app.waitFor(up ? 'Upgrade done' : 'Downgrade done', patient);
    await app.waitFor(up ? '✓ up to date' : 'behind by 1', patient);
    await app.press('esc');
    await app.waitUntilGone(up ? 'Upgrade done' : 'Downgrade done', patient);
  });
  const recorded = count(`${project.root}/.handrail/journal.db`, 'run');
  console.log(`${recorded} runs are in the journal`);
  return fine && recorded === runs;
}

const temporary = temporaryFolder('soak');
const fine: boolean[] = [];
if (saves > 0) fine.push(await soakSaves());
if (runs > 0) fine.push(await soakRuns());
temporary.remove();
process.exitCode = fine.every(Boolean) ? 0 : 1;

/**
 * The app, open for long: files are saved again and again, and revisions run up and down. What it
 * takes of the machine is measured on the way, and has to be in the last third what it was in the
 * first. `HANDRAIL_SOAK_SAVES` and `HANDRAIL_SOAK_RUNS` choose fewer; the exit status is 1 if
 * something grew.
 */

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createTable } from '../kit/builders.ts';
import { temporaryFolder } from '../kit/environment.ts';
import { openHandrail } from '../kit/handrail.ts';
import { makeProject } from '../kit/project.ts';
import { count } from '../kit/sqlite.ts';
import type { Terminal } from '../kit/terminal.ts';

const saves = Number(process.env.HANDRAIL_SOAK_SAVES ?? 2_000);
const runs = Number(process.env.HANDRAIL_SOAK_RUNS ?? 500);

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

/** Of the supervisor, with the processes that it has and the temporary files of all. */
function takenBy(app: Terminal, temporary: string): Taken {
  const status = readFileSync(`/proc/${app.pid}/status`, 'utf8');
  const listed = execFileSync('ps', ['-A', '-o', 'ppid=,state='], { encoding: 'utf8' });
  const children = listed
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([parent]) => Number(parent) === app.pid);
  return {
    memory: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_000),
    handles: readdirSync(`/proc/${app.pid}/fd`).length,
    processes: children.length,
    files: readdirSync(temporary).filter((name) => name.startsWith('handrail-')).length,
  };
}

async function soak(
  what: string,
  times: number,
  taken: () => Taken,
  once: (turn: number) => Promise<void>,
): Promise<boolean> {
  const measured: Taken[] = [];
  const each = Math.max(1, Math.floor(times / 10));
  for (let turn = 1; turn <= times; turn++) {
    await once(turn);
    if (turn % each !== 0) continue;
    const now = taken();
    measured.push(now);
    console.log(
      `${what} ${turn}: ${now.memory} MB, ${now.handles} handles, ${now.processes} processes, ${now.files} temporary files`,
    );
  }
  // At its least: an engine that comes or goes, and garbage that was not collected, are no growth.
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

const temporary = temporaryFolder('soak');
using project = makeProject({
  revisions: [createTable('base', 'base'), createTable('soaked', 'soaked')],
  applied: 1,
});
const made = project.revision('soaked');
const file = `migrations/${made.path.split('/').at(-1)}`;
const source = project.read(file);
const open = () => openHandrail([], { cwd: project.root, env: { TMPDIR: temporary.path } });

let fine = true;
{
  await using app = open();
  await app.waitFor('behind by 1', patient);
  const taken = () => takenBy(app, temporary.path);
  fine =
    (await soak('saves', saves, taken, async (turn) => {
      project.write(file, source.replace('"soaked" (', `"soaked_${turn}" (`));
      await app.waitFor(`"soaked_${turn}" (`, patient);
    })) && fine;
}
project.write(file, source);
{
  await using app = open();
  await app.waitFor('behind by 1', patient);
  const taken = () => takenBy(app, temporary.path);
  fine =
    (await soak('runs', runs, taken, async (turn) => {
      const up = turn % 2 === 1;
      await app.press(up ? 'u' : 'd');
      await app.waitFor(up ? 'Enter runs it' : 'y runs it', patient);
      await app.press(up ? 'enter' : 'y');
      await app.waitFor(up ? 'Upgrade done' : 'Downgrade done', patient);
      await app.waitFor(up ? '✓ up to date' : 'behind by 1', patient);
      await app.press('esc');
      await app.waitUntilGone(up ? 'Upgrade done' : 'Downgrade done', patient);
    })) && fine;
}
const recorded = count(`${project.root}/.handrail/journal.db`, 'run');
console.log(`${recorded} runs are in the journal`);
temporary.remove();
process.exitCode = fine && recorded === runs ? 0 : 1;

/**
 * A revision that sends 200,000 statements, in the app: `node bench/flood.ts [STATEMENTS]`.
 *
 * Prints the time until the plan is on the screen, how long keys took to move the list while the
 * run went on (terminal and emulator included), beside the same keys before it with a process that
 * computes as the run's does, how late the app's event loop was, and the most memory that app and
 * engine had. Linux only: memory is read from /proc.
 */

import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { many } from '../test/kit/builders.ts';
import { openHandrail } from '../test/kit/handrail.ts';
import { makeProject } from '../test/kit/project.ts';
import type { Terminal } from '../test/kit/terminal.ts';

const count = Number(process.argv[2] ?? 200_001);
const selection = '▌';
const name = 'Migration20990101000000_flood';

/** The processes below one, by their numbers; none of one that has ended meanwhile. */
function below(pid: number): readonly number[] {
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(/\s+/),
    );
    return children.filter((child) => child !== '').flatMap((child) => [+child, ...below(+child)]);
  } catch {
    return [];
  }
}

/** The most resident memory that a process has had so far, in MB; NaN if it has ended. */
function peak(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
  } catch {
    return Number.NaN;
  }
}

/** Processor time of a process so far, in milliseconds; Linux counts in hundredths of a second. */
function processorTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Whether the run has ended; then keys move something else. */
const over = (app: Terminal): boolean => app.text().includes('31 applied');

/** How long a key takes until the selection has moved, in milliseconds. */
async function move(app: Terminal, key: 'up' | 'down'): Promise<number> {
  const selected = (): string | undefined => app.line(selection)?.slice(0, 44);
  const before = selected();
  const start = performance.now();
  const pressed = app.press(key);
  await app.waitFor(() => selected() !== before || over(app), {
    why: `${key} moves the selection`,
  });
  const took = performance.now() - start;
  await pressed;
  return took;
}

using project = makeProject({
  revisions: many(30),
  applied: 30,
  files: {
    [`migrations/${name}.js`]: `
import { Migration } from '@mikro-orm/migrations';
export class ${name} extends Migration {
  up() {
    this.addSql('create table flood (id integer primary key, name text)');
    for (let id = 1; id < ${count}; id++)
      this.addSql(\`insert into flood (id, name) values (\${id}, 'the name of \${id}')\`);
  }
  down() {
    this.addSql('drop table flood');
  }
}
`,
  },
});
const loopFile = join(project.root, 'event-loop.json');
const probe = new URL('event-loop.js', import.meta.url).href;
await using app = openHandrail([], {
  cwd: project.root,
  columns: 120,
  rows: 36,
  env: {
    NODE_OPTIONS: `--import=${probe}`,
    HANDRAIL_BENCH_LOOP: loopFile,
  },
});
await app.waitFor('1 pending', { timeout: 60_000 });

/** Keys, and how late the event loop was meanwhile. */
async function keysWhile(goesOn: (keys: number) => boolean): Promise<{
  readonly keys: readonly number[];
  readonly loop: string;
  readonly engine: number;
  /** Milliseconds that the app computed. */
  readonly computed: number;
}> {
  const busyBefore = processorTime(app.pid);
  process.kill(app.pid, 'SIGUSR2');
  const keys: number[] = [];
  let engine = 0;
  while (goesOn(keys.length)) {
    const key = Math.floor(keys.length / 10) % 2 === 0 ? 'down' : 'up';
    keys.push(await move(app, key));
    engine = Math.max(engine, ...below(app.pid).map(peak).filter(Number.isFinite));
  }
  process.kill(app.pid, 'SIGURG');
  while (!existsSync(loopFile)) await delay(10);
  const loop = readFileSync(loopFile, 'utf8');
  rmSync(loopFile);
  return { keys, loop, engine, computed: processorTime(app.pid) - busyBefore };
}

const other = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
const before = await keysWhile((keys) => keys < 200);
other.kill();
const memoryBefore = peak(app.pid);
const asked = performance.now();
await app.press('u');
await app.waitFor('Enter', { timeout: 120_000, why: 'the plan is there' });
await app.waitFor(/insert into flood/i, { timeout: 120_000, why: 'the plan shows its SQL' });
const planned = performance.now() - asked;

await app.press('enter');
await app.waitFor('running', { timeout: 60_000, why: 'the run has begun' });
const began = performance.now();
const { keys, loop, engine, computed } = await keysWhile(() => !over(app));
const took = performance.now() - began;
const within = (times: readonly number[], share: number): string =>
  `${Math.round(times.toSorted((a, b) => a - b)[Math.ceil(times.length * share) - 1] ?? Number.NaN)} ms`;
const told = (times: readonly number[]): string =>
  `${times.length} keys: half within ${within(times, 0.5)}, 95 % within ${within(times, 0.95)}, all ${within(times, 1)}`;
console.log(
  `before it, beside one that computes: ${told(before.keys)}; it computed for ${before.computed} ms; ${before.loop}`,
);
console.log(
  `${count} statements: plan after ${Math.round(planned)} ms, run of ${Math.round(took)} ms`,
);
console.log(`${told(keys)}; ${loop}`);
console.log(
  `the app computed for ${computed} ms; ${loadavg()[0]?.toFixed(1)} processes wanted a processor in the last minute`,
);
console.log(
  `most memory: app ${peak(app.pid)} MB (before it ${memoryBefore} MB), engine ${engine} MB`,
);

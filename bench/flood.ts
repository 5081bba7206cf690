/**
 * A revision that sends 200,000 statements, in the app: `node bench/flood.ts [STATEMENTS]`.
 *
 * Prints the time until the plan is on the screen, how long keys took to move the list while the
 * run went on (terminal and emulator included), and the most memory that app and engine had. Linux
 * only: memory is read from /proc.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { many } from '../test/kit/builders.ts';
import { openHandrail } from '../test/kit/handrail.ts';
import { makeProject } from '../test/kit/project.ts';
import type { Terminal } from '../test/kit/terminal.ts';

const count = Number(process.argv[2] ?? 200_001);
const selection = '▌';
const name = 'Migration20990101000000_flood';

/** The processes below one, by their numbers: Linux alone tells it this cheaply. */
function below(pid: number): readonly number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(/\s+/),
  );
  return children.filter((child) => child !== '').flatMap((child) => [+child, ...below(+child)]);
}

/** The most resident memory that a process has had so far, in MB. */
function peak(pid: number): number {
  const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kilobytes) / 1024);
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
await using app = openHandrail([], { cwd: project.root, columns: 120, rows: 36 });
await app.waitFor('1 pending', { timeout: 60_000 });
const asked = performance.now();
await app.press('u');
await app.waitFor('Enter', { timeout: 120_000, why: 'the plan is there' });
await app.waitFor(/insert into flood/i, { timeout: 120_000, why: 'the plan shows its SQL' });
const planned = performance.now() - asked;

await app.press('enter');
await app.waitFor('running', { timeout: 60_000, why: 'the run has begun' });
const began = performance.now();
const busyBefore = processorTime(app.pid);
const keys: number[] = [];
let engine = 0;
while (!over(app)) {
  const key = Math.floor(keys.length / 10) % 2 === 0 ? 'down' : 'up';
  keys.push(await move(app, key));
  engine = Math.max(engine, ...below(app.pid).map(peak).filter(Number.isFinite));
}
const took = performance.now() - began;
const sorted = keys.toSorted((a, b) => a - b);
const within = (share: number): string =>
  `${Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN)} ms`;
console.log(
  `${count} statements: plan after ${Math.round(planned)} ms, run of ${Math.round(took)} ms`,
);
console.log(
  `${keys.length} keys: half within ${within(0.5)}, 95 % within ${within(0.95)}, all ${within(1)}`,
);
console.log(
  `the app computed for ${processorTime(app.pid) - busyBefore} ms; ${loadavg()[0]?.toFixed(1)} processes wanted a processor in the last minute`,
);
console.log(`most memory: app ${peak(app.pid)} MB, engine ${engine} MB`);

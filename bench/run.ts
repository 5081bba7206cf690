/** The benchmarks that README.md describes: `node bench/run.ts [--runs N]`. */

import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { many } from '../test/kit/builders.ts';
import { handrailProgram, openHandrail, runHandrail } from '../test/kit/handrail.ts';
import type { RunResult } from '../test/kit/program.ts';
import { makeProject, type Project } from '../test/kit/project.ts';
import { openTerminal, type Terminal } from '../test/kit/terminal.ts';
import { alternate, type Comparison, type Measurement, table } from './measure.ts';
import { rehearsal } from './rehearsal.ts';

const size = { columns: 120, rows: 36 };
/** What is on the screen as soon as there is a frame at all. */
const frame = 'handrail';
/** What the selected line of the list starts with, or contains. */
const selection = '▌';
/** Keys that are pressed in one run of the last benchmark. */
const presses = 60;

const { values } = parseArgs({ options: { runs: { type: 'string', default: '11' } } });
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs takes a number, 1 or more.');
if (!existsSync(handrailProgram)) throw new Error('Build the program first: npm run build');

/** How long a program takes from start to end. */
async function duration(run: () => Promise<RunResult>): Promise<number> {
  const start = performance.now();
  const { status, stderr } = await run();
  if (status !== 0) throw new Error(`It failed with status ${status}: ${stderr}`);
  return performance.now() - start;
}

/** How long a program in a terminal takes until something holds. */
async function untilShown(
  open: () => Terminal,
  shown: (terminal: Terminal) => Promise<number>,
): Promise<number> {
  await using terminal = open();
  return (await shown(terminal)) - terminal.startedAt;
}

async function status(project: Project): Promise<Comparison> {
  const { root } = project;
  return {
    what: 'the status of 1,000 revisions, as a command',
    names: ['`handrail status`', '`mikro-orm migration:list`'],
    samples: await alternate(
      runs,
      () => duration(() => runHandrail(['status'], { cwd: root })),
      () => duration(() => project.mikroOrm(['migration:list'])),
    ),
  };
}

/** MikroORM's command line in a terminal: when its first output came, or when it had ended. */
function listed(project: Project, until: 'first output' | 'end'): Measurement {
  const { root: cwd, mikroOrmProgram } = project;
  return () =>
    untilShown(
      () =>
        openTerminal({
          ...size,
          command: process.execPath,
          args: [mikroOrmProgram, 'migration:list'],
          cwd,
        }),
      async (terminal) => {
        await terminal.waitForExit();
        return until === 'end' ? performance.now() : (terminal.firstOutputAt ?? Number.NaN);
      },
    );
}

async function starts(project: Project): Promise<Comparison[]> {
  const newest = project.names().at(-1) ?? '';
  const opened = (what: string | RegExp): Measurement => {
    const open = (): Terminal => openHandrail([], { cwd: project.root, ...size });
    return () =>
      untilShown(open, async (terminal) => {
        await terminal.waitFor(what, { timeout: 30_000 });
        return performance.now();
      });
  };
  // Names are cut where there is no room: the number in the newest one's is enough to know it.
  const number = new RegExp(/step_\d+/.exec(newest)?.[0] ?? newest);
  return [
    {
      what: 'start with 1,000 revisions: first frame',
      names: ['`handrail`', 'first output of `mikro-orm migration:list`'],
      samples: await alternate(runs, opened(frame), listed(project, 'first output')),
    },
    {
      what: 'start with 1,000 revisions: list on the screen',
      names: ['`handrail`', '`mikro-orm migration:list`'],
      samples: await alternate(runs, opened(number), listed(project, 'end')),
    },
  ];
}

/** The mean time from a key to the moved selection, over some keys in one started program. */
async function keyToFrame(project: Project): Promise<number> {
  await using terminal = openHandrail([], { cwd: project.root, ...size });
  await terminal.waitFor(selection, { timeout: 30_000, why: 'the list is there' });
  await terminal.waitUntilQuiet(300);
  const selected = (): string | undefined => terminal.line(selection);
  let total = 0;
  for (let press = 0; press < presses; press++) {
    // There and back, a screenful each, so that the end of a short list is no obstacle.
    const key = Math.floor(press / 20) % 2 === 0 ? 'down' : 'up';
    const before = selected();
    const start = performance.now();
    const pressed = terminal.press(key);
    await terminal.waitFor(() => selected() !== before, { why: `${key} moves the selection` });
    total += performance.now() - start;
    await pressed;
  }
  return total / presses;
}

async function keys(): Promise<Comparison> {
  using few = makeProject({ revisions: many(50), applied: 40 });
  using lots = makeProject({ revisions: many(5_000), applied: 4_990 });
  return {
    what: 'a key until the list has moved (mean of one session)',
    names: ['50 revisions', '5,000 revisions'],
    samples: await alternate(
      Math.max(1, Math.ceil(runs / 3)),
      () => keyToFrame(few),
      () => keyToFrame(lots),
    ),
  };
}

using thousand = makeProject({ revisions: many(1_000), applied: 990 });
const comparisons = [await status(thousand), ...(await starts(thousand)), await keys()];
const rehearsed = await rehearsal(Math.max(1, Math.ceil(runs / 3)));
if (rehearsed) comparisons.push(rehearsed);
else console.log('There is no sqlite3 shell to compare a rehearsal with.');
const [cpu] = cpus();
console.log(
  `Node.js ${process.version}, ${cpus().length} × ${cpu?.model ?? 'unknown processor'}\n`,
);
console.log(table(comparisons));

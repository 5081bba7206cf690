/** One fault: a command that is struck down, and what is left of it. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { journalOf } from '../e2e/journal.ts';
import { enginesOf, eventually, isAlive, type Started, startHandrail } from '../e2e/processes.ts';
import type { DatabaseUnderTest } from '../kit/databases.ts';
import { temporaryFolder } from '../kit/environment.ts';
import { runHandrail } from '../kit/handrail.ts';
import type { MadeProject } from '../kit/made-project.ts';
import { content, disagreements, revisions } from './ledger.ts';
import type { Fault } from './moment.ts';

const COMMANDS = {
  up: ['up', '--yes'],
  down: ['down', '-n', '3', '--yes'],
  rehearse: ['rehearse', '--json'],
} as const;

const GONE_MS = 120_000;

/** How long a command takes when nothing strikes, in milliseconds; and that nothing is wrong then. */
export async function unharmed(
  database: DatabaseUnderTest,
  operation: Fault['operation'],
): Promise<number> {
  await using project = await prepared(database, { operation, allOrNothing: true });
  const began = performance.now();
  const { status, stderr } = await runHandrail(COMMANDS[operation], { cwd: project.root });
  const ms = performance.now() - began;
  const wrong = await disagreements(project);
  // The entities are others, which a rehearsal tells with 1.
  const expected = operation === 'rehearse' ? 1 : 0;
  if (status !== expected || wrong.length > 0) {
    throw new Error(`${operation} by itself: ${status} ${wrong.join('; ')}\n${stderr}`);
  }
  return ms;
}

/** @returns what is not as it has to be */
export async function struck(
  database: DatabaseUnderTest,
  fault: Fault,
  ms: number,
): Promise<readonly string[]> {
  await using project = await prepared(database, fault);
  const temporary = temporaryFolder('faults');
  const env = { TMPDIR: temporary.path };
  try {
    await using started = startHandrail(COMMANDS[fault.operation], project.root, env);
    await theMoment(fault, project, started, ms);
    const engines = (['look', 'run', 'rehearse'] as const).flatMap((access) =>
      enginesOf(started.pid, access),
    );
    await strike(fault, project, started, engines);
    await started.ended;
    await eventually('no process is left', () => !engines.some(isAlive), GONE_MS);
    return [
      ...(await disagreements(project)).map((each) => `right after: ${each}`),
      ...(await goesOn(project, env)),
      ...leftOf(temporary.path),
    ];
  } finally {
    temporary.remove();
  }
}

async function prepared(
  database: DatabaseUnderTest,
  { operation, allOrNothing }: Pick<Fault, 'operation' | 'allOrNothing'>,
): Promise<MadeProject> {
  const project = await database.makeProject({
    revisions,
    applied: 1,
    content,
    migrations: `allOrNothing: ${allOrNothing}`,
  });
  if (operation === 'down') {
    const { status, stderr } = await runHandrail(['up', '--yes'], { cwd: project.root });
    if (status !== 0) throw new Error(`It could not be prepared: ${stderr}`);
  }
  return project;
}

async function theMoment(
  { moment }: Fault,
  { root }: MadeProject,
  started: Started,
  ms: number,
): Promise<void> {
  let over = false;
  void started.ended.then(() => {
    over = true;
  });
  if ('part' in moment) {
    await Promise.race([sleep(moment.part * ms), started.ended]);
    return;
  }
  // Asked without a pause: a statement takes less than a millisecond.
  while (!over && statementsTold(root) < moment.statements) await new Promise(setImmediate);
}

/** Statements that the run that goes on has begun to send. */
function statementsTold(root: string): number {
  const folder = join(root, '.handrail');
  try {
    const trace = readdirSync(folder).find((name) => name.endsWith('.trace'));
    if (trace === undefined) return 0;
    return readFileSync(join(folder, trace), 'utf8').match(/^\d+\+/gm)?.length ?? 0;
  } catch {
    return 0;
  }
}

async function strike(
  { victim }: Fault,
  { database }: MadeProject,
  started: Started,
  engines: readonly number[],
): Promise<void> {
  if (victim === 'sessions') {
    await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where application_name like 'handrail %' and datname = current_database()`,
    );
    return;
  }
  if (victim !== 'engine') started.kill('SIGKILL');
  if (victim === 'supervisor') return;
  for (const engine of engines) kill(engine);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** The next commands find a database that they can go on with, and tell what became of the run. */
async function goesOn(
  project: MadeProject,
  env: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  const options = { cwd: project.root, env };
  const status = await runHandrail(['status', '--json'], options);
  const recorded = await project.database.recorded();
  if (status.status !== 0) wrong.push(`status ends with ${status.status}: ${status.stderr}`);
  else if (JSON.parse(status.stdout).counts.applied !== recorded.length) {
    wrong.push('status counts otherwise than the database');
  }
  for (const { finished, outcome, steps, direction } of journalOf(project.root)) {
    if (!finished) wrong.push(`a run is left ${outcome}`);
    const done = steps.filter((step) => step.outcome === 'done').map(({ name }) => name);
    const there = new Set(recorded);
    const isSo = done.every((name) => there.has(name) === (direction === 'up'));
    if (!isSo && journalOf(project.root).at(-1)?.direction === direction) {
      wrong.push(`the journal says done of ${done.join(', ')}, recorded: ${recorded.join(', ')}`);
    }
  }
  const up = await runHandrail(['up', '--yes'], options);
  if (up.status !== 0) wrong.push(`up ends with ${up.status}: ${up.stdout}${up.stderr}`);
  if ((await project.database.recorded()).length !== revisions.length) {
    wrong.push('up did not apply all');
  }
  wrong.push(...(await disagreements(project)).map((each) => `after up: ${each}`));
  return wrong;
}

/** Temporary files that the next commands have not removed. */
function leftOf(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith('handrail-throwaway'))
    .map((name) => `left in the temporary folder: ${name}`);
}

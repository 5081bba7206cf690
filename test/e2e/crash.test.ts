/**
 * Processes that are killed in the middle of an upgrade. Afterwards the database, its migrations
 * table and the journal say the same, and the next start tells what happened.
 */

import { statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { slow } from '../kit/awkward.ts';
import { createTable, populate } from '../kit/builders.ts';
import { databases } from '../kit/databases.ts';
import { openHandrail, runHandrail } from '../kit/handrail.ts';
import type { MadeProject } from '../kit/made-project.ts';
import { makeProject } from '../kit/project.ts';
import { fingerprint, integrityErrors, recordedRevisions } from '../kit/sqlite.ts';
import { journalOf } from './journal.ts';
import {
  enginesOf,
  eventually,
  isAlive,
  runningEngine,
  type Started,
  startHandrail,
} from './processes.ts';
import { expectTerminalRestored, expectWholeFrame, loading } from './screens.ts';

/** `first` is quick, `second` takes long: whoever is killed is killed in it. */
function slowly({ each, seconds }: { readonly each: boolean; readonly seconds?: number }) {
  return {
    revisions: [
      createTable('base', 'base'),
      createTable('first', 'first'),
      slow('second', seconds),
      createTable('third', 'third'),
    ],
    applied: 1,
    content: `insert into base (name) values ('kept')`,
    migrations: `allOrNothing: ${!each}`,
  };
}

/** An upgrade whose slow statement is running. */
async function upgrading(project: MadeProject): Promise<Started> {
  const started = startHandrail(['up', '--yes', '--sql'], project.root);
  // With --sql a statement is told when it ends; the slow one is the next.
  await started.says(/create table "second".*;? {2}[\d.]+ m?s\n/);
  await eventually('the journal has the statement that runs', () => {
    return journalOf(project.root).some(({ statements }) => {
      return statements.some(({ sql, ended }) => !ended && sql.startsWith('insert into "second"'));
    });
  });
  return started;
}

interface Expected {
  readonly outcome: 'failed' | 'interrupted';
  /** The labels of what is applied, oldest first. */
  readonly applied: readonly string[];
  /** The statement that was running at the end. */
  readonly running?: RegExp;
}

/** What each of the three witnesses says. */
async function expectAgreement(
  project: MadeProject,
  { outcome, applied, running = /^insert into "second"/ }: Expected,
): Promise<void> {
  const names = applied.map((label) => project.revision(label).name);
  expect(await project.database.recorded()).toEqual(names);
  expect(await project.database.tables()).toEqual([...applied, 'mikro_orm_migrations'].sort());
  expect(await project.database.damage()).toEqual([]);

  const runs = journalOf(project.root);
  expect(runs).toHaveLength(1);
  const [run] = runs;
  expect(run).toMatchObject({ direction: 'up', outcome, finished: true });
  const done = run?.steps.filter((step) => step.outcome === 'done').map(({ name }) => name);
  expect(done, 'the journal counts the same as done').toEqual(names.slice(1));
  const cut = run?.statements.filter(({ ended }) => !ended).map(({ sql }) => sql) ?? [];
  expect(cut, 'one statement never ended').toHaveLength(1);
  expect(cut[0]).toMatch(running);
  expect(run?.statements.some(({ sql }) => sql.startsWith('create table "third"'))).toBe(false);
}

describe.each(databases)('on $label', ({ makeProject }) => {
  const slowProject = (options: Parameters<typeof slowly>[0]) => makeProject(slowly(options));

  describe.each([
    { mode: 'all or nothing', each: false, applied: ['base'] },
    { mode: 'one transaction per revision', each: true, applied: ['base', 'first'] },
  ] as const)('with $mode', ({ each, applied }) => {
    const [, ...stayed] = applied;

    it('the engine is killed: the command says so, and what the database holds', async () => {
      await using project = await slowProject({ each });
      await using up = await upgrading(project);
      process.kill(runningEngine(up.pid), 'SIGKILL');
      expect(await up.ended).toEqual({ status: 3, signal: null });
      expect(up.stdout).toContain('Failed.');
      expect(up.stdout).toContain('SIGKILL');
      expect(up.stdout).toContain(`Revision: ${project.revision('second').name}`);
      expect(up.stdout).toMatch(/Statement \d+: insert into "second"/);
      expect(up.stdout).toContain(`${project.revision('second').name} was rolled back.`);
      expect(up.stdout).toContain(`● ${applied.length} applied`);
      await expectAgreement(project, { outcome: 'failed', applied });

      const next = await runHandrail(['status'], { cwd: project.root });
      expect(next.stdout).toContain(`● ${applied.length} applied`);
      expect(next.stderr, 'it was told when it happened').toBe('');
    });

    it('Handrail is killed: the engine ends by itself, and the next start tells', async () => {
      await using project = await slowProject({ each, seconds: 2.4 });
      await using up = await upgrading(project);
      const engine = runningEngine(up.pid);
      up.kill('SIGKILL');
      expect(await up.ended).toEqual({ status: null, signal: 'SIGKILL' });
      await eventually('the engine ends without its supervisor', () => !isAlive(engine), 30_000);

      const [crashed] = journalOf(project.root);
      expect(crashed, 'nobody was there to settle it').toMatchObject({
        outcome: 'running',
        finished: false,
      });
      const status = await runHandrail(['status', '--json'], { cwd: project.root });
      expect(status.status).toBe(0);
      expect(JSON.parse(status.stdout)).toMatchObject({
        counts: { applied: applied.length, pending: 4 - applied.length },
      });
      expect(status.stderr).toContain('Run 1 never finished.');
      expect(status.stderr).toContain(
        `Done: ${stayed.map((label) => project.revision(label).name).join(', ') || 'nothing'}.`,
      );
      expect(status.stderr).toContain(project.revision('third').name);
      // The engine hears of it when SQLite lets go of its process, which may be a statement later.
      const running = /^insert into ["`](second|mikro_orm_migrations)["`]/;
      await expectAgreement(project, { outcome: 'interrupted', applied, running });

      const again = await runHandrail(['status'], { cwd: project.root });
      expect(again.stderr, 'it is told once').toBe('');
    });

    it('both are killed, as by a power cut: the next start tells on the screen', async () => {
      await using project = await slowProject({ each });
      await using up = await upgrading(project);
      const engine = runningEngine(up.pid);
      up.kill('SIGKILL');
      process.kill(engine, 'SIGKILL');
      await up.ended;
      await eventually('the engine is gone', () => !isAlive(engine));

      await using app = openHandrail([], { cwd: project.root });
      await app.waitFor('What the target holds now:', loading);
      expect(app.text()).toContain(`An upgrade of ${project.database.place} never`);
      for (const label of ['first', 'second', 'third'] as const) {
        const state = (stayed as readonly string[]).includes(label) ? 'applied' : 'not applied';
        expect(app.text()).toContain(`${project.revision(label).name} · ${state}`);
      }
      expectWholeFrame(app);
      await app.waitFor(`behind by ${4 - applied.length}`);
      await expectAgreement(project, { outcome: 'interrupted', applied });

      await app.press('esc');
      await app.waitUntilGone('What the target holds now:', { why: 'Esc dismisses the card' });
      await app.press('l');
      await app.waitFor('interrupted', { why: 'the log says how the run ended' });
      await app.press('enter');
      await app.waitFor('insert into "second"', { why: 'its statements were kept' });
    });
  });

  it('the upgrade can be run again after a crash', async () => {
    await using project = await slowProject({ each: false, seconds: 0.6 });
    await using up = await upgrading(project);
    const engine = runningEngine(up.pid);
    up.kill('SIGKILL');
    process.kill(engine, 'SIGKILL');
    await up.ended;
    await eventually('the engine is gone', () => !isAlive(engine));

    const again = await runHandrail(['up', '--yes', '--json'], { cwd: project.root });
    expect(again.status).toBe(0);
    expect(again.stderr).toContain('Run 1 never finished.');
    expect(JSON.parse(again.stdout)).toMatchObject({ outcome: 'done', run: 2, upToDate: true });
    expect(await project.database.recorded()).toEqual(project.names());
    expect(journalOf(project.root).map(({ outcome }) => outcome)).toEqual(['interrupted', 'done']);
  });

  it('the engine is killed under the screen, which says what the database holds', async () => {
    await using project = await slowProject({ each: true });
    await using app = openHandrail([], { cwd: project.root });
    await app.waitFor('behind by 3', loading);
    await app.press('u');
    await app.waitFor('Enter runs it');
    await app.press('enter');
    await app.waitFor('upgrading 2 of 3', { why: 'the first revision is through' });
    await app.waitFor(/│.*insert into "second".*│/, { why: 'the slow statement is under way' });
    process.kill(runningEngine(app.pid), 'SIGKILL');
    await app.waitFor('Upgrade failed', { why: 'the engine is gone' });
    expect(app.text()).toContain('SIGKILL');
    expect(app.text()).toContain('was rolled back');
    expect(app.text()).toMatch(/✓ .*first · done/);
    expect(app.text()).toMatch(/✗ .*second · failed/);
    expect(app.text()).toMatch(/· .*third · not run/);
    await app.waitFor('behind by 2');
    expectWholeFrame(app);
    await expectAgreement(project, { outcome: 'failed', applied: ['base', 'first'] });
  });
});

it('a SQLite file that was left with half a transaction on disk is read, and healed', async () => {
  using project = makeProject({
    revisions: [
      createTable('base', 'base'),
      // More than SQLite keeps in memory: pages reach the file before the commit.
      populate('fill', 'base', 400_000),
      slow('second', 0.8),
    ],
    applied: 1,
    content: `insert into base (name) values ('kept')`,
  });
  const before = fingerprint(project.databasePath);
  await using up = await upgrading(project);
  const engine = runningEngine(up.pid);
  up.kill('SIGKILL');
  process.kill(engine, 'SIGKILL');
  await up.ended;
  await eventually('the engine is gone', () => !isAlive(engine));
  expect(statSync(`${project.databasePath}-journal`).size).toBeGreaterThan(0);

  const status = await runHandrail(['status', '--json'], { cwd: project.root });
  expect(status).toMatchObject({ status: 0 });
  expect(status.stderr).toContain('Run 1 never finished. Done: nothing.');
  expect(JSON.parse(status.stdout)).toMatchObject({ counts: { applied: 1, pending: 2 } });

  const again = await runHandrail(['up', '--to', project.revision('fill').name, '--yes'], {
    cwd: project.root,
  });
  expect(again).toMatchObject({ status: 0 });
  expect(recordedRevisions(project.databasePath)).toEqual(project.names().slice(0, 2));
  expect(integrityErrors(project.databasePath)).toEqual([]);
  const down = await runHandrail(['down', '--yes'], { cwd: project.root });
  expect(down).toMatchObject({ status: 0 });
  expect(fingerprint(project.databasePath).tables.base).toEqual(before.tables.base);
});

it('a revision without a transaction that was killed is told statement by statement, and undone', async () => {
  using project = makeProject({
    revisions: [createTable('base', 'base'), { ...slow('second', 2), transactional: false }],
    applied: 1,
  });
  const { name } = project.revision('second');
  await using up = await upgrading(project);
  const engine = runningEngine(up.pid);
  up.kill('SIGKILL');
  process.kill(engine, 'SIGKILL');
  await up.ended;
  await eventually('the engine is gone', () => !isAlive(engine));

  const refused = await runHandrail(['up', '--yes', '--json'], { cwd: project.root });
  expect(refused.status).toBe(4);
  expect(JSON.parse(refused.stdout)).toMatchObject({ problem: { code: 'half-done' } });
  expect(refused.stderr).toContain(`Half done: ${name}.`);
  expect(refused.stderr).toMatch(/1 {2}ended +create table "second"/);
  expect(refused.stderr).toMatch(/2 {2}not known +insert into "second"/);

  await using app = openHandrail([], { cwd: project.root });
  await app.waitFor('half done', loading);
  await app.waitFor('1. ended', { why: 'the detail tells its statements' });
  await app.press('H');
  await app.waitFor('Undo what ran', loading);
  expectWholeFrame(app);
  expect(app.text()).toContain('The schema does not show whether statement 2 ended');
  await app.press('down');
  await app.press('down');
  await app.press('enter');
  await app.waitFor('Undo what ran, exactly as shown?');
  expect(app.text()).toContain('drop table "second"');
  await app.press('y');
  await app.waitFor('what ran is undone', loading);
  expect(recordedRevisions(project.databasePath)).toEqual([project.revision('base').name]);
  expect(await project.database.tables()).toEqual(['base', 'mikro_orm_migrations']);
  await app.press('esc');
  await app.waitUntilGone('half done');
});

// On PostgreSQL an engine only waits for the server: it hears that Handrail is gone, and ends.
it('while an engine without a Handrail still works on SQLite, nothing is settled and nothing else runs', async () => {
  using project = makeProject(slowly({ each: false }));
  project.write(
    'package.json',
    JSON.stringify({ ...JSON.parse(project.read('package.json')), handrail: { lockWait: 0 } }),
  );
  await using up = await upgrading(project);
  const engine = runningEngine(up.pid);
  try {
    up.kill('SIGKILL');
    await up.ended;
    const status = await runHandrail(['status'], { cwd: project.root });
    expect(status.status).toBe(0);
    expect(status.stderr, 'the run may still end well').not.toContain('never finished');
    expect(journalOf(project.root)).toMatchObject([{ outcome: 'running' }]);
    const second = await runHandrail(['up', '--yes', '--json'], { cwd: project.root });
    expect(second.status).toBe(4);
    expect(JSON.parse(second.stdout)).toMatchObject({
      outcome: 'refused',
      problem: { code: 'locked' },
    });
  } finally {
    process.kill(engine, 'SIGKILL');
  }
});

it('an idle engine that dies is replaced', async () => {
  using project = makeProject({ applied: 2 });
  const before = fingerprint(project.databasePath);
  await using app = openHandrail([], { cwd: project.root });
  await app.waitFor('behind by 2', loading);
  await app.waitFor('── down', { why: 'the preview came from the engine' });
  for (const engine of enginesOf(app.pid, 'look')) process.kill(engine, 'SIGKILL');
  await eventually('it is gone', () => enginesOf(app.pid, 'look').length === 0);
  await app.press('u');
  // Asked before its death was noticed, it is told; asked again, there is a new one.
  await app.waitFor(/Enter runs it|Refused: nothing ran/);
  if (!app.shows('Enter runs it')) {
    await app.press('esc');
    await app.waitUntilGone('Refused: nothing ran');
    await app.press('u');
  }
  await app.waitFor('Enter runs it', { why: 'a new engine made the plan' });
  await app.press('esc');
  expect(fingerprint(project.databasePath)).toEqual(before);
  await app.waitUntilGone('Enter runs it');
  await app.press('q');
  expect(await app.waitForExit()).toEqual({ status: 0, signal: null });
  expectTerminalRestored(app);
});

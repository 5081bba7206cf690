/** More than one Handrail on one project. */

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { sqliteLock } from '../../source/engine/databases/sqlite/connection/lock.ts';
import { slow } from '../kit/awkward.ts';
import { code, createTable, sql } from '../kit/builders.ts';
import { databases } from '../kit/databases.ts';
import { openHandrail, runHandrail } from '../kit/handrail.ts';
import type { MadeProject } from '../kit/made-project.ts';
import { ServerProject } from '../kit/postgresql.ts';
import type { RunResult } from '../kit/program.ts';
import { makeProject } from '../kit/project.ts';
import { recordedRevisions } from '../kit/sqlite.ts';
import { journalOf } from './journal.ts';
import { eventually, startHandrail } from './processes.ts';
import { loading, quit } from './screens.ts';

/** How long a run of this project waits for another one, in seconds. */
function setLockWait(project: MadeProject, lockWait: number): void {
  const manifest = JSON.parse(project.read('package.json'));
  project.write('package.json', JSON.stringify({ ...manifest, handrail: { lockWait } }));
}

describe.each(databases)('on $label', ({ makeProject }) => {
  describe('two upgrades of one database', () => {
    it('started together run every revision once', async () => {
      await using project = await makeProject({
        revisions: [createTable('base', 'base'), slow('busy', 0.6), createTable('last', 'last')],
        applied: 1,
      });
      const results = await Promise.all(
        [1, 2].map(() => runHandrail(['up', '--yes', '--json'], { cwd: project.root })),
      );
      const outcomes = results.map(({ stdout }) => {
        const { outcome, problem } = JSON.parse(stdout);
        return problem?.code ?? outcome;
      });
      expect(outcomes).toContain('done');
      const other = outcomes.filter((outcome) => outcome !== 'done');
      expect(other, 'only one of them ran').toHaveLength(1);
      expect(['plan-outdated', 'nothing-to-do', 'locked']).toContain(other[0]);
      expect(results.map(({ status }) => status).sort()).toEqual(
        other[0] === 'nothing-to-do' ? [0, 0] : [0, 4],
      );
      expect(await project.database.recorded()).toEqual(project.names());
      expect(await project.database.count('busy')).toBe(1);
      expect(await project.database.damage()).toEqual([]);
      expect(journalOf(project.root).filter(({ outcome }) => outcome === 'done')).toHaveLength(1);
      expect(journalOf(project.root).every(({ finished }) => finished)).toBe(true);
    });

    it('the second is refused when it waited long enough', async () => {
      await using project = await makeProject({
        revisions: [createTable('base', 'base'), slow('busy')],
        applied: 1,
      });
      setLockWait(project, 0);
      await using first = startHandrail(['up', '--yes', '--sql'], project.root);
      await first.says(/create table "busy".*;? {2}[\d.]+ m?s\n/);
      const second = await runHandrail(['up', '--yes', '--json'], { cwd: project.root });
      expect(second.status).toBe(4);
      expect(JSON.parse(second.stdout)).toMatchObject({ problem: { code: 'locked' } });
      const status = await runHandrail(['status'], { cwd: project.root });
      expect(status.status, 'looking is always possible').toBe(0);
      expect(status.stderr).not.toContain('never finished');
      first.kill('SIGINT');
      expect(await first.ended).toEqual({ status: 130, signal: null });
      expect(await project.database.tables()).toEqual(['base', 'mikro_orm_migrations']);
    });
  });

  it('two upgrades and mikro-orm, which knows no lock, started together run nothing twice', async () => {
    await using project = await makeProject({
      revisions: [
        sql('counter', ['create table "counter" ("n" integer not null)']),
        {
          ...slow('busy', 0.6),
          up: ['update "counter" set "n" = "n" + 1', ...slow('busy', 0.6).up],
        },
        sql('last', ['update "counter" set "n" = "n" + 100']),
      ],
      applied: 1,
      content: 'insert into "counter" values (0)',
    });
    const up = () => runHandrail(['up', '--yes', '--json'], { cwd: project.root });
    const [orm, ...answers] = await Promise.all([project.mikroOrm(['migration:up']), up(), up()]);
    const recorded = await project.database.recorded();
    expect(recorded.toSorted(), orm.stderr).toEqual(project.names());
    expect(await project.database.query('select "n" from "counter"')).toEqual([{ n: 101 }]);
    for (const { status, stdout } of answers) {
      const { outcome, problem } = JSON.parse(stdout);
      expect([0, 3, 4], stdout).toContain(status);
      if (status === 0) expect(['done', 'nothing-to-do']).toContain(problem?.code ?? outcome);
    }
    expect(journalOf(project.root).every(({ finished }) => finished)).toBe(true);
  });

  it('a plan that was shown is refused when another one ran it meanwhile', async () => {
    await using project = await makeProject({ applied: 2 });
    await using app = openHandrail([], { cwd: project.root });
    await app.waitFor('behind by 2', loading);
    await app.press('u');
    await app.waitFor('Enter runs it');
    const up = await runHandrail(['up', '--yes'], { cwd: project.root });
    expect(up.status).toBe(0);
    await app.press('enter');
    await app.waitFor('Refused: nothing ran', { why: 'what was shown is not what would run' });
    await app.waitFor('✓ up to date');
    expect(await project.database.recorded()).toEqual(project.names());
  });
});

describe('on PostgreSQL, a revision that mikro-orm and Handrail run at once', () => {
  /** Who has changed the row waits for the file `go`; who comes second waits for the row. */
  const options = {
    revisions: [
      sql('counter', ['create table "counter" ("n" integer not null)']),
      code(
        'meets',
        `const rows = await this.execute('update "counter" set "n" = "n" + 1 returning "n"');
         if (rows.length === 0) return;
         const { existsSync, writeFileSync } = process.getBuiltinModule('node:fs');
         writeFileSync('began', '');
         while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 20));`,
      ),
    ],
    applied: 1,
    content: 'insert into "counter" values (0)',
  };

  type Runner = (project: ServerProject) => Promise<RunResult>;
  const orm: Runner = (project) => project.mikroOrm(['migration:up']);
  const handrail: Runner = (project) =>
    runHandrail(['up', '--yes', '--json'], { cwd: project.root });

  async function meet(project: ServerProject, first: Runner, second: Runner) {
    const { root, database } = project;
    const one = first(project);
    await eventually('the first is in it', () => existsSync(join(root, 'began')), 60_000);
    const other = second(project);
    const waits = `select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query ilike 'update%'`;
    while ((await database.query(waits)).length === 0) await delay(50);
    writeFileSync(join(root, 'go'), '');
    return Promise.all([one, other]);
  }

  it('is rolled back by Handrail where mikro-orm was first', async () => {
    await using project = await ServerProject.make(options);
    const [first, second] = await meet(project, orm, handrail);
    expect(first.status, first.stderr).toBe(0);
    expect(second.status).toBe(3);
    const { outcome, failure, steps } = JSON.parse(second.stdout);
    expect(outcome).toBe('failed');
    expect(failure.error.message).toContain('would be recorded 2 times');
    // It is applied: by the other.
    expect(steps).toMatchObject([{ name: project.revision('meets').name }]);
    expect(await project.database.query('select "n" from "counter"')).toEqual([{ n: 1 }]);
    expect(await project.database.recorded()).toEqual(project.names());
  });

  it('is run twice by mikro-orm where it came second, which is then told', async () => {
    await using project = await ServerProject.make(options);
    const [first] = await meet(project, handrail, orm);
    expect(JSON.parse(first.stdout)).toMatchObject({ outcome: 'done' });
    const { name } = project.revision('meets');
    const recorded = await project.database.recorded();
    expect(await project.database.query('select "n" from "counter"')).toEqual([
      { n: recorded.filter((each) => each === name).length },
    ]);
    expect(recorded).toHaveLength(3);
    const status = await runHandrail(['status', '--json'], { cwd: project.root });
    expect(JSON.parse(status.stdout).revisions).toMatchObject([
      {},
      { name, flags: expect.arrayContaining(['duplicate-name']) },
    ]);
  });
});

describe('on SQLite, a revision that mikro-orm and Handrail run at once', () => {
  /** Both are in the revision, before it writes; each goes on when its file is there. */
  const options = {
    revisions: [
      sql('counter', ['create table "counter" ("n" integer not null)']),
      code(
        'meets',
        `await this.execute('create temp table "here" ("n" integer)');
         const rows = await this.execute('select * from sqlite_temp_master');
         if (rows.length === 0) return;
         await this.execute('drop table "here"');
         const { existsSync, writeFileSync } = process.getBuiltinModule('node:fs');
         const who = process.argv[1].includes('engine') ? 'handrail' : 'orm';
         writeFileSync(who + '-began', '');
         while (!existsSync(who + '-go')) await new Promise((resolve) => setTimeout(resolve, 20));
         await this.execute('update "counter" set "n" = "n" + 1');`,
      ),
    ],
    applied: 1,
    content: 'insert into "counter" values (0)',
  };

  it.each(['orm', 'handrail'] as const)(
    'is applied by one of them when %s goes on first',
    async (first) => {
      using project = makeProject(options);
      const at = (name: string) => join(project.root, name);
      const running = {
        handrail: runHandrail(['up', '--yes', '--json'], { cwd: project.root }),
        orm: project.mikroOrm(['migration:up']),
      };
      const second = first === 'orm' ? 'handrail' : 'orm';
      for (const who of [first, second]) {
        await eventually(`${who} is in it`, () => existsSync(at(`${who}-began`)), 60_000);
      }
      writeFileSync(at(`${first}-go`), '');
      await running[first];
      writeFileSync(at(`${second}-go`), '');
      const { outcome } = JSON.parse((await running.handrail).stdout);
      const done = (outcome === 'done' ? 1 : 0) + ((await running.orm).status === 0 ? 1 : 0);
      // The lock of SQLite decides who; nobody says that it was done and rolls it back.
      expect(done).toBe(1);
      expect(await project.database.query('select "n" from "counter"')).toEqual([{ n: 1 }]);
      expect(await project.database.recorded()).toEqual(project.names());
    },
  );
});

describe('two upgrades of one SQLite file', () => {
  it('the second says whom it waits for, and that its plan is outdated then', async () => {
    using project = makeProject({
      revisions: [createTable('base', 'base'), createTable('next', 'next')],
      applied: 1,
    });
    setLockWait(project, 30);
    const lock = sqliteLock(project.databasePath);
    expect(lock.tryAcquire()).toBe(true);
    await using second = startHandrail(['up', '--yes', '--json'], project.root);
    await second.says(/Waiting for another run on this database to end/);
    expect(second.stderr).toContain(String(process.pid));
    const other = await project.mikroOrm(['migration:up']);
    expect(other.status, other.stderr).toBe(0);
    lock.release();
    expect(await second.ended).toEqual({ status: 4, signal: null });
    expect(JSON.parse(second.stdout)).toMatchObject({ problem: { code: 'plan-outdated' } });
    expect(recordedRevisions(project.databasePath)).toEqual(project.names());
    expect(journalOf(project.root)).toEqual([]);
  });
});

describe('two screens on one SQLite file', () => {
  it('an upgrade in one appears in the other', async () => {
    using project = makeProject({ applied: 2 });
    await using one = openHandrail([], { cwd: project.root });
    await using other = openHandrail([], { cwd: project.root });
    await one.waitFor('behind by 2', loading);
    await other.waitFor('behind by 2', loading);
    await other.waitFor('── down');
    await other.waitUntilQuiet(400);
    await one.press('u');
    await one.waitFor('Enter runs it');
    await one.press('enter');
    await one.waitFor('Upgrade done');
    await other.waitFor('✓ up to date', { timeout: 120_000, why: 'the other looks by itself' });
    await other.press('d');
    await other.waitFor('y runs it');
    await other.press('y');
    await other.waitFor('Downgrade done');
    await one.waitFor('behind by 1', { timeout: 120_000, why: 'and the other way round' });
    await quit(one);
    await quit(other);
    expect(journalOf(project.root).map(({ direction, outcome }) => [direction, outcome])).toEqual([
      ['up', 'done'],
      ['down', 'done'],
    ]);
  });
});

/** The built program on a real PostgreSQL server, beside other people’s sessions. */

import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHandrail, runHandrail } from '../kit/handrail.ts';
import { Database, libraryOnServer, PostgresProject } from '../kit/postgresql.ts';
import { Server } from '../kit/postgresql-server.ts';
import type { Terminal } from '../kit/terminal.ts';
import { journalOf } from './journal.ts';
import { startHandrail } from './processes.ts';
import { expectWholeFrame, loading, quit } from './screens.ts';

let database: Database;
let project: PostgresProject;

beforeEach(async () => {
  database = await Database.make();
});
afterEach(async () => {
  project?.cleanup();
  await database[Symbol.asyncDispose]();
});

const slow = { label: 'slow', up: ['select pg_sleep(60);'], down: [] };
const more = { label: 'more', up: ['alter table "author" add "age" int;'] };

const waiting = `select from pg_stat_activity
  where datname = current_database() and application_name like 'handrail %' and wait_event_type = 'Lock'`;

/** Sessions of the project that do something; whoever asks is not of it. */
const active = `select pid from pg_stat_activity
  where datname = current_database() and query like '%pg_sleep(60)%' and state = 'active'
    and pid <> pg_backend_pid()`;

async function confirmUpgrade(app: Terminal): Promise<void> {
  await app.waitFor('behind by', loading);
  await app.press('u');
  await app.waitFor('Enter runs it', loading);
  await app.press('enter');
}

describe('on PostgreSQL', () => {
  it('passwords are nowhere: not shown, not kept, not among the arguments of a process', async () => {
    const wrong = new URL(database.url);
    wrong.password = randomUUID();
    const secrets = [new URL(database.url).password, wrong.password].filter(Boolean);
    project = new PostgresProject(database, { revisions: [...libraryOnServer, slow] });
    const said: string[] = [];
    const handrail = async (...args: string[]) => {
      const { stdout, stderr } = await runHandrail(args, { cwd: project.root });
      said.push(stdout, stderr);
    };
    await handrail('up', '--yes', '--sql', '--json', '--steps', '3');
    await using up = startHandrail(['up', '--yes', '--sql', '--json'], project.root);
    await database.first(active);
    said.push(execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' }));
    up.kill('SIGINT');
    await up.ended;
    said.push(up.stdout, up.stderr);
    await handrail('status', '--json');
    await handrail('log', '--run', '1', '--json');
    expect(await database.recorded()).toHaveLength(3);
    project.write(
      'mikro-orm.config.js',
      project.read('mikro-orm.config.js').replace(database.url, wrong.href),
    );
    await handrail('up', '--yes', '--json');
    const kept = readdirSync(join(project.root, '.handrail'), { recursive: true, encoding: 'utf8' })
      .map((path) => join(project.root, '.handrail', path))
      .filter((path) => statSync(path).isFile())
      .map((path) => readFileSync(path, 'latin1'));
    expect(kept.length).toBeGreaterThan(0);
    for (const text of [...said, ...kept]) {
      for (const secret of secrets) expect(text).not.toContain(secret);
    }
  });

  it('who keeps a statement waiting is named, and when they let go the run ends', async () => {
    project = new PostgresProject(database, { revisions: [...libraryOnServer, more] });
    writeSettings({ lockTimeout: 0 });
    await runHandrail(['up', '--yes', '--steps', '3'], { cwd: project.root });
    await using other = await database.session();
    await other.client.query(`set application_name = 'payroll'`);
    await other.client.query('begin');
    await other.client.query(`update author set name = 'a secret'`);
    await using app = openHandrail([], { cwd: project.root });
    await confirmUpgrade(app);
    await app.waitFor(
      /… waits for process \d+ of \w+ \(payroll\), in a transaction since/,
      loading,
    );
    expect(app.text()).toContain(`update author set name = '…'`);
    expectWholeFrame(app);
    await other.client.query('commit');
    await app.waitFor('Upgrade done', loading);
    expect(app.text()).not.toContain('waits for process');
    expect(await database.recorded()).toHaveLength(4);
    await quit(app);
  });

  it('what the server says is shown under its statement, and kept', async () => {
    const talking = {
      label: 'talks',
      up: [
        'create table if not exists "author" ("id" int);',
        `do $$ begin raise warning 'three rows look odd'; end $$;`,
      ],
    };
    project = new PostgresProject(database, { revisions: [...libraryOnServer, talking] });
    const up = await runHandrail(['up', '--yes', '--sql'], { cwd: project.root });
    expect(up.status, up.stderr).toBe(0);
    expect(up.stderr).toMatch(
      /if not exists.*ms\n +↳ notice: relation "author" already exists, skipping\n.*do \$\$.*ms\n +↳ warning: three rows look odd\n/,
    );
    const log = await runHandrail(['log', '--run', '1'], { cwd: project.root });
    expect(log.stdout).toMatch(/if not exists.*ms\n +↳ notice: relation "author" already exists/);
    const { run, notices } = JSON.parse(
      (await runHandrail(['log', '--run', '1', '--json'], { cwd: project.root })).stdout,
    );
    expect(run.noticesOmitted).toBe(0);
    expect(notices).toMatchObject([{ severity: 'notice' }, { severity: 'warning', code: '01000' }]);
  });

  it('an index whose build fails is said to be left, and the doctor says what to do', async () => {
    const unique = {
      label: 'unique_names',
      up: ['create unique index concurrently "author_unique" on "author" ("name");'],
      transactional: false,
    };
    project = new PostgresProject(database, { revisions: [...libraryOnServer, unique] });
    await runHandrail(['up', '--yes', '--steps', '3'], { cwd: project.root });
    await database.query(`insert into author (name) values ('Lem')`);
    await using app = openHandrail([], { cwd: project.root });
    await confirmUpgrade(app);
    await app.waitFor('Upgrade failed', loading);
    expect(app.text()).toContain('Invalid index, kept and not used since its build did not end:');
    await app.press('esc');
    await app.waitUntilGone('Upgrade failed');
    await app.press('!');
    await app.waitFor('▌⚠ hazard  The index author_unique of author is invalid', loading);
    expect(app.text()).toContain('drop index concurrently "public"."author_unique";');
    expectWholeFrame(app);
    await quit(app);
  });

  it('a lock that nobody lets go is given up for the others’ sake', async () => {
    project = new PostgresProject(database, { revisions: [...libraryOnServer, more] });
    writeSettings({ lockTimeout: 1, lockRetries: 1 });
    await runHandrail(['up', '--yes', '--steps', '3'], { cwd: project.root });
    await using other = await database.session();
    await other.client.query('begin; lock table author in share mode');
    const { status, stderr, stdout } = await runHandrail(['up', '--yes'], { cwd: project.root });
    expect(status).toBe(3);
    expect(stdout + stderr).toContain('waits for process');
    expect(stdout + stderr).toContain('rolled back: attempt 2 of 2 in');
    expect(stdout + stderr).toContain('canceling statement due to lock timeout');
    expect(await database.query(waiting)).toEqual([]);
    expect(await database.recorded()).toHaveLength(3);
    expect(journalOf(project.root)).toMatchObject([{ outcome: 'done' }, { outcome: 'failed' }]);
  });

  it('a cancelled run is over on the server too, and nothing of it is left', async () => {
    project = new PostgresProject(database, { revisions: [...libraryOnServer, slow] });
    await using app = openHandrail([], { cwd: project.root });
    await confirmUpgrade(app);
    await app.waitFor('upgrading 4 of 4', loading);
    await database.first(active);
    await app.press('ctrl+c');
    await app.waitFor('Upgrade cancelled', loading);
    expect(app.text()).toContain('Cancelled: 0 revisions of 4 applied');
    expect(await database.query(active)).toEqual([]);
    expect(await database.recorded()).toEqual([]);
    expect(await database.tables()).not.toContain('author');
    expect(journalOf(project.root)).toMatchObject([{ outcome: 'cancelled', finished: true }]);
    await quit(app);
  });

  it('a session that the server ends fails the run, and journal and database agree', async () => {
    project = new PostgresProject(database, {
      revisions: [...libraryOnServer, slow],
      migrations: 'allOrNothing: false,',
    });
    await using app = openHandrail([], { cwd: project.root });
    await confirmUpgrade(app);
    const { pid } = await database.first<{ pid: number }>(active);
    await database.query(`select pg_terminate_backend(${pid})`);
    await app.waitFor('Upgrade failed', loading);
    expect(app.text()).toContain('terminating connection due to administrator command');
    expectWholeFrame(app);
    expect(await database.recorded()).toEqual(project.names.slice(0, 3));
    expect(await database.tables()).toEqual(['author', 'mikro_orm_migrations']);
    const done = { outcome: 'done' };
    expect(journalOf(project.root)).toMatchObject([
      { outcome: 'failed', finished: true, steps: [done, done, done, { outcome: 'failed' }] },
    ]);
    await app.press('esc');
    await app.waitUntilGone('Upgrade failed');
    await quit(app);
  });

  it('a server that is restarted in mid-run is told of, and read again when it is back', async () => {
    await using server = await Server.make();
    const other = await Database.make(server.url);
    project = new PostgresProject(other, { revisions: [...libraryOnServer, slow] });
    await using app = openHandrail([], { cwd: project.root });
    await confirmUpgrade(app);
    await other.first(active);
    await server.stop();
    await app.waitFor('Upgrade failed', loading);
    expect(app.text()).toContain('Failed; what the database holds is not known');
    expect(app.text()).toMatch(/\? .*author · not known/);
    expect(app.text()).not.toContain('rolled back');
    expectWholeFrame(app);
    expect(journalOf(project.root)).toMatchObject([{ outcome: 'failed', finished: true }]);
    await server.start();
    await app.press('esc');
    await app.waitUntilGone('Upgrade failed');
    await app.press('r');
    await app.waitFor('behind by 4', { ...loading, why: 'all of it was rolled back' });
    expect(await other.recorded()).toEqual([]);
    expect(await other.tables()).not.toContain('author');
    await quit(app);
  });

  it('of two upgrades at once, one waits for the other and says for whom', async () => {
    project = new PostgresProject(database, {
      revisions: [{ ...slow, up: ['select pg_sleep(4);'] }, ...libraryOnServer],
    });
    await using first = startHandrail(['up', '--yes', '--json'], project.root);
    await using second = startHandrail(['up', '--yes', '--json'], project.root);
    const ended = await Promise.all([first.ended, second.ended]);
    expect(await database.recorded()).toEqual(project.names);
    expect(ended.map(({ status }) => status).toSorted()).toEqual([0, 4]);
    const loser = ended[0].status === 4 ? first : second;
    expect(loser.stderr).toMatch(/Waiting for another run .* process \d+ on \S+/);
    expect(JSON.parse(loser.stdout).problem.code).toMatch(/^(plan-outdated|locked)$/);
    expect(await database.tables()).toEqual(['author', 'mikro_orm_migrations']);
    expect(journalOf(project.root)).toMatchObject([{ outcome: 'done', finished: true }]);
  });
});

function writeSettings(settings: Readonly<Record<string, unknown>>): void {
  writeFileSync(join(project.root, 'handrail.config.json'), JSON.stringify(settings));
}

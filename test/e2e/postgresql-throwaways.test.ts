/** The built program makes databases on a real server to try things on, and drops them. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHandrail, runHandrail } from '../kit/handrail.ts';
import { Database, libraryOnServer, PostgresProject } from '../kit/postgresql.ts';
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

const slow = { label: 'slow', up: ['select pg_sleep(60);'], down: ['select 1;'] };

/** Throwaways of one process; other tests make theirs on the same server. */
const throwawaysOf = (pid: number | string) =>
  `select datname from pg_database where datname ~ '^handrail_throwaway_'
    and shobj_description(oid, 'pg_database') ~ '^Handrail throwaway of process ${pid} on '`;

const sleeping = `select substring(datname from '_(\\d+)_') as engine from pg_stat_activity
  where datname like 'handrail\\_throwaway\\_copy\\_%' and query = 'select pg_sleep(60);' and state = 'active'`;

async function upgraded(steps: number): Promise<void> {
  const up = await runHandrail(['up', '--yes', '--steps', String(steps)], { cwd: project.root });
  expect(up.status, up.stderr).toBe(0);
}

describe('throwaways on PostgreSQL', () => {
  it('are gone after a rehearsal that was cancelled in the middle of a statement', async () => {
    project = new PostgresProject(database, { revisions: [...libraryOnServer, slow] });
    await upgraded(3);
    await using app = openHandrail([], { cwd: project.root });
    await app.waitFor('behind by 1', loading);
    await app.press('A');
    const { engine } = await database.first<{ engine: string }>(sleeping);
    expect(await database.query(throwawaysOf(engine))).toHaveLength(1);
    await app.press('ctrl+c');
    await app.waitFor('The rehearsal was cancelled', loading);
    expectWholeFrame(app);
    expect(await database.query(throwawaysOf(engine))).toEqual([]);
    await quit(app);
  });

  it('that a killed process left are found and dropped by the next look', async () => {
    project = new PostgresProject(database, { revisions: [...libraryOnServer, slow] });
    await upgraded(3);
    await using rehearsing = startHandrail(['rehearse'], project.root);
    const { engine } = await database.first<{ engine: string }>(sleeping);
    process.kill(Number(engine), 'SIGKILL');
    rehearsing.kill('SIGKILL');
    await rehearsing.ended;
    expect(await database.query(throwawaysOf(engine))).toHaveLength(1);
    const status = await runHandrail(['status'], { cwd: project.root });
    expect(status.status, status.stderr).toBe(0);
    expect(await database.query(throwawaysOf(engine))).toEqual([]);
  });

  it('of the entities are kept for the application, and dropped with the screen', async () => {
    project = new PostgresProject(database);
    await upgraded(3);
    await using app = openHandrail([], { cwd: project.root });
    await app.waitFor('3 applied', loading);
    await app.press('w', 't');
    await app.waitFor(
      /postgresql:\/\/…@127\.0\.0\.1:\d+\/handrail_throwaway_application_\d+/,
      loading,
    );
    expectWholeFrame(app);
    const own = /application_(\d+)/.exec(app.text())?.[1] ?? '';
    expect(await database.query(throwawaysOf(own))).toHaveLength(1);
    writeFileSync(
      join(project.root, 'entities.js'),
      project.read('entities.js').replace('name: p.string()', 'name: p.string(), age: p.integer()'),
    );
    await app.waitFor('column author.age', loading);
    await app.press('esc');
    await quit(app);
    expect(await database.query(throwawaysOf(own))).toEqual([]);
  });
});

/** The built program on a database with a schema for each tenant. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHandrail, runHandrail } from '../kit/handrail.ts';
import { Database, PostgresProject } from '../kit/postgresql.ts';
import { journalOf } from './journal.ts';
import { expectWholeFrame, loading, quit } from './screens.ts';

let database: Database;
let project: PostgresProject;

/** One schema is up to date, one is behind by two revisions, and one can't be upgraded. */
beforeEach(async () => {
  database = await Database.make();
  project = new PostgresProject(database, { tenants: true });
  const record = (schema: string, names: readonly string[]) => `
    create schema ${schema};
    create table ${schema}.mikro_orm_migrations
      (id serial primary key, name varchar(255), executed_at timestamptz default now());
    insert into ${schema}.mikro_orm_migrations (name)
      values ${names.map((name) => `('${name}')`).join(', ')};`;
  const author = (schema: string) => `create table ${schema}.author (id serial, name text);`;
  const [first = ''] = project.names;
  await database.query(
    `${record('acme', project.names)} ${author('acme')}
      create index author_name_index on acme.author (name);
      ${record('beta', [first])} ${author('beta')}
      ${record('gone', [first])}`,
  );
});
afterEach(async () => {
  project.cleanup();
  await database[Symbol.asyncDispose]();
});

const run = (...args: readonly string[]) => runHandrail(args, { cwd: project.root });

describe('with a schema for each tenant', () => {
  it('all are listed, upgraded without stopping at the one that fails, and summed up', async () => {
    const before = await run('status', '--all-schemas', '--json');
    expect(before.status, before.stderr).toBe(0);
    expect(JSON.parse(before.stdout)).toMatchObject({
      head: project.names[2],
      upToDate: false,
      schemas: [
        { schema: 'acme', upToDate: true, last: null },
        { schema: 'beta', upToDate: false, counts: { applied: 1, pending: 2, missing: 0 } },
        { schema: 'gone', upToDate: false, current: project.names[0] },
      ],
    });
    const planned = await run('up', '--all-schemas', '--dry-run', '--json');
    expect(JSON.parse(planned.stdout)).toMatchObject({
      outcome: 'planned',
      groups: [{ schemas: ['beta', 'gone'], plan: [{ name: project.names[1] }, {}] }],
      idle: ['acme'],
    });

    const up = await run(
      'up',
      '--schema',
      'gone',
      '--schema',
      'beta',
      '--schema',
      'acme',
      '--yes',
      '--keep-going',
      '--json',
    );
    expect(up.status, up.stderr).toBe(3);
    expect(up.stderr).toContain('[1 of 2] beta');
    expect(up.stderr).toContain('1 done, 1 failed.');
    expect(JSON.parse(up.stdout)).toMatchObject({
      outcome: 'failed',
      schemas: [
        { schema: 'beta', outcome: 'done', upToDate: true },
        { schema: 'gone', outcome: 'failed', failure: { error: { code: '42P01' } } },
      ],
      idle: ['acme'],
    });
    expect(journalOf(project.root).map(({ outcome }) => outcome)).toEqual(['done', 'failed']);
    expect(await database.recorded('beta')).toEqual(project.names);
    expect(await database.recorded('gone')).toHaveLength(1);
  });

  it('one is asked for by its name, and all are downgraded', async () => {
    const one = await run('status', '--schema', 'beta', '--json', '--exit-code');
    expect(one.status).toBe(1);
    expect(JSON.parse(one.stdout)).toMatchObject({ target: { schema: 'beta' } });

    const down = await run('down', '--all-schemas', '--yes');
    expect(down.status, down.stdout + down.stderr).toBe(3);
    expect(down.stdout).toContain('2 done, 1 failed.');
    expect(await database.recorded('acme')).toHaveLength(2);
    expect(await database.recorded('gone')).toHaveLength(1);
  });

  it('each is rehearsed on a throwaway of its own, and none is changed', async () => {
    const rehearsed = await run('rehearse', '--all-schemas', '--keep-going', '--json');
    expect(rehearsed.status, rehearsed.stderr).toBe(1);
    expect(JSON.parse(rehearsed.stdout)).toMatchObject({
      kind: 'rehearse',
      outcome: 'failed',
      schemas: [
        { schema: 'beta', outcome: 'rehearsed', rehearsal: 1 },
        { schema: 'gone', outcome: 'rehearsed', verdict: 'failed', rehearsal: 2 },
      ],
      idle: ['acme'],
    });
    expect(await database.recorded('beta')).toHaveLength(1);
    expect(
      await database.query(`select from pg_database where datname like 'handrail\\_%\\_copy%'`),
    ).toEqual([]);
    const report = await run('rehearse', '--report', '1', '--json');
    const said = JSON.parse(report.stdout).report;
    expect(said.target.database).toMatch(/#beta$/);
    // Other tenants are no surplus of this one.
    expect(report.stdout).not.toMatch(/acme|gone/);
  });

  it('the same is done with keys, one of them is looked into, and back', async () => {
    await using app = openHandrail([], { cwd: project.root });
    await app.waitFor('behind by 3', loading);
    await app.press('S');
    await app.waitFor('behind by 2', loading);
    expect(app.text()).toMatch(/● acme +up to date/);
    expect(app.text()).toMatch(/○ gone +behind by 2/);
    expectWholeFrame(app);
    await app.press('U');
    await app.waitFor('Upgrade 2 schemas of', loading);
    expect(app.text()).toContain('Nothing to do: acme.');
    expect(app.text()).toContain('beta, gone');
    await app.press('s');
    await app.waitFor('go on with the next one');
    expectWholeFrame(app);
    await app.press('enter');
    await app.waitFor('Upgrade failed', loading);
    expect(app.text()).toContain('1 done, 1 failed');
    expect(app.text()).toMatch(/beta +up to date .*✓ done/);
    expect(app.text()).toMatch(/gone +behind by 2 .*✗ failed/);
    expect(app.text()).toContain('relation "author" does not exist');
    expectWholeFrame(app);
    await app.press('esc');
    await app.waitFor('failed just now');
    await app.press('j', 'enter');
    await app.waitFor('#beta', loading);
    expect(app.text()).toContain('● 3');
    expectWholeFrame(app);
    await app.press('S', '0');
    await app.waitFor('behind by 3', loading);
    await quit(app);
  });
});

/** Rehearsals on a real PostgreSQL server: how throwaways are made, and what is found on them. */

import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Database, PostgresProject, servers } from '../../kit/postgresql.ts';
import type { Revision } from '../../kit/revisions.ts';
import { planAndRun, refused } from '../kit.ts';
import { kindsOf, rehearse } from './kit.ts';

let database: Database;
let project: PostgresProject | null = null;

beforeEach(async () => {
  database = await Database.make();
});
afterEach(async () => {
  project?.cleanup();
  project = null;
  await database[Symbol.asyncDispose]();
});

const shop: Revision = {
  label: 'shop',
  up: [
    'create table "customer" ("id" serial primary key, "name" text not null, "note" text);',
    // What a revision puts there is in the way of nothing when the rows of the target come.
    `insert into "customer" ("id", "name") values (0, 'nobody');`,
    `create table "invoice" ("id" serial primary key, "customer_id" int not null
      references "customer" on delete cascade, "total" numeric(10, 2) not null default 0);`,
  ],
  down: ['drop table "invoice";', 'drop table "customer";'],
};

const ROWS = `insert into customer (name, note) select 'c' || n, 'note ' || n from generate_series(1, 40) n;
  insert into invoice (customer_id, total) select 1 + n % 40, n + 0.25 from generate_series(1, 400) n`;

/** A project without entities, its first revision applied and filled, the others pending. */
async function shopWith(...pending: readonly Revision[]): Promise<PostgresProject> {
  project = new PostgresProject(database, {
    revisions: [shop, ...pending],
    entities: [],
  });
  await planAndRun(project.root, 'up', { kind: 'steps', steps: 1 });
  await database.query(ROWS);
  return project;
}

describe('a rehearsal on a server', () => {
  test('of a harmless revision is clean', async () => {
    const { root } = await shopWith({
      label: 'email',
      up: ['alter table "customer" add "email" text;'],
      down: ['alter table "customer" drop "email";'],
    });
    const { report, revision } = await rehearse(root);
    expect(revision.steps.find(({ step }) => step === 'copy')?.note).toMatch(/^A copy of /);
    // The project has no entities.
    expect(kindsOf(revision.findings)).toEqual(['entities-differ']);
    expect(report).toMatchObject({ verdict: 'clean', throwaways: [{ base: 'target', rows: 441 }] });
  });

  test('numbering that begins anew with a table that was dropped on purpose is a notice', async () => {
    const { root } = await shopWith({
      label: 'no_invoices',
      up: ['drop table "invoice";'],
      down: [shop.up[2] ?? ''],
    });
    const { report, notices } = await rehearse(root);
    expect(report.verdict).toBe('clean');
    expect(notices.map(({ kind }) => kind)).toContain('sequence');
  });

  test('of what a nested transaction took back says nothing, and excuses nothing with it', async () => {
    const { root } = await shopWith({
      label: 'gives_up',
      up: [
        'update "customer" set "note" = upper("note") where "id" = 1;',
        {
          code: `try {
            await this.driver.getConnection().transactional(async (trx) => {
              await this.driver.execute('delete from "invoice"', [], 'all', trx);
              throw new Error('not like this');
            }, { ctx: this.ctx });
          } catch {}`,
        },
      ],
      down: [],
    });
    await database.query(`create function forget() returns trigger language plpgsql as
        $$ begin delete from invoice where id = 3; return null; end $$;
      create trigger forget after update on customer execute function forget()`);
    const { hazards, report } = await rehearse(root);
    expect(report.verdict).toBe('hazards');
    expect(kindsOf(hazards)).toEqual(['rows-lost invoice']);
    expect(hazards[0]?.rows).toBe(1);
  });

  test('replays and copies rows while somebody is connected to the target', async () => {
    const { root } = await shopWith({
      label: 'trim',
      up: ['delete from "customer" where "id" = 1;'],
      down: ['select 1'],
    });
    await using _other = await database.session();
    const { revision, hazards, notices } = await rehearse(root);
    expect(revision.steps.find(({ step }) => step === 'copy')?.note).toMatch(
      /^1 revision replayed, with all rows of /,
    );
    // Somebody deletes what it refers to, so that the reference does what it says.
    expect(hazards).toEqual([]);
    expect(notices.filter(({ table }) => table === 'invoice')).toMatchObject([
      {
        kind: 'changed-on-purpose',
        rows: 10,
        what: '10 of 400 rows of invoice are gone with the rows of customer that they refer to.',
      },
    ]);
    expect(revision.rowsLost).toBe(0);
  });

  test('copies a sample of what is too large, with all that it refers to', async () => {
    const { root } = await shopWith({
      label: 'again',
      // Fails if a row refers to one that is not there.
      up: [
        'alter table "invoice" add constraint "again" foreign key ("customer_id") references "customer";',
      ],
      down: ['alter table "invoice" drop constraint "again";'],
    });
    await database.query(`insert into customer (name, note)
      select 'c', repeat('x', 200) from generate_series(1, 20000)`);
    await database.query(`insert into invoice (customer_id, total)
      select id, 1 from customer, generate_series(1, 3)`);
    await using _other = await database.session();
    const { report, revision } = await rehearse(root, {}, undefined, { throwawayBytes: 1_000_000 });
    expect(revision.steps.find(({ step }) => step === 'copy')?.note).toMatch(
      /^1 revision replayed, with a sample of about \d+ % of the rows, and the rows that they refer to of /,
    );
    expect(report.verdict).toBe('clean');
    expect(report.throwaways[0]?.rows).toBeGreaterThan(100);
    expect(report.throwaways[0]?.rows).toBeLessThan(60_000);
  });

  test('writes to no server that foreign tables of the target are on', async () => {
    const { root } = await shopWith({
      label: 'remote',
      up: [`insert into "remote" ("name") values ('written');`],
      down: ['select 1'],
    });
    await using other = await Database.make();
    await other.query('create table remote (name text)');
    const { hostname, port, username, password } = new URL(other.url);
    await database.query(`create extension postgres_fdw`);
    await database.query(`create server elsewhere foreign data wrapper postgres_fdw
      options (host '${hostname}', port '${port}', dbname '${other.name}')`);
    await database.query(`create user mapping for current_user server elsewhere
      options (user '${username}', password '${password}')`);
    await database.query(`create foreign table remote (name text) server elsewhere`);
    await database.query(`select from remote`);
    const { report, hazards } = await rehearse(root);
    expect(report.verdict).toBe('failed');
    expect(hazards[0]?.details.join()).toContain('foreign-servers-are-cut-off');
    expect(await other.query('select from remote')).toEqual([]);
  });

  test('is made on the server that a setting names', async () => {
    const { root } = await shopWith({
      label: 'email',
      up: ['alter table "customer" add "email" text;'],
      down: ['alter table "customer" drop "email";'],
    });
    const [oldest] = await servers();
    vi.stubEnv('HANDRAIL_THROWAWAY_URL', oldest?.url);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { report, revision } = await rehearse(root);
    expect(report.verdict).toBe('clean');
    expect(revision.rows).toBe(441);
  });
});

describe('a user with few rights', () => {
  const role = 'handrail_test_owner';

  /** The database belongs to the role. */
  async function shopOf(rights: string, ...pending: readonly Revision[]) {
    await database.query(`drop role if exists ${role}`);
    await database.query(`create role ${role} login password 'few' ${rights}`);
    await database.query(`alter database "${database.name}" owner to ${role}`);
    const url = new URL(database.url);
    url.username = role;
    url.password = 'few';
    project = new PostgresProject(database, {
      revisions: [shop, ...pending],
      entities: [],
      connect: `clientUrl: ${JSON.stringify(url.href)},`,
    });
    await planAndRun(project.root, 'up', { kind: 'steps', steps: 1 });
    await database.query(ROWS);
    return project;
  }

  afterEach(async () => {
    await database.query(`reassign owned by ${role} to current_user; drop owned by ${role}`);
    await database.query(`alter database "${database.name}" owner to current_user`);
    await database.query(`drop role ${role}`);
  });

  test('is told what to do when no database may be created', async () => {
    const { root } = await shopOf('', { label: 'nothing', up: ['select 1'], down: ['select 1'] });
    const problem = refused((await rehearse(root)).reply);
    expect(problem).toMatchObject({
      code: 'no-room',
      what: 'The user may not create databases on this server, so no throwaway can be made.',
    });
    expect(problem.next.join()).toContain('throwawayUrl');
  });

  test('can rehearse although the database has settings that only others may make', async () => {
    const { root } = await shopOf('createdb', {
      label: 'nothing',
      up: ['select 1'],
      down: ['select 1'],
    });
    await database.query(`alter database "${database.name}" set log_min_messages = 'fatal'`);
    await database.query(`alter database "${database.name}" set work_mem = '5MB'`);
    const { revision } = await rehearse(root);
    expect(revision.steps.find(({ step }) => step === 'copy')?.note).toMatch(/^A copy of /);
  });

  test('can rehearse with rows although triggers and keys are in the way, and leaves nothing', async () => {
    const { root } = await shopOf('createdb', {
      label: 'trim',
      up: ['delete from "invoice";'],
      down: ['select 1'],
    });
    await database.query(`create function stop() returns trigger language plpgsql as
      $$ begin raise exception 'no'; end $$`);
    await database.query(`create trigger stop before insert on invoice
      for each row execute function stop()`);
    await using _other = await database.session();
    const { revision } = await rehearse(root);
    expect(kindsOf(revision.findings)).toContain('changed-on-purpose invoice');
    expect(revision.rows).toBe(441);
    const owned = await database.query(
      `select datname from pg_database where pg_get_userbyid(datdba) = '${role}'`,
    );
    expect(owned).toEqual([{ datname: database.name }]);
  });
});

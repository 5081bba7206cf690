/** The demo on PostgreSQL: on a server that it starts, and on one that is there. */

import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../kit/environment.ts';
import { openHandrail, runHandrail } from '../kit/handrail.ts';
import { Database } from '../kit/postgresql.ts';
import { eventually } from './processes.ts';
import { expectWholeFrame, loading, quit } from './screens.ts';

const all = 13;
const applied = 10;

/** A server is made ready and filled before the app opens, which takes its time on a busy machine. */
const patient = { timeout: 120_000 };
const starting = { timeout: 120_000, why: 'the demo is being made' };

let temporary: TemporaryFolder;
let env: Record<string, string>;

beforeEach(() => {
  temporary = temporaryFolder('demos');
  // A server that root starts is another user's, who has to get through.
  chmodSync(temporary.path, 0o711);
  env = { TMPDIR: temporary.path };
});

afterEach(() => temporary.remove());

/** Processes that have to do with what is in the temporary folder. */
function processes(): string[] {
  const listed = execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' });
  return listed.split('\n').filter((line) => line.includes(temporary.path));
}

const demos = () => readdirSync(temporary.path).filter((name) => name.startsWith('handrail-demo-'));

const remains = () => [...demos(), ...processes()];

describe('handrail demo postgresql', patient, () => {
  it('starts a server, is upgraded to the head, and leaves nothing behind', async () => {
    await using app = openHandrail(['demo', 'postgresql'], { env });
    await app.waitFor(`▲ behind by ${all - applied}`, starting);
    expect(app.text()).toContain('20260112133000_reputation');
    expectWholeFrame(app);
    await app.press('u');
    await app.waitFor('Enter runs it', loading);
    await app.press('enter');
    await app.waitFor('Upgrade done', loading);
    expectWholeFrame(app);
    await quit(app);
    expect(remains()).toEqual([]);
  });

  it('leaves nothing behind when it is killed', async () => {
    await using app = openHandrail(['demo', 'postgresql'], { env });
    await app.waitFor('behind by', starting);
    expect(processes().length).toBeGreaterThan(1);
    process.kill(app.pid, 'SIGKILL');
    await app.waitForExit();
    await eventually('folder and processes are gone', () => remains().length === 0);
  });

  it('does not keep what could not be opened afterwards', async () => {
    const kept = await runHandrail(['demo', 'postgresql', '--keep'], { env });
    expect(kept).toMatchObject({ status: 2, stdout: '' });
    expect(kept.stderr).toContain('--keep needs --url');
    expect(remains()).toEqual([]);
  });
});

describe('handrail demo postgresql --url', patient, () => {
  /** The demo's own databases on the server, of one user: other tests have theirs. */
  const madeBy = (user: Database, role: string) =>
    user.query(
      `select datname from pg_database join pg_roles on pg_roles.oid = datdba
       where rolname = '${role}' and datname like 'handrail_demo_%'`,
    );

  /** A user of its own on the test run's server, with a password to look for. */
  async function makeUser(database: Database, rights: string): Promise<{ role: string; url: URL }> {
    const role = `${database.name}_user`;
    await database.query(`create role ${role} login ${rights} password 'hunter2'`);
    const url = new URL(inject('postgresUrl'));
    url.username = role;
    url.password = 'hunter2';
    return { role, url };
  }

  it('makes a database of its own, and drops it', async () => {
    await using database = await Database.make();
    const { role, url } = await makeUser(database, 'createdb');
    {
      await using app = openHandrail(['demo', 'postgresql', '--url', url.href], { env });
      await app.waitFor(`▲ behind by ${all - applied}`, starting);
      expect(app.text()).toContain('/handrail_');
      expect(await madeBy(database, role)).toHaveLength(1);
      expect(secretsIn(temporary.path)).toEqual([]);
      await quit(app);
      expect(app.raw()).not.toContain('hunter2');
    }
    expect(await madeBy(database, role)).toEqual([]);
    expect(remains()).toEqual([]);
    await database.query(`drop role ${role}`);
  });

  it('--keep leaves both, and says where they are and how to drop the database', async () => {
    await using database = await Database.make();
    const { role, url } = await makeUser(database, 'createdb');
    const demo = await runHandrail(['demo', 'postgresql', '--keep', '--url', url.href], { env });
    expect(demo.status, demo.stderr).toBe(0);
    const [drop, name = ''] = /drop database (handrail_demo_\w+);/.exec(demo.stderr) ?? [];
    const [folder = ''] = demos();
    expect(demo.stderr).toContain(join(temporary.path, folder));
    expect(demo.stderr + demo.stdout).not.toContain('hunter2');
    url.pathname = `/${name}`;
    const status = await runHandrail(['status'], {
      cwd: join(temporary.path, folder),
      env: { KALLITHEA_URL: url.href },
    });
    expect(status.stdout).toContain(`behind by ${all - applied}`);
    await database.query(drop ?? '');
    await database.query(`drop role ${role}`);
  });

  it('is refused to a user who may not create databases', async () => {
    await using database = await Database.make();
    const { role, url } = await makeUser(database, '');
    const demo = await runHandrail(['demo', 'postgresql', '--json', '--url', url.href], { env });
    expect(demo.status).toBe(2);
    expect(JSON.parse(demo.stdout)).toMatchObject({
      outcome: 'refused',
      problem: { code: 'database-unreachable', why: 'permission denied to create database' },
    });
    expect(demo.stderr).toContain('may create databases');
    expect(demo.stderr + demo.stdout).not.toContain('hunter2');
    expect(remains()).toEqual([]);
    await database.query(`drop role ${role}`);
  });
});

/** Files that the password got into. */
function secretsIn(folder: string): string[] {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path, 'latin1').includes('hunter2'));
}

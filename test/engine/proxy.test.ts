/** Proxies between Handrail and a PostgreSQL server. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { areShared } from '../../source/engine/databases/postgresql/connection/proxy.ts';
import { hasPgBouncer, PgBouncer } from '../kit/pgbouncer.ts';
import { Database, libraryOnServer, PostgresProject } from '../kit/postgresql.ts';
import { accepted, openEngine, planAndRun, refused } from './kit.ts';

describe('sessions of two clients', () => {
  test.each([
    ['their own', [11, 11, 11], [12, 12, 12], false],
    ['one for both', [11, 11, 11], [11, 11, 11], true],
    ['taken by turns', [11, 12, 11], [12, 11, 12], true],
    ['another one in the end', [11, 11, 11], [12, 12, 13], true],
    ['any of many', [11, 14, 15], [12, 13, 16], true],
    ['one for both, at times', [11, 11, 12], [12, 12, 12], true],
  ])('are %s', (_what, one, other, shared) => {
    expect(areShared(one, other)).toBe(shared);
    expect(areShared(other, one)).toBe(shared);
  });
});

describe.skipIf(!hasPgBouncer)('PgBouncer', () => {
  let database: Database;
  let project: PostgresProject;

  beforeEach(async () => {
    database = await Database.make();
  });
  afterEach(async () => {
    project.cleanup();
    await database[Symbol.asyncDispose]();
  });

  const through = ({ url }: PgBouncer, revisions = libraryOnServer) =>
    new PostgresProject(database, { connect: `clientUrl: ${JSON.stringify(url)},`, revisions });

  test('in transaction mode is refused before anything is set', async () => {
    await using proxy = await PgBouncer.before(database.url, 'transaction');
    project = through(proxy);
    await using looking = openEngine(project.root);
    const problem = refused(await looking.ask((api) => api.history()));
    expect(problem.code).toBe('shared-sessions');
    expect(problem.what).toContain('proxy in transaction mode');
    expect(problem.next[0]).toContain('Connect to the server itself');
    const running = openEngine(project.root, { access: 'run' });
    await using _running = running;
    const direct = new PostgresProject(database);
    await using planning = openEngine(direct.root);
    const plan = accepted(
      await planning.ask((api) => api.plan({ direction: 'up', goal: { kind: 'head' } })),
    );
    direct.cleanup();
    const options = { lockWait: 0, retries: 0, guarded: false };
    expect(refused(await running.ask((api) => api.run(plan, options))).code).toBe(
      'shared-sessions',
    );
    // What other clients of the proxy get is as it was.
    const { Client } = await import('pg');
    const other = new Client({ connectionString: proxy.url });
    await other.connect();
    const { rows } = await other.query(
      `select current_setting('default_transaction_read_only') as read_only, current_setting('lock_timeout') as wait`,
    );
    await other.end();
    expect(rows).toEqual([{ read_only: 'off', wait: '0' }]);
  });

  test('in session mode is no hindrance', async () => {
    await using proxy = await PgBouncer.before(database.url, 'session');
    project = through(proxy);
    const { result } = await planAndRun(project.root, 'up', { kind: 'head' });
    expect(result).toMatchObject({ outcome: 'done' });
    expect(await database.recorded()).toEqual(project.names);
  });

  test('in session mode lets a run be cancelled, and others wait for its lock', async () => {
    await using proxy = await PgBouncer.before(database.url, 'session');
    const slow = { label: 'slow', up: ['select pg_sleep(60);'] };
    project = through(proxy, [...libraryOnServer, slow]);
    const begun = Promise.withResolvers<void>();
    const engine = openEngine(
      project.root,
      { access: 'run' },
      { statementStarted: ({ sql }) => sql.includes('pg_sleep') && begun.resolve() },
    );
    const plan = accepted(
      await engine.ask((api) => api.plan({ direction: 'up', goal: { kind: 'head' } })),
    );
    const options = { lockWait: 0, retries: 0, guarded: false };
    const first = engine.ask((api) => api.run(plan, options));
    await begun.promise;
    await using second = openEngine(project.root, { access: 'run' });
    const problem = refused(await second.ask((api) => api.run(plan, options)));
    expect(problem).toMatchObject({
      code: 'locked',
      why: expect.stringMatching(/held by process \d+ on/),
    });
    engine.process.kill();
    await first;
    await using looking = openEngine(project.root);
    expect(accepted(await looking.ask((api) => api.lockHeld()))).toBe(false);
    expect(await database.query(`select from pg_class where relname = 'author'`)).toEqual([]);
  });
});

/** The engine on a real PostgreSQL server: what is read, run, refused, and left. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LockHolder, Retry } from '../../source/contract/run.ts';
import type { StatementStarted } from '../../source/contract/statement.ts';
import type { Timeouts } from '../../source/contract/target.ts';
import { Database, libraryOnServer, PostgresProject } from '../kit/postgresql.ts';
import type { Revision } from '../kit/revisions.ts';
import { ShakyWay } from '../kit/shaky-way.ts';
import { accepted, openEngine, planAndRun, refused } from './kit.ts';

let database: Database;
let project: PostgresProject;

beforeEach(async () => {
  database = await Database.make();
});
afterEach(async () => {
  project?.cleanup();
  await database[Symbol.asyncDispose]();
});

async function history() {
  await using engine = openEngine(project.root);
  return accepted(await engine.ask((api) => api.history()));
}

describe('where a server stands', () => {
  test('the schema has a hash that changes with it, and not with what is recorded', async () => {
    project = new PostgresProject(database);
    await database.query('create table shelf (id serial primary key)');
    const one = (await history()).schemaHash;
    await database.query('insert into shelf default values');
    expect((await history()).schemaHash).toBe(one);
    await database.query('create index on shelf (id)');
    const two = (await history()).schemaHash;
    expect(two).not.toBe(one);
    await database.query(`alter table shelf alter id set default 7`);
    expect((await history()).schemaHash).not.toBe(two);
  });
});

describe('limits of the server', () => {
  const seen = {
    label: 'seen',
    up: [
      `create table seen as select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock;`,
    ],
  };
  const seenWith = async (timeouts?: Timeouts) => {
    project = new PostgresProject(database, { revisions: [seen] });
    const options = timeouts ? { timeouts } : {};
    await using looking = openEngine(project.root, options);
    const plan = accepted(
      await looking.ask((api) => api.plan({ direction: 'up', goal: { kind: 'head' } })),
    );
    await using engine = openEngine(project.root, { access: 'run', ...options });
    const run = { lockWait: 0, retries: 0, guarded: false };
    accepted(await engine.ask((api) => api.run(plan, run)));
    const [row] = await database.query('select * from seen');
    return { row, warnings: plan.warnings };
  };
  const unset = { lock: null, statement: null };

  test('are kept, and told, where no setting says otherwise', async () => {
    await database.query(`alter database "${database.name}" set statement_timeout = '1h'`);
    await database.query(`alter database "${database.name}" set lock_timeout = '7s'`);
    expect(await seenWith(unset)).toEqual({
      row: { statement: '1h', lock: '7s' },
      warnings: [expect.stringMatching(/longer than 1 h 0 min is ended.*statementTimeout/s)],
    });
  });

  test('give way to settings', async () => {
    await database.query(`alter database "${database.name}" set statement_timeout = '1h'`);
    expect(await seenWith({ lock: 0, statement: 0 })).toEqual({
      row: { statement: '0', lock: '0' },
      warnings: [],
    });
  });

  test('are set where the server has none, for waiting only', async () => {
    expect(await seenWith(unset)).toEqual({ row: { statement: '0', lock: '5s' }, warnings: [] });
  });
});

describe('a run on a server', () => {
  test('is told as it ended where the server is back soon', async () => {
    await using way = await ShakyWay.to(database.url);
    await using held = await database.session();
    const waits = 'select pg_advisory_lock(78)';
    await held.client.query(waits);
    project = new PostgresProject(database, {
      connect: `clientUrl: ${JSON.stringify(way.url)},`,
      revisions: [...libraryOnServer, { label: 'slow', up: [waits] }],
    });
    await using looking = openEngine(project.root);
    const plan = accepted(
      await looking.ask((api) => api.plan({ direction: 'up', goal: { kind: 'head' } })),
    );
    await using engine = openEngine(
      project.root,
      { access: 'run', timeouts: { lock: 0, statement: 0 } },
      { statementStarted: ({ sql }) => sql === waits && way.break(2) },
    );
    const result = accepted(
      await engine.ask((api) => api.run(plan, { lockWait: 0, retries: 0, guarded: false })),
    );
    expect(result).toMatchObject({
      outcome: 'failed',
      history: { counts: { applied: 0 } },
      steps: [...libraryOnServer.map(() => ({ outcome: 'rolled-back' })), { outcome: 'failed' }],
    });
    expect(result.failure?.aftermath).not.toContain('not known');
  });

  test('says with code, position, detail and hint what the server refused, and undoes all', async () => {
    project = new PostgresProject(database, {
      revisions: [...libraryOnServer, { label: 'wrong', up: ['select "nam" from "author";'] }],
    });
    const { result } = await planAndRun(project.root, 'up', { kind: 'head' });
    expect(result).toMatchObject({
      outcome: 'failed',
      failure: {
        revision: project.names[3],
        statement: { sql: 'select "nam" from "author";' },
        error: { code: '42703', position: 8, hint: expect.stringContaining('author.name') },
      },
    });
    expect(await database.query(`select from pg_class where relname = 'author'`)).toEqual([]);
  });

  test('gives up a lock that somebody else keeps, and says so', async () => {
    project = new PostgresProject(database, {
      revisions: [
        ...libraryOnServer,
        { label: 'more', up: ['alter table "author" add "age" int;'] },
      ],
    });
    await planAndRun(project.root, 'up', { kind: 'steps', steps: 3 });
    await using other = await database.session();
    await other.client.query('begin; lock table author in access exclusive mode');
    const { result } = await planAndRun(project.root, 'up', { kind: 'head' });
    expect(result).toMatchObject({ outcome: 'failed', failure: { error: { code: '55P03' } } });
    expect(await database.recorded()).toHaveLength(3);
  });

  const ageing: Revision = { label: 'more', up: ['alter table "author" add "age" int;'] };

  test.each([
    ['all at once', ''],
    ['one by one', 'allOrNothing: false,'],
  ])('begins again when it waited too long, %s', async (_how, migrations) => {
    const settled: Revision = { label: 'place', up: ['create table "place" ("id" serial);'] };
    project = new PostgresProject(database, {
      migrations,
      revisions: [...libraryOnServer, settled, ageing],
    });
    await planAndRun(project.root, 'up', { kind: 'steps', steps: 3 });
    await using other = await database.session();
    await other.client.query('begin; lock table author in share mode');
    const retries: Retry[] = [];
    await using engine = openEngine(
      project.root,
      { access: 'run', timeouts: { lock: 300, statement: 0 } },
      {
        runRetrying(retry) {
          retries.push(retry);
          void other.client.query('commit');
        },
      },
    );
    const plan = accepted(
      await engine.ask((api) => api.plan({ direction: 'up', goal: { kind: 'head' } })),
    );
    const result = accepted(
      await engine.ask((api) => api.run(plan, { lockWait: 0, retries: 1, guarded: false })),
    );
    expect(result).toMatchObject({ outcome: 'done', failure: null });
    expect(retries).toEqual([{ attempt: 2, of: 2, pause: 1000 }]);
    expect(await database.recorded()).toEqual(project.names);
  });

  test('does not begin a revision again that may have been done in part', async () => {
    project = new PostgresProject(database, {
      revisions: [...libraryOnServer, { ...ageing, transactional: false }],
    });
    await planAndRun(project.root, 'up', { kind: 'steps', steps: 3 });
    await using other = await database.session();
    await other.client.query('begin; lock table author in share mode');
    await using engine = openEngine(project.root, {
      access: 'run',
      timeouts: { lock: 300, statement: 0 },
    });
    const plan = accepted(
      await engine.ask((api) => api.plan({ direction: 'up', goal: { kind: 'head' } })),
    );
    const result = accepted(
      await engine.ask((api) => api.run(plan, { lockWait: 0, retries: 3, guarded: false })),
    );
    expect(result).toMatchObject({ outcome: 'failed', failure: { error: { code: '55P03' } } });
  });

  test('ends a statement that takes longer than it may', async () => {
    project = new PostgresProject(database, {
      revisions: [{ label: 'slow', up: ['select pg_sleep(60);'] }],
    });
    await using engine = openEngine(project.root, {
      access: 'run',
      timeouts: { lock: 0, statement: 300 },
    });
    const plan = accepted(
      await engine.ask((api) => api.plan({ direction: 'up', goal: { kind: 'head' } })),
    );
    const result = accepted(
      await engine.ask((api) => api.run(plan, { lockWait: 0, retries: 3, guarded: false })),
    );
    expect(result).toMatchObject({ outcome: 'failed', failure: { error: { code: '57014' } } });
  });

  test('is one at a time; another one is told who holds the lock, and can run afterwards', async () => {
    project = new PostgresProject(database, {
      revisions: [{ label: 'slow', up: ['select pg_sleep(30);'] }, ...libraryOnServer],
    });
    const begun = Promise.withResolvers<StatementStarted>();
    const engine = openEngine(
      project.root,
      { access: 'run' },
      {
        statementStarted: (statement) =>
          statement.sql.includes('pg_sleep') && begun.resolve(statement),
      },
    );
    const plan = accepted(
      await engine.ask((api) => api.plan({ direction: 'up', goal: { kind: 'head' } })),
    );
    const first = engine.ask((api) => api.run(plan, { lockWait: 0, retries: 0, guarded: false }));
    await begun.promise;

    await using second = openEngine(project.root, { access: 'run' });
    const problem = refused(
      await second.ask((api) => api.run(plan, { lockWait: 0, retries: 0, guarded: false })),
    );
    expect(problem.code).toBe('locked');
    expect(problem.why).toMatch(
      /^The lock is held by process (\d+) on (\S+) \(handrail \1 \2\), since 20\d\d-/,
    );

    // Killed in the middle of a statement that the server would go on with.
    engine.process.kill();
    await first;
    await using looking = openEngine(project.root);
    expect(accepted(await looking.ask((api) => api.lockHeld()))).toBe(false);
    expect(
      await database.query(
        `select from pg_stat_activity where query like '%pg_sleep(30)%' and state = 'active' and pid <> pg_backend_pid()`,
      ),
    ).toEqual([]);
    expect(await database.query(`select from pg_class where relname = 'author'`)).toEqual([]);
  });

  test('waits for the lock, tells who holds it, also when that changes, and goes on', async () => {
    project = new PostgresProject(database);
    await using first = await database.session();
    await using second = await database.session();
    await first.client.query(`set application_name = 'deploy one'`);
    await second.client.query(`set application_name = 'handrail 4711 far away'`);
    const lock = `pg_advisory_lock(${0x68_61_6e_64}, ${0x72_61_69_6c})`;
    await first.client.query(`select ${lock}`);
    const queued = second.client.query(`select ${lock}`);
    const holders: (LockHolder | null)[] = [];
    await using engine = openEngine(
      project.root,
      { access: 'run' },
      {
        waitingForLock(holder) {
          holders.push(holder);
          void (holders.length === 1 ? first : second).client.query(
            `select pg_advisory_unlock_all()`,
          );
        },
      },
    );
    const plan = accepted(
      await engine.ask((api) => api.plan({ direction: 'up', goal: { kind: 'head' } })),
    );
    const result = accepted(
      await engine.ask((api) => api.run(plan, { lockWait: 60_000, retries: 0, guarded: false })),
    );
    await queued;
    expect(result).toMatchObject({ outcome: 'done' });
    expect(holders).toMatchObject([
      { pid: expect.any(Number), host: null, application: 'deploy one' },
      { pid: 4711, host: 'far away', application: 'handrail 4711 far away' },
    ]);
    for (const holder of holders) {
      expect(Math.abs(Date.parse(holder?.since ?? '') - Date.now())).toBeLessThan(600_000);
    }
  });

  test('without a transaction of its own, runs what the server allows in none', async () => {
    project = new PostgresProject(database, {
      revisions: [
        ...libraryOnServer,
        {
          label: 'concurrently',
          up: ['create index concurrently "author_id_name" on "author" ("id", "name");'],
          down: ['drop index concurrently "author_id_name";'],
          transactional: false,
        },
      ],
    });
    const { result } = await planAndRun(project.root, 'up', { kind: 'head' });
    expect(result).toMatchObject({ outcome: 'done' });
    expect(await database.recorded()).toHaveLength(4);
    const down = await planAndRun(project.root, 'down', { kind: 'steps', steps: 1 });
    expect(down.result).toMatchObject({ outcome: 'done' });
  });

  test('is refused before it begins where a transaction would be refused in its midst', async () => {
    const revision = {
      label: 'concurrently',
      up: ['create index concurrently "author_id_name" on "author" ("id", "name");'],
    };
    project = new PostgresProject(database, { revisions: [...libraryOnServer, revision] });
    await using engine = openEngine(project.root);
    const problem = refused(
      await engine.ask((api) => api.plan({ direction: 'up', goal: { kind: 'head' } })),
    );
    expect(problem).toMatchObject({
      code: 'needs-no-transaction',
      what: `${project.names[3]} can’t run: create index concurrently is not possible in a transaction.`,
    });
    expect(problem.next[0]).toContain('isTransactional() { return false; }');
  });

  test.each(['pool: { max: 1 },', 'driverOptions: { max: 1 },'])(
    'leaves a connection for a revision that reads: %s',
    async (config) => {
      project = new PostgresProject(database, {
        config,
        revisions: [
          ...libraryOnServer,
          {
            label: 'reads',
            up: [
              {
                code: `const rows = await this.execute('select * from "author"'); this.addSql(\`update "author" set "name" = '\${rows.length}'\`);`,
              },
            ],
          },
        ],
      });
      const { result, ended } = await planAndRun(project.root, 'up', { kind: 'head' });
      expect(result).toMatchObject({ outcome: 'done' });
      expect([...ended.values()].filter(({ error }) => error)).toEqual([]);
      expect(await database.query('select distinct name from author')).toEqual([{ name: '2' }]);
    },
  );
});

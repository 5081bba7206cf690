/** How far a real PostgreSQL server says it is, and what may be made of that. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Blocker, StatementProgress } from '../../../source/contract/statement.ts';
import { Pace } from '../../../source/engine/run/activity.ts';
import { Database, libraryOnServer, PostgresProject, servers } from '../../kit/postgresql.ts';
import { accepted, openEngine } from '../kit.ts';

const oldestAndNewest = await servers();

describe('an estimate', () => {
  const at = (done: number, total: number | null = 1_000) =>
    ({ phase: 'building index', step: null, done, total, unit: 'blocks' }) as const;

  test('is made of how far a phase came since it was seen', () => {
    const pace = new Pace();
    expect(pace.left(at(100), 10_000)).toBeNull();
    expect(pace.left(at(200), 14_000)).toBe(32_000);
    expect(pace.left(at(600), 20_000)).toBe(8_000);
    expect(pace.left(at(1_000), 28_000)).toBe(0);
  });

  test('is not made of too little', () => {
    const pace = new Pace();
    pace.left(at(100), 10_000);
    expect(pace.left(at(500), 11_000)).toBeNull();
    expect(pace.left(at(109), 60_000)).toBeNull();
    expect(new Pace().left(at(5, null), 1)).toBeNull();
  });

  test('begins anew with a phase, and where one begins again', () => {
    const pace = new Pace();
    pace.left(at(0), 0);
    expect(pace.left(at(500), 10_000)).toBe(10_000);
    expect(pace.left({ ...at(500), phase: 'another' }, 20_000)).toBeNull();
    expect(pace.left({ ...at(10), phase: 'another' }, 40_000)).toBeNull();
  });

  test('is not made of how long others take', () => {
    const pace = new Pace();
    pace.left({ ...at(0, 4), unit: 'sessions' }, 0);
    expect(pace.left({ ...at(2, 4), unit: 'sessions' }, 60_000)).toBeNull();
  });
});

describe('a statement that takes long', () => {
  let database: Database;
  let project: PostgresProject;

  beforeEach(async () => {
    database = await Database.make();
  });
  afterEach(async () => {
    project.cleanup();
    await database[Symbol.asyncDispose]();
  });

  /** Begins to apply one more revision, after the library; resolves `seen` once `wanted` is told. */
  async function begin(
    sql: string,
    wanted: (progress: StatementProgress | null, blockers: readonly Blocker[]) => boolean,
  ) {
    const revision = { label: 'slow', up: [sql], transactional: false };
    project = new PostgresProject(database, { revisions: [...libraryOnServer, revision] });
    await using before = openEngine(project.root, { access: 'run' });
    const first = accepted(
      await before.ask((api) => api.plan({ direction: 'up', goal: { kind: 'steps', steps: 3 } })),
    );
    accepted(await before.ask((api) => api.run(first, options)));
    await before[Symbol.asyncDispose]();

    const seen = Promise.withResolvers<StatementProgress | null>();
    let progress: StatementProgress | null = null;
    let blockers: readonly Blocker[] = [];
    const look = () => wanted(progress, blockers) && seen.resolve(progress);
    const engine = openEngine(
      project.root,
      { access: 'run', timeouts: { lock: 0, statement: 0 } },
      {
        statementProgress(now) {
          progress = now;
          look();
        },
        statementBlocked(now) {
          blockers = now;
          look();
        },
      },
    );
    return {
      seen: seen.promise,
      last: () => progress,
      async start() {
        const plan = accepted(
          await engine.ask((api) => api.plan({ direction: 'up', goal: { kind: 'head' } })),
        );
        return { ended: engine.ask((api) => api.run(plan, options)) };
      },
      [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
    };
  }
  const options = { lockWait: 0, retries: 0, guarded: false };

  test.each(oldestAndNewest)(
    'tells its phase, and whom that waits for, on PostgreSQL $label',
    async ({ url }) => {
      await database[Symbol.asyncDispose]();
      database = await Database.make(url);
      await using run = await begin(
        'create index concurrently "author_slow" on "author" ("name");',
        (progress, blockers) =>
          progress?.phase.startsWith('waiting for') === true &&
          blockers[0]?.application === 'payroll',
      );
      await using other = await database.session();
      await other.client.query(`set application_name = 'payroll'`);
      await other.client.query(`begin; update author set name = 'x'`);
      const { ended } = await run.start();
      expect(await run.seen).toEqual({
        phase: 'waiting for writers before build',
        step: { at: 2, of: 8 },
        done: 0,
        total: 1,
        unit: 'sessions',
        left: null,
      });
      await other.client.query('commit');
      expect(accepted(await ended)).toMatchObject({ outcome: 'done' });
      expect(run.last()).toBeNull();
    },
  );

  /** A table with a function that stands still at its 5,000th row until the gate is opened. */
  async function gatedTable() {
    const other = await database.session();
    const ask = (sql: string) => other.client.query(sql);
    await ask(`create function gate(int) returns int language plpgsql immutable as $$
      begin if $1 = 5000 then perform pg_advisory_xact_lock_shared(7); end if; return $1; end $$`);
    await ask(`create table wide as select i, repeat('x', 200) from generate_series(1, 20000) i`);
    return {
      index: () => ask('create index "wide_gate" on "wide" (gate("i"))'),
      close: () => ask('select pg_advisory_lock(7)'),
      open: () => ask('select pg_advisory_unlock(7)'),
      [Symbol.asyncDispose]: () => other[Symbol.asyncDispose](),
    };
  }

  test('tells how much of a table is read', async () => {
    await using table = await gatedTable();
    await table.close();
    await using run = await begin(
      'create index "wide_gate" on "wide" (gate("i"));',
      (progress) => (progress?.done ?? 0) > 0,
    );
    const { ended } = await run.start();
    const progress = await run.seen;
    expect(progress).toMatchObject({
      phase: 'building index: scanning table',
      step: null,
      unit: 'blocks',
    });
    const share = (progress?.done ?? 0) / (progress?.total ?? 0);
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.3);
    await table.open();
    expect(accepted(await ended)).toMatchObject({ outcome: 'done' });
  });

  test.each([
    ['cluster "wide" using "wide_gate";', { phase: 'rebuilding index', unit: 'indexes' }],
    ['vacuum (full) "wide";', { phase: 'rebuilding index', unit: 'indexes' }],
    ['analyze "wide";', { phase: 'computing statistics', total: null }],
    [`copy (select gate("i") from "wide") to '/dev/null';`, { phase: 'copying', unit: 'bytes' }],
  ])('tells where it is: %s', async (sql, expected) => {
    await using table = await gatedTable();
    await table.index();
    await table.close();
    await using run = await begin(sql, (progress) => progress?.phase === expected.phase);
    const { ended } = await run.start();
    expect(await run.seen).toMatchObject(expected);
    await table.open();
    expect(accepted(await ended)).toMatchObject({ outcome: 'done' });
  });
});

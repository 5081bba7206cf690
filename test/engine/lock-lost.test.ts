/** The lock is a part of the run: who loses it rolls back, and two runs never overlap. */

import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../source/contract/plan.ts';
import { createTable } from '../kit/builders.ts';
import { databases } from '../kit/databases.ts';
import { ServerProject } from '../kit/postgresql.ts';
import { makeProject } from '../kit/project.ts';
import { accepted, openEngine, refused } from './kit.ts';

const options = { lockWait: 0, retries: 0, guarded: false };
const planOf = async (root: string): Promise<Plan> => {
  await using looking = openEngine(root);
  return accepted(
    await looking.ask((api) => api.plan({ direction: 'up', goal: { kind: 'head' } })),
  );
};

describe('on PostgreSQL', () => {
  /** The sessions of a run, by whether they hold an advisory lock and no transaction. */
  const endLock = `select pg_terminate_backend(pid) from pg_locks
    where locktype = 'advisory' and granted and objid = ${0x72_61_69_6c}
      and database = (select oid from pg_database where datname = current_database())`;
  const waiting = 'select pg_advisory_lock(77)';
  const revisions = [
    createTable('one', 'one'),
    { label: 'slow', up: ['create table "slow" ("id" integer)', waiting], down: [] },
  ];

  /** A run in the middle of a statement, which ends when `goOn` is called. */
  const started = async (migrations: string) => {
    const project = await ServerProject.make({ revisions, applied: 1, migrations });
    const gate = await project.database.session();
    await gate.client.query(waiting);
    const plan = await planOf(project.root);
    const begun = Promise.withResolvers<void>();
    const engine = openEngine(
      project.root,
      { access: 'run', timeouts: { lock: 0, statement: 0 } },
      { statementStarted: ({ sql }) => sql === waiting && begun.resolve() },
    );
    const run = engine.ask((api) => api.run(plan, options));
    await begun.promise;
    return {
      project,
      plan,
      run,
      goOn: () => gate.client.query('select pg_advisory_unlock(77)'),
      async [Symbol.asyncDispose]() {
        await engine[Symbol.asyncDispose]();
        await gate[Symbol.asyncDispose]();
        await project[Symbol.asyncDispose]();
      },
    };
  };

  test('a run whose lock is lost rolls back, and its transaction keeps others away', async () => {
    await using going = await started('');
    const { project, plan, run, goOn } = going;
    await project.database.change(endLock);
    await using other = openEngine(project.root, { access: 'run' });
    expect(refused(await other.ask((api) => api.run(plan, options))).code).toBe('locked');
    await goOn();
    const { outcome, failure } = accepted(await run);
    expect(outcome).toBe('failed');
    expect(failure?.error.message).toMatch(/lock that keeps other runs away was lost/);
    expect(await project.database.tables()).not.toContain('slow');
    expect(await project.database.recorded()).toHaveLength(1);
  });

  test('so it does with a transaction for each revision', async () => {
    await using going = await started('allOrNothing: false');
    await going.project.database.change(endLock);
    await going.goOn();
    expect(accepted(await going.run)).toMatchObject({
      outcome: 'failed',
      steps: [{ outcome: 'failed' }],
    });
    expect(await going.project.database.recorded()).toHaveLength(1);
  });
});

describe.each(databases)('on $label', ({ makeProject }) => {
  test('a name that would be recorded twice rolls its revision back', async () => {
    await using project = await makeProject({
      revisions: [
        createTable('one', 'one'),
        {
          label: 'twice',
          up: [
            'create table "two" ("id" integer)',
            `insert into "mikro_orm_migrations" ("name") values ('Migration20250102090000_twice')`,
          ],
          down: [],
        },
      ],
      applied: 1,
    });
    const plan = await planOf(project.root);
    await using engine = openEngine(project.root, { access: 'run' });
    const { failure } = accepted(await engine.ask((api) => api.run(plan, options)));
    expect(failure?.error.message).toMatch(/_twice would be recorded 2 times/);
    expect(await project.database.recorded()).toHaveLength(1);
    expect(await project.database.tables()).not.toContain('two');
  });
});

test('on SQLite, a lock whose file is removed is lost', async () => {
  using project = makeProject({
    revisions: [createTable('one', 'one'), createTable('two', 'two')],
  });
  const plan = await planOf(project.root);
  const lock = `${project.databasePath}.handrail-lock`;
  await using engine = openEngine(
    project.root,
    { access: 'run' },
    {
      runStarting: async () => {
        rmSync(lock);
        return null;
      },
    },
  );
  const { failure } = accepted(await engine.ask((api) => api.run(plan, options)));
  expect(failure?.error.message).toMatch(/lock that keeps other runs away was lost/);
  expect(await project.database.recorded()).toEqual([]);
});

/** A server that ends a session while nothing is asked of it: the run says why, and not what came of it. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { StatementStarted } from '../../source/contract/statement.ts';
import { code, createTable } from '../kit/builders.ts';
import { temporaryFolder } from '../kit/environment.ts';
import { ServerProject } from '../kit/postgresql.ts';
import { accepted, openEngine, planAndRun } from './kit.ts';

test('the statement that the session ended with is named, although the revision caught its error', async () => {
  const caught = code(
    'caught',
    [
      `await this.execute('select pg_terminate_backend(pg_backend_pid())').catch(() => {});`,
      `await this.execute('insert into "base" values (1)').catch(() => {});`,
      `await this.execute('insert into "base" values (2)');`,
    ].join('\n'),
    '',
  );
  await using project = await ServerProject.make({
    revisions: [createTable('base', 'base'), caught],
    applied: 1,
  });
  const { result } = await planAndRun(project.root, 'up', { kind: 'head' });
  expect(result.failure?.error).toMatchObject({
    code: '57P01',
    hint: 'The revision caught this error and went on, but its session with the server had ended.',
  });
  expect(result.failure?.statement?.sql).toBe('select pg_terminate_backend(pg_backend_pid())');
});

test('the statement that comes next is named, with what the server said', async () => {
  const folder = temporaryFolder('gate');
  const gate = join(folder.path, 'open');
  const waits = code(
    'waits',
    [
      `const { existsSync } = await import('node:fs');`,
      `await this.execute('create table "made" ("id" integer)');`,
      // A preview has no rows, and is not to wait.
      `const [row] = await this.execute('select 1 as "one"');`,
      `while (row && !existsSync(${JSON.stringify(gate)})) await new Promise((go) => setTimeout(go, 5));`,
      `await this.execute('insert into "made" values (1)');`,
    ].join('\n'),
    '',
  );
  await using project = await ServerProject.make({
    revisions: [createTable('base', 'base'), waits],
    applied: 1,
  });
  await using looking = openEngine(project.root);
  const goal = { direction: 'up', goal: { kind: 'head' } } as const;
  const plan = accepted(await looking.ask((api) => api.plan(goal)));
  const made = Promise.withResolvers<void>();
  let selected = 0;
  const statementStarted = ({ sql, seq }: StatementStarted) => {
    if (sql.includes('"one"')) selected = seq;
  };
  await using engine = openEngine(
    project.root,
    { access: 'run' },
    { statementEnded: ({ seq }) => seq === selected && made.resolve(), statementStarted },
  );
  const options = { lockWait: 0, retries: 0, guarded: false, backup: null };
  const run = engine.ask((api) => api.run(plan, options));
  await made.promise;
  await project.database.first(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and state = 'idle in transaction'
        and query like '%"one"%'`,
  );
  writeFileSync(gate, '');
  const { outcome, failure } = accepted(await run);
  expect(outcome).toBe('failed');
  expect(failure?.error).toMatchObject({
    code: '57P01',
    message: 'terminating connection due to administrator command',
  });
  expect(failure?.statement?.sql).toBe('insert into "made" values (1)');
  expect(await project.database.tables()).not.toContain('made');
  folder.remove();
});

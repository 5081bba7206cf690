/** A walk over schemas: real engines on a real server, one run after the other. */

import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SessionEvent } from '../../source/contract/events.ts';
import type { SchemaPlan } from '../../source/contract/schemas.ts';
import { defaultSettings } from '../../source/project/project.ts';
import { openSession, type Session } from '../../source/session/session.ts';
import { accepted, refused } from '../engine/kit.ts';
import { Database, PostgresProject, type PostgresProjectOptions } from '../kit/postgresql.ts';
import { sessionOn } from '../kit/session.ts';

let database: Database;
let project: PostgresProject;
let session: Session;
const events: SessionEvent[] = [];

beforeEach(async () => {
  database = await Database.make();
  for (const name of ['a', 'b', 'c']) await database.query(`create schema ${name}`);
});
afterEach(async () => {
  await session.close();
  project.cleanup();
  await database[Symbol.asyncDispose]();
});

function open(options: PostgresProjectOptions = {}): void {
  project = new PostgresProject(database, { tenants: true, ...options });
  const settings = { ...defaultSettings, schemas: ['a', 'b', 'c'] };
  const { root } = project;
  const none = { config: null, context: null, schema: null, watch: false } as const;
  session = openSession({ root, settings, inspect: 'never', ...none });
  events.length = 0;
  session.subscribe((event) => void events.push(event));
}

async function planned() {
  const reply = await session.planSchemas(null, { direction: 'up', goal: { kind: 'head' } });
  if (!reply.ok) throw new Error(reply.problem.what);
  return reply.value;
}

async function walked(plan: SchemaPlan, keepGoing: boolean) {
  const reply = await session.walkSchemas(plan, { keepGoing, rehearse: false });
  if (!reply.ok) throw new Error(reply.problem.what);
  return reply.value;
}

const outcomes = (result: Awaited<ReturnType<typeof walked>>) =>
  result.schemas.map(({ schema, outcome }) => `${schema} ${outcome}`);

test('stops at the first failure, or goes on, and tells how far it is', async () => {
  open();
  await database.query('create table a.author (id int)');
  const plan = await planned();
  expect(plan.groups.map(({ schemas }) => schemas)).toEqual([['a', 'b', 'c']]);
  const stopped = await walked(plan, false);
  expect(stopped.outcome).toBe('failed');
  expect(outcomes(stopped)).toEqual(['a failed', 'b not-reached', 'c not-reached']);

  const on = await walked(plan, true);
  expect(outcomes(on)).toEqual(['a failed', 'b done', 'c done']);
  const reached = events.flatMap((event) =>
    event.type === 'walk-reached' ? [`${event.progress.schema} ${event.progress.at}`] : [],
  );
  expect(reached).toEqual(['a 1', 'a 1', 'b 2', 'c 3']);

  const listed = await session.schemas(null);
  expect(listed.ok && listed.value.schemas).toMatchObject([
    { name: 'a', upToDate: false, last: { outcome: 'failed' } },
    { name: 'b', upToDate: true, last: { outcome: 'done' } },
    { name: 'c', upToDate: true, last: { outcome: 'done' } },
  ]);
  const runs = await session.runs(10);
  expect(runs.ok && runs.value.map(({ target }) => target.key.replace(/.*#/, ''))).toEqual([
    'c',
    'b',
    'a',
    'a',
  ]);
});

test('ends when it is cancelled: the one that goes on is rolled back, the rest not reached', async () => {
  open({ revisions: [{ label: 'slow', up: ['create table "x" ();', 'select pg_sleep(60);'] }] });
  const plan = await planned();
  const begun = Promise.withResolvers<void>();
  session.subscribe((event) => {
    const sleeps = event.type === 'statement-started' && event.statement.sql.includes('pg_sleep');
    if (sleeps) begun.resolve();
  });
  const ended = walked(plan, true);
  await begun.promise;
  session.cancel();
  const result = await ended;
  expect(result.outcome).toBe('cancelled');
  expect(outcomes(result)).toEqual(['a cancelled', 'b not-reached', 'c not-reached']);
  expect(await database.query(`select from pg_class where relname = 'x'`)).toEqual([]);
});

test('takes a backup of each schema that loses rows, with what its statements name elsewhere', async () => {
  open({
    revisions: [
      { label: 'item', up: ['create table "item" ("id" integer primary key, "note" text)'] },
      {
        label: 'clear',
        up: ['delete from "item"', `delete from "public"."shared" where tenant = current_schema()`],
      },
    ],
  });
  const names = ['a', 'b', 'c'];
  await database.query('create table public.shared (tenant text); create table public.other ()');
  const first = await session.planSchemas(null, {
    direction: 'up',
    goal: { kind: 'steps', steps: 1 },
  });
  if (!first.ok) throw new Error(first.problem.what);
  await walked(first.value, false);
  for (const name of names) {
    await database.query(
      `insert into ${name}.item values (1, '${name}'); insert into public.shared values ('${name}')`,
    );
  }
  const plan = await planned();
  expect(plan.groups.map((group) => group.plan.losing)).toEqual([true]);
  const groups = plan.groups.map((group) => ({ ...group, plan: { ...group.plan, backup: true } }));
  const result = await walked({ ...plan, groups }, false);
  const taken = result.schemas.map((each) => ('result' in each ? each.result.backup : null));
  const listed = accepted(await session.backups()).toReversed();
  expect(listed.map(({ id }) => id)).toEqual(taken.map((backup) => backup?.id));
  expect(listed.map(({ target }) => target.schema)).toEqual(names);
  for (const { tables, run } of listed) {
    expect(run).not.toBeNull();
    expect(tables.map(({ schema, name }) => [schema?.length, name])).toEqual([
      [1, 'item'],
      [6, 'shared'],
    ]);
  }
  const notes = async () => {
    const rows = await database.query<{ note: string }>(
      names.map((name) => `select note from ${name}.item`).join(' union '),
    );
    return rows.map(({ note }) => note).toSorted();
  };
  expect(await notes()).toEqual([]);

  const [, ofB] = listed;
  if (!ofB) throw new Error('There is no backup of b.');
  const elsewhere = refused(await session.planRestore(ofB.id, false));
  expect(elsewhere.next.join()).toContain(`handrail restore ${ofB.id} --schema b`);
  const there = await sessionOn(project.root, { schema: 'b' });
  try {
    accepted(await there.look());
    accepted(await there.restore(accepted(await there.planRestore(undefined, false))));
    expect(await notes()).toEqual(['b']);
    const shared = await database.query('select tenant from public.shared');
    expect(shared, 'as it was before the run on b').toHaveLength(2);
    expect(accepted(await there.runs(1))).toMatchObject([
      { direction: 'restore', target: { key: expect.stringMatching(/#b$/) } },
    ]);
  } finally {
    await there.close();
  }
});

test('reaches the others of one that has no plan only if that is wanted', async () => {
  open();
  await database.query(
    `create table a.mikro_orm_migrations (id serial primary key, name text, executed_at timestamptz default now())`,
  );
  await database.query(`insert into a.mikro_orm_migrations (name) values ('Migration1_gone')`);
  const request = { direction: 'down', goal: { kind: 'steps', steps: 1 } } as const;
  const plan = await session.planSchemas(null, request);
  expect(plan.ok && plan.value).toMatchObject({
    groups: [],
    idle: ['b', 'c'],
    refused: [{ schemas: ['a'], problem: { code: 'missing-file' } }],
  });
  if (!plan.ok) return;
  expect(
    await session.walkSchemas(plan.value, { keepGoing: false, rehearse: false }),
  ).toMatchObject({
    ok: false,
    problem: { code: 'missing-file' },
  });
  expect(await session.walkSchemas(plan.value, { keepGoing: true, rehearse: false })).toMatchObject(
    {
      value: { outcome: 'failed', schemas: [{ schema: 'a', outcome: 'refused' }] },
    },
  );
});

test('one of them can be what the session is about', async () => {
  open();
  const opened = await session.openSchema('b');
  expect(opened.ok && opened.value.target).toMatchObject({ schema: 'b' });
  const planned = await session.plan({ direction: 'up', goal: { kind: 'head' } });
  if (!planned.ok) throw new Error(planned.problem.what);
  await session.run(planned.value);
  expect(await database.recorded('b')).toHaveLength(3);
  const back = await session.openSchema(null);
  expect(back.ok && back.value).toMatchObject({ target: { schema: null }, counts: { applied: 0 } });
});

/** Runs on a real target that would delete rows of tables that no statement names. */

import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Direction } from '../../source/contract/direction.ts';
import type { Goal, Plan } from '../../source/contract/plan.ts';
import type { RunResult } from '../../source/contract/run.ts';
import { code, rebuildTable, sql } from '../kit/builders.ts';
import { makeProject, type Project } from '../kit/project.ts';
import { count, fingerprint, foreignKeyErrors, recordedRevisions } from '../kit/sqlite.ts';
import { accepted, openEngine, refused } from './kit.ts';

let project: Project;
afterEach(() => project.cleanup());

const pantry = sql('pantry', [
  'create table "shelf" ("id" integer not null primary key, "label" text not null)',
  'create table "jar" ("id" integer not null primary key, "shelf_id" integer not null references "shelf" ("id") on delete cascade)',
]);
const rows = `insert into shelf values (1, 'top'), (2, 'low'); insert into jar values (1, 1), (2, 1), (3, 2)`;
const columns = ['"id" integer not null primary key', '"label" text null'];
const rebuild = rebuildTable('tall_shelf', 'shelf', columns);
const head: Goal = { kind: 'head' };

/** As it is suspected. */
async function planOf(direction: Direction = 'up', goal: Goal = head): Promise<Plan> {
  await using looking = openEngine(project.root);
  return accepted(await looking.ask((engine) => engine.plan({ direction, goal })));
}

/** As it is shown: what is suspected is measured on a copy. */
async function measuredPlan(direction: Direction = 'up', goal: Goal = head): Promise<Plan> {
  const plan = await planOf(direction, goal);
  expect(plan.doubtful).toBe(true);
  const workspace = mkdtempSync(join(project.root, '..', 'workspace-'));
  await using measuring = openEngine(project.root, { access: 'rehearse', workspace });
  return accepted(await measuring.ask((engine) => engine.measure(plan)));
}

async function runWith(plan: Plan, guarded: boolean) {
  await using running = openEngine(project.root, { access: 'run' });
  return await running.ask((engine) => engine.run(plan, { lockWait: 0, retries: 0, guarded }));
}

describe('a plan', () => {
  test('names the rows that would go, and is refused', async () => {
    project = makeProject({ revisions: [pantry, rebuild], applied: 1, content: rows });
    const before = fingerprint(project.databasePath);
    const plan = await planOf();
    expect(plan.hazards).toEqual([
      {
        revision: project.names()[1],
        sql: 'drop table "shelf";',
        what: 'Dropping shelf takes other rows along: 3 rows of jar would be deleted.',
      },
    ]);
    const problem = refused(await runWith(plan, false));
    expect(problem.code).toBe('unsafe-rebuild');
    expect(problem.next.join(' ')).toContain('--guarded');
    expect(fingerprint(project.databasePath)).toEqual(before);
  });

  test('of a revision that puts the rows aside first has no hazard', async () => {
    const steps = rebuild.up.map(String);
    const kept = sql('tall_shelf', [
      ...steps.slice(0, 3),
      'create table "jar__kept" as select * from "jar"',
      'delete from "jar"',
      ...steps.slice(3),
      'insert into "jar" select * from "jar__kept"',
      'drop table "jar__kept"',
    ]);
    project = makeProject({ revisions: [pantry, kept], applied: 1, content: rows });
    const plan = await measuredPlan();
    expect(plan.hazards).toEqual([]);
    expect(accepted(await runWith(plan, false)).outcome).toBe('done');
    expect(count(project.databasePath, 'jar')).toBe(3);
  });

  test('that is measured says what a rehearsal says, and is refused for it', async () => {
    project = makeProject({ revisions: [pantry, rebuild], applied: 1, content: rows });
    const plan = await measuredPlan();
    expect(plan.hazards).toMatchObject([
      {
        revision: project.names()[1],
        what: expect.stringContaining('3 of 3 rows of jar are lost'),
      },
    ]);
    expect(refused(await runWith(plan, false)).code).toBe('unsafe-rebuild');
  });

  test.each([
    [
      'deletes a row and puts it back',
      [`delete from "shelf" where "id" = 1`, `insert into "shelf" values (1, 'top')`],
      ['3 of 3 rows of jar are lost'],
    ],
    [
      'replaces a row by another',
      ['update or replace "shelf" set "id" = 1 where "id" = 2'],
      ['3 of 3 rows of jar are lost', '1 of 2 rows of shelf is lost'],
    ],
    [
      'deletes a row for good, and adds one',
      [`delete from "shelf" where "id" = 1`, `insert into "shelf" values (3, 'new')`],
      [],
    ],
  ])('that %s is measured', async (_, up, lost) => {
    const content = `${rows}; update jar set shelf_id = 1`;
    project = makeProject({ revisions: [pantry, sql('rows', up)], applied: 1, content });
    const { hazards } = await measuredPlan();
    expect(hazards.map(({ what }) => what.split('.')[0])).toEqual(lost);
  });

  test('that fails later is refused for what is committed before, and for nothing else', async () => {
    const later = [
      sql('named', [`update shelf set label = 'wide' where id = 1`]),
      sql('broken', ['insert into jar values (9, 9)']),
    ];
    project = makeProject({
      revisions: [pantry, rebuild, ...later],
      applied: 1,
      content: rows,
      migrations: 'allOrNothing: false',
    });
    const { hazards } = await measuredPlan();
    expect(hazards.map(({ what }) => what.split('.')[0])).toEqual(['3 of 3 rows of jar are lost']);
  });

  test('of a tree that is rebuilt and keeps its rows can be run', async () => {
    const tree = sql('tree', [
      'create table "folder" ("id" integer not null primary key, "parent_id" integer null references "folder" ("id") on delete cascade)',
    ]);
    const safe = sql('safe', [
      'create table "kept" as select * from "folder"',
      'update "folder" set "parent_id" = null',
      'drop table "folder"',
      'create table "folder" ("id" integer not null primary key, "name" text null, "parent_id" integer null references "folder" ("id") on delete cascade)',
      'insert into "folder" ("id", "parent_id") select "id", "parent_id" from "kept"',
      'drop table "kept"',
    ]);
    const content = 'insert into folder values (1, null), (2, 1), (3, 2)';
    project = makeProject({ revisions: [tree, safe], applied: 1, content });
    const plan = await measuredPlan();
    expect(plan.hazards).toEqual([]);
    expect(accepted(await runWith(plan, false)).outcome).toBe('done');
    expect(count(project.databasePath, 'folder')).toBe(3);
  });

  test('is suspected where tables come to refer to what is dropped only in the run', async () => {
    const renamed = sql('renamed', [
      'alter table "shelf" rename to "old_shelf"',
      'create table "shelf" ("id" integer not null primary key, "label" text null)',
      'insert into "shelf" select * from "old_shelf"',
      'drop table "old_shelf"',
    ]);
    project = makeProject({ revisions: [pantry, renamed], applied: 1, content: rows });
    expect((await measuredPlan()).hazards).toMatchObject([
      { what: expect.stringContaining('3 of 3 rows of jar are lost') },
    ]);
  });

  const tagged = sql('tagged', [
    'create table "tag" ("id" integer not null primary key, "name" text unique on conflict replace)',
    'create table "use" ("id" integer not null primary key, "tag_id" integer references "tag" ("id") on delete cascade)',
  ]);
  const tags = `insert into tag values (1, 'old'), (2, 'new'); insert into use values (1, 1), (2, 1)`;
  test.each([
    ['a plain insert', `insert into tag values (9, 'old')`],
    ['an update', `update "tag" set name = 'old' where id = 2`],
  ])('is suspected and measured where %s replaces rows', async (_, statement) => {
    project = makeProject({
      revisions: [tagged, sql('it', [statement])],
      applied: 1,
      content: tags,
    });
    const plan = await measuredPlan();
    expect(plan.hazards.map(({ sql, what }) => [sql, what.split('.')[0]])).toEqual([
      [statement, '2 of 2 rows of use are lost'],
      [statement, '1 of 2 rows of tag is lost'],
    ]);
  });

  const moved = `update jar set shelf_id = 2 where shelf_id = 1`;
  test.each([
    ['too late', ['delete from shelf where id = 1', moved], /^2 of 3 rows of jar are lost/],
    ['in time', [moved, 'delete from shelf where id = 1'], null],
  ])('that moves references %s is measured', async (_, statements, lost) => {
    project = makeProject({
      revisions: [pantry, sql('it', statements)],
      applied: 1,
      content: rows,
    });
    const plan = lost ? await measuredPlan() : await planOf();
    expect(plan.hazards).toMatchObject(lost ? [{ what: expect.stringMatching(lost) }] : []);
  });

  test('of a downgrade is measured the same way', async () => {
    const back = { ...rebuild, down: rebuild.up };
    project = makeProject({ revisions: [pantry, back], applied: 2, content: rows });
    const plan = await measuredPlan('down', { kind: 'steps', steps: 1 });
    expect(plan.hazards).toMatchObject([
      { what: expect.stringContaining('3 of 3 rows of jar are lost') },
    ]);
  });

  test('without rows that refer to the table has no hazard', async () => {
    project = makeProject({ revisions: [pantry, rebuild], applied: 1 });
    const plan = await planOf();
    expect(plan.hazards).toEqual([]);
    expect(accepted(await runWith(plan, false)).outcome).toBe('done');
  });
});

describe('a run', () => {
  test('that is guarded keeps every row', async () => {
    project = makeProject({ revisions: [pantry, rebuild], applied: 1, content: rows });
    const result = accepted(await runWith(await planOf(), true));
    expect(result.outcome).toBe('done');
    expect(count(project.databasePath, 'jar')).toBe(3);
    expect(foreignKeyErrors(project.databasePath)).toEqual([]);
  });

  test('that is guarded and breaks a reference is rolled back', async () => {
    const careless = sql('careless', [
      ...rebuild.up.map(String),
      'delete from "shelf" where "id" = 1',
    ]);
    project = makeProject({ revisions: [pantry, careless], applied: 1, content: rows });
    const before = fingerprint(project.databasePath);
    const result: RunResult = accepted(await runWith(await planOf(), true));
    expect(result.outcome).toBe('failed');
    expect(result.failure?.error.message).toContain('2 references would be broken');
    expect(fingerprint(project.databasePath)).toEqual(before);
    expect(recordedRevisions(project.databasePath)).toHaveLength(1);
  });

  test('is stopped before the statement that no plan could foresee', async () => {
    const hidden = code(
      'hidden',
      `const [{ n }] = await this.execute('select count(*) as n from "shelf"');
      if (n > 0) for (const statement of ${JSON.stringify(rebuild.up.map(String))}) await this.execute(statement);`,
    );
    project = makeProject({ revisions: [pantry, hidden], applied: 1, content: rows });
    const before = fingerprint(project.databasePath);
    const plan = await planOf();
    expect(plan.hazards).toEqual([]);
    expect((await measuredPlan()).hazards, 'unless it is measured').toMatchObject([
      { what: expect.stringContaining('3 of 3 rows of jar') },
    ]);
    const result = accepted(await runWith(plan, false));
    expect(result.outcome).toBe('failed');
    expect(result.failure?.error.message).toContain('3 rows of jar would be deleted');
    expect(fingerprint(project.databasePath)).toEqual(before);
  });
});

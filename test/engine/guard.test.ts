/** Runs on a real target that would delete rows of tables that no statement names. */

import { afterEach, describe, expect, test } from 'vitest';
import type { Goal, Plan, RunResult } from '../../source/protocol.ts';
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

async function planOf(): Promise<Plan> {
  await using looking = openEngine(project.root);
  return accepted(await looking.ask((engine) => engine.plan({ direction: 'up', goal: head })));
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
    const plan = await planOf();
    expect(plan.hazards).toEqual([]);
    expect(accepted(await runWith(plan, false)).outcome).toBe('done');
    expect(count(project.databasePath, 'jar')).toBe(3);
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
    const result = accepted(await runWith(plan, false));
    expect(result.outcome).toBe('failed');
    expect(result.failure?.error.message).toContain('3 rows of jar would be deleted');
    expect(fingerprint(project.databasePath)).toEqual(before);
  });
});

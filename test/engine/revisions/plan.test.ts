import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Direction } from '../../../source/contract/direction.ts';
import type { Goal } from '../../../source/contract/plan.ts';
import { createTable, dataDependent, irreversible, nonTransactional } from '../../kit/builders.ts';
import { databases } from '../../kit/databases.ts';
import type { MadeProject } from '../../kit/made-project.ts';
import { accepted, openEngine, refused } from '../kit.ts';

const tables = ['one', 'two', 'three', 'four', 'five'].map((name) => createTable(name, name));
const head = { kind: 'head' } as const;
const steps = (count: number): Goal => ({ kind: 'steps', steps: count });
const to = (revision = ''): Goal => ({ kind: 'to', revision });
const only = (revision = ''): Goal => ({ kind: 'only', revision });

/** One engine that plans again and again, as that of a session does. */
function openPlanner({ root }: MadeProject) {
  const engine = openEngine(root);
  const reply = (direction: Direction, goal: Goal) =>
    engine.ask((api) => api.plan({ direction, goal }));
  const plan = async (direction: Direction, goal: Goal) => accepted(await reply(direction, goal));
  return {
    plan,
    names: async (direction: Direction, goal: Goal) =>
      (await plan(direction, goal)).steps.map(({ name }) => name),
    problem: async (direction: Direction, goal: Goal) => refused(await reply(direction, goal)),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

describe.each(databases)('on $label', ({ makeProject }) => {
  const made = (applied: number) => makeProject({ revisions: tables, applied });

  describe('a plan up', () => {
    test('to the head, one step, to a revision, only one', async () => {
      await using project = await made(1);
      await using planner = openPlanner(project);
      const names = project.names();
      expect(await planner.names('up', head)).toEqual(names.slice(1));
      expect(await planner.names('up', steps(2))).toEqual(names.slice(1, 3));
      expect(await planner.names('up', to(names[3]))).toEqual(names.slice(1, 4));
      expect(await planner.names('up', only(names[3]))).toEqual([names[3]]);
    });

    test('more steps than there are is refused', async () => {
      await using project = await made(4);
      await using planner = openPlanner(project);
      expect((await planner.problem('up', steps(2))).code).toBe('usage');
    });

    test('nothing pending is said', async () => {
      await using project = await made(5);
      await using planner = openPlanner(project);
      expect((await planner.problem('up', head)).code).toBe('nothing-to-do');
    });
  });

  describe('a revision', () => {
    test('is found by its name, with extension, by its digits, and what follows them', async () => {
      await using project = await made(0);
      await using planner = openPlanner(project);
      for (const revision of [
        'Migration20250104090000_four',
        'Migration20250104090000_four.js',
        '20250104090000',
        'four',
      ]) {
        expect(await planner.names('up', to(revision)), revision).toHaveLength(4);
      }
    });

    test('that nobody knows is refused, never taken for everything', async () => {
      await using project = await made(1);
      const before = await project.database.fingerprint();
      await using planner = openPlanner(project);
      for (const revision of ['fou', 'Migration', '2025', '', 'FOUR', '../four', '%']) {
        for (const direction of ['up', 'down'] as const) {
          const { code } = await planner.problem(direction, to(revision));
          expect(code, `${direction} to ${revision}`).toBe('unknown-revision');
        }
      }
      expect(await project.database.fingerprint()).toEqual(before);
    });

    test('that can be two is refused with what it can mean', async () => {
      await using project = await makeProject({ revisions: [...tables, createTable('one', '1')] });
      await using planner = openPlanner(project);
      const problem = await planner.problem('up', only('one'));
      expect(problem.code).toBe('ambiguous-revision');
      expect(problem.why).toContain('Migration20250106090000_one');
    });
  });

  describe('a plan down', () => {
    test('one step, N steps, to one that stays, only one, to the base', async () => {
      await using project = await made(4);
      await using planner = openPlanner(project);
      const names = project.names();
      expect(await planner.names('down', steps(1))).toEqual([names[3]]);
      expect(await planner.names('down', steps(2))).toEqual([names[3], names[2]]);
      expect(await planner.names('down', to(names[1]))).toEqual([names[3], names[2]]);
      expect(await planner.names('down', only(names[1]))).toEqual([names[1]]);
      expect(await planner.names('down', { kind: 'base' })).toEqual(names.slice(0, 4).toReversed());
    });

    test('walks back in the order of applying, not of names', async () => {
      await using project = await made(3);
      const [first] = project.names();
      await project.database.change(
        `update "${project.tableName}" set "id" = 99 where "name" = '${first}'`,
      );
      await using planner = openPlanner(project);
      expect(await planner.names('down', steps(1))).toEqual([first]);
    });

    test('past a revision whose file is missing is refused with its name', async () => {
      await using project = await made(4);
      const third = project.revisions[2];
      rmSync(third?.path ?? '');
      await using planner = openPlanner(project);
      const problem = await planner.problem('down', to('one'));
      expect(problem.code).toBe('missing-file');
      expect(problem.what).toContain(third?.name);
      expect(await planner.names('down', steps(1)), 'nothing is in the way above it').toHaveLength(
        1,
      );
    });

    test('past an irreversible revision is refused with its author’s reason', async () => {
      await using project = await makeProject({
        revisions: [createTable('a', 'a'), irreversible('b', ['select 1;'], 'The salt is gone.')],
        applied: 2,
      });
      await using planner = openPlanner(project);
      const problem = await planner.problem('down', steps(2));
      expect(problem.code).toBe('irreversible');
      expect(problem.why).toContain('The salt is gone.');
    });

    test('past a revision without a downgrade is refused, and no author is quoted', async () => {
      await using project = await makeProject({
        revisions: [createTable('a', 'a'), irreversible('b', ['select 1;'])],
        applied: 2,
      });
      await using planner = openPlanner(project);
      const problem = await planner.problem('down', steps(2));
      expect(problem.code).toBe('no-downgrade');
      expect(problem.what).toContain('it has no down()');
    });

    test('of a name recorded with another extension is refused', async () => {
      await using project = await made(1);
      await project.database.change(`update "${project.tableName}" set "name" = "name" || '.cjs'`);
      await using planner = openPlanner(project);
      expect((await planner.problem('down', steps(1))).code).toBe('record-mismatch');
    });
  });

  describe('what a plan says', () => {
    test('the SQL, collected without a database', async () => {
      await using project = await makeProject({ revisions: tables });
      await project.database.remove();
      await using planner = openPlanner(project);
      const plan = await planner.plan('up', steps(1));
      expect(plan.steps[0]?.preview.statements).toEqual([
        expect.stringMatching(/^create table "one"/),
      ]);
      expect(plan.target.exists).toBe(false);
    });

    test('of a flood of statements the first ones, and how many there are', async () => {
      const up = Array.from({ length: 2_500 }, (_, at) => `insert into "one" values (${at})`);
      await using project = await makeProject({ revisions: [{ label: 'flood', up }] });
      await using planner = openPlanner(project);
      const { preview } = (await planner.plan('up', head)).steps[0] ?? {};
      expect(preview).toMatchObject({ total: 2_500, statements: up.slice(0, 2_000) });
    });

    test('all or nothing, as MikroORM does unless told otherwise', async () => {
      await using project = await makeProject({ revisions: tables });
      await using planner = openPlanner(project);
      expect((await planner.plan('up', head)).transactions.mode).toBe('all-or-nothing');
    });

    test('a revision without a transaction turns all-or-nothing off, and says so', async () => {
      await using project = await makeProject({
        revisions: [...tables, nonTransactional('vacuum', ['vacuum;'], [])],
      });
      await using planner = openPlanner(project);
      const { transactions } = await planner.plan('up', head);
      expect(transactions.mode).toBe('per-revision');
      expect(transactions.why).toContain('_vacuum');
    });

    test('SQL that depends on data is said to', async () => {
      await using project = await makeProject({
        revisions: [createTable('a', 'a'), dataDependent('b', 'a')],
      });
      await using planner = openPlanner(project);
      const plan = await planner.plan('up', head);
      expect(plan.steps[1]?.preview.incomplete).toMatch(/depends on the database/);
    });

    test('statements that are sent in another order than they stand are said to', async () => {
      const execute = { code: 'await this.execute(`create table "b" ("id" integer)`);' };
      const add = 'create table "c" ("id" integer);';
      await using project = await makeProject({
        revisions: [
          { label: 'as_it_stands', up: [execute, add], down: [] },
          { label: 'the_other_way', up: [add, execute], down: [] },
        ],
      });
      await using planner = openPlanner(project);
      const plan = await planner.plan('up', head);
      expect(plan.steps.map(({ preview }) => preview.reordered)).toEqual([false, true]);
      expect(plan.steps[1]?.preview.statements[0]).toContain('create table "b"');
    });

    test('a file that can’t be loaded is refused before anything runs', async () => {
      await using project = await makeProject({
        revisions: [...tables, { label: 'broken', up: [], source: 'export class {' }],
      });
      await using planner = openPlanner(project);
      const problem = await planner.problem('up', head);
      expect(problem.code).toBe('broken-revision');
      expect(problem.what).toContain('_broken');
    });
  });
});

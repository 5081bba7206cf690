import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { PlanRequest } from '../../source/protocol.ts';
import { createTable, dataDependent, irreversible, nonTransactional } from '../kit/builders.ts';
import { makeProject, type ProjectOptions } from '../kit/project.ts';
import { change, fingerprint } from '../kit/sqlite.ts';
import { accepted, openEngine, refused } from './kit.ts';

const tables = ['one', 'two', 'three', 'four', 'five'].map((name) => createTable(name, name));

async function ask(root: string, request: PlanRequest) {
  await using engine = openEngine(root);
  return await engine.ask((api) => api.plan(request));
}

function project(options: ProjectOptions = {}) {
  return makeProject({ revisions: tables, ...options });
}

async function namesOf(root: string, request: PlanRequest): Promise<string[]> {
  return accepted(await ask(root, request)).steps.map(({ name }) => name);
}

describe('up', () => {
  test('to the head, one step, to a revision, only one', async () => {
    using made = project({ applied: 1 });
    const names = made.names();
    const plan = (goal: PlanRequest['goal']) => namesOf(made.root, { direction: 'up', goal });
    expect(await plan({ kind: 'head' })).toEqual(names.slice(1));
    expect(await plan({ kind: 'steps', steps: 2 })).toEqual(names.slice(1, 3));
    expect(await plan({ kind: 'to', revision: names[3] ?? '' })).toEqual(names.slice(1, 4));
    expect(await plan({ kind: 'only', revision: names[3] ?? '' })).toEqual([names[3]]);
  });

  test.each([
    ['Migration20250104090000_four', 'its name'],
    ['Migration20250104090000_four.js', 'its name with extension'],
    ['20250104090000', 'its digits'],
    ['four', 'what follows the digits'],
  ])('%s is found by %s', async (revision) => {
    using made = project();
    const names = await namesOf(made.root, { direction: 'up', goal: { kind: 'to', revision } });
    expect(names).toHaveLength(4);
  });

  test.each(['fou', 'Migration', '2025', '', 'FOUR', '../four', '%'])(
    'an unknown revision is refused, never taken for everything: %j',
    async (revision) => {
      using made = project({ applied: 1 });
      const before = fingerprint(made.databasePath);
      for (const direction of ['up', 'down'] as const) {
        const goal = { kind: 'to', revision } as const;
        expect(refused(await ask(made.root, { direction, goal })).code).toBe('unknown-revision');
      }
      expect(fingerprint(made.databasePath)).toEqual(before);
    },
  );

  test('an ambiguous revision is refused with what it can mean', async () => {
    using made = makeProject({ revisions: [...tables, createTable('one', 'other')] });
    const goal = { kind: 'only', revision: 'one' } as const;
    const problem = refused(await ask(made.root, { direction: 'up', goal }));
    expect(problem.code).toBe('ambiguous-revision');
    expect(problem.why).toContain('Migration20250106090000_one');
  });

  test('more steps than there are is refused', async () => {
    using made = project({ applied: 4 });
    const goal = { kind: 'steps', steps: 2 } as const;
    expect(refused(await ask(made.root, { direction: 'up', goal })).code).toBe('usage');
  });

  test('nothing pending is said', async () => {
    using made = project({ applied: 5 });
    const goal = { kind: 'head' } as const;
    expect(refused(await ask(made.root, { direction: 'up', goal })).code).toBe('nothing-to-do');
  });
});

describe('down', () => {
  test('one step, N steps, to one that stays, only one, to the base', async () => {
    using made = project({ applied: 4 });
    const names = made.names();
    const plan = (goal: PlanRequest['goal']) => namesOf(made.root, { direction: 'down', goal });
    expect(await plan({ kind: 'steps', steps: 1 })).toEqual([names[3]]);
    expect(await plan({ kind: 'steps', steps: 2 })).toEqual([names[3], names[2]]);
    expect(await plan({ kind: 'to', revision: names[1] ?? '' })).toEqual([names[3], names[2]]);
    expect(await plan({ kind: 'only', revision: names[1] ?? '' })).toEqual([names[1]]);
    expect(await plan({ kind: 'base' })).toEqual(names.slice(0, 4).toReversed());
  });

  test('walks back in the order of applying, not of names', async () => {
    using made = project({ applied: 3 });
    const [first] = made.names();
    change(made.databasePath, `update "${made.tableName}" set "id" = 99 where "name" = '${first}'`);
    const goal = { kind: 'steps', steps: 1 } as const;
    expect(await namesOf(made.root, { direction: 'down', goal })).toEqual([first]);
  });

  test('past a revision whose file is missing is refused with its name', async () => {
    using made = project({ applied: 4 });
    const third = made.revisions[2];
    rmSync(third?.path ?? '');
    const goal = { kind: 'to', revision: 'one' } as const;
    const problem = refused(await ask(made.root, { direction: 'down', goal }));
    expect(problem.code).toBe('missing-file');
    expect(problem.what).toContain(third?.name);
    // Above it nothing is in the way.
    const one = { kind: 'steps', steps: 1 } as const;
    expect(await namesOf(made.root, { direction: 'down', goal: one })).toHaveLength(1);
  });

  test('past an irreversible revision is refused with its author’s reason', async () => {
    using made = makeProject({
      revisions: [createTable('a', 'a'), irreversible('b', ['select 1;'], 'The salt is gone.')],
      applied: 2,
    });
    const goal = { kind: 'steps', steps: 2 } as const;
    const problem = refused(await ask(made.root, { direction: 'down', goal }));
    expect(problem.code).toBe('irreversible');
    expect(problem.why).toContain('The salt is gone.');
  });

  test('of a name recorded with another extension is refused', async () => {
    using made = project({ applied: 1 });
    change(made.databasePath, `update "${made.tableName}" set "name" = "name" || '.cjs'`);
    const goal = { kind: 'steps', steps: 1 } as const;
    const problem = refused(await ask(made.root, { direction: 'down', goal }));
    expect(problem.code).toBe('record-mismatch');
  });
});

describe('what a plan says', () => {
  test('the SQL, collected without a database', async () => {
    using made = project();
    const goal = { kind: 'steps', steps: 1 } as const;
    const plan = accepted(await ask(made.root, { direction: 'up', goal }));
    expect(plan.steps[0]?.preview.statements).toEqual([
      expect.stringMatching(/^create table "one"/),
    ]);
    expect(plan.target.exists).toBe(false);
  });

  test('all or nothing, as MikroORM does unless told otherwise', async () => {
    using made = project();
    const plan = accepted(await ask(made.root, { direction: 'up', goal: { kind: 'head' } }));
    expect(plan.transactions.mode).toBe('all-or-nothing');
  });

  test('a revision without a transaction turns all-or-nothing off, and says so', async () => {
    using made = makeProject({
      revisions: [...tables, nonTransactional('vacuum', ['vacuum;'], [])],
    });
    const plan = accepted(await ask(made.root, { direction: 'up', goal: { kind: 'head' } }));
    expect(plan.transactions.mode).toBe('per-revision');
    expect(plan.transactions.why).toContain('_vacuum');
  });

  test('SQL that depends on data is said to', async () => {
    using made = makeProject({ revisions: [createTable('a', 'a'), dataDependent('b', 'a')] });
    const plan = accepted(await ask(made.root, { direction: 'up', goal: { kind: 'head' } }));
    expect(plan.steps[1]?.preview.incomplete).toMatch(/depends on the database/);
  });

  test('statements that are sent in another order than they stand are said to', async () => {
    const execute = { code: 'await this.execute(`create table "b" ("id" integer)`);' };
    const add = 'create table "c" ("id" integer);';
    using made = makeProject({
      revisions: [
        { label: 'as_it_stands', up: [execute, add], down: [] },
        { label: 'the_other_way', up: [add, execute], down: [] },
      ],
    });
    const plan = accepted(await ask(made.root, { direction: 'up', goal: { kind: 'head' } }));
    expect(plan.steps.map(({ preview }) => preview.reordered)).toEqual([false, true]);
    expect(plan.steps[1]?.preview.statements[0]).toContain('create table "b"');
  });

  test('a file that can’t be loaded is refused before anything runs', async () => {
    using made = makeProject({
      revisions: [...tables, { label: 'broken', up: [], source: 'export class {' }],
    });
    const problem = refused(await ask(made.root, { direction: 'up', goal: { kind: 'head' } }));
    expect(problem.code).toBe('broken-revision');
    expect(problem.what).toContain('_broken');
  });
});

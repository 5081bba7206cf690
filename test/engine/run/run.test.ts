import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../../source/contract/plan.ts';
import { exits, failing, failingDown, printing, throwing } from '../../kit/awkward.ts';
import {
  createTable,
  executes,
  irreversible,
  many,
  nonTransactional,
  populate,
  usesEntityManager,
} from '../../kit/builders.ts';
import { databases } from '../../kit/databases.ts';
import { makeProject } from '../../kit/project.ts';
import { recordedRevisions } from '../../kit/sqlite.ts';
import { accepted, openEngine, planAndRun, refused, runPlan } from '../kit.ts';

const head = { kind: 'head' } as const;
const simple = ['one', 'two', 'three'].map((name) => createTable(name, name));

describe.each(databases)('on $label', ({ makeProject, noSuchTable }) => {
  describe('up and down', () => {
    test('to the head and back to the base', async () => {
      await using project = await makeProject({ revisions: simple });
      const up = await planAndRun(project.root, 'up', head);
      expect(up.result).toMatchObject({ outcome: 'done', failure: null });
      expect(await project.database.recorded()).toEqual(project.names());
      expect(await project.database.tables()).toEqual([
        'mikro_orm_migrations',
        'one',
        'three',
        'two',
      ]);

      const down = await planAndRun(project.root, 'down', { kind: 'base' });
      expect(down.result.steps.map(({ outcome }) => outcome)).toEqual(['done', 'done', 'done']);
      expect(await project.database.recorded()).toEqual([]);
      expect(await project.database.tables()).toEqual(['mikro_orm_migrations']);
      expect(await project.database.damage()).toEqual([]);
    });

    test('MikroORM itself agrees about what is applied', async () => {
      await using project = await makeProject({ revisions: simple });
      await planAndRun(project.root, 'up', { kind: 'steps', steps: 2 });
      const pending = await project.mikroOrm(['migration:pending']);
      expect(pending.stdout).toContain(project.names()[2]);
      expect(pending.stdout).not.toContain(project.names()[1]);
    });

    test('only one, in the middle', async () => {
      await using project = await makeProject({ revisions: simple, applied: 3 });
      await planAndRun(project.root, 'down', { kind: 'only', revision: 'two' });
      expect(await project.database.tables()).toEqual(['mikro_orm_migrations', 'one', 'three']);
      await planAndRun(project.root, 'up', { kind: 'only', revision: 'two' });
      expect(await project.database.recorded()).toHaveLength(3);
    });

    test('the project’s snapshot is not touched', async () => {
      await using project = await makeProject({ kind: 'custom', applied: 0 });
      const before = fingerprintOfFolder(project.root);
      await planAndRun(project.root, 'up', head);
      expect(fingerprintOfFolder(project.root)).toEqual(before);
    });

    test('a flood of statements waits until what was told before was taken up', async () => {
      const up = Array.from({ length: 2_500 }, (_, at) => `insert into "one" values (${at})`);
      const revisions = [createTable('one', 'one', []), { label: 'flood', up }];
      await using project = await makeProject({ revisions });
      await using looking = openEngine(project.root);
      const plan = accepted(
        await looking.ask((api) => api.plan({ direction: 'up', goal: { kind: 'head' } })),
      );
      let told = 0;
      const taken: number[] = [];
      await using engine = openEngine(
        project.root,
        { access: 'run' },
        {
          statementStarted: () => void told++,
          statementsTaken: async () => {
            const before = told;
            await new Promise(setImmediate);
            expect(told, 'nothing is told meanwhile').toBe(before);
            taken.push(told);
          },
        },
      );
      const run = { lockWait: 0, retries: 0, guarded: false };
      expect(accepted(await engine.ask((api) => api.run(plan, run))).outcome).toBe('done');
      expect(taken).toEqual([1_000, 2_000]);
    });

    test('1,000 revisions in one run', async () => {
      await using project = await makeProject({ revisions: many(1_000) });
      const { result } = await planAndRun(project.root, 'up', head);
      expect(result.outcome).toBe('done');
      expect(await project.database.recorded()).toHaveLength(1_000);
    });
  });

  describe('transactions', () => {
    test('all or nothing: a failure rolls back what came before', async () => {
      await using project = await makeProject({ revisions: [...simple, failing('bad')] });
      const { result } = await planAndRun(project.root, 'up', head);
      expect(result.outcome).toBe('failed');
      expect(result.steps.map(({ outcome }) => outcome)).toEqual([
        'rolled-back',
        'rolled-back',
        'rolled-back',
        'failed',
      ]);
      expect(await project.database.recorded()).toEqual([]);
      expect(await project.database.tables()).toEqual(['mikro_orm_migrations']);
    });

    test('per revision: what came before stays', async () => {
      await using project = await makeProject({
        revisions: [...simple, failing('bad')],
        migrations: 'allOrNothing: false',
      });
      const { plan, result } = await planAndRun(project.root, 'up', head);
      expect(plan.transactions.mode).toBe('per-revision');
      expect(result.steps.map(({ outcome }) => outcome)).toEqual([
        'done',
        'done',
        'done',
        'failed',
      ]);
      expect(result.failure?.aftermath).toMatch(/_bad was rolled back\. 3 revisions are applied/);
      expect(await project.database.recorded()).toHaveLength(3);
      expect(await project.database.tables()).not.toContain('bad');
    });

    test('a revision without a transaction does not hang under all-or-nothing', async () => {
      const rows = ['create table "plain" ("id" integer);', 'vacuum;'];
      await using project = await makeProject({
        revisions: [...simple, nonTransactional('plain', rows, ['drop table "plain";'])],
      });
      const { result } = await planAndRun(project.root, 'up', head);
      expect(result.outcome).toBe('done');
      expect(await project.database.tables()).toContain('plain');
    });

    test('a failure without a transaction says that statements before it stay', async () => {
      const bad = ['create table "stays" ("id" integer);', 'insert into "nowhere" values (1);'];
      await using project = await makeProject({ revisions: [nonTransactional('plain', bad, [])] });
      const { result } = await planAndRun(project.root, 'up', head);
      expect(result.outcome).toBe('failed');
      expect(result.failure?.aftermath).toMatch(/without a transaction: statements before/);
      expect(await project.database.tables()).toContain('stays');
      expect(await project.database.recorded()).toEqual([]);
    });
  });

  describe('statements', () => {
    test('each is seen before and after, with revision, direction, rows and duration', async () => {
      await using project = await makeProject({
        revisions: [createTable('one', 'one'), populate('fill', 'one', 25)],
      });
      const { started, ended } = await planAndRun(project.root, 'up', head);
      expect(started.map(({ seq }) => seq)).toEqual(started.map((_, at) => at + 1));
      expect([...ended.keys()].toSorted((a, b) => a - b)).toEqual(started.map(({ seq }) => seq));
      const insert = started.find(({ sql }) => sql.startsWith('insert into "one"'));
      expect(insert).toMatchObject({ revision: project.names()[1], direction: 'up', kind: 'sql' });
      expect(ended.get(insert?.seq ?? 0)).toMatchObject({ affected: 25, error: null });
      expect(ended.get(insert?.seq ?? 0)?.ms).toBeGreaterThan(0);
      const kinds = started.map(({ kind }) => kind).filter((kind) => kind !== 'sql');
      expect(kinds).toEqual(['begin', 'savepoint', 'release', 'savepoint', 'release', 'commit']);
    });

    test('from this.execute() and from an EntityManager too', async () => {
      await using project = await makeProject({
        revisions: [executes('run', 'things'), usesEntityManager('em', 'things')],
      });
      const { result, started } = await planAndRun(project.root, 'up', head);
      expect(result.failure).toBeNull();
      const sql = started.filter(({ revision }) => revision !== null).map((each) => each.sql);
      expect(sql).toContainEqual(
        expect.stringContaining('insert into "things" ("id", "name") values (1, \'it\'\'s one\')'),
      );
      expect(sql).toContainEqual(expect.stringContaining('update "things" set "name" = upper'));
    });

    test('a failure names revision, statement and error, and the rollback is seen', async () => {
      await using project = await makeProject({ revisions: [...simple, failing('bad')] });
      const { result, started, ended } = await planAndRun(project.root, 'up', head);
      expect(result.failure).toMatchObject({
        revision: project.names()[3],
        statement: { sql: 'insert into "no_such_table" ("id") values (1);' },
        error: { message: expect.stringContaining(noSuchTable.message) },
      });
      expect(ended.get(result.failure?.statement?.seq ?? 0)?.error?.code).toBe(noSuchTable.code);
      expect(started.map(({ kind }) => kind)).toContain('rollback');
    });

    test('a very long statement is cut in the message, not in the database', async () => {
      const text = 'x'.repeat(200_000);
      await using project = await makeProject({
        revisions: [
          createTable('one', 'one'),
          { label: 'long', up: [`insert into "one" ("name") values ('${text}');`], down: [] },
        ],
      });
      const { started, result } = await planAndRun(project.root, 'up', head);
      const long = started.find(({ length }) => length > 200_000);
      expect(long?.sql).toHaveLength(65_536);
      expect(result.outcome).toBe('done');
    });
  });

  describe('what the project’s code does', () => {
    test('prints: lines, never protocol', async () => {
      await using project = await makeProject({ revisions: [printing('loud')] });
      const { result, output } = await planAndRun(project.root, 'up', head);
      expect(result.outcome).toBe('done');
      expect(output).toContainEqual(expect.stringContaining('printed to stderr'));
      expect(output.join('\n')).toContain('\u001b[2J');
    });

    test.each([["'a text'"], ['undefined'], ['null'], ['{ a: 1n }'], ["new Error('said so')"]])(
      'throws %s: failed, with the revision, and rolled back',
      async (expression) => {
        await using project = await makeProject({ revisions: [throwing('odd', expression)] });
        const { result } = await planAndRun(project.root, 'up', head);
        expect(result).toMatchObject({
          outcome: 'failed',
          failure: { revision: project.names()[0] },
        });
        expect(result.failure?.error.message).not.toBe('');
        expect(await project.database.tables()).toEqual(['mikro_orm_migrations']);
      },
    );

    test('fails half-way down: rolled back', async () => {
      await using project = await makeProject({ revisions: [failingDown('down')], applied: 1 });
      const before = await project.database.fingerprint();
      const { result } = await planAndRun(project.root, 'down', { kind: 'steps', steps: 1 });
      expect(result.outcome).toBe('failed');
      expect(await project.database.fingerprint()).toEqual(before);
    });

    test('ends the process: the reply says so, and the database rolled back', async () => {
      await using project = await makeProject({
        revisions: [createTable('one', 'one'), exits('gone', 3)],
      });
      await using looking = openEngine(project.root);
      const plan = accepted(
        await looking.ask((engine) => engine.plan({ direction: 'up', goal: head })),
      );
      const { reply } = await runPlan(project.root, plan);
      expect(refused(reply)).toMatchObject({ code: 'engine-died' });
      expect(refused(reply).what).toContain('exit code 3');
      expect(accepted(await looking.ask((engine) => engine.history())).counts.applied).toBe(0);
    });
  });

  describe('the plan that was confirmed', () => {
    const planned = async (root: string): Promise<Plan> => {
      await using looking = openEngine(root);
      return accepted(await looking.ask((engine) => engine.plan({ direction: 'up', goal: head })));
    };

    test('is refused after a file was edited', async () => {
      await using project = await makeProject({ revisions: simple, applied: 1 });
      const plan = await planned(project.root);
      project.write('migrations/Migration20250102090000_two.js', '// other');
      expect(refused((await runPlan(project.root, plan)).reply).code).toBe('plan-outdated');
      expect(await project.database.recorded()).toHaveLength(1);
    });

    test('is refused after somebody else applied a revision', async () => {
      await using project = await makeProject({ revisions: simple, applied: 1 });
      const plan = await planned(project.root);
      await project.database.change(
        `insert into mikro_orm_migrations (name) values ('${project.names()[1]}')`,
      );
      expect(refused((await runPlan(project.root, plan)).reply).code).toBe('plan-outdated');
      expect(await project.database.tables()).not.toContain('two');
    });

    test('an irreversible revision can go up', async () => {
      await using project = await makeProject({ revisions: [irreversible('hash', ['select 1;'])] });
      expect((await planAndRun(project.root, 'up', head)).result.outcome).toBe('done');
    });
  });

  describe('one run at a time', () => {
    test('two at once: one runs, the other is refused, nothing runs twice', async () => {
      await using project = await makeProject({
        revisions: [createTable('one', 'one'), populate('fill', 'one', 10)],
        applied: 1,
      });
      await using looking = openEngine(project.root);
      const plan = accepted(
        await looking.ask((engine) => engine.plan({ direction: 'up', goal: head })),
      );
      const both = await Promise.all([runPlan(project.root, plan), runPlan(project.root, plan)]);
      const codes = both.map(({ reply }) => (reply.ok ? reply.value.outcome : reply.problem.code));
      expect(codes).toContain('done');
      expect(codes.toSorted()[0] === 'done' ? codes.toSorted()[1] : codes.toSorted()[0]).toMatch(
        /^(locked|plan-outdated)$/,
      );
      expect(await project.database.recorded()).toEqual(project.names());
      expect(accepted(await looking.ask((engine) => engine.lockHeld()))).toBe(false);
    });
  });
});

// On PostgreSQL such a revision is refused.
test('on SQLite, code that commits inside all-or-nothing: what the database says is told', async () => {
  using project = makeProject({
    revisions: [
      createTable('one', 'one'),
      {
        label: 'commits',
        up: [{ code: "await this.execute('commit'); await this.execute('begin');" }],
        down: [],
      },
      failing('bad'),
    ],
  });
  const { result } = await planAndRun(project.root, 'up', head);
  expect(result.outcome).toBe('failed');
  const recorded = recordedRevisions(project.databasePath);
  const done = result.steps.filter(({ outcome }) => outcome === 'done').map(({ name }) => name);
  expect(done).toEqual(recorded);
});

// There is one connection, and MikroORM's own command line would end without a word.
test.each(['true', 'false'])(
  'on SQLite, a revision that waits for itself fails, allOrNothing: %s',
  async (together) => {
    const itself = `await this.getEntityManager().getConnection().execute('select 1');`;
    using project = makeProject({
      revisions: [createTable('one', 'one'), { label: 'waits', up: [{ code: itself }], down: [] }],
      migrations: `allOrNothing: ${together}`,
    });
    const { result } = await planAndRun(project.root, 'up', head);
    expect(result.failure).toMatchObject({
      revision: expect.stringMatching(/_waits$/),
      error: { message: expect.stringMatching(/waits for itself.*this\.execute/) },
    });
    expect(recordedRevisions(project.databasePath)).toHaveLength(together === 'true' ? 0 : 1);
  },
);

function fingerprintOfFolder(root: string): string[] {
  return readdirSync(root, { recursive: true })
    .map(String)
    .filter((path) => !path.startsWith('node_modules'))
    .toSorted();
}

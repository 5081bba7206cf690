/** Revisions that run together, as `up` runs them, and what comes only of that. */

import { describe, expect, test } from 'vitest';
import { addColumn, createTable, sql } from '../../kit/builders.ts';
import { databases } from '../../kit/databases.ts';
import { makeProject } from '../../kit/project.ts';
import { accepted, openEngine } from '../kit.ts';
import { makeRehearsal, rehearsalOf, rehearse } from './kit.ts';

const shelves = createTable('shelves', 'shelf');
const rows = `insert into shelf (name) values ('top'), ('low')`;
const width = addColumn('width', 'shelf', 'width', 'integer null');
const depth = addColumn('depth', 'shelf', 'depth', 'integer null');

describe.each(databases)('the plan on $label', ({ makeProject }) => {
  const made = (...parts: Parameters<typeof rehearsalOf>) => makeProject(rehearsalOf(...parts));

  test('is run once as a whole, and is the plan that would run', async () => {
    await using project = await made(shelves, [width, depth], rows);
    const { report } = await rehearse(project.root);
    const [, first, second] = project.names();
    expect(report.plans).toMatchObject([
      {
        base: 'target',
        verdict: 'clean',
        ranAs: null,
        failure: null,
        findings: [],
        rows: 2,
        rowsLost: 0,
        transactions: { mode: 'all-or-nothing' },
        passes: [{ revision: first }, { revision: second }],
      },
    ]);
    await using engine = openEngine(project.root);
    const planned = await engine.ask((api) =>
      api.plan({ direction: 'up', goal: { kind: 'head' } }),
    );
    expect(accepted(planned).hash).toBe(report.plans[0]?.hash);
  });

  test('of one revision is its own upgrade, which is not run twice', async () => {
    await using project = await made(shelves, width, rows);
    const { report } = await rehearse(project.root);
    const [, only] = project.names();
    expect(report.plans).toMatchObject([{ verdict: 'clean', ranAs: only, passes: [] }]);
  });

  test('is none where another revision would come first', async () => {
    await using project = await made(shelves, [width, depth], rows);
    const [, , last = ''] = project.names();
    const { report } = await rehearse(project.root, { revisions: [last] });
    expect(report.plans).toEqual([]);
  });

  test('goes on past a revision that fails by itself, and says whether it does together', async () => {
    const broken = sql('broken', ['insert into "shelf" ("nothing") values (1)'], []);
    await using project = await made(shelves, [broken, depth], rows);
    const { report } = await rehearse(project.root);
    const [finding] = report.plans[0]?.findings ?? [];
    expect(finding).toMatchObject({ kind: 'failed', why: 'It fails by itself as well.' });
    expect(finding?.repairs).toEqual([]);
  });
});

describe('the plan on SQLite', () => {
  const family = sql('family', [
    'create table parent (id integer primary key, name text)',
    'create table child (id integer primary key, parent_id integer references parent (id) on delete cascade)',
  ]);
  const born = `insert into parent values (1, 'a'), (2, 'b'); insert into child values (1, 1), (2, 2)`;
  const leaves = sql('leaves', ['delete from parent where id = 2'], ['select 1']);
  const named = sql('named', [`update parent set name = 'c' where id = 1`], ['select 1']);
  const broken = sql('broken', ['insert into child values (3, 9)'], ['select 1']);

  test('is measured where no revision was ever applied', async () => {
    const tables = family.up.join('; ');
    await using project = makeProject({
      ...rehearsalOf(leaves, named, `${tables}; ${born}`),
      applied: 0,
    });
    const { report } = await rehearse(project.root);
    expect(report.plans[0]?.findings).toEqual([]);
    expect(report.verdict).toBe('clean');
  });

  test.each([true, false])(
    'that fails half-way lost nothing else (allOrNothing: %s)',
    async (all) => {
      const pending = [leaves, named, broken, sql('gone', ['drop table child'], ['select 1'])];
      const settings = { allOrNothing: all };
      await using project = makeRehearsal(family, pending, born, settings);
      const { report } = await rehearse(project.root);
      expect(report.plans[0]).toMatchObject({ verdict: 'failed', rowsLost: 0 });
      expect(report.plans[0]?.findings.map(({ kind }) => kind)).toEqual(['failed']);
      expect(report.plans[0]?.steps.at(-1)).toMatchObject({ step: 'check-plan', state: 'skipped' });
    },
  );
});

describe('what PostgreSQL does otherwise in one transaction', () => {
  const state = sql('state', [
    `create type "state" as enum ('open')`,
    `create table "ticket" ("id" serial primary key, "state" "state" not null default 'open')`,
  ]);
  const value = sql('value', [`alter type "state" add value if not exists 'late'`], ['select 1']);
  const uses = sql('uses', [`update "ticket" set "state" = 'late'`], ['select 1']);
  const on = async (
    parts: Parameters<typeof rehearsalOf>,
    check: (plan: Awaited<ReturnType<typeof rehearse>>['report']['plans'][number]) => void,
  ) => {
    await using project = await databases[1]?.makeProject(rehearsalOf(...parts));
    const { report } = await rehearse(project?.root ?? '');
    const [plan] = report.plans;
    if (!plan) throw new Error('There is no plan.');
    check(plan);
  };

  test('a new enum value that the next revision uses', () =>
    on([state, [value, uses], `insert into ticket default values`], (plan) => {
      expect(plan.verdict).toBe('failed');
      const [finding] = plan.findings;
      expect(finding?.what).toContain('Run together, the revisions fail.');
      expect(finding?.why).toContain('One by one they ran.');
      const ways = finding?.repairs.map(({ title }) => title).join('\n');
      expect(ways).toMatch(/handrail up --to .*_value/);
      expect(ways).toContain('migrations.allOrNothing to false');
    }));

  test('a statement that would take longer than a run allows', async () => {
    const slow = sql('slow', ['select pg_sleep(4)'], ['select 1']);
    await using project = await databases[1]?.makeProject(rehearsalOf(state, slow, ''));
    const timeouts = { lock: 0, statement: 2_000 };
    const { report } = await rehearse(project?.root ?? '', {}, undefined, { timeouts });
    expect(report.plans).toMatchObject([{ verdict: 'failed' }]);
    expect(report.plans[0]?.failure?.error.message).toContain('statement timeout');
  });

  test('not where each revision has a transaction of its own', () =>
    on(
      [state, [value, uses], `insert into ticket default values`, { allOrNothing: false }],
      (plan) => {
        expect(plan).toMatchObject({
          verdict: 'clean',
          transactions: { mode: 'per-revision' },
        });
      },
    ));

  test('what is set for the transaction reaches the next revision, without an error', () =>
    on(
      [
        state,
        [
          sql(
            'elsewhere',
            ['create schema "other"', 'set local search_path to "other", "public"'],
            ['drop schema "other"'],
          ),
          sql('notes', ['create table "note" ("id" integer)'], ['drop table "note"']),
        ],
        '',
      ],
      (plan) => {
        expect(plan.findings).toMatchObject([{ kind: 'plan-differs', severity: 'hazard' }]);
        expect(plan.findings[0]?.details.join('\n')).toContain('other.note');
      },
    ));
});

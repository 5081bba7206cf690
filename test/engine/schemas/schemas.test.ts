/** Revisions that are applied to many schemas of one database, on a real server. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Direction } from '../../../source/contract/direction.ts';
import type { EngineOptions } from '../../../source/contract/engine-api.ts';
import type { Goal } from '../../../source/contract/plan.ts';
import { code } from '../../kit/builders.ts';
import {
  Database,
  libraryOnServer,
  PostgresProject,
  type PostgresProjectOptions,
} from '../../kit/postgresql.ts';
import { draft } from '../draft/kit.ts';
import { accepted, openEngine, refused } from '../kit.ts';

let database: Database;
let project: PostgresProject;

beforeEach(async () => {
  database = await Database.make();
});
afterEach(async () => {
  project?.cleanup();
  await database[Symbol.asyncDispose]();
});

async function tenants(
  names: readonly string[],
  options: PostgresProjectOptions = {},
): Promise<void> {
  project = new PostgresProject(database, { tenants: true, ...options });
  for (const name of names) await database.query(`create schema "${name}"`);
}

/** Plans and runs with one engine, as a walk does. */
async function run(
  schema: string | null,
  direction: Direction = 'up',
  goal: Goal = { kind: direction === 'up' ? 'head' : 'base' },
  options: Partial<EngineOptions> = {},
) {
  await using engine = openEngine(project.root, { access: 'run', schema, ...options });
  const plan = accepted(await engine.ask((api) => api.plan({ direction, goal })));
  const runOptions = { lockWait: 0, retries: 0, guarded: false };
  return { plan, result: accepted(await engine.ask((api) => api.run(plan, runOptions))) };
}

async function states(names: readonly string[] | null, options: Partial<EngineOptions> = {}) {
  await using engine = openEngine(project.root, options);
  return await engine.ask((api) => api.schemas(names));
}

async function tables(name: string): Promise<string[]> {
  const rows = await database.query<{ schema: string }>(
    `select relnamespace::regnamespace::text as schema from pg_class where relname = '${name}' order by 1`,
  );
  return rows.map(({ schema }) => schema);
}

describe('a schema is a target of its own', () => {
  test('with its own record, history, name and key, and nothing happens elsewhere', async () => {
    await tenants(['acme', 'beta']);
    const up = await run('acme', 'up', { kind: 'steps', steps: 2 });
    expect(up.result).toMatchObject({ outcome: 'done', failure: null });
    expect(up.plan.target).toMatchObject({
      schema: 'acme',
      database: expect.stringMatching(/#acme$/),
      key: expect.stringMatching(/#acme$/),
    });
    expect(await database.recorded('acme')).toEqual(project.names.slice(0, 2));
    expect(await tables('author')).toEqual(['acme']);
    expect(await tables('mikro_orm_migrations')).toEqual(['acme']);

    await using beta = openEngine(project.root, { schema: 'beta' });
    expect(accepted(await beta.ask((api) => api.history()))).toMatchObject({
      counts: { applied: 0, pending: 3 },
      table: 'beta.mikro_orm_migrations',
      target: { schema: 'beta', exists: true },
    });
    expect(await tables('mikro_orm_migrations')).toEqual(['acme']);

    const down = await run('acme', 'down');
    expect(down.result).toMatchObject({ outcome: 'done' });
    expect(await tables('author')).toEqual([]);
  });

  test.each([
    ['one by one', 'allOrNothing: false,'],
    ['all at once', 'includeWildcardSchema: true,'],
  ])('also for what a revision sends at once, %s', async (_how, migrations) => {
    await tenants(['acme'], {
      migrations,
      revisions: [
        code(
          'executes',
          `await this.execute('create table "shelf" ("id" int)');
           this.addSql('insert into "shelf" values (1)');`,
          `await this.execute('drop table "shelf"');`,
        ),
        code(
          'reads',
          `const [{ n }] = await this.execute('select count(*)::int as n from "shelf"');
           await this.getEntityManager().execute('create table "count_' + n + '" ("id" int)');`,
          `await this.execute('drop table "count_1"');`,
        ),
      ],
    });
    const up = await run('acme');
    expect(up.result).toMatchObject({ outcome: 'done', failure: null });
    expect(await tables('shelf')).toEqual(['acme']);
    expect(await tables('count_1')).toEqual(['acme']);
    const down = await run('acme', 'down');
    expect(down.result).toMatchObject({ outcome: 'done', failure: null });
    expect(await tables('shelf')).toEqual([]);
  });

  test('and a failure in one leaves it and the others as they were', async () => {
    await tenants(['acme', 'beta']);
    await database.query('create table beta.author (id int)');
    expect((await run('beta')).result).toMatchObject({
      outcome: 'failed',
      failure: { error: { code: '42P07' } },
    });
    expect(await database.recorded('beta')).toEqual([]);
    expect((await run('acme')).result).toMatchObject({ outcome: 'done' });
    expect(await tables('author')).toEqual(['acme', 'beta']);
  });

  test('which a revision without a transaction could miss, so that it is refused', async () => {
    await tenants(['acme'], {
      revisions: [
        { label: 'plain', up: ['create table "shelf" ("id" int);'], transactional: false },
      ],
    });
    await using engine = openEngine(project.root, { schema: 'acme' });
    const problem = refused(
      await engine.ask((api) => api.plan({ direction: 'up', goal: { kind: 'head' } })),
    );
    expect(problem).toMatchObject({
      code: 'needs-transaction',
      what: `${project.names[0]} can’t run in the schema acme: it runs without a transaction.`,
    });
  });

  test('as the config itself may say', async () => {
    await tenants(['acme'], { migrations: `schema: 'acme',` });
    const up = await run(null);
    expect(up.plan.target.schema).toBe('acme');
    expect(await tables('author')).toEqual(['acme']);
  });

  test('whose hash does not change with what happens to the others', async () => {
    await tenants(['acme', 'beta']);
    await run('acme');
    await run('beta');
    const hash = async (schema: string) => {
      await using engine = openEngine(project.root, { schema });
      return accepted(await engine.ask((api) => api.history())).schemaHash;
    };
    const before = await hash('acme');
    await database.query('alter table beta.author add age int');
    expect(await hash('acme')).toBe(before);
    await database.query('create table public.country (id int)');
    expect(await hash('acme')).not.toBe(before);
  });

  test('and is not made because somebody mistyped it', async () => {
    await tenants(['acme']);
    await using engine = openEngine(project.root, { schema: 'acm' });
    const problem = refused(
      await engine.ask((api) => api.plan({ direction: 'up', goal: { kind: 'head' } })),
    );
    expect(problem).toMatchObject({ code: 'unknown-schema' });
    expect(problem.next[0]).toBe('Similar names: acme.');
    expect(refused(await engine.ask((api) => api.history())).code).toBe('unknown-schema');
  });

  test('but is when the settings name it, which the plan says', async () => {
    await tenants([]);
    const { plan, result } = await run(
      'a "new" one',
      'up',
      { kind: 'head' },
      { schemas: ['a "new" one'] },
    );
    expect(plan.warnings).toEqual(['There is no schema a "new" one yet: the run makes it.']);
    expect(result).toMatchObject({ outcome: 'done', failure: null });
    expect(await tables('author')).toEqual(['"a ""new"" one"']);
  });
});

describe('how schemas stand', () => {
  test('is read from all their records, without writing anything', async () => {
    await tenants(['acme', 'beta', 'other']);
    await run('acme');
    await run('beta', 'up', { kind: 'steps', steps: 1 });
    await database.query(
      `create table public.mikro_orm_migrations (id serial primary key, name text, executed_at timestamptz)`,
    );
    await database.query(`insert into beta.mikro_orm_migrations (name) values ('Migration0_gone')`);
    const found = accepted(await states(null));
    const [author, , index] = project.names;
    expect(found).toMatchObject({ head: index });
    expect(found.schemas).toEqual([
      {
        name: 'acme',
        exists: true,
        current: index,
        counts: { applied: 3, pending: 0, missing: 0 },
        upToDate: true,
        applied: project.names,
      },
      {
        name: 'beta',
        exists: true,
        current: 'Migration0_gone',
        counts: { applied: 1, pending: 2, missing: 1 },
        upToDate: false,
        applied: [author, 'Migration0_gone'],
      },
    ]);
    expect(await tables('mikro_orm_migrations')).toEqual(['acme', 'beta', 'public']);
  });

  test.each([
    ['names and patterns', ['acme', 'tenant_*', 'new'], ['acme', 'new', 'tenant_1', 'tenant_2']],
    ['a query', 'select id from tenant where active', ['acme', 'tenant_2']],
  ])('of those that the settings name by %s', async (_how, schemas, expected) => {
    await tenants(['acme', 'tenant_1', 'tenant_2', 'untenant_3']);
    await database.query(`create table tenant (id text, active bool)`);
    await database.query(
      `insert into tenant values ('tenant_2', true), ('acme', true), ('tenant_1', false)`,
    );
    const found = accepted(await states(null, { schemas }));
    expect(found.schemas.map(({ name }) => name)).toEqual(expected);
    expect(found.schemas.map(({ exists }) => exists)).toEqual(expected.map((n) => n !== 'new'));
  });

  test('of those that are asked for; an unknown one is refused', async () => {
    await tenants(['acme', 'beta']);
    expect(accepted(await states(['beta'])).schemas).toMatchObject([{ name: 'beta' }]);
    expect(refused(await states(['beta', 'gamma']))).toMatchObject({
      code: 'unknown-schema',
      what: expect.stringMatching(/^There is no schema gamma in .*\.$/),
    });
  });

  test('a query that can’t be asked, or would write, is told', async () => {
    await tenants([]);
    const schemas = 'create table x as select 1 as id';
    expect(refused(await states(null, { schemas }))).toMatchObject({
      code: 'database-unreachable',
      why: expect.stringContaining('read-only transaction'),
    });
  });

  test('where there are none, is refused', async () => {
    project = new PostgresProject(database);
    expect(refused(await states(null))).toMatchObject({ code: 'usage' });
  });

  test('of hundreds is a few queries', async () => {
    const names = Array.from({ length: 250 }, (_, at) => `t${String(at).padStart(3, '0')}`);
    await tenants([]);
    const made = names.map(
      (name, at) => `create schema ${name};
        create table ${name}.mikro_orm_migrations (id serial primary key, name text);
        insert into ${name}.mikro_orm_migrations (name) values ('${project.names[0]}')${
          at === 7 ? `, ('${project.names[1]}')` : ''
        };`,
    );
    for (let at = 0; at < made.length; at += 50) {
      await database.query(made.slice(at, at + 50).join('\n'));
    }
    const { schemas } = accepted(await states(null));
    expect(schemas.map(({ name }) => name)).toEqual(names);
    expect(schemas.filter(({ counts }) => counts.pending !== 2).map(({ name }) => name)).toEqual([
      't007',
    ]);
  });
});

test('a plan for no schema says that tenants are left out', async () => {
  await tenants(['acme']);
  await using engine = openEngine(project.root);
  const plan = accepted(
    await engine.ask((api) => api.plan({ direction: 'up', goal: { kind: 'head' } })),
  );
  expect(plan.warnings[0]).toMatch(/^It runs in the schema of the connection to .*--all-schemas/);
});

describe('a draft', () => {
  /** The entities have a table more than the revisions. */
  async function draftShelf(base: 'throwaway' | 'target', schema: string | null) {
    await tenants(['acme', 'beta'], {
      migrations: 'includeWildcardSchema: true,',
      revisions: libraryOnServer.slice(0, 1),
    });
    project.write(
      'entities.js',
      `${project.read('entities.js')}
export const Shelf = defineEntity({ name: 'Shelf', schema: '*', properties: { id: p.integer().primary() } });`,
    );
    const config = project.read('mikro-orm.config.js');
    project.write(
      'mikro-orm.config.js',
      config.replace('{ Author }', '{ Author, Shelf }').replace('[Author]', '[Author, Shelf]'),
    );
    await run('acme');
    return draft(project.root, { base }, { schema });
  }

  test('for tenants is made against their revisions', async () => {
    const { changes } = accepted(await draftShelf('throwaway', null));
    expect(changes.map(({ kind, what }) => `${kind} ${what}`)).toEqual(['add table shelf']);
  });

  test('drops nothing of theirs', async () => {
    await database.query(
      `create table public.author (id serial primary key, name varchar(255) not null);
        create table public.mikro_orm_migrations
          (id serial primary key, name varchar(255), executed_at timestamptz default now());
        insert into mikro_orm_migrations (name) values ('Migration20250101090000_author')`,
    );
    const reply = await draftShelf('target', null);
    const { changes, file } = accepted(reply);
    expect(changes.map(({ kind, what }) => `${kind} ${what}`)).toEqual(['add table shelf']);
    expect(file?.source).not.toMatch(/acme|mikro_orm_migrations/);
  });

  test('is not made in one of them', async () => {
    expect(refused(await draftShelf('target', 'acme'))).toMatchObject({ code: 'usage' });
  });
});

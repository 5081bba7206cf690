/** Indexes that a build on a real PostgreSQL server left half-done. */

import { afterEach, beforeEach, expect, test } from 'vitest';
import { Database, libraryOnServer, PostgresProject } from '../../kit/postgresql.ts';
import { accepted, openEngine, planAndRun } from '../kit.ts';

let database: Database;
let project: PostgresProject;

beforeEach(async () => {
  database = await Database.make();
});
afterEach(async () => {
  project.cleanup();
  await database[Symbol.asyncDispose]();
});

async function diagnose() {
  await using engine = openEngine(project.root);
  const history = accepted(await engine.ask((api) => api.history()));
  const { findings } = accepted(await engine.ask((api) => api.diagnose(history)));
  return { history, invalid: findings.filter(({ kind }) => kind === 'invalid-index') };
}

/** Sends what a remedy says, each statement by itself. */
async function follow(statements: readonly string[] | undefined): Promise<void> {
  for (const statement of statements ?? []) await database.query(statement);
}

const unique = {
  label: 'unique_names',
  up: ['create unique index concurrently "author_unique" on "author" ("name");'],
  down: ['drop index concurrently "author_unique";'],
  transactional: false,
};

test('what a run leaves is told with its failure, found, and mended as the remedy says', async () => {
  const twice = { label: 'twice', up: [`insert into "author" ("name") values ('Lem');`] };
  project = new PostgresProject(database, { revisions: [...libraryOnServer, twice, unique] });
  const { result } = await planAndRun(project.root, 'up', { kind: 'head' });
  expect(result.failure?.aftermath).toContain(
    'Invalid index, kept and not used since its build did not end: author_unique. The doctor (!, handrail doctor) says what to do.',
  );
  const { history, invalid } = await diagnose();
  expect(history.warnings).toEqual([expect.stringContaining('did not end: author_unique.')]);
  expect(invalid).toMatchObject([
    {
      about: 'author_unique',
      severity: 'hazard',
      what: 'The index author_unique of author is invalid: its build did not end.',
      facts: [
        '0 bytes',
        expect.stringContaining('CREATE UNIQUE INDEX author_unique ON public.author'),
        `named by ${project.names[4]}`,
      ],
      remedies: [
        {
          title: `Drop it, and upgrade: ${project.names[4]} names it and is pending.`,
          statements: ['drop index concurrently "public"."author_unique";'],
          commands: ['handrail up'],
        },
      ],
    },
  ]);
  await follow(invalid[0]?.remedies[0]?.statements);
  await database.query(`delete from author where id = 3`);
  expect((await planAndRun(project.root, 'up', { kind: 'head' })).result.outcome).toBe('done');
  expect((await diagnose()).invalid).toEqual([]);
});

test('one that no pending revision makes is built again, or in its place', async () => {
  project = new PostgresProject(database);
  await planAndRun(project.root, 'up', { kind: 'head' });
  const fail = async () => {
    await database.query(`insert into author (name) values ('Lem')`);
    await expect(
      database.query('create unique index concurrently "Odd ""name" on author (name)'),
    ).rejects.toThrow('could not create unique index');
    await database.query(`delete from author where id > 2`);
  };
  for (const remedy of [0, 1]) {
    await fail();
    const { invalid } = await diagnose();
    expect(invalid).toHaveLength(1);
    expect(invalid[0]?.why).toBe('It takes up room, and no query uses it.');
    await follow(invalid[0]?.remedies[remedy]?.statements);
    expect((await diagnose()).invalid).toEqual([]);
    expect(
      await database.query(
        `select indisunique as unique from pg_index where indexrelid = '"Odd ""name"'::regclass`,
      ),
    ).toEqual([{ unique: true }]);
    await database.query('drop index "Odd ""name"');
  }
});

test('what a rebuild left is dropped, and the index itself rebuilt', async () => {
  project = new PostgresProject(database);
  await planAndRun(project.root, 'up', { kind: 'head' });
  await database.query('create unique index "author_unique" on author (name)');
  // As a server that ended in the midst would leave it.
  await database.query(
    `create unique index "author_unique_ccnew" on author (name);
     update pg_index set indisvalid = false where indexrelid = 'author_unique_ccnew'::regclass`,
  );
  const { invalid } = await diagnose();
  expect(invalid).toMatchObject([
    {
      what: 'The index author_unique_ccnew of author is invalid: its rebuild did not end.',
      why: 'It is kept up to date with every write, and no query uses it. It may refuse rows all the same, since it is unique.',
      remedies: [
        {
          statements: [
            'drop index concurrently "public"."author_unique_ccnew";',
            'reindex index concurrently "public"."author_unique";',
          ],
        },
      ],
    },
  ]);
  await follow(invalid[0]?.remedies[0]?.statements);
  expect((await diagnose()).invalid).toEqual([]);
});

test('one that is being built is left in peace', async () => {
  project = new PostgresProject(database);
  await planAndRun(project.root, 'up', { kind: 'head' });
  await using writer = await database.session();
  await using builder = await database.session();
  await writer.client.query(`begin; update author set name = 'x'`);
  const built = builder.client.query('create index concurrently "author_slow" on author (name)');
  await database.first(`select from pg_stat_progress_create_index where phase like 'waiting %'`);
  expect(
    await database.query(
      `select from pg_index where not indisvalid and indrelid = 'author'::regclass`,
    ),
  ).toHaveLength(1);
  const { history, invalid } = await diagnose();
  expect([history.invalidIndexes, invalid]).toEqual([[], []]);
  await writer.client.query('commit');
  await built;
});

/** What a real PostgreSQL server says beside its answers, and what is kept of it. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NOTICE_LIMIT, type ServerNotice } from '../../../source/contract/statement.ts';
import { postgresql } from '../../../source/engine/databases/postgresql/index.ts';
import { sqlite } from '../../../source/engine/databases/sqlite/index.ts';
import { Database, libraryOnServer, PostgresProject } from '../../kit/postgresql.ts';
import { accepted, openEngine } from '../kit.ts';

let database: Database;
let project: PostgresProject;

beforeEach(async () => {
  database = await Database.make();
});
afterEach(async () => {
  project.cleanup();
  await database[Symbol.asyncDispose]();
});

/** Runs everything, and answers what was heard beside each statement. */
async function upgrade(up: readonly string[], config = '') {
  project = new PostgresProject(database, {
    config,
    revisions: [...libraryOnServer, { label: 'talks', up }],
  });
  const notices: ServerNotice[] = [];
  const statements = new Map<number, string>();
  let omitted = 0;
  await using engine = openEngine(
    project.root,
    { access: 'run' },
    {
      statementStarted: ({ seq, sql }) => void statements.set(seq, sql),
      serverNotice: (notice) => void notices.push(notice),
      noticesOmitted: (count) => {
        omitted = count;
      },
    },
  );
  const plan = accepted(
    await engine.ask((api) => api.plan({ direction: 'up', goal: { kind: 'head' } })),
  );
  const result = accepted(
    await engine.ask((api) => api.run(plan, { lockWait: 0, retries: 0, guarded: false })),
  );
  expect(result).toMatchObject({ outcome: 'done' });
  return { notices, statements, omitted };
}

describe('what the server says', () => {
  test('holds no password that stands there as one, and neither do errors', async () => {
    const said = `'password=Moon-77 at postgres://a:Moon-77@b/c'`;
    const { notices } = await upgrade([
      `do $$ begin raise warning ${said} using detail = ${said}, hint = ${said}; end $$`,
    ]);
    expect(notices).toHaveLength(1);
    expect(JSON.stringify(notices)).not.toContain('Moon-77');
    const error = Object.assign(new Error('host=a password=Moon-77'), {
      detail: 'pg://a:Moon-77@b',
    });
    for (const dialect of [postgresql, sqlite]) {
      expect(JSON.stringify(dialect.describeError(error))).not.toContain('Moon-77');
    }
  });

  test('belongs to its statement, with all that it says', async () => {
    const raising = `do $$ begin raise warning 'three rows look odd' using errcode = 'P1234',
      detail = 'Rows 1, 2, 7.', hint = 'Look at them.'; end $$;`;
    const { notices, statements, omitted } = await upgrade([
      'create table if not exists "author" ("id" int);',
      raising,
    ]);
    expect(notices).toMatchObject([
      {
        severity: 'notice',
        message: 'relation "author" already exists, skipping',
        code: '42P07',
        detail: null,
      },
      {
        severity: 'warning',
        message: 'three rows look odd',
        code: 'P1234',
        detail: 'Rows 1, 2, 7.',
        hint: 'Look at them.',
        where: expect.stringContaining('inline_code_block'),
      },
    ]);
    expect(notices.map(({ seq }) => statements.get(seq))).toEqual([
      'create table if not exists "author" ("id" int);',
      raising,
    ]);
    expect(omitted).toBe(0);
  });

  test('is what the project’s client_min_messages asks for', async () => {
    const { notices } = await upgrade(
      ['create table if not exists "author" ("id" int);', `do $$ begin raise warning 'w'; end $$;`],
      `driverOptions: { options: '-c client_min_messages=warning' },`,
    );
    expect(notices.map(({ message }) => message)).toEqual(['w']);
  });

  test('reaches a hook of the project’s own too', async () => {
    const { notices } = await upgrade(
      [`do $$ begin raise notice 'n'; end $$;`],
      `driverOptions: { verify: (client, done) => client.query('set client_min_messages = warning', done) },`,
    );
    expect(notices).toEqual([]);
  });

  test('is counted where it is too much to keep', async () => {
    const { notices, omitted } = await upgrade([
      `do $$ begin for i in 1..${NOTICE_LIMIT + 7} loop raise notice 'row %', i; end loop; end $$;`,
      `do $$ begin raise notice '%', repeat('long ', 10000); end $$;`,
    ]);
    expect(notices).toHaveLength(NOTICE_LIMIT);
    expect(notices.at(-1)?.message).toBe(`row ${NOTICE_LIMIT}`);
    expect(omitted).toBe(8);
  });
});

/** Which statement a run that failed is told to have failed at, and with which error. */

import { describe, expect, test } from 'vitest';
import { createTable } from '../kit/builders.ts';
import { databases } from '../kit/databases.ts';
import { makeProject } from '../kit/project.ts';
import type { Step } from '../kit/revisions.ts';
import { planAndRun } from './kit.ts';

const head = { kind: 'head' } as const;

/** A statement whose error is caught, within a savepoint where the database needs one. */
const caught: Step = {
  code: `try {
      await this.driver.getConnection().transactional(
        (trx) => this.driver.execute('drop index no_such_index', [], 'all', trx), { ctx: this.ctx });
    } catch {}`,
};
const twice = (table: string) => [
  `insert into "${table}" ("name") values ('a'), ('a')`,
  `create unique index "${table}_name" on "${table}" ("name")`,
];
const execute = (sql: string): Step => ({ code: `await this.execute(${JSON.stringify(sql)});` });

describe.each(databases)('on $label', ({ makeProject, driver }) => {
  const failing = async (...up: Step[]) => {
    await using project = await makeProject({
      revisions: [
        createTable('one', 'one'),
        { label: 'earlier', up: [caught], down: [] },
        { label: 'fails', up, down: [] },
      ],
    });
    const { failure } = (await planAndRun(project.root, 'up', head)).result;
    return { ...failure, revision: failure?.revision?.replace(/^.*_/, '') };
  };

  test('the last one, where errors of others were caught, also in an earlier revision', async () => {
    expect(await failing(caught, ...twice('one'))).toMatchObject({
      revision: 'fails',
      statement: { sql: expect.stringContaining('create unique index "one_name"') },
      error: { message: expect.stringMatching(/unique/i) },
    });
  });

  test('the one that the revision tells of in an error of its own', async () => {
    const [fill = '', index = ''] = twice('one');
    const wrapped = `try { await this.execute(${JSON.stringify(index)}); }
      catch (error) { throw new Error('No index: ' + error.message); }`;
    expect(await failing(caught, execute(fill), { code: wrapped })).toMatchObject({
      statement: { sql: index },
      error: { message: expect.stringMatching(/^No index: .*unique/i) },
    });
  });

  test('the one whose error is thrown later, after another one failed', async () => {
    const later = `let first;
      const attempt = (sql) => this.driver.getConnection().transactional(
        (trx) => this.driver.execute(sql, [], 'all', trx), { ctx: this.ctx });
      try { await attempt('drop table first_missing'); } catch (error) { first = error; }
      try { await attempt('drop table other_missing'); } catch { throw first; }`;
    expect(await failing({ code: later })).toMatchObject({
      statement: { sql: 'drop table first_missing' },
      error: { message: expect.stringContaining('first_missing') },
    });
  });

  test('the one whose error nobody waits for, also in an earlier revision', async () => {
    const forgotten = { code: `this.execute('drop table no_such');` };
    const waits = { code: `await new Promise(setImmediate); await this.execute('select 1');` };
    const expected = {
      statement: { sql: 'drop table no_such' },
      error: { message: expect.stringContaining('no_such') },
    };
    expect(await failing(forgotten, waits)).toMatchObject({ ...expected, revision: 'fails' });
    await using project = await makeProject({
      revisions: [
        { label: 'forgets', up: [forgotten], down: [] },
        { label: 'next', up: [waits], down: [] },
      ],
    });
    const { failure } = (await planAndRun(project.root, 'up', head)).result;
    expect(failure).toMatchObject(expected);
    expect(failure?.revision).toMatch(/_forgets$/);
  });

  test('the one behind an error of other words, which says what it was', async () => {
    const wrapped = `try { await this.execute('drop table no_such'); }
      catch (error) { throw new Error('Not possible', { cause: error }); }`;
    expect(await failing({ code: wrapped })).toMatchObject({
      statement: { sql: 'drop table no_such' },
      error: { message: 'Not possible', detail: expect.stringContaining('no_such'), raised: true },
    });
  });

  test('an error with a detail is the database’s, and not said in the revision’s words', async () => {
    const { error } = await failing(...twice('one'));
    expect(error).not.toHaveProperty('raised');
  });

  test('none, where the code fails by itself after an error that it caught', async () => {
    expect(await failing(caught, { code: `throw new Error('not today');` })).toMatchObject({
      statement: null,
      error: { message: 'not today' },
    });
  });

  test.runIf(driver === 'postgresql')(
    'the first one, where the server refuses those that follow',
    async () => {
      const swallowed = { code: `await this.execute('drop table no_such').catch(() => {});` };
      expect(await failing(swallowed, execute('create table never (id int)'))).toMatchObject({
        statement: { sql: 'drop table no_such' },
        error: { code: '42P01', hint: expect.stringContaining('caught this error and went on') },
      });
    },
  );
});

describe('where SQLite itself rolls back', () => {
  const unique = 'create table "seat" ("id" integer primary key, "place" text unique)';
  const seat = `insert into "seat" values (1, 'A1')`;
  const run = async (up: readonly Step[], migrations = '', transactional = true) => {
    using project = makeProject({
      revisions: [
        createTable('one', 'one'),
        { label: 'fails', up, down: [], ...(!transactional && { transactional }) },
      ],
      migrations,
    });
    const { result } = await planAndRun(project.root, 'up', head);
    return {
      result,
      tables: await project.database.tables(),
      recorded: await project.database.recorded(),
    };
  };
  const conflict = `insert or rollback into "seat" values (2, 'A1')`;
  const raising = [
    `create trigger "full" before insert on "seat" begin select raise(rollback, 'the house is full'); end`,
    `insert into "seat" values (2, 'A2')`,
  ];

  test.each([
    { how: 'a conflict', up: [unique, seat, conflict], says: /UNIQUE constraint failed/ },
    { how: 'a trigger', up: [unique, seat, ...raising], says: /the house is full/ },
    {
      how: 'a conflict whose error is caught',
      up: [
        unique,
        execute(unique),
        execute(seat),
        { code: `try { await this.execute(${JSON.stringify(conflict)}); } catch {}` },
        execute('create table "after" ("id" integer)'),
      ],
      says: /UNIQUE constraint failed/,
    },
  ])('$how ends the run with its error, and nothing stays', async ({ up, says }) => {
    for (const migrations of ['', 'allOrNothing: false']) {
      const { result, tables } = await run(up, migrations);
      expect(result).toMatchObject({ outcome: 'failed' });
      expect(result.failure?.error.message).toMatch(says);
      expect(result.failure?.statement?.sql).toMatch(/^insert/);
      expect(tables).not.toContain('after');
      expect(tables).not.toContain('seat');
    }
  });

  test('outside of a transaction it is a failure like any other', async () => {
    const { result, tables } = await run([unique, seat, conflict], '', false);
    expect(result.failure?.error.message).toMatch(/UNIQUE/);
    expect(tables).toContain('seat');
  });

  test.each(['rollback', 'commit'])(
    'a revision that sends %s itself: the run ends',
    async (sql) => {
      const { result, recorded } = await run([unique, sql]);
      expect(result).toMatchObject({ outcome: 'failed' });
      expect(result.steps.filter(({ outcome }) => outcome === 'done')).toHaveLength(
        recorded.length,
      );
    },
  );
});

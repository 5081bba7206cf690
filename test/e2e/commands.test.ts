/** The commands, as a script or a CI job uses them. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failing } from '../kit/awkward.ts';
import { createTable, irreversible } from '../kit/builders.ts';
import { databases } from '../kit/databases.ts';
import { temporaryFolder } from '../kit/environment.ts';
import { runHandrail } from '../kit/handrail.ts';
import type { MadeProject } from '../kit/made-project.ts';
import { makeProject } from '../kit/project.ts';
import { journalOf } from './journal.ts';

/** Two of four revisions applied. */
const half = { applied: 2, content: `insert into author (name) values ('Ada')` } as const;

const handrail = (project: MadeProject, ...args: string[]) =>
  runHandrail(args, { cwd: project.root });

const applied = ({ database }: MadeProject) => database.recorded();

/** Asks for what is refused: nothing runs, and one document says why. */
async function refused(project: MadeProject, args: readonly string[]) {
  const before = await project.database.fingerprint();
  const { status, stdout, stderr } = await handrail(project, ...args, '--json');
  expect(await project.database.fingerprint(), 'nothing ran').toEqual(before);
  expect(journalOf(project.root)).toEqual([]);
  const document = JSON.parse(stdout);
  expect(document).toMatchObject({ version: 1, outcome: 'refused' });
  expect(stderr).toContain(document.problem.what);
  return { status, code: document.problem.code };
}

describe.each(databases)('on $label', ({ makeProject, driver, noSuchTable }) => {
  const halfWay = () => makeProject(half);

  describe('handrail status', () => {
    it('lists every revision, oldest first', async () => {
      await using project = await halfWay();
      const { status, stdout, stderr } = await handrail(project, 'status');
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toContain('● 2 applied   ○ 2 pending   ▲ behind by 2');
      const listed = stdout.split('\n').filter((line) => /^[●○] Migration/.test(line));
      expect(listed.map((line) => line.split(/\s+/).slice(0, 3))).toEqual([
        ['●', project.revision('create_author').name, 'applied'],
        ['●', project.revision('create_book').name, 'applied'],
        ['○', project.revision('add_pages').name, 'pending'],
        ['○', project.revision('index_titles').name, 'pending'],
      ]);
    });

    it('--json has exactly the documented shape', async () => {
      await using project = await halfWay();
      const [first, second, third, fourth] = project.names();
      const revision = (name: string | undefined, appliedAt: string | null) => ({
        name,
        state: appliedAt === null ? 'pending' : 'applied',
        appliedAt,
        file: `migrations/${name}.js`,
        flags: [],
        notes: [],
        rehearsal: null,
        halfDone: null,
      });
      const { status, stdout, stderr } = await handrail(project, 'status', '--json');
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(JSON.parse(stdout)).toEqual({
        version: 1,
        target: {
          name: 'default',
          driver,
          database: project.database.place,
          schema: null,
          protected: null,
        },
        upToDate: false,
        current: second,
        head: fourth,
        counts: { applied: 2, pending: 2, missing: 0 },
        revisions: [
          revision(first, '2025-06-01T12:00:00.000Z'),
          revision(second, '2025-06-01T12:00:01.000Z'),
          revision(third, null),
          revision(fourth, null),
        ],
        warnings: [],
      });
    });

    it('is what a bare handrail prints without a terminal', async () => {
      await using project = await halfWay();
      const [bare, status] = await Promise.all([handrail(project), handrail(project, 'status')]);
      expect(bare).toEqual(status);
    });

    it('--exit-code answers with 1 until everything is applied', async () => {
      await using project = await halfWay();
      expect(await handrail(project, 'status', '--exit-code')).toMatchObject({ status: 1 });
      expect(await handrail(project, 'up', '--yes')).toMatchObject({ status: 0 });
      expect(await handrail(project, 'status', '--exit-code')).toMatchObject({ status: 0 });
    });

    it('tells missing and out of order revisions, and those without a downgrade', async () => {
      await using project = await makeProject({
        revisions: [
          createTable('one', 'one'),
          createTable('two', 'two'),
          irreversible('three', ['select 1;']),
          createTable('four', 'four'),
        ],
        applied: 4,
      });
      await project.database.change(
        `delete from mikro_orm_migrations where name = '${project.revision('two').name}'`,
      );
      project.remove(`migrations/${project.revision('four').name}.js`);
      const { stdout } = await handrail(project, 'status', '--json');
      expect(JSON.parse(stdout)).toMatchObject({
        counts: { applied: 2, pending: 1, missing: 1 },
        revisions: [
          { state: 'applied', flags: [] },
          { state: 'pending', flags: ['out-of-order'] },
          { state: 'applied', flags: ['no-downgrade'] },
          { state: 'missing', file: null },
        ],
      });
    });

    it('writes nothing, not even the journal', async () => {
      await using project = await makeProject();
      await project.database.remove();
      expect(await handrail(project, 'status')).toMatchObject({ status: 0 });
      expect(await project.database.exists()).toBe(false);
      expect(() => project.read('.handrail/.gitignore')).toThrow();
    });
  });

  describe('handrail up and down', () => {
    it('up --json --yes answers with one document, and talks to people beside it', async () => {
      await using project = await halfWay();
      const { status, stdout, stderr } = await handrail(project, 'up', '--json', '--yes');
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toEqual({
        version: 1,
        outcome: 'done',
        run: 1,
        direction: 'up',
        target: {
          name: 'default',
          driver,
          database: project.database.place,
          schema: null,
          protected: null,
        },
        transactions: { mode: 'all-or-nothing', why: expect.any(String) },
        steps: project
          .names()
          .slice(2)
          .map((name) => ({
            name,
            outcome: 'done',
            ms: expect.any(Number),
          })),
        failure: null,
        journalProblem: null,
        halfDone: null,
        backup: null,
        upToDate: true,
        current: project.names()[3],
      });
      expect(stderr).toContain('2 revisions applied.');
      expect(await applied(project)).toEqual(project.names());
    });

    it('says at the end that a journal which could not be opened before has no record of it', async () => {
      await using project = await halfWay();
      project.write('.handrail/journal.db', 'no database');
      const { stdout, stderr } = await handrail(project, 'up', '--yes', '--json');
      expect(JSON.parse(stdout)).toMatchObject({
        outcome: 'done',
        run: null,
        journalProblem: { code: 'journal-failed' },
      });
      expect(stderr).toContain('The record of this run in the journal is incomplete');
    });

    it('the shape of what MikroORM reads is what it would have made itself', async () => {
      await using project = await halfWay();
      await handrail(project, 'up', '--yes');
      const pending = await project.mikroOrm(['migration:pending']);
      expect(pending.stdout).toContain('No pending migrations');
      const down = await project.mikroOrm(['migration:down']);
      expect(down.status).toBe(0);
      expect(await applied(project)).toEqual(project.names().slice(0, 3));
    });

    it.each([
      [['up', '--steps', '1'], 3],
      [['up', '-n', '2'], 4],
      [['up', '--to', 'add_pages'], 3],
      [['up'], 4],
      [['down'], 1],
      [['down', '--steps', '2'], 0],
      [['down', '--to', 'create_author'], 1],
      [['down', '--to', '0'], 0],
    ])('%j leaves %i applied', async (args, left) => {
      await using project = await halfWay();
      // Recorded names are what --to takes.
      const named = args.map(
        (arg) => project.revisions.find(({ label }) => label === arg)?.name ?? arg,
      );
      const { status, stderr } = await handrail(project, ...named, '--yes');
      expect({ status, stderr }).toMatchObject({ status: 0 });
      expect(await applied(project)).toEqual(project.names().slice(0, left));
    });

    it('--only runs one alone', async () => {
      await using project = await makeProject({
        revisions: ['one', 'two', 'three'].map((label) => createTable(label, label)),
        applied: 1,
      });
      const three = project.revision('three').name;
      expect(await handrail(project, 'up', '--only', three, '--yes')).toMatchObject({ status: 0 });
      expect(await applied(project)).toEqual([project.revision('one').name, three]);
      const one = project.revision('one').name;
      expect(await handrail(project, 'down', '--only', one, '--yes')).toMatchObject({ status: 0 });
      expect(await applied(project)).toEqual([three]);
      expect(await project.database.tables()).toEqual(['mikro_orm_migrations', 'three']);
    });

    it('--sql shows every statement', async () => {
      await using project = await halfWay();
      const { stderr } = await handrail(project, 'up', '--yes', '--sql');
      expect(stderr).toMatch(/^ {4}alter table "book" add column "pages".* {2}[\d.]+ m?s$/m);
      expect(stderr).toMatch(/^ {4}commit {2}[\d.]+ m?s$/m);
    });

    it('--dry-run shows the plan and changes nothing', async () => {
      await using project = await halfWay();
      const before = await project.database.fingerprint();
      const { status, stdout, stderr } = await handrail(project, 'up', '--dry-run', '--json');
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        version: 1,
        outcome: 'planned',
        direction: 'up',
        plan: [
          { statements: ['alter table "book" add column "pages" integer null;'] },
          { statements: ['create index "book_title_index" on "book" ("title");'] },
        ],
      });
      expect(stderr).toContain('2 revisions');
      expect(await project.database.fingerprint()).toEqual(before);
      expect(journalOf(project.root)).toEqual([]);
    });

    it('says that there is nothing to do', async () => {
      await using project = await makeProject({ applied: 4 });
      const { status, stdout } = await handrail(project, 'up', '--yes', '--json');
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ version: 1, outcome: 'nothing-to-do' });
    });

    it('a failing statement: status 3, its revision, the statement, and what was rolled back', async () => {
      await using project = await makeProject({
        revisions: [createTable('fine', 'fine'), failing('broken'), createTable('later', 'later')],
      });
      const { status, stdout, stderr } = await handrail(project, 'up', '--yes', '--json');
      expect(status).toBe(3);
      const broken = project.revision('broken').name;
      expect(JSON.parse(stdout)).toMatchObject({
        version: 1,
        outcome: 'failed',
        failure: {
          revision: broken,
          statement: { sql: 'insert into "no_such_table" ("id") values (1);' },
          error: { message: expect.stringContaining(noSuchTable.message) },
          aftermath: expect.stringContaining(`${broken} was rolled back.`),
        },
        steps: [{ outcome: 'rolled-back' }, { outcome: 'failed' }, { outcome: 'not-run' }],
        current: null,
      });
      expect(stderr).toContain(`Revision: ${broken}`);
      expect(await applied(project)).toEqual([]);
      expect(await project.database.tables()).not.toContain('broken');
      expect(journalOf(project.root)).toMatchObject([{ outcome: 'failed' }]);
    });
  });

  describe('what is refused, before anything runs', () => {
    it.each([
      ['up', '--to'],
      ['up', '--only'],
      ['down', '--to'],
      ['down', '--only'],
    ])('%s %s a revision that nobody knows', async (direction, option) => {
      await using project = await halfWay();
      expect(await refused(project, [direction, option, 'nothing', '--yes'])).toEqual({
        status: 2,
        code: 'unknown-revision',
      });
    });

    it('a part of a name that fits two revisions', async () => {
      await using project = await halfWay();
      expect(await refused(project, ['up', '--to', 'Migration2025', '--yes'])).toMatchObject({
        status: 2,
      });
    });

    it('a run that nobody confirmed', async () => {
      await using project = await halfWay();
      expect(await refused(project, ['up'])).toEqual({ status: 4, code: 'not-confirmed' });
      expect(await refused(project, ['down'])).toEqual({ status: 4, code: 'not-confirmed' });
    });

    it('a downgrade past a revision without a file', async () => {
      await using project = await halfWay();
      project.remove(`migrations/${project.revision('create_book').name}.js`);
      expect(await refused(project, ['down', '--yes'])).toEqual({
        status: 4,
        code: 'missing-file',
      });
    });

    it('a downgrade of what is irreversible', async () => {
      await using project = await makeProject({
        revisions: [irreversible('gone', ['select 1;'], 'The old keys are gone.')],
        applied: 1,
      });
      expect(await refused(project, ['down', '--yes'])).toEqual({
        status: 4,
        code: 'irreversible',
      });
    });
  });

  describe('handrail log', () => {
    it('has nothing to tell at first, and makes no journal for that', async () => {
      await using project = await halfWay();
      const { status, stdout } = await handrail(project, 'log', '--json');
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toEqual({ version: 1, runs: [] });
      expect(journalOf(project.root)).toEqual([]);
    });

    it('lists runs, newest first, and the statements of one', async () => {
      await using project = await halfWay();
      await handrail(project, 'up', '--yes');
      await handrail(project, 'down', '--yes');
      const plain = await handrail(project, 'log');
      expect(plain.stdout.split('\n').map((line) => line.split(/ {2,}/).slice(2, 4))).toEqual([
        ['done', 'down 1 revision'],
        ['done', 'up 2 revisions'],
        [],
      ]);
      const listed = JSON.parse((await handrail(project, 'log', '--json')).stdout);
      expect(listed).toMatchObject({
        version: 1,
        runs: [
          { id: 2, direction: 'down', outcome: 'done', revisions: [project.names()[3]] },
          { id: 1, direction: 'up', outcome: 'done', revisions: project.names().slice(2) },
        ],
      });
      const one = JSON.parse((await handrail(project, 'log', '--run', '1', '--json')).stdout);
      expect(one).toMatchObject({ version: 1, run: { id: 1, statements: one.statements.length } });
      expect(one.statements.map(({ sql }: { sql: string }) => sql)).toContain(
        'create index "book_title_index" on "book" ("title");',
      );
      expect(one.statements.map(({ seq }: { seq: number }) => seq)).toEqual(
        one.statements.map((_: unknown, at: number) => at + 1),
      );
      const words = await handrail(project, 'log', '--run', '1');
      expect(words.stdout).toMatch(/create index "book_title_index".*ms$/m);
      const limited = JSON.parse((await handrail(project, 'log', '--limit', '1', '--json')).stdout);
      expect(limited.runs).toHaveLength(1);
    });

    it('refuses a run that it does not have', async () => {
      await using project = await halfWay();
      await handrail(project, 'up', '--yes');
      const { status, stdout } = await handrail(project, 'log', '--run', '7', '--json');
      expect(status).toBe(2);
      expect(JSON.parse(stdout)).toMatchObject({ version: 1, outcome: 'refused' });
    });
  });
});

describe('wrong usage', () => {
  it('two goals at once', async () => {
    using project = makeProject(half);
    expect(await refused(project, ['down', '--to', '0', '--steps', '2', '--yes'])).toEqual({
      status: 2,
      code: 'usage',
    });
  });

  it.each([
    [['--bogus']],
    [['up', '--bogus', '--yes']],
    [['bogus']],
    [['down', '--steps', '0', '--yes']],
    [['down', '--steps', 'many', '--yes']],
    [['up', '--to']],
  ])('wrong usage: %j', async (args) => {
    using project = makeProject(half);
    const plain = await handrail(project, ...args);
    expect(plain).toMatchObject({ status: 2, stdout: '' });
    expect(plain.stderr).toMatch(/error: /);
    expect(await applied(project)).toHaveLength(2);
  });

  it('wrong usage with --json is one document too', async () => {
    using project = makeProject(half);
    expect(await refused(project, ['up', '--bogus', '--yes'])).toEqual({
      status: 2,
      code: 'usage',
    });
  });

  it.each([[['log', '--run', 'last']], [['log', '--limit', 'all']]])(
    'a number that is none: %j',
    async (args) => {
      using project = makeProject(half);
      expect(await handrail(project, ...args)).toMatchObject({ status: 2, stdout: '' });
    },
  );
});

describe('a folder that cannot be opened', () => {
  it('has no project', async () => {
    const folder = temporaryFolder('empty');
    try {
      for (const command of ['status', 'up', 'down']) {
        const { status, stdout, stderr } = await runHandrail([
          command,
          '--json',
          '-p',
          folder.path,
        ]);
        expect(status).toBe(2);
        expect(JSON.parse(stdout)).toMatchObject({
          version: 1,
          outcome: 'refused',
          problem: { code: expect.stringMatching(/no-project|config-failed/) },
        });
        expect(stderr).not.toMatch(/\n\s+at .*:\d+:\d+/);
      }
    } finally {
      folder.remove();
    }
  });

  it('has a configuration that throws', async () => {
    using project = makeProject(half);
    project.write('mikro-orm.config.js', `throw new Error('no settings today');\n`);
    const { status, stdout } = await handrail(project, 'status', '--json');
    expect(status).toBe(2);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ outcome: 'refused', problem: { code: 'config-failed' } });
    expect(JSON.stringify(document)).toContain('no settings today');
  });

  it('never prints credentials', async () => {
    using project = makeProject({ applied: 4 });
    const secret = 'c0rrect-horse';
    project.write(
      'mikro-orm.config.js',
      `throw new Error('cannot connect to postgres://admin:${secret}@db.example/app');\n`,
    );
    for (const args of [['status'], ['status', '--json'], ['up', '--yes', '--json'], ['down']]) {
      const { status, stdout, stderr } = await handrail(project, ...args);
      expect(status).toBe(2);
      expect(stdout + stderr).toContain('db.example');
      expect(stdout + stderr).not.toContain(secret);
    }
    using other = makeProject({ config: `password: '${secret}', user: 'admin'` });
    const { status, stdout, stderr } = await handrail(other, 'status', '--json');
    expect(status).toBe(0);
    expect(stdout + stderr).not.toContain(secret);
  });
});

describe('handrail doctor', () => {
  it('tells what it finds and what to do, and exits with 1 for a hazard', async () => {
    using project = makeProject({ applied: 2 });
    const behind = await handrail(project, 'doctor');
    expect(behind).toMatchObject({ status: 0, stderr: '' });
    expect(behind.stdout).toMatch(
      /^notice: The target is behind by \d+ revisions\.\n.*\n {2}· Migration[\s\S]*\n {2}1\. Upgrade, after a look at the plan\.\n {7}\$ handrail up\n$/,
    );
    const [, second = ''] = project.names();
    project.remove(`migrations/${second}.js`);
    const missing = await handrail(project, 'doctor', '--json');
    expect(missing.status).toBe(1);
    expect(JSON.parse(missing.stdout)).toMatchObject({
      version: 1,
      outcome: 'diagnosed',
      findings: [
        { kind: 'missing-file', about: second, severity: 'hazard' },
        { kind: 'behind', severity: 'notice' },
      ],
    });
    expect(existsSync(join(project.root, '.handrail'))).toBe(false);
  });

  it('says when all is well', async () => {
    using project = makeProject({ revisions: [createTable('one', 'one')], applied: 1 });
    const { status, stdout } = await handrail(project, 'doctor');
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: 'No problems found.\n',
    });
  });
});

describe('help', () => {
  it.each([
    [['--help'], 'Commands:'],
    [['status', '--help'], '--exit-code'],
    [['up', '--help'], '--dry-run'],
    [['down', '--help'], '--steps'],
    [['log', '--help'], '--run'],
    [['demo', '--help'], '--keep'],
    [['--version'], '0.1.0'],
  ])('%j', async (args, expected) => {
    const { status, stdout, stderr } = await runHandrail(args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(expected);
  });
});

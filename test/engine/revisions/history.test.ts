import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { many } from '../../kit/builders.ts';
import { databases } from '../../kit/databases.ts';
import { repositoryRoot } from '../../kit/handrail.ts';
import { runProgram } from '../../kit/program.ts';
import { makeProject } from '../../kit/project.ts';
import { fingerprint } from '../../kit/sqlite.ts';
import { accepted, openEngine, refused } from '../kit.ts';

async function historyOf(root: string) {
  await using engine = openEngine(root);
  return accepted(await engine.ask((api) => api.history()));
}

describe.each(databases)('history on $label', ({ makeProject, driver }) => {
  test('joins the folder and the record', async () => {
    await using project = await makeProject({ applied: 2 });
    const history = await historyOf(project.root);
    expect(history.revisions.map(({ name, state }) => [name, state])).toEqual(
      project.names().map((name, at) => [name, at < 2 ? 'applied' : 'pending']),
    );
    expect(history.current).toBe(project.names()[1]);
    expect(history.head).toBe(project.names().at(-1));
    expect(history.upToDate).toBe(false);
    // On SQLite it is text without a zone, as its current_timestamp is: UTC.
    expect(history.revisions[0]?.appliedAt).toBe('2025-06-01T12:00:00.000Z');
  });

  test('looking creates nothing, not even the database', async () => {
    await using project = await makeProject({});
    await project.database.remove();
    const before = readdirSync(project.root, { recursive: true }).toSorted();
    const history = await historyOf(project.root);
    expect(history.target).toMatchObject({ driver, exists: false });
    expect(history.counts).toMatchObject({ applied: 0, pending: project.names().length });
    expect(readdirSync(project.root, { recursive: true }).toSorted()).toEqual(before);
    expect(await project.database.exists()).toBe(false);
  });

  test('looking at a database without a migrations table creates none', async () => {
    await using project = await makeProject({ content: 'create table "other" ("id" integer)' });
    const before = await project.database.fingerprint();
    const history = await historyOf(project.root);
    expect(history.counts.applied).toBe(0);
    expect(await project.database.fingerprint()).toEqual(before);
  });

  test('a folder that is not there holds no revisions and is not made', async () => {
    await using project = await makeProject({ applied: 1 });
    const folder = dirname(project.revisions[0]?.path ?? '');
    rmSync(folder, { recursive: true });
    const history = await historyOf(project.root);
    expect(history.counts).toEqual({ applied: 0, pending: 0, missing: 1 });
    expect(existsSync(folder)).toBe(false);
  });

  test('a recorded revision without a file is missing, in its place', async () => {
    await using project = await makeProject({ applied: 3 });
    const [, second] = project.revisions;
    rmSync(second?.path ?? '');
    const history = await historyOf(project.root);
    expect(history.revisions[1]).toMatchObject({
      name: second?.name,
      state: 'missing',
      file: null,
    });
    expect(history.counts.missing).toBe(1);
  });

  test('a pending revision before an applied one is out of order', async () => {
    await using project = await makeProject({ applied: 3 });
    const [, second] = project.names();
    await project.database.change(`delete from "${project.tableName}" where "name" = '${second}'`);
    const history = await historyOf(project.root);
    expect(history.revisions[1]).toMatchObject({ state: 'pending', flags: ['out-of-order'] });
  });

  test('a name recorded with another extension is matched and reported', async () => {
    await using project = await makeProject({ applied: 1 });
    const [name] = project.names();
    await project.database.change(`update "${project.tableName}" set "name" = '${name}.cjs'`);
    const history = await historyOf(project.root);
    expect(history.revisions[0]).toMatchObject({
      name,
      state: 'applied',
      recordedAs: `${name}.cjs`,
      flags: ['other-extension'],
    });
    expect(history.counts).toMatchObject({ applied: 1, missing: 0 });
  });

  test('a name recorded with .js or .ts is the same name', async () => {
    await using project = await makeProject({ applied: 1 });
    const [name] = project.names();
    await project.database.change(`update "${project.tableName}" set "name" = '${name}.ts'`);
    const history = await historyOf(project.root);
    expect(history.revisions[0]).toMatchObject({ state: 'applied', flags: [] });
  });

  test('two files that claim one name are flagged', async () => {
    await using project = await makeProject({ kind: 'ts-native', applied: 1 });
    const [first] = project.revisions;
    renameSync(first?.path ?? '', first?.path.replace('.ts', '.js') ?? '');
    project.addRevision({ label: 'later', up: [] });
    project.write(`migrations/${first?.name}.ts`, 'export class Twin {}');
    const history = await historyOf(project.root);
    expect(history.revisions[0]?.flags).toContain('duplicate-name');
  });

  test('a revision recorded twice is flagged', async () => {
    await using project = await makeProject({ applied: 1 });
    const [name] = project.names();
    await project.database.change(`insert into "${project.tableName}" ("name") values ('${name}')`);
    const history = await historyOf(project.root);
    expect(history.revisions[0]?.flags).toContain('duplicate-name');
    expect(history.appliedOrder).toEqual([name]);
  });

  test('1,000 revisions', async () => {
    await using project = await makeProject({ revisions: many(1_000), applied: 500 });
    const history = await historyOf(project.root);
    expect(history.counts).toEqual({ applied: 500, pending: 500, missing: 0 });
  });

  test('a connection that looks refuses to write, whoever uses it', async () => {
    await using project = await makeProject({ applied: 1 });
    const before = await project.database.fingerprint();
    const script = `
      import { connectReadOnly, openProject } from '${repositoryRoot}source/engine/project/project.ts';
      const options = { root: process.cwd(), config: null, context: null, access: 'look', entities: true, schema: null, schemas: null, protected: [], timeouts: { lock: 5_000, statement: 0 } };
      const opened = await openProject(options);
      await connectReadOnly(opened);
      for (const sql of ['create table "new" ("id" integer)', 'delete from "author"', 'drop table "author"']) {
        await opened.connection.execute(sql).then(
          () => console.log('done'),
          (error) => console.log(error.message),
        );
      }
      await opened.orm.close();`;
    const { stdout, stderr } = await runProgram(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script],
      { cwd: project.root },
    );
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n')).toEqual(
      Array(3).fill(expect.stringMatching(/readonly database|in a read-only transaction/)),
    );
    expect(await project.database.fingerprint()).toEqual(before);
    expect(existsSync(join(project.root, '.handrail'))).toBe(false);
  });
});

describe('a SQLite file', () => {
  test('a project that sets the journal mode of its connections can be looked at', async () => {
    using project = makeProject({ applied: 2 });
    const config = project.read('mikro-orm.config.js');
    const setup = `onCreateConnection: (connection) => connection.executeQuery({ sql: 'pragma journal_mode = wal', parameters: [], query: { kind: 'RawNode' }, queryId: {} }),`;
    project.write(
      'mikro-orm.config.js',
      config.replace('defineConfig({', `defineConfig({ ${setup}`),
    );
    const before = fingerprint(project.databasePath);
    expect((await historyOf(project.root)).counts.applied).toBe(2);
    expect(fingerprint(project.databasePath)).toEqual(before);
  });

  test('a file that is no database is told, and left alone', async () => {
    using project = makeProject({});
    project.write(
      'var/library.db',
      'this is not a database, but it is long enough to be one '.repeat(4),
    );
    await using engine = openEngine(project.root);
    const problem = refused(await engine.ask((api) => api.history()));
    expect(problem.code).toBe('database-unreachable');
    expect(project.read('var/library.db')).toMatch(/^this is not/);
  });

  test('is not touched by looking', async () => {
    using project = makeProject({ applied: 1 });
    const { mtimeMs } = statSync(project.databasePath);
    await historyOf(project.root);
    expect(statSync(project.databasePath).mtimeMs).toBe(mtimeMs);
  });
});

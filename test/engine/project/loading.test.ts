import { once } from 'node:events';
import { appendFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { brokenSyntax, multiExports, neverEnds, noClass } from '../../kit/awkward.ts';
import { code, createTable, irreversible } from '../../kit/builders.ts';
import { kinds, type ProjectKind } from '../../kit/kinds.ts';
import { Database, PostgresProject } from '../../kit/postgresql.ts';
import { makeProject } from '../../kit/project.ts';
import { recordedRevisions } from '../../kit/sqlite.ts';
import { accepted, openEngine, planAndRun, refused } from '../kit.ts';

async function historyProblem(root: string, options = {}) {
  await using engine = openEngine(root, options);
  return refused(await engine.ask((api) => api.history()));
}

describe('every kind of project', () => {
  test.each(Object.keys(kinds).filter((kind) => kind !== 'contexts') as ProjectKind[])(
    '%s: history, preview and upgrade',
    async (kind) => {
      using project = makeProject({ kind, applied: 1 });
      await using engine = openEngine(project.root);
      const history = accepted(await engine.ask((api) => api.history()));
      expect(history.revisions.map(({ name, state }) => [name, state])).toEqual(
        project.names().map((name, at) => [name, at === 0 ? 'applied' : 'pending']),
      );
      const name = project.names().at(-1) ?? '';
      const preview = accepted(await engine.ask((api) => api.preview(name, 'up')));
      expect(preview.statements.length).toBeGreaterThan(0);
      const { result } = await planAndRun(project.root, 'up', { kind: 'head' });
      expect(result).toMatchObject({ outcome: 'done' });
      expect(recordedRevisions(project.databasePath, project.tableName)).toEqual(project.names());
    },
  );

  test('contexts: each has its own database and folder', async () => {
    using project = makeProject({ kind: 'contexts', applied: 1 });
    const contexts = Object.keys(project.databases);
    const seen = [];
    for (const context of contexts) {
      await using engine = openEngine(project.root, { context });
      seen.push(accepted(await engine.ask((api) => api.history())));
    }
    expect(seen.map(({ target }) => target.name)).toEqual(contexts);
    expect(seen.map(({ counts }) => counts.applied)).toEqual([1, 0]);
    expect((await historyProblem(project.root, { context: 'no such' })).code).toBe('config-failed');
  });

  test('--config names the file; one that is not there is refused, never passed over', async () => {
    using project = makeProject({ kind: 'js' });
    project.write('other/orm.mjs', project.read('mikro-orm.config.js').replaceAll("'./", "'../"));
    await using engine = openEngine(project.root, { config: 'other/orm.mjs' });
    expect(accepted(await engine.ask((api) => api.history())).revisions).not.toHaveLength(0);
    const problem = await historyProblem(project.root, { config: 'not-there.js' });
    expect(problem.code).toBe('config-failed');
    expect(problem.what).toContain('not-there.js');
  });
});

describe('what is wrong is said', () => {
  test('no MikroORM in the project', async () => {
    using project = makeProject({});
    rmSync(join(project.root, 'node_modules'), { recursive: true });
    expect((await historyProblem(project.root)).code).toBe('no-project');
  });

  test('no configuration', async () => {
    using project = makeProject({});
    project.remove('mikro-orm.config.js');
    const problem = await historyProblem(project.root);
    expect(problem.code).toBe('no-project');
    expect(problem.next.join()).toContain('--config');
  });

  test('a configuration that throws, without its credentials', async () => {
    using project = makeProject({});
    project.write(
      'mikro-orm.config.js',
      `throw Object.assign(
        new Error('cannot reach postgres://admin:hunter2@db.example/shop with hunter2 or hunter3'),
        { config: { password: 'hunter3' } },
      );`,
    );
    const problem = await historyProblem(project.root);
    expect(problem).toMatchObject({ code: 'config-failed' });
    expect(problem.why).toContain('cannot reach postgres://');
    expect(JSON.stringify(problem)).not.toContain('hunter');
  });

  test('TypeScript that Node can’t load, with the loader to install', async () => {
    using project = makeProject({ kind: 'ts-tsx' });
    project.uninstall('tsx');
    const problem = await historyProblem(project.root);
    expect(problem.code).toBe('config-failed');
    expect(problem.next.join()).toContain('install tsx');
  });

  test('a driver that Handrail does not speak', async () => {
    using project = makeProject();
    const other = `import { SqliteDriver, SqlitePlatform } from '@mikro-orm/sqlite';
class OtherPlatform extends SqlitePlatform {}
class OtherDriver extends SqliteDriver {
  constructor(config) {
    super(config);
    this.platform = new OtherPlatform();
  }
}
`;
    const config = project.read('mikro-orm.config.js');
    project.write(
      'mikro-orm.config.js',
      other + config.replace('defineConfig({', 'defineConfig({ driver: OtherDriver,'),
    );
    const problem = await historyProblem(project.root);
    expect(problem.code).toBe('driver-unsupported');
    expect(problem.why).toContain('@mikro-orm/postgresql');
  });

  test('a database in memory', async () => {
    using project = makeProject({});
    project.write(
      'mikro-orm.config.js',
      project.read('mikro-orm.config.js').replace(/dbName: '[^']+'/, "dbName: ':memory:'"),
    );
    expect((await historyProblem(project.root)).what).toContain('in-memory');
  });

  test('revisions that can’t be loaded, can’t be reverted, or are ambiguous', async () => {
    const revisions = [
      createTable('fine', 'fine'),
      brokenSyntax('broken'),
      noClass('empty'),
      multiExports('helper', { helperFirst: true }),
      irreversible('stays', ['select 1;'], 'The old keys are gone.'),
      irreversible('silent', ['select 1;']),
      code('hollow', `this.addSql('select 1');`, ''),
      code('delegating', `this.addSql('select 1');`, 'return super.down();'),
      code('rejecting', `this.addSql('select 1');`, "return Promise.reject(new Error('Never.'));"),
    ];
    using project = makeProject({ revisions });
    await using engine = openEngine(project.root);
    const found = accepted(await engine.ask((api) => api.inspect(project.names(), 'all')));
    const of = (label: string) => found.find(({ name }) => name.endsWith(`_${label}`));
    expect(of('fine')).toMatchObject({ broken: null, irreversible: null });
    expect(of('broken')?.broken).toContain("can't be loaded");
    expect(of('empty')?.broken).toContain('exports no class');
    expect(of('helper')?.broken).toContain('not a revision');
    expect(of('stays')?.irreversible).toBe('The old keys are gone.');
    expect(of('stays')?.noDowngrade).toBe(false);
    expect(of('silent')).toMatchObject({ irreversible: null, noDowngrade: true });
    expect(of('hollow'), 'it is there').toMatchObject({ irreversible: null, noDowngrade: false });
    expect(of('delegating')?.irreversible).toBe('This migration cannot be reverted');
    expect(of('rejecting')?.irreversible).toBe('Never.');
    const suspects = accepted(await engine.ask((api) => api.inspect(project.names(), 'suspects')));
    expect(suspects.map(({ name }) => name.split('_').at(-1))).toEqual(
      expect.arrayContaining(['stays', 'silent', 'delegating', 'rejecting']),
    );
  });

  test('a revision that never ends when it finds no rows', async () => {
    using project = makeProject({ revisions: [neverEnds('loop')] });
    await using engine = openEngine(project.root);
    accepted(await engine.ask((api) => api.history()));
    const reply = await engine.process.ask(
      (api) => api.preview(project.names()[0] ?? '', 'up'),
      500,
    );
    expect(refused(reply)).toMatchObject({
      code: 'engine-hung',
      what: expect.stringContaining(project.names()[0] ?? ''),
    });
  });
});

describe('a wait that does not end names what it is for', () => {
  test('a configuration that loops', async () => {
    using project = makeProject({ kind: 'js' });
    appendFileSync(join(project.root, 'mikro-orm.config.js'), '\nfor (;;);\n');
    await using engine = openEngine(project.root);
    const problem = refused(await engine.process.ask((api) => api.history(), 500));
    expect(problem).toMatchObject({
      code: 'config-failed',
      what: expect.stringMatching(/^The project’s configuration was not loaded within/),
    });
  });

  test('a server that takes the connection and says nothing', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    await using database = await Database.make();
    using project = new PostgresProject(database, {
      connect: `clientUrl: 'postgresql://somebody@127.0.0.1:${port}/shop',`,
    });
    const asked = Promise.withResolvers<void>();
    await using engine = openEngine(
      project.root,
      {},
      { waitsFor: ({ on }) => on === 'database' && asked.resolve() },
    );
    const first = engine.ask((api) => api.history());
    await asked.promise;
    const problem = refused(await engine.process.ask((api) => api.history(), 300));
    expect(problem).toMatchObject({
      code: 'database-unreachable',
      what: `The database 127.0.0.1:${port}/shop did not answer within 0.3 s.`,
    });
    refused(await first);
    silent.close();
  });

  test('options that make no client are told, and not waited for', async () => {
    await using database = await Database.make();
    using project = new PostgresProject(database, {
      config: 'driverOptions: { connection: { ssl: false } },',
    });
    const { code, why } = await historyProblem(project.root);
    expect({ code, why }).toEqual({
      code: 'database-unreachable',
      why: 'con.connect is not a function',
    });
  });

  test('a file that another process keeps locked is not called damaged', async () => {
    using project = makeProject({ applied: 1 });
    using other = new DatabaseSync(project.databasePath);
    other.exec('begin exclusive');
    const { code, next } = await historyProblem(project.root);
    expect(code).toBe('database-unreachable');
    expect(next[0]).toContain('Another process keeps it locked.');
  });
});

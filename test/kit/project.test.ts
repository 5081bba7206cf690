import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addColumn } from './builders.ts';
import { databases } from './databases.ts';
import { kinds, type ProjectKind } from './kinds.ts';
import { isAvailable } from './packages.ts';
import { runProgram } from './program.ts';
import { makeProject } from './project.ts';
import { columns, recordedRevisions, tables } from './sqlite.ts';

const withCli = (Object.keys(kinds) as ProjectKind[]).filter((kind) =>
  kinds[kind].packages.includes('@mikro-orm/cli'),
);

/** Kinds whose entities are written as those of `js`: one check is enough for all. */
const sameEntities: readonly ProjectKind[] = ['migrations-list', 'contexts', 'custom', 'custom-ts'];

describe.each(databases)('the library on $label, to MikroORM itself', ({ makeProject }) => {
  it('is what the entities say, and recorded as MikroORM would', async () => {
    await using project = await makeProject({ applied: 3 });
    const up = await project.mikroOrm(['migration:up']);
    expect(up, up.stderr).toMatchObject({ status: 0 });
    expect(await project.database.recorded()).toEqual(project.names());
    const check = await project.mikroOrm(['migration:check']);
    expect(check.stdout + check.stderr).toContain('No changes required');
    expect(await project.database.damage()).toEqual([]);
  });

  it('has a fingerprint that changes with schema and rows, and with nothing else', async () => {
    await using project = await makeProject({ applied: 2 });
    const { database } = project;
    const before = await database.fingerprint();
    await database.change('begin; delete from author; rollback;');
    expect(await database.fingerprint()).toEqual(before);
    await database.change(`insert into author (name) values ('Lem')`);
    const filled = await database.fingerprint();
    expect(filled).toMatchObject({ schema: before.schema, tables: { author: { rows: 1 } } });
    expect(filled.hash).not.toBe(before.hash);
    await database.change('create index more on author (email)');
    expect((await database.fingerprint()).schema).not.toBe(before.schema);
    await database.remove();
    expect(await database.exists()).toBe(false);
  });
});

describe.concurrent('a project, to MikroORM itself', () => {
  for (const kind of withCli) {
    const missing = kinds[kind].packages.filter((name) => !isAvailable(name));
    it.skipIf(missing.length > 0)(`of kind ${kind}`, async () => {
      using project = makeProject({ kind, applied: 1 });
      const context = kind === 'contexts' ? ['--contextName', 'library'] : [];

      const up = await project.mikroOrm(['migration:up', ...context]);
      expect(up, up.stderr).toMatchObject({ status: 0 });
      expect(recordedRevisions(project.databasePath, project.tableName)).toEqual(project.names());
      expect(tables(project.databasePath)).toEqual(['author', 'book', project.tableName].sort());
      expect(columns(project.databasePath, 'book')).toEqual(['id', 'title', 'author_id', 'pages']);

      if (sameEntities.includes(kind)) return;
      // Entities and revisions agree: whatever a tool reports as a difference is its own mistake.
      const check = await project.mikroOrm(['migration:check', ...context]);
      expect(check.stdout + check.stderr).toContain('No changes required');
      expect(check.status).toBe(0);
    });
  }

  it('of kind no-cli, with its API', async () => {
    using project = makeProject({ kind: 'no-cli', applied: 2 });
    expect(existsSync(join(project.root, 'node_modules/@mikro-orm/cli'))).toBe(false);
    project.write(
      'up.js',
      `import { MikroORM } from '@mikro-orm/core';
import config from './mikro-orm.config.js';
const orm = await MikroORM.init(config);
await orm.migrator.up();
await orm.close();
`,
    );
    const { status, stderr } = await runProgram(process.execPath, ['up.js'], { cwd: project.root });
    expect(status, stderr).toBe(0);
    expect(recordedRevisions(project.databasePath)).toEqual(project.names());
  });

  it('with a second database', async () => {
    using project = makeProject({ kind: 'contexts' });
    const up = await project.mikroOrm(['migration:up', '--contextName', 'reports']);
    expect(up, up.stderr).toMatchObject({ status: 0 });
    expect(existsSync(project.databasePath)).toBe(false);
    expect(recordedRevisions(project.databases.reports ?? '')).toHaveLength(4);
  });

  it('has no package that it does not list', async () => {
    using project = makeProject({ kind: 'ts-native' });
    const plain = await project.mikroOrm(['migration:up'], {
      env: { MIKRO_ORM_CLI_CONFIG: undefined },
    });
    expect(plain.stdout + plain.stderr).toMatch(/Neither .*`tsx`.* found/);
    expect(plain.status).toBe(1);
  });

  it('sees a column that no entity has', async () => {
    using project = makeProject();
    project.addRevision(addColumn('add_isbn', 'book', 'isbn'));
    project.applyDirectly(5);
    const check = await project.mikroOrm(['migration:check']);
    expect(check.stdout + check.stderr).toContain('Changes detected');
    expect(check.status).toBe(1);
  });

  it('applied directly is as if MikroORM had applied it', async () => {
    using direct = makeProject({ applied: 4 });
    using run = makeProject();
    await run.mikroOrm(['migration:up']);
    for (const project of [direct, run]) {
      const list = await project.mikroOrm(['migration:pending']);
      expect(list.stdout).not.toContain('Migration2025');
    }
    expect(recordedRevisions(direct.databasePath)).toEqual(recordedRevisions(run.databasePath));
  });
});

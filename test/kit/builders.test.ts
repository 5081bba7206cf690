import { describe, expect, it } from 'vitest';
import * as awkward from './awkward.ts';
import * as build from './builders.ts';
import { makeProject, type Project } from './project.ts';
import type { Revision } from './revisions.ts';
import {
  change,
  count,
  fingerprint,
  integrityErrors,
  query,
  recordedRevisions,
  rows,
  tables,
} from './sqlite.ts';
import { openTerminal } from './terminal.ts';

const first = build.createTable('create_thing', 'thing');

/** Goes up with MikroORM's command line. */
async function up(project: Project): Promise<{ status: number | null; output: string }> {
  const { status, stdout, stderr } = await project.mikroOrm(['migration:up']);
  return { status, output: stdout + stderr };
}

describe.concurrent('revisions that work, to MikroORM itself', () => {
  const revisions = [
    first,
    build.populate('populate_thing', 'thing', 500),
    build.addColumn('add_note', 'thing', 'note'),
    build.createIndex('index_name', 'thing', 'name'),
    build.executes('execute', 'executed'),
    build.usesEntityManager('entity_manager', 'thing'),
    build.dataDependent('data_dependent', 'executed'),
    build.sql('literals', ["update thing set note = 'a `tick`, a \\ and $\u007bno} value';"], []),
    awkward.printing('printing'),
    awkward.chatty('chatty', 300),
    awkward.multiExports('multi_exports'),
  ];

  it('go up and down again', async () => {
    // As in practice: without one transaction around all, so that each is one.
    using project = makeProject({ revisions });
    const { status, output } = await up(project);
    expect(status, output).toBe(0);
    const { databasePath } = project;
    expect(recordedRevisions(databasePath)).toEqual(project.names());
    expect(count(databasePath, 'thing')).toBe(501);
    expect(rows(databasePath, 'executed')).toEqual([{ id: 1, name: "IT'S ONE" }]);
    expect(query(databasePath, 'select distinct note from thing')).toEqual([
      { note: 'a `tick`, a \\ and $\u007bno} value' },
    ]);
    expect(count(databasePath, 'chatty')).toBe(300);
    expect(output).toContain('\x1b[2J\x1b[H\x1b[31mcleared the screen');

    const down = await project.mikroOrm(['migration:down', '--to', '0']);
    expect(down.status, down.stdout + down.stderr).toBe(0);
    expect(tables(databasePath)).toEqual(['mikro_orm_migrations']);
  });

  it('work in CommonJS, TypeScript and a list, too', async () => {
    for (const kind of ['cjs', 'ts-native', 'migrations-list'] as const) {
      using project = makeProject({ kind, revisions });
      const { status, output } = await up(project);
      expect(status, output).toBe(0);
      expect(recordedRevisions(project.databasePath)).toEqual(project.names());
    }
  });

  it('come by the thousand', async () => {
    using project = makeProject({ revisions: build.many(1_000), applied: 990 });
    expect(recordedRevisions(project.databasePath)).toHaveLength(990);
    const { status, output } = await up(project);
    expect(status, output).toBe(0);
    expect(recordedRevisions(project.databasePath)).toEqual(project.names());
  });

  it('delete rows silently when they rebuild a table', async () => {
    using project = makeProject({
      applied: 4,
      content: `insert into author (name) values ('a'), ('b');
                insert into book (title, author_id) values ('x', 1), ('y', 2);`,
    });
    const columns = [
      '"id" integer not null primary key autoincrement',
      '"name" text',
      '"email" text',
    ];
    project.addRevision(build.rebuildTable('rebuild_author', 'author', columns));
    const { status, output } = await up(project);
    expect(status, output).toBe(0);
    expect(count(project.databasePath, 'author')).toBe(2);
    expect(count(project.databasePath, 'book')).toBe(0);
  });
});

describe.concurrent('revisions that fail, to MikroORM itself', () => {
  const cases: readonly (readonly [Revision, status: number, output: RegExp])[] = [
    [awkward.failing('failing'), 1, /no such table: no_such_table/],
    [awkward.throwing('throws_text', `'just a text'`), 1, /Processing/],
    [awkward.throwing('throws_nothing', 'undefined'), 1, /Processing/],
    [awkward.throwing('throws_object', '{ code: 7 }'), 1, /Processing/],
    [awkward.exits('exits'), 3, /Processing/],
    // Node.js's own status for "nothing left to wait for".
    [awkward.neverEnds('never_ends'), 13, /Processing/],
    [awkward.brokenSyntax('broken_syntax'), 1, /SyntaxError/],
    [awkward.failsToLoad('fails_to_load'), 1, /this file cannot be loaded/],
    [awkward.noClass('no_class'), 1, /not a constructor/],
    [awkward.multiExports('helper_first', { helperFirst: true }), 1, /TypeError/],
  ];
  for (const [revision, status, output] of cases) {
    it(revision.label, async () => {
      using project = makeProject({ revisions: [first, revision], applied: 1 });
      const before = fingerprint(project.databasePath);
      const result = await up(project);
      expect(result.output).toMatch(output);
      expect(result.status).toBe(status);
      // Whatever it did was in a transaction.
      expect(fingerprint(project.databasePath)).toEqual(before);
      expect(integrityErrors(project.databasePath)).toEqual([]);
    });
  }

  it('refuse to go down', async () => {
    using project = makeProject({
      revisions: [
        build.irreversible(
          'kept',
          ['create table "kept" ("id" integer);'],
          'Its rows exist nowhere else.',
        ),
        build.irreversible('default', ['create table "other" ("id" integer);']),
        awkward.failingDown('fails_down'),
      ],
      applied: 3,
    });
    const down = async (): Promise<string> => {
      const { stdout, stderr } = await project.mikroOrm(['migration:down']);
      return stdout + stderr;
    };
    expect(await down()).toContain('no such table: nothing');
    change(project.databasePath, 'delete from mikro_orm_migrations where id = 3');
    expect(await down()).toContain('This migration cannot be reverted');
    change(project.databasePath, 'delete from mikro_orm_migrations where id = 2');
    expect(await down()).toContain('Its rows exist nowhere else.');
  });

  it('take long, until they are killed', async () => {
    using project = makeProject({ revisions: [first, awkward.slow('slow')], applied: 1 });
    await using terminal = openTerminal({
      command: process.execPath,
      args: [project.mikroOrmProgram, 'migration:up'],
      cwd: project.root,
    });
    await terminal.waitFor('Processing', { timeout: 30_000 });
    await expect(terminal.waitForExit({ timeout: 500 })).rejects.toThrow('did not end');
    terminal.kill('SIGKILL');
    await terminal.waitForExit();
    expect(recordedRevisions(project.databasePath)).toHaveLength(1);
  });

  it('never come back when they refuse a transaction within one', async () => {
    const revision = build.nonTransactional('bare', ['create table "bare" ("id" integer);'], []);
    using project = makeProject({ revisions: [first, revision], applied: 1 });
    // Node.js ends, as nothing but a lock is waited for; a program with a timer would hang.
    expect(await project.mikroOrm(['migration:up'])).toMatchObject({ status: 13 });
    expect(tables(project.databasePath)).not.toContain('bare');
  });
});

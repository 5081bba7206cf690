/** `handrail rehearse`, as scripts and people without a screen use it. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeRehearsal } from '../engine/rehearsal/kit.ts';
import { addColumn, createTable, sql } from '../kit/builders.ts';
import { type TemporaryFolder, temporaryFolder } from '../kit/environment.ts';
import { runHandrail } from '../kit/handrail.ts';
import type { Project } from '../kit/project.ts';
import { columns, count, fingerprint, recordedRevisions } from '../kit/sqlite.ts';
import { eventually, startHandrail } from './processes.ts';

let temporary: TemporaryFolder;
let project: Project;

beforeEach(() => {
  temporary = temporaryFolder('rehearsals');
});

afterEach(() => {
  project.cleanup();
  temporary.remove();
});

const shelves = createTable('shelves', 'shelf');
const content = `insert into shelf (name) values ('top'), ('low')`;
const width = addColumn('width', 'shelf', 'width', 'integer null');

/** Deletes every jar when it is run, and says nothing of it. */
function trap(): Project {
  const shelf = (label: string) => [
    'pragma foreign_keys = off;',
    `create table "shelf__temp_alter" ("id" integer not null primary key, "label" text ${label});`,
    'insert into "shelf__temp_alter" select "id", "label" from "shelf";',
    'drop table "shelf";',
    'alter table "shelf__temp_alter" rename to "shelf";',
    'pragma foreign_keys = on;',
  ];
  return makeRehearsal(
    sql('pantry', [
      'create table "shelf" ("id" integer not null primary key, "label" text not null)',
      'create table "jar" ("id" integer not null primary key, "shelf_id" integer not null references "shelf" ("id") on delete cascade)',
    ]),
    sql('tall_shelf', shelf('null'), shelf('not null')),
    `insert into shelf values (1, 'top'); insert into jar values (1, 1), (2, 1), (3, 1)`,
  );
}

function handrail(...args: string[]) {
  return runHandrail(args, { cwd: project.root, env: { TMPDIR: temporary.path } });
}

/** Folders of throwaways that are there. */
function workspaces(): string[] {
  return readdirSync(temporary.path).filter((name) => name.startsWith('handrail-throwaway-'));
}

describe('handrail rehearse', () => {
  it('says that a revision is clean, and leaves target and temporary folder as they were', async () => {
    project = makeRehearsal(shelves, width, content);
    const before = readFileSync(project.databasePath);
    const { status, stdout, stderr } = await handrail('rehearse');
    expect(status, stderr).toBe(0);
    expect(stdout).toContain('Clean: up, down and up again');
    expect(stdout).toContain('0 of 2 rows lost');
    expect(stderr).toContain('✓ upgrade again');
    expect(readFileSync(project.databasePath)).toEqual(before);
    expect(workspaces()).toEqual([]);
    expect((await handrail('status')).stdout).toContain('rehearsed: clean');
  });

  it('names the rows that would be lost, and answers no', async () => {
    project = trap();
    const { status, stdout } = await handrail('rehearse');
    expect(status).toBe(1);
    expect(stdout).toContain('3 of 3 rows of jar are lost.');
    expect(stdout).toContain('Rows: id = 1; id = 2; id = 3');
    expect(stdout).toContain('(--repair)');
  });

  it('--repair rehearses what is offered, shows it, and writes it', async () => {
    project = trap();
    const { status, stdout, stderr } = await handrail('rehearse', '--repair');
    expect(status, stderr).toBe(0);
    expect(stderr).toMatch(/^\+.*create trigger "jar__stays_1"/m);
    expect(stdout).toContain('Clean');
    const up = await project.mikroOrm(['migration:up']);
    expect(up.status, up.stderr).toBe(0);
    expect(count(project.databasePath, 'jar')).toBe(3);
  });

  it('a repair that was written is undone byte for byte', async () => {
    project = trap();
    const [, made] = project.revisions;
    const before = readFileSync(made?.path ?? '');
    expect((await handrail('rehearse', '--repair')).status).toBe(0);
    expect(readFileSync(made?.path ?? '', 'utf8')).toContain('raise(ignore)');
    expect((await handrail('repair', '--undo', '--yes')).status).toBe(0);
    expect(readFileSync(made?.path ?? '')).toEqual(before);
  });

  it('--json answers with one document, which the journal keeps', async () => {
    project = trap();
    const { status, stdout } = await handrail('rehearse', '--json');
    expect(status).toBe(1);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({
      version: 1,
      outcome: 'rehearsed',
      rehearsal: 1,
      report: {
        verdict: 'hazards',
        notRehearsed: [],
        revisions: [{ base: 'target', verdict: 'hazards', rows: 4, rowsLost: 3 }],
      },
    });
    const kept = await handrail('rehearse', '--report', '1', '--json');
    expect(kept.status).toBe(1);
    expect(JSON.parse(kept.stdout)).toEqual(document);
    expect((await handrail('rehearse', '--report', '7')).status).toBe(2);
  });

  it('--markdown writes the report for a pull request', async () => {
    project = trap();
    const path = join(temporary.path, 'report.md');
    await handrail('rehearse', '--markdown', path);
    expect(readFileSync(path, 'utf8')).toContain('3 of 3 rows of jar are lost');
  });

  it('is stale as soon as the file changes', async () => {
    project = makeRehearsal(shelves, width, content);
    await handrail('rehearse');
    const [, made] = project.revisions;
    const file = made?.path.slice(project.root.length + 1) ?? '';
    project.write(file, `${project.read(file)}\n// edited\n`);
    expect((await handrail('status')).stdout).toContain('rehearsed: clean, stale');
    const { stdout } = await handrail('status', '--json');
    expect(JSON.parse(stdout).revisions.at(-1).rehearsal).toMatchObject({ stale: ['file'] });
  });

  it('stays evidence when the revision is applied afterwards', async () => {
    project = makeRehearsal(shelves, width, content);
    await handrail('rehearse');
    expect((await handrail('up', '--yes')).status).toBe(0);
    const { stdout } = await handrail('status', '--json');
    expect(JSON.parse(stdout).revisions.at(-1)).toMatchObject({
      state: 'applied',
      rehearsal: { verdict: 'clean', stale: [] },
    });
  });

  it('--also-empty rehearses on both bases, --from-scratch on the empty one alone', async () => {
    project = makeRehearsal(shelves, width, content);
    const bases = async (option: string) => {
      const { stdout } = await handrail('rehearse', option, '--json');
      return JSON.parse(stdout).report.revisions.map(({ base }: { base: string }) => base);
    };
    expect(await bases('--also-empty')).toEqual(['target', 'empty']);
    expect(await bases('--from-scratch')).toEqual(['empty']);
  });

  it('refuses what it does not know, and says when there is nothing to do', async () => {
    project = makeRehearsal(shelves, [], content);
    expect((await handrail('rehearse')).status).toBe(0);
    expect((await handrail('rehearse', 'gist')).status).toBe(2);
    expect((await handrail('rehearse', 'shelves', '--all-pending')).status).toBe(2);
    expect((await handrail('rehearse', '--from-scratch', '--also-empty')).status).toBe(2);
  });
});

describe('the project’s tests', () => {
  const check = `
    import { DatabaseSync } from 'node:sqlite';
    import { fileURLToPath } from 'node:url';
    const database = new DatabaseSync(fileURLToPath(process.env.HANDRAIL_DATABASE_URL));
    const names = database.prepare("select name from pragma_table_info('shelf')").all();
    console.log('DATABASE_URL is ' + process.env.DATABASE_URL);
    if (!names.some(({ name }) => name === process.argv[2])) throw new Error('no ' + process.argv[2]);
  `;

  it('run on the throwaway, with every other database out of reach', async () => {
    project = makeRehearsal(shelves, width, content);
    project.write('check.mjs', check);
    project.write('handrail.config.json', JSON.stringify({ test: 'node check.mjs width' }));
    const { status, stderr } = await handrail('rehearse');
    expect(status, stderr).toBe(0);
    expect(stderr).toMatch(/DATABASE_URL is .*HANDRAIL_DATABASE_URL/);
    expect(columns(project.databasePath, 'shelf')).toEqual(['id', 'name']);
  });

  it('make it no clean rehearsal when they fail', async () => {
    project = makeRehearsal(shelves, width, content);
    project.write('check.mjs', check);
    project.write(
      'handrail.config.json',
      JSON.stringify({ testDowngraded: 'node check.mjs width' }),
    );
    const { status, stdout } = await handrail('rehearse');
    expect(status).toBe(1);
    expect(stdout).toContain('node check.mjs width failed on the downgraded database (exit 1)');
    expect(stdout).toContain('no width');
  });
});

describe('a rehearsal that is not let finish', () => {
  const endless = sql(
    'endless',
    [
      'insert into shelf (name) with recursive n (i) as (select 1 union all select i + 1 from n where i < 1e12) select count(*) from n',
    ],
    ['delete from shelf'],
  );

  it('leaves nothing when it is interrupted', async () => {
    project = makeRehearsal(shelves, endless, content);
    const before = fingerprint(project.databasePath);
    await using running = startHandrail(['rehearse'], project.root, { TMPDIR: temporary.path });
    await running.says(/✓ bring it to the revision/);
    expect(workspaces()).toHaveLength(1);
    running.kill('SIGINT');
    expect(await running.ended).toMatchObject({ status: 130 });
    expect(workspaces()).toEqual([]);
    expect(fingerprint(project.databasePath)).toEqual(before);
  });

  it('leaves a folder when it is killed, which the next start removes', async () => {
    project = makeRehearsal(shelves, width, content);
    // Long enough to be killed meanwhile, and short enough to end by itself afterwards.
    project.write('wait.mjs', 'setTimeout(() => {}, 5000);');
    project.write('handrail.config.json', JSON.stringify({ test: 'node wait.mjs' }));
    await using running = startHandrail(['rehearse'], project.root, { TMPDIR: temporary.path });
    await running.says(/✓ check rows and schema/);
    running.kill('SIGKILL');
    await running.ended;
    expect(workspaces()).toHaveLength(1);
    await handrail('status');
    await eventually('the folder is removed', () => workspaces().length === 0);
  });
});

describe('handrail up', () => {
  it('refuses what would delete rows by the way, and does it without harm when told to', async () => {
    project = trap();
    const before = fingerprint(project.databasePath);
    const refused = await handrail('up', '--yes');
    expect(refused.status).toBe(4);
    expect(refused.stderr).toContain('3 of 3 rows of jar are lost');
    expect(refused.stderr).toContain('--guarded');
    expect(fingerprint(project.databasePath)).toEqual(before);

    const guarded = await handrail('up', '--yes', '--guarded');
    expect(guarded.status, guarded.stderr).toBe(0);
    expect(guarded.stderr).toContain('will still lose the rows');
    expect(recordedRevisions(project.databasePath)).toHaveLength(2);
    expect(count(project.databasePath, 'jar')).toBe(3);
  });
});

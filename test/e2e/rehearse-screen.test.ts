/** From a draft that would delete rows to a clean rehearsal, at the keyboard. */

import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeRehearsal } from '../engine/rehearsal/kit.ts';
import { addColumn, createTable, sql } from '../kit/builders.ts';
import { type TemporaryFolder, temporaryFolder } from '../kit/environment.ts';
import { openHandrail } from '../kit/handrail.ts';
import type { Project } from '../kit/project.ts';
import { count, fingerprint } from '../kit/sqlite.ts';
import type { Terminal } from '../kit/terminal.ts';
import { expectWholeFrame, loading, quit } from './screens.ts';

let temporary: TemporaryFolder;
let project: Project;

beforeEach(() => {
  temporary = temporaryFolder('rehearsals');
});

afterEach(() => {
  project.cleanup();
  temporary.remove();
});

const shelf = (label: string) => [
  'pragma foreign_keys = off;',
  `create table "shelf__temp_alter" ("id" integer not null primary key, "label" text ${label});`,
  'insert into "shelf__temp_alter" select "id", "label" from "shelf";',
  'drop table "shelf";',
  'alter table "shelf__temp_alter" rename to "shelf";',
  'pragma foreign_keys = on;',
];

function open(size: { columns: number; rows: number } = { columns: 120, rows: 36 }): Terminal {
  return openHandrail([], { cwd: project.root, env: { TMPDIR: temporary.path }, ...size });
}

function workspaces(): string[] {
  return readdirSync(temporary.path).filter((name) => name.startsWith('handrail-throwaway-'));
}

describe('the rehearsal screen', () => {
  it('shows what would be lost, repairs it, and proves the repair', async () => {
    project = makeRehearsal(
      sql('pantry', [
        'create table "shelf" ("id" integer not null primary key, "label" text not null)',
        'create table "jar" ("id" integer not null primary key, "shelf_id" integer not null references "shelf" ("id") on delete cascade)',
      ]),
      sql('tall_shelf', shelf('null'), shelf('not null')),
      `insert into shelf values (1, 'top'); insert into jar values (1, 1), (2, 1), (3, 1)`,
    );
    const before = fingerprint(project.databasePath);
    await using app = open();
    await app.waitFor('behind by 1', loading);

    await app.press('u');
    await app.waitFor('3 of 3 rows of jar are lost', { ...loading, why: 'the plan is run' });
    await app.press('enter', 'esc');
    expect(fingerprint(project.databasePath), 'Enter does not run it').toEqual(before);

    await app.press('R');
    await app.waitFor('Hazards: rehearsal of', { ...loading, why: 'the report takes its place' });
    await app.waitFor('3 of 3 rows of jar are lost.');
    expectWholeFrame(app);
    expect(workspaces()).toEqual([]);

    await app.press('a');
    await app.waitFor('Rehearse this repair', { why: 'the repair is shown first' });
    expect(app.text()).toContain('Keep the rows of other tables');
    await app.press('y');
    await app.waitFor('Clean: rehearsal of', {
      ...loading,
      why: 'it is rehearsed before it is written',
    });
    const [, made] = project.revisions;
    expect(readFileSync(made?.path ?? '', 'utf8')).toContain('raise(ignore)');

    await app.press('esc');
    await app.waitFor('✓ rehearsed', { why: 'the list shows the verdict' });
    await app.press('v');
    await app.waitFor('Clean: rehearsal of', { why: 'the report is kept in the journal' });
    await app.press('esc');
    await app.waitUntilGone('Clean: rehearsal of');
    await app.press('u');
    await app.waitFor('Enter runs it', { why: 'nothing keeps it from being run now' });
    await app.press('enter');
    await app.waitFor('✓ up to date');
    expect(count(project.databasePath, 'jar')).toBe(3);
    await quit(app);
  });

  it('is cancelled with Ctrl+C, and leaves nothing', async () => {
    const endless = sql(
      'endless',
      [
        'insert into shelf (name) with recursive n (i) as (select 1 union all select i + 1 from n where i < 1e12) select count(*) from n',
      ],
      ['delete from shelf'],
    );
    project = makeRehearsal(createTable('shelves', 'shelf'), endless, '');
    const before = fingerprint(project.databasePath);
    await using app = open();
    await app.waitFor('behind by 1', loading);
    await app.press('R');
    await app.waitFor(/\d\d:\d\d\.\d+ +insert into shelf/, {
      ...loading,
      why: 'its statement goes on',
    });
    expect(workspaces()).toHaveLength(1);
    await app.press('ctrl+c');
    await app.waitFor('cancelled', { why: 'Ctrl+C cancels a rehearsal' });
    await app.waitUntilGone('rehearsing', { why: 'it is over' });
    expect(workspaces()).toEqual([]);
    expect(fingerprint(project.databasePath)).toEqual(before);
    await quit(app);
  });

  it('fits a small terminal', async () => {
    project = makeRehearsal(
      createTable('shelves', 'shelf'),
      addColumn('width', 'shelf', 'width', 'integer null'),
      `insert into shelf (name) values ('top')`,
    );
    await using app = open({ columns: 80, rows: 24 });
    await app.waitFor('▲', loading);
    await app.press('R');
    await app.waitFor('Clean: rehearsal of', loading);
    expectWholeFrame(app);
    await app.press('esc');
    await quit(app);
  });
});

/** The log: what ran, statement by statement, also long after. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chatty, failing } from '../kit/awkward.ts';
import { createTable } from '../kit/builders.ts';
import { openHandrail, runHandrail } from '../kit/handrail.ts';
import { makeProject, type Project } from '../kit/project.ts';
import { count } from '../kit/sqlite.ts';
import { expectWholeFrame, loading, quit } from './screens.ts';

/** Three runs: two that went well, and one that failed. */
async function withHistory(): Promise<Project> {
  const project = makeProject({ applied: 3 });
  for (const args of [['up'], ['down']]) {
    const { status } = await runHandrail([...args, '--yes'], { cwd: project.root });
    expect(status).toBe(0);
  }
  project.addRevision(failing('broken'));
  const failed = await runHandrail(['up', '--yes'], { cwd: project.root });
  expect(failed.status).toBe(3);
  return project;
}

describe('the log', () => {
  it('shows runs, their statements, and each in full', async () => {
    using project = await withHistory();
    await using app = openHandrail([], { cwd: project.root });
    await app.waitFor('behind by 2', loading);
    await app.press('l');
    await app.waitFor('Log ─ Runs');
    await app.waitFor(/▌✗ +#3 +▲ up +2 revisions +failed/, { why: 'the newest run is first' });
    expect(app.text()).toMatch(/✓ +#2 +▼ down +1 revision +done/);
    expect(app.text()).toMatch(/✓ +#1 +▲ up +1 revision +done/);
    expectWholeFrame(app);

    await app.press('enter');
    await app.waitFor('Statements of run #3');
    await app.waitFor(/insert into "no_such_table".*✗/, { why: 'the failed one is marked' });
    expectWholeFrame(app);

    await app.press('/');
    await app.type('no_such');
    await app.waitFor('filter: no_such (1 of', { why: 'one statement has the word' });
    await app.press('enter');
    await app.press('enter');
    await app.waitFor(/▸Statement \d+/, { why: 'Enter opens it' });
    expect(app.text()).toContain('no such table: no_such_table');
    expect(app.text()).toContain(project.revision('broken').name);
    expectWholeFrame(app);

    await app.press('y');
    await app.waitFor(/[Cc]opied/, { why: 'it says that it was copied' });
    const copied = /\u001b\]52;c;([A-Za-z\d+/=]+)\u0007/.exec(app.raw())?.[1] ?? '';
    expect(Buffer.from(copied, 'base64').toString()).toContain('insert into "no_such_table"');

    await app.press('esc');
    await app.waitFor('Statements of run #3');
    await app.press('esc');
    await app.waitUntilGone('filter:', { why: 'Esc takes the filter away first' });
    await app.press('esc');
    await app.waitFor('Log ─ Runs');
    await app.waitFor(/#2 +▼ down/);
    await app.press('down', 'enter');
    await app.waitFor('Statements of run #2');
    await app.waitFor('drop index "book_title_index"');
    await app.press('esc');
    await app.waitUntilGone('Statements of run #2');
    await app.press('esc');
    await app.waitFor('Revisions', { why: 'Esc leads home' });
    await quit(app);
  });

  it('saves a run to a file, and asks before it overwrites one', async () => {
    using project = await withHistory();
    await using app = openHandrail([], { cwd: project.root });
    await app.waitFor('behind by 2', loading);
    await app.press('l');
    await app.waitFor(/▌✗ +#3/);
    await app.press('G');
    await app.waitFor(/▌✓ +#1/);
    await app.press('enter');
    await app.waitFor('create index "book_title_index"');
    await app.press('w');
    await app.waitFor('save as: handrail-run-1.sql');
    await app.press('enter');
    await app.waitFor(/Saved \d+ statements to handrail-run-1\.sql/);
    const saved = project.read('handrail-run-1.sql');
    expect(saved).toContain('create index "book_title_index" on "book" ("title");');
    expect(saved.trimEnd()).toMatch(/commit;$/);

    project.write('handrail-run-1.sql', 'mine');
    await app.press('w');
    await app.waitFor('save as:');
    await app.press('enter');
    await app.waitFor('handrail-run-1.sql exists. Overwrite it?');
    await app.press('n');
    await app.waitFor('save as:', { why: 'another name can be given' });
    expect(project.read('handrail-run-1.sql')).toBe('mine');
    await app.press('esc');
    await app.waitUntilGone('save as:');
    await app.press('w', 'enter');
    await app.waitFor('Overwrite it?');
    await app.press('y');
    await app.waitFor(/Saved \d+ statements/);
    expect(project.read('handrail-run-1.sql')).toBe(saved);
    await quit(app);
  });

  it('filters the list of runs', async () => {
    using project = await withHistory();
    await using app = openHandrail([], { cwd: project.root });
    await app.waitFor('behind by 2', loading);
    await app.press('l');
    await app.waitFor(/#3/);
    await app.press('/');
    await app.type('down');
    await app.waitUntilGone('#3');
    await app.waitFor(/▌✓ +#2 +▼ down/);
    await app.waitUntilGone('#1');
    await app.press('esc');
    await app.waitFor('#3', { why: 'Esc shows all again' });
  });

  it('has a help that names its keys', async () => {
    using project = makeProject({ applied: 4 });
    await using app = openHandrail([], { cwd: project.root });
    await app.waitFor('up to date', loading);
    await app.press('?');
    await app.waitFor('Help: Revisions');
    await app.waitFor(/u +Upgrade the target to head/);
    expectWholeFrame(app);
    await app.press('esc');
    await app.waitUntilGone('Help: Revisions');
    await app.press('l');
    await app.waitFor('No run is recorded.');
    await app.press('?');
    await app.waitFor('Help: Log');
    await app.waitFor(/w +Save all statements of the run to a file/);
    expect(existsSync(join(project.root, '.handrail'))).toBe(false);
  });
});

it('twenty thousand statements are shown as they happen, and read back from the journal', async () => {
  const statements = 20_000;
  using project = makeProject({
    revisions: [createTable('base', 'base'), chatty('chatty', statements)],
    applied: 1,
  });
  await using app = openHandrail([], { cwd: project.root });
  await app.waitFor('behind by 1', loading);
  await app.press('u');
  await app.waitFor('Enter runs it');
  await app.press('enter');
  await app.waitFor('Upgrade done', { timeout: 120_000, why: 'every statement is recorded' });
  expect(count(project.databasePath, 'chatty')).toBe(statements);
  await app.waitFor(/following · 20,0\d\d/, { why: 'all of them were counted' });
  await app.press('esc');
  await app.waitUntilGone('Upgrade done');
  await app.press('l');
  await app.waitFor('Log ─ Runs');
  await app.waitFor(/▌✓ +#1 /);
  await app.press('enter');
  await app.waitFor('Statements of run #1');
  await app.press('g');
  await app.waitFor(/create table "chatty"/, { why: 'the oldest ones come from the journal' });
  expectWholeFrame(app);
  await app.press('G');
  await app.waitFor('commit');
  await app.press('/');
  await app.type('19998');
  await app.waitFor(/filter: 19998 \(1 of 20,0\d\d\)/, {
    timeout: 120_000,
    why: 'all were searched',
  });
  await app.press('enter', 'esc', 'esc', 'esc');
  await quit(app);
});

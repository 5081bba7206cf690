/** The terminal: how it is left, how it is shared, and what never reaches it. */

import { describe, expect, it } from 'vitest';
import { failing, printing } from '../kit/awkward.ts';
import { createTable, sql } from '../kit/builders.ts';
import { openHandrail, openShell, runHandrail } from '../kit/handrail.ts';
import { makeProject, type Project } from '../kit/project.ts';
import { recordedRevisions } from '../kit/sqlite.ts';
import {
  expectTerminalRestored,
  expectWholeFrame,
  loading,
  quit,
  waitForWholeFrame,
} from './screens.ts';

const halfWay = (): Project => makeProject({ applied: 2 });

describe('however it ends, the terminal is as it was', () => {
  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
  ] as const)('%s → %i', async (signal, status) => {
    using project = halfWay();
    await using app = openHandrail([], { cwd: project.root });
    await app.waitFor('behind by 2', loading);
    app.kill(signal);
    expect(await app.waitForExit()).toEqual({ status, signal: null });
    expectTerminalRestored(app);
    expect(app.text().trim()).toBe('');
  });

  it('before the project was read, too', async () => {
    using project = halfWay();
    await using app = openHandrail([], { cwd: project.root });
    await app.waitFor('loading the project', loading);
    await app.press('q');
    expect(await app.waitForExit()).toEqual({ status: 0, signal: null });
    expectTerminalRestored(app);
  });

  it('what was on the screen before is there again', async () => {
    using project = halfWay();
    await using shell = await openShell({ cwd: project.root });
    await shell.type('echo what was "here" before\n');
    await shell.waitFor(/^what was here before$/m);
    await shell.type('handrail\n');
    await shell.waitFor('behind by 2', loading);
    expect(shell.shows('what was here before')).toBe(false);
    await shell.press('q');
    await shell.waitFor(/^what was here before$/m);
    await shell.type('echo "status $?"\n');
    await shell.waitFor('status 0');
    expect(shell.modes().alternateScreen).toBe(false);
  });
});

it('Ctrl+Z gives the terminal to the shell, and fg comes back to the same place', async () => {
  using project = halfWay();
  await using shell = await openShell({ cwd: project.root });
  await shell.type('handrail\n');
  await shell.waitFor('behind by 2', loading);
  await shell.press('down', 'down');
  await shell.waitFor(/▌● \S*create_book/, { why: 'the cursor is on the third' });
  for (const word of ['one', 'two']) {
    await shell.press('ctrl+z');
    await shell.waitFor('Stopped', { why: 'the shell has the terminal' });
    expect(shell.modes()).toMatchObject({ alternateScreen: false, cursorVisible: true });
    await shell.type(`echo shell "${word}"\n`);
    await shell.waitFor(new RegExp(`^shell ${word}$`, 'm'), { why: 'no key of the shell is lost' });
    await shell.type('fg\n');
    await shell.waitFor('behind by 2', { why: 'fg brings it back' });
    expect(shell.modes().alternateScreen).toBe(true);
    await shell.waitFor(/▌● \S*create_book/, { why: 'where it was' });
  }
  await shell.press('u');
  await shell.waitFor('Enter runs it', { why: 'its engine was continued, too' });
  await shell.press('enter');
  await shell.waitFor('Upgrade done');
  expect(recordedRevisions(project.databasePath)).toEqual(project.names());
  await shell.press('q');
  await shell.waitFor(/\$ $|\$$/m, { why: 'back in the shell' });
});

it('follows the size of the window, down to one sentence and back', async () => {
  using project = halfWay();
  await using app = openHandrail([], { cwd: project.root, columns: 120, rows: 36 });
  await app.waitFor('behind by 2', loading);
  await app.waitFor('── down', { why: 'the detail is complete' });
  await app.waitUntilQuiet();
  expectWholeFrame(app);

  app.resize(80, 24);
  await app.waitFor((screen) => screen[23]?.includes('quit') === true, {
    why: 'the key bar is in the last row',
  });
  await waitForWholeFrame(app);
  expect(app.text()).toContain('behind by 2');

  app.resize(50, 12);
  await app.waitFor(/60.*16/, { why: 'one sentence says what size it needs' });
  expect(app.text()).not.toContain('╭');

  app.resize(60, 16);
  await app.waitFor('╭', { why: 'the smallest size that works' });
  await waitForWholeFrame(app);

  app.resize(120, 36);
  await app.waitFor('── down', { why: 'there is room for the detail again' });
  await waitForWholeFrame(app);
  expect(app.screen()[35]).toContain('quit');
  await quit(app);
});

describe('colours', () => {
  it('are there', async () => {
    using project = halfWay();
    await using app = openHandrail([], { cwd: project.root });
    await app.waitFor('behind by 2', loading);
    await app.waitFor('── down');
    expect(app.hasColours()).toBe(true);
  });

  it('are not, with NO_COLOR', async () => {
    using project = halfWay();
    await using app = openHandrail([], { cwd: project.root, env: { NO_COLOR: '1' } });
    await app.waitFor('behind by 2', loading);
    await app.waitFor('── down');
    expect(app.hasColours()).toBe(false);
    await app.press('u');
    await app.waitFor('Enter runs it');
    expect(app.hasColours()).toBe(false);
    await app.press('enter');
    await app.waitFor('Upgrade done');
    await app.waitUntilQuiet();
    expect(app.hasColours()).toBe(false);
    expect(app.raw()).not.toMatch(/\u001b\[[\d;]*(?:3[0-8]|4[0-8]|9\d|10\d)[\d;]*m/);
    await quit(app);
  });
});

describe('texts that would take the screen apart', () => {
  const title = '\u001b]0;stolen title\u0007';
  const clear = '\u001b[2J\u001b[H';
  const override = '\u202egnp.exe';
  const wide = '見出し表🎉👩‍👩‍👧';

  function project(): Project {
    return makeProject({
      revisions: [
        createTable('plain', 'plain'),
        createTable(`title_${title}`, 'title'),
        createTable(`clear_${clear}_end`, 'clear'),
        createTable(`reversed_${override}`, 'reversed'),
        createTable(`wide_${wide}`, wide),
        sql(
          'content',
          [
            `insert into plain (name) values ('${clear}${title} \u009b31m ${override} ${wide} tab\there')`,
            `insert into plain (name) values ('${wide.repeat(40)}')`,
          ],
          [`delete from plain`],
        ),
      ],
      applied: 1,
    });
  }

  it('are shown escaped, in every pane', async () => {
    using awkward = project();
    await using app = openHandrail([], { cwd: awkward.root });
    await app.waitFor('behind by 5', loading);
    for (const label of ['content', 'wide_', 'reversed_', 'clear_', 'title_']) {
      await app.waitFor(new RegExp(`▌○ \\S*${label}`), { why: `the cursor is on ${label}` });
      // A long one leaves no room for the downgrade.
      await app.waitFor(/── up · \d+ statement/, { why: 'its SQL is shown' });
      await app.waitUntilQuiet();
      expectWholeFrame(app);
      await app.press('down');
    }
    expect(app.text()).toContain('見出し');
    await app.press('u');
    await app.waitFor('Enter runs it');
    expectWholeFrame(app);
    await app.press('pagedown');
    await app.waitUntilQuiet();
    expectWholeFrame(app);
    await app.press('enter');
    await app.waitFor('Upgrade done');
    await app.waitUntilQuiet();
    expectWholeFrame(app);
    expect(recordedRevisions(awkward.databasePath)).toEqual(awkward.names());

    await app.press('esc');
    await app.waitUntilGone('Upgrade done');
    await app.press('l');
    await app.waitFor('Log ─ Runs');
    await app.waitFor(/▌✓ +#1 /);
    await app.press('enter');
    await app.waitFor('Log ─ Statements');
    await app.press('G');
    await app.waitFor('commit');
    await app.waitUntilQuiet();
    expectWholeFrame(app);

    const raw = app.raw();
    expect(raw, 'no title was set').not.toContain('stolen title\u0007');
    expect(raw).not.toContain('\u001b]0;');
    expect(raw, 'nothing was cleared by data').not.toContain(`${clear}_end`);
    expect(raw, 'no C1 control').not.toContain('\u009b');
    expect(raw, 'no text runs backwards').not.toContain('\u202e');
    await quit(app);
  });

  it('are escaped by the commands', async () => {
    using awkward = project();
    for (const args of [
      ['status'],
      ['up', '--dry-run'],
      ['up', '--yes', '--sql'],
      ['log', '--run', '1'],
    ]) {
      const { status, stdout, stderr } = await runHandrail(args, { cwd: awkward.root });
      expect(status).toBe(0);
      expect(stdout + stderr).toContain('wide_見出し表');
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    }
  });
});

it('what the project prints goes to the log, and does not damage the screen', async () => {
  using project = makeProject({
    revisions: [createTable('plain', 'plain'), printing('loud')],
    applied: 1,
  });
  await using app = openHandrail([], { cwd: project.root });
  await app.waitFor('behind by 1', loading);
  await app.press('u');
  await app.waitFor('Enter runs it');
  expectWholeFrame(app);
  await app.press('enter');
  await app.waitFor('Upgrade done');
  await app.waitUntilQuiet();
  expectWholeFrame(app);
  expect(app.modes().alternateScreen).toBe(true);
  await app.press('esc');
  await app.waitUntilGone('Upgrade done');
  await app.press('l', 'tab', 'tab');
  await app.waitFor('Log ─ Output', { why: 'what was printed has a tab of its own' });
  await app.waitFor('printed to stdout');
  expect(app.text()).toContain('printed to stderr');
  expect(app.text()).toContain('no newline at the end');
  expect(app.text()).toContain('cleared the screen');
  expectWholeFrame(app);
  expect(app.raw()).not.toContain('\u001b[31mcleared the screen');
  await quit(app);
  expect(app.text().trim(), 'nothing of it is left behind').toBe('');
});

it('a failure is told in full on a small screen', async () => {
  using project = makeProject({
    revisions: [createTable('plain', 'plain'), failing('broken')],
    applied: 1,
  });
  await using app = openHandrail([], { cwd: project.root, columns: 80, rows: 24 });
  await app.waitFor('behind by 1', loading);
  await app.press('u');
  await app.waitFor('Enter runs it');
  await app.press('enter');
  await app.waitFor('Upgrade failed');
  await app.waitFor('no such table: no_such_table');
  expect(app.text()).toContain('broken was rolled');
  expectWholeFrame(app);
  await quit(app);
});

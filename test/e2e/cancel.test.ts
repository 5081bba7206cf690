/** A run that its person stops. */

import { describe, expect, it } from 'vitest';
import { slow } from '../kit/awkward.ts';
import { createTable } from '../kit/builders.ts';
import { databases } from '../kit/databases.ts';
import { openHandrail } from '../kit/handrail.ts';
import { makeProject } from '../kit/project.ts';
import type { Terminal } from '../kit/terminal.ts';
import { journalOf } from './journal.ts';
import { enginesOf, eventually, isAlive, runningEngine, startHandrail } from './processes.ts';
import { expectTerminalRestored, expectWholeFrame, loading, quit } from './screens.ts';

const slowly = {
  revisions: [createTable('base', 'base'), createTable('quick', 'quick'), slow('long')],
  applied: 1,
  content: `insert into base (name) values ('kept')`,
};

/** Confirms the upgrade, and waits until its slow statement runs. */
async function upgrade(app: Terminal): Promise<void> {
  await app.waitFor('behind by 2', loading);
  await app.press('u');
  await app.waitFor('Enter runs it');
  await app.press('enter');
  await app.waitFor('upgrading 2 of 2', { why: 'the header says how far it is' });
  await app.waitFor('insert into "long"', { why: 'the statement is shown while it runs' });
}

describe.each(databases)('on $label', ({ makeProject }) => {
  const slowProject = (migrations = '') => makeProject({ ...slowly, migrations });

  describe('Ctrl+C on the screen', () => {
    it('stops the statement; nothing has changed, and the screen says so', async () => {
      await using project = await slowProject();
      const before = await project.database.fingerprint();
      await using app = openHandrail([], { cwd: project.root });
      await upgrade(app);
      const engine = runningEngine(app.pid);
      await app.press('ctrl+c');
      await app.waitFor('Upgrade cancelled', { why: 'Ctrl+C cancels a run' });
      expect(app.text()).toContain('Cancelled: 0 revisions of 2 applied');
      expect(app.text()).toContain('long was rolled back. The target records the');
      expect(app.text()).toMatch(/↺ .*quick · rolled back/);
      expect(app.text()).toMatch(new RegExp(`stands at\\s+${project.revision('base').name}`));
      await app.waitFor('behind by 2', { why: 'the list was read again' });
      expectWholeFrame(app);
      await eventually('the engine is gone', () => !isAlive(engine));
      expect(await project.database.fingerprint()).toEqual(before);
      expect(await project.database.damage()).toEqual([]);
      expect(journalOf(project.root)).toMatchObject([{ outcome: 'cancelled', finished: true }]);
      await quit(app);
    });

    it('keeps what was committed before, and says what that is', async () => {
      await using project = await slowProject('allOrNothing: false');
      await using app = openHandrail([], { cwd: project.root });
      await upgrade(app);
      await app.press('ctrl+c');
      await app.waitFor('Upgrade cancelled');
      expect(app.text()).toContain('Cancelled: 1 revision of 2 applied');
      expect(app.text()).toMatch(/✓ .*quick · done/);
      await app.waitFor('behind by 1');
      expect(await project.database.recorded()).toEqual(project.names().slice(0, 2));
      expect(await project.database.tables()).toEqual(['base', 'mikro_orm_migrations', 'quick']);
      expect(journalOf(project.root)).toMatchObject([
        { outcome: 'cancelled', steps: [{ outcome: 'done' }, { outcome: 'failed' }] },
      ]);
      await quit(app);
    });
  });

  it('q during a run asks first; yes cancels it and quits', async () => {
    await using project = await slowProject();
    const before = await project.database.fingerprint();
    await using app = openHandrail([], { cwd: project.root });
    await upgrade(app);
    const engine = runningEngine(app.pid);
    await app.press('q');
    await app.waitFor('y: yes', { why: 'a run is going' });
    await app.press('n');
    await app.waitFor('upgrading 2 of 2', { why: 'no goes back to the run' });
    expect(isAlive(engine), 'the run goes on').toBe(true);
    await app.press('q');
    await app.waitFor('y: yes');
    await app.press('y');
    await app.waitForExit({ why: 'yes quits' });
    expectTerminalRestored(app);
    await eventually('the engine is gone', () => !isAlive(engine));
    expect(await project.database.fingerprint()).toEqual(before);
    expect(journalOf(project.root)).toMatchObject([{ outcome: 'cancelled', finished: true }]);
  });

  describe.each(['SIGINT', 'SIGTERM'] as const)('%s for a command', (signal) => {
    it('cancels the run and exits with 130', async () => {
      await using project = await slowProject();
      const before = await project.database.fingerprint();
      await using up = startHandrail(['up', '--yes', '--sql', '--json'], project.root);
      await up.says(/create table "long".*;? {2}[\d.]+ m?s\n/);
      const engine = runningEngine(up.pid);
      up.kill(signal);
      expect(await up.ended).toEqual({ status: 130, signal: null });
      expect(JSON.parse(up.stdout)).toMatchObject({
        version: 1,
        outcome: 'cancelled',
        upToDate: false,
        current: project.revision('base').name,
      });
      expect(up.stderr).toContain('Cancelled.');
      expect(isAlive(engine)).toBe(false);
      expect(enginesOf(up.pid)).toEqual([]);
      expect(await project.database.fingerprint()).toEqual(before);
      expect(journalOf(project.root)).toMatchObject([{ outcome: 'cancelled', finished: true }]);
    });
  });

  it('Ctrl+C reaches a command in a terminal and all its processes, and still cancels cleanly', async () => {
    await using project = await slowProject();
    const before = await project.database.fingerprint();
    await using app = openHandrail(['up', '--yes', '--sql'], { cwd: project.root });
    await app.waitFor(/create table "long".*;? {2}[\d.]+ m?s\n/, loading);
    await app.press('ctrl+c');
    expect(await app.waitForExit()).toEqual({ status: 130, signal: null });
    expect(app.text()).toContain('Cancelled.');
    expect(await project.database.fingerprint()).toEqual(before);
  });
});

it('Ctrl+C twice in a row quits when nothing runs', async () => {
  using project = makeProject({ applied: 2 });
  await using app = openHandrail([], { cwd: project.root });
  await app.waitFor('behind by 2', loading);
  await app.press('ctrl+c', 'ctrl+c');
  const { status } = await app.waitForExit({ why: 'the second one quits' });
  expect([0, 130]).toContain(status);
  expectTerminalRestored(app);
});

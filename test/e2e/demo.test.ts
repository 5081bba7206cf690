/** The first five minutes: the demo, upgraded, downgraded, quit. */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../kit/environment.ts';
import { openHandrail, runHandrail } from '../kit/handrail.ts';
import { foreignKeyErrors, integrityErrors, recordedRevisions } from '../kit/sqlite.ts';
import { expectTerminalRestored, expectWholeFrame, loading } from './screens.ts';

const all = 19;
const applied = 11;
/** The newest one is a draft that nobody has rehearsed, and that would delete rows. */
const reviewed = all - 1;

let temporary: TemporaryFolder;

beforeEach(() => {
  temporary = temporaryFolder('demos');
});

afterEach(() => temporary.remove());

/** The copies of the sample project that are there. */
function demos(): string[] {
  return readdirSync(temporary.path)
    .filter((name) => name.startsWith('handrail-demo-'))
    .map((name) => join(temporary.path, name));
}

function theDemo(): string {
  const [root, ...others] = demos();
  if (root === undefined || others.length > 0) throw new Error(`Not one demo: ${demos()}`);
  return root;
}

const databaseOf = (root: string) => join(root, 'var', 'dev.db');

describe('handrail demo', () => {
  it('is upgraded to head, downgraded by two, and leaves nothing behind', async () => {
    await using app = openHandrail(['demo'], { env: { TMPDIR: temporary.path } });
    await app.waitFor(`▲ behind by ${all - applied}`, loading);
    expect(app.modes().alternateScreen).toBe(true);
    await app.waitFor('20240304091500_users_and_repositories', {
      why: 'the oldest revision is listed too',
    });
    expectWholeFrame(app);
    const database = databaseOf(theDemo());
    expect(recordedRevisions(database)).toHaveLength(applied);

    await app.press('u');
    await app.waitFor('g runs it guarded', { why: 'the newest revision does harm' });
    await app.press('esc');
    await app.waitUntilGone('g runs it guarded');
    await app.press('j', 'U');
    await app.waitFor('Enter runs it', { why: 'the plan is shown before anything runs' });
    expect(app.text()).toContain(`by ${reviewed - applied} revisions?`);
    expect(recordedRevisions(database), 'showing a plan runs nothing').toHaveLength(applied);
    await app.press('enter');
    await app.waitFor('▲ behind by 1', { why: 'the upgrade was confirmed' });
    await app.waitFor('Upgrade done', { why: 'the result stays on the screen' });
    expect(app.text()).toMatch(/SQL ─ upgrade done/);
    expect(app.text()).toMatch(/insert into `mikro_orm_migrations`.*ms/);
    expect(app.text()).toMatch(/ commit .*ms/);
    expectWholeFrame(app);
    expect(recordedRevisions(database)).toHaveLength(reviewed);
    expect(integrityErrors(database)).toEqual([]);
    expect(foreignKeyErrors(database)).toEqual([]);

    for (const left of [reviewed - 1, reviewed - 2]) {
      await app.press('d');
      await app.waitFor('y runs it', { why: 'a downgrade is confirmed with its own key' });
      await app.press('y');
      await app.waitFor(`▲ behind by ${all - left}`, { why: 'one revision less is applied' });
      await app.waitFor('Downgrade done');
      expect(recordedRevisions(database)).toHaveLength(left);
    }
    expect(integrityErrors(database)).toEqual([]);
    expect(foreignKeyErrors(database)).toEqual([]);

    await app.press('q');
    expect(await app.waitForExit({ why: 'q quits' })).toEqual({ status: 0, signal: null });
    expectTerminalRestored(app);
    expect(app.text().trim(), 'nothing is left on the main screen').toBe('');
    expect(demos()).toEqual([]);
  });

  it('does not run a downgrade with Enter', async () => {
    await using app = openHandrail(['demo'], { env: { TMPDIR: temporary.path } });
    await app.waitFor('▲ behind by', loading);
    await app.press('d');
    await app.waitFor('y runs it');
    await app.press('enter', 'esc');
    await app.waitUntilGone('y runs it', { why: 'Esc does not run it' });
    expect(recordedRevisions(databaseOf(theDemo()))).toHaveLength(applied);
  });

  it('--keep leaves the copy and says where', async () => {
    await using app = openHandrail(['demo', '--keep'], { env: { TMPDIR: temporary.path } });
    await app.waitFor('▲ behind by', loading);
    await app.press('q');
    expect(await app.waitForExit()).toEqual({ status: 0, signal: null });
    const root = theDemo();
    expect(app.text().replaceAll('\n', '')).toContain(root);
    expect(recordedRevisions(databaseOf(root))).toHaveLength(applied);
    const status = await runHandrail(['status'], { cwd: root });
    expect(status).toMatchObject({ status: 0, stderr: '' });
    expect(status.stdout).toContain(`behind by ${all - applied}`);
  });

  it('removes the copy when its terminal is closed', async () => {
    await using app = openHandrail(['demo'], { env: { TMPDIR: temporary.path } });
    await app.waitFor('▲ behind by', loading);
    const root = theDemo();
    app.kill('SIGHUP');
    expect(await app.waitForExit()).toMatchObject({ status: 129 });
    expect(existsSync(root)).toBe(false);
  });

  it('prints where it stands when there is no terminal', async () => {
    const demo = await runHandrail(['demo'], { env: { TMPDIR: temporary.path } });
    expect(demo).toMatchObject({ status: 0, stderr: '' });
    expect(demo.stdout).toMatch(/● 11 applied {3}○ 8 pending {3}▲ behind by 8/);
    expect(demo.stdout).not.toContain('\u001b');
    expect(demos()).toEqual([]);
  });

  it('answers with one JSON document', async () => {
    const demo = await runHandrail(['demo', '--json', '--keep'], {
      env: { TMPDIR: temporary.path },
    });
    expect(demo.status).toBe(0);
    expect(JSON.parse(demo.stdout)).toMatchObject({
      version: 1,
      counts: { applied, pending: all - applied, missing: 0 },
    });
    expect(demo.stderr, 'where it is, for people').toContain(theDemo());
  });
});

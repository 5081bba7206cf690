/** Up and down again on projects that Handrail's authors did not design, and on large ones. */

import { describe, expect, it } from 'vitest';
import { makeNorthwind } from '../fixtures/northwind.ts';
import { many } from '../kit/builders.ts';
import { databases } from '../kit/databases.ts';
import { openHandrail } from '../kit/handrail.ts';
import { makeProject } from '../kit/project.ts';
import {
  fingerprint,
  foreignKeyErrors,
  integrityErrors,
  recordedRevisions,
  tables,
} from '../kit/sqlite.ts';
import type { Terminal } from '../kit/terminal.ts';
import { expectWholeFrame, loading, quit } from './screens.ts';

async function upgrade(app: Terminal): Promise<void> {
  await app.press('u');
  await app.waitFor('Enter runs it', { timeout: 120_000, why: 'the plan is shown' });
  await app.press('enter');
  await app.waitFor('Upgrade done', { timeout: 120_000, why: 'the plan was confirmed' });
  await app.waitFor('✓ up to date');
}

async function downgrade(app: Terminal, behind: number): Promise<void> {
  await app.press('d');
  await app.waitFor('y runs it', { why: 'the plan is shown' });
  await app.press('y');
  await app.waitFor(`behind by ${behind}`, { why: 'the plan was confirmed' });
  await app.waitFor('Downgrade done');
}

describe('a trading company', () => {
  it('goes up, is not taken past what cannot be undone, and keeps its orders', async () => {
    using project = await makeNorthwind();
    const { databasePath } = project;
    const names = project.names();
    const orders = () => fingerprint(databasePath).tables.orders;
    const before = orders();
    await using app = openHandrail([], { cwd: project.root });
    await app.waitFor('behind by 3', loading);
    await upgrade(app);
    expect(app.text()).toContain('Done: 3 revisions applied');
    expect(recordedRevisions(databasePath)).toEqual(names);
    await app.press('d');
    await app.waitFor('Refused: nothing ran', { why: 'the newest revision is irreversible' });
    expect(app.text()).toContain('The fax numbers are gone');
    expect(recordedRevisions(databasePath)).toEqual(names);
    expect(orders()).toEqual(before);
    expect(integrityErrors(databasePath)).toEqual([]);
    expect(foreignKeyErrors(databasePath)).toEqual([]);
    await app.press('esc');
    await app.waitUntilGone('Refused');
    await quit(app);
  });

  it('comes down two and goes up again with the same content', async () => {
    using project = await makeNorthwind();
    const { databasePath } = project;
    const names = project.names();
    await using app = openHandrail([], { cwd: project.root });
    await app.waitFor('behind by 3', loading);
    await app.press('down', 'U');
    await app.waitFor('by 2 revisions?', { why: 'all but the irreversible one are chosen' });
    await app.press('enter');
    await app.waitFor('behind by 1');
    await app.waitFor('Upgrade done');
    const up = fingerprint(databasePath, { except: ['mikro_orm_migrations', 'sqlite_sequence'] });
    await downgrade(app, 2);
    await downgrade(app, 3);
    expect(recordedRevisions(databasePath)).toEqual(names.slice(0, 5));
    await app.press('esc');
    await app.waitUntilGone('Downgrade done');
    await app.press('G', 'g', 'down', 'U');
    await app.waitFor('by 2 revisions?');
    await app.press('enter');
    await app.waitFor('behind by 1');
    await app.waitFor('Upgrade done');
    expect(
      fingerprint(databasePath, { except: ['mikro_orm_migrations', 'sqlite_sequence'] }),
    ).toEqual(up);
    expect(foreignKeyErrors(databasePath)).toEqual([]);
    await quit(app);
  });
});

describe.each(databases)('on $label', ({ makeProject }) => {
  it('a project goes up and comes down again', async () => {
    await using project = await makeProject({ applied: 2 });
    await using app = openHandrail([], { cwd: project.root });
    await app.waitFor('behind by 2', loading);
    expect(app.text()).toContain(project.database.place);
    await upgrade(app);
    expect(await project.database.recorded()).toEqual(project.names());
    await downgrade(app, 1);
    await downgrade(app, 2);
    expect(await project.database.recorded()).toEqual(project.names().slice(0, 2));
    await quit(app);
  });

  it('a thousand revisions are listed to both ends, filtered, and upgraded to one of them', async () => {
    await using project = await makeProject({ revisions: many(1_000), applied: 400 });
    await using app = openHandrail([], { cwd: project.root });
    await app.waitFor('behind by 600', loading);
    await app.waitFor('step_01000', { why: 'the newest revision is at the top' });

    await app.press('G');
    await app.waitFor('step_00001_create', { timeout: 2_000, why: 'G goes to the oldest one' });
    await app.press('g');
    await app.waitFor('step_01000', { timeout: 2_000, why: 'g goes back to the newest one' });
    await app.press('pagedown', 'pagedown');
    await app.waitUntilGone('step_01000', { timeout: 2_000, why: 'pages were turned' });

    await app.press('/');
    await app.type('00403');
    await app.waitFor((screen) => screen.filter((line) => /^│ [▌ ][○●]/.test(line)).length === 1, {
      why: 'the filter leaves one revision',
    });
    await app.press('enter');
    await app.waitFor(/▌○ \S*00403/, { why: 'it is under the cursor' });
    expectWholeFrame(app);

    await app.press('U');
    await app.waitFor('by 3 revisions?', { why: 'two are pending before it' });
    await app.press('enter');
    await app.waitFor('behind by 597', { timeout: 120_000, why: 'three were applied' });
    await app.waitFor('Upgrade done');
    expect(await project.database.recorded()).toEqual(project.names().slice(0, 403));
    await app.press('esc');
    await app.waitUntilGone('Upgrade done');
    await app.press('esc');
    await app.waitUntilGone('filter:', { why: 'Esc clears it' });
    await quit(app);
  });
});

describe.each([
  'cjs',
  'ts-native',
  'ts-tsx',
  'decorators',
  'decorators-legacy',
  'migrations-list',
  'custom',
] as const)('a project of kind %s', (kind) => {
  it('goes up and comes down again', async () => {
    using project = makeProject({ kind, applied: 2 });
    await using app = openHandrail([], { cwd: project.root });
    await app.waitFor('behind by 2', loading);
    await upgrade(app);
    expect(recordedRevisions(project.databasePath, project.tableName)).toEqual(project.names());
    await downgrade(app, 1);
    await downgrade(app, 2);
    expect(recordedRevisions(project.databasePath, project.tableName)).toEqual(
      project.names().slice(0, 2),
    );
    await quit(app);
  });
});

describe('a project without a database', () => {
  it('is looked at without making one, and gets it with the first upgrade', async () => {
    using project = makeProject();
    await using app = openHandrail([], { cwd: project.root });
    await app.waitFor('no database yet', loading);
    expect(project.read('package.json')).toBeTruthy();
    expect(() => tables(project.databasePath), 'looking makes no database').toThrow();
    await upgrade(app);
    expect(tables(project.databasePath)).toEqual(['author', 'book', 'mikro_orm_migrations']);
    await quit(app);
  });
});

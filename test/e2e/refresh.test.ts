/** The list follows the project and the database by itself: not one of these tests presses a key. */

import { describe, expect, it } from 'vitest';
import { createTable } from '../kit/builders.ts';
import { openHandrail, runHandrail } from '../kit/handrail.ts';
import { makeProject } from '../kit/project.ts';
import { change, recordedRevisions } from '../kit/sqlite.ts';
import type { Terminal } from '../kit/terminal.ts';
import { expectWholeFrame, loading } from './screens.ts';

const byItself = { timeout: 120_000, why: 'the list refreshes by itself' };

/** Open, read, and everything that is done in the background done. */
async function settled(app: Terminal, what: string): Promise<void> {
  await app.waitFor(what, loading);
  await app.waitFor('── down', { why: 'the preview of the selected revision is there' });
  await app.waitUntilQuiet(400);
}

describe('the list refreshes by itself', () => {
  it('when a revision is added', async () => {
    using project = makeProject({ applied: 4 });
    await using app = openHandrail([], { cwd: project.root });
    await settled(app, '✓ up to date');
    project.addRevision(createTable('shelves', 'shelf'));
    await app.waitFor('behind by 1', byItself);
    await app.waitFor(/○ \S*shelves/);
    expectWholeFrame(app);
  });

  it('when a revision is removed', async () => {
    using project = makeProject({ applied: 4 });
    await using app = openHandrail([], { cwd: project.root });
    await settled(app, '✓ up to date');
    project.remove(`migrations/${project.revision('index_titles').name}.js`);
    await app.waitFor('1 missing', byItself);
    await app.waitFor('missing file');
  });

  it('when a revision is edited that Handrail applied', async () => {
    using project = makeProject({ applied: 3 });
    const { name } = project.revision('index_titles');
    expect(await runHandrail(['up', '--yes'], { cwd: project.root })).toMatchObject({ status: 0 });
    await using app = openHandrail([], { cwd: project.root });
    await settled(app, '✓ up to date');
    expect(app.shows('edited')).toBe(false);
    const path = `migrations/${name}.js`;
    const source = project.read(path);
    project.write(path, source.replace('"title"', '"pages"'));
    await app.waitFor(/● .*edited|≠ .*edited/, byItself);
    await app.waitFor('("pages")', { why: 'the SQL on the screen is that of the file' });
    project.write(path, source);
    await app.waitUntilGone('edited', byItself);
  });

  it('when a pending revision is edited: the plan is that of the file', async () => {
    using project = makeProject({ applied: 3 });
    await using app = openHandrail([], { cwd: project.root });
    await settled(app, 'behind by 1');
    const path = `migrations/${project.revision('index_titles').name}.js`;
    project.write(path, project.read(path).replaceAll('book_title_index', 'book_by_title'));
    await app.waitFor('book_by_title', byItself);
    await app.press('u');
    await app.waitFor('Enter runs it');
    expect(app.text()).toContain('book_by_title');
    await app.press('enter');
    await app.waitFor('Upgrade done');
  });

  it('when another program applies a revision', async () => {
    using project = makeProject({ applied: 2 });
    await using app = openHandrail([], { cwd: project.root });
    await settled(app, 'behind by 2');
    const up = await project.mikroOrm(['migration:up']);
    expect(up.status).toBe(0);
    await app.waitFor('✓ up to date', byItself);
  });

  it('when another client changes the migrations table', async () => {
    using project = makeProject({ applied: 4 });
    await using app = openHandrail([], { cwd: project.root });
    await settled(app, '✓ up to date');
    change(
      project.databasePath,
      `delete from mikro_orm_migrations where name = '${project.revision('index_titles').name}'`,
    );
    await app.waitFor('behind by 1', byItself);
    change(
      project.databasePath,
      `insert into mikro_orm_migrations (name) values ('${project.revision('index_titles').name}')`,
    );
    await app.waitFor('✓ up to date', byItself);
  });

  it('when the database comes into being', async () => {
    using project = makeProject();
    await using app = openHandrail([], { cwd: project.root });
    await settled(app, 'no database yet');
    project.applyDirectly(4);
    await app.waitFor('✓ up to date', byItself);
  });
});

describe('a configuration that breaks', () => {
  it('is told above the old list, and everything comes back when it is mended', async () => {
    using project = makeProject({ applied: 2 });
    await using app = openHandrail([], { cwd: project.root });
    await settled(app, 'behind by 2');
    const config = project.read('mikro-orm.config.js');
    project.write('mikro-orm.config.js', `${config}\nthrow new Error('half an edit');\n`);
    await app.waitFor('The project could not be read', byItself);
    await app.waitFor('half an edit', { why: 'it says why' });
    await app.waitFor(/○ \S*index_titles/, { why: 'the old list stays' });
    expectWholeFrame(app);
    await app.press('u');
    expect(app.shows('Enter runs it')).toBe(false);

    project.write('mikro-orm.config.js', config);
    await app.waitUntilGone('The project could not be read', byItself);
    await app.waitFor('behind by 2');
    await app.press('u');
    await app.waitFor('Enter runs it', { why: 'runs are possible again' });
    await app.press('enter');
    await app.waitFor('Upgrade done');
    expect(recordedRevisions(project.databasePath)).toEqual(project.names());
  });

  it('is mended while Handrail has nothing else to show', async () => {
    using project = makeProject({ applied: 2 });
    const config = project.read('mikro-orm.config.js');
    project.write('mikro-orm.config.js', 'export default {{;\n');
    await using app = openHandrail([], { cwd: project.root });
    await app.waitFor('The project could not be read', loading);
    expect(app.shows('create_author')).toBe(false);
    await app.waitUntilQuiet(400);
    project.write('mikro-orm.config.js', config);
    await app.waitFor('behind by 2', byItself);
  });

  it('may do so in one of its entities', async () => {
    using project = makeProject({ applied: 2 });
    await using app = openHandrail([], { cwd: project.root });
    await settled(app, 'behind by 2');
    const entity = project.read('entities/book.js');
    project.write('entities/book.js', `${entity}\nconst half = ;\n`);
    await app.waitFor('The project could not be read', byItself);
    project.write('entities/book.js', entity);
    await app.waitUntilGone('The project could not be read', byItself);
    await app.waitFor('behind by 2');
  });
});

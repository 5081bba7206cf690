/** Entities are edited while Handrail watches: what the draft would be, and a throwaway of them. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BOOK, makeLibrary } from '../engine/draft/kit.ts';
import { type TemporaryFolder, temporaryFolder } from '../kit/environment.ts';
import { openHandrail, runHandrail } from '../kit/handrail.ts';
import type { Project } from '../kit/project.ts';
import { fingerprint, query } from '../kit/sqlite.ts';
import { checkedByTypeScript } from './configs.ts';
import { expectWholeFrame, loading, quit } from './screens.ts';

const entity = 'entities/book.ts';

function change(project: Project, properties: string): void {
  using changed = makeLibrary({ book: `${BOOK}, ${properties}` });
  project.write(entity, changed.read(entity));
}

let temporary: TemporaryFolder;
beforeEach(() => {
  temporary = temporaryFolder('watch');
});
afterEach(() => temporary.remove());

it('a saved entity shows what the draft would be, and is on the throwaway', async () => {
  using project = makeLibrary();
  const before = fingerprint(project.databasePath);
  await using app = openHandrail([], {
    cwd: project.root,
    env: { TMPDIR: temporary.path },
  });
  await app.waitFor('up to date', loading);
  await app.press('w');
  await app.waitFor('There is nothing to draft', loading);
  expectWholeFrame(app);

  change(project, 'isbn: p.string().nullable()');
  await app.waitFor('+ column book.isbn', { ...loading, why: 'the entity was saved' });
  await app.press('t');
  await app.waitFor('file:///', loading);
  await app.waitFor('2 tables');
  expectWholeFrame(app);
  const url = /file:\/\/\S+/.exec(app.text())?.[0] ?? '';
  const database = fileURLToPath(url);
  const columns = () =>
    query(database, `select name from pragma_table_info('book')`).map(({ name }) => name);
  expect(columns()).toContain('isbn');

  // While it does not compile, the last good state stays.
  const good = project.read(entity);
  writeFileSync(join(project.root, entity), `${good}\nconst oops = (`);
  await app.waitFor(/entities\/book\.ts:\d+/, { ...loading, why: 'it does not compile' });
  await app.waitFor('As it was at');
  expect(app.text()).toContain('+ column book.isbn');
  expectWholeFrame(app);
  expect(columns()).toContain('isbn');

  change(project, 'shelf: p.integer().nullable()');
  await app.waitFor('+ column book.shelf', { ...loading, why: 'it compiles again' });
  await app.waitUntilGone('As it was at');
  await app.waitUntilGone('✗');
  await app.waitUntilGone('making it…', { ...loading, why: 'the throwaway is made anew, too' });
  expect(columns()).toContain('shelf');
  expect(columns()).not.toContain('isbn');

  await app.press('n');
  await app.waitFor('── migrations/', loading);
  await app.press('esc');
  await app.waitFor('Watch ─');
  expect(fingerprint(project.databasePath), 'the target is only read').toEqual(before);
  await app.press('esc');
  await app.waitFor('╭▸Revisions');
  await quit(app);
  expect(existsSync(database), 'the throwaway goes with Handrail').toBe(false);
  expect(readdirSync(temporary.path).filter((name) => name.startsWith('handrail'))).toEqual([]);
});

it('what is pending does not keep anybody from watching', async () => {
  using project = makeLibrary(
    { book: `${BOOK}, isbn: p.string().nullable()` },
    { applied: 3, content: '' },
  );
  await using app = openHandrail([], { cwd: project.root });
  await app.waitFor('behind by 1', loading);
  await app.press('w');
  await app.waitFor('against a throwaway with every revision', loading);
  await app.waitFor('+ column book.isbn', loading);
  expectWholeFrame(app);
  await quit(app);
});

it('a draft that is saved in another window is checked, and its SQL compared', async () => {
  using project = makeLibrary({}, checkedByTypeScript);
  change(project, 'isbn: p.string().nullable()');
  const env = { TMPDIR: temporary.path };
  const made = await runHandrail(['draft', '--name', 'add isbn', '--json'], {
    cwd: project.root,
    env,
  });
  expect(made.status, made.stderr).toBe(0);
  const path = join(project.root, JSON.parse(made.stdout).draft.file.path);
  const drafted = readFileSync(path, 'utf8');
  const withMore = (sql: string) =>
    drafted.replace('up(): void | Promise<void> {', (start) => `${start}\n    ${sql}`);
  await using app = openHandrail([], { cwd: project.root, env });
  await app.waitFor('checklist (c):', { ...loading, why: 'the journal knows the draft' });
  await app.press('=');
  await app.waitFor('Nothing: the file is as it was.');

  writeFileSync(path, withMore('this.addSql("update `book` set `pages` = 1");'));
  await app.waitFor('+ update `book` set `pages` = 1;', { ...loading, why: 'it was saved' });
  await app.waitFor('upgrade since it was drafted');
  await app.waitFor('The same SQL, 1 statement.');
  expect(app.text()).not.toContain('since it was saved last');
  expectWholeFrame(app);

  writeFileSync(path, `${withMore('this.addSql(2 as any);')}\nconst n: number = 'two';\n`);
  await app.waitFor('upgrade since it was saved last', { ...loading, why: 'it was saved again' });
  await app.waitFor('- update `book` set `pages` = 1;');
  await app.press('esc');
  await app.waitFor(/✗ line \d+:\d+ TS2322/, { ...loading, why: 'nobody opened it here' });
  expectWholeFrame(app);
  writeFileSync(path, drafted);
  await app.waitUntilGone('TS2322', { ...loading, why: 'it is sound again' });
  await quit(app);
});

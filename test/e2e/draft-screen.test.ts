/** From a changed entity to an upgraded database, with keys alone, a real editor and real rows. */

import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { AUTHOR, BOOK, makeLibrary } from '../engine/draft/kit.ts';
import { temporaryFolder } from '../kit/environment.ts';
import { openHandrail } from '../kit/handrail.ts';
import { count, fingerprint, query } from '../kit/sqlite.ts';
import { expectWholeFrame, loading, quit } from './screens.ts';

it('a draft is asked about, named, edited, rehearsed, repaired and applied', async () => {
  using temporary = editor();
  using project = makeLibrary({
    author: `${AUTHOR.replace('email', 'mail')}, born: p.integer()`,
    book: `${BOOK}, isbn: p.string().nullable()`,
  });
  const before = fingerprint(project.databasePath);
  const app = openHandrail([], {
    cwd: project.root,
    env: { EDITOR: temporary.editor, TMPDIR: temporary.path },
  });
  await using _app = app;
  await app.waitFor('up to date', loading);

  await app.press('n');
  await app.waitFor('1 of 2', { ...loading, why: 'there is something to answer' });
  expect(app.text()).toContain('It holds 1 value.');
  expect(app.text()).toContain('▌ It was renamed to mail');
  expectWholeFrame(app);
  await app.press('enter');
  await app.waitFor('2 of 2');
  await app.type('1900 + id');
  await app.press('enter');
  await app.waitFor('Repaired already', { ...loading, why: 'all is answered' });
  expect(app.text()).toContain('Draft against the target');
  expectWholeFrame(app);
  expect(drafts(project.root), 'looking writes nothing').toEqual([]);

  await app.press('enter');
  await app.waitFor('Name:');
  await app.type('Authors are born');
  await app.press('enter');
  await app.waitFor('R rehearses it', { ...loading, why: 'the editor was left' });
  const [name = ''] = drafts(project.root);
  expect(name).toMatch(/^Migration\d{14}_authors_are_born\.ts$/);
  expect(readFileSync(join(temporary.path, 'opened'), 'utf8')).toContain(name);
  expect(fingerprint(project.databasePath), 'the target is only read').toEqual(before);
  await app.waitFor('behind by 1');

  await app.press('R');
  await app.waitFor('Clean: rehearsal of', { ...loading, why: 'the repair was in the draft' });
  await app.press('esc');
  await app.waitFor('✓ rehearsed');
  await app.press('u');
  await app.waitFor('Enter runs it');
  await app.press('enter');
  await app.waitFor('Upgrade done');
  await app.waitFor('up to date');
  expect(count(project.databasePath, 'book')).toBe(2);
  expect(query(project.databasePath, 'select mail, born from author order by id')).toEqual([
    { mail: 'u@example.org', born: 1901 },
    { mail: null, born: 1902 },
  ]);

  await app.press('esc');
  await app.waitUntilGone('Upgrade done');
  await app.press('n');
  await app.waitFor('There is nothing to draft', loading);
  await app.press('esc');
  await quit(app);
});

it('out of “Target database is not up to date”, by either way', async () => {
  using temporary = editor();
  using project = makeLibrary(
    { book: `${BOOK}, isbn: p.string().nullable()` },
    { applied: 3, content: '' },
  );
  const app = openHandrail([], {
    cwd: project.root,
    env: { EDITOR: temporary.editor, TMPDIR: temporary.path },
  });
  await using _app = app;
  await app.waitFor('behind by 1', loading);
  await app.press('n');
  await app.waitFor('Target database is not up to date.', loading);
  expectWholeFrame(app);
  await app.press('b');
  await app.waitFor('+ column book.isbn', loading);
  expect(app.text()).toContain('╭▸Draft against a throwaway');
  await app.press('esc');
  await app.waitUntilGone('Draft against');

  await app.press('n');
  await app.waitFor('upgrade first', loading);
  await app.press('u');
  await app.waitFor('Enter runs it', loading);
  await app.press('enter');
  await app.waitFor('Upgrade done');
  await app.press('esc');
  await app.waitUntilGone('Upgrade done');
  await app.press('n');
  await app.waitFor('+ column book.isbn', loading);
  expect(app.text()).toContain('Draft against the target');
  expect(drafts(project.root)).toEqual([]);
  await app.press('esc');
  await quit(app);
});

function drafts(root: string): string[] {
  return readdirSync(join(root, 'migrations')).filter((name) => name > 'Migration2026');
}

/** An editor that notes what it was given, and changes nothing. */
function editor() {
  const folder = temporaryFolder('drafting');
  const path = join(folder.path, 'editor');
  writeFileSync(path, `#!/bin/sh\necho "$@" > "${join(folder.path, 'opened')}"\n`);
  chmodSync(path, 0o755);
  return { editor: path, path: folder.path, [Symbol.dispose]: () => folder.remove() };
}

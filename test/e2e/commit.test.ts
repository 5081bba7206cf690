/** `handrail commit`, in a real git repository. */

import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BOOK } from '../engine/draft/kit.ts';
import { runProgram } from '../kit/program.ts';
import { identity, Repository } from './repository.ts';
import { expectWholeFrame, loading, quit } from './screens.ts';

const entity = 'entities/book.ts';
const snapshot = 'migrations/.snapshot-library.db.json';

let repository: Repository;

beforeEach(async () => {
  repository = await Repository.make();
  repository.change({ book: `${BOOK}, isbn: p.string().nullable()` });
});

afterEach(() => repository[Symbol.dispose]());

const git = (...args: string[]) => repository.git(...args);
const handrail = (...args: string[]) => repository.handrail(...args);

async function draft(): Promise<string> {
  const made = await handrail('draft', '--name', 'add isbn', '--json');
  expect(made.status, made.stderr).toBe(0);
  return JSON.parse(made.stdout).draft.file.path;
}

const rehearse = async () => expect((await handrail('rehearse')).status).toBe(0);

describe('handrail commit', () => {
  it('commits revision, snapshot and entity together, and nothing else', async () => {
    const path = await draft();
    await rehearse();
    repository.project.write('README.md', 'not of this change');
    await git('add', 'README.md');
    const shown = await handrail('commit', '--dry-run');
    expect(shown.status).toBe(0);
    expect(shown.stderr).toContain(`revision  ${path}  (new)`);
    expect(shown.stderr).toContain(`code      ${entity}  (changed)`);
    expect(shown.stderr).toContain('Left as they are: README.md');
    expect(shown.stderr).toContain('migrations: add isbn');

    expect((await handrail('commit')).status, 'nobody confirmed it').toBe(4);
    const done = await handrail('commit', '--yes', '--json');
    expect(done.status, done.stderr).toBe(0);
    expect(JSON.parse(done.stdout)).toMatchObject({ version: 1, outcome: 'committed' });
    expect(await repository.inLastCommit()).toEqual([entity, path, snapshot].sort());
    expect(await git('log', '-1', '--format=%B')).toMatch(
      /^migrations: add isbn\n\nRehearsed Migration\d{14}_add_isbn: up .*, 0 of 4 rows lost\./,
    );
    expect(await git('status', '--porcelain')).toBe('A  README.md\n');
    const status = JSON.parse((await handrail('status', '--json')).stdout);
    expect(status.revisions.at(-1).flags, 'it is no draft any more').toEqual([]);
    expect((await handrail('commit', '--yes')).stderr).toContain('Git has every revision');
  });

  it('of an entity without its revision is told when it is drafted', async () => {
    const note = 'this change was committed without a revision';
    const before = await handrail('draft', '--dry-run', '--json');
    expect(before.stdout).not.toContain(note);
    await git('commit', '-q', '-a', '-m', 'isbn, and no revision');
    const after = await handrail('draft', '--dry-run', '--json');
    expect(JSON.parse(after.stdout).draft.notes.join(' ')).toContain(note);
  });

  it('refuses what was not rehearsed as it is', async () => {
    const path = await draft();
    const never = await handrail('commit', '--yes');
    expect(never.status).toBe(4);
    expect(never.stderr).toContain('was never rehearsed here');
    await rehearse();
    appendFileSync(join(repository.root, path), '// once more\n');
    const edited = await handrail('commit', '--yes');
    expect(edited.status).toBe(4);
    expect(edited.stderr).toContain('its file has changed');
    await rehearse();
    appendFileSync(join(repository.root, entity), '// once more\n');
    expect((await handrail('commit', '--yes')).stderr).toContain('code has changed');
    expect(await git('log', '--oneline')).toMatch(/^\w+ the library\n$/);
    expect(await git('diff', '--cached', '--name-only')).toBe('');
  });

  it('says what a hook says, and that nothing was committed', async () => {
    await draft();
    await rehearse();
    const hook = join(repository.root, '.git/hooks/pre-commit');
    writeFileSync(hook, '#!/bin/sh\necho "no commits on Tuesdays" >&2\nexit 1\n');
    chmodSync(hook, 0o755);
    const refused = await handrail('commit', '--yes');
    expect(refused.status).toBe(3);
    expect(refused.stderr).toContain('Git did not commit.');
    expect(refused.stderr).toContain('no commits on Tuesdays');
    expect(await git('log', '--oneline')).toMatch(/^\w+ the library\n$/);
  });

  it('opens the person’s editor with the message', async () => {
    await draft();
    await rehearse();
    const editor = repository.editor('sed -i "1s/.*/books: know their ISBN/" "$1"');
    await using app = repository.open(['commit'], { env: { GIT_EDITOR: editor } });
    await app.waitFor('Commit these files? [y/N]');
    await app.type('y');
    await app.press('enter');
    expect(await app.waitForExit()).toMatchObject({ status: 0 });
    expect(await git('log', '-1', '--format=%s')).toBe('books: know their ISBN\n');
  });

  it('is the last step in the app too', async () => {
    await draft();
    await rehearse();
    const editor = repository.editor('exit 0');
    await using app = repository.open([], { env: { GIT_EDITOR: editor } });
    await app.waitFor('draft', loading);
    await app.press('C');
    await app.waitFor('Commit these files, and edit the message?', loading);
    expectWholeFrame(app);
    await app.press('y');
    await app.waitFor(/Committed as [0-9a-f]{7}/, loading);
    expectWholeFrame(app);
    expect(await repository.inLastCommit()).toContain(entity);
    await quit(app);
  });

  it('says that there is no repository, and what it does not know', async () => {
    expect((await handrail('commit', 'nothing')).status).toBe(2);
    await draft();
    rmSync(join(repository.root, '.git'), { recursive: true });
    const none = await handrail('commit', '--yes');
    expect(none.status).toBe(2);
    expect(none.stderr).toContain('no git repository here');
    expect(readdirSync(repository.root)).not.toContain('.git');
  });

  it('in a repository of several projects, and below a symbolic link', async () => {
    rmSync(join(repository.root, '.git'), { recursive: true });
    const monorepo = mkdtempSync(join(repository.temporary.path, 'repo-'));
    await runProgram('git', ['init', '-q'], { cwd: monorepo, env: identity });
    const inside = join(monorepo, 'services');
    renameSync(repository.root, inside);
    symlinkSync(inside, repository.root);
    await git('add', 'migrations');
    await git('commit', '-q', '-m', 'the library');
    await draft();
    await rehearse();
    const done = await handrail('commit', '--yes', '--json');
    expect(done.status, done.stderr).toBe(0);
    expect(JSON.parse(done.stdout).files).toContain(entity);
    rmSync(repository.root);
    renameSync(inside, repository.root);
  });
});

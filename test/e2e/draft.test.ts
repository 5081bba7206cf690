/** `handrail draft`, from a changed entity to an upgraded database without a lost row. */

import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AUTHOR, BOOK, makeLibrary } from '../engine/draft/kit.ts';
import { type TemporaryFolder, temporaryFolder } from '../kit/environment.ts';
import { runHandrail } from '../kit/handrail.ts';
import { runProgram } from '../kit/program.ts';
import type { Project } from '../kit/project.ts';
import { columns, count, fingerprint, query } from '../kit/sqlite.ts';

let temporary: TemporaryFolder;
let project: Project;

beforeEach(() => {
  temporary = temporaryFolder('drafts');
});

afterEach(() => {
  project.cleanup();
  temporary.remove();
});

function handrail(...args: string[]) {
  return runHandrail(args, { cwd: project.root, env: { TMPDIR: temporary.path } });
}

function drafts(): string[] {
  const known = new Set(project.revisions.map(({ path }) => path));
  const folder = join(project.root, 'migrations');
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => path.endsWith('.ts') && !known.has(path));
}

describe('handrail draft', () => {
  it('writes the next revision, which MikroORM itself agrees with', async () => {
    project = makeLibrary({ book: `${BOOK}, isbn: p.string().nullable()` });
    const before = fingerprint(project.databasePath);
    const { status, stdout, stderr } = await handrail('draft', '--name', 'add isbn');
    expect(status, stderr).toBe(0);
    expect(stdout).toContain('+ column book.isbn  text null');
    expect(stdout).toMatch(/Written to migrations\/Migration\d{14}_add_isbn\.ts/);
    expect(fingerprint(project.databasePath), 'the target is only read').toEqual(before);
    expect(existsSync(join(project.root, 'migrations/.snapshot-library.db.json'))).toBe(true);
    const left = readdirSync(temporary.path).filter((name) => name.startsWith('handrail-'));
    expect(left).toEqual([]);

    expect((await handrail('rehearse')).status).toBe(0);
    expect((await handrail('up', '--yes')).status).toBe(0);
    expect(columns(project.databasePath, 'book')).toContain('isbn');
    const check = await project.mikroOrm(['migration:check']);
    expect(check.stdout + check.stderr).toMatch(/No changes|up.to.date/i);
    const nothing = await handrail('draft');
    expect(nothing).toMatchObject({ status: 0, stdout: '' });
    expect(nothing.stderr).toContain('There is nothing to draft');
  });

  it('asks what nobody else can know, and writes nothing until it is answered', async () => {
    project = makeLibrary({ author: AUTHOR.replace('email', 'mail') });
    const asked = await handrail('draft', '--json');
    expect(asked.status).toBe(4);
    expect(JSON.parse(asked.stdout)).toMatchObject({
      version: 1,
      outcome: 'unanswered',
      draft: { file: null, questions: [{ kind: 'gone', candidates: ['mail'] }] },
    });
    expect(asked.stderr).toContain('It holds 1 value.');
    expect(asked.stderr).toContain('--rename author.email=mail');
    expect(drafts()).toEqual([]);
    const answered = await handrail('draft', '--rename', 'author.email=mail', '--json');
    expect(JSON.parse(answered.stdout)).toMatchObject({ version: 1, outcome: 'drafted' });
    expect((await handrail('up', '--yes')).status).toBe(0);
    expect(query(project.databasePath, 'select mail from author order by id')).toEqual([
      { mail: 'u@example.org' },
      { mail: null },
    ]);
  });

  it('a column that must have a value: filled, repaired, rehearsed, and no row lost', async () => {
    project = makeLibrary({ author: `${AUTHOR}, born: p.integer()` });
    const { status, stdout } = await handrail('draft', '--fill', 'author.born=1900 + id');
    expect(status).toBe(0);
    expect(stdout).toContain('Repaired already: Keep the rows of other tables');
    const rehearsed = await handrail('rehearse', '--repair');
    expect(rehearsed.status, rehearsed.stdout).toBe(0);
    const up = await handrail('up', '--yes');
    expect(up.status, up.stderr).toBe(0);
    expect(count(project.databasePath, 'book')).toBe(2);
    expect(query(project.databasePath, 'select born from author order by id')).toEqual([
      { born: 1901 },
      { born: 1902 },
    ]);
    expect((await handrail('draft')).stderr).toContain('There is nothing to draft');
  });

  it('a column that a downgrade keeps: its values are there after down and up', async () => {
    project = makeLibrary({ book: `${BOOK}, isbn: p.string().nullable()` });
    expect((await handrail('draft', '--keep-on-downgrade', 'book.isbn')).status).toBe(0);
    const rehearsed = await handrail('rehearse');
    expect(rehearsed.status, rehearsed.stdout).toBe(0);
    for (const command of ['up', 'down', 'up']) {
      expect((await handrail(command, '--yes')).status).toBe(0);
      expect(columns(project.databasePath, 'book')).toContain('isbn');
    }
  });

  it('refuses a target that is not up to date, says why, and drafts from a throwaway', async () => {
    project = makeLibrary(
      { book: `${BOOK}, isbn: p.string().nullable()` },
      { applied: 3, content: '' },
    );
    const before = fingerprint(project.databasePath);
    const refused = await handrail('draft');
    expect(refused.status).toBe(4);
    expect(refused.stderr).toContain('Target database is not up to date.');
    expect(refused.stderr).toContain('index_titles');
    expect(refused.stderr).toContain('→ Upgrade it first: handrail up');
    expect(drafts()).toEqual([]);
    const made = await handrail('draft', '--base', 'throwaway', '--name', 'isbn');
    expect(made.status, made.stderr).toBe(0);
    const [path = ''] = drafts();
    expect(readFileSync(path, 'utf8')).not.toContain('create index');
    expect(fingerprint(project.databasePath)).toEqual(before);
  });

  it('shows, and writes nothing, when told so', async () => {
    project = makeLibrary({ book: `${BOOK}, isbn: p.string().nullable()` });
    const { status, stdout } = await handrail('draft', '--dry-run');
    expect(status).toBe(0);
    expect(stdout).toContain('Would be written to');
    expect(stdout).toContain('alter table');
    expect(drafts()).toEqual([]);
    expect(existsSync(join(project.root, 'migrations/.snapshot-library.db.json'))).toBe(false);
  });

  it('says what is wrong with an answer', async () => {
    project = makeLibrary();
    for (const wrong of [
      ['--rename', 'author.email'],
      ['--fill', 'author=1'],
      ['--keep-on-downgrade', 'author'],
      ['--base', 'elsewhere'],
    ]) {
      expect((await handrail('draft', ...wrong)).status, wrong.join(' ')).toBe(2);
    }
  });
});

describe('handrail discard', () => {
  const snapshot = 'migrations/.snapshot-library.db.json';

  async function makeDraft(): Promise<string> {
    const made = await handrail('draft', '--name', 'isbn', '--json');
    expect(made.status, made.stderr).toBe(0);
    return JSON.parse(made.stdout).draft.file.name;
  }

  it('leaves the project as it was before the draft, and keeps what was typed', async () => {
    project = makeLibrary({ book: `${BOOK}, isbn: p.string().nullable()` });
    project.write(snapshot, '{"tables": [], "namespaces": []}');
    const before = readFileSync(join(project.root, snapshot));
    const name = await makeDraft();
    expect(readFileSync(join(project.root, snapshot))).not.toEqual(before);
    const status = JSON.parse((await handrail('status', '--json')).stdout);
    expect(status.revisions.at(-1)).toMatchObject({ name, flags: ['draft'] });
    const [path = ''] = drafts();
    appendFileSync(path, '// typed by a person\n');

    expect((await handrail('discard', name)).status, 'nobody confirmed it').toBe(4);
    expect(drafts()).toEqual([path]);
    const { status: done, stdout } = await handrail('discard', name, '--yes');
    expect(done).toBe(0);
    expect(stdout).toContain('snapshot is as it was before');
    expect(drafts()).toEqual([]);
    expect(readFileSync(join(project.root, snapshot))).toEqual(before);
    const [kept] = query(
      join(project.root, '.handrail/journal.db'),
      'select discarded_source from draft',
    );
    expect(kept?.discarded_source).toContain('typed by a person');
  });

  it('removes a snapshot that came with the draft, but not one that changed since', async () => {
    project = makeLibrary({ book: `${BOOK}, isbn: p.string().nullable()` });
    await handrail('discard', await makeDraft(), '--yes');
    expect(existsSync(join(project.root, snapshot))).toBe(false);
    const name = await makeDraft();
    appendFileSync(join(project.root, snapshot), ' ');
    expect((await handrail('discard', name, '--yes')).stdout).toContain('left as it is');
    expect(existsSync(join(project.root, snapshot))).toBe(true);
    expect(drafts()).toEqual([]);
  });

  it('refuses what is applied, what git has, and what it did not write', async () => {
    project = makeLibrary({ book: `${BOOK}, isbn: p.string().nullable()` });
    const name = await makeDraft();
    expect((await handrail('up', '--yes')).status).toBe(0);
    expect((await handrail('discard', name, '--yes')).status).toBe(2);
    expect((await handrail('down', '--yes')).status).toBe(0);
    const git = (...args: string[]) => runProgram('git', args, { cwd: project.root });
    await git('init', '-q');
    await git('add', '-f', 'migrations');
    const status = JSON.parse((await handrail('status', '--json')).stdout);
    expect(status.revisions.at(-1)).toMatchObject({ name, flags: [] });
    expect((await handrail('discard', name, '--yes')).status).toBe(2);
    expect((await handrail('discard', project.names()[0] ?? '', '--yes')).status).toBe(2);
    expect(drafts()).toHaveLength(1);
  });

  it('several drafts: each is discarded for itself', async () => {
    project = makeLibrary({ book: `${BOOK}, isbn: p.string().nullable()` });
    const first = await makeDraft();
    const blank = await handrail('draft', '--blank', '--name', 'data', '--json');
    const second: string = JSON.parse(blank.stdout).draft.file.name;
    expect(drafts()).toHaveLength(2);
    const third = await handrail('draft');
    expect(third.stderr).toContain('Target database is not up to date.');
    expect((await handrail('discard', second, '--yes')).status).toBe(0);
    expect(existsSync(join(project.root, snapshot))).toBe(true);
    expect((await handrail('discard', first, '--yes')).status).toBe(0);
    expect(existsSync(join(project.root, snapshot))).toBe(false);
    expect(drafts()).toEqual([]);
  });
});

/** `handrail draft`, from a changed entity to an upgraded database without a lost row. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AUTHOR, BOOK, makeLibrary } from '../engine/draft/kit.ts';
import { type TemporaryFolder, temporaryFolder } from '../kit/environment.ts';
import { runHandrail } from '../kit/handrail.ts';
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
    expect(stdout).toContain('2 rows of book would be deleted');
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

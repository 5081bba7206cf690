/** Backups, and putting them back after real losses. */

import { cpSync, mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import type { Restored } from '../../../source/contract/backup.ts';
import type { Plan } from '../../../source/contract/plan.ts';
import type { Reply } from '../../../source/contract/problem.ts';
import type { RunResult } from '../../../source/contract/run.ts';
import { databases } from '../../kit/databases.ts';
import type { MadeProject } from '../../kit/made-project.ts';
import { ServerProject } from '../../kit/postgresql.ts';
import { makeProject as makeSqliteProject } from '../../kit/project.ts';
import { accepted, openEngine, refused } from '../kit.ts';

const content = `insert into author (id, name) values (1, 'Ada'), (2, 'Bea');
  insert into book (id, title, author_id) values (1, 'One', 1), (2, 'Two', 2), (3, 'Three', 2)`;

async function planOf(root: string, direction: 'up' | 'down'): Promise<Plan> {
  await using engine = openEngine(root);
  const goal = { kind: 'steps', steps: 1 } as const;
  return accepted(await engine.ask((api) => api.plan({ direction, goal })));
}

/** Runs a plan, with a backup in `folder`. */
async function run(root: string, plan: Plan, folder: string | null): Promise<Reply<RunResult>> {
  await using engine = openEngine(root, { access: 'run' });
  return await engine.ask((api) =>
    api.run(plan, { lockWait: 0, retries: 0, guarded: true, backup: folder }),
  );
}

async function restore(root: string, folder: string, aside = false): Promise<Reply<Restored>> {
  const plan = await (async () => {
    await using engine = openEngine(root);
    return await engine.ask((api) => api.planRestore({ folder, aside }));
  })();
  if (!plan.ok) return plan;
  await using engine = openEngine(root, { access: 'run' });
  return await engine.ask((api) => api.restore(plan.value, folder, `${folder}-saved`));
}

function placeFor(project: MadeProject): string {
  return join(mkdtempSync(join(project.root, 'backups-')), 'one');
}

describe.each(databases)('a backup on $label', ({ makeProject, driver }) => {
  const half = () => makeProject({ applied: 2, content });
  const rowsOf = async ({ database }: MadeProject) => (await database.fingerprint()).tables;

  test('gives back what a downgrade took, and is its owner’s alone', async () => {
    await using project = await half();
    const { root } = project;
    const folder = placeFor(project);
    const before = await rowsOf(project);
    const down = await planOf(root, 'down');
    expect(down.losing).toBe(true);
    expect(accepted(await run(root, down, folder)).outcome).toBe('done');
    expect(await project.database.tables()).not.toContain('book');
    for (const name of readdirSync(folder)) {
      expect(statSync(join(folder, name)).mode & 0o077, name).toBe(0);
    }
    if (driver === 'postgresql') {
      // Only rows are in it.
      const problem = refused(await restore(root, folder));
      expect(problem).toMatchObject({ code: 'backup-failed' });
      expect(problem.why).toContain('there is no table book');
      const up = await planOf(root, 'up');
      expect(up.losing).toBe(false);
      accepted(await run(root, up, null));
    }
    const { tables, saved } = accepted(await restore(root, folder));
    expect(tables).toContainEqual({
      name: 'book',
      now: driver === 'sqlite' ? null : 0,
      kept: 3,
    });
    expect({ ...(await rowsOf(project)), [project.tableName]: null }).toEqual({
      ...before,
      [project.tableName]: null,
    });
    expect(await project.database.damage()).toEqual([]);
    expect(saved?.before).toEqual({ kind: 'restore', backup: 'one' });
    expect(await project.database.recorded()).toHaveLength(2);
  });

  test('gives back what others deleted and changed; what they left is kept, too', async () => {
    await using project = await half();
    const { root, database } = project;
    const folder = placeFor(project);
    accepted(await run(root, await planOf(root, 'down'), folder));
    if (driver === 'postgresql') accepted(await run(root, await planOf(root, 'up'), null));
    accepted(await restore(root, folder));
    const before = await rowsOf(project);
    await database.change(`delete from book where id > 1; update book set title = 'X'`);
    const damaged = await rowsOf(project);
    const again = `${folder}-again`;
    cpSync(folder, again, { recursive: true });
    accepted(await restore(root, again));
    expect(await rowsOf(project)).toEqual(before);
    accepted(await restore(root, `${again}-saved`));
    expect(await rowsOf(project)).toEqual(damaged);
  });

  test('that can’t be made refuses the run', async () => {
    await using project = await half();
    const { root, database } = project;
    const before = await database.fingerprint();
    writeFileSync(join(root, 'no-folder'), '');
    const folder = join(root, 'no-folder', 'one');
    const problem = refused(await run(root, await planOf(root, 'down'), folder));
    expect(problem).toMatchObject({ code: 'backup-failed' });
    expect(problem.next.join()).toContain('--no-backup');
    expect(await database.fingerprint()).toEqual(before);
  });

  test('of another database is not put back', async () => {
    await using project = await half();
    await using other = await half();
    const folder = placeFor(project);
    accepted(await run(project.root, await planOf(project.root, 'down'), folder));
    const before = await other.database.fingerprint();
    expect(refused(await restore(other.root, folder)).what).toContain('is of');
    expect(await other.database.fingerprint()).toEqual(before);
  });
});

test('SQLite: who has the file open, with a log, sees all of what was restored', async () => {
  using project = makeSqliteProject({ applied: 2, content });
  const { root, databasePath } = project;
  const folder = placeFor(project);
  const other = new DatabaseSync(databasePath);
  try {
    other.exec('pragma journal_mode = wal');
    accepted(await run(root, await planOf(root, 'down'), folder));
    other.exec('delete from author');
    accepted(await restore(root, folder));
    const names = other.prepare('select title from book order by id').all();
    expect(names.map(({ title }) => title)).toEqual(['One', 'Two', 'Three']);
    expect(other.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' });
    other.exec(`insert into author (id, name) values (9, 'Cleo')`);
  } finally {
    other.close();
  }
  expect(await project.database.count('author')).toBe(3);
});

test('PostgreSQL: rows can be put beside the tables, which overwrites nothing', async () => {
  await using project = await ServerProject.make({ applied: 2, content });
  const { root, database } = project;
  const folder = placeFor(project);
  accepted(await run(root, await planOf(root, 'down'), folder));
  const { tables, saved } = accepted(await restore(root, folder, true));
  expect(saved).toBeNull();
  expect(tables).toContainEqual({ name: 'book', now: null, kept: 3 });
  const rows = await database.query('select title from handrail_backup_one.book order by id');
  expect(rows.map(({ title }) => title)).toEqual(['One', 'Two', 'Three']);
});

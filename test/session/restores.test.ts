/** Restoring a backup is a run of its own. */

import { describe, expect, test } from 'vitest';
import type { SessionEvent } from '../../source/contract/events.ts';
import { openJournal } from '../../source/journal/journal.ts';
import { accepted, refused } from '../engine/kit.ts';
import { databases } from '../kit/databases.ts';
import { sessionOn } from '../kit/session.ts';

const back = { direction: 'down', goal: { kind: 'steps', steps: 1 } } as const;
const again = { direction: 'up', goal: { kind: 'steps', steps: 1 } } as const;
const content = `insert into author (id, name) values (1, 'Ada');
  insert into book (id, title, author_id) values (1, 'One', 1)`;

describe.each(databases)('restoring on $label', ({ makeProject, driver }) => {
  test('is recorded with what it put back and what it overwrote', async () => {
    await using project = await makeProject({ applied: 2, content });
    const session = await sessionOn(project.root);
    try {
      accepted(await session.look());
      const down = { ...accepted(await session.plan(back)), backup: true };
      const { backup } = accepted(await session.run(down));
      if (!backup) throw new Error('No backup was taken.');
      if (driver === 'postgresql') {
        accepted(await session.run(accepted(await session.plan(again))));
      }
      const earlier = accepted(await session.runs(10));
      const plan = accepted(await session.planRestore(undefined, false));
      expect(accepted(await session.runs(10)), 'looking records nothing').toEqual(earlier);
      const { run, saved } = accepted(await session.restore(plan));
      const [newest, ...others] = accepted(await session.runs(10));
      expect(others).toEqual(earlier);
      expect(newest).toMatchObject({
        id: run,
        direction: 'restore',
        outcome: 'done',
        revisions: [],
        target: { key: plan.target.key },
        backup: saved?.id,
        restored: { backup: backup.id, kind: backup.kind, aside: null },
        message: expect.stringMatching(/rows? of .* back\.$/),
      });
      const listed = accepted(await session.backups()).find(({ id }) => id === saved?.id);
      expect(listed).toMatchObject({ run, before: { kind: 'restore', backup: backup.id } });
      expect(refused(await session.planRestore('nope', false)).code).toBe('usage');
    } finally {
      await session.close();
    }
  });
});

test('a restoring that was cut off is told, and not taken for done or for undone', async () => {
  const [sqlite] = databases;
  if (!sqlite) throw new Error('There is no database.');
  await using project = await sqlite.makeProject({ applied: 2, content });
  const first = await sessionOn(project.root);
  const { target } = accepted(await first.look());
  await first.close();
  const journal = await openJournal({ folder: `${project.root}/.handrail`, literals: 'cut' });
  const id = await journal.startRun({
    direction: 'restore',
    target,
    steps: [],
    transactions: 'all-or-nothing',
    backup: 'saved',
    restored: { backup: '20261130-044512', kind: 'file', aside: null },
    // No process has such a number.
    pid: 99_999_999,
    host: 'elsewhere',
    now: new Date(),
  });
  await journal.close();
  const session = await sessionOn(project.root);
  try {
    const told: SessionEvent[] = [];
    session.subscribe((event) => void told.push(event));
    accepted(await session.look());
    const message = expect.stringContaining(
      'all of the backup 20261130-044512 is back, or nothing',
    );
    expect(told.find(({ type }) => type === 'interrupted-runs')).toMatchObject({
      runs: [{ run: { id, direction: 'restore', message }, done: [], notDone: [] }],
    });
    expect(accepted(await session.runs(1))).toMatchObject([
      { id, outcome: 'interrupted', message },
    ]);
  } finally {
    await session.close();
  }
});

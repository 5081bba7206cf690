/** What is asked of a session while the project changes. */

import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { NO_ANSWERS } from '../../source/contract/draft.ts';
import { accepted } from '../engine/kit.ts';
import { databases } from '../kit/databases.ts';
import { sessionOn } from '../kit/session.ts';

const [sqlite] = databases;
if (!sqlite) throw new Error('There is no database.');

test('code that is read again takes no answer away from those who wait for one', async () => {
  await using project = await sqlite.makeProject({ applied: 1 });
  const session = await sessionOn(project.root);
  try {
    accepted(await session.look());
    const planned = session.plan({ direction: 'up', goal: { kind: 'steps', steps: 1 } });
    await setImmediate();
    const looked = session.look();
    expect(accepted(await planned).steps).toHaveLength(1);
    accepted(await looked);
  } finally {
    await session.close();
  }
});

test('a draft that is given up while the first look is going on makes way for the next one', async () => {
  await using project = await sqlite.makeProject({ applied: 1 });
  const session = await sessionOn(project.root);
  const request = { base: 'throwaway', name: null, blank: true, answers: NO_ANSWERS } as const;
  try {
    const given = session.draft(request);
    await setImmediate();
    session.cancel();
    const wanted = session.draft({ ...request });
    expect(await given).toMatchObject({ ok: false, problem: { code: 'cancelled' } });
    accepted(await wanted);
  } finally {
    await session.close();
  }
});

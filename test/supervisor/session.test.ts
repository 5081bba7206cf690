/** What is asked of a session while the project changes. */

import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
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

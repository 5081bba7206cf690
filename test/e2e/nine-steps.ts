/** The checklist from its first step to its last, with the keys that a person presses. */

import type { Terminal } from '../kit/terminal.ts';
import { expectWholeFrame, loading } from './screens.ts';

/** What differs from one way to another. */
export interface Walk {
  /** Of an entity's file: what stands in place of what. Without one the draft is blank. */
  readonly change?: { readonly path: string; readonly from: string; readonly to: string };
  /** Answers what is asked before the draft. */
  readonly answer?: (app: Terminal) => Promise<void>;
  /** The draft would do harm as it was generated, and has the repair in it. */
  readonly repaired?: true;
}

/** The target is up to date, and the entities are changed already; no test command is set. */
export async function walkNineSteps(
  app: Terminal,
  { change, answer, repaired }: Walk,
): Promise<void> {
  await app.waitFor('up to date', loading);
  await app.press('c');
  await app.waitFor('Checklist ─ next revision');
  await app.waitFor('✓ Target up to date');
  expectWholeFrame(app);

  if (change) {
    await app.waitFor('▌○ Draft the revision');
    await app.press('enter');
  } else {
    await app.press('N');
  }
  await answer?.(app);
  if (repaired) await app.waitFor('Repaired already', { ...loading, why: 'the draft was tried' });
  await app.waitFor('── migrations/', { ...loading, why: 'the draft is made' });
  await app.press('enter');
  await app.waitFor('Name:');
  await app.type('on the way');
  await app.press('enter');
  await app.waitFor('✓ Clean the draft up', { ...loading, why: 'the editor was left' });
  await app.waitFor('▌○ Upgrade');
  expectWholeFrame(app);

  await app.press('enter');
  await app.waitFor('Clean: rehearsal of', loading);
  await app.press('esc');
  await app.waitFor('✓ Upgrade again');
  await app.waitFor('▌○ Test', { why: 'no test command is set' });
  await app.press('s');
  await app.waitFor('Reason for skipping:');
  await app.type('nothing to test');
  await app.press('enter');
  await app.waitFor('8 of 9');
  await app.press('u');
  await app.waitFor('Enter runs it', loading);
  await app.press('enter');
  await app.waitFor('Upgrade done', loading);
  await app.press('esc');
  await app.waitFor('▌○ Commit together');
  await app.press('enter');
  await app.waitFor('Commit these files, and edit the message?', loading);
  expectWholeFrame(app);
  await app.press('y');
  await app.waitFor('9 of 9 · all done', loading);
}

import { describe, expect, test } from 'vitest';
import { historyOf, problemOf, revision } from './builders.ts';
import { FakeSession } from './fake-session.ts';
import { openScreen } from './screen.tsx';

async function openCommit(session = new FakeSession()) {
  const screen = openScreen({ session });
  session.emit({ type: 'history', history: historyOf([revision('20261124_add_repo_owner')]) });
  await screen.shows('add_repo_owner');
  await screen.press('C');
  return screen;
}

describe('the commit screen', () => {
  test('shows what belongs together, and commits it only after asking', async () => {
    const screen = await openCommit();
    await screen.shows('code      entities/shelf.ts  changed');
    await screen.shows('Left as they are: README.md');
    await screen.shows('migrations: add shelf width');
    await screen.press('n');
    await screen.hides('Left as they are');
    expect(screen.session.calls).not.toContain('commit');
    await screen.press('C');
    await screen.shows('y: yes');
    await screen.press('y');
    await screen.shows('Committed as abc1234.');
    expect(screen.session.calls.filter((call) => call === 'commit')).toHaveLength(1);
  });

  test('says why nothing is committed', async () => {
    const session = new FakeSession();
    session.answers.proposeCommit = async () => ({
      ok: false,
      problem: problemOf({ code: 'unproven', what: 'It is not proven as it is.' }),
    });
    const screen = await openCommit(session);
    await screen.shows('Not committed');
    await screen.shows('It is not proven as it is.');
    await screen.press('y');
    expect(session.calls).not.toContain('commit');
  });

  test('tells what git or a hook says', async () => {
    const session = new FakeSession();
    session.answers.commit = async () => ({
      ok: false,
      problem: problemOf({ code: 'commit-failed', what: 'Git did not commit.' }),
    });
    const screen = await openCommit(session);
    await screen.shows('y: yes');
    await screen.press('y');
    await screen.shows('Git did not commit.');
  });
});

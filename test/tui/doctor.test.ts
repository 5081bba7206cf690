import { describe, expect, test } from 'vitest';
import type { DoctorFinding } from '../../source/contract/doctor.ts';
import { problemOf, someHistory } from './builders.ts';
import { FakeSession } from './fake-session.ts';
import { keys, openScreen } from './screen.tsx';

const index: DoctorFinding = {
  kind: 'invalid-index',
  about: 'author_name',
  severity: 'hazard',
  what: 'The index author_name of author is invalid: its build did not end.',
  why: 'No query uses it.',
  facts: ['12 kB', 'named by \u001b[2J20261120_index'],
  remedies: [
    { title: 'Have a cup of tea.', statements: [], commands: [] },
    {
      title: 'Drop it, and upgrade.',
      statements: ['drop index concurrently "public"."author_name";', 'select 1;'],
      commands: ['handrail up'],
    },
  ],
};

const behind: DoctorFinding = {
  kind: 'behind',
  about: 'var/dev.db',
  severity: 'notice',
  what: 'The target is behind by 2 revisions.',
  why: 'Code may not work on it.',
  facts: [],
  remedies: [{ title: 'Upgrade.', statements: [], commands: ['handrail up'] }],
};

async function openDoctor(findings: readonly DoctorFinding[], session = new FakeSession()) {
  session.answers.diagnose = async () => ({ ok: true, value: { findings } });
  const screen = openScreen({ session });
  session.emit({ type: 'history', history: someHistory });
  await screen.shows('▌○ 20261124');
  await screen.press('!');
  await screen.shows('Doctor');
  return screen;
}

describe('the doctor', () => {
  test('lists what was found, and says why and what to do', async () => {
    const screen = await openDoctor([index, behind]);
    await screen.shows('▌⚠ hazard  The index author_name of author is invalid');
    const frame = screen.frame();
    expect(frame).toContain('· notice  The target is behind by 2 revisions.');
    expect(frame).toContain('No query uses it.');
    expect(frame).toContain('· named by ␛[2J20261120_index');
    expect(frame).toContain('1. Have a cup of tea.');
    expect(frame).toContain('2. Drop it, and upgrade.');
    expect(frame).toContain('   drop index concurrently "public"."author_name";');
    expect(frame).toContain('   $ handrail up');
    await screen.press('j');
    await screen.shows('▌· notice');
    await screen.shows('Code may not work on it.');
    await screen.press(keys.escape);
    await screen.shows('╭▸Revisions');
  });

  test('copies the SQL of a remedy, or says that there is none', async () => {
    const screen = await openDoctor([index, behind]);
    await screen.shows('▌⚠');
    await screen.press('y');
    await screen.shows('Copied the SQL.');
    expect(screen.copied).toEqual(['drop index concurrently "public"."author_name";\nselect 1;']);
    await screen.press('j', 'y');
    await screen.shows('No remedy of this finding is SQL.');
    expect(screen.copied).toHaveLength(1);
  });

  test('says when nothing was found, and looks again', async () => {
    const screen = await openDoctor([]);
    await screen.shows('✓ No problems found');
    screen.session.answers.diagnose = async () => ({ ok: true, value: { findings: [behind] } });
    await screen.press('r');
    await screen.shows('▌· notice  The target is behind');
    expect(screen.session.calls.filter((call) => call === 'diagnose')).toHaveLength(2);
  });

  test('says why nobody could look', async () => {
    const session = new FakeSession();
    const screen = openScreen({ session });
    session.answers.diagnose = async () => ({ ok: false, problem: problemOf() });
    session.emit({ type: 'history', history: someHistory });
    await screen.shows('▌○ 20261124');
    await screen.press('!');
    await screen.shows('✗ The project could not be examined.');
    await screen.shows('The revision 20260930_gists can not be reverted.');
  });

  test('shows a thousand findings a window at a time, in a small terminal too', async () => {
    const many = Array.from({ length: 1_000 }, (_, at) => ({
      ...behind,
      about: `${at}`,
      what: `Finding ${at}.`,
    }));
    const session = new FakeSession();
    session.answers.diagnose = async () => ({ ok: true, value: { findings: many } });
    const screen = openScreen({ session, columns: 60, rows: 16 });
    session.emit({ type: 'history', history: someHistory });
    await screen.shows('20261124');
    await screen.press('!');
    await screen.shows('Finding 0.');
    expect(screen.rows()).toHaveLength(16);
    await screen.press('G');
    await screen.shows('▌· notice  Finding 999.');
    await screen.press(keys.tab);
    await screen.shows('╭▸What to do');
    await screen.press('j');
    expect(screen.rows()).toHaveLength(16);
  });
});

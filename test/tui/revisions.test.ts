import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import {
  historyOf,
  manyRevisions,
  problemOf,
  revision,
  runRecord,
  someHistory,
} from './builders.ts';
import { FakeSession } from './fake-session.ts';
import { keys, openScreen } from './screen.tsx';

describe('the first frame', () => {
  test('is there before the session has told anything', () => {
    const screen = openScreen();
    expect(screen.frame()).toContain('loading the project…');
    expect(screen.frame()).toContain('handrail  kallithea');
    expect(screen.frame()).toContain('q quit');
  });
});

describe('the list', () => {
  test('shows the newest revision first, with symbols and words for each state', async () => {
    const screen = openScreen();
    screen.session.emit({ type: 'history', history: someHistory });
    await screen.shows('▌○ 20261124_add_repo_owner');
    const rows = screen.rows();
    const at = (text: string) => rows.findIndex((row) => row.includes(text));
    expect(at('20261124_add_repo_owner')).toBeLessThan(at('20260922_pr_reviewers'));
    expect(screen.frame()).toMatch(/! 20260930_gists +missing file/);
    expect(screen.frame()).toMatch(/≠ 20260922_pr_reviewers +edited since/);
    expect(rows[0]).toContain('● 3 applied  ○ 2 pending  ! 1 missing  ▲ behind by 2');
  });

  test('5,000 revisions: the frame keeps its height and moving works', async () => {
    const screen = openScreen();
    screen.session.emit({ type: 'history', history: historyOf(manyRevisions(5_000)) });
    await screen.shows('▌○ 05000');
    expect(screen.rows()).toHaveLength(36);
    await screen.press('j', 'j', keys.down);
    await screen.shows('▌● 04997');
    await screen.press('G');
    await screen.shows('▌● 00001');
    await screen.press(keys.up, 'k');
    await screen.shows('▌● 00003');
    await screen.press('g', keys.pageDown, keys.pageDown);
    await screen.hides('05000');
    expect(screen.rows()).toHaveLength(36);
  });

  test('keeps the cursor on its revision when the history is read again', async () => {
    const screen = openScreen();
    screen.session.emit({ type: 'history', history: someHistory });
    await screen.shows('▌○ 20261124');
    await screen.press('j');
    await screen.shows('▌○ 20261120');
    const newer = revision('20261201_new', { state: 'pending' });
    screen.session.emit({ type: 'history', history: historyOf([...someHistory.revisions, newer]) });
    await screen.shows('20261201_new');
    expect(screen.frame()).toContain('▌○ 20261120');
  });

  test('filters by name and by state words', async () => {
    const screen = openScreen();
    screen.session.emit({ type: 'history', history: someHistory });
    await screen.shows('20261014_ssh_keys');
    await screen.press('/', ...'pending');
    await screen.shows('filter: pending (2 of 6)');
    expect(screen.frame()).not.toContain('ssh_keys');
    await screen.press(keys.enter);
    await screen.shows('? help');
    await screen.press(keys.escape);
    await screen.shows('ssh_keys');
    await screen.press('/', ...'edited');
    await screen.shows('(1 of 6)');
    await screen.press(keys.backspace, keys.escape);
    await screen.shows('ssh_keys');
  });

  test('keys typed into the filter are never commands, nor is pasted text', async () => {
    const screen = openScreen();
    screen.session.emit({ type: 'history', history: someHistory });
    await screen.shows('ssh_keys');
    await screen.press('/', 'q', 'u', 'd');
    await screen.shows('/ qud');
    await screen.press(keys.escape);
    await screen.shows('? help');
    screen.paste('u\rq');
    await screen.press('j');
    await screen.shows('▌○ 20261120');
    expect(screen.quits).toEqual([]);
    expect(screen.session.planned).toEqual([]);
  });
});

describe('the detail', () => {
  test('shows up and down SQL of the selected revision only', async () => {
    const screen = openScreen();
    screen.session.emit({ type: 'history', history: someHistory });
    await screen.shows('create index "ix_20261124_add_repo_owner"');
    expect(screen.frame()).toContain('drop index "ix_20261124_add_repo_owner"');
    expect(screen.session.calls.filter((call) => call.startsWith('preview'))).toEqual([
      'preview up 20261124_add_repo_owner',
      'preview down 20261124_add_repo_owner',
    ]);
  });

  test('shows SQL without the indentation of the code around it', async () => {
    const session = new FakeSession();
    const { preview } = session.answers;
    session.answers.preview = async (name, direction) => {
      const reply = await preview(name, direction);
      if (!reply.ok) return reply;
      const statements = ['update t\n          set a = (\n            select 1\n          )'];
      return { ok: true, value: { ...reply.value, statements } };
    };
    const screen = openScreen({ session });
    session.emit({ type: 'history', history: someHistory });
    await screen.shows('│   set a = (');
    expect(screen.frame()).toContain('│     select 1');
  });

  test('ignores an answer that comes too late', async () => {
    const session = new FakeSession();
    const slow = Promise.withResolvers<void>();
    const { preview } = session.answers;
    session.answers.preview = async (name, direction) => {
      if (name.includes('20261124')) await slow.promise;
      return preview(name, direction);
    };
    const screen = openScreen({ session });
    session.emit({ type: 'history', history: someHistory });
    await screen.until(() => session.calls.includes('preview up 20261124_add_repo_owner'), 'asked');
    expect(screen.frame()).toContain('reading the code…');
    await screen.press('j');
    await screen.shows('create index "ix_20261120_index_changesets"');
    slow.resolve();
    await screen.press('?', keys.escape);
    await screen.shows('create index "ix_20261120_index_changesets"');
    expect(screen.frame()).not.toContain('create index "ix_20261124');
  });

  test('says that a revision is irreversible, incomplete, or can not be previewed', async () => {
    const session = new FakeSession();
    const { preview } = session.answers;
    session.answers.preview = async (name, direction) => {
      if (direction === 'up') return { ok: false, problem: problemOf({ what: 'It throws.' }) };
      const reply = await preview(name, direction);
      if (!reply.ok) return reply;
      const value = {
        ...reply.value,
        irreversible: 'The data is gone.',
        incomplete: 'It reads data.',
      };
      return { ok: true, value };
    };
    const screen = openScreen({ session });
    session.emit({ type: 'history', history: someHistory });
    await screen.shows('irreversible: The data is gone.');
    expect(screen.frame()).toContain('incomplete: It reads data.');
    expect(screen.frame()).toContain('✗ It throws.');
  });
});

describe('problems', () => {
  test('a look that failed keeps the last history, and nothing can be run', async () => {
    const screen = openScreen();
    screen.session.emit({ type: 'history', history: someHistory });
    screen.session.emit({
      type: 'look-failed',
      problem: problemOf({ what: 'The config throws.' }),
    });
    await screen.shows('✗ The config throws.');
    expect(screen.frame()).toContain('1. Bring the file back from git.');
    expect(screen.frame()).toContain('20261014_ssh_keys');
    await screen.press('u');
    await screen.shows('Fix it: Handrail reloads automatically.');
    await screen.press('t');
    await screen.shows('Error: no such file');
    expect(screen.session.planned).toEqual([]);
  });

  test('without a history the problem has the screen, and q still quits', async () => {
    const screen = openScreen({ columns: 80, rows: 24 });
    screen.session.emit({
      type: 'look-failed',
      problem: problemOf({ what: 'There is no project.' }),
    });
    await screen.shows('✗ There is no project.');
    await screen.press('q');
    expect(screen.quits).toEqual([0]);
  });

  test('a journal that fails is told, and stays told', async () => {
    const screen = openScreen();
    screen.session.emit({ type: 'history', history: someHistory });
    screen.session.emit({
      type: 'journal-failed',
      problem: problemOf({ what: 'The disk is full.' }),
    });
    await screen.shows('Not recorded in the journal: The disk is full.');
    await screen.press('j');
    expect(screen.frame()).toContain('The disk is full.');
    expect(screen.rows()).toHaveLength(36);
  });

  test('findings about the folder as a whole are told in a row each', async () => {
    const screen = openScreen();
    const warnings = ['Two files claim one name.', 'b', 'c', 'd', 'e'];
    const { revisions } = someHistory;
    screen.session.emit({ type: 'history', history: historyOf(revisions, { warnings }) });
    await screen.shows('! Two files claim one name.');
    expect(screen.frame()).toContain('(and 2 more)');
    expect(screen.rows()).toHaveLength(36);
  });

  test('an interrupted run is told with what the target holds, until Esc', async () => {
    const screen = openScreen();
    screen.session.emit({ type: 'history', history: someHistory });
    screen.session.emit({
      type: 'interrupted-runs',
      runs: [
        {
          run: runRecord(7),
          done: ['20261101_user_api_keys'],
          notDone: ['20261120_index_changesets'],
          halfDone: [],
        },
      ],
    });
    await screen.shows('An upgrade of var/dev.db never finished.');
    expect(screen.frame()).toContain('✓ 20261101_user_api_keys · applied');
    expect(screen.frame()).toContain('· 20261120_index_changesets · not applied');
    await screen.press(keys.escape);
    await screen.hides('never finished');
  });
});

describe('size and text', () => {
  test.each([
    [120, 36],
    [100, 30],
    [80, 24],
    [60, 16],
  ])('%d×%d is filled exactly, also with wide names', async (columns, rows) => {
    const wide = revision('20261130_日本語_テーブル追加_🎉_とても長い名前です', {
      state: 'pending',
    });
    const screen = openScreen({ columns, rows });
    screen.session.emit({ type: 'history', history: historyOf([...someHistory.revisions, wide]) });
    await screen.shows('▌○ 2026');
    await screen.press('j', 'k');
    expect(screen.rows()).toHaveLength(rows);
    for (const row of screen.rows().slice(1, -1)) expect(stringWidth(row)).toBe(columns);
  });

  test('a terminal that is too small says so, obeys nothing but q, and recovers', async () => {
    const screen = openScreen({ columns: 50, rows: 12 });
    screen.session.emit({ type: 'history', history: someHistory });
    await screen.shows('60×16');
    expect(screen.frame()).toContain('50×12');
    await screen.press('u', keys.enter);
    expect(screen.session.calls).not.toContain('run');
    screen.resize(80, 24);
    await screen.shows('▌○ 20261124');
    screen.resize(50, 12);
    await screen.shows('60×16');
    await screen.press('q');
    expect(screen.quits).toEqual([0]);
  });

  test('hostile names and SQL can not reach the terminal', async () => {
    const session = new FakeSession();
    session.answers.preview = async (name, direction) => ({
      ok: true,
      value: {
        name,
        direction,
        statements: ["select '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202e\u0000'"],
        total: 1,
        transactional: true,
        irreversible: null,
        noDowngrade: false,
        incomplete: null,
        reordered: false,
      },
    });
    const screen = openScreen({ session });
    const evil = revision('evil\u001b[31m\u202e\u200bname', {
      state: 'pending',
      notes: ['a\rb\u001b[H'],
    });
    session.emit({ type: 'history', history: historyOf([evil]) });
    await screen.shows('evil␛[31m\\u202e\\u200bname');
    await screen.shows('␛]0;owned␇␛[2J');
    const left = screen.raw().replace(/\u001b\[[\d;]*m/g, '');
    expect(left).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u200b]/);
  });

  test('what a list shows does not depend on colours', async () => {
    const screen = openScreen();
    screen.session.emit({ type: 'history', history: someHistory });
    await screen.shows('▌○ 20261124');
    // Tests run without colours: the cursor, the focus and every state are still to be seen.
    expect(screen.raw()).toBe(screen.frame());
    expect(screen.frame()).toContain('╭▸Revisions');
    await screen.press(keys.tab);
    await screen.shows('╭▸20261124_add_repo_owner');
    await screen.press(keys.tab);
    await screen.shows('╭▸SQL');
    await screen.press(keys.shiftTab, keys.shiftTab);
    await screen.shows('╭▸Revisions');
  });
});

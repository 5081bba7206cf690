import { describe, expect, test } from 'vitest';
import type { ListedBackup } from '../../source/session/session.ts';
import {
  endedStatement,
  historyOf,
  noticeOf,
  planOf,
  problemOf,
  resultOf,
  someHistory,
  started,
  target,
} from './builders.ts';
import { FakeSession } from './fake-session.ts';
import { keys, openScreen } from './screen.tsx';

const NAMES = ['20261120_index_changesets', '20261124_add_repo_owner'];

async function withHistory(options: Parameters<typeof openScreen>[0] = {}) {
  const screen = openScreen(options);
  screen.session.emit({ type: 'history', history: someHistory });
  await screen.shows('▌○ 20261124');
  return screen;
}

/** Opened, upgrading, and the run has begun. */
async function whileRunning(options: Parameters<typeof openScreen>[0] = {}) {
  const screen = await withHistory(options);
  const plan = planOf('up', NAMES);
  await screen.press('u');
  await screen.shows('Run this upgrade?');
  await screen.press(keys.enter);
  await screen.until(() => screen.session.ran.length === 1, 'ran');
  screen.session.emit(
    { type: 'run-started', run: 3, plan },
    { type: 'revision-started', name: '20261120_index_changesets' },
    { type: 'statement-started', statement: started(1, { sql: 'begin', kind: 'begin' }) },
    { type: 'statement-ended', statement: endedStatement(1) },
    {
      type: 'statement-started',
      statement: started(2, { sql: 'create index "ix"\n  on "t" ("c")' }),
    },
  );
  await screen.shows('create index "ix" on "t" ("c")');
  return { screen, plan };
}

describe('confirmation', () => {
  test('shows exactly the plan, and runs it with Enter', async () => {
    const session = new FakeSession();
    const plan = planOf('up', NAMES, { warnings: ['20261120 sorts before an applied one.'] });
    session.answers.plan = async () => ({ ok: true, value: plan });
    const screen = await withHistory({ session });
    await screen.press('u');
    await screen.shows('Upgrade kallithea by 2 revisions?');
    expect(session.planned).toEqual([{ direction: 'up', goal: { kind: 'head' } }]);
    const frame = screen.frame();
    expect(frame).toContain('▲ up · 2 revisions · 2 statements');
    expect(frame).toContain('sqlite var/dev.db');
    expect(frame).toContain('one transaction for each revision');
    expect(frame).toContain('The config sets allOrNothing: false.');
    expect(frame).toContain('! 20261120 sorts before an applied one.');
    expect(frame.indexOf('1. 20261120')).toBeLessThan(frame.indexOf('2. 20261124'));
    expect(frame).toContain('create index "ix_20261120_index_changesets"');
    expect(session.calls).not.toContain('run');
    await screen.press(keys.enter);
    await screen.until(() => session.ran.length === 1, 'ran');
    expect(session.ran[0]).toBe(plan);
  });

  test.each([
    ['Esc', [keys.escape]],
    ['q', ['q']],
    ['other keys', ['y', 'j', 'u', 'x', keys.escape]],
  ])('an upgrade is not run by %s', async (_, pressed) => {
    const screen = await withHistory();
    await screen.press('u');
    await screen.shows('Run this upgrade?');
    await screen.press(...pressed);
    await screen.shows('▌○ 20261124');
    expect(screen.session.calls).not.toContain('run');
    expect(screen.quits).toEqual([]);
  });

  test('a downgrade is run by y, not by a hasty Enter', async () => {
    const screen = await withHistory();
    await screen.press('d');
    await screen.shows('Run this downgrade? y runs it');
    expect(screen.session.planned).toEqual([
      { direction: 'down', goal: { kind: 'steps', steps: 1 } },
    ]);
    await screen.press(keys.enter, keys.enter);
    expect(screen.session.calls).not.toContain('run');
    await screen.press('y');
    await screen.until(() => screen.session.ran.length === 1, 'ran');
  });

  test('nothing is run before the plan is there', async () => {
    const session = new FakeSession();
    const slow = Promise.withResolvers<void>();
    const { plan } = session.answers;
    session.answers.plan = async (request) => {
      await slow.promise;
      return plan(request);
    };
    const screen = await withHistory({ session });
    await screen.press('u', keys.enter, 'y', keys.enter);
    await screen.shows('making the plan…');
    slow.resolve();
    await screen.shows('Run this upgrade?');
    expect(session.calls).not.toContain('run');
  });

  test.each([
    ['U', 'j', { direction: 'up', goal: { kind: 'to', revision: NAMES[0] } }],
    ['o', 'j', { direction: 'up', goal: { kind: 'only', revision: NAMES[0] } }],
    ['D', 'G', { direction: 'down', goal: { kind: 'to', revision: '20260922_pr_reviewers' } }],
    ['o', 'G', { direction: 'down', goal: { kind: 'only', revision: '20260922_pr_reviewers' } }],
  ])('%s asks for a plan about the selected revision (%s)', async (key, move, request) => {
    const screen = await withHistory();
    await screen.press(move, key);
    await screen.shows('Run this');
    expect(screen.session.planned).toEqual([request]);
  });

  test('a refusal says what, why and what to do; details on demand', async () => {
    const session = new FakeSession();
    session.answers.plan = async () => ({ ok: false, problem: problemOf() });
    const screen = await withHistory({ session });
    await screen.press('d');
    await screen.shows('Refused: nothing ran');
    expect(screen.frame()).toContain('✗ The revision 20260930_gists can not be reverted.');
    expect(screen.frame()).toContain('Its file is missing');
    expect(screen.frame()).toContain('1. Bring the file back from git.');
    expect(screen.frame()).toContain('2. Or keep it');
    expect(screen.frame()).not.toContain('at somewhere');
    await screen.press('t');
    await screen.shows('at somewhere');
    await screen.press('y', keys.enter, keys.escape);
    await screen.shows('▌○ 20261124');
    expect(session.calls).not.toContain('run');
  });

  test('says why a command can not be done', async () => {
    const screen = openScreen();
    await screen.press('u');
    await screen.shows('Handrail is still looking at the project.');
    screen.session.emit({ type: 'history', history: historyOf([]) });
    await screen.shows('● 0 applied');
    await screen.press('u');
    await screen.shows('Nothing is pending.');
    await screen.press('d');
    await screen.shows('Nothing is applied.');
    await screen.press('U');
    await screen.shows('No revision is selected.');
    expect(screen.session.planned).toEqual([]);
  });

  test('a plan of 5,000 revisions is windowed', async () => {
    const session = new FakeSession();
    const names = Array.from({ length: 5_000 }, (_, index) => `Migration${index + 1}`);
    session.answers.plan = async () => ({ ok: true, value: planOf('up', names) });
    const screen = await withHistory({ session });
    await screen.press('u');
    await screen.shows('by 5,000 revisions?');
    expect(screen.rows()).toHaveLength(36);
    await screen.press('G');
    await screen.shows('5,000. Migration5000');
    expect(screen.frame()).toContain('Run this upgrade?');
    expect(screen.rows()).toHaveLength(36);
  });
});

describe('a run', () => {
  test('shows progress, statements and the running revision', async () => {
    const { screen } = await whileRunning();
    const [header = ''] = screen.rows();
    expect(header).toContain('upgrading 1 of 2 · 20261120_index_changesets');
    expect(screen.frame()).toContain('SQL ─ dev ─ upgrading 1 of 2');
    expect(screen.frame()).toContain('following · 2');
    expect(screen.frame()).toMatch(/20261120_index_changesets +running/);
    await screen.press('u');
    await screen.shows('A run is going.');
    expect(screen.session.planned).toHaveLength(1);
  });

  test('its result stays until Esc', async () => {
    const { screen, plan } = await whileRunning();
    const after = historyOf(
      someHistory.revisions.map((one) =>
        one.state === 'pending' ? { ...one, state: 'applied' } : one,
      ),
    );
    screen.session.finish(resultOf(plan, { history: after }));
    await screen.shows('Upgrade done');
    expect(screen.frame()).toContain('Done: 2 revisions applied');
    expect(screen.frame()).toContain('✓ 20261120_index_changesets · done · 12 ms');
    expect(screen.frame()).toContain('nothing is pending');
    expect(screen.rows()[0]).toContain('○ 0 pending');
    await screen.press('j', 'k');
    expect(screen.frame()).toContain('Upgrade done');
    await screen.press(keys.escape);
    await screen.hides('Upgrade done');
  });

  test('a failure names revision and statement, points at the place, and says what stayed', async () => {
    const { screen, plan } = await whileRunning({ columns: 80, rows: 40 });
    const sql = 'create index "ix"\n  on "tt" ("c")';
    screen.session.emit({
      type: 'statement-ended',
      statement: endedStatement(2, {
        error: { message: 'no such table: tt', code: null, position: 25, detail: null, hint: null },
      }),
    });
    screen.session.finish(
      resultOf(plan, {
        outcome: 'failed',
        steps: [
          { name: NAMES[0] ?? '', outcome: 'failed', ms: null },
          { name: NAMES[1] ?? '', outcome: 'not-run', ms: null },
        ],
        failure: {
          revision: NAMES[0] ?? null,
          statement: { seq: 2, sql },
          error: {
            message: 'no such table: tt',
            code: 'SQLITE_ERROR',
            position: 24,
            detail: null,
            hint: null,
          },
          aftermath: 'It was rolled back.',
        },
        history: someHistory,
      }),
    );
    await screen.shows('Upgrade failed');
    const rows = screen.rows();
    const at = rows.findIndex((row) => row.includes('▲ here'));
    expect(rows[at]?.indexOf('▲')).toBe(rows[at - 1]?.indexOf('"tt"'));
    expect(screen.frame()).toContain('no such table: tt');
    expect(screen.frame()).toContain('It was rolled back.');
    expect(screen.frame()).toContain('· 20261124_add_repo_owner · not run');
    expect(screen.frame()).toMatch(/✗ +1\.4 ms/);
  });

  test('Ctrl+C cancels it at once, and says so', async () => {
    const { screen, plan } = await whileRunning();
    await screen.press(keys.ctrlC);
    expect(screen.session.calls).toContain('cancel');
    await screen.shows('cancelling…');
    expect(screen.quits).toEqual([]);
    const steps = plan.steps.map(({ name }) => ({ name, outcome: 'not-run' as const, ms: null }));
    screen.session.finish(resultOf(plan, { outcome: 'cancelled', steps, history: someHistory }));
    await screen.shows('Upgrade cancelled');
    expect(screen.frame()).toContain(
      'The target stands at 20261101_user_api_keys; 2 revisions pending.',
    );
  });

  test('q asks before it ends a run', async () => {
    const { screen } = await whileRunning();
    await screen.press('q');
    await screen.shows('A run is going.');
    await screen.press('n');
    await screen.hides('Quit?');
    expect(screen.quits).toEqual([]);
    await screen.press('q');
    await screen.shows('Quit?');
    await screen.press('y');
    expect(screen.quits).toEqual([130]);
  });

  test('that was refused shows why', async () => {
    const { screen } = await whileRunning();
    screen.session.emit({
      type: 'run-refused',
      problem: problemOf({ what: 'The plan is outdated.' }),
    });
    await screen.shows('✗ The plan is outdated.');
    await screen.press(keys.escape);
    await screen.hides('outdated');
  });

  test('that waits for another one says so', async () => {
    const screen = await withHistory();
    await screen.press('u');
    await screen.shows('Run this upgrade?');
    await screen.press(keys.enter);
    screen.session.emit({ type: 'waiting-for-lock', holder: null });
    await screen.shows('waiting for another run to end');
    const holder = { pid: 4711, host: 'workbench', application: null, since: null };
    screen.session.emit({ type: 'waiting-for-lock', holder });
    await screen.shows('waiting for another run to end · process 4711 on workbench');
    screen.session.emit({
      type: 'waiting-for-lock',
      holder: { ...holder, pid: 12, host: null, application: 'deploy\u001b[2J' },
    });
    await screen.shows('· server process 12 (deploy␛[2J)');
  });

  test('what the server says stands under its statement, and is walked and opened with it', async () => {
    const { screen } = await whileRunning();
    screen.session.emit(
      { type: 'server-notice', notice: noticeOf(2, 'relation "ix"\n\u001b[2Jexists, skipping') },
      {
        type: 'server-notice',
        notice: noticeOf(2, 'odd rows', { severity: 'warning', hint: 'Look at them.' }),
      },
      { type: 'statement-ended', statement: endedStatement(2) },
      { type: 'statement-started', statement: started(3, { sql: 'commit', kind: 'commit' }) },
      { type: 'notices-omitted', omitted: 1_234 },
    );
    await screen.shows('1,234 more notices, not kept');
    const rows = screen.rows();
    const at = rows.findIndex((row) => row.includes('create index "ix" on'));
    expect(rows[at + 1]).toContain('↳ notice: relation "ix" ␛[2Jexists, skipping');
    expect(rows[at + 2]).toContain('↳ warning: odd rows');
    expect(rows[at + 3]).toContain('commit');
    await screen.press(keys.tab, keys.tab);
    await screen.shows('╭▸SQL');
    await screen.press('k');
    await screen.shows('▌  ↳ warning');
    await screen.press('k', 'k');
    await screen.shows('▌12:00:00.002');
    await screen.press('j', keys.enter);
    await screen.shows('Statement 2');
    await screen.shows('the server said');
    expect(screen.frame()).toContain('warning: odd rows');
    expect(screen.frame()).toMatch(/hint +Look at them\./);
  });

  test('tells how far its statement is, while it runs', async () => {
    const { screen } = await whileRunning();
    const progress = {
      phase: 'building index: scanning table',
      step: { at: 3, of: 8 },
      done: 1_500,
      total: 2_000,
      unit: 'blocks',
      left: 12_000,
    } as const;
    screen.session.emit({ type: 'statement-progress', progress });
    await screen.shows(
      '75 %  phase 3 of 8, building index: scanning table · 1,500 of 2,000 blocks · about 12 s left',
    );
    screen.session.emit({
      type: 'statement-progress',
      progress: { ...progress, total: null, left: null },
    });
    await screen.shows('… phase 3 of 8, building index: scanning table · 1,500 blocks');
    screen.session.emit({ type: 'statement-ended', statement: endedStatement(2) });
    await screen.hides('phase 3 of 8');
  });

  test('its statements can be walked and opened', async () => {
    const { screen } = await whileRunning();
    await screen.press(keys.tab, keys.tab);
    await screen.shows('╭▸SQL');
    await screen.press('k');
    await screen.shows('paused · 2');
    await screen.press('G');
    await screen.shows('following · 2');
    await screen.press(keys.enter);
    await screen.shows('Statement 2');
    expect(screen.frame()).toContain('has not ended');
    screen.session.emit({ type: 'statement-ended', statement: endedStatement(2, { affected: 7 }) });
    await screen.shows('changed    7 rows');
    await screen.press('y');
    expect(screen.copied).toEqual(['create index "ix"\n  on "t" ("c")']);
    await screen.shows('Copied the SQL.');
    await screen.press(keys.escape);
    await screen.shows('╭▸SQL');
  });
});

describe('Ctrl+C and Ctrl+Z at rest', () => {
  test('Ctrl+C quits only when pressed twice in a row', async () => {
    const screen = await withHistory();
    await screen.press(keys.ctrlC);
    await screen.shows('Press Ctrl+C again to quit.');
    await screen.press('j', keys.ctrlC);
    expect(screen.quits).toEqual([]);
    await screen.press(keys.ctrlC);
    expect(screen.quits).toEqual([0]);
  });

  test('Ctrl+Z gives the terminal to the shell', async () => {
    const screen = await withHistory();
    await screen.press(keys.ctrlZ);
    expect(screen.suspended()).toBe(1);
  });
});

describe('a protected target', () => {
  const guarded = { ...target, protected: 'Its server db is not on this machine.' };

  async function withPlan(direction: 'up' | 'down') {
    const session = new FakeSession();
    session.answers.plan = async () => ({
      ok: true,
      value: planOf(direction, NAMES, { target: guarded }),
    });
    const screen = await withHistory({ session });
    await screen.press(direction === 'up' ? 'u' : 'd');
    await screen.shows('after its name was typed');
    return screen;
  }

  test('is upgraded when its name was typed, and by nothing else', async () => {
    const screen = await withPlan('up');
    expect(screen.frame()).toContain('■ protected: Its server db is not on this machine.');
    await screen.press(keys.enter);
    await screen.shows('Type dev.db to run it:');
    await screen.press(...'dev', keys.enter);
    await screen.shows('Nothing was run: that is not dev.db.');
    expect(screen.session.calls).not.toContain('run');
    await screen.press(...'.db', keys.enter);
    await screen.until(() => screen.session.ran.length === 1, 'ran');
    expect(screen.session.consents).toEqual([{ target: 'dev.db', unproven: false }]);
  });

  test('may be named as it is shown, too', async () => {
    const screen = await withPlan('up');
    await screen.press(keys.enter);
    await screen.shows('Type dev.db to run it:');
    await screen.press(...'var/dev.db', keys.enter);
    await screen.until(() => screen.session.ran.length === 1, 'ran');
    expect(screen.session.consents).toEqual([{ target: 'var/dev.db', unproven: false }]);
  });

  test('is downgraded after a rehearsal, or with the word for going without', async () => {
    const screen = await withPlan('down');
    await screen.press('y');
    await screen.shows('Type dev.db unproven to run it:');
    await screen.press(...'dev.db', keys.enter);
    expect(screen.session.calls).not.toContain('run');
    await screen.press(keys.escape);
    await screen.shows('r rehearses it first');
    await screen.press('r');
    await screen.until(() => screen.session.rehearsed.length === 1, 'rehearsed');
    expect(screen.session.rehearsed).toEqual([
      { revisions: [], bases: ['target'], downgrade: { kind: 'steps', steps: 1 } },
    ]);
  });

  test('is marked in the header', async () => {
    const screen = openScreen();
    screen.session.emit({ type: 'history', history: { ...someHistory, target: guarded } });
    await screen.shows('■ protected');
  });
});

describe('backups', () => {
  const kept: ListedBackup = {
    version: 1,
    id: '20261130-044512',
    madeAt: '2026-11-30T04:45:12.000Z',
    before: { kind: 'up', revisions: NAMES },
    target: { name: 'dev', driver: 'sqlite', database: 'var/dev.db', key: 'sqlite:/var/dev.db' },
    applied: [],
    kind: 'file',
    bytes: 20_480,
    tables: [{ schema: null, name: 'item', rows: 2, columns: [], file: null }],
    run: 3,
  };

  test('are told on the plan, and b changes whether one is taken', async () => {
    const session = new FakeSession();
    const plan = planOf('up', NAMES, { losing: true, backup: true });
    session.answers.plan = async () => ({ ok: true, value: plan });
    const screen = await withHistory({ session });
    await screen.press('u');
    await screen.shows('taken first, 2.6 MB');
    await screen.press('b');
    await screen.shows('none, although this drops or rewrites what is stored');
    await screen.press(keys.enter);
    await screen.until(() => session.ran.length === 1, 'ran');
    expect(session.ran[0]?.backup).toBe(false);
  });

  test('are named by the result of their run, with the way back', async () => {
    const { screen, plan } = await whileRunning();
    screen.session.finish(resultOf(plan, { backup: kept }));
    await screen.shows('Upgrade done');
    await screen.shows('handrail restore 20261130-044512');
  });

  test('are put back after showing what that overwrites', async () => {
    const session = new FakeSession();
    session.answers.backups = [kept];
    session.answers.planRestore = async () => ({
      ok: true,
      value: {
        backup: kept,
        target,
        tables: [{ name: 'item', now: 1, kept: 2 }],
        applied: [],
        aside: null,
      },
    });
    const screen = await withHistory({ session });
    await screen.press('K');
    await screen.shows('20261130-044512');
    expect(screen.frame()).toContain('before up 2 revisions (run 3)');
    await screen.press(keys.enter);
    await screen.shows('item  now 1 row → 2 rows');
    expect(session.calls).not.toContain('restore');
    await screen.press('y');
    await screen.until(() => session.calls.includes('restore'), 'restored');
    await screen.shows('Restored 20261130-044512.');
  });
});

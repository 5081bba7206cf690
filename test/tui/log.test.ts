import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PAGE, PAGES } from '../../source/tui/log/page-cache.ts';
import {
  endedStatement,
  noticeOf,
  planOf,
  problemOf,
  runRecord,
  someHistory,
  started,
} from './builders.ts';
import { FakeSession } from './fake-session.ts';
import { keys, openScreen } from './screen.tsx';

const TOTAL = 100_000;

function sessionWithRuns(total = TOTAL): FakeSession {
  const session = new FakeSession();
  session.answers.runs = async () => ({
    ok: true,
    value: [
      runRecord(12, { statements: total }),
      runRecord(11, { outcome: 'failed', message: 'no such table: gists', direction: 'down' }),
      runRecord(10, {
        direction: 'restore',
        revisions: [],
        restored: { backup: '20261130-044512', kind: 'file', aside: null },
      }),
    ],
  });
  session.answers.statements = async (_run, from, count) => ({
    ok: true,
    value: Array.from({ length: Math.max(0, Math.min(count, total - from + 1)) }, (_, index) => ({
      ...started(from + index),
      end: endedStatement(from + index),
    })),
  });
  return session;
}

async function openLog(session = sessionWithRuns(), root?: string) {
  const screen = openScreen({ session, ...(root && { root }) });
  session.emit({ type: 'history', history: someHistory });
  await screen.shows('▌○ 20261124');
  await screen.press('l');
  await screen.shows('Log ─ Runs');
  return screen;
}

describe('runs', () => {
  test('are listed newest first, with how they ended', async () => {
    const screen = await openLog();
    await screen.shows('▌✓   #12');
    expect(screen.frame()).toMatch(/#10 +◀ restore +20261130-044512 +done/);
    expect(screen.frame()).toMatch(/#11 +▼ down +1 revision +failed .*no such table: gists/);
    await screen.press('/', ...'gists');
    await screen.hides('#12');
    await screen.press(keys.escape);
    await screen.shows('#12');
    await screen.press(keys.escape);
    await screen.shows('╭▸Revisions');
  });

  test('stay listed when the journal cannot be read a second time', async () => {
    const screen = await openLog();
    await screen.shows('▌✓   #12');
    screen.session.answers.runs = async () => ({
      ok: false,
      problem: problemOf({ what: 'The disk is gone.' }),
    });
    screen.session.emit({ type: 'run-started', run: 13, plan: planOf('up', ['20261124100200_a']) });
    await screen.shows('The journal could not be read: The disk is gone.');
    expect(screen.frame()).toContain('#12');
  });
});

describe('statements', () => {
  test('100,000 of them: read by the page, in constant room, with few pages kept', async () => {
    const screen = await openLog();
    await screen.shows('#12');
    await screen.press(keys.enter);
    await screen.shows('1/100,000');
    await screen.shows('values (1)');
    expect(screen.rows()).toHaveLength(36);
    await screen.press('G');
    await screen.shows('▌12:01:40.000');
    await screen.shows('values (100000)');
    expect(screen.rows()).toHaveLength(36);
    await screen.press('k', keys.up);
    await screen.shows('99,998/100,000');
    const asked = screen.session.calls.filter((call) => call.startsWith('statements'));
    // The first page and the last, not what lies between them.
    expect(asked.length).toBeLessThanOrEqual(3);
    expect(PAGE * PAGES).toBeLessThan(5_000);
  });

  test('have under them what the server said, with a filter and without', async () => {
    const session = sessionWithRuns();
    session.answers.runs = async () => ({
      ok: true,
      value: [runRecord(12, { statements: TOTAL, noticesOmitted: 7 })],
    });
    session.answers.notices = async () => ({
      ok: true,
      value: [noticeOf(2, 'first'), noticeOf(99_999, 'skipped'), noticeOf(99_999, 'skipped too')],
    });
    const screen = await openLog(session);
    await screen.shows('#12');
    await screen.press(keys.enter);
    await screen.shows('↳ notice: first');
    await screen.shows('7 more notices, not kept · 1/100,000');
    await screen.press('G', 'k');
    await screen.shows('▌  ↳ notice: skipped too');
    expect(screen.frame()).toContain('99,999/100,000');
    await screen.press('/', ...'(99999)', keys.enter);
    await screen.shows('(1 of 100,000)');
    await screen.press('g', 'j', 'j');
    await screen.shows('▌  ↳ notice: skipped too');
    expect(screen.frame()).not.toContain('first');
    await screen.press(keys.enter);
    await screen.shows('Statement 99,999');
    await screen.shows('notice: skipped too');
  });

  test('a filter finds them in all pages', async () => {
    const screen = await openLog();
    await screen.shows('#12');
    await screen.press(keys.enter);
    await screen.shows('values (1)');
    await screen.press('/', ...'(99999)');
    await screen.shows('(1 of 100,000)');
    await screen.shows('values (99999)');
    await screen.press(keys.enter, keys.enter);
    await screen.shows('Statement 99,999');
    await screen.press(keys.escape, keys.escape);
    await screen.shows('/100,000');
  });

  test('of the current run are followed, and paused', async () => {
    const session = sessionWithRuns();
    const screen = openScreen({ session });
    session.emit({ type: 'history', history: someHistory });
    session.emit({
      type: 'run-started',
      run: 12,
      plan: planOf('up', ['20261120_index_changesets']),
    });
    await screen.press('l');
    await screen.shows('Log ─ Statements of run #12');
    const add = (from: number, to: number) => {
      for (let seq = from; seq <= to; seq++) {
        session.emit({ type: 'statement-started', statement: started(seq) });
        session.emit({ type: 'statement-ended', statement: endedStatement(seq) });
      }
    };
    add(1, 5_000);
    await screen.shows('values (5000)');
    expect(screen.frame()).toContain('following · 5,000/5,000');
    await screen.press('f');
    add(5_001, 5_010);
    await screen.shows('paused · 5,000/5,010');
    expect(screen.frame()).not.toContain('values (5010)');
    await screen.press('f');
    await screen.shows('values (5010)');
    // Those that are not in memory any more come from the journal.
    await screen.press('g');
    await screen.shows('values (1)');
    expect(session.calls).toContain(`statements 12 1 ${PAGE}`);
  });

  test('are copied', async () => {
    const screen = await openLog();
    await screen.shows('#12');
    await screen.press(keys.enter);
    await screen.shows('values (1)');
    await screen.press('j', 'y');
    expect(screen.copied).toEqual(['insert into "t" ("id") values (2)']);
    await screen.shows('Copied the SQL.');
  });

  test('are saved to a file, which is not overwritten unasked', async () => {
    const root = mkdtempSync(join(tmpdir(), 'handrail-log-'));
    try {
      const screen = await openLog(sessionWithRuns(2_500), root);
      await screen.shows('#12');
      await screen.press('w');
      await screen.shows('There are no statements to save here.');
      await screen.press(keys.enter);
      await screen.shows('values (1)');
      await screen.press('w');
      await screen.shows('save as: handrail-run-12.sql');
      await screen.press(keys.enter);
      await screen.shows('Saved 2,500 statements to handrail-run-12.sql.');
      const text = readFileSync(join(root, 'handrail-run-12.sql'), 'utf8');
      expect(text.match(/^insert/gm)).toHaveLength(2_500);
      await screen.press('w', keys.enter);
      await screen.shows('handrail-run-12.sql exists. Overwrite it?');
      await screen.press('n');
      await screen.shows('save as:');
      await screen.press(keys.enter);
      await screen.shows('Overwrite it?');
      await screen.press('y');
      await screen.shows('Saved 2,500');
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

describe('output', () => {
  test('of the project is shown, escaped', async () => {
    const screen = await openLog();
    screen.session.emit({
      type: 'output',
      stream: 'stderr',
      line: 'warning \u001b[31mred\u001b[0m',
    });
    await screen.press(keys.shiftTab);
    await screen.shows('Log ─ Output (1)');
    await screen.shows('stderr  warning ␛[31mred␛[0m');
  });
});

import { PassThrough } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openUi } from '../../source/tui/main.tsx';
import { planOf, resultOf, someHistory, stepOf } from './builders.ts';
import { FakeSession } from './fake-session.ts';
import { keys, openScreen, stripStyles } from './screen.tsx';

const ENTER_ALTERNATE = '\u001b[?1049h';
const LEAVE_ALTERNATE = '\u001b[?1049l';
const SHOW_CURSOR = '\u001b[?25h';

function openTerminal() {
  const modes: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (on: boolean) => modes.push(on),
    ref() {},
    unref() {},
  });
  let written = '';
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns: 100, rows: 30 });
  stdout.on('data', (data) => {
    written += data;
  });
  const until = async (text: string) => {
    const end = Date.now() + 60_000;
    while (!stripStyles(written).includes(text)) {
      if (Date.now() > end) throw new Error(`Never written: ${text}\n${written}`);
      await wait(5);
    }
  };
  return {
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: stdout as unknown as NodeJS.WriteStream,
    type: (text: string) => stdin.write(text),
    written: () => written,
    modes,
    until,
  };
}

describe('openUi', () => {
  test('paints before the session is open, quits with 0, and leaves the terminal as it was', async () => {
    const terminal = openTerminal();
    const session = new FakeSession();
    const opening = Promise.withResolvers<FakeSession>();
    const code = openUi({
      session: opening.promise,
      project: { root: '/nowhere/shop' },
      ...terminal,
    });
    await terminal.until('loading the project…');
    expect(terminal.written()).toContain('shop');
    opening.resolve(session);
    await terminal.until('loading');
    await wait(0);
    session.emit({ type: 'history', history: someHistory });
    await terminal.until('20261014_ssh_keys');
    terminal.type('q');
    expect(await code).toBe(0);
    expect(session.closed).toBe(true);
    const written = terminal.written();
    expect(written.indexOf(ENTER_ALTERNATE)).toBe(0);
    expect(written.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(written.lastIndexOf('\u001b[?25l'));
    expect(written.lastIndexOf(LEAVE_ALTERNATE)).toBeGreaterThan(
      written.lastIndexOf(ENTER_ALTERNATE),
    );
    expect(terminal.modes).toEqual([true, false]);
  });

  test('keys typed faster than they are read are obeyed one by one', async () => {
    const terminal = openTerminal();
    const session = new FakeSession();
    const code = openUi({ session, project: { root: '/nowhere' }, ...terminal });
    session.emit({ type: 'history', history: someHistory });
    await terminal.until('20261014_ssh_keys');
    terminal.type('jj/pend\r?');
    await terminal.until('Help: Revisions');
    terminal.type('qq');
    expect(await code).toBe(0);
  });

  test('a session that can not be opened is told on screen', async () => {
    const terminal = openTerminal();
    const session = Promise.reject(new Error('no such folder'));
    const code = openUi({ session, project: { root: '/nowhere' }, ...terminal });
    await terminal.until('The project could not be opened.');
    terminal.type('q');
    expect(await code).toBe(0);
  });

  test.each([
    [
      'what can’t be drawn',
      (session: FakeSession) => {
        const history = { ...someHistory };
        Object.defineProperty(history, 'revisions', {
          get() {
            throw new Error('this \u001b[2Jcan’t be drawn');
          },
        });
        session.emit({ type: 'history', history });
      },
    ],
    [
      'what nobody waits for',
      () => process.emit('unhandledRejection', new Error('this can’t be drawn'), Promise.resolve()),
    ],
  ] as const)('%s ends it with 70, in order, and says why', async (_name, crash) => {
    const terminal = openTerminal();
    const session = new FakeSession();
    let told = '';
    const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      told += text;
      return true;
    });
    try {
      const code = openUi({ session, project: { root: '/nowhere' }, ...terminal });
      await terminal.until('loading the project…');
      crash(session);
      expect(await code).toBe(70);
    } finally {
      stderr.mockRestore();
    }
    expect(told).toContain('Handrail ended because of an error of its own:');
    expect(told).toContain('can’t be drawn');
    expect(told).not.toContain('\u001b[2J');
    expect(session.closed).toBe(true);
    expect(terminal.written()).toContain(LEAVE_ALTERNATE);
    expect(terminal.modes.at(-1)).toBe(false);
  });

  test('quitting a run cancels it and says how it ended', async () => {
    const terminal = openTerminal();
    const session = new FakeSession();
    const plan = planOf('up', ['a']);
    const close = session.close.bind(session);
    session.close = async () => {
      session.emit({ type: 'run-finished', result: resultOf(plan, { outcome: 'cancelled' }) });
      await close();
    };
    const code = openUi({ session, project: { root: '/nowhere' }, ...terminal });
    session.emit({ type: 'history', history: someHistory }, { type: 'run-started', run: 1, plan });
    await terminal.until('upgrading 1 of 1');
    terminal.type('q');
    await terminal.until('Cancel it, wait');
    terminal.type('y');
    expect(await code).toBe(130);
    expect(terminal.written()).toContain('The run ended: cancelled.');
  });

  test('quitting a rehearsal cancels it and says that nothing was written', async () => {
    const terminal = openTerminal();
    const session = new FakeSession();
    const code = openUi({ session, project: { root: '/nowhere' }, ...terminal });
    session.emit({ type: 'history', history: someHistory });
    await terminal.until('20261014_ssh_keys');
    terminal.type('R');
    await terminal.until('bring it to the revision');
    terminal.type('q');
    await terminal.until('remove the throwaway');
    terminal.type('y');
    expect(await code).toBe(130);
    expect(terminal.written()).toContain('Cancelling the rehearsal…');
    expect(terminal.written()).toContain('The rehearsal was cancelled. The target was only read.');
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s ends it with %d, terminal and session in order', async (signal, status) => {
    const terminal = openTerminal();
    const session = new FakeSession();
    const code = openUi({ session, project: { root: '/nowhere' }, ...terminal });
    await terminal.until('loading the project…');
    process.kill(process.pid, signal);
    expect(await code).toBe(status);
    expect(session.closed).toBe(true);
    expect(terminal.written()).toContain(LEAVE_ALTERNATE);
    expect(terminal.modes.at(-1)).toBe(false);
  });
});

describe('screen readers', () => {
  afterEach(() => {
    delete process.env.INK_SCREEN_READER;
  });

  test('get words in order instead of boxes and symbols', async () => {
    process.env.INK_SCREEN_READER = 'true';
    const screen = openScreen();
    screen.session.emit({ type: 'history', history: someHistory });
    await screen.shows('selected: 20261124_add_repo_owner pending');
    expect(screen.frame()).toContain('20260930_gists missing');
    expect(screen.frame()).toContain('20260922_pr_reviewers applied edited');
    expect(screen.frame()).not.toMatch(/[╭│╰]/);
    await screen.press('u');
    await screen.shows('Upgrade kallithea by 2 revisions?:');
    await screen.press(keys.escape);
    await screen.shows('Revisions:');
    await screen.press('R');
    screen.session.emit(
      { type: 'rehearsal-step', step: stepOf('copy') },
      { type: 'rehearsal-step', step: stepOf('up', { state: 'running' }) },
    );
    await screen.shows('✓ copy the target');
    expect(screen.frame()).toMatch(/upgrade +going on/);
    expect(screen.frame()).toMatch(/downgrade +to do/);
    expect(screen.frame()).not.toMatch(/[╭│╰]/);
  });
});

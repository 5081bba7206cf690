import { describe, expect, it } from 'vitest';
import { openTerminal, type Terminal } from './terminal.ts';

/** A program of one expression, in the Node.js that runs the tests. */
function openNode(script: string, size: { columns?: number; rows?: number } = {}): Terminal {
  return openTerminal({ command: process.execPath, args: ['-e', script], ...size });
}

/** Shows what it is sent, escaped, and ends on ctrl+d. */
const echo = `
  process.stdin.setRawMode(true);
  process.stdout.write('ready\\r\\n');
  process.stdin.on('data', (data) => {
    if (String(data) === '\\x04') process.exit(7);
    process.stdout.write(JSON.stringify(String(data)) + '\\r\\n');
  });
`;

describe('a terminal', () => {
  it('shows what a program writes, whichever way its bytes are split', async () => {
    await using terminal = openNode(`
      const bytes = Buffer.from('gr\\u00fcn \\u4f60\\u597d \\u{1F680} done');
      (async () => {
        for (const byte of bytes) {
          process.stdout.write(Buffer.from([byte]));
          await new Promise((next) => setTimeout(next, 2));
        }
      })();
    `);
    await terminal.waitFor('done');
    expect(terminal.screen()[0]).toBe('grün 你好 🚀 done');
    expect(terminal.cursor()).toEqual({ row: 0, column: 17 });
  });

  it('has everything on the screen when the program has ended', async () => {
    await using terminal = openNode(`
      process.stdout.write(Array.from({ length: 3000 }, (_, at) => 'line ' + at + '\\n').join(''));
      process.stdout.write('last');
      process.exitCode = 5;
    `);
    expect(await terminal.waitForExit()).toEqual({ status: 5, signal: null });
    expect(terminal.screen().at(-1)).toBe('last');
    expect(terminal.scrollback()[0]).toBe('line 0');
    expect(terminal.scrollback().length + terminal.screen().length).toBe(3001);
  });

  it('presses keys one by one and types text', async () => {
    await using terminal = openNode(echo);
    await terminal.waitFor('ready');
    // A busy program reads several keys at once, unless each waits for what became of the last.
    const pressed = ['up', 'enter', 'esc', 'ctrl+z', 'shift+tab', 'alt+b', '?', 'f5', 'ctrl+up'];
    for (const [at, key] of [...pressed, 'a', 'b'].entries()) {
      await (at < pressed.length ? terminal.press(key) : terminal.type(key));
      await terminal.waitFor((screen) => screen.filter(Boolean).length === at + 2);
    }
    terminal.paste('pasted text');
    await terminal.waitFor('pasted');
    expect(terminal.screen().filter(Boolean)).toEqual([
      'ready',
      ...[
        '\x1b[A',
        '\r',
        '\x1b',
        '\x1a',
        '\x1b[Z',
        '\x1bb',
        '?',
        '\x1b[15~',
        '\x1b[1;5A',
        'a',
        'b',
      ].map((bytes) => JSON.stringify(bytes)),
      '"pasted text"',
    ]);
    await terminal.press('ctrl+d');
    expect(await terminal.waitForExit()).toEqual({ status: 7, signal: null });
    await expect(terminal.press('entre')).rejects.toThrow('There is no key "entre"');
  });

  it('says what was on the screen when something did not come', async () => {
    await using terminal = openNode(`console.log('hello'); setTimeout(() => {}, 60_000)`);
    await terminal.waitFor('hello');
    const late = terminal.waitFor('goodbye', { timeout: 60, why: 'people are polite' });
    await expect(late).rejects.toThrow(
      /"goodbye" did not come within 60 ms \(people are polite\)\. The screen:\n┌─+┐\n│hello\n/,
    );
    terminal.kill('SIGTERM');
    await expect(terminal.waitFor(/good/)).rejects.toThrow(
      'The program ended by signal 15 before /good/ came',
    );
    expect(await terminal.waitForExit()).toEqual({ status: 0, signal: 15 });
  });

  it('knows what a program switched on, and that it switched it off again', async () => {
    const off = {
      alternateScreen: false,
      cursorVisible: true,
      bracketedPaste: false,
      mouse: 'none',
    };
    await using terminal = openNode(`
      process.stdin.setRawMode(true);
      process.stdout.write('\\x1b[?1049h\\x1b[?25l\\x1b[?2004h\\x1b[?1002hfull');
      process.stdin.once('data', () => {
        process.stdout.write('\\x1b[?1002l\\x1b[?2004l\\x1b[?25h\\x1b[?1049lplain');
        process.exit();
      });
    `);
    await terminal.waitFor('full');
    expect(terminal.modes()).toMatchObject({
      alternateScreen: true,
      cursorVisible: false,
      bracketedPaste: true,
      mouse: 'drag',
    });
    await terminal.press('q');
    await terminal.waitForExit();
    expect(terminal.screen()[0]).toBe('plain');
    expect(terminal.modes()).toMatchObject(off);
  });

  it('does not judge a frame that is only half drawn', async () => {
    await using terminal = openNode(`
      process.stdout.write('\\x1b[?2026hhalf');
      setTimeout(() => process.stdout.write('\\r\\x1b[Kwhole\\x1b[?2026l'), 120);
      setTimeout(() => {}, 5_000);
    `);
    await terminal.waitFor((screen) => {
      expect(screen[0]).not.toBe('half');
      return screen[0] === 'whole';
    });
  });

  it('gives a program the environment of a person, and a size that can change', async () => {
    await using terminal = openNode(
      `
      const { CI, VITEST, TERM, LANG, HOME } = process.env;
      console.log(JSON.stringify({ CI, VITEST, TERM, LANG }), HOME === process.cwd());
      const tell = () => console.log(process.stdout.columns + 'x' + process.stdout.rows);
      tell();
      process.stdout.on('resize', tell);
      setTimeout(() => {}, 60_000);
    `,
      { columns: 80, rows: 24 },
    );
    await terminal.waitFor('80x24');
    expect(terminal.screen()[0]).toBe('{"TERM":"xterm-256color","LANG":"C.UTF-8"} true');
    terminal.resize(60, 16);
    await terminal.waitFor('60x16');
    expect(terminal.screen()).toHaveLength(16);
  });

  it('waits until a picture has settled', async () => {
    await using terminal = openNode(`
      let at = 0;
      const timer = setInterval(() => {
        process.stdout.write('tick ' + ++at + '\\r');
        if (at === 10) clearInterval(timer);
      }, 20);
      setTimeout(() => {}, 60_000);
    `);
    await terminal.waitFor('tick');
    await terminal.waitUntilQuiet(200);
    expect(terminal.text().trim()).toBe('tick 10');
    await terminal.waitFor(() => true);
    expect(terminal.raw()).toContain('tick 9');
  });

  it('leaves no process behind', async () => {
    const terminal = openNode(`
      for (const name of ['SIGHUP', 'SIGTERM']) process.on(name, () => {});
      console.log('stubborn');
      setInterval(() => {}, 1_000);
    `);
    await terminal.waitFor('stubborn');
    await terminal[Symbol.asyncDispose]();
    expect(() => process.kill(terminal.pid, 0)).toThrow('ESRCH');
  });
});

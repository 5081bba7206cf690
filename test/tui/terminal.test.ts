import { PassThrough } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { edit, editOf } from '../../source/tui/components/text-edit.ts';
import { windowStart } from '../../source/tui/scrolling.ts';
import { clipboardSequence } from '../../source/tui/terminal/clipboard.ts';
import { splitKeys, TerminalInput, type TerminalStdin } from '../../source/tui/terminal/input.ts';
import { captureConsole } from '../../source/tui/terminal/stray-output.ts';

describe('keys from the terminal', () => {
  test.each<[string, readonly string[]]>([
    ['abc\r', ['a', 'b', 'c', '\r']],
    ['\u001b[A\u001b[B', ['\u001b[A', '\u001b[B']],
    ['\u001bOA\u001b[1;5C\u001b[5~', ['\u001bOA', '\u001b[1;5C', '\u001b[5~']],
    ['\u001b', ['\u001b']],
    ['\u001b\u001b[A', ['\u001b', '\u001b[A']],
    ['\u001bx', ['\u001bx']],
    ['日本語x', ['日本語', 'x']],
    ['\u0003q', ['\u0003', 'q']],
    // What nobody typed: mouse, focus, colours, names, attributes, the cursor's place.
    ['a\u001b[<0;10;20Mb\u001b[I\u001b[Oc', ['a', 'b', 'c']],
    [
      '\u001b]11;rgb:0000/0000/0000\u0007j\u001bP>|xterm\u001b\\k\u001b[?64;1;2c\u001b[12;40R',
      ['j', 'k'],
    ],
    ['\u001b[200~u\rq\u001b[201~j', ['\u001b[200~u\rq\u001b[201~', 'j']],
  ])('%j', (input, keys) => {
    expect(splitKeys(input)).toEqual({ keys, rest: '' });
  });

  test.each(['\u001b[', '\u001b[1;5', '\u001b]11;rgb:', '\u001b[200~half a paste', '\u001b[<0;1'])(
    'waits for the rest of %j',
    (input) => {
      expect(splitKeys(`a${input}`)).toEqual({ keys: ['a'], rest: input });
    },
  );

  test('come one at a time, and not at all while the terminal is lent', async () => {
    const modes: boolean[] = [];
    const tty = Object.assign(new PassThrough(), {
      setRawMode: (on: boolean) => modes.push(on),
      ref() {},
      unref() {},
    });
    const input = new TerminalInput(tty as unknown as TerminalStdin);
    const read: string[] = [];
    input.on('readable', () => {
      for (let key = input.read(); key !== null; key = input.read()) read.push(key);
    });
    input.setRawMode(true);
    tty.write('ab\u001b[');
    tty.write('A');
    await vi.waitFor(() => expect(read).toEqual(['a', 'b', '\u001b[A']));
    input.setRawMode(false);
    expect(tty.listenerCount('data')).toBe(0);
    expect(tty.isPaused()).toBe(true);
    input.setRawMode(true);
    tty.write(Buffer.from('é').subarray(0, 1));
    tty.write(Buffer.from('é').subarray(1));
    await vi.waitFor(() => expect(read.at(-1)).toBe('é'));
    input.setRawMode(false);
    expect(modes).toEqual([true, false, true, false]);
  });
});

describe('a line to type into', () => {
  const key = (more: object) => ({ ...({} as Parameters<typeof edit>[2] & object), ...more });

  test('edits by characters as people see them', () => {
    let line = editOf('ab👨‍👩‍👧');
    line = edit(line, '', key({ backspace: true }));
    expect(line).toEqual({ value: 'ab', cursor: 2 });
    line = edit(line, '', key({ leftArrow: true }));
    line = edit(line, 'é', key({}));
    expect(line).toEqual({ value: 'aéb', cursor: 2 });
    line = edit(line, 'w', key({ ctrl: true }));
    expect(line).toEqual({ value: 'b', cursor: 0 });
  });

  test('takes no control characters, typed or pasted', () => {
    expect(edit(editOf('a'), 'b\u001b\u0007\rc', null).value).toBe('abc');
    expect(edit(editOf('a'), 'z', key({ ctrl: true })).value).toBe('a');
  });
});

describe('a window on a list', () => {
  test('moves as little as possible and always holds the cursor', () => {
    let start = 0;
    const places = [0, 5, 9, 10, 11, 4_999, 4_990, 4_980, 0];
    const starts = places.map((cursor) => {
      start = windowStart(start, cursor, 10, 5_000);
      expect(cursor).toBeGreaterThanOrEqual(start);
      expect(cursor).toBeLessThan(start + 10);
      return start;
    });
    expect(starts).toEqual([0, 0, 0, 1, 2, 4_990, 4_990, 4_980, 0]);
    expect(windowStart(50, 3, 10, 4)).toBe(0);
    expect(windowStart(0, 0, 10, 0)).toBe(0);
  });
});

test('the clipboard gets the text whatever is in it', () => {
  const sequence = clipboardSequence("select 'é\u001b\u0007'");
  const [, base64 = ''] = /^\u001b\]52;c;([A-Za-z0-9+/=]+)\u0007$/.exec(sequence) ?? [];
  expect(Buffer.from(base64, 'base64').toString('utf8')).toBe("select 'é\u001b\u0007'");
});

test('what is printed while the screen is ours comes after it', () => {
  const written: string[] = [];
  const stderr = { write: (text: string) => written.push(text) > 0 };
  const { log } = console;
  const release = captureConsole(stderr as unknown as NodeJS.WriteStream);
  stderr.write('a warning\n');
  console.log('%s is forgotten', 'this');
  expect(written).toEqual([]);
  release();
  expect(written).toEqual(['a warning\nthis is forgotten\n']);
  expect(console.log).toBe(log);
});

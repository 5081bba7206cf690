import { describe, expect, it } from 'vitest';
import { openShell } from './handrail.ts';
import { runProgram } from './program.ts';

describe('a program without a terminal', () => {
  it('is given input and a clean environment', async () => {
    const script = `
      process.stdin.on('data', (data) => process.stdout.write('got ' + data)).on('end', () => {
        console.error(process.stdout.isTTY, process.env.VITEST, process.env.FOO);
        process.exitCode = 4;
      });
    `;
    const result = await runProgram(process.execPath, ['-e', script], {
      input: 'grün',
      env: { FOO: 'bar' },
    });
    expect(result).toEqual({
      status: 4,
      signal: null,
      stdout: 'got grün',
      stderr: 'undefined undefined bar\n',
    });
  });

  it('is killed when it takes too long', async () => {
    const result = await runProgram(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      timeout: 100,
    });
    expect(result).toMatchObject({ status: null, signal: 'SIGKILL' });
  });
});

describe('a shell', () => {
  it('can suspend a program and continue it', async () => {
    await using shell = await openShell();
    // While the shell reads, the end of a line is another character than while cat does.
    await shell.type('echo begun; cat\n');
    await shell.waitFor(/^begun$/m);
    await shell.type('one\n');
    await shell.waitFor(/^one\none$/m);
    await shell.press('ctrl+z');
    await shell.waitFor('Stopped');
    await shell.type('fg\n');
    await shell.waitFor(/^cat$/m);
    await shell.type('two\n');
    await shell.waitFor(/^two\ntwo$/m);
    await shell.press('ctrl+d');
    await shell.waitFor(/^\$$/m);
    await shell.type('command -v handrail; exit 5\n');
    expect(await shell.waitForExit()).toEqual({ status: 5, signal: null });
    expect(shell.text()).toMatch(/bin-\w+\/handrail$/m);
  });
});

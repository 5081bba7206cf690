import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { poisonedVariables } from '../../source/session/poison.ts';
import { runTestCommand } from '../../source/session/test-command.ts';
import { eventually, isAlive } from '../e2e/processes.ts';

const poisoned = await poisonedVariables({}, tmpdir(), { kind: 'file', path: '/tmp/target.db' });

function run(script: string) {
  const lines: string[] = [];
  const command = `node -e ${JSON.stringify(script)}`;
  const test = runTestCommand(command, {
    root: tmpdir(),
    url: 'file:///tmp/throwaway.db',
    poisoned,
    onLine: (line) => lines.push(line),
  });
  return { ...test, lines };
}

describe('a test command', () => {
  test('that passes', async () => {
    const { result, lines } = run(`console.log('one'); console.error('two')`);
    expect(await result).toMatchObject({ ok: true, ended: 'exit 0' });
    expect(lines.sort()).toEqual(['one', 'two']);
  });

  test('that fails says how, with what it printed last', async () => {
    const { result } = run(
      `for (let i = 1; i <= 300; i++) console.log('line ' + i); process.exitCode = 3`,
    );
    const { ok, ended, output } = await result;
    expect({ ok, ended }).toEqual({ ok: false, ended: 'exit 3' });
    expect(output).toHaveLength(200);
    expect(output.at(-1)).toBe('line 300');
  });

  test('that does not exist', async () => {
    const test = runTestCommand('no-such-command-anywhere', {
      root: tmpdir(),
      url: '',
      poisoned,
      onLine: () => {},
    });
    expect(await test.result).toMatchObject({ ok: false, ended: 'exit 127' });
  });

  test('is told the throwaway, and finds no other database', async () => {
    const { result, lines } = run(
      `for (const name of ['HANDRAIL_DATABASE_URL', 'HANDRAIL_REHEARSAL', 'DATABASE_URL', 'PGHOST', 'MIKRO_ORM_DB_NAME']) console.log(process.env[name])`,
    );
    expect((await result).ok).toBe(true);
    const [url, rehearsal, ...poisoned] = lines;
    expect([url, rehearsal]).toEqual(['file:///tmp/throwaway.db', '1']);
    for (const value of poisoned) expect(value).toContain('HANDRAIL_DATABASE_URL');
    expect(URL.canParse(poisoned[0] ?? '')).toBe(true);
  });

  test('has what it prints of credentials left out', async () => {
    const { result, lines } = run(`console.log('opening postgresql://me:hunter2@db/shop')`);
    expect((await result).output).toEqual(['opening postgresql://…@db/shop']);
    expect(lines).toEqual(['opening postgresql://…@db/shop']);
  });

  test('is ended with everything that it started', async () => {
    const { promise: pid, resolve } = Promise.withResolvers<number>();
    const test = runTestCommand(
      `node -e "const c = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' }); console.log(c.pid); setInterval(() => {}, 1000)"`,
      { root: tmpdir(), url: '', poisoned, onLine: (line) => resolve(Number(line)) },
    );
    const grandchild = await pid;
    test.cancel();
    expect(await test.result).toMatchObject({ ok: false, ended: 'SIGKILL' });
    await eventually('the grandchild is gone', () => !isAlive(grandchild));
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test, vi } from 'vitest';
import { isAlive } from '../../source/util/process.ts';

test('a process is alive until it ends', async () => {
  const child = spawn('sleep', ['60']);
  expect(isAlive(child.pid ?? 0)).toBe(true);
  child.kill();
  await once(child, 'exit');
  expect(isAlive(child.pid ?? 0)).toBe(false);
});

test.runIf(process.platform === 'linux')('and not while nobody asks how it ended', async () => {
  // `sleep` takes the place of the shell, and asks nothing.
  const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 60']);
  const [pid] = await once(parent.stdout, 'data');
  await vi.waitFor(() => expect(isAlive(Number(pid))).toBe(false), 10_000);
  parent.kill();
});

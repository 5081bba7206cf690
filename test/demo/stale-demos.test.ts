/** What is removed at the next start, and what is not. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { SERVER_HOST_FILE } from '../../source/demo/server-host-file.ts';
import { removeLeftovers } from '../../source/demo/stale-demos.ts';
import { isAlive } from '../../source/util/process.ts';
import { temporaryFolder } from '../kit/environment.ts';

afterEach(() => vi.unstubAllEnvs());

it('only what a server host kept that is no more', async () => {
  const temporary = temporaryFolder('leftovers');
  vi.stubEnv('TMPDIR', temporary.path);
  const make = (name: string, host?: string | number) => {
    mkdirSync(join(temporary.path, name, 'postgresql'), { recursive: true });
    if (host) writeFileSync(join(temporary.path, name, SERVER_HOST_FILE), String(host));
  };
  const { pid } = spawnSync(process.execPath, ['--version']);
  // Ended, and nobody asks how: `sleep` takes the place of the shell.
  const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 60']);
  const [unasked] = await once(parent.stdout, 'data');
  await vi.waitFor(() => expect(isAlive(Number(unasked))).toBe(false), 60_000);
  make('handrail-demo-dead', pid);
  make('handrail-demo-unasked', Number(unasked));
  make('handrail-demo-alive', process.pid);
  make('handrail-demo-kept');
  make('handrail-demo-odd', 'no number');
  make('another', pid);
  removeLeftovers();
  expect(readdirSync(temporary.path).sort()).toEqual([
    'another',
    'handrail-demo-alive',
    'handrail-demo-kept',
    'handrail-demo-odd',
  ]);
  parent.kill();
  temporary.remove();
});

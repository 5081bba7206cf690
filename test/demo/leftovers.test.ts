/** What is removed at the next start, and what is not. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { KEEPER_FILE } from '../../source/demo/keeper-file.ts';
import { removeLeftovers } from '../../source/demo/leftovers.ts';
import { temporaryFolder } from '../kit/environment.ts';

afterEach(() => vi.unstubAllEnvs());

it('only what a keeper kept that is no more', () => {
  const temporary = temporaryFolder('leftovers');
  vi.stubEnv('TMPDIR', temporary.path);
  const make = (name: string, keeper?: string | number) => {
    mkdirSync(join(temporary.path, name, 'postgresql'), { recursive: true });
    if (keeper) writeFileSync(join(temporary.path, name, KEEPER_FILE), String(keeper));
  };
  const { pid } = spawnSync(process.execPath, ['--version']);
  make('handrail-demo-dead', pid);
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
  temporary.remove();
});

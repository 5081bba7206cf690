import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  makeWorkspace,
  removeLeftovers,
  removeWorkspace,
  workspaceParent,
} from '../../source/session/temp-folders.ts';
import { type TemporaryFolder, temporaryFolder } from '../kit/environment.ts';

let temporary: TemporaryFolder;
beforeEach(() => {
  temporary = temporaryFolder('workspaces');
});
afterEach(() => temporary.remove());

const host = hostname().replaceAll(/[^\w.]/g, '_');

test('a workspace is its owner’s alone, and goes with all that is in it', async () => {
  const path = makeWorkspace(temporary.path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  mkdirSync(join(path, 'deep', 'er'), { recursive: true });
  await removeWorkspace(path);
  expect(readdirSync(temporary.path)).toEqual([]);
});

test('what a dead process left is removed, and nothing else', async () => {
  const dead = spawnSync(process.execPath, ['--version']).pid;
  const kept = [
    makeWorkspace(temporary.path).slice(temporary.path.length + 1),
    `handrail-throwaway-elsewhere-${dead}-abcdef`,
    'handrail-demo-abcdef',
    `handrail-throwaway-${host}-x-abcdef`,
  ];
  for (const name of kept.slice(1)) mkdirSync(join(temporary.path, name));
  const left = join(temporary.path, `handrail-throwaway-${host}-${dead}-abcdef`);
  mkdirSync(left);
  expect(await removeLeftovers(temporary.path)).toEqual([left]);
  expect(readdirSync(temporary.path).sort()).toEqual(kept.toSorted());
});

test('a folder that is not there holds no leftovers', async () => {
  expect(await removeLeftovers(join(temporary.path, 'nowhere'))).toEqual([]);
});

test('the setting is relative to the project', () => {
  expect(workspaceParent('/srv/shop', 'tmp')).toBe('/srv/shop/tmp');
  expect(workspaceParent('/srv/shop', '/var/tmp')).toBe('/var/tmp');
});

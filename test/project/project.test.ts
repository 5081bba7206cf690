import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  defaultSettings,
  findRoot,
  projectName,
  readSettings,
} from '../../source/project/project.ts';
import { type TemporaryFolder, temporaryFolder } from '../kit/environment.ts';

let temporary: TemporaryFolder;
let root: string;
beforeEach(() => {
  temporary = temporaryFolder('settings');
  root = join(temporary.path, 'shop');
  mkdirSync(join(root, 'source'), { recursive: true });
});
afterEach(() => temporary.remove());

const write = (name: string, text: string) => writeFileSync(join(root, name), text);
const settings = (given: unknown) => write('package.json', JSON.stringify({ handrail: given }));

describe('the project', () => {
  test('is the nearest folder with a package.json, else the folder itself', () => {
    write('package.json', '{}');
    expect(findRoot(join(root, 'source'))).toBe(root);
    expect(findRoot(root)).toBe(root);
  });

  test('is called as its package.json says, else as its folder', () => {
    expect(projectName(root)).toBe('shop');
    write('package.json', '{ broken');
    expect(projectName(root)).toBe('shop');
    write('package.json', JSON.stringify({ name: '@acme/shop' }));
    expect(projectName(root)).toBe('@acme/shop');
  });
});

describe('settings', () => {
  test('have defaults', async () => {
    expect(await readSettings(root)).toEqual({ ok: true, value: defaultSettings });
    settings({});
    expect(await readSettings(root)).toEqual({ ok: true, value: defaultSettings });
  });

  test('stand in package.json', async () => {
    settings({ literals: 'none', lockWait: 0, test: 'npm test' });
    expect(await readSettings(root)).toEqual({
      ok: true,
      value: { ...defaultSettings, literals: 'none', lockWait: 0, test: 'npm test' },
    });
  });

  test.each([
    ['handrail.config.json', '{ "lockWait": 7 }'],
    ['handrail.config.mjs', 'export default { lockWait: 7 };'],
    ['handrail.config.cjs', 'module.exports = { lockWait: 7 };'],
    ['handrail.config.ts', 'export default { lockWait: 7 as number };'],
  ])('or in %s', async (name, text) => {
    write(name, text);
    expect(await readSettings(root)).toMatchObject({ ok: true, value: { lockWait: 7 } });
  });

  test('of a folder above are not the project’s', async () => {
    writeFileSync(join(temporary.path, 'handrail.config.json'), '{ "lockWait": 7 }');
    expect(await readSettings(root)).toEqual({ ok: true, value: defaultSettings });
  });

  test.each([
    [{ lockWait: -1 }, 'lockWait'],
    [{ lockWait: '5' }, 'lockWait'],
    [{ literals: 'all' }, 'literals'],
    [{ test: '' }, 'test'],
    [{ test: ['npm', 'test'] }, 'test'],
    [{ throwawayFolder: 3 }, 'throwawayFolder'],
    [{ tests: 'npm test' }, 'tests'],
    [['none'], 'must be an object'],
    ['none', 'must be an object'],
  ])('%j are refused with their name', async (given, named) => {
    settings(given);
    const reply = await readSettings(root);
    expect(reply).toMatchObject({ ok: false, problem: { code: 'usage' } });
    expect(JSON.stringify(reply)).toContain(named);
  });

  test.each([
    ['package.json', '{ broken'],
    ['handrail.config.json', '{ broken'],
    ['handrail.config.mjs', 'throw new Error("not today")'],
  ])('in a %s that can’t be read are a problem, and no guess', async (name, text) => {
    write(name, text);
    expect(await readSettings(root)).toMatchObject({ ok: false, problem: { code: 'usage' } });
  });
});

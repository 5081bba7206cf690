import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { applyRepair } from '../../source/supervisor/repair.ts';
import { type TemporaryFolder, temporaryFolder } from '../kit/environment.ts';
import { historyOf, rehearsedRevision, repairOf, revision } from '../ui/builders.ts';

let temporary: TemporaryFolder;
let path: string;
beforeEach(() => {
  temporary = temporaryFolder('repairs');
  mkdirSync(join(temporary.path, 'migrations'));
  path = join(temporary.path, 'migrations', 'one.ts');
  writeFileSync(path, 'old');
  chmodSync(path, 0o640);
});
afterEach(() => temporary.remove());

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const inputs = { file: sha256('old'), code: '', revisions: '', schema: '' };
const rehearsed = rehearsedRevision({ name: 'one', file: 'migrations/one.ts', inputs });
const repair = repairOf({ rewritten: 'new' });
const pending = historyOf([revision('one', { state: 'pending' })]);

test('the file is written whole, with the permissions that it had', () => {
  const reply = applyRepair(temporary.path, pending, rehearsed, repair);
  expect(reply).toEqual({ ok: true, value: { file: 'migrations/one.ts' } });
  expect(readFileSync(path, 'utf8')).toBe('new');
  expect(statSync(path).mode & 0o777).toBe(0o640);
  expect(readdirSync(join(temporary.path, 'migrations'))).toEqual(['one.ts']);
});

test('a file that changed since it was rehearsed is left as it is', () => {
  writeFileSync(path, 'edited meanwhile');
  const reply = applyRepair(temporary.path, pending, rehearsed, repair);
  expect(reply.ok).toBe(false);
  expect(readFileSync(path, 'utf8')).toBe('edited meanwhile');
});

test('the file of an applied revision is left as it is', () => {
  const applied = historyOf([revision('one', { state: 'applied' })]);
  expect(applyRepair(temporary.path, applied, rehearsed, repair).ok).toBe(false);
  expect(readFileSync(path, 'utf8')).toBe('old');
});

test('what can’t be made by itself, or is gone, is refused', () => {
  const byHand = repairOf({ rewritten: null });
  expect(applyRepair(temporary.path, pending, rehearsed, byHand).ok).toBe(false);
  const gone = rehearsedRevision({ name: 'one', file: 'migrations/two.ts', inputs });
  expect(applyRepair(temporary.path, pending, gone, repair).ok).toBe(false);
});

describe('a repair with new revisions', () => {
  const whole = repairOf({
    rewritten: 'new',
    further: [
      { file: 'migrations/one_2.ts', text: 'second' },
      { file: 'migrations/one_3.ts', text: 'third' },
    ],
  });

  test('writes them beside it', () => {
    expect(applyRepair(temporary.path, pending, rehearsed, whole).ok).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readFileSync(join(temporary.path, 'migrations/one_2.ts'), 'utf8')).toBe('second');
    expect(readFileSync(join(temporary.path, 'migrations/one_3.ts'), 'utf8')).toBe('third');
  });

  test('never takes the place of a file, and then writes none', () => {
    writeFileSync(join(temporary.path, 'migrations/one_3.ts'), 'somebody’s');
    const reply = applyRepair(temporary.path, pending, rehearsed, whole);
    expect(reply).toMatchObject({ problem: { what: 'migrations/one_3.ts is there already.' } });
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(join(temporary.path, 'migrations'))).toEqual(['one.ts', 'one_3.ts']);
  });
});

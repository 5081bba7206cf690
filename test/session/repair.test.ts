import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Repair } from '../../source/contract/rehearsal.ts';
import { Recorder } from '../../source/session/journal-writer.ts';
import {
  attemptOf,
  madeRepair,
  type RepairWish,
  repairedText,
  repairsIn,
  undoRepair,
  whyNotUndone,
  writeRepair,
} from '../../source/session/repair.ts';
import { type TemporaryFolder, temporaryFolder } from '../kit/environment.ts';
import {
  findingOf,
  historyOf,
  rehearsedRevision,
  repairOf,
  reportOf,
  revision,
} from '../tui/builders.ts';

let temporary: TemporaryFolder;
let path: string;
let recorder: Recorder;
beforeEach(() => {
  temporary = temporaryFolder('repairs');
  mkdirSync(join(temporary.path, 'migrations'));
  path = join(temporary.path, 'migrations', 'one.ts');
  writeFileSync(path, 'old');
  chmodSync(path, 0o640);
  recorder = new Recorder({ root: temporary.path, literals: 'cut', onFailure: () => {} });
});
afterEach(async () => {
  await recorder.close();
  temporary.remove();
});

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const inputs = { file: sha256('old'), code: '', revisions: '', schema: '' };
const repair = repairOf({ rewritten: 'new' });
const lost = findingOf({ repairs: [repair] });
const rehearsed = rehearsedRevision({
  name: 'one',
  file: 'migrations/one.ts',
  inputs,
  findings: [lost],
});
const pending = historyOf([revision('one', { state: 'pending' })]);
const applied = historyOf([revision('one', { state: 'applied' })]);
const filesNow = () => readdirSync(join(temporary.path, 'migrations'));

function wishFor(made: Repair = repair): RepairWish {
  return {
    revision: 'one',
    repair: made,
    first: reportOf([rehearsed]),
    after: null,
    again: { revisions: ['one'], bases: ['target'] },
  };
}

async function write(made: Repair = repair) {
  const text = repairedText(temporary.path, pending, wishFor(made));
  if (!text.ok) throw new Error(text.problem.what);
  return writeRepair(temporary.path, pending, rehearsed, [made.title], text.value, recorder);
}

async function lastMade() {
  const reply = await recorder.ask([], (journal) => journal.repairs());
  const row = reply.ok ? reply.value.at(-1) : undefined;
  if (!row) throw new Error('Nothing was recorded.');
  return madeRepair(row);
}

describe('before a repair is tried', () => {
  test('a file that changed since it was rehearsed, may only be read, or is no text is refused', () => {
    writeFileSync(path, 'edited meanwhile');
    expect(repairedText(temporary.path, pending, wishFor()).ok).toBe(false);
    writeFileSync(path, 'old');
    chmodSync(path, 0o440);
    expect(repairedText(temporary.path, pending, wishFor())).toMatchObject({
      problem: { what: 'migrations/one.ts may only be read.' },
    });
  });

  test('the file of an applied revision is refused, and what must be made by hand', () => {
    expect(repairedText(temporary.path, applied, wishFor()).ok).toBe(false);
    const byHand = repairOf({ rewritten: null });
    expect(repairedText(temporary.path, pending, wishFor(byHand)).ok).toBe(false);
    expect(readFileSync(path, 'utf8')).toBe('old');
  });
});

describe('what proves a repair', () => {
  const repaired = { revision: 'one', text: 'new', further: [], differs: [] };
  const whyOf = (more: Parameters<typeof rehearsedRevision>[0]) =>
    attemptOf(wishFor(), repaired, reportOf([{ ...rehearsed, ...more }]))?.why ?? null;

  test('a rehearsal without hazards does', () => {
    expect(whyOf({ verdict: 'clean', findings: [] })).toBeNull();
  });

  test('one that fails, differs, does not help or has another hazard does not', () => {
    expect(whyOf({ verdict: 'failed', findings: [] })).toContain('It does not complete');
    const differs = findingOf({ kind: 'not-proven', what: 'It differs.', table: 'x' });
    expect(whyOf({ verdict: 'hazards', findings: [differs] })).toContain('It differs.');
    expect(whyOf({ verdict: 'hazards', findings: [lost] })).toContain('It does not help');
    const other = findingOf({ kind: 'values-lost', table: 'x', what: 'Another one.' });
    expect(whyOf({ verdict: 'hazards', findings: [other] })).toContain('was not there before');
  });
});

test('the file is written whole, with its permissions, and undone byte for byte', async () => {
  expect((await write()).ok).toBe(true);
  expect(readFileSync(path, 'utf8')).toBe('new');
  expect(statSync(path).mode & 0o777).toBe(0o640);
  expect(filesNow()).toEqual(['one.ts']);
  const made = await lastMade();
  expect(made).toMatchObject({ before: 'old', after: 'new', titles: [repair.title] });
  expect((await undoRepair(temporary.path, pending, made, recorder)).ok).toBe(true);
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(statSync(path).mode & 0o777).toBe(0o640);
  await expect(lastMade()).rejects.toThrow();
});

test('an edited or applied revision is not undone', async () => {
  await write();
  const made = await lastMade();
  expect(whyNotUndone(temporary.path, applied, made)).not.toBeNull();
  writeFileSync(path, 'new, and edited');
  expect((await undoRepair(temporary.path, pending, made, recorder)).ok).toBe(false);
  expect(readFileSync(path, 'utf8')).toBe('new, and edited');
});

test('without a journal nothing is written', async () => {
  writeFileSync(join(temporary.path, '.handrail'), 'in the way');
  expect(await write()).toMatchObject({ ok: false });
  expect(readFileSync(path, 'utf8')).toBe('old');
});

describe('a repair with new revisions', () => {
  const whole = repairOf({
    rewritten: 'new',
    further: [
      { file: 'migrations/one_2.ts', text: 'second' },
      { file: 'migrations/one_3.ts', text: 'third' },
    ],
  });

  test('writes them beside it, and undoing removes them', async () => {
    expect((await write(whole)).ok).toBe(true);
    expect(filesNow()).toEqual(['one.ts', 'one_2.ts', 'one_3.ts']);
    await undoRepair(temporary.path, pending, await lastMade(), recorder);
    expect(filesNow()).toEqual(['one.ts']);
    expect(readFileSync(path, 'utf8')).toBe('old');
  });

  test('never takes the place of a file, and then writes none', () => {
    writeFileSync(join(temporary.path, 'migrations/one_3.ts'), 'somebody’s');
    const reply = repairedText(temporary.path, pending, wishFor(whole));
    expect(reply).toMatchObject({ problem: { what: 'migrations/one_3.ts is there already.' } });
    expect(filesNow()).toEqual(['one.ts', 'one_3.ts']);
  });

  test('that was cut off while it was written can be undone', async () => {
    await write(whole);
    const made = await lastMade();
    writeFileSync(path, 'old');
    expect((await undoRepair(temporary.path, pending, made, recorder)).ok).toBe(true);
    expect(filesNow()).toEqual(['one.ts']);
  });

  test('is listed as long as something of it is in the files', async () => {
    await write(whole);
    const listed = async () => {
      const reply = await recorder.ask([], (journal) => journal.repairs());
      return repairsIn(temporary.path, reply.ok ? reply.value : []).length;
    };
    expect(await listed()).toBe(1);
    writeFileSync(path, 'edited');
    expect(await listed()).toBe(1);
    // As it is when one was killed between the journal and the files, whichever came first.
    writeFileSync(path, 'old');
    expect(await listed()).toBe(1);
    for (const name of ['one_2.ts', 'one_3.ts']) rmSync(join(temporary.path, 'migrations', name));
    expect(await listed()).toBe(0);
    await write(whole);
    expect(await listed()).toBe(1);
  });
});

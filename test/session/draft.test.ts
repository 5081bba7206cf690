import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { discardDraft, writeDraft } from '../../source/session/draft.ts';
import { Recorder } from '../../source/session/journal-writer.ts';
import { type TemporaryFolder, temporaryFolder } from '../kit/environment.ts';
import { revision } from '../tui/builders.ts';

let temporary: TemporaryFolder;
let recorder: Recorder;
beforeEach(() => {
  temporary = temporaryFolder('drafts');
  mkdirSync(at('migrations'));
  writeFileSync(at(SNAPSHOT), 'before');
  recorder = new Recorder({ root: temporary.path, literals: 'cut', onFailure: () => {} });
});
afterEach(async () => {
  await recorder.close();
  temporary.remove();
});

const FILE = 'migrations/one.ts';
const SNAPSHOT = 'migrations/.snapshot-dev.json';
const at = (path: string) => join(temporary.path, path);
const pending = revision('one', { state: 'pending', file: FILE });

async function drafted() {
  const draft = {
    name: 'one',
    path: FILE,
    source: 'as drafted',
    snapshot: { path: SNAPSHOT, text: 'after' },
  };
  const origin = { base: 'target', branch: null, code: null } as const;
  const written = await writeDraft(temporary.path, origin, draft, recorder);
  expect(written.ok).toBe(true);
}

async function discarded() {
  const [draft] = await recorder.drafts();
  if (!draft) throw new Error('There is no draft.');
  return discardDraft(temporary.path, pending, draft, recorder);
}

test('a draft that could not be removed is a draft as before, and can be discarded later', async () => {
  await drafted();
  writeFileSync(at(FILE), 'typed since');
  // In the way of the snapshot.
  const hindrance = at(`${SNAPSHOT}.handrail-${process.pid}`);
  mkdirSync(hindrance);
  expect(await discarded()).toMatchObject({ ok: false });
  expect(readFileSync(at(FILE), 'utf8')).toBe('typed since');
  rmdirSync(hindrance);
  expect(await discarded()).toMatchObject({ ok: true });
});

test('a draft that is discarded leaves the folder as it was, and its text in the journal', async () => {
  await drafted();
  writeFileSync(at(FILE), 'typed since');
  expect(await discarded()).toEqual({ ok: true, value: { file: FILE, snapshot: 'restored' } });
  expect(existsSync(at(FILE))).toBe(false);
  expect(readFileSync(at(SNAPSHOT), 'utf8')).toBe('before');
  expect(await recorder.drafts()).toEqual([]);
});

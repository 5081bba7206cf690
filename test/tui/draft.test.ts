import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DraftQuestion, DraftRequest } from '../../source/contract/draft.ts';
import { temporaryFolder } from '../kit/environment.ts';
import { draftOf, historyOf, problemOf, revision } from './builders.ts';
import { FakeSession } from './fake-session.ts';
import { keys, openScreen } from './screen.tsx';

const email = { table: 'author', name: 'email' };
const gone: DraftQuestion = {
  kind: 'gone',
  place: email,
  object: { kind: 'column', schema: null, table: 'author', name: 'email' },
  holds: 12,
  candidates: ['mail', 'post'],
};
const born = {
  kind: 'fill',
  direction: 'up',
  table: 'author',
  column: 'born',
  type: 'integer',
  rows: 3,
  proposed: null,
} as const satisfies DraftQuestion;

/** The app with its list on screen; drafts are what `make` says. */
async function openList(
  make: (request: DraftRequest) => ReturnType<FakeSession['answers']['draft']>,
  options: Parameters<typeof openScreen>[0] = {},
) {
  const session = new FakeSession();
  session.answers.draft = make;
  const screen = openScreen({ ...options, session });
  session.emit({ type: 'history', history: historyOf([revision('20261124_add_repo_owner')]) });
  await screen.shows('add_repo_owner');
  return screen;
}

const asking = (questions: readonly DraftQuestion[]) => async (request: DraftRequest) => ({
  ok: true as const,
  value: draftOf(request, { questions, file: null }),
});

describe('the draft screen', () => {
  test('shows what differs and the file, and writes it under the name that is typed', async () => {
    using folder = disposable();
    const opened: string[] = [];
    const screen = await openList(async (request) => ({ ok: true, value: draftOf(request) }), {
      root: folder.path,
      editor: (path) => {
        opened.push(path);
        return null;
      },
    });
    await screen.press('n');
    await screen.shows('+ column shelf.width  integer null');
    await screen.shows('alter table shelf add column width');
    expect(screen.session.calls).not.toContainEqual(expect.stringContaining('accept'));
    await screen.press(keys.enter);
    await screen.shows('Name:');
    for (const letter of 'Add width') await screen.press(letter);
    await screen.press(keys.enter);
    await screen.until(() => opened.length === 1, 'the editor is opened');
    expect(screen.session.drafted.map(({ name }) => name)).toEqual([null, 'Add width']);
    expect(screen.session.calls).toContainEqual(expect.stringContaining('accept migrations/'));
    await screen.shows('Written to migrations/');
    await screen.shows('╭▸Revisions');
    expect(screen.session.calls.at(-1), 'it was read').toContain('edit done');
  });

  test('asks one question after the other, and takes every answer', async () => {
    const screen = await openList(async (request) =>
      request.answers.fills.length === 0
        ? asking([gone, born])(request)
        : { ok: true, value: draftOf(request) },
    );
    await screen.press('n');
    await screen.shows('1 of 2');
    await screen.shows('It holds 12 values.');
    await screen.press(keys.down, keys.enter);
    await screen.shows('2 of 2');
    await screen.shows('3 rows have none: what should they get?');
    await screen.press('1', '9', keys.enter);
    await screen.shows('Draft against the target');
    expect(screen.session.drafted.at(-1)?.answers).toEqual({
      renames: [{ from: email, to: 'post' }],
      drops: [],
      keeps: [],
      fills: [{ table: 'author', column: 'born', expression: '19' }],
      fillsDown: [],
      conversions: [],
      first: [],
      keptOnDowngrade: [],
    });
  });

  test('a column that was renamed needs no value', async () => {
    const mail: DraftQuestion = { ...born, table: 'author', column: 'mail' };
    const screen = await openList(asking([gone, mail]));
    await screen.press('n');
    await screen.shows('1 of 2');
    await screen.press(keys.enter);
    await screen.until(() => screen.session.drafted.length === 2, 'it is drafted again');
    expect(screen.session.drafted[1]?.answers).toMatchObject({
      renames: [{ from: email, to: 'mail' }],
      fills: [],
    });
  });

  test('a name is offered once, and dropping is the last choice', async () => {
    const other: DraftQuestion = { ...gone, place: { table: 'author', name: 'address' } };
    const screen = await openList(asking([gone, other]));
    await screen.press('n');
    await screen.shows('1 of 2');
    await screen.press(keys.enter);
    await screen.shows('2 of 2');
    expect(screen.frame()).not.toContain('renamed to mail');
    await screen.press(keys.down, keys.down, keys.down, keys.enter);
    await screen.until(() => screen.session.drafted.length === 2, 'it is drafted again');
    expect(screen.session.drafted[1]?.answers).toMatchObject({
      renames: [{ from: email, to: 'mail' }],
      drops: [{ table: 'author', name: 'address' }],
    });
  });

  test('leads out of a target that is not up to date', async () => {
    const refused = problemOf({
      code: 'not-up-to-date',
      what: 'Target database is not up to date.',
      next: ['Upgrade it first: handrail up'],
    });
    const screen = await openList(async (request) =>
      request.base === 'target'
        ? { ok: false, problem: refused }
        : { ok: true, value: draftOf(request) },
    );
    await screen.press('n');
    await screen.shows('Target database is not up to date.');
    await screen.press(keys.enter);
    expect(screen.frame(), 'there is nothing to go on with').toContain('Refused');
    await screen.press('b');
    await screen.shows('Draft against a throwaway');
    await screen.press(keys.escape);
    await screen.shows('╭▸Revisions');

    await screen.press('n');
    await screen.shows('upgrade first');
    await screen.press('u');
    await screen.shows('Upgrade kallithea by 2 revisions?');
  });

  test('forgets the answers when it is compared with another base', async () => {
    const screen = await openList(async (request) =>
      request.answers.renames.length === 0
        ? asking([gone])(request)
        : { ok: true, value: draftOf(request) },
    );
    await screen.press('n');
    await screen.shows('renamed to mail');
    await screen.press(keys.enter);
    await screen.shows('Draft against the target');
    await screen.press('b');
    await screen.shows('1 of 1');
    await screen.shows('renamed to mail');
    await screen.press(keys.enter);
    await screen.shows('Draft against a throwaway');
    expect(screen.session.drafted.at(-1)?.answers.renames).toEqual([{ from: email, to: 'mail' }]);
  });

  test('lets a downgrade keep the added columns, or not', async () => {
    const screen = await openList(async (request) => ({ ok: true, value: draftOf(request) }));
    await screen.press('n');
    await screen.shows('shelf.width');
    await screen.press('c');
    await screen.until(() => screen.session.drafted.length === 2, 'it is drafted again');
    await screen.shows('shelf.width');
    await screen.press('c');
    await screen.until(() => screen.session.drafted.length === 3, 'it is drafted again');
    expect(screen.session.drafted.map(({ answers }) => answers.keptOnDowngrade)).toEqual([
      [],
      [{ table: 'shelf', column: 'width' }],
      [],
    ]);
  });

  test('is cancelled when it is left before it is there', async () => {
    const screen = await openList(() => new Promise(() => {}));
    await screen.press('n');
    await screen.shows('comparing with the entities');
    await screen.press(keys.escape);
    await screen.shows('╭▸Revisions');
    expect(screen.session.calls).toContain('cancel');
  });

  test('shows again what changed between looking and writing', async () => {
    const screen = await openList(async (request) => {
      const made = draftOf(request);
      const source = request.name === null ? 'alter table shelf …' : 'drop table shelf';
      return { ok: true, value: { ...made, file: made.file && { ...made.file, source } } };
    });
    await screen.press('n');
    await screen.shows('alter table shelf …');
    await screen.press(keys.enter);
    await screen.shows('Name:');
    await screen.press(keys.enter);
    // Without a name nothing differs, so it is written.
    await screen.until(() => screen.session.calls.some((call) => call.startsWith('accept')), 'it');
    await screen.press('n');
    await screen.shows('alter table shelf …');
    await screen.press(keys.enter);
    await screen.shows('Name:');
    await screen.press('x', keys.enter);
    await screen.shows('The project changed meanwhile');
    await screen.shows('drop table shelf');
    expect(screen.session.calls.filter((call) => call.startsWith('accept'))).toHaveLength(1);
  });

  test('says why it could not be written', async () => {
    const session = new FakeSession();
    session.answers.acceptDraft = async () => ({
      ok: false,
      problem: problemOf({ what: 'migrations/x.ts could not be written.' }),
    });
    const screen = openScreen({ session });
    session.emit({ type: 'history', history: historyOf([revision('20261124_add_repo_owner')]) });
    await screen.shows('add_repo_owner');
    await screen.press('N');
    await screen.shows('Blank draft');
    await screen.press(keys.enter);
    await screen.shows('Name:');
    await screen.press(keys.enter);
    await screen.shows('could not be written');
    await screen.shows('Refused: nothing was written');
    expect(screen.edited).toEqual([]);
  });

  test('fits a small terminal, however many answers there are', async () => {
    const candidates = Array.from({ length: 30 }, (_, index) => `candidate_${index}`);
    const screen = await openList(asking([{ ...gone, candidates }]), { columns: 60, rows: 16 });
    await screen.press('n');
    await screen.shows('1 of 1');
    expect(screen.rows()).toHaveLength(16);
    expect(screen.frame()).toContain('+ column shelf.width');
    for (let at = 0; at < 31; at++) await screen.press(keys.down);
    await screen.shows('▌ The column goes');
    expect(screen.rows()).toHaveLength(16);
    expect(screen.frame()).toContain('1 of 1');
  });
});

describe('a draft in the list', () => {
  const draft = revision('20261201090000_add_shelf_width', {
    file: 'migrations/Migration20261201090000_add_shelf_width.ts',
    flags: ['draft'],
  });

  test('is discarded, but only after asking', async () => {
    const session = new FakeSession();
    const screen = openScreen({ session });
    session.emit({ type: 'history', history: historyOf([draft]) });
    await screen.shows('draft');
    await screen.press('X');
    await screen.shows('Discard 20261201090000_add_shelf_width?');
    await screen.press('n');
    await screen.hides('Discard 2026');
    expect(session.calls).not.toContainEqual(expect.stringContaining('discard'));
    await screen.press('X');
    await screen.shows('y: yes');
    await screen.press('y');
    await screen.shows('the journal keeps its text');
    expect(session.calls).toContain('discard 20261201090000_add_shelf_width');
  });

  test('is compared with what was drafted', async () => {
    using folder = disposable();
    const session = new FakeSession();
    const versionOf = (...up: string[]) => ({ source: up.join('\n'), up, down: ['select 1'] });
    const versions = {
      now: versionOf('alter table shelf add width'),
      drafted: versionOf('alter table shelf add height'),
      before: null,
    };
    session.answers.draftVersions = async () => ({ ok: true, value: versions });
    const screen = openScreen({ session, root: folder.path });
    session.emit({ type: 'history', history: historyOf([draft]) });
    await screen.shows('draft');
    await screen.press('=');
    await screen.shows('upgrade since it was drafted');
    await screen.shows('- alter table shelf add height;');
    await screen.shows('+ alter table shelf add width;');
    await screen.shows('The same SQL, 1 statement.');
    expect(screen.frame()).not.toContain('saved last');

    const before = versionOf('alter table shelf add depth');
    session.answers.draftVersions = async () => ({ ok: true, value: { ...versions, before } });
    session.emit({ type: 'history', history: historyOf([{ ...draft, sha256: 'another' }]) });
    await screen.shows('upgrade since it was saved last');
    await screen.shows('- alter table shelf add depth;');
    await screen.press(keys.escape);
    await screen.hides('What changed');
  });

  test('nothing else is discarded or compared', async () => {
    const session = new FakeSession();
    const screen = openScreen({ session });
    session.emit({ type: 'history', history: historyOf([revision('20261124_add_repo_owner')]) });
    await screen.shows('add_repo_owner');
    for (const key of ['X', '=']) {
      await screen.press(key);
      await screen.shows('is not a draft');
    }
  });
});

function disposable() {
  const folder = temporaryFolder('drafts');
  mkdirSync(join(folder.path, 'migrations'));
  writeFileSync(
    join(folder.path, 'migrations/Migration20261201090000_add_shelf_width.ts'),
    'alter table shelf add column width integer null',
  );
  return { path: folder.path, [Symbol.dispose]: () => folder.remove() };
}

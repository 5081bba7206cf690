import { describe, expect, test } from 'vitest';
import type { Build } from '../../source/contract/dev-database.ts';
import { draftOf, historyOf, problemOf, revision } from './builders.ts';
import { FakeSession } from './fake-session.ts';
import { keys, type Options, openScreen } from './screen.tsx';

const built: Build = {
  request: { seed: false },
  building: false,
  built: {
    url: 'file:///tmp/throwaway/application.db',
    database: '/tmp/throwaway/application.db',
    tables: 14,
    seeder: null,
    ms: 120,
  },
  at: '2026-11-24T11:59:00.000Z',
  problem: null,
};

async function openWatch(options: Options = {}) {
  const { session = new FakeSession() } = options;
  const screen = openScreen({ ...options, session });
  session.emit({ type: 'history', history: historyOf([revision('20261101_user_api_keys')]) });
  await screen.shows('user_api_keys');
  await screen.press('w');
  await screen.shows('Watch ─');
  return screen;
}

let generation = 1;
const change = () => ({ type: 'looking', because: 'changed', generation: ++generation }) as const;

describe('the watch screen', () => {
  test('shows what the draft would be, and anew when the code changes', async () => {
    const session = new FakeSession();
    const screen = await openWatch({ session });
    await screen.shows('+ column shelf.width  integer null');
    await screen.shows('as of');
    session.answers.draft = async (request) => ({
      ok: true,
      value: draftOf(request, {
        changes: [{ kind: 'add', what: 'column shelf.depth', detail: 'integer null' }],
      }),
    });
    session.emit(change());
    await screen.shows('+ column shelf.depth');
    expect(session.drafted).toHaveLength(2);
  });

  test('keeps the last good state while the code does not compile', async () => {
    const session = new FakeSession();
    const screen = await openWatch({ session });
    await screen.shows('+ column shelf.width');
    const good = session.answers.draft;
    session.answers.draft = async () => ({
      ok: false,
      problem: problemOf({
        what: 'The configuration could not be loaded.',
        why: 'book.ts:6: oops',
      }),
    });
    session.emit(change());
    await screen.shows('book.ts:6: oops');
    await screen.shows('As it was at');
    expect(screen.frame()).toContain('+ column shelf.width');
    session.answers.draft = good;
    session.emit(change());
    await screen.hides('book.ts:6: oops');
    await screen.shows('+ column shelf.width');
  });

  test('says when there is nothing to draft', async () => {
    const session = new FakeSession();
    session.answers.draft = async () => ({
      ok: false,
      problem: problemOf({ code: 'nothing-to-do', why: 'The target was compared.' }),
    });
    const screen = await openWatch({ session });
    await screen.shows('✓ There is nothing to draft.');
  });

  test('compares with every revision when the target is not up to date', async () => {
    const session = new FakeSession();
    session.answers.draft = async (request) =>
      request.base === 'target'
        ? {
            ok: false,
            problem: problemOf({
              code: 'not-up-to-date',
              what: 'Target database is not up to date.',
            }),
          }
        : { ok: true, value: draftOf(request) };
    const screen = await openWatch({ session });
    await screen.shows('against a throwaway');
    await screen.shows('+ column shelf.width');
    expect(session.drafted.map(({ base }) => base)).toEqual(['target', 'throwaway']);
    await screen.press('b');
    await screen.shows('against MikroORM’s snapshot');
  });

  test('drafts with one key, and makes none by itself meanwhile', async () => {
    const session = new FakeSession();
    const screen = await openWatch({ session });
    await screen.shows('+ column shelf.width');
    await screen.press('n');
    await screen.shows('Draft against the target');
    await screen.until(() => session.drafted.length === 2, 'the draft screen asks once');
    session.emit(change());
    await screen.press(keys.escape);
    await screen.shows('Watch ─');
    await screen.until(() => session.drafted.length === 3, 'it is made anew');
  });
});

describe('the throwaway to try the application on', () => {
  test('is made when asked for, with or without the seeder, and removed', async () => {
    const session = new FakeSession();
    const screen = await openWatch({ session });
    const calls = () => session.calls.filter((call) => call.startsWith('build'));
    await screen.press('y');
    await screen.shows('There is no throwaway yet: t makes one.');
    await screen.press('?');
    await screen.shows('Help: Watch');
    expect(screen.frame()).not.toContain('Run the upgrade');
    await screen.press(keys.escape);
    await screen.hides('Help: Watch');
    await screen.press('t');
    expect(calls()).toEqual(['build plain']);
    session.emit({ type: 'build', build: { ...built, building: true, built: null, at: null } });
    await screen.shows('being made…');
    session.emit({ type: 'build', build: built });
    await screen.shows('file:///tmp/throwaway/application.db');
    await screen.shows('14 tables in 120 ms');
    await screen.press('y');
    expect(screen.copied).toEqual(['file:///tmp/throwaway/application.db']);
    await screen.press('s');
    expect(calls().at(-1)).toBe('build seeded');
    const seeder = { ...built.built, seeder: 'DatabaseSeeder' } as Build['built'];
    session.emit({
      type: 'build',
      build: { ...built, request: { seed: true }, built: seeder },
    });
    await screen.shows('seeded by DatabaseSeeder');
    await screen.press('s');
    expect(calls().at(-1)).toBe('build plain');
    await screen.press('t');
    expect(calls().at(-1)).toBe('build none');
    session.emit({ type: 'build', build: null });
    await screen.shows('t makes a throwaway');
  });

  test('stays as it is while it can’t be made anew', async () => {
    const session = new FakeSession();
    const screen = await openWatch({ session, columns: 80, rows: 24 });
    session.emit({
      type: 'build',
      build: { ...built, problem: problemOf({ what: 'No database could be made.', why: 'Oops.' }) },
    });
    await screen.shows('✗ No database could be made. Oops.');
    await screen.shows('file:///tmp/throwaway/application.db');
    for (const row of screen.rows()) expect(row.length).toBeLessThanOrEqual(80);
  });
});

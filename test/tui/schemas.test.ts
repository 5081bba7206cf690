import { describe, expect, test } from 'vitest';
import type { ListedSchema, SchemaOutcome, WalkResult } from '../../source/contract/schemas.ts';
import { historyOf, revision, schemaPlanOf, someHistory, target } from './builders.ts';
import { FakeSession } from './fake-session.ts';
import { keys, openScreen } from './screen.tsx';

function listed(name: string, pending: number, more: Partial<ListedSchema> = {}): ListedSchema {
  return {
    name,
    exists: true,
    current: '20261101_user_api_keys',
    counts: { applied: 3 - pending, pending, missing: 0 },
    upToDate: pending === 0,
    applied: [],
    last: null,
    ...more,
  };
}

const history = {
  ...someHistory,
  target: { ...target, driver: 'postgresql' as const, manySchemas: true },
};

async function openSchemas(schemas: readonly ListedSchema[], size = {}) {
  const session = new FakeSession();
  session.answers.schemas = async () => ({
    ok: true,
    value: {
      database: 'localhost:5432/app',
      names: ['app'],
      protected: null,
      head: 'head',
      schemas,
    },
  });
  session.answers.planSchemas = async (names, { direction }) => ({
    ok: true,
    value: schemaPlanOf(direction, [names ?? []], { idle: ['zeta'] }),
  });
  session.answers.look = () => ({ ok: true, value: history });
  const screen = openScreen({ session, ...size });
  session.emit({ type: 'history', history });
  await screen.shows('▌○ 20261124');
  await screen.press('S');
  await screen.shows('Schemas of localhost:5432/app');
  return screen;
}

const three = [
  listed('acme', 0, { last: { outcome: 'done', at: '2026-11-24T11:00:00.000Z' } }),
  listed('beta', 2),
  listed('gone', 1, { exists: false, current: null }),
];

test('a project with one schema has no such screen', async () => {
  const screen = openScreen();
  screen.session.emit({ type: 'history', history: someHistory });
  await screen.shows('▌○ 20261124');
  expect(screen.frame()).not.toContain('schemas');
  await screen.press('S');
  await screen.shows('not applied to several schemas');
  expect(screen.session.calls).not.toContain('schemas');
});

describe('schemas', () => {
  test('are listed with how they stand and how their last run ended', async () => {
    const screen = await openSchemas(three);
    await screen.shows('3');
    expect(screen.frame()).toMatch(/▌ ● acme +up to date +20261101_user_api_keys +done 1 h ago/);
    expect(screen.frame()).toMatch(/○ beta +behind by 2/);
    expect(screen.frame()).toMatch(/○ gone +not made yet +–/);
    await screen.press('/', ...'behind');
    await screen.hides('acme');
    await screen.press(keys.enter, keys.escape);
    await screen.shows('acme');
  });

  test('of hostile names and hundreds of them fit the screen', async () => {
    const many = Array.from({ length: 500 }, (_, at) => listed(`t${at}\u001b[2J`, at % 3));
    const screen = await openSchemas(many, { columns: 80, rows: 24 });
    await screen.shows('1/500');
    expect(screen.raw()).not.toContain('\u001b[2J');
    expect(screen.rows()).toHaveLength(24);
    expect(Math.max(...screen.rows().map((row) => row.length))).toBeLessThanOrEqual(80);
    await screen.press('G');
    await screen.shows('500/500');
    await screen.shows('▌ ○ t499');
  });

  test('that can’t be read are told of', async () => {
    const session = new FakeSession();
    const problem = { code: 'usage', what: 'No such query.', why: '', next: [], detail: null };
    session.answers.schemas = async () => ({ ok: false, problem: { ...problem, code: 'usage' } });
    const screen = openScreen({ session });
    session.emit({ type: 'history', history });
    await screen.shows('▌○ 20261124');
    await screen.press('S');
    await screen.shows('No such query.');
  });

  test('are opened one at a time, and left for the connection’s own', async () => {
    const screen = await openSchemas(three);
    await screen.press('j', keys.enter);
    await screen.shows('╭▸Revisions');
    expect(screen.session.calls).toContain('open beta');
    await screen.press('S', '0');
    await screen.until(() => screen.session.calls.includes('open none'), 'opens its own');
  });
});

const done = (schema: string): SchemaOutcome => ({
  schema,
  outcome: 'done',
  run: 1,
  result: {
    outcome: 'done',
    steps: [],
    failure: null,
    history: historyOf([revision('20261101_user_api_keys')]),
  },
});
const refused = (schema: string): SchemaOutcome => ({
  schema,
  outcome: 'refused',
  problem: { code: 'locked', what: 'Somebody runs it.', why: '', next: [], detail: null },
});

describe('a walk', () => {
  test('is over the marked ones, shown before it runs, told while it goes on, and summed up', async () => {
    const screen = await openSchemas(three);
    const { session } = screen;
    await screen.press('j', ' ', ' ');
    await screen.shows('▌*○ gone');
    await screen.press('u');
    await screen.shows('Upgrade 2 schemas of localhost:5432/app?');
    expect(session.calls).toContain('plan up schemas beta gone');
    expect(screen.frame()).toContain('beta, gone');
    expect(screen.frame()).toContain('Nothing to do: zeta.');
    expect(screen.frame()).toContain('stop, and leave the rest as they are');
    await screen.press('s');
    await screen.shows('go on with the next one');
    await screen.press('y');
    expect(session.calls.some((call) => call.startsWith('walk'))).toBe(false);
    await screen.press(keys.enter);
    await screen.until(() => session.calls.includes('walk up on'), 'walks');

    session.emit({ type: 'walk-reached', progress: { schema: 'beta', at: 1, of: 2 } });
    await screen.shows('upgrading schema 1 of 2 · beta');
    await screen.shows('0 of 2');
    expect(screen.frame()).toMatch(/○ beta .* running/);
    await screen.press('u');
    await screen.shows('A run is going.');
    session.emit({ type: 'walk-settled', outcome: done('beta') });
    await screen.shows('1 of 2 · 1 done');
    expect(screen.frame()).toMatch(/● beta +up to date .*✓ done/);
    session.emit({ type: 'walk-reached', progress: { schema: 'gone', at: 2, of: 2 } });
    session.finishWalk(result('failed', [done('beta'), refused('gone')]));
    await screen.shows('Upgrade failed');
    await screen.shows('2 of 2 · 1 done, 1 refused');
    await screen.shows('✗ gone: Somebody runs it.');
    await screen.press(keys.escape);
    await screen.hides('Upgrade failed');
  });

  test('down needs another key than up', async () => {
    const screen = await openSchemas(three);
    await screen.press('d');
    await screen.shows('Downgrade 1 schema of');
    await screen.press(keys.enter);
    expect(screen.session.calls.some((call) => call.startsWith('walk'))).toBe(false);
    await screen.press('y');
    await screen.until(() => screen.session.calls.includes('walk down until one fails'), 'walks');
  });

  test('may rehearse only', async () => {
    const screen = await openSchemas(three);
    const { session } = screen;
    await screen.press('j', 'R');
    await screen.shows('Rehearse 1 schema of localhost:5432/app?');
    await screen.press(keys.enter);
    await screen.until(() => session.calls.includes('walk rehearse until one fails'), 'walks');
    session.emit({ type: 'walk-reached', progress: { schema: 'beta', at: 1, of: 1 } });
    await screen.shows('rehearsing schema 1 of 1 · beta');
    const outcome = {
      schema: 'beta',
      outcome: 'rehearsed',
      verdict: 'hazards',
      rehearsal: 7,
    } as const;
    session.finishWalk({ kind: 'rehearse', outcome: 'failed', schemas: [outcome] });
    await screen.shows('Rehearsal not clean');
    await screen.shows('1 of 1 · 1 hazards');
    expect(screen.frame()).toMatch(/beta +behind by 2 .*⚠ hazards/);
  });

  test('that is cancelled says so, and leaves no result of one schema elsewhere', async () => {
    const screen = await openSchemas(three);
    const { session } = screen;
    await screen.press('U');
    await screen.shows('Upgrade 3 schemas');
    await screen.press(keys.enter);
    const [group] = schemaPlanOf('up', [['acme']]).groups;
    if (!group) throw new Error('There is a group.');
    session.emit({ type: 'walk-reached', progress: { schema: 'acme', at: 1, of: 3 } });
    session.emit({ type: 'run-started', run: 4, plan: group.plan });
    await screen.press(keys.ctrlC);
    await screen.shows('cancelling…');
    expect(session.calls).toContain('cancel');
    const foreign = historyOf([revision('20200101_of_acme')]);
    session.emit({
      type: 'run-finished',
      result: { outcome: 'cancelled', steps: [], failure: null, history: foreign },
    });
    session.finishWalk(result('cancelled', [{ schema: 'acme', outcome: 'not-reached' }]));
    await screen.shows('Upgrade cancelled');
    await screen.press(keys.escape, keys.escape);
    await screen.shows('╭▸Revisions');
    expect(screen.frame()).not.toContain('20200101_of_acme');
    expect(screen.frame()).not.toContain('Upgrade cancelled');
  });
});

function result(outcome: WalkResult['outcome'], schemas: readonly SchemaOutcome[]): WalkResult {
  return { kind: 'up', outcome, schemas };
}

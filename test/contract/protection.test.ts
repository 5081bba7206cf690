import { describe, expect, test } from 'vitest';
import {
  isThisMachine,
  namesOf,
  type ProtectedPattern,
  type TargetPlace,
  whyNotAllowed,
  whyProtected,
} from '../../source/contract/protection.ts';
import { planOf, target } from '../tui/builders.ts';

const server = (host: string | null): TargetPlace => ({
  kind: 'server',
  host,
  port: 5432,
  database: 'shop',
});
const file: TargetPlace = { kind: 'file', path: '/srv/shop/var/dev.db' };

function isProtected(place: TargetPlace, ...patterns: readonly ProtectedPattern[]): boolean {
  const database = place.kind === 'file' ? 'var/dev.db' : `${place.host}:5432/shop`;
  return whyProtected(place, { name: 'dev', database }, patterns) !== null;
}

test.each([
  ['localhost', true],
  ['LOCALHOST.', true],
  ['127.0.0.1', true],
  ['127.1.2.3', true],
  ['::1', true],
  ['[::1]', true],
  ['0:0:0:0:0:0:0:1', true],
  ['::ffff:127.0.0.1', true],
  ['/var/run/postgresql', true],
  ['', true],
  ['10.0.0.5', false],
  ['db', false],
  ['localhost.example.com', false],
  ['127.example.com', false],
  ['::2', false],
  ['128.0.0.1', false],
])('%s is on this machine: %s', (host, here) => {
  expect(isThisMachine(host)).toBe(here);
  expect(isProtected(server(host))).toBe(!here);
});

test('a server that nobody can place is protected', () => {
  expect(isProtected(server(null))).toBe(true);
  expect(isProtected(server(null), '!shop')).toBe(false);
});

describe('the setting', () => {
  test.each([
    ['*prod*', server('prod-tunnel.localhost')],
    ['SHOP.localhost', server('shop.localhost')],
    ['localhost:5432', server('localhost')],
    ['localhost:5432/shop', server('localhost')],
    ['shop', server('localhost')],
    [{ host: 'localhost', database: 'sh*' }, server('localhost')],
    ['dev', file],
    [{ context: 'dev' }, file],
    ['dev.db', file],
    ['var/*', file],
    ['/srv/*', file],
    [{ path: '*.db' }, file],
    ['*', file],
  ])('%j protects', (pattern, place) => {
    expect(isProtected(place, pattern)).toBe(true);
  });

  test.each([
    ['prod', server('prod-tunnel.localhost')],
    ['localhost:5433', server('localhost')],
    [{ host: 'localhost', database: 'other' }, server('localhost')],
    [{ host: '*' }, file],
    [{ path: '*' }, server('localhost')],
    ['test.db', file],
  ])('%j does not', (pattern, place) => {
    expect(isProtected(place, pattern)).toBe(false);
  });

  test('has exceptions, also for other machines', () => {
    expect(isProtected(server('db'), '!db')).toBe(false);
    expect(isProtected(server('db'), '*', '!db')).toBe(false);
    expect(isProtected(server('db2'), '!db')).toBe(true);
  });
});

test('a target is called by its short name, or as it is shown', () => {
  expect(namesOf(file, 'var/dev.db')).toEqual(['dev.db', 'var/dev.db', '/srv/shop/var/dev.db']);
  expect(namesOf(server('db'), 'db:5432/shop')).toEqual(['shop', 'db:5432/shop']);
});

describe('what has to be said', () => {
  const names = ['shop', 'db:5432/shop'];
  const open = { ...target, database: 'db:5432/shop', names };
  const guarded = { ...open, protected: 'Its server db is not on this machine.' };
  const up = planOf('up', ['one']);
  const down = planOf('down', ['one']);

  test('nothing where nothing is protected', () => {
    expect(whyNotAllowed({ ...up, target: open }, {})).toBeNull();
    expect(whyNotAllowed({ ...down, target: open }, {})).toBeNull();
  });

  test('its name, and no other', () => {
    const plan = { ...up, target: guarded };
    expect(whyNotAllowed(plan, {})).toMatchObject({ code: 'protected', why: guarded.protected });
    expect(whyNotAllowed(plan, {})?.next.join()).toContain('--target shop');
    for (const name of names) expect(whyNotAllowed(plan, { target: name })).toBeNull();
    expect(whyNotAllowed(plan, { target: 'stage' })).toMatchObject({ code: 'protected' });
  });

  test('a name that is given is the target’s, protected or not', () => {
    expect(whyNotAllowed({ ...up, target: open }, { target: 'stage' })?.what).toContain(
      'not stage',
    );
    expect(whyNotAllowed({ ...up, target: open }, { target: 'shop' })).toBeNull();
  });

  test('of a downgrade a clean rehearsal of this very plan, or the word', () => {
    const evidence = { rehearsal: 3, at: '2026-11-24T08:22:14.000Z', verdict: 'clean' } as const;
    const plan = { ...down, target: guarded };
    const named = { target: 'shop' };
    const allowed = (more: Partial<typeof plan>) => whyNotAllowed({ ...plan, ...more }, named);
    expect(allowed({})).toMatchObject({ code: 'unproven' });
    expect(allowed({ evidence: { ...evidence, differs: ['it was of two'] } })).toMatchObject({
      code: 'unproven',
    });
    expect(
      allowed({ evidence: { ...evidence, verdict: 'hazards', differs: [] } })?.next.join(),
    ).toContain('--report 3');
    expect(allowed({ evidence: { ...evidence, differs: [] } })).toBeNull();
    expect(whyNotAllowed(plan, { ...named, unproven: true })).toBeNull();
    expect(whyNotAllowed(plan, { unproven: true })).toMatchObject({ code: 'protected' });
  });
});

import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Backup } from '../../source/contract/backup.ts';
import { Backups, backupMeant, wantsBackup } from '../../source/session/backups.ts';
import { temporaryFolder } from '../kit/environment.ts';
import { planOf, target } from '../tui/builders.ts';

function backup(id: string, more: Partial<Backup> = {}): Backup {
  return {
    version: 1,
    id,
    madeAt: `2026-11-30T04:45:${id.slice(-2)}.000Z`,
    before: { kind: 'up', revisions: ['one'] },
    target: { name: 'default', driver: 'sqlite', database: 'var/dev.db', key: '/var/dev.db' },
    applied: [],
    kind: 'file',
    bytes: 1,
    tables: [],
    ...more,
  };
}

describe('whether one is taken', () => {
  const plan = { ...planOf('up', ['one']), losing: true, bytes: 1_000_000 };
  const settings = { backup: null, backupSize: 1 };
  test('of files up to a size by default', () => {
    expect(wantsBackup(plan, settings)).toBe(true);
    expect(wantsBackup({ ...plan, bytes: 1_000_001 }, settings)).toBe(false);
    expect(wantsBackup({ ...plan, bytes: null }, settings)).toBe(false);
  });
  test('always or never, as the setting says', () => {
    expect(wantsBackup({ ...plan, bytes: null }, { ...settings, backup: true })).toBe(true);
    expect(wantsBackup(plan, { ...settings, backup: false })).toBe(false);
  });
  test('not where nothing is lost, or nothing is there', () => {
    const always = { ...settings, backup: true };
    expect(wantsBackup({ ...plan, losing: false }, always)).toBe(false);
    expect(wantsBackup({ ...plan, target: { ...target, exists: false } }, always)).toBe(false);
  });
});

test('the newest of a target are kept, and what a killed process left goes', () => {
  const folder = temporaryFolder('store');
  try {
    const store = new Backups(folder.path, 2);
    const now = new Date('2026-11-30T04:45:12.345Z');
    const first = store.reserve(now);
    expect(first).toEqual({ ok: true, value: store.folderOf('20261130-044512') });
    const home = join(folder.path, '.handrail', 'backups');
    expect(statSync(home).mode & 0o077).toBe(0);
    const put = (each: Backup) => {
      mkdirSync(store.folderOf(each.id));
      writeFileSync(join(store.folderOf(each.id), 'manifest.json'), JSON.stringify(each));
    };
    const other = { ...backup('x').target, key: '/var/other.db' };
    for (const id of ['20261130-044512', '20261130-044513', '20261130-044514']) put(backup(id));
    put(backup('20261130-044500', { target: other }));
    // No process has such a number.
    mkdirSync(join(home, '20261130-044511.99999999.partial'));
    store.removePartial();
    expect(store.reserve(now)).toEqual({ ok: true, value: store.folderOf('20261130-044512-2') });
    // Taken when the clock had gone back.
    put(backup('20251130-044512', { madeAt: '2025-11-30T04:45:12.000Z' }));
    store.prune('/var/dev.db', '20251130-044512');
    expect(readdirSync(home).sort()).toEqual([
      '20251130-044512',
      '20261130-044500',
      '20261130-044514',
    ]);
    expect(store.list().map(({ id }) => id)).toEqual([
      '20261130-044514',
      '20261130-044500',
      '20251130-044512',
    ]);
  } finally {
    folder.remove();
  }
});

test('one is meant by its name, its beginning, or as the newest before a run', () => {
  const replaced = { kind: 'restore', backup: '20261130-01' } as const;
  const all = [
    backup('20261130-03', { before: replaced }),
    backup('20261130-02'),
    backup('20261129-01'),
  ];
  const meant = (name?: string) => {
    const reply = backupMeant(all, name, '/var/dev.db');
    return reply.ok ? reply.value.id : reply.problem.code;
  };
  expect(meant()).toBe('20261130-02');
  expect(meant('20261130-03')).toBe('20261130-03');
  expect(meant('20261129')).toBe('20261129-01');
  expect(meant('20261130')).toBe('usage');
  expect(meant('nope')).toBe('usage');
});

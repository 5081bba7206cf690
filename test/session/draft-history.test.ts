import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { History } from '../../source/contract/history.ts';
import type { Preview } from '../../source/contract/preview.ts';
import type { Reply } from '../../source/contract/problem.ts';
import { Saves } from '../../source/session/draft-history.ts';
import { hashOf } from '../../source/session/files.ts';
import { type TemporaryFolder, temporaryFolder } from '../kit/environment.ts';
import { historyOf, problemOf, revision } from '../tui/builders.ts';

let folder: TemporaryFolder;

beforeEach(() => {
  folder = temporaryFolder('saves');
});
afterEach(() => folder.remove());

/** Saves a draft with that text, and tells the history that a look finds then. */
function saved(text: string, flags: History['revisions'][number]['flags'] = ['draft']): History {
  writeFileSync(join(folder.path, 'a.ts'), text);
  const found = revision('a', { state: 'pending', file: 'a.ts', sha256: hashOf(text), flags });
  return historyOf([found]);
}

const names = async (saves: Saves, history: History) =>
  (await saves.looked(history)).map(({ name }) => name);

describe('saves of drafts', () => {
  test('are told, and what was there before is kept with its SQL', async () => {
    let sql = 'select 1';
    const saves = new Saves(folder.path, async (name, direction) => preview(name, direction, sql));
    expect(await names(saves, saved('one')), 'it was there already').toEqual([]);
    expect(saves.before('a.ts')).toBeNull();
    sql = 'select 2';
    expect(await names(saves, saved('two'))).toEqual(['a']);
    expect(saves.before('a.ts')).toEqual({ source: 'one', up: ['select 1'], down: ['select 1'] });
    expect(await names(saves, saved('two')), 'it is the same').toEqual([]);
    expect(saves.before('a.ts')?.source).toBe('one');
    await names(saves, saved('three'));
    expect(saves.before('a.ts')).toEqual({ source: 'two', up: ['select 2'], down: ['select 2'] });
  });

  test('of other revisions are nobody’s concern', async () => {
    const saves = new Saves(folder.path, async (name, direction) => preview(name, direction, ''));
    await names(saves, saved('one', []));
    expect(await names(saves, saved('two', []))).toEqual([]);
  });

  test('that can’t be loaded have no SQL', async () => {
    let broken = true;
    const saves = new Saves(folder.path, async (name, direction) =>
      broken
        ? { ok: false, problem: problemOf({ what: 'It is broken.' }) }
        : preview(name, direction, 'select 1'),
    );
    await names(saves, saved('one'));
    broken = false;
    await names(saves, saved('two'));
    expect(saves.before('a.ts')).toEqual({ source: 'one', up: null, down: null });
  });

  test('that were saved over meanwhile wait for the next look', async () => {
    const saves = new Saves(folder.path, async (name, direction) => preview(name, direction, ''));
    await names(saves, saved('one'));
    const late = saved('two');
    const newest = saved('three');
    expect(await names(saves, late)).toEqual([]);
    expect(await names(saves, newest)).toEqual(['a']);
    expect(saves.before('a.ts')?.source).toBe('one');
  });
});

function preview(name: string, direction: Preview['direction'], sql: string): Reply<Preview> {
  return {
    ok: true,
    value: {
      name,
      direction,
      statements: [sql],
      total: 1,
      transactional: true,
      irreversible: null,
      noDowngrade: false,
      incomplete: null,
      reordered: false,
    },
  };
}

import { describe, expect, test } from 'vitest';
import type { ChecklistStepName, StepMark } from '../../source/contract/checklist.ts';
import type { Revision } from '../../source/contract/revision.ts';
import type { DraftRow } from '../../source/journal/entities.ts';
import type { Passage } from '../../source/journal/journal.ts';
import { type ChecklistFacts, checklistOf } from '../../source/session/checklist.ts';
import {
  evidenceOf,
  findingOf,
  historyOf,
  rehearsedRevision,
  revision,
  stepOf,
} from '../tui/builders.ts';

const NAME = '20261124_add_repo_owner';
const FILE = 'hash of the file';
const pending = revision(NAME, { state: 'pending', sha256: FILE });
const before = revision('20261101_user_api_keys');

const made: DraftRow = {
  id: 1,
  name: NAME,
  file: `migrations/${NAME}.ts`,
  source: 'one\ntwo\n',
  base: 'target',
  madeAt: '2026-11-24T10:00:00.000Z',
  snapshot: null,
  snapshotBefore: null,
  snapshotSha256: null,
  discardedAt: null,
  discardedSource: null,
  branch: 'main',
  code: 'code',
  up: null,
  down: null,
};

function facts(more: Partial<ChecklistFacts> = {}, own: Partial<Revision> = {}): ChecklistFacts {
  const shown = { ...pending, ...own };
  return {
    history: historyOf([before, shown]),
    revision: shown,
    draft: made,
    source: made.source,
    passages: [],
    rehearsed: null,
    marks: [],
    changed: [],
    open: [],
    ...more,
  };
}

const openRevision = {
  path: `migrations/${NAME}.ts`,
  role: 'revision',
  change: 'new',
  staged: false,
} as const;

function step(given: ChecklistFacts, name: ChecklistStepName) {
  const found = checklistOf(given).steps.find((each) => each.name === name);
  return [found?.state, found?.evidence];
}

function ran(direction: 'up' | 'down', more: Partial<Passage> = {}): Passage {
  return {
    run: 4,
    direction,
    outcome: 'done',
    sha256: FILE,
    ms: 1,
    at: '2026-11-24T11:00:00.000Z',
    ...more,
  };
}

function marked(name: ChecklistStepName, more: Partial<StepMark> = {}): StepMark {
  return {
    revision: NAME,
    step: name,
    outcome: 'skipped',
    reason: 'there is no time',
    sha256: FILE,
    madeAt: '2026-11-24T11:30:00.000Z',
    ...more,
  };
}

const rehearsed = rehearsedRevision({
  steps: [
    stepOf('up'),
    stepOf('check-up'),
    stepOf('test', { state: 'skipped', note: 'No test command configured (setting `test`).' }),
    stepOf('down'),
    stepOf('check-down'),
    stepOf('up-again'),
    stepOf('check-again'),
  ],
});
const clean = { rehearsal: evidenceOf() };

describe('the checklist', () => {
  test('has nine steps, and says which one is next', () => {
    const list = checklistOf(facts());
    expect(list.steps.map(({ state }) => state)).toEqual([
      ...['done', 'done', 'done'],
      ...['todo', 'todo', 'todo', 'todo', 'todo'],
      'stale',
    ]);
    expect(list.next).toBe('edit');
  });

  test('of the next revision begins with the target and the entities', () => {
    const none = facts({ revision: null, draft: null, source: null });
    expect(checklistOf(none).next).toBe('current');
    expect(step(none, 'current')[1]).toContain('Target database is not up to date');
    const upToDate = { ...none, history: historyOf([before]) };
    expect(checklistOf(upToDate).next).toBe('change');
    const changed = {
      path: 'entities/repo.ts',
      role: 'code',
      change: 'changed',
      staged: false,
    } as const;
    const working = { ...upToDate, open: [changed], changed: [changed] };
    expect(step(working, 'change')).toEqual([
      'done',
      'entities/repo.ts: not as in the last commit.',
    ]);
    expect(checklistOf(working).next).toBe('draft');
  });

  test('the target is not up to date while anything before the revision is pending or missing', () => {
    const first = revision('20261120_first', { state: 'pending' });
    expect(step(facts({ history: historyOf([before, first, pending]) }), 'current')[0]).toBe(
      'todo',
    );
    const missing = revision('20261120_first', { state: 'missing' });
    expect(step(facts({ history: historyOf([missing, pending]) }), 'current')).toEqual([
      'todo',
      'Files are missing: 20261120_first.',
    ]);
    const later = revision('20261130_later', { state: 'pending' });
    expect(step(facts({ history: historyOf([before, pending, later]) }), 'current')[0]).toBe(
      'done',
    );
  });

  test('a draft is edited when its text says so, or when somebody read it', () => {
    expect(step(facts(), 'edit')[0]).toBe('todo');
    expect(step(facts({ source: 'one\nthree\nfour\n' }), 'edit')).toEqual([
      'done',
      'Since it was drafted: +2 −1 lines.',
    ]);
    const read = marked('edit', { outcome: 'done', reason: '' });
    expect(step(facts({ marks: [read] }), 'edit')[0]).toBe('done');
    expect(step(facts({ marks: [{ ...read, sha256: 'another' }] }), 'edit')[0]).toBe('todo');
    expect(step(facts({ draft: null }), 'edit')).toEqual(['done', 'It was written by hand.']);
    expect(step(facts({ source: null }), 'edit')[0]).toBe('failed');
  });

  test('a draft is stale when the code changed, until a rehearsal proves it anew', () => {
    const changed = historyOf([before, pending], { codeHash: 'other code' });
    expect(step(facts({ history: changed }), 'draft')[0]).toBe('stale');
    expect(step(facts({ history: changed, rehearsed }, clean), 'draft')[0]).toBe('done');
    const old = { rehearsal: evidenceOf({ stale: ['code'] }) };
    expect(step(facts({ history: changed, rehearsed }, old), 'draft')[0]).toBe('stale');
  });
});

describe('upgrade, test, downgrade, upgrade again', () => {
  test('are proven by a rehearsal', () => {
    const given = facts({ rehearsed }, clean);
    expect(step(given, 'upgrade')).toEqual(['done', 'By a rehearsal on a copy of the target.']);
    expect(step(given, 'test')).toEqual(['todo', 'No test command configured (setting `test`).']);
    expect(step(given, 'downgrade')[0]).toBe('done');
    expect(step(given, 'upgrade-again')[0]).toBe('done');
  });

  test('fail where the rehearsal found a hazard, and only there', () => {
    const lost = findingOf({ step: 'check-down', what: 'comments lost 12 of 40 rows.' });
    const notice = findingOf({ step: 'check-up', severity: 'notice' });
    const given = facts(
      { rehearsed: { ...rehearsed, findings: [lost, notice] } },
      { rehearsal: evidenceOf({ verdict: 'hazards' }) },
    );
    expect(step(given, 'upgrade')[0]).toBe('done');
    expect(step(given, 'downgrade')).toEqual([
      'failed',
      'By a rehearsal: comments lost 12 of 40 rows.',
    ]);
  });

  test('need no way back where the author says that there is none', () => {
    const findings = [findingOf({ kind: 'irreversible', severity: 'notice', what: 'It says no.' })];
    const steps = [stepOf('up'), stepOf('check-up')];
    const given = facts({ rehearsed: { ...rehearsed, steps, findings } }, clean);
    expect(step(given, 'downgrade')).toEqual(['done', 'It says no.']);
    expect(step(given, 'upgrade-again')).toEqual(['done', 'It says no.']);
  });

  test('are stale when file or code changed since the rehearsal, not when the base did', () => {
    const since = (...stale: ('file' | 'code' | 'base')[]) =>
      facts({ rehearsed }, { rehearsal: evidenceOf({ stale }) });
    expect(step(since('file'), 'upgrade')).toEqual([
      'stale',
      'The file has changed since it was rehearsed.',
    ]);
    expect(step(since('code', 'base'), 'downgrade')[0]).toBe('stale');
    expect(step(since('base'), 'upgrade')[0]).toBe('done');
  });

  test('are proven by runs on the target, in their order and with the file as it is', () => {
    const up = facts({ passages: [ran('up')] });
    expect(step(up, 'upgrade')).toEqual(['done', 'On var/dev.db, run 4.']);
    expect(step(up, 'downgrade')[0]).toBe('todo');
    const down = facts({ passages: [ran('up'), ran('down')] });
    expect(step(down, 'downgrade')[0]).toBe('done');
    expect(step(down, 'upgrade-again')[0]).toBe('todo');
    const again = facts({ passages: [ran('up'), ran('down'), ran('up')] });
    expect(step(again, 'upgrade-again')[0]).toBe('done');
    expect(step(again, 'test')[0], 'tests never run on a target').toBe('todo');
    const other = facts({ passages: [ran('up', { sha256: 'another' })] });
    expect(step(other, 'upgrade')).toEqual([
      'stale',
      'Run 4 on var/dev.db was with another text of the file.',
    ]);
  });

  test('the newest word counts: a failed run after a clean rehearsal, and the other way round', () => {
    const failed = ran('up', { outcome: 'failed', run: 9, at: '2026-11-24T11:59:00.000Z' });
    expect(step(facts({ rehearsed, passages: [failed] }, clean), 'upgrade')).toEqual([
      'failed',
      'Run 9 on var/dev.db failed.',
    ]);
    const earlier = { ...failed, at: '2026-11-24T09:00:00.000Z' };
    expect(step(facts({ rehearsed, passages: [earlier] }, clean), 'upgrade')[0]).toBe('done');
    const mended = facts({ passages: [earlier, ran('up')] });
    expect(step(mended, 'upgrade')[0]).toBe('done');
  });
});

describe('a skipped step', () => {
  test('says why, for this text of the file', () => {
    expect(step(facts({ marks: [marked('test')] }), 'test')).toEqual([
      'skipped',
      'Skipped: there is no time',
    ]);
    expect(step(facts({ marks: [marked('test', { sha256: 'another' })] }), 'test')[0]).toBe(
      'stale',
    );
    expect(step(facts({ marks: [marked('test', { outcome: 'todo' })] }), 'test')[0]).toBe('todo');
  });

  test('does not hide what is proven, nor a later failure', () => {
    const skip = marked('upgrade');
    expect(step(facts({ rehearsed, marks: [skip] }, clean), 'upgrade')[0]).toBe('done');
    const failed = ran('up', { outcome: 'failed', at: '2026-11-24T11:59:00.000Z' });
    expect(step(facts({ passages: [failed], marks: [skip] }), 'upgrade')[0]).toBe('failed');
    const earlier = { ...failed, at: '2026-11-24T11:00:00.000Z' };
    expect(step(facts({ passages: [earlier], marks: [skip] }), 'upgrade')[0]).toBe('skipped');
  });

  test('holds on for the project when it is not about the file', () => {
    const skip = marked('change', { sha256: null });
    const first = revision('20261120_first', { state: 'pending' });
    const given = facts({
      history: historyOf([before, first, pending]),
      marks: [skip, marked('current', { sha256: null })],
    });
    expect(step(given, 'current')[0]).toBe('skipped');
  });
});

describe('the commit', () => {
  test('is done when git has all of it, cleanly rehearsed', () => {
    const entity = {
      path: 'entities/repo.ts',
      role: 'code',
      change: 'changed',
      staged: true,
    } as const;
    expect(step(facts({ open: [openRevision, entity] }, clean), 'commit')).toEqual([
      'todo',
      `Not in git as they are: migrations/${NAME}.ts, entities/repo.ts.`,
    ]);
    expect(step(facts({ rehearsed }, clean), 'commit')[0]).toBe('done');
    expect(step(facts(), 'commit')[0]).toBe('stale');
    const edited = { rehearsal: evidenceOf({ stale: ['file'] }) };
    expect(step(facts({ rehearsed }, edited), 'commit')[0]).toBe('stale');
  });

  test('says so where there is no git', () => {
    expect(step(facts({ changed: null }), 'commit')).toEqual([
      'skipped',
      'There is no git repository here.',
    ]);
  });
});

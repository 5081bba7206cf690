import { describe, expect, test } from 'vitest';
import type { StepMark } from '../../source/contract/checklist.ts';
import { end, JournalFolder, newRun, targetKey } from './kit.ts';

const draft = {
  name: 'two',
  file: 'migrations/two.ts',
  source: 'the text',
  base: 'target',
  madeAt: '2026-11-24T12:00:00.000Z',
  snapshot: null,
  snapshotBefore: null,
  snapshotSha256: null,
  branch: 'main',
  code: 'hash of the code',
} as const;

function mark(more: Partial<StepMark> = {}): StepMark {
  return {
    revision: null,
    step: 'change',
    outcome: 'skipped',
    reason: 'done by somebody else',
    sha256: null,
    madeAt: '2026-11-24T12:00:00.000Z',
    ...more,
  };
}

describe('what is said of a step', () => {
  test('is kept by revision, and the newest counts', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open();
    await journal.addMark(mark({ revision: 'one', step: 'test' }));
    await journal.addMark(mark({ revision: 'one', step: 'edit', outcome: 'done', reason: '' }));
    await journal.addMark(mark({ revision: 'one', step: 'test', outcome: 'todo', reason: '' }));
    await journal.addMark(mark({ revision: 'other', step: 'test', reason: 'else' }));
    const said = (await journal.marks('one')).map(({ step, outcome }) => [step, outcome]);
    expect(said.sort()).toEqual([
      ['edit', 'done'],
      ['test', 'todo'],
    ]);
    expect(await journal.marks('other')).toEqual([
      mark({ revision: 'other', step: 'test', reason: 'else' }),
    ]);
    expect(await journal.marks(null)).toEqual([]);
  });

  test('of the next revision is of the draft that comes, and given back if that fails', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open();
    await journal.addMark(mark());
    const id = await journal.addDraft(draft);
    expect(await journal.marks(null)).toEqual([]);
    expect(await journal.marks('two')).toEqual([mark({ revision: 'two' })]);
    expect(await journal.draftedFiles()).toEqual([
      { name: 'two', file: 'migrations/two.ts', branch: 'main' },
    ]);
    await journal.removeDraft(id);
    expect(await journal.marks(null)).toEqual([mark()]);
    expect(await journal.draftedFiles()).toEqual([]);
  });
});

test('the runs of a revision on a target are told with the file that it had', async () => {
  await using folder = new JournalFolder();
  const journal = await folder.open();
  const run = async (outcome: 'done' | 'failed', more: Parameters<typeof newRun>[0] = {}) => {
    const id = await journal.startRun(newRun(more));
    await journal.finishRun(id, {
      outcome,
      message: null,
      now: end,
      steps: [
        { name: 'one', outcome: 'done', ms: 12.5 },
        { name: 'two', outcome: outcome === 'done' ? 'done' : 'not-run', ms: null },
      ],
    });
    return id;
  };
  const first = await run('done');
  const down = await run('done', { direction: 'down' });
  await run('failed');
  await run('done', { target: { key: 'elsewhere', database: 'o.db', driver: 'sqlite' } });
  await journal.startRun(newRun());
  expect(await journal.passages(targetKey, 'two')).toEqual([
    {
      run: first,
      direction: 'up',
      outcome: 'done',
      sha256: 'hash-of-two',
      ms: null,
      at: end.toISOString(),
    },
    expect.objectContaining({ run: down, direction: 'down' }),
  ]);
});

import { describe, expect, test, vi } from 'vitest';
import { OUTPUT_LINES, reduce, reduceAll, TEST_LINES } from '../../source/tui/store/reduce.ts';
import {
  type Action,
  cardOf,
  initialState,
  isCancelling,
  isRehearsing,
  isRunning,
  revisionNow,
  runIsGoing,
} from '../../source/tui/store/state.ts';
import {
  addStatements,
  emptyRing,
  inRing,
  RING_CHARACTERS,
  RING_STATEMENTS,
} from '../../source/tui/store/statements.ts';
import { createStore } from '../../source/tui/store/store.ts';
import {
  endedStatement,
  hazardousReport,
  planOf,
  problemOf,
  resultOf,
  runRecord,
  someHistory,
  started,
  stepOf,
} from './builders.ts';

const plan = planOf('up', ['a', 'b']);
const stateAfter = (...actions: readonly Action[]) => reduceAll(initialState, actions, 1_000);

describe('looking', () => {
  test('keeps the last good history when a look fails, until one goes well', () => {
    const failed = stateAfter(
      { type: 'history', history: someHistory },
      { type: 'looking', because: 'changed', generation: 1 },
      { type: 'look-failed', problem: problemOf() },
    );
    expect(failed.history).toBe(someHistory);
    expect(failed.lookProblem?.code).toBe('missing-file');
    expect(failed.looking).toBeNull();
    const well = reduce(failed, { type: 'history', history: someHistory }, 0);
    expect(well.lookProblem).toBeNull();
  });
});

describe('a run', () => {
  test('goes from asked to over', () => {
    const asked = stateAfter({ type: 'run-asked', plan });
    expect(asked.run).toMatchObject({ phase: 'starting', id: null });
    expect(isRunning(asked)).toBe(true);
    const waiting = reduce(asked, { type: 'waiting-for-lock', holder: null }, 0);
    expect(waiting.run?.waiting).toEqual({ holder: null });
    const running = reduceAll(
      waiting,
      [
        { type: 'run-started', run: 5, plan },
        { type: 'revision-started', name: 'a' },
        { type: 'revision-finished', name: 'a', ms: 12 },
        { type: 'revision-started', name: 'b' },
      ],
      2_000,
    );
    expect(running.run).toMatchObject({
      id: 5,
      phase: 'running',
      waiting: null,
      revision: 'b',
      startedAt: 2_000,
    });
    expect(running.run?.finished.get('a')).toBe(12);
    const over = reduce(
      running,
      { type: 'run-finished', result: resultOf(plan, { history: someHistory }) },
      3_000,
    );
    expect(over.run).toMatchObject({ phase: 'over', endedAt: 3_000, revision: null });
    expect(over.history).toBe(someHistory);
    expect(cardOf(over)).toBe('result');
    expect(cardOf(reduce(over, { type: 'card-dismissed' }, 0))).toBeNull();
  });

  test('forgets the times of revisions that were rolled back', () => {
    const state = stateAfter(
      { type: 'run-started', run: 5, plan },
      { type: 'revision-finished', name: 'a', ms: 12 },
      {
        type: 'run-finished',
        result: resultOf(plan, {
          outcome: 'failed',
          steps: [{ name: 'a', outcome: 'rolled-back', ms: 12 }],
        }),
      },
    );
    expect(state.run?.finished.size).toBe(0);
  });

  test('is refused once, though event and reply both say so', () => {
    const first = problemOf({ what: 'First.' });
    const state = stateAfter(
      { type: 'run-asked', plan },
      { type: 'run-refused', problem: first },
      { type: 'run-refused', problem: problemOf({ what: 'Second.' }) },
    );
    expect(state.run?.refused).toBe(first);
    expect(cardOf(state)).toBe('refused');
  });

  test('hides the card of an interrupted one while it goes', () => {
    const found: Action = {
      type: 'interrupted-runs',
      runs: [{ run: runRecord(1), done: [], notDone: [], halfDone: [] }],
    };
    expect(cardOf(stateAfter(found))).toBe('interrupted');
    expect(cardOf(stateAfter(found, { type: 'run-asked', plan }))).toBeNull();
    expect(cardOf(stateAfter(found, { type: 'card-dismissed' }))).toBeNull();
  });
});

describe('a rehearsal', () => {
  const asked: Action = {
    type: 'rehearsal-asked',
    request: { revisions: [], bases: ['target'] },
  };
  const begun: Action = {
    type: 'rehearsal-started',
    request: {
      revisions: [],
      bases: ['target'],
      tests: { upgraded: true, downgraded: false },
    },
  };
  const statement: Action = { type: 'statement-started', statement: started(1) };

  test('takes the place of a run that is over, and its statements that of the run’s', () => {
    const state = stateAfter(
      { type: 'history', history: someHistory },
      { type: 'run-started', run: 5, plan },
      statement,
      { type: 'run-finished', result: resultOf(plan) },
      asked,
    );
    expect(isRunning(state)).toBe(true);
    expect(isRehearsing(state)).toBe(true);
    expect(runIsGoing(state)).toBe(false);
    expect(state.run).toBeNull();
    expect(state.statements.total).toBe(0);
    expect(state.rehearsal?.names).toEqual([
      '20261120_index_changesets',
      '20261124_add_repo_owner',
    ]);
    const told = reduceAll(state, [statement, begun], 2_000);
    expect(told.statements.total).toBe(0);
    expect(told.rehearsal).toMatchObject({
      startedAt: 1_000,
      request: { tests: { upgraded: true } },
    });
    expect(reduce(told, statement, 0).statements.total).toBe(1);
  });

  test('keeps the last word of every step, and since when it goes on', () => {
    const running = stepOf('up', { state: 'running' });
    const state = stateAfter(asked, begun, { type: 'rehearsal-step', step: running });
    const further = reduce(
      state,
      { type: 'rehearsal-step', step: { ...running, progress: 0.5 } },
      3_000,
    );
    expect([...(further.rehearsal?.steps.values() ?? [])]).toEqual([
      { ...running, progress: 0.5, since: 1_000 },
    ]);
    expect(revisionNow(further)).toBe('20261124_add_repo_owner');
    const done = reduce(further, { type: 'rehearsal-step', step: stepOf('up') }, 4_000);
    expect(revisionNow(done)).toBeNull();
    const other = reduce(
      done,
      { type: 'rehearsal-step', step: stepOf('up', { base: 'empty' }) },
      5_000,
    );
    expect(other.rehearsal?.steps.size).toBe(2);
  });

  test('keeps the newest lines of the test command', () => {
    const lines = Array.from(
      { length: TEST_LINES + 5 },
      (_, index): Action => ({ type: 'test-output', line: `${index}` }),
    );
    const { rehearsal } = stateAfter(asked, begun, ...lines);
    expect(rehearsal?.testOutput).toHaveLength(TEST_LINES);
    expect(rehearsal?.testOutput.at(-1)).toBe(`${TEST_LINES + 4}`);
  });

  test('ends once: with its report, or refused', () => {
    const finished = stateAfter(asked, begun, { type: 'cancel-asked' }, statement);
    expect(isCancelling(finished)).toBe(true);
    const over = reduceAll(
      finished,
      [
        { type: 'rehearsal-finished', id: 7, report: hazardousReport },
        { type: 'rehearsal-refused', problem: problemOf() },
      ],
      9_000,
    );
    expect(over.rehearsal).toMatchObject({ phase: 'over', id: 7, endedAt: 9_000, refused: null });
    expect(isRunning(over)).toBe(false);
    expect(isCancelling(over)).toBe(false);
    expect(over.rehearsal?.dismissed).toBe(false);
    expect(reduce(over, { type: 'rehearsal-dismissed' }, 0).rehearsal?.dismissed).toBe(true);
    const refused = stateAfter(asked, { type: 'rehearsal-refused', problem: problemOf() });
    expect(refused.rehearsal?.refused?.code).toBe('missing-file');
    // It stays to be looked at while something is run.
    expect(reduce(refused, { type: 'run-asked', plan }, 0).rehearsal).toBe(refused.rehearsal);
  });
});

describe('statements', () => {
  const many = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => ({
      type: 'statement-started' as const,
      statement: started(from + index),
    }));

  test('only the newest are kept', () => {
    const ring = addStatements(addStatements(emptyRing, many(1, 1_500)), many(1_501, 100_000));
    expect(ring.items).toHaveLength(RING_STATEMENTS);
    expect(ring.total).toBe(100_000);
    expect(ring.items[0]?.seq).toBe(100_000 - RING_STATEMENTS + 1);
    expect(inRing(ring, 99_999)?.seq).toBe(99_999);
    expect(inRing(ring, 1)).toBeUndefined();
  });

  test('long SQL does not take more memory', () => {
    const sql = 'x'.repeat(60_000);
    const events = Array.from({ length: 500 }, (_, index) => ({
      type: 'statement-started' as const,
      statement: started(index + 1, { sql }),
    }));
    const ring = addStatements(emptyRing, events);
    expect(ring.characters).toBeLessThanOrEqual(RING_CHARACTERS);
    expect(ring.items.at(-1)?.seq).toBe(500);
    expect(ring.items.reduce((sum, one) => sum + one.sql.length, 0)).toBe(ring.characters);
  });

  test('that are counted anew take the place of those before', () => {
    const ring = addStatements(addStatements(emptyRing, many(1, 3)), [
      ...many(1, 2),
      { type: 'statement-ended', statement: endedStatement(1, { ms: 7 }) },
    ]);
    expect(ring.items.map(({ seq, end }) => [seq, end?.ms])).toEqual([
      [1, 7],
      [2, undefined],
    ]);
    expect(ring.total).toBe(2);
    expect(ring.characters).toBe(ring.items.reduce((sum, { sql }) => sum + sql.length, 0));
  });

  test('get their end, and one that is gone does no harm', () => {
    const ring = addStatements(addStatements(emptyRing, many(1, 3)), [
      { type: 'statement-ended', statement: endedStatement(2, { ms: 7 }) },
      { type: 'statement-ended', statement: endedStatement(99) },
    ]);
    expect(inRing(ring, 2)?.end?.ms).toBe(7);
    expect(inRing(ring, 3)?.end).toBeNull();
  });
});

describe('output', () => {
  test('is kept within bounds', () => {
    const lines = Array.from(
      { length: OUTPUT_LINES + 10 },
      (_, index): Action => ({
        type: 'output',
        stream: 'stdout',
        line: `${index}`,
      }),
    );
    const state = stateAfter(...lines);
    expect(state.output).toHaveLength(OUTPUT_LINES);
    expect(state.output.at(-1)?.line).toBe(`${OUTPUT_LINES + 9}`);
  });
});

describe('the store', () => {
  test('tells of masses of statements a few times a second, and of the rest at once', () => {
    vi.useFakeTimers();
    try {
      const store = createStore(() => 0);
      let told = 0;
      store.subscribe(() => told++);
      for (let seq = 1; seq <= 1_000; seq++) {
        store.dispatch({ type: 'statement-started', statement: started(seq) });
      }
      expect(told).toBe(0);
      vi.advanceTimersByTime(250);
      expect(told).toBe(1);
      expect(store.getState().statements.total).toBe(1_000);
      store.dispatch({ type: 'statement-started', statement: started(1_001) });
      store.dispatch({ type: 'looking', because: 'asked', generation: 2 });
      expect(told).toBe(2);
      expect(store.getState().statements.total).toBe(1_001);
    } finally {
      vi.useRealTimers();
    }
  });
});

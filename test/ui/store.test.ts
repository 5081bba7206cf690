import { describe, expect, test, vi } from 'vitest';
import { OUTPUT_LINES, reduce, reduceAll } from '../../source/ui/store/reduce.ts';
import { type Action, cardOf, initialState, isRunning } from '../../source/ui/store/state.ts';
import {
  addStatements,
  emptyRing,
  inRing,
  RING_CHARACTERS,
  RING_STATEMENTS,
} from '../../source/ui/store/statements.ts';
import { createStore } from '../../source/ui/store/store.ts';
import {
  endedStatement,
  planOf,
  problemOf,
  resultOf,
  runRecord,
  someHistory,
  started,
} from './builders.ts';

const plan = planOf('up', ['a', 'b']);
const stateAfter = (...actions: readonly Action[]) => reduceAll(initialState, actions, 1_000);

describe('looking', () => {
  test('keeps the last good history when a look fails, until one goes well', () => {
    const failed = stateAfter(
      { type: 'history', history: someHistory },
      { type: 'looking', because: 'changed' },
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
      runs: [{ run: runRecord(1), done: [], notDone: [] }],
    };
    expect(cardOf(stateAfter(found))).toBe('interrupted');
    expect(cardOf(stateAfter(found, { type: 'run-asked', plan }))).toBeNull();
    expect(cardOf(stateAfter(found, { type: 'card-dismissed' }))).toBeNull();
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
      vi.advanceTimersByTime(50);
      expect(told).toBe(1);
      expect(store.getState().statements.total).toBe(1_000);
      store.dispatch({ type: 'statement-started', statement: started(1_001) });
      store.dispatch({ type: 'looking', because: 'asked' });
      expect(told).toBe(2);
      expect(store.getState().statements.total).toBe(1_001);
    } finally {
      vi.useRealTimers();
    }
  });
});

import { describe, expect, test } from 'vitest';
import type { PlanInputs } from '../../source/contract/plan.ts';
import { guardedPlan } from '../../source/contract/plan-difference.ts';
import { hashOfBase } from '../../source/contract/rehearsal-inputs.ts';
import type { Revision } from '../../source/contract/revision.ts';
import type { RehearsedPlan, RehearsedRow } from '../../source/journal/rehearsals.ts';
import { evidenceWords } from '../../source/presentation/plan.ts';
import { withEvidence, withPlanEvidence } from '../../source/session/flags.ts';
import { historyOf, planOf, revision } from '../tui/builders.ts';

const one = revision('one', { sha256: 'hash of one' });
const two = revision('two', { state: 'pending', sha256: 'hash of two' });
const three = revision('three', { state: 'pending', sha256: 'hash of three' });

function row(name: string, before: readonly Revision[], more: Partial<RehearsedRow> = {}) {
  return {
    rehearsal: 1,
    name,
    verdict: 'clean' as const,
    at: '2026-11-24T12:00:00.000Z',
    file: `hash of ${name}`,
    code: 'code',
    revisions: hashOfBase(before),
    schema: 'schema',
    upMs: 1,
    downMs: 1,
    rows: 10,
    rowsLost: 0,
    plan: null,
    ...more,
  };
}

function staleOf(name: string, revisions: readonly Revision[], evidence: RehearsedRow) {
  const history = withEvidence(historyOf(revisions), new Map([[name, evidence]]));
  return history.revisions.find((each) => each.name === name)?.rehearsal?.stale;
}

describe('evidence', () => {
  test('holds while nothing of what it stands on changed', () => {
    expect(staleOf('two', [one, two, three], row('two', [one]))).toEqual([]);
    expect(staleOf('three', [one, two, three], row('three', [one, two]))).toEqual([]);
    expect(staleOf('one', [one, two], row('one', []))).toEqual([]);
  });

  test('is stale when the file, the project’s code or the revisions before changed', () => {
    const revisions = [one, two, three];
    expect(staleOf('two', revisions, row('two', [one], { file: 'older' }))).toEqual(['file']);
    expect(staleOf('two', revisions, row('two', [one], { code: 'older' }))).toEqual(['code']);
    expect(staleOf('two', revisions, row('two', []))).toEqual(['base']);
    const edited = { ...two, sha256: 'another' };
    expect(staleOf('three', [one, edited, three], row('three', [one, two]))).toEqual(['base']);
  });

  test('is stale when the schema changed that the next revision will meet', () => {
    const evidence = { schema: 'another' };
    expect(staleOf('two', [one, two, three], row('two', [one], evidence))).toEqual(['base']);
    // What later ones will meet is not there yet.
    expect(staleOf('three', [one, two, three], row('three', [one, two], evidence))).toEqual([]);
  });

  test('holds on after the revision was applied', () => {
    const applied = { ...two, state: 'applied' as const };
    expect(staleOf('two', [one, applied], row('two', [one], { schema: 'of before' }))).toEqual([]);
  });

  test('is null where there is none', () => {
    const history = withEvidence(historyOf([one]), new Map());
    expect(history.revisions[0]?.rehearsal).toBeNull();
  });
});

describe('evidence for a plan', () => {
  const plan = planOf('up', ['one', 'two']);
  const found = (inputs: Partial<PlanInputs>): RehearsedPlan => ({
    rehearsal: 3,
    at: '2026-11-24T12:00:00.000Z',
    verdict: 'clean',
    inputs: { ...plan.inputs, ...inputs },
  });
  const words = (inputs: Partial<PlanInputs>) =>
    evidenceWords(withPlanEvidence(plan, found(inputs)));

  test('is that of the plan, or says of which other one it is', () => {
    expect(words({})).toMatch(/^Rehearsed as this plan: clean \(rehearsal 3/);
    const [first = { name: '', file: null }, second = first] = plan.inputs.revisions;
    expect(words({ revisions: [first] })).toContain('it was of one');
    expect(words({ revisions: [second, first] })).toContain('it was of two, one');
    expect(words({ revisions: [first, { ...second, file: 'other' }] })).toContain(
      'two changed since',
    );
    expect(words({ mode: 'all-or-nothing' })).toContain('one transaction around all revisions');
    expect(words({ base: 'other' })).toContain('other revisions were applied');
    expect(words({ schema: '' })).toContain('it was on an empty database');
    for (const inputs of [
      { code: 'other' },
      { schema: 'other' },
      { timeouts: { lock: 1, statement: 0 } },
    ]) {
      expect(words(inputs)).toMatch(/^Not rehearsed as this plan/);
    }
  });

  test('is not for a guarded run, which no rehearsal is', () => {
    const rehearsed = withPlanEvidence(plan, found({}));
    const guarded = guardedPlan(rehearsed);
    expect(evidenceWords(guarded)).toMatch(
      /^Not rehearsed as this plan: .*: it was not guarded\.$/,
    );
    expect(guarded.inputs.guarded).toBe(true);
    expect(guarded.hash).not.toBe(rehearsed.hash);
    expect(evidenceWords(guardedPlan(plan))).toBe('Not rehearsed.');
  });

  test('there may be none, and is none for a downgrade', () => {
    expect(evidenceWords(withPlanEvidence(plan, null))).toBe('Not rehearsed.');
    expect(evidenceWords(planOf('down', ['two']))).toBeNull();
  });
});

import { describe, expect, test } from 'vitest';
import type { RehearsalReport, Repair, StatementEffect } from '../../source/contract/rehearsal.ts';
import {
  effectOf,
  findingOf,
  passOf,
  planRehearsalOf,
  rehearsedRevision,
  repairOf,
  reportOf,
} from '../tui/builders.ts';
import { JournalFolder } from './kit.ts';

const inputs = { file: 'f', code: 'c', revisions: 'r', schema: 's' };

function report(more: Partial<RehearsalReport> = {}): RehearsalReport {
  return reportOf([rehearsedRevision({ name: 'one', inputs })], more);
}

describe('rehearsals in the journal', () => {
  test('are there again as they were', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open();
    const first = report();
    const id = await journal.addRehearsal(first);
    expect(await journal.rehearsal(id)).toEqual(first);
    expect(await journal.rehearsal(id + 1)).toBeNull();
    expect(await journal.rehearsals(null, 10)).toMatchObject([
      { id, verdict: first.verdict, revisions: [{ name: 'one' }] },
    ]);
    expect(await journal.rehearsals('elsewhere', 10)).toEqual([]);
  });

  test('of an older Handrail lack what it did not measure', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open();
    const { locks, rewritten, scanned, built, wal, ...older } = effectOf('drop table t');
    const { further, ...repair } = repairOf();
    const revision = rehearsedRevision({
      findings: [findingOf({ repairs: [repair as Repair] })],
      passes: [passOf('up', { statements: [older as StatementEffect] })],
    });
    const kept = await journal.rehearsal(await journal.addRehearsal(reportOf([revision])));
    expect(kept?.revisions[0]).toMatchObject({
      findings: [{ repairs: [{ further }] }],
      passes: [{ statements: [{ locks, rewritten, scanned, built, wal }] }],
    });
  });

  test('are evidence until there is a newer one', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open();
    const { key } = report().target;
    await journal.addRehearsal(
      reportOf([rehearsedRevision({ name: 'one', inputs, verdict: 'clean' })]),
    );
    const id = await journal.addRehearsal(
      reportOf([
        rehearsedRevision({ name: 'one', inputs, verdict: 'failed', base: 'empty' }),
        rehearsedRevision({ name: 'one', inputs, verdict: 'hazards', base: 'target' }),
      ]),
    );
    expect((await journal.evidence(key)).get('one')).toMatchObject({
      rehearsal: id,
      verdict: 'hazards',
      ...inputs,
    });
    expect((await journal.evidence('elsewhere')).size).toBe(0);
  });

  const secret = reportOf([
    rehearsedRevision({
      findings: [
        findingOf({
          keys: ["email = 'ada@example.com'"],
          statement: "delete from t where x = 'ada@example.com'",
        }),
      ],
      passes: [
        passOf('up', { statements: [effectOf("insert into t values ('ada@example.com')")] }),
      ],
      tests: [
        {
          command: 'npm test',
          ok: false,
          ended: 'exit 1',
          ms: 1,
          output: ['ada@example.com', 'postgres://me:s3cret@host/db'],
        },
        { command: 'npm test', ok: true, ended: 'exit 0', ms: 1, output: ['all of it'] },
      ],
    }),
  ]);

  test('are evidence for a plan, or else for another one', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open();
    const { key } = report().target;
    const plan = planRehearsalOf(['one', 'two']);
    const id = await journal.addRehearsal({ ...report(), plans: [plan] });
    const later = await journal.addRehearsal({
      ...report(),
      plans: [planRehearsalOf(['one'], { hash: 'other' })],
    });
    const of = (hash: string, direction: 'up' | 'down' = 'up') => ({ hash, direction });
    expect(await journal.planEvidence(key, of(plan.hash))).toMatchObject({
      rehearsal: id,
      inputs: plan.inputs,
    });
    expect(await journal.planEvidence(key, of('unknown'))).toMatchObject({ rehearsal: later });
    expect(await journal.planEvidence(key, of('unknown', 'down'))).toBeNull();
    expect(await journal.planEvidence('elsewhere', of(plan.hash))).toBeNull();
  });

  test('say of a revision what the plan came to that it was in, as it is', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open();
    const { key } = report().target;
    const plan = planRehearsalOf(['one', 'two'], { verdict: 'failed' });
    const file = plan.inputs.revisions[0]?.file ?? null;
    const rehearsed = (hash: string | null) =>
      reportOf([rehearsedRevision({ name: 'one', inputs: { ...inputs, file: hash } })]);
    await journal.addRehearsal({ ...rehearsed(file), plans: [plan] });
    expect((await journal.evidence(key)).get('one')?.plan).toBe('failed');
    await journal.addRehearsal(rehearsed('edited'));
    expect((await journal.evidence(key)).get('one')?.plan).toBeNull();
  });

  test('never hold credentials, nor what tests printed that passed', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open();
    const kept = JSON.stringify(await journal.rehearsal(await journal.addRehearsal(secret)));
    expect(kept).not.toContain('s3cret');
    expect(kept).not.toContain('all of it');
    expect(kept).toContain('ada@example.com');
  });

  test('hold no data where none may be kept', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open('none');
    const kept = JSON.stringify(await journal.rehearsal(await journal.addRehearsal(secret)));
    expect(kept).not.toContain('ada@example.com');
  });

  test('nor what code and the server say of data in errors, where none may be kept', async () => {
    const error = {
      message: 'ada@example.com is not wanted',
      code: 'P0001',
      position: null,
      detail: 'Key (email)=(ada@example.com) is duplicated.',
      hint: 'Ask ada@example.com.',
      raised: true as const,
    };
    const failure = { revision: 'one', statement: null, error };
    const told = findingOf({
      kind: 'failed',
      what: `The upgrade failed: ${error.message}`,
      why: `${error.message}. ${error.detail}`,
      details: ['1 ada@example.com'],
    });
    const step = {
      base: 'target',
      revision: 'one',
      step: 'up',
      state: 'failed',
      progress: null,
      ms: 1,
      note: error.message,
    } as const;
    const revision = rehearsedRevision({
      findings: [told],
      // The second one was caught by the revision.
      passes: [
        passOf('up', { failure, statements: [effectOf('select 1', { error: error.message })] }),
        passOf('up', { again: true, statements: [effectOf('select 2', { error: 'Ada says no' })] }),
      ],
      steps: [step],
    });
    await using folder = new JournalFolder();
    const journal = await folder.open('none');
    const report = await journal.rehearsal(await journal.addRehearsal(reportOf([revision])));
    expect(JSON.stringify(report)).not.toMatch(/ada@example.com|Ada says/);
    expect(report?.revisions[0]?.findings[0]?.what).toBe('The upgrade failed: …');
  });
});

/** Revisions, plans and events for screens to show. */

import type {
  Direction,
  History,
  Plan,
  PlanStep,
  Preview,
  Problem,
  Revision,
  RunResult,
  StatementEnded,
  StatementStarted,
  Target,
} from '../../source/protocol.ts';
import type { RunRecord } from '../../source/supervisor/events.ts';

export const target: Target = {
  project: 'kallithea',
  name: 'dev',
  driver: 'sqlite',
  database: 'var/dev.db',
  key: 'sqlite:/var/dev.db',
  exists: true,
};

export function revision(name: string, more: Partial<Revision> = {}): Revision {
  const state = more.state ?? 'applied';
  return {
    name,
    file: state === 'missing' ? null : `migrations/${name}.ts`,
    state,
    recordedAs: null,
    appliedAt: state === 'pending' ? null : '2026-11-01T12:00:00.000Z',
    sha256: 'ab'.repeat(32),
    flags: [],
    notes: [],
    ...more,
  };
}

/** Revisions oldest first. */
export function historyOf(revisions: readonly Revision[], more: Partial<History> = {}): History {
  const applied = revisions.filter(({ state }) => state !== 'pending');
  const pending = revisions.filter(({ state }) => state === 'pending');
  const missing = revisions.filter(({ state }) => state === 'missing');
  return {
    target,
    revisions,
    head: revisions.at(-1)?.name ?? null,
    current: applied.at(-1)?.name ?? null,
    upToDate: pending.length === 0 && missing.length === 0,
    counts: {
      applied: applied.length - missing.length,
      pending: pending.length,
      missing: missing.length,
    },
    appliedOrder: applied.map(({ name }) => name),
    table: 'mikro_orm_migrations',
    warnings: [],
    inputs: [],
    dataFiles: [],
    ...more,
  };
}

/** Four applied, one of them with its file missing, one edited; two pending. */
export const someHistory = historyOf([
  revision('20260922_pr_reviewers', {
    flags: ['edited'],
    notes: ['Its file changed since it was applied.'],
  }),
  revision('20260930_gists', { state: 'missing' }),
  revision('20261014_ssh_keys'),
  revision('20261101_user_api_keys'),
  revision('20261120_index_changesets', { state: 'pending' }),
  revision('20261124_add_repo_owner', { state: 'pending' }),
]);

/** `count` revisions, the newest `pending` of them not applied. */
export function manyRevisions(count: number, pending = 2): readonly Revision[] {
  return Array.from({ length: count }, (_, index) =>
    revision(`Migration${String(index + 1).padStart(5, '0')}`, {
      state: index >= count - pending ? 'pending' : 'applied',
    }),
  );
}

export function previewOf(
  name: string,
  direction: Direction,
  more: Partial<Preview> = {},
): Preview {
  const statements =
    direction === 'up'
      ? [`create index "ix_${name}" on "changeset_comments" ("repo_id");`]
      : [`drop index "ix_${name}";`];
  return {
    name,
    direction,
    statements,
    transactional: true,
    irreversible: null,
    incomplete: null,
    ...more,
  };
}

export function planOf(
  direction: Direction,
  names: readonly string[],
  more: Partial<Plan> = {},
): Plan {
  const steps = names.map(
    (name): PlanStep => ({
      name,
      file: `migrations/${name}.ts`,
      sha256: null,
      preview: previewOf(name, direction),
    }),
  );
  return {
    direction,
    target,
    steps,
    transactions: { mode: 'per-revision', why: 'The config sets allOrNothing: false.' },
    warnings: [],
    basis: [],
    ...more,
  };
}

export function started(seq: number, more: Partial<StatementStarted> = {}): StatementStarted {
  const sql = more.sql ?? `insert into "t" ("id") values (${seq})`;
  return {
    seq,
    at: Date.UTC(2026, 10, 24, 12, 0, 0) + seq,
    kind: 'sql',
    length: sql.length,
    parameters: [],
    revision: '20261120_index_changesets',
    direction: 'up',
    ...more,
    sql,
  };
}

export function endedStatement(seq: number, more: Partial<StatementEnded> = {}): StatementEnded {
  return { seq, ms: 1.4, affected: 1, rows: 0, error: null, ...more };
}

export function resultOf(plan: Plan, more: Partial<RunResult> = {}): RunResult {
  return {
    outcome: 'done',
    steps: plan.steps.map(({ name }) => ({ name, outcome: 'done', ms: 12 })),
    failure: null,
    history: null,
    ...more,
  };
}

export function problemOf(more: Partial<Problem> = {}): Problem {
  return {
    code: 'missing-file',
    what: 'The revision 20260930_gists can not be reverted.',
    why: 'Its file is missing, and without it nobody knows how.',
    next: ['Bring the file back from git.', 'Or keep it: downgrade to a later revision.'],
    detail: 'Error: no such file\n    at somewhere',
    ...more,
  };
}

export function runRecord(id: number, more: Partial<RunRecord> = {}): RunRecord {
  return {
    id,
    direction: 'up',
    target: { key: target.key, database: target.database },
    revisions: ['20261120_index_changesets'],
    startedAt: '2026-11-24T12:00:00.000Z',
    finishedAt: '2026-11-24T12:00:01.400Z',
    outcome: 'done',
    message: null,
    statements: 3,
    ...more,
  };
}

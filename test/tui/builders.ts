/** Revisions, plans and events for screens to show. */

import {
  CHECKLIST_STEPS,
  type Checklist,
  type ChecklistStep,
  type ChecklistStepName,
} from '../../source/contract/checklist.ts';
import type { Direction } from '../../source/contract/direction.ts';
import type { Draft, DraftRequest } from '../../source/contract/draft.ts';
import type { RunRecord } from '../../source/contract/events.ts';
import type { History } from '../../source/contract/history.ts';
import type { Plan, PlanStep } from '../../source/contract/plan.ts';
import type { Preview } from '../../source/contract/preview.ts';
import type { Problem } from '../../source/contract/problem.ts';
import type {
  Finding,
  Pass,
  PlanRehearsal,
  RehearsalReport,
  RehearsalStep,
  Repair,
  RevisionRehearsal,
  StatementEffect,
} from '../../source/contract/rehearsal.ts';
import type { Revision, RevisionEvidence } from '../../source/contract/revision.ts';
import type { RunResult } from '../../source/contract/run.ts';
import type { SchemaPlan } from '../../source/contract/schemas.ts';
import type {
  ServerNotice,
  StatementEnded,
  StatementStarted,
} from '../../source/contract/statement.ts';
import type { Target } from '../../source/contract/target.ts';

export const target: Target = {
  project: 'kallithea',
  name: 'dev',
  driver: 'sqlite',
  database: 'var/dev.db',
  key: 'sqlite:/var/dev.db',
  schema: null,
  manySchemas: false,
  exists: true,
  onServer: false,
  names: ['dev.db', 'var/dev.db'],
  protected: null,
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
    rehearsal: null,
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
    recorded: true,
    warnings: [],
    codeHash: 'code',
    schemaHash: 'schema',
    invalidIndexes: [],
    leftovers: [],
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
    total: (more.statements ?? statements).length,
    transactional: true,
    irreversible: null,
    noDowngrade: false,
    incomplete: null,
    reordered: false,
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
    inputs: {
      direction,
      revisions: names.map((name) => ({ name, file: null })),
      mode: 'per-revision',
      guarded: false,
      timeouts: null,
      base: 'base',
      code: 'code',
      schema: 'schema',
    },
    hash: 'hash',
    evidence: null,
    basis: [],
    hazards: [],
    doubtful: false,
    cleared: [],
    losing: false,
    bytes: 2_641_920,
    backup: false,
    ...more,
  };
}

/** One group for each list of schemas, in which two revisions run. */
export function schemaPlanOf(
  direction: Direction,
  groups: readonly (readonly string[])[],
  more: Partial<SchemaPlan> = {},
): SchemaPlan {
  const plan = planOf(direction, ['20261120_index_changesets', '20261124_add_repo_owner']);
  return {
    direction,
    database: 'localhost:5432/app',
    key: 'postgresql://localhost:5432/app',
    groups: groups.map((schemas) => ({ schemas, plan })),
    idle: [],
    refused: [],
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

export function noticeOf(
  seq: number,
  message: string,
  more: Partial<ServerNotice> = {},
): ServerNotice {
  return {
    seq,
    at: Date.UTC(2026, 10, 24, 12, 0, 0),
    severity: 'notice',
    message,
    code: null,
    detail: null,
    hint: null,
    where: null,
    ...more,
  };
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
    backup: null,
    direction: 'up',
    target: { key: target.key, database: target.database },
    revisions: ['20261120_index_changesets'],
    startedAt: '2026-11-24T12:00:00.000Z',
    finishedAt: '2026-11-24T12:00:01.400Z',
    outcome: 'done',
    message: null,
    statements: 3,
    noticesOmitted: 0,
    ...more,
  };
}

export function evidenceOf(more: Partial<RevisionEvidence> = {}): RevisionEvidence {
  return {
    verdict: 'clean',
    at: '2026-11-24T11:58:00.000Z',
    rehearsal: 7,
    stale: [],
    upMs: 41,
    downMs: 12,
    rows: 9_412,
    rowsLost: 0,
    plan: null,
    ...more,
  };
}

export function stepOf(
  step: RehearsalStep['step'],
  more: Partial<RehearsalStep> = {},
): RehearsalStep {
  const state = more.state ?? 'done';
  return {
    base: 'target',
    revision: step === 'copy' || step === 'base' ? null : '20261124_add_repo_owner',
    step,
    state,
    progress: null,
    ms: state === 'running' ? null : 12,
    note: '',
    ...more,
  };
}

export function effectOf(sql: string, more: Partial<StatementEffect> = {}): StatementEffect {
  return {
    sql,
    ms: 1.4,
    changed: [],
    rebuilds: null,
    locks: [],
    rewritten: [],
    scanned: [],
    built: [],
    wal: null,
    error: null,
    ...more,
  };
}

export function passOf(direction: Direction, more: Partial<Pass> = {}): Pass {
  return { direction, again: false, ms: 41, statements: [], omitted: 0, failure: null, ...more };
}

export function repairOf(more: Partial<Repair> = {}): Repair {
  return {
    id: 'rows-lost:comments:1',
    choice: null,
    differs: [],
    title: 'Keep the comments by suspending the foreign keys.',
    caution: '',
    statements: ['pragma defer_foreign_keys = on'],
    rewritten: 'export class A {\n  up() {\n    keep();\n  }\n}\n',
    further: [],
    ...more,
  };
}

export function findingOf(more: Partial<Finding> = {}): Finding {
  return {
    kind: 'rows-lost',
    severity: 'hazard',
    step: 'check-up',
    again: [],
    what: 'comments lost 12 of 40 rows.',
    why: 'Dropping repos deletes what refers to it.',
    table: 'comments',
    column: null,
    rows: 12,
    keys: ['id = 1', 'id = 7'],
    statement: 'drop table `repos`',
    details: [],
    repairs: [],
    ...more,
  };
}

export function rehearsedRevision(more: Partial<RevisionRehearsal> = {}): RevisionRehearsal {
  const name = more.name ?? '20261124_add_repo_owner';
  return {
    name,
    file: `migrations/${name}.ts`,
    base: 'target',
    verdict: 'clean',
    downgrade: 'ran',
    inputs: { file: 'ab', code: 'code', revisions: 'r', schema: 's' },
    steps: [stepOf('up'), stepOf('down')],
    passes: [
      passOf('up', { statements: [effectOf('alter table `repos` add `owner` integer')] }),
      passOf('down', { ms: 12 }),
      passOf('up', { again: true, ms: 39 }),
    ],
    findings: [],
    rows: 9_412,
    rowsLost: 0,
    tests: [],
    ...more,
  };
}

export function planRehearsalOf(
  names: readonly string[],
  more: Partial<PlanRehearsal> = {},
): PlanRehearsal {
  const { inputs, transactions } = planOf('up', names);
  return {
    base: 'target',
    verdict: 'clean',
    inputs,
    hash: 'hash',
    transactions,
    ranAs: null,
    steps: [],
    passes: names.map((revision) => ({ ...passOf('up'), revision })),
    failure: null,
    findings: [],
    rows: 9_412,
    rowsLost: 0,
    ms: 53,
    ...more,
  };
}

export function reportOf(
  revisions: readonly RevisionRehearsal[],
  more: Partial<RehearsalReport> = {},
): RehearsalReport {
  const worst = (['failed', 'hazards', 'clean'] as const).find((verdict) =>
    revisions.some((one) => one.verdict === verdict),
  );
  const { project, name, driver, database, key } = target;
  return {
    target: { project, name, driver, database, key },
    startedAt: '2026-11-24T11:58:00.000Z',
    ms: 1_400,
    verdict: worst ?? 'clean',
    throwaways: [{ base: 'target', bytes: 1_240_000, rows: 9_412 }],
    plans: [],
    revisions,
    notRehearsed: [],
    ...more,
  };
}

/** One revision, with a hazard that two repairs are offered for, and a notice. */
export const hazardousReport = reportOf([
  rehearsedRevision({
    verdict: 'hazards',
    rowsLost: 12,
    findings: [
      findingOf({
        kind: 'entities-differ',
        severity: 'notice',
        what: 'The entities name a column that is not there.',
        why: '',
        table: null,
        rows: null,
        keys: [],
        statement: null,
        details: ['+ alter table `repos` add `owner`', '- nothing'],
      }),
      findingOf({
        repairs: [
          repairOf(),
          repairOf({
            title: 'Copy the comments back.',
            caution: 'Choose a table.',
            rewritten: null,
          }),
          repairOf({ title: 'Leave the table.', rewritten: 'export class A {}\n' }),
        ],
      }),
    ],
    passes: [
      passOf('up', {
        statements: [
          effectOf('drop table `repos`', {
            ms: 41,
            changed: [
              { table: 'repos', rows: 3, indirect: false },
              { table: 'comments', rows: 12, indirect: true },
            ],
            rebuilds: 'repos',
          }),
        ],
      }),
      passOf('down', { ms: 12 }),
    ],
  }),
]);

/** A draft that adds a column, with its file, unless it asks something. */
export function draftOf(request: DraftRequest, changes: Partial<Draft> = {}): Draft {
  const name = '20261201090000_add_shelf_width';
  return {
    base: request.base,
    compared: 'var/dev.db, with 2 revisions applied, was compared with the entities.',
    changes: [{ kind: 'add', what: 'column shelf.width', detail: 'integer null' }],
    questions: [],
    addedColumns: [{ table: 'shelf', column: 'width' }],
    leftAlone: [],
    leftAloneObjects: [],
    notes: [],
    trial: null,
    file: {
      name: `Migration${name}`,
      path: `migrations/Migration${name}.ts`,
      source: 'alter table shelf add column width integer null',
      snapshot: null,
    },
    ...changes,
  };
}

/** Drafted, and not read yet, unless told otherwise. */
export function checklistOf(
  revision: string | null,
  changes: Partial<Record<ChecklistStepName, Partial<ChecklistStep>>> = {},
): Checklist {
  const steps = CHECKLIST_STEPS.map((name, index): ChecklistStep => {
    const isDone = index < (revision === null ? 1 : 3);
    const state = isDone ? 'done' : 'todo';
    return { name, state, evidence: '', at: null, ...changes[name] };
  });
  const next = steps.find(({ state }) => state !== 'done' && state !== 'skipped')?.name ?? null;
  return { revision, steps, next };
}

/** The tables of the journal. Times are ISO 8601 text in UTC, durations milliseconds. */

import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { ChecklistStepName, MarkOutcome } from '../contract/checklist.ts';
import type { DraftBase } from '../contract/draft.ts';
import type { RunKind } from '../contract/events.ts';
import type { MarkedAs } from '../contract/half-done.ts';
import type { StepOutcome } from '../contract/run.ts';
import type { Verdict } from '../contract/verdict.ts';

/** One execution of a plan, or of the restoring of a backup. */
export const RunEntity = defineEntity({
  name: 'Run',
  tableName: 'run',
  properties: {
    id: p.integer().primary(),
    direction: p.string().$type<RunKind>(),
    targetKey: p.string(),
    targetDatabase: p.string(),
    targetDriver: p.string(),
    transactions: p.string(),
    pid: p.integer(),
    host: p.string(),
    startedAt: p.string(),
    finishedAt: p.string().nullable(),
    outcome: p.string().$type<'running' | 'done' | 'failed' | 'cancelled' | 'interrupted'>(),
    message: p.text().nullable(),
    /** How many statements it has; kept here so that a list of runs need not count them. */
    statements: p.integer().default(0),
    /** What the server said and is not kept. */
    noticesOmitted: p.integer().default(0),
    /** JSON of a Resolution: what it did with a revision that is half done; null for other runs. */
    resolution: p.text().nullable(),
    /** JSON of names and times: which revisions were recorded when it ended; null if nobody knows. */
    record: p.text().nullable(),
    /** The name of the backup that was taken before it. */
    backup: p.string().nullable(),
    /** JSON of a PutBack: the backup that it restored; null for runs of revisions. */
    restored: p.text().nullable(),
  },
  indexes: [{ name: 'run_target_index', properties: ['targetKey', 'outcome'] }],
});
export type RunRow = InferEntity<typeof RunEntity>;

/** A revision of a run's plan, in the order of running. */
export const StepEntity = defineEntity({
  name: 'Step',
  tableName: 'step',
  properties: {
    run: () => p.manyToOne(RunEntity).primary().index(false).deleteRule('cascade'),
    position: p.integer().primary(),
    name: p.string(),
    /** Of the revision's file when the run started. */
    sha256: p.string().nullable(),
    /** Null until the run is settled. */
    outcome: p.string().$type<StepOutcome>().nullable(),
    ms: p.double().$type<number>().nullable(),
    /** Whether it runs in a transaction; null if nobody knows. */
    transactional: p.boolean().nullable(),
  },
});

/** What was said, or found out, of a revision that a run left half done, beside what runs did. */
export const ResolutionEntity = defineEntity({
  name: 'Resolution',
  tableName: 'resolution',
  properties: {
    id: p.integer().primary(),
    run: () => p.manyToOne(RunEntity).deleteRule('cascade'),
    revision: p.string(),
    outcome: p.string().$type<MarkedAs | 'elsewhere'>(),
    madeAt: p.string(),
  },
});

/** A statement that a run sent. */
export const StatementEntity = defineEntity({
  name: 'Statement',
  tableName: 'statement',
  properties: {
    run: () => p.manyToOne(RunEntity).primary().index(false).deleteRule('cascade'),
    seq: p.integer().primary(),
    /** Milliseconds since the epoch, as observed. */
    at: p.double().$type<number>(),
    kind: p.string(),
    sql: p.text(),
    /** Characters of the SQL before it was cut. */
    length: p.integer(),
    /** JSON array of text. */
    parameters: p.text(),
    revision: p.string().nullable(),
    direction: p.string().nullable(),
    /** Null while it runs, and for ever if it never ended. */
    ms: p.double().$type<number>().nullable(),
    affected: p.integer().nullable(),
    rows: p.integer().nullable(),
    /** JSON of a StatementError. */
    error: p.text().nullable(),
  },
});
export type StatementRow = InferEntity<typeof StatementEntity>;

/** What the server said during a run. */
export const NoticeEntity = defineEntity({
  name: 'Notice',
  tableName: 'notice',
  properties: {
    run: () => p.manyToOne(RunEntity).primary().index(false).deleteRule('cascade'),
    /** In the order of saying, from 1. */
    position: p.integer().primary(),
    /** Of its statement. */
    seq: p.integer(),
    /** Milliseconds since the epoch. */
    at: p.double().$type<number>(),
    severity: p.string().$type<'notice' | 'warning'>(),
    message: p.text(),
    code: p.string().nullable(),
    detail: p.text().nullable(),
    hint: p.text().nullable(),
    where: p.text().nullable(),
  },
});

/** One rehearsal, with its whole report. */
export const RehearsalEntity = defineEntity({
  name: 'Rehearsal',
  tableName: 'rehearsal',
  properties: {
    id: p.integer().primary(),
    targetKey: p.string(),
    targetDatabase: p.string(),
    startedAt: p.string(),
    ms: p.double().$type<number>(),
    verdict: p.string().$type<Verdict>(),
    /** JSON of a RehearsalReport. */
    report: p.text(),
  },
  indexes: [{ name: 'rehearsal_target_index', properties: ['targetKey'] }],
});

/** A revision of a rehearsal: what lists need to know without reading reports. */
export const RehearsedEntity = defineEntity({
  name: 'Rehearsed',
  tableName: 'rehearsed',
  properties: {
    rehearsal: () => p.manyToOne(RehearsalEntity).primary().index(false).deleteRule('cascade'),
    position: p.integer().primary(),
    name: p.string(),
    base: p.string(),
    verdict: p.string().$type<Verdict>(),
    /** What it is evidence for: see RehearsalInputs. */
    file: p.string().nullable(),
    code: p.string(),
    revisions: p.string(),
    schema: p.string(),
    upMs: p.double().$type<number>().nullable(),
    downMs: p.double().$type<number>().nullable(),
    rows: p.integer(),
    rowsLost: p.integer(),
  },
});

/** A plan of a rehearsal: what runs are evidence for. */
export const RehearsedPlanEntity = defineEntity({
  name: 'RehearsedPlan',
  tableName: 'rehearsed_plan',
  properties: {
    rehearsal: () => p.manyToOne(RehearsalEntity).primary().index(false).deleteRule('cascade'),
    position: p.integer().primary(),
    base: p.string(),
    verdict: p.string().$type<Verdict>(),
    hash: p.string(),
    /** JSON of PlanInputs. */
    inputs: p.text(),
  },
});

/** A revision that Handrail wrote, and what has to be put back when it is discarded. */
export const DraftEntity = defineEntity({
  name: 'Draft',
  tableName: 'draft',
  properties: {
    id: p.integer().primary(),
    name: p.string().index('draft_name_index'),
    /** Relative to the project's root, like `snapshot`. */
    file: p.string(),
    /** As it was drafted. */
    source: p.text(),
    base: p.string().$type<DraftBase>(),
    madeAt: p.string(),
    /** MikroORM's snapshot that was written with it; null without one. */
    snapshot: p.string().nullable(),
    /** Its text before; null if there was no such file. */
    snapshotBefore: p.text().nullable(),
    /** Of the text that was written, hex. */
    snapshotSha256: p.string().nullable(),
    discardedAt: p.string().nullable(),
    /** As it was when it was discarded, so that nothing that was typed is lost. */
    discardedSource: p.text().nullable(),
    /** Of git, when it was made; null without one. */
    branch: p.string().nullable(),
    /** Hash of the project's code that it was made of. */
    code: p.string().nullable(),
    /** JSON arrays of the statements that it sent as it was drafted; null if nobody knows. */
    up: p.text().nullable(),
    down: p.text().nullable(),
  },
});
export type DraftRow = InferEntity<typeof DraftEntity>;

/** What a person said of a step of a checklist; the newest one counts. */
export const MarkEntity = defineEntity({
  name: 'Mark',
  tableName: 'mark',
  properties: {
    id: p.integer().primary(),
    /** Null: of the next revision, which is not drafted yet. */
    revision: p.string().nullable().index('mark_revision_index'),
    step: p.string().$type<ChecklistStepName>(),
    outcome: p.string().$type<MarkOutcome>(),
    reason: p.text(),
    /** Of the revision's file then. */
    sha256: p.string().nullable(),
    madeAt: p.string(),
  },
});

/** A repair that was written into files, with all that undoing it needs. */
export const RepairEntity = defineEntity({
  name: 'Repair',
  tableName: 'repair',
  properties: {
    id: p.integer().primary(),
    revision: p.string().index('repair_revision_index'),
    /** Relative to the project's root. */
    file: p.string(),
    /** JSON array: what was repaired, a line each. */
    titles: p.text(),
    /** The file's text without and with it. */
    before: p.text(),
    after: p.text(),
    /** JSON of the revisions that it added: `file` and `text`. */
    further: p.text(),
    madeAt: p.string(),
    undoneAt: p.string().nullable(),
  },
});
export type RepairRow = InferEntity<typeof RepairEntity>;

export const entities = [
  RunEntity,
  StepEntity,
  ResolutionEntity,
  StatementEntity,
  NoticeEntity,
  RehearsalEntity,
  RehearsedEntity,
  RehearsedPlanEntity,
  DraftEntity,
  MarkEntity,
  RepairEntity,
];

/**
 * The journal: what Handrail ran in a project, in `.handrail/journal.db`.
 *
 * It lives in the supervisor and uses Handrail's own MikroORM. Statements come by the thousand and
 * are written in batches; everything else is written at once.
 */

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MikroORM } from '@mikro-orm/sqlite';
import type { PutBack } from '../contract/backup.ts';
import type { StepMark } from '../contract/checklist.ts';
import type { Direction } from '../contract/direction.ts';
import type { DraftVersion } from '../contract/draft.ts';
import type { RehearsalRecord, RunKind, RunRecord, StatementRecord } from '../contract/events.ts';
import type { LooseRun, LooseStatement, MarkedAs, Resolution } from '../contract/half-done.ts';
import type { Plan, PlanInputs, TransactionMode } from '../contract/plan.ts';
import type { RehearsalReport } from '../contract/rehearsal.ts';
import type { StepResult } from '../contract/run.ts';
import type { LastRun } from '../contract/schemas.ts';
import type {
  LiteralPolicy,
  ServerNotice,
  StatementEnded,
  StatementStarted,
} from '../contract/statement.ts';
import type { Verdict } from '../contract/verdict.ts';
import { eachConnection, forgiveRollbacks } from '../engine/project/each-connection.ts';
import { codeOf } from '../engine/refusal.ts';
import { readTrace } from '../engine/run/trace.ts';
import { withoutData } from '../text/messages.ts';
import { messageOf } from '../util/error-message.ts';
import { journalConfig } from './config.ts';
import {
  DraftEntity,
  type DraftRow,
  MarkEntity,
  NoticeEntity,
  RehearsalEntity,
  RehearsedEntity,
  RehearsedPlanEntity,
  RepairEntity,
  type RepairRow,
  ResolutionEntity,
  RunEntity,
  type RunRow,
  StatementEntity,
  StepEntity,
} from './entities.ts';
import { JournalError } from './errors.ts';
import { makeFolder, restrictFile } from './folder.ts';
import {
  keptReport,
  type RehearsedPlan,
  type RehearsedRow,
  readReport,
  rehearsedRow,
} from './rehearsals.ts';
import { insertOf, recordOf, StatementBuffer } from './statements.ts';
import { upgradeJournal } from './upgrade.ts';

export interface JournalOptions {
  /** Absolute path of `.handrail`; made if it is not there. */
  readonly folder: string;
  readonly literals: LiteralPolicy;
}

export interface NewRun {
  readonly direction: RunKind;
  readonly target: { readonly key: string; readonly database: string; readonly driver: string };
  readonly steps: readonly {
    readonly name: string;
    readonly sha256: string | null;
    /** Whether it runs in a transaction. */
    readonly transactional?: boolean;
  }[];
  /** What it does with a revision that is half done. */
  readonly resolution?: Resolution;
  readonly transactions: TransactionMode;
  /** Taken before it, by its name; null without one. */
  readonly backup?: string | null;
  /** The backup that it restores. */
  readonly restored?: PutBack;
  readonly pid: number;
  readonly host: string;
  readonly now: Date;
}

/** A draft that was not discarded. */
export interface DraftedFile {
  readonly name: string;
  /** Relative to the project's root. */
  readonly file: string;
  /** Of git, where it was made; null without one. */
  readonly branch: string | null;
}

/** One run of a revision on a target. */
export interface Passage {
  /** Its number in the journal. */
  readonly run: number;
  readonly direction: Direction;
  readonly outcome: 'done' | 'failed' | 'rolled-back';
  /** Of the revision's file then. */
  readonly sha256: string | null;
  readonly ms: number | null;
  /** When the run ended, ISO 8601. */
  readonly at: string | null;
}

export interface FinishedRun {
  readonly outcome: 'done' | 'failed' | 'cancelled' | 'interrupted';
  readonly message: string | null;
  readonly steps: readonly StepResult[];
  /** What the target records now, as far as it could be read. */
  readonly record?: LooseRun['record'];
  readonly now: Date;
}

/**
 * Opens the journal of a project, made or upgraded if need be. Several may be open at once, in one
 * process or many.
 *
 * @throws JournalError
 */
export async function openJournal({ folder, literals }: JournalOptions): Promise<Journal> {
  const path = join(folder, 'journal.db');
  let orm: MikroORM | null = null;
  try {
    makeFolder(folder, path);
    orm = await MikroORM.init(journalConfig(path));
    const connection = orm.em.getConnection();
    // A full disk must not make those wait for ever that write next, and the end of the process.
    eachConnection(connection, forgiveRollbacks);
    // Readers and a writer at the same time. Waiting for other writers is the driver's default.
    await patiently(() => connection.execute('pragma journal_mode = wal'));
    // That a run started must outlive a power cut; the driver's default in this mode would not.
    await connection.execute('pragma synchronous = full');
    // Only little of it is read again; the driver’s own 16 MB would fill in a flood of statements.
    await connection.execute('pragma cache_size = -1000');
    restrictFile(path);
    await upgradeJournal(orm, folder);
    return new Journal(orm, literals, path);
  } catch (error) {
    await orm?.close(true).catch(() => {});
    if (error instanceof JournalError) throw error;
    throw new JournalError({
      what: `The journal ${path} can't be used, so runs are not recorded.`,
      why: withoutData(messageOf(error), literals),
      next: ['Check that the folder can be written, or move the file away; a new one is made.'],
      cause: error,
    });
  }
}

/** How often, and after how many milliseconds, what other processes are in the way of is tried. */
const ATTEMPTS = 100;
const PAUSE_MS = 50;

/**
 * SQLite does not wait for others when it changes the journal mode: it answers SQLITE_BUSY at
 * once (https://sqlite.org/wal.html, "Sometimes Queries Return SQLITE_BUSY In WAL Mode").
 */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === ATTEMPTS || !codeOf(error)?.startsWith('SQLITE_BUSY')) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

function inodeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? null;
}

export class Journal {
  readonly #orm: MikroORM;
  readonly #literals: LiteralPolicy;
  readonly #path: string;
  readonly #inode: number | null;
  readonly #buffer: StatementBuffer;
  /** Writes are one after the other: a transaction of one must not take in those of another. */
  #writing: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | null = null;

  constructor(orm: MikroORM, literals: LiteralPolicy, path: string) {
    this.#orm = orm;
    this.#path = path;
    this.#inode = inodeOf(path);
    this.#literals = literals;
    this.#buffer = new StatementBuffer(literals, (batch) =>
      this.#write(async (em) => {
        if (batch.inserts.length > 0) await em.getKysely().executeQuery(insertOf(batch.inserts));
        for (const { run, seq, ...end } of batch.updates) {
          await em.nativeUpdate(StatementEntity, { run, seq }, end);
        }
        for (const [id, statements] of batch.counts) {
          await em.nativeUpdate(RunEntity, { id }, { statements });
        }
        if (batch.notices.length > 0) await em.insertMany(NoticeEntity, [...batch.notices]);
        for (const [id, noticesOmitted] of batch.omitted) {
          await em.nativeUpdate(RunEntity, { id }, { noticesOmitted });
        }
      }),
    );
  }

  /** Records that a run is about to start. Resolves when that is on disk, with the run's id. */
  startRun(run: NewRun): Promise<number> {
    return this.#write(async (em) => {
      const id = await em.insert(RunEntity, {
        direction: run.direction,
        targetKey: run.target.key,
        targetDatabase: run.target.database,
        targetDriver: run.target.driver,
        transactions: run.transactions,
        backup: run.backup ?? null,
        restored: run.restored ? JSON.stringify(run.restored) : null,
        pid: run.pid,
        host: run.host,
        startedAt: run.now.toISOString(),
        finishedAt: null,
        outcome: 'running',
        message: null,
        statements: 0,
        noticesOmitted: 0,
        resolution: run.resolution ? JSON.stringify(run.resolution) : null,
        record: null,
      });
      const steps = run.steps.map(({ name, sha256, transactional }, position) => ({
        run: id,
        position,
        name,
        sha256,
        outcome: null,
        ms: null,
        transactional: transactional ?? null,
      }));
      if (steps.length > 0) await em.insertMany(StepEntity, steps);
      return id;
    });
  }

  /** Cheap; written with the next batch. Ignored once the journal is closed. */
  statementStarted(run: number, statement: StatementStarted): void {
    if (!this.#closing) this.#buffer.started(run, statement);
  }

  /** Cheap; written with the next batch. Ignored once the journal is closed. */
  statementEnded(run: number, statement: StatementEnded): void {
    if (!this.#closing) this.#buffer.ended(run, statement);
  }

  /** Cheap; written with the next batch. Ignored once the journal is closed. */
  serverNotice(run: number, notice: ServerNotice): void {
    if (!this.#closing) this.#buffer.noticed(run, notice);
  }

  /** How many more the server said so far. */
  noticesOmitted(run: number, omitted: number): void {
    if (!this.#closing) this.#buffer.omitted(run, omitted);
  }

  /**
   * Records how a run ended, after all its statements.
   *
   * @throws JournalError if some statements could not be recorded; the outcome is, even then
   */
  async finishRun(id: number, run: FinishedRun): Promise<void> {
    await this.drain();
    await this.#write(async (em) => {
      await em.nativeUpdate(
        RunEntity,
        { id },
        {
          outcome: run.outcome,
          message: run.message && withoutData(run.message, this.#literals),
          finishedAt: run.now.toISOString(),
          record: run.record ? JSON.stringify(run.record) : null,
        },
      );
      for (const [position, { outcome, ms }] of run.steps.entries()) {
        await em.nativeUpdate(StepEntity, { run: id, position }, { outcome, ms });
      }
    });
    this.#tellLost();
    this.#tellGone();
  }

  /** SQLite goes on writing into a file that nobody finds any more. */
  #tellGone(): void {
    if (inodeOf(this.#path) === this.#inode) return;
    throw new JournalError({
      what: 'The journal was removed or replaced while the run went on, so its record is lost.',
      why: `${this.#path} is not the file that was opened.`,
      next: ['Start Handrail again: a new one is made if there is none.'],
    });
  }

  /** Settles a run that never finished, by what the target was found to hold. */
  async settleInterrupted(
    id: number,
    found: {
      readonly done: readonly string[];
      readonly notDone: readonly string[];
      readonly message: string;
      readonly record?: LooseRun['record'];
      readonly now: Date;
    },
  ): Promise<void> {
    const done = new Set(found.done);
    await this.#write(async (em) => {
      const settled = { outcome: 'interrupted', message: found.message } as const;
      const finishedAt = found.now.toISOString();
      const record = found.record ? JSON.stringify(found.record) : null;
      await em.nativeUpdate(RunEntity, { id }, { ...settled, finishedAt, record });
      for (const step of await em.find(StepEntity, { run: id })) {
        const sent = { run: id, revision: step.name };
        // What ran without a transaction was not rolled back.
        const began = step.transactional === false && (await em.count(StatementEntity, sent)) > 0;
        const outcome = done.has(step.name) ? 'done' : began ? 'failed' : 'not-run';
        await em.nativeUpdate(StepEntity, { run: id, position: step.position }, { outcome });
      }
    });
  }

  /** Runs that were started and not settled, with the process that records each. */
  unsettled(): Promise<
    readonly { readonly id: number; readonly pid: number; readonly host: string }[]
  > {
    return this.#select("select id, pid, host from run where outcome = 'running'", []);
  }

  /** Whether it is known how a run ended. */
  async isSettled(run: number): Promise<boolean> {
    const [row] = await this.#select<{ outcome: string }>('select outcome from run where id = ?', [
      run,
    ]);
    return row !== undefined && row.outcome !== 'running';
  }

  /** Takes over what a run that was cut off told last, and nobody recorded. */
  async complete(run: number, trace: string): Promise<void> {
    const [row] = await this.#select<{ last: number }>(
      'select coalesce(max(seq), 0) as last from statement where run_id = ?',
      [run],
    );
    const open = await this.#select<{ seq: number }>(
      'select seq from statement where run_id = ? and ms is null',
      [run],
    );
    const { started, ended } = readTrace(
      trace,
      row?.last ?? 0,
      new Set(open.map(({ seq }) => seq)),
    );
    for (const statement of started) this.statementStarted(run, statement);
    for (const statement of ended) this.statementEnded(run, statement);
    await this.flush();
  }

  /**
   * Runs of revisions without a transaction that no later run ended, and nobody settled, oldest
   * first. Those that go on are left out.
   */
  async looseRuns(targetKey: string): Promise<readonly LooseRun[]> {
    const stands = await this.#standing(targetKey);
    const rows = await this.#select<
      Omit<LooseRun, 'resolution' | 'record'> & Record<'resolution' | 'record', string | null>
    >(
      `select r.id as run, s.name as revision, r.direction, r.started_at as startedAt, s.sha256,
          r.backup, r.resolution, r.record
        from run r join step s on s.run_id = r.id
        where r.target_key = ? and s.transactional = 0 and s.outcome <> 'done' and r.outcome <> 'running' and ${stands('r')}
          and not exists (select 1 from run later join step t on t.run_id = later.id
            where later.target_key = r.target_key and later.id > r.id and t.name = s.name and t.outcome = 'done' and ${stands('later')})
          and not exists (select 1 from resolution n join run settled on settled.id = n.run_id
            where settled.target_key = r.target_key and n.run_id >= r.id and n.revision = s.name)
        order by r.id`,
      [targetKey],
    );
    return rows.map(({ resolution, record, ...run }) => ({
      ...run,
      resolution: resolution === null ? null : (JSON.parse(resolution) as Resolution),
      record: record === null ? null : (JSON.parse(record) as LooseRun['record']),
    }));
  }

  /** What a run sent for a revision, in order. */
  async sentFor(run: number, revision: string): Promise<readonly LooseStatement[]> {
    await this.drain();
    return this.#select<LooseStatement>(
      `select seq, kind, sql, length, ms, affected, error ->> 'message' as error from statement
        where run_id = ? and revision = ? order by seq`,
      [run, revision],
    );
  }

  /** Settles what runs on a target left half done of a revision. */
  async settleLoose(
    targetKey: string,
    revision: string,
    outcome: MarkedAs | 'elsewhere',
    now: Date,
  ): Promise<void> {
    const madeAt = now.toISOString();
    const runs = await this.looseRuns(targetKey);
    const run = runs.findLast((each) => each.revision === revision)?.run;
    if (run === undefined) return;
    await this.#write((em) => em.insert(ResolutionEntity, { run, revision, outcome, madeAt }));
  }

  /**
   * As a condition of SQL: whether a run of a target stands. Restoring a whole file takes back all
   * that was run since its backup was taken, records and half done work included, and brings back
   * what had been taken back by then.
   */
  async #standing(targetKey: string): Promise<(alias: string) => string> {
    const restores = await this.#select<{ id: number; before: number }>(
      `select r.id, max(b.id) as before
        from run r join run b on b.target_key = r.target_key and b.backup = r.restored ->> 'backup' and b.id < r.id
        where r.target_key = ? and r.outcome = 'done' and r.restored ->> 'kind' = 'file'
        group by r.id order by r.id desc`,
      [targetKey],
    );
    const spans: (readonly [number, number])[] = [];
    let last = Number.MAX_SAFE_INTEGER;
    for (const { id, before } of restores) {
      if (id > last) continue;
      spans.push([id, last]);
      last = before - 1;
    }
    spans.push([0, last]);
    return (alias) =>
      `(${spans.map(([from, to]) => `${alias}.id between ${from} and ${to}`).join(' or ')})`;
  }

  /** Newest first; of all targets, or of one. */
  async runs(targetKey: string | null, limit: number): Promise<readonly RunRecord[]> {
    const where = targetKey === null ? {} : { targetKey };
    return this.#records(
      await this.#read().find(RunEntity, where, { orderBy: { id: 'desc' }, limit }),
    );
  }

  /** Of which run each backup is, by its name. */
  async backedUpRuns(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#select<{ backup: string; id: number }>(
      'select backup, id from run where backup is not null order by id',
      [],
    );
    return new Map(rows.map(({ backup, id }) => [backup, id]));
  }

  async run(id: number): Promise<RunRecord | null> {
    const [record] = await this.#records(await this.#read().find(RunEntity, { id }));
    return record ?? null;
  }

  /** The newest run of each target whose key begins so, by key. */
  async lastRuns(keyPrefix: string): Promise<ReadonlyMap<string, LastRun>> {
    const rows = await this.#select<LastRun & { key: string }>(
      `select target_key as key, outcome, started_at as at from run
        where id in (select max(id) from run where substr(target_key, 1, length(?)) = ? group by target_key)`,
      [keyPrefix, keyPrefix],
    );
    return new Map(rows.map(({ key, outcome, at }) => [key, { outcome, at }]));
  }

  /** Runs of a target that were started and not settled, oldest first. */
  async unfinishedRuns(targetKey: string): Promise<readonly RunRecord[]> {
    return this.#records(
      await this.#read().find(
        RunEntity,
        { targetKey, outcome: 'running' },
        { orderBy: { id: 'asc' } },
      ),
    );
  }

  /** Statements with `from <= seq < from + count`. */
  async statements(run: number, from: number, count: number): Promise<readonly StatementRecord[]> {
    await this.drain();
    const rows = await this.#read().find(
      StatementEntity,
      { run, seq: { $gte: from, $lt: from + count } },
      { orderBy: { seq: 'asc' } },
    );
    return rows.map(recordOf);
  }

  /** What the server said during a run, in order. */
  async notices(run: number): Promise<readonly ServerNotice[]> {
    await this.drain();
    return this.#select<ServerNotice>(
      `select seq, at, severity, message, code, detail, hint, "where" from notice
        where run_id = ? order by position`,
      [run],
    );
  }

  /** By revision name: sha256 of the file when Handrail last applied it to the target. */
  async appliedHashes(targetKey: string): Promise<ReadonlyMap<string, string>> {
    const stands = await this.#standing(targetKey);
    const latest = await this.#select<{ name: string; sha256: string | null; direction: string }>(
      `select name, sha256, direction from (
        select s.name, s.sha256, r.direction,
          row_number() over (partition by s.name order by s.run_id desc) as age
        from run r join step s on s.run_id = r.id
        where r.target_key = ? and s.outcome = 'done' and ${stands('r')}
      ) where age = 1`,
      [targetKey],
    );
    const hashes = new Map<string, string>();
    for (const { name, sha256, direction } of latest) {
      if (direction === 'up' && sha256 !== null) hashes.set(name, sha256);
    }
    return hashes;
  }

  /** Keeps a report; resolves with its number. */
  addRehearsal(report: RehearsalReport): Promise<number> {
    return this.#write(async (em) => {
      const id = await em.insert(RehearsalEntity, {
        targetKey: report.target.key,
        targetDatabase: report.target.database,
        startedAt: report.startedAt,
        ms: report.ms,
        verdict: report.verdict,
        report: JSON.stringify(keptReport(report, this.#literals)),
      });
      const rows = report.revisions.map((revision, position) => ({
        rehearsal: id,
        position,
        ...rehearsedRow(revision),
      }));
      if (rows.length > 0) await em.insertMany(RehearsedEntity, rows);
      const plans = report.plans.map(({ base, verdict, hash, inputs }, position) => ({
        ...{ rehearsal: id, position, base, verdict, hash },
        inputs: JSON.stringify(inputs),
      }));
      if (plans.length > 0) await em.insertMany(RehearsedPlanEntity, plans);
      return id;
    });
  }

  /**
   * Records a draft before its files are written, and makes what was said of the next revision's
   * steps that of this one. Resolves with its number.
   */
  addDraft(
    draft: Omit<DraftRow, 'id' | 'discardedAt' | 'discardedSource' | 'up' | 'down'>,
  ): Promise<number> {
    return this.#write(async (em) => {
      await em.nativeUpdate(MarkEntity, { revision: null }, { revision: draft.name });
      const unknown = { discardedAt: null, discardedSource: null, up: null, down: null };
      return em.insert(DraftEntity, { ...draft, ...unknown });
    });
  }

  /** Records what a draft sends as it was written; told once it could be loaded. */
  async addDraftedStatements(
    id: number,
    { up, down }: Pick<DraftVersion, 'up' | 'down'>,
  ): Promise<void> {
    const texts = { up: up && JSON.stringify(up), down: down && JSON.stringify(down) };
    await this.#write((em) => em.nativeUpdate(DraftEntity, { id }, texts));
  }

  /** Records what a person said of a step. */
  async addMark(mark: StepMark): Promise<void> {
    await this.#write((em) => em.insert(MarkEntity, mark));
  }

  /** What was said last of each step of a revision's checklist. */
  async marks(revision: string | null): Promise<readonly StepMark[]> {
    return this.#select<StepMark>(
      `select revision, step, outcome, reason, sha256, made_at as madeAt from mark
        where id in (select max(id) from mark where revision is ? group by step)`,
      [revision],
    );
  }

  /** How often a revision was run on a target, oldest first; what did not end is left out. */
  passages(targetKey: string, revision: string): Promise<readonly Passage[]> {
    return this.#select<Passage>(
      `select r.id as run, r.direction, s.outcome, s.sha256, s.ms, r.finished_at as at
        from run r join step s on s.run_id = r.id
        where r.target_key = ? and s.name = ? and s.outcome in ('done', 'failed', 'rolled-back')
        order by r.id`,
      [targetKey, revision],
    );
  }

  /** Forgets a draft whose files could not be written. */
  async removeDraft(id: number): Promise<void> {
    await this.#write(async (em) => {
      const draft = await em.findOneOrFail(DraftEntity, { id }, { fields: ['name'] });
      await em.nativeUpdate(MarkEntity, { revision: draft.name }, { revision: null });
      await em.nativeDelete(DraftEntity, { id });
    });
  }

  /** Drafts that were not discarded, oldest first. */
  async drafts(): Promise<readonly DraftRow[]> {
    return this.#read().find(DraftEntity, { discardedAt: null }, { orderBy: { id: 'asc' } });
  }

  /** The same without their texts: this is asked with every look. */
  draftedFiles(): Promise<readonly DraftedFile[]> {
    return this.#select<DraftedFile>(
      'select name, file, branch from draft where discarded_at is null order by id',
      [],
    );
  }

  /** Keeps the text of a draft that is about to be discarded. */
  async keepDraft(id: number, source: string): Promise<void> {
    await this.#write((em) => em.nativeUpdate(DraftEntity, { id }, { discardedSource: source }));
  }

  /** Records that the files of a draft are gone. */
  async discardDraft(id: number, now: Date): Promise<void> {
    await this.#write((em) =>
      em.nativeUpdate(DraftEntity, { id }, { discardedAt: now.toISOString() }),
    );
  }

  /** Records a repair before its files are written. */
  addRepair(repair: Omit<RepairRow, 'id' | 'undoneAt'>): Promise<number> {
    return this.#write((em) => em.insert(RepairEntity, { ...repair, undoneAt: null }));
  }

  /** Forgets a repair whose files could not be written. */
  async removeRepair(id: number): Promise<void> {
    await this.#write((em) => em.nativeDelete(RepairEntity, { id }));
  }

  async undoneRepair(id: number, now: Date): Promise<void> {
    await this.#write((em) =>
      em.nativeUpdate(RepairEntity, { id }, { undoneAt: now.toISOString() }),
    );
  }

  /** Repairs that were not undone, oldest first. */
  repairs(): Promise<readonly RepairRow[]> {
    return this.#read().find(RepairEntity, { undoneAt: null }, { orderBy: { id: 'asc' } });
  }

  /** Newest first; of all targets, or of one. */
  async rehearsals(targetKey: string | null, limit: number): Promise<readonly RehearsalRecord[]> {
    const where = targetKey === null ? {} : { targetKey };
    const found = await this.#read().find(RehearsalEntity, where, {
      orderBy: { id: 'desc' },
      limit,
      exclude: ['report'],
    });
    const rows = await this.#select<{ id: number; name: string; verdict: Verdict }>(
      `select rehearsal_id as id, name, verdict from rehearsed
        where rehearsal_id in (select value from json_each(?)) order by rehearsal_id, position`,
      [JSON.stringify(found.map(({ id }) => id))],
    );
    const revisions = Map.groupBy(rows, ({ id }) => id);
    return found.map(({ id, targetDatabase, startedAt, ms, verdict, ...row }) => ({
      id,
      target: { key: row.targetKey, database: targetDatabase },
      startedAt,
      ms,
      verdict,
      revisions: (revisions.get(id) ?? []).map((each) => ({
        name: each.name,
        verdict: each.verdict,
      })),
    }));
  }

  /** Null if there is none with that number. */
  async rehearsal(id: number): Promise<RehearsalReport | null> {
    const found = await this.#read().findOne(RehearsalEntity, { id });
    return found ? readReport(found.report) : null;
  }

  /** The newest rehearsal of each revision on a target, by name; one with data rather than without. */
  async evidence(targetKey: string): Promise<ReadonlyMap<string, RehearsedRow>> {
    const rows = await this.#select<RehearsedRow>(
      `select rehearsal, name, verdict, at, file, code, revisions, "schema", upMs, downMs, rows, rowsLost,
          (select p.verdict from rehearsed_plan p join rehearsal t on t.id = p.rehearsal_id,
              json_each(p.inputs, '$.revisions') e
            where t.target_key = ? and e.value ->> 'name' = name and e.value ->> 'file' is file
            order by p.rehearsal_id desc, p.base = 'target' desc limit 1) as plan
        from (
        select d.rehearsal_id as rehearsal, d.name, d.verdict, r.started_at as at, d.file, d.code,
          d.revisions, d."schema", d.up_ms as upMs, d.down_ms as downMs, d.rows, d.rows_lost as rowsLost,
          row_number() over (partition by d.name order by d.rehearsal_id desc, d.base = 'target' desc) as age
        from rehearsed d join rehearsal r on r.id = d.rehearsal_id
        where r.target_key = ?
      ) where age = 1`,
      [targetKey, targetKey],
    );
    return new Map(rows.map((row) => [row.name, row]));
  }

  /**
   * The last rehearsal of that plan, else of any on the target in the same direction; null if there
   * was none.
   */
  async planEvidence(
    targetKey: string,
    { hash, direction }: Pick<Plan, 'hash' | 'direction'>,
  ): Promise<RehearsedPlan | null> {
    const [row] = await this.#select<Omit<RehearsedPlan, 'inputs'> & { readonly inputs: string }>(
      `select p.rehearsal_id as rehearsal, r.started_at as at, p.verdict, p.inputs
        from rehearsed_plan p join rehearsal r on r.id = p.rehearsal_id
        where r.target_key = ? and json_extract(p.inputs, '$.direction') = ?
        order by p.hash = ? desc, p.rehearsal_id desc, p.base = 'target' desc limit 1`,
      [targetKey, direction, hash],
    );
    return row ? { ...row, inputs: JSON.parse(row.inputs) as PlanInputs } : null;
  }

  /**
   * Resolves when every statement told so far is on disk.
   *
   * @throws JournalError if some could not be recorded
   */
  async flush(): Promise<void> {
    await this.drain();
    this.#tellLost();
  }

  /** Writes what is still to be written. May be called again. */
  close(): Promise<void> {
    this.#closing ??= this.#flushAndClose();
    return this.#closing;
  }

  async #flushAndClose(): Promise<void> {
    try {
      await this.flush();
    } finally {
      await this.#orm.close(true);
    }
  }

  /** Resolves when all that was told so far is written, or given up. */
  async drain(): Promise<void> {
    await this.#buffer.flush();
    await this.#writing;
  }

  #tellLost(): void {
    const failure = this.#buffer.takeFailure();
    if (!failure) return;
    throw new JournalError({
      what: 'Some statements could not be recorded in the journal.',
      why: withoutData(messageOf(failure.error), this.#literals),
      next: ['Check that the disk of .handrail is not full and can be written.'],
      cause: failure.error,
    });
  }

  #read() {
    return this.#orm.em.fork();
  }

  /** Plain rows: making entities of thousands would take longer than reading them. */
  #select<Row>(sql: string, parameters: readonly unknown[]): Promise<Row[]> {
    return this.#orm.em.getConnection().execute<Row[]>(sql, [...parameters]);
  }

  #write<T>(work: (em: ReturnType<MikroORM['em']['fork']>) => Promise<T>): Promise<T> {
    const written = this.#writing.then(() => this.#orm.em.fork().transactional(work));
    this.#writing = written.catch(() => {});
    return written;
  }

  async #records(runs: readonly RunRow[]): Promise<readonly RunRecord[]> {
    const steps = await this.#select<{ run: number; name: string }>(
      `select run_id as run, name from step
        where run_id in (select value from json_each(?)) order by run_id, position`,
      [JSON.stringify(runs.map(({ id }) => id))],
    );
    const names = Map.groupBy(steps, ({ run }) => run);
    return runs.map((run) => ({
      id: run.id,
      direction: run.direction,
      target: { key: run.targetKey, database: run.targetDatabase },
      revisions: (names.get(run.id) ?? []).map(({ name }) => name),
      startedAt: run.startedAt,
      finishedAt: run.finishedAt ?? null,
      outcome: run.outcome,
      message: run.message ?? null,
      statements: run.statements,
      noticesOmitted: run.noticesOmitted,
      ...(run.resolution != null && { resolution: JSON.parse(run.resolution) as Resolution }),
      backup: run.backup ?? null,
      ...(run.restored != null && { restored: JSON.parse(run.restored) as PutBack }),
    }));
  }
}

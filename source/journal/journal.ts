/**
 * The journal: what Handrail ran in a project, in `.handrail/journal.db`.
 *
 * It lives in the supervisor and uses Handrail's own MikroORM. Statements come by the thousand and
 * are written in batches; everything else is written at once.
 */

import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MikroORM } from '@mikro-orm/sqlite';
import { messageOf } from '../engine/refusal.ts';
import type {
  Direction,
  StatementEnded,
  StatementStarted,
  StepResult,
  TransactionMode,
} from '../protocol.ts';
import type { RunRecord, StatementRecord } from '../supervisor/events.ts';
import { redactUrls } from '../text/redact.ts';
import { journalConfig } from './config.ts';
import { RunEntity, type RunRow, StatementEntity, StepEntity } from './entities.ts';
import { JournalError } from './errors.ts';
import { type LiteralPolicy, withoutQuotedData } from './literals.ts';
import { recordOf, StatementBuffer } from './statements.ts';
import { upgradeJournal } from './upgrade.ts';

export interface JournalOptions {
  /** Absolute path of `.handrail`; made if it is not there. */
  readonly folder: string;
  readonly literals: LiteralPolicy;
}

export interface NewRun {
  readonly direction: Direction;
  readonly target: { readonly key: string; readonly database: string; readonly driver: string };
  readonly steps: readonly { readonly name: string; readonly sha256: string | null }[];
  readonly transactions: TransactionMode;
  readonly pid: number;
  readonly host: string;
  readonly now: Date;
}

export interface FinishedRun {
  readonly outcome: 'done' | 'failed' | 'cancelled' | 'interrupted';
  readonly message: string | null;
  readonly steps: readonly StepResult[];
  readonly now: Date;
}

/** @throws JournalError */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const path = join(options.folder, 'journal.db');
  try {
    // It may carry data from statements: for its owner alone, and never for git.
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    const ignore = join(options.folder, '.gitignore');
    if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
    const orm = await MikroORM.init(journalConfig(path));
    await orm.em.getConnection().execute('pragma journal_mode = wal');
    chmodSync(path, 0o600);
    await upgradeJournal(orm, options.folder);
    return new Journal(orm, options.literals);
  } catch (error) {
    if (error instanceof JournalError) throw error;
    throw new JournalError({
      what: `The journal ${path} can't be used, so runs are not recorded.`,
      why: redactUrls(messageOf(error)),
      next: ['Check that the folder can be written, or move the file away; a new one is made.'],
      cause: error,
    });
  }
}

export class Journal {
  readonly #orm: MikroORM;
  readonly #literals: LiteralPolicy;
  readonly #buffer: StatementBuffer;
  /** Writes are one after the other: a transaction of one must not take in those of another. */
  #writing: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(orm: MikroORM, literals: LiteralPolicy) {
    this.#orm = orm;
    this.#literals = literals;
    this.#buffer = new StatementBuffer(literals, (batch) =>
      this.#write(async (em) => {
        if (batch.inserts.length > 0) await em.insertMany(StatementEntity, batch.inserts);
        for (const { run, seq, ...end } of batch.updates) {
          await em.nativeUpdate(StatementEntity, { run, seq }, end);
        }
        for (const [id, statements] of batch.counts) {
          await em.nativeUpdate(RunEntity, { id }, { statements });
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
        pid: run.pid,
        host: run.host,
        startedAt: run.now.toISOString(),
        finishedAt: null,
        outcome: 'running',
        message: null,
        statements: 0,
      });
      const steps = run.steps.map(({ name, sha256 }, position) => ({
        run: id,
        position,
        name,
        sha256,
        outcome: null,
        ms: null,
      }));
      if (steps.length > 0) await em.insertMany(StepEntity, steps);
      return id;
    });
  }

  /** Cheap; written with the next batch. */
  statementStarted(run: number, statement: StatementStarted): void {
    if (!this.#closed) this.#buffer.started(run, statement);
  }

  /** Cheap; written with the next batch. */
  statementEnded(run: number, statement: StatementEnded): void {
    if (!this.#closed) this.#buffer.ended(run, statement);
  }

  async finishRun(id: number, run: FinishedRun): Promise<void> {
    await this.flush();
    await this.#write(async (em) => {
      await em.nativeUpdate(
        RunEntity,
        { id },
        {
          outcome: run.outcome,
          message: run.message && withoutQuotedData(redactUrls(run.message), this.#literals),
          finishedAt: run.now.toISOString(),
        },
      );
      for (const [position, { outcome, ms }] of run.steps.entries()) {
        await em.nativeUpdate(StepEntity, { run: id, position }, { outcome, ms });
      }
    });
  }

  /** Settles a run that never finished, by what the target was found to hold. */
  async settleInterrupted(
    id: number,
    found: {
      readonly done: readonly string[];
      readonly notDone: readonly string[];
      readonly message: string;
      readonly now: Date;
    },
  ): Promise<void> {
    const done = new Set(found.done);
    await this.#write(async (em) => {
      const settled = { outcome: 'interrupted', message: found.message } as const;
      const finishedAt = found.now.toISOString();
      await em.nativeUpdate(RunEntity, { id }, { ...settled, finishedAt });
      for (const step of await em.find(StepEntity, { run: id })) {
        const outcome = done.has(step.name) ? 'done' : 'not-run';
        await em.nativeUpdate(StepEntity, { run: id, position: step.position }, { outcome });
      }
    });
  }

  /** Newest first; of all targets, or of one. */
  async runs(targetKey: string | null, limit: number): Promise<readonly RunRecord[]> {
    const where = targetKey === null ? {} : { targetKey };
    return this.#records(
      await this.#read().find(RunEntity, where, { orderBy: { id: 'desc' }, limit }),
    );
  }

  async run(id: number): Promise<RunRecord | null> {
    const [record] = await this.#records(await this.#read().find(RunEntity, { id }));
    return record ?? null;
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
    await this.flush();
    const rows = await this.#read().find(
      StatementEntity,
      { run, seq: { $gte: from, $lt: from + count } },
      { orderBy: { seq: 'asc' } },
    );
    return rows.map(recordOf);
  }

  /** By revision name: sha256 of the file when Handrail last applied it to the target. */
  async appliedHashes(targetKey: string): Promise<ReadonlyMap<string, string>> {
    const steps = await this.#read().find(
      StepEntity,
      { run: { targetKey }, outcome: 'done' },
      { populate: ['run'], orderBy: { run: 'asc', position: 'asc' } },
    );
    const hashes = new Map<string, string>();
    for (const { name, sha256, run } of steps) {
      hashes.delete(name);
      if (run.direction === 'up' && sha256) hashes.set(name, sha256);
    }
    return hashes;
  }

  /** Resolves when every statement told so far is on disk. */
  async flush(): Promise<void> {
    await this.#buffer.flush();
    await this.#writing;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    await this.flush();
    this.#closed = true;
    await this.#orm.close();
  }

  #read() {
    return this.#orm.em.fork();
  }

  #write<T>(work: (em: ReturnType<MikroORM['em']['fork']>) => Promise<T>): Promise<T> {
    const written = this.#writing.then(() => this.#orm.em.fork().transactional(work));
    this.#writing = written.catch(() => {});
    return written;
  }

  async #records(runs: readonly RunRow[]): Promise<readonly RunRecord[]> {
    const steps = await this.#read().find(
      StepEntity,
      { run: { $in: runs.map(({ id }) => id) } },
      { orderBy: { run: 'asc', position: 'asc' } },
    );
    const names = Map.groupBy(steps, (step) => step.run.id);
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
    }));
  }
}

/** A project opened on a throwaway database, on which revisions are run and measured. */

import type { Direction } from '../../contract/direction.ts';
import type { Plan } from '../../contract/plan.ts';
import type { Preview } from '../../contract/preview.ts';
import {
  type Pass,
  type PlanPass,
  STATEMENTS,
  type StatementEffect,
} from '../../contract/rehearsal.ts';
import type { StatementStarted } from '../../contract/statement.ts';
import { SQL_LIMIT } from '../../contract/statement.ts';
import type { Guard } from '../databases/guard.ts';
import type { Counted, PassRecord } from '../databases/measurement.ts';
import { NOTHING } from '../databases/measurement.ts';
import type { Mark, Throwaway, Twin, TwinOptions } from '../databases/throwaway.ts';
import type { Events } from '../events.ts';
import { type OpenTarget, openThrowaway, type Project } from '../project/project.ts';
import { Refusal } from '../refusal.ts';
import { readFolder } from '../revisions/files.ts';
import { readRecord } from '../revisions/migrations-table.ts';
import { transactionsFor } from '../revisions/plan.ts';
import type { RevisionFile } from '../revisions/revision-file.ts';
import { isAroundRevisions } from '../run/own-statements.ts';
import {
  failureOf,
  following,
  noProgress,
  openForRun,
  type Progress,
  runSteps,
} from '../run/run.ts';
import { Savepoints } from '../run/savepoints.ts';
import { observe } from '../run/statement-observer.ts';

/** A pass as it is reported, and as the dialect compares it. */
export interface RanPass {
  readonly pass: Pass;
  readonly record: PassRecord;
}

/** Several revisions that ran as one plan. */
export interface RanPlan {
  /** One for each that began. */
  readonly passes: readonly PlanPass[];
  /** Of all of them together. */
  readonly record: PassRecord;
  readonly failure: Pass['failure'];
  readonly transactions: Plan['transactions'];
  readonly ms: number;
}

export class Sandbox {
  readonly throwaway: Throwaway;
  readonly project: OpenTarget;
  readonly #files: Map<string, RevisionFile>;
  /** What a run tells its connection first. */
  readonly #told: readonly string[];
  readonly #progress: Progress;
  readonly #collector: Collector;

  private constructor(
    throwaway: Throwaway,
    project: OpenTarget,
    files: Map<string, RevisionFile>,
    told: readonly string[],
    collector: Collector,
  ) {
    this.throwaway = throwaway;
    this.project = project;
    this.#files = files;
    this.#told = told;
    this.#collector = collector;
    this.#progress = collector.progress;
  }

  /** @throws Refusal if the project can't be pointed at the throwaway */
  static async open(owner: Project, throwaway: Throwaway, events: Events): Promise<Sandbox> {
    const project = await openThrowaway(owner, throwaway);
    const collector = new Collector(project, events);
    const files = new Map((await readFolder(project)).map((file) => [file.name, file]));
    return new Sandbox(throwaway, project, files, owner.runStatements, collector);
  }

  /**
   * Opens the project's connection for `work` only. Between passes the dialect looks into the
   * database with a client of its own, and two copies of SQLite in one process must not have the
   * same file open: they undo each other's locks (https://sqlite.org/howtocorrupt.html, 2.2.1).
   */
  async connected<T>(work: () => Promise<T>): Promise<T> {
    const { connection } = this.project;
    await connection.connect({ skipOnConnect: true });
    try {
      await this.throwaway.assertHere((sql) => connection.execute(sql, [], 'all'));
      for (const statement of this.throwaway.prepare) await connection.execute(statement);
      return await work();
    } finally {
      await connection.close(true);
    }
  }

  get files(): ReadonlyMap<string, RevisionFile> {
    return new Map(this.#files);
  }

  /** Runs this file from now on where the revision of its name is run. */
  offer(file: RevisionFile): void {
    this.#files.set(file.name, file);
  }

  /**
   * Makes the table that records revisions where there is none yet, so that every state that is
   * kept has it: MikroORM makes it once for each connection, and not again in a twin.
   */
  async prepareRecord(): Promise<void> {
    await this.connected(() => openForRun(this.project));
  }

  async close(): Promise<void> {
    await this.project.orm.close(true).catch(() => {});
  }

  /** Names recorded on the throwaway, in order. */
  async applied(): Promise<readonly string[]> {
    return this.connected(async () =>
      ((await readRecord(this.project)) ?? []).map(({ name }) => name),
    );
  }

  /**
   * Runs a pass once more from where it started, while the database follows no references, and
   * leaves the throwaway as it was. What the pass did by the way is what its twin did not do.
   *
   * @param start the state that the pass began with
   * @param run calls {@link run} as it was called for the pass
   */
  async twin(start: Mark, run: () => Promise<RanPass>, options: TwinOptions = {}): Promise<Twin> {
    const { throwaway } = this;
    if (!throwaway.instead) {
      return { state: null, record: null, problem: 'There is no copy to run it on.' };
    }
    let ran: RanPass | null = null;
    this.#collector.suspended = this.project.dialect.guard;
    this.#collector.twin = options;
    try {
      const state = await throwaway.instead(start, async () => {
        ran = await run();
      });
      // Assigned in a function, which the compiler does not follow.
      const { pass, record } = ran as unknown as RanPass;
      if (!pass.failure) return { state, record, problem: null };
      await state.release();
      return { state: null, record: null, problem: pass.failure.error.message };
    } finally {
      this.#collector.suspended = null;
      this.#collector.twin = {};
    }
  }

  /**
   * Runs one revision as MikroORM's command line would, with the project's own settings.
   *
   * @param mark the state before it, to measure against; null if nobody will ask
   * @param file another one than that of its name, such as {@link withText} makes
   */
  async run(
    preview: Preview,
    direction: Direction,
    mark: Mark | null,
    again = false,
    file = this.#files.get(preview.name),
  ): Promise<RanPass> {
    if (!file) throw new Refusal('missing-file', missing(preview.name));
    return asPass(await this.#runAll([preview], [file], direction, mark), again);
  }

  /** The same for all of a plan: in one run, in the transactions that it makes of them. */
  async runPlan(
    previews: readonly Preview[],
    direction: Direction,
    mark: Mark | null,
  ): Promise<RanPlan> {
    const files = previews.map(({ name }) => {
      const file = this.#files.get(name);
      if (!file) throw new Refusal('missing-file', missing(name));
      return file;
    });
    return this.#runAll(previews, files, direction, mark);
  }

  async #runAll(
    previews: readonly Preview[],
    files: readonly RevisionFile[],
    direction: Direction,
    mark: Mark | null,
  ): Promise<RanPlan> {
    const steps = files.map(({ name, discovered }) => ({ name, discovered }));
    const { allOrNothing } = this.project.settings;
    const transactions = transactionsFor(this.project.settings, previews);
    const collector = this.#collector;
    const { quiet = false, meter } = collector.twin;
    collector.start(direction, mark && (meter ?? this.throwaway.meter(mark, quiet)));
    const progress = this.#progress;
    const observed = { finished: new Map<string, number>(), running: null as string | null };
    const began = performance.now();
    let failure: Pass['failure'] = null;
    Object.assign(progress, { lastStatement: null, stopped: null });
    progress.failed.clear();
    try {
      await this.connected(async () => {
        const { suspend } = collector.suspended ?? { suspend: [] };
        const { connection, dialect } = this.project;
        for (const statement of [...this.#told, ...suspend]) await connection.execute(statement);
        if (quiet) {
          await dialect.guard.silence?.((sql) => connection.execute(sql, [], 'all'));
        }
        progress.running = true;
        try {
          await runSteps(
            this.project,
            { direction, transactions },
            steps,
            silent,
            progress,
            observed,
          );
        } finally {
          progress.running = false;
        }
      });
    } catch (error) {
      const only = previews.length === 1 ? (previews[0]?.name ?? null) : null;
      const found = failureOf(this.project, progress, error);
      failure = { ...found, revision: found.revision ?? only };
    }
    progress.revision = null;
    // What the settings were is read again for the next run.
    this.project.settings.allOrNothing = allOrNothing;
    const ms = performance.now() - began;
    const { statements, committed } = collector;
    const begun = previews.filter(
      ({ name }) => observed.finished.has(name) || observed.running === name,
    );
    return {
      // What failed is looked into with all that it sent.
      record: { direction, statements: failure ? statements : collector.standing, committed },
      passes: begun.map(({ name }): PlanPass => {
        const own = statements.filter(({ revision }) => revision === name);
        return {
          revision: name,
          direction,
          again: false,
          ms: observed.finished.get(name) ?? 0,
          failure: failure?.revision === name ? failure : null,
          statements: own.slice(0, STATEMENTS).map(reported),
          omitted: Math.max(0, own.length - STATEMENTS),
        };
      }),
      failure,
      transactions,
      ms,
    };
  }
}

/** A plan of one revision, as the pass that it is. */
export function asPass({ passes, record, failure, ms }: RanPlan, again = false): RanPass {
  const { statements = [], omitted = 0 } = passes[0] ?? {};
  return { record, pass: { direction: record.direction, again, ms, failure, statements, omitted } };
}

function missing(name: string) {
  return { what: `There is no file for ${name} here.` };
}

function reported({
  affected: _,
  counted: __,
  revision: ___,
  ...effect
}: MeasuredStatement): StatementEffect {
  return { ...effect, sql: effect.sql.slice(0, SQL_LIMIT) };
}

const silent = { revisionStarted: async () => {}, revisionFinished: async () => {} };

type MeasuredStatement = PassRecord['statements'][number] & { readonly revision: string | null };

/** Takes down what a pass sends, and tells it on. */
class Collector {
  readonly progress = noProgress();
  statements: MeasuredStatement[] = [];
  committed: Counted[] = [];
  /** Those of them that were not taken back. */
  standing: MeasuredStatement[] = [];
  #savepoints = new Savepoints();
  /** For a twin: what it runs without. It is nobody's business what is sent meanwhile. */
  suspended: Guard | null = null;
  /** Of a twin. */
  twin: TwinOptions = {};
  #direction: Direction = 'up';
  #meter: ReturnType<Throwaway['meter']> | null = null;
  readonly #isAround: (sql: string) => boolean;

  constructor(project: OpenTarget, events: Events) {
    const { progress } = this;
    const suspended = () => this.suspended !== null;
    this.#isAround = isAroundRevisions(project);
    const { failed, ...follows } = following(progress, project.dialect);
    observe(project.connection, {
      ...follows,
      started(statement: StatementStarted) {
        progress.lastStatement = statement;
        if (!suspended()) void events.statementStarted(statement);
      },
      ended(statement, of, thrown) {
        if (statement.error) failed(of, statement.error, thrown);
        if (!suspended()) void events.statementEnded(statement);
      },
      instead: (sql, error) => this.suspended?.instead?.(sql, error) ?? null,
      taken: () => events.statementsTaken(),
      current: () => ({ revision: progress.revision, direction: this.#direction }),
      measure: {
        before: async (sql, query) => {
          if (this.#isRevisions(sql) || FOLLOWS_REFERENCES.test(sql)) {
            await this.#meter?.before(sql, query).catch(() => {});
          }
        },
        after: async ({ sql, kind, ms, error, affected }, query) => {
          if (kind === 'commit' && error === null) {
            const counted = await this.#meter?.committed?.(query).catch(() => null);
            if (counted) this.committed.push(counted);
          }
          if (kind !== 'sql' && error === null) {
            this.standing.length = this.#savepoints.ended(sql, this.standing.length);
          }
          const follows = FOLLOWS_REFERENCES.test(sql);
          const own = kind === 'sql' && this.#isRevisions(sql);
          // What can't be measured must not fail the revision; the comparison finds it anyway.
          const measuring =
            error === null && (own || follows)
              ? this.#meter?.after(sql, query, affected)
              : undefined;
          const effect = await measuring?.catch(() => undefined);
          // Without a transaction, the revision's own “pragma foreign_keys = on” means something.
          if (this.suspended && follows) {
            for (const statement of this.suspended.suspend) await query(statement);
          }
          if (this.suspended && this.twin.quiet && MAKES_TRIGGER.test(sql)) {
            await this.suspended.silence?.(query);
          }
          if (!own) return;
          const { revision } = progress;
          const measured = effect ?? { ...NOTHING, locks: null };
          const statement = { sql, ms, error, ...measured, revision };
          this.statements.push(statement);
          this.standing.push(statement);
        },
      },
    });
  }

  start(direction: Direction, meter: ReturnType<Throwaway['meter']> | null): void {
    this.#direction = direction;
    this.#meter = meter;
    this.statements = [];
    this.standing = [];
    this.#savepoints = new Savepoints();
    this.committed = [];
  }

  /** Sent by the revision, and not by the runner to record it. */
  #isRevisions(sql: string): boolean {
    return this.progress.revision !== null && !this.#isAround(sql);
  }
}

const FOLLOWS_REFERENCES = /\bforeign_keys\b/i;
const MAKES_TRIGGER = /\bcreate\b.*\btrigger\b/is;

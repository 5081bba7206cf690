/** SQLite databases that Handrail made: each a file in a folder of its own. */

import {
  constants,
  copyFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { StatementError } from '../../../../contract/statement.ts';
import { messageOf } from '../../../../util/error-message.ts';
import { Refusal } from '../../../refusal.ts';
import type { DialectFinding, RevisionStatements } from '../../analysis.ts';
import type { SchemaObject } from '../../catalogue.ts';
import type { Meter, PassRecord } from '../../measurement.ts';
import type { RawQuery } from '../../raw-query.ts';
import type {
  StateDifference,
  Throwaway,
  ThrowawayPlace,
  Throwaways,
  Yardstick,
} from '../../throwaway.ts';
import { account } from '../analysis/account.ts';
import { reenact, type Scene } from '../analysis/broken.ts';
import { checkContent, checkStructure } from '../analysis/check.ts';
import { diagnose } from '../analysis/diagnose.ts';
import { describeDifference, differenceBetween } from '../analysis/difference.ts';
import { sameValue } from '../analysis/equality.ts';
import { knownName } from '../analysis/rebuild.ts';
import { RowLog } from '../analysis/row-log.ts';
import { violationsIn } from '../analysis/violations.ts';
import { describeSchema, quoted, readSchema, sequencesOf } from '../catalogue/schema.ts';
import { SqliteMeter } from '../execution/statement-profiler.ts';
import type { SqliteMark } from './mark.ts';

/** Copied pages between two reports of progress: about 40 MB of the usual size. */
const PAGES = 10_000;

/**
 * The throwaway itself, the states before the upgrade and before the pass, two twins, and what a
 * transaction takes meanwhile.
 */
const ROOM_FACTOR = 8;

export function sqliteThrowaways({ location, folder, table }: ThrowawayPlace): Throwaways {
  const made: SqliteThrowaway[] = [];
  const add = (name: string) => {
    // What was given up in the middle may lie there under the same name.
    const throwaway = new SqliteThrowaway(mkdtempSync(join(folder, `${name}-`)), table);
    made.push(throwaway);
    return throwaway;
  };

  return {
    async copy(onProgress) {
      checkRoom(location.key, folder);
      const copy = add('copy');
      let source: DatabaseSync | null = null;
      try {
        source = new DatabaseSync(location.key, { readOnly: true, timeout: 5_000 });
        // SQLite's online backup: consistent, also while another process writes.
        await backup(source, copy.path, {
          rate: PAGES,
          progress: ({ totalPages, remainingPages }) => onProgress(1 - remainingPages / totalPages),
        });
      } catch (error) {
        throw new Refusal('database-unreachable', {
          what: `The database ${location.database} could not be copied.`,
          why: messageOf(error),
          next: ['Check that it can be read, and that nobody keeps it locked.'],
          cause: error,
        });
      } finally {
        source?.close();
      }
      copy.settle();
      return copy;
    },

    async empty(name) {
      const throwaway = add(name);
      throwaway.settle();
      return throwaway;
    },

    async clone(made, what) {
      checkRoom(fileURLToPath(made.url), folder);
      const clone = add(what);
      copyFileSync(fileURLToPath(made.url), clone.path, constants.COPYFILE_FICLONE);
      clone.settle();
      return clone;
    },

    // A copy is always possible.
    fill: async () => '',

    async replaceApplication(made) {
      const path = join(folder, 'application.db');
      const source = new DatabaseSync(fileURLToPath(made.url), { readOnly: true });
      try {
        // It takes the place of all pages in one transaction, for readers and writers alike.
        await backup(source, path);
      } catch (error) {
        throw new Refusal('database-unreachable', {
          what: `The throwaway ${path} could not be made anew, and is as it was.`,
          why: messageOf(error),
          next: ['Let the application end its transaction; the next change makes it anew.'],
          cause: error,
        });
      } finally {
        source.close();
      }
      return { url: pathToFileURL(path).href, database: path };
    },

    // There is one lock, of the whole file, whatever a statement does.
    targetTables: async () => new Map(),

    async targetObjects() {
      const database = new DatabaseSync(location.key, { readOnly: true, timeout: 5_000 });
      try {
        return describeSchema(readSchema(database, table));
      } finally {
        database.close();
      }
    },

    // They lie in folders, which the supervisor removes.
    sweep: async () => [],

    async close() {
      await Promise.all(made.map((throwaway) => throwaway.drop()));
    },
  };
}

function checkRoom(path: string, folder: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const { bavail, bsize } = statfsSync(folder);
  const free = Number(bavail) * Number(bsize);
  if (free >= size * ROOM_FACTOR) return;
  throw new Refusal('no-room', {
    what: `There is not enough room for a throwaway database in ${folder}.`,
    why: `It needs ${megabytes(size * ROOM_FACTOR)}, and ${megabytes(free)} are free.`,
    next: ['Free some, or name a folder on another disk with the setting throwawayFolder.'],
  });
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1_000_000).toLocaleString('en')} MB`;
}

export class SqliteThrowaway implements Throwaway<SqliteMark> {
  readonly path: string;
  readonly #folder: string;
  /** The table that records revisions. */
  readonly #table: string;
  #marks = 0;

  /** @param folder of its own */
  constructor(folder: string, table: string) {
    this.#folder = folder;
    this.path = join(folder, 'throwaway.db');
    this.#table = table;
  }

  /** One file at rest, so that a state can be kept by copying it. */
  settle(): void {
    const database = new DatabaseSync(this.path);
    database.exec('pragma journal_mode = delete');
    database.close();
  }

  readonly prepare = ['pragma synchronous = off'];

  get url(): string {
    return pathToFileURL(this.path).href;
  }

  async bytes(): Promise<number> {
    return statSync(this.path).size;
  }

  retarget(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const given = config.driverOptions;
    const options: unknown = typeof given === 'function' ? given() : given;
    if (isReady(options)) {
      throw new Refusal('config-failed', {
        what: 'This configuration brings a ready database connection, which can’t be pointed elsewhere.',
        why: 'driverOptions holds a Kysely dialect or instance.',
        next: ['Let the configuration name the database with dbName, so that a copy can be used.'],
      });
    }
    // Each of these would win over dbName.
    delete process.env.MIKRO_ORM_DB_NAME;
    delete process.env.MIKRO_ORM_CLIENT_URL;
    const driverOptions =
      typeof options === 'object' && options !== null ? { ...options, dbName: this.path } : {};
    return {
      ...config,
      dbName: this.path,
      clientUrl: undefined,
      driverOptions:
        'dbName' in driverOptions && isNamed(options) ? driverOptions : (options ?? {}),
      preferEnvVars: false,
      ensureDatabase: false,
      replicas: undefined,
      attachDatabases: undefined,
    };
  }

  async assertHere(query: RawQuery): Promise<void> {
    const rows = await query('pragma database_list');
    const files = rows.map(({ file }) => String(file)).filter((file) => file !== '');
    if (files.length === 1 && files[0] && sameFile(files[0], this.path)) return;
    throw new Refusal('config-failed', {
      what: 'The project connects to another database than the throwaway that it was given.',
      why: 'Handrail asked the open connection where it is, before anything was run.',
      next: ['Look for code in the configuration that sets the database after dbName.'],
    });
  }

  async mark(): Promise<SqliteMark> {
    const path = this.#newPath();
    this.#checkpoint();
    copyFileSync(this.path, path, constants.COPYFILE_FICLONE);
    return this.#markAt(path);
  }

  /** The project's connection has to be closed before and after, as its file is another one then. */
  async instead(mark: SqliteMark, work: () => Promise<void>): Promise<SqliteMark> {
    const [present, left] = [this.#newPath(), this.#newPath()];
    this.#checkpoint();
    renameSync(this.path, present);
    try {
      copyFileSync(mark.path, this.path, constants.COPYFILE_FICLONE);
      await work();
      this.#checkpoint();
      renameSync(this.path, left);
    } finally {
      for (const more of ['-wal', '-shm', '-journal']) rmSync(this.path + more, { force: true });
      renameSync(present, this.path);
    }
    return this.#markAt(left);
  }

  differencesFrom(wanted: SqliteMark, again: SqliteMark): readonly StateDifference[] {
    this.#checkpoint();
    return describeDifference(differenceBetween(wanted.path, this.path, this.#table, again.path));
  }

  #newPath(): string {
    return `${this.path}.mark-${++this.#marks}`;
  }

  /** The project may have switched to a log of its own, which the file lacks. */
  #checkpoint(): void {
    const database = new DatabaseSync(this.path, { timeout: 5_000 });
    database.exec('pragma wal_checkpoint(truncate)');
    database.close();
  }

  #markAt(path: string): SqliteMark {
    return this.#reading(path, (database) => {
      const schema = readSchema(database, this.#table);
      const counts = new Map(
        schema.tables
          .filter(({ virtual }) => !virtual)
          .map(({ name }) => [name, countOf(database, name)]),
      );
      return {
        path,
        schema,
        counts,
        sequences: sequencesOf(database),
        violations: () => this.#reading(path, violationsIn),
        objects: describeSchema(schema),
        rows: [...counts.values()].reduce((sum, rows) => sum + rows, 0),
        release: async () => rmSync(path, { force: true }),
      };
    });
  }

  meter(mark: SqliteMark, quiet = false): Meter {
    return quiet ? new RowLog() : new SqliteMeter(mark.counts);
  }

  async objects(): Promise<readonly SchemaObject[]> {
    return this.#reading(this.path, (database) =>
      describeSchema(readSchema(database, this.#table)),
    );
  }

  async sameValue(one: string, other: string): Promise<boolean> {
    return sameValue(one, other);
  }

  async compare(
    mark: SqliteMark,
    passes: readonly PassRecord[],
    statements: RevisionStatements,
    yardstick: Yardstick<SqliteMark>,
  ) {
    const schema = this.#reading(this.path, (database) => readSchema(database, this.#table));
    const real = { path: this.path, schema };
    return account({ mark, real, passes, statements, yardstick });
  }

  async check(
    mark: SqliteMark,
    passes: readonly PassRecord[],
    statements: RevisionStatements,
    structure: boolean,
  ): Promise<readonly DialectFinding[]> {
    return this.#reading(this.path, (database) => [
      ...checkContent(database, readSchema(database, this.#table), mark, passes, statements),
      ...(structure ? checkStructure(database) : []),
    ]);
  }

  hazards = async () => [];

  async diagnose(
    mark: SqliteMark,
    pass: PassRecord,
    error: StatementError,
    failed: string | null,
    statements: RevisionStatements,
  ): Promise<DialectFinding | null> {
    return this.#reading(this.path, (database) =>
      diagnose({
        database,
        schema: readSchema(database, this.#table),
        pass,
        error,
        failed,
        statements,
        start: mark.schema,
        reenact: (work) => this.#reenacted(pass, failed, statements[pass.direction], work),
      }),
    );
  }

  #reenacted<T>(
    pass: PassRecord,
    failed: string | null,
    all: readonly string[],
    work: (scene: Scene, except: string) => T,
  ): T {
    const database = new DatabaseSync(this.path, { timeout: 5_000 });
    try {
      const known = (name: string) => knownName(all, name);
      return reenact(database, this.#table, pass, failed, known, (scene) =>
        work(scene, this.#table),
      );
    } finally {
      database.close();
    }
  }

  async drop(): Promise<void> {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #reading<T>(path: string, work: (database: DatabaseSync) => T): T {
    const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
    try {
      return work(database);
    } finally {
      database.close();
    }
  }
}

function countOf(database: DatabaseSync, table: string): number {
  const row = database.prepare(`select count(*) as n from ${quoted(table)}`).get();
  return Number(row?.n ?? 0);
}

function isReady(options: unknown): boolean {
  return (
    typeof options === 'object' &&
    options !== null &&
    ('createDriver' in options || 'getExecutor' in options)
  );
}

function isNamed(options: unknown): boolean {
  return typeof options === 'object' && options !== null && 'dbName' in options;
}

function sameFile(a: string, b: string): boolean {
  const [left, right] = [a, b].map((path) => statSync(path, { throwIfNoEntry: false }));
  return left !== undefined && left.ino === right?.ino && left.dev === right.dev;
}

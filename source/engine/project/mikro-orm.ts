/**
 * What the engine uses of MikroORM, as types. The engine has no static import of any MikroORM
 * package: the code comes from the user's project at run time, because two copies of the core in
 * one process fail late and silently. Types are erased, so they may come from Handrail's own.
 */

import type * as Core from '@mikro-orm/core';
import type { Migrator } from '@mikro-orm/migrations';
import type {
  AbstractSqlConnection,
  AbstractSqlDriver,
  DatabaseSchema,
  SqlMikroORM,
} from '@mikro-orm/sql';

export type CoreModule = typeof Core;
export type Orm = SqlMikroORM;
export type Driver = AbstractSqlDriver;
export type SqlConnection = AbstractSqlConnection;
export type Configuration = Core.Configuration;
export type MigrationSettings = Required<Core.MigrationsOptions>;

/** A revision as `discoverMigrations()` returns it: bound to MikroORM's own runner. */
export interface DiscoveredRevision {
  readonly name: string;
  /** May be relative to the working directory (AbstractMigrator.resolve). */
  readonly path?: string;
  /** @param afterRun records it, where the runner wants that */
  up(afterRun?: AfterRun): Promise<void>;
  down(afterRun?: AfterRun): Promise<void>;
  /** It is run without being recorded. MikroORM's own are not so. */
  readonly unrecorded?: true;
}

export type AfterRun = (transaction?: unknown) => Promise<void>;

/** Runs the code of one revision, and sends what it added (MigrationRunner.js). */
interface RevisionRunner {
  getQueries(revision: RevisionInstance, direction: 'up' | 'down'): Promise<unknown[]>;
}

/** Where the migrations table is and how it is written (MigrationStorage.js). */
interface RevisionStorage {
  getTableName(): { tableName: string; schemaName: string | undefined };
  executed(): Promise<string[]>;
  ensureTable(): Promise<void>;
  /** Not in versions that know no schema of a run. */
  setRunSchema?(schema: string | undefined): void;
  /** Makes the table if there is none. */
  logMigration(params: { readonly name: string }, transaction?: unknown): Promise<void>;
  unlogMigration(params: { readonly name: string }, transaction?: unknown): Promise<void>;
}

/**
 * The parts of AbstractMigrator that are `protected` or internal but that every read-only or
 * one-revision use needs: its public methods create the database, the table and the folder, and
 * read the whole table for each call.
 */
export interface MigratorInternals {
  resolvePaths(): Promise<void>;
  discoverMigrations(): Promise<DiscoveredRevision[]>;
  /** @param params `path` may be a URL (fs-utils.js, dynamicImport) */
  resolve(params: { readonly name: string; readonly path: string }): DiscoveredRevision;
  getStorage(): RevisionStorage;
  readonly runner: RevisionRunner;
  readonly absolutePath: string | undefined;
  /** The project's own, if the configuration names one. */
  readonly generator: {
    generateMigrationFile(
      className: string,
      diff: { up: string[]; down: string[] },
    ): string | Promise<string>;
  };
  getSnapshotPath(): Promise<string>;
  /** Undefined without the setting `snapshot`, or without the file. */
  getSchemaFromSnapshot(): Promise<DatabaseSchema | undefined>;
}

export function internals(migrator: Migrator): MigratorInternals {
  return migrator as unknown as MigratorInternals;
}

/** An instance of a user's revision class. */
export interface RevisionInstance {
  up(): Promise<void> | void;
  down(): Promise<void> | void;
  isTransactional(): boolean;
  reset(): void;
  /** The list itself, which the runner changes. */
  getQueries(): unknown[];
}

export type RevisionClass = new (driver: Driver, config: Configuration) => RevisionInstance;

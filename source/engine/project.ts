/** The user's project, opened: its configuration, ORM, dialect and target. */

import { projectName } from '../project.ts';
import type { EngineOptions, Target } from '../protocol.ts';
import type { Dialect, Location, RunLock } from './dialects/dialect.ts';
import { dialectOf } from './dialects/index.ts';
import { loadConfiguration, loadPackages, type Packages } from './loading.ts';
import type { Driver, MigrationSettings, Orm, SqlConnection } from './mikro-orm.ts';
import { messageOf, Refusal } from './refusal.ts';

type Migrator = import('@mikro-orm/migrations').Migrator;

/** A target together with its revisions: all that a history or a run needs. */
export interface OpenTarget {
  /** The project's folder; paths are shown relative to it. */
  readonly root: string;
  readonly access: EngineOptions['access'];
  readonly orm: Orm;
  readonly driver: Driver;
  readonly connection: SqlConnection;
  readonly migrator: Migrator;
  readonly settings: MigrationSettings;
  readonly dialect: Dialect;
  readonly location: Location;
  /** Held while a run goes on, until the process ends. */
  readonly lock: RunLock;
  readonly target: Target;
}

export interface Project extends OpenTarget {
  readonly packages: Packages;
}

/**
 * Loads the project without connecting to its database.
 *
 * @throws Refusal `no-project`, `config-failed`, `driver-unsupported`
 */
export async function openProject(options: EngineOptions): Promise<Project> {
  const packages = await loadPackages(options.root);
  const configuration = await loadConfiguration(options, packages);
  const dialect = dialectOf(configuration.getDriver() as Driver);
  if (!dialect) {
    throw new Refusal('driver-unsupported', {
      what: `This project uses ${configuration.getDriver().constructor.name}, which Handrail does not speak.`,
      why: 'This version works with SQLite through @mikro-orm/sqlite.',
      next: ['If the project has a SQLite context too, name it with --context.'],
    });
  }
  dialect.locate(configuration, options.root);
  const own = configuration.getAll();
  const overrides = {
    ensureDatabase: false,
    allowGlobalContext: true,
    debug: false,
    migrations: {
      ...own.migrations,
      silent: true,
      // Running must not rewrite the project's snapshot: MikroORM introspects after the commit,
      // and a failure there makes up() throw although everything is done.
      snapshot: false,
      snapshotOnMigrate: false,
    },
    ...(options.access === 'look' && {
      driverOptions: readOnlyOptions(own.driverOptions, dialect),
    }),
    ...(!options.entities && { entities: [], entitiesTs: [] }),
  };
  let orm: Orm;
  try {
    orm = (await packages.core.MikroORM.init({ ...own, ...overrides } as never)) as unknown as Orm;
  } catch (error) {
    throw new Refusal('config-failed', {
      what: 'MikroORM could not be started with this configuration.',
      why: messageOf(error),
      next: ['Mend the error in the project; Handrail looks again by itself when a file changes.'],
      cause: error,
    });
  }
  const { Migrator } = await packages.migrations();
  const { root, access } = options;
  return {
    packages,
    ...openTarget({ orm, migrator: new Migrator(orm.em), dialect, root, access }),
  };
}

/** Connects to nothing yet. */
export function openTarget(
  parts: Pick<OpenTarget, 'orm' | 'migrator' | 'dialect' | 'root' | 'access'>,
): OpenTarget {
  const { orm, dialect, root } = parts;
  const driver = orm.em.getDriver() as Driver;
  const location = dialect.locate(orm.config, root);
  return {
    ...parts,
    driver,
    connection: driver.getConnection('write') as SqlConnection,
    settings: orm.config.get('migrations') as MigrationSettings,
    location,
    lock: dialect.lock(location),
    target: {
      project: projectName(root),
      name: orm.config.get('contextName'),
      driver: dialect.driver,
      database: location.database,
      key: location.key,
      exists: location.exists ?? true,
    },
  };
}

const opened = new WeakSet<SqlConnection>();

/** Opens the connection of a project that only looks, once; afterwards it refuses to write. */
export async function connectReadOnly({ connection, dialect }: OpenTarget): Promise<void> {
  if (opened.has(connection)) return;
  // skipOnConnect: MikroORM's onConnect hook would create the database.
  await connection.connect({ skipOnConnect: true });
  for (const statement of dialect.readOnlyStatements) await connection.execute(statement);
  opened.add(connection);
}

/** A function is how MikroORM lets a config build its options late (AbstractSqlConnection.js). */
function readOnlyOptions(options: unknown, dialect: Dialect): unknown {
  return typeof options === 'function'
    ? () => dialect.readOnly(options())
    : dialect.readOnly(options ?? {});
}

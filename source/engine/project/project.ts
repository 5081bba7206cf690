/** The user's project, opened: its configuration, ORM, dialect and target. */

import type { EngineOptions } from '../../contract/engine-api.ts';
import { namesOf, type ProtectedPattern, whyProtected } from '../../contract/protection.ts';
import { inSchema } from '../../contract/schemas.ts';
import type { SchemasSetting, Target, Timeouts } from '../../contract/target.ts';
import { projectName } from '../../project/project.ts';
import { knowSecrets, secretsIn, secretsOfEnvironment } from '../../text/redact.ts';
import { messageOf } from '../../util/error-message.ts';
import type { HeardNotice, Location, RunLock } from '../databases/connection.ts';
import type { Dialect } from '../databases/dialect.ts';
import { dialectOf } from '../databases/index.ts';
import type { Throwaway } from '../databases/throwaway.ts';
import { Refusal } from '../refusal.ts';
import { connectionSettings } from './connections.ts';
import { hashCode } from './loaded-files.ts';
import { loadConfiguration, loadPackages, type Packages } from './loading.ts';
import {
  type Driver,
  internals,
  type MigrationSettings,
  type Orm,
  type SqlConnection,
} from './mikro-orm.ts';

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
  /** Hash of the project's code other than its revisions; see {@link hashCode}. */
  readonly codeHash: string;
  readonly schemasSetting: SchemasSetting;
  readonly protectedSetting: readonly ProtectedPattern[];
}

export interface Project extends OpenTarget {
  readonly packages: Packages;
  /** The user's configuration as it was loaded. */
  readonly own: Readonly<Record<string, unknown>>;
  /** Null where the database knows none. */
  readonly timeouts: Timeouts | null;
  /** What a run tells each of its connections before anything else, such as how long to wait. */
  readonly runStatements: readonly string[];
}

/**
 * Loads the project without connecting to its database.
 *
 * @param hear gets what the server says beside its answers
 * @throws Refusal `no-project`, `config-failed`, `driver-unsupported`
 */
export async function openProject(
  options: EngineOptions,
  hear: (notice: HeardNotice) => void = () => {},
): Promise<Project> {
  knowSecrets(secretsOfEnvironment(process.env));
  const packages = await loadPackages(options.root);
  const configuration = await loadConfiguration(options, packages);
  const { user, host, dbName, schema } = configuration.getAll();
  const open = [user, host, dbName, schema].filter((each) => typeof each === 'string');
  knowSecrets(secretsIn(configuration.getAll(), open));
  const dialect = await dialectOf(configuration.getDriver() as Driver);
  if (!dialect) {
    throw new Refusal('driver-unsupported', {
      what: `This project uses ${configuration.getDriver().constructor.name}, which Handrail does not speak.`,
      why: 'It works with @mikro-orm/sqlite and @mikro-orm/postgresql.',
      next: ['If the project has such a context too, name it with --context.'],
    });
  }
  dialect.locate(configuration, options.root);
  if (options.schema !== null && !dialect.schemas) throw noSchemas(dialect);
  const access = options.access === 'run' ? 'run' : 'look';
  const own: Readonly<Record<string, unknown>> = {
    ...configuration.getAll(),
    ...(!options.entities && { entities: [], entitiesTs: [] }),
    ...(options.schema !== null && {
      migrations: { ...configuration.get('migrations'), schema: options.schema },
    }),
  };
  const orm = await startOrm(packages, {
    ...own,
    ...connectionSettings(own, dialect, options, hear),
  });
  const { Migrator } = await packages.migrations();
  const { root } = options;
  return {
    packages,
    own,
    timeouts: dialect.limits ? options.timeouts : null,
    runStatements: dialect.sessionStatements('run', options.timeouts),
    ...openTarget({
      orm,
      migrator: new Migrator(orm.em),
      dialect,
      root,
      access,
      codeHash: hashCode(root),
      schemasSetting: options.schemas,
      protectedSetting: options.protected,
    }),
  };
}

/** The same project on a throwaway. Connects to nothing yet. */
export async function openThrowaway(project: Project, throwaway: Throwaway): Promise<OpenTarget> {
  const { packages, own, dialect, root, codeHash, schemasSetting, protectedSetting } = project;
  const orm = await startOrm(packages, throwaway.retarget(own));
  const { Migrator } = await packages.migrations();
  return openTarget({
    orm,
    migrator: new Migrator(orm.em),
    dialect,
    root,
    access: 'run',
    codeHash,
    schemasSetting,
    protectedSetting,
  });
}

async function startOrm(
  packages: Packages,
  config: Readonly<Record<string, unknown>>,
): Promise<Orm> {
  const overrides = {
    ensureDatabase: false,
    allowGlobalContext: true,
    debug: false,
    migrations: {
      ...(config.migrations as object | undefined),
      silent: true,
      // Running must not rewrite the project's snapshot: MikroORM introspects after the commit,
      // and a failure there makes up() throw although everything is done.
      snapshot: false,
      snapshotOnMigrate: false,
    },
  };
  try {
    const orm = await packages.core.MikroORM.init({ ...config, ...overrides } as never);
    return orm as unknown as Orm;
  } catch (error) {
    throw new Refusal('config-failed', {
      what: 'MikroORM could not be started with this configuration.',
      why: messageOf(error),
      next: ['Fix the error in the project; Handrail reloads automatically when a file changes.'],
      cause: error,
    });
  }
}

/** Connects to nothing yet. */
export function openTarget(
  parts: Pick<
    OpenTarget,
    | 'orm'
    | 'migrator'
    | 'dialect'
    | 'root'
    | 'access'
    | 'codeHash'
    | 'schemasSetting'
    | 'protectedSetting'
  >,
): OpenTarget {
  const { orm, migrator, dialect, root, schemasSetting, protectedSetting } = parts;
  const driver = orm.em.getDriver() as Driver;
  const connection = driver.getConnection('write') as SqlConnection;
  const location = dialect.locate(orm.config, root);
  const settings = orm.config.get('migrations') as MigrationSettings;
  const schema = (dialect.schemas && settings.schema) || null;
  // MikroORM would run it in another schema, without a word.
  if (schema !== null && !internals(migrator).getStorage().setRunSchema) throw noSchemas(dialect);
  const name = orm.config.get('contextName');
  const { place, database } = location;
  return {
    ...parts,
    driver,
    connection,
    settings,
    location,
    lock: dialect.lock(location, connection),
    target: {
      project: projectName(root),
      name,
      driver: dialect.driver,
      ...inSchema(location, schema),
      manySchemas: dialect.schemas !== null && (schemasSetting !== null || hasTenants(orm)),
      exists: location.exists ?? true,
      onServer: dialect.isServer,
      names: namesOf(place, database),
      protected: whyProtected(place, { name, database }, protectedSetting),
    },
  };
}

/** Entities of whichever schema is asked for (https://mikro-orm.io/docs/multiple-schemas). */
function hasTenants(orm: Orm): boolean {
  return [...orm.getMetadata().getAll().values()].some(({ schema }) => schema === '*');
}

function noSchemas({ driver, schemas }: Dialect): Refusal {
  return new Refusal('driver-unsupported', {
    what: 'Revisions can’t be run in a schema of their own here.',
    why: schemas
      ? 'The project’s MikroORM is older than the setting migrations.schema, and would run them in another one.'
      : `A ${driver} database has one schema.`,
    next: ['Leave out --schema, --all-schemas and the setting schemas.'],
  });
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

/** How long sessions may take to end, in milliseconds: a server that says nothing never ends one. */
const GOODBYE_MS = 2_000;

/**
 * Ends all sessions of a project; the next one is opened when it is needed. What does not end in
 * time is left to itself, as is a pool that lost count of its clients: pg’s waits for ever for one
 * whose making failed (pg-pool/index.js: `_pulseQueue`).
 */
export async function disconnect({ connection }: OpenTarget): Promise<void> {
  const ended = connection.close(true);
  const timer = Promise.withResolvers<void>();
  const left = setTimeout(timer.resolve, GOODBYE_MS);
  try {
    await Promise.race([ended, timer.promise]);
  } finally {
    clearTimeout(left);
    opened.delete(connection);
  }
}

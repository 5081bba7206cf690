/** The settings of a project's connections, changed by what Handrail needs of each. */

import type { EngineOptions } from '../../contract/engine-api.ts';
import type { HeardNotice } from '../databases/connection.ts';
import type { Dialect } from '../databases/dialect.ts';

/** The options of a configuration that connections are made of. */
interface Connecting {
  readonly driverOptions?: unknown;
  readonly onCreateConnection?: unknown;
  readonly pool?: unknown;
}

/**
 * A rehearsal opens the target as one who looks: it writes to its throwaways only.
 *
 * @param hear gets what the server says beside its answers
 */
export function connectionSettings(
  own: Connecting,
  dialect: Dialect,
  { access, timeouts }: Pick<EngineOptions, 'access' | 'timeouts'>,
  hear: (notice: HeardNotice) => void,
): Connecting {
  const looks = access !== 'run';
  const statements = dialect.sessionStatements(looks ? 'look' : 'run', timeouts);
  const tell: Setup = async (connection) => {
    for (const sql of statements) await connection.executeQuery({ sql, parameters: [] });
  };
  const tellAll: Setup = async (connection) => {
    await tell(connection);
    if (typeof own.onCreateConnection !== 'function') return;
    try {
      await own.onCreateConnection(connection);
    } catch (error) {
      // Setting up a connection may write, such as the journal mode; to look it need not.
      if (!looks || !dialect.isReadOnlyViolation(error)) throw error;
    }
  };
  const change = (options: unknown): unknown => {
    if (isKyselyDialect(options))
      return statements.length > 0 ? telling(options, orBroken(tell)) : options;
    return dialect.watching(looks ? dialect.readOnly(options) : roomFor(options, dialect), hear);
  };
  const { driverOptions = {} } = own;
  return {
    // A function is how MikroORM lets a config build its options late (AbstractSqlConnection.js).
    driverOptions:
      typeof driverOptions === 'function' ? () => change(driverOptions()) : change(driverOptions),
    onCreateConnection: orBroken(tellAll),
    pool: roomFor(own.pool, dialect),
  };
}

/** A connection as Kysely has it. */
interface NewConnection {
  executeQuery(query: { readonly sql: string; readonly parameters: readonly unknown[] }): unknown;
}

type Setup = (connection: NewConnection) => Promise<void>;

/**
 * The same, but for a connection that can't be set up: it fails with its first query, and is given
 * back. Kysely gives none back whose set-up fails, and then a pool waits for it when it is closed.
 */
function orBroken(setup: Setup): Setup {
  return async (connection) => {
    try {
      await setup(connection);
    } catch (error) {
      connection.executeQuery = () => Promise.reject(error);
    }
  };
}

/** Of Kysely, made by the project itself: the hooks of the configuration are not asked then. */
interface KyselyDialect {
  createDriver(): { acquireConnection(options?: unknown): Promise<NewConnection> };
  createQueryCompiler(): unknown;
  createAdapter(): unknown;
  createIntrospector(db: unknown): unknown;
}

/** As MikroORM tells one (AbstractSqlConnection.js, createKysely). */
function isKyselyDialect(options: unknown): options is KyselyDialect {
  return typeof options === 'object' && options !== null && 'createDriver' in options;
}

/** The same dialect, whose connections are told something before they are used. */
function telling(dialect: KyselyDialect, tell: Setup): KyselyDialect {
  return {
    createDriver() {
      const driver = dialect.createDriver();
      const acquire = driver.acquireConnection.bind(driver);
      const told = new WeakSet<NewConnection>();
      driver.acquireConnection = async (options) => {
        const connection = await acquire(options);
        if (!told.has(connection)) await tell(connection);
        told.add(connection);
        return connection;
      };
      return driver;
    },
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (db) => dialect.createIntrospector(db),
  };
}

/** A pool that is full with those of Handrail would never have one for the run. */
function roomFor(options: unknown, { ownConnections }: Dialect): unknown {
  const { max } = (options ?? {}) as { readonly max?: unknown };
  if (ownConnections === 0 || typeof max !== 'number') return options;
  return { ...(options as object), max: max + ownConnections };
}

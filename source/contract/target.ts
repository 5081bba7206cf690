/** The database that revisions are applied to. */

/** The databases that Handrail has a dialect for. */
export type DriverName = 'sqlite' | 'postgresql';

/** A database that a MikroORM config points at. Holds no credentials. */
export interface Target {
  /** The project's name (package.json), else its folder's. */
  readonly project: string;
  /** MikroORM's `contextName`, `default` unless the config has several. */
  readonly name: string;
  readonly driver: DriverName;
  /** For people: the SQLite file relative to the project, or database@host. */
  readonly database: string;
  /** Identity of the database for locks and the journal: same database, same key. */
  readonly key: string;
  /** Whose revisions they are, of a database with many; null: that of the connection. */
  readonly schema: string | null;
  /** Its revisions are applied to several schemas, one after the other. */
  readonly manySchemas: boolean;
  /** False when there is no such database, or no such schema in it, yet. */
  readonly exists: boolean;
  /** It is a server's, not a file. */
  readonly onServer: boolean;
  /** What it may be called by who confirms that it is meant; the first is asked for. */
  readonly names: readonly string[];
  /** Why it has to be named before it is changed, one sentence; null if it has not. */
  readonly protected: string | null;
}

/**
 * Milliseconds after which the database ends a statement of a run; 0 lets it wait for ever, and
 * null leaves that to the database.
 */
export interface Timeouts {
  /** While it waits for others; SQLite has no such limit. */
  readonly lock: number | null;
  readonly statement: number | null;
}

/**
 * Which schemas the revisions are applied to: names, with `*` for anything, or a query whose first
 * column has them. Null: those that have a record of their own, if entities are of every schema.
 */
export type SchemasSetting = readonly string[] | string | null;

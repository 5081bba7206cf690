/** SQLite through @mikro-orm/sqlite (better-sqlite3), or a Kysely dialect of the user's. */

import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { StatementError } from '../../../contract/statement.ts';
import { redact } from '../../../text/redact.ts';
import { messageOf } from '../../../util/error-message.ts';
import { codeOf, Refusal } from '../../refusal.ts';
import type { Location } from '../connection.ts';
import type { Dialect } from '../dialect.ts';
import { recordingDriver } from '../recording-driver.ts';
import { equality } from './analysis/equality.ts';
import { sqliteLock } from './connection/lock.ts';
import { guard } from './execution/foreign-key-guard.ts';

/** How long to wait for another reader that rolls back at the same time, in milliseconds. */
const RECOVERY_MS = 5_000;

export const sqlite: Dialect = {
  driver: 'sqlite',

  locate(config, root): Location {
    const options: unknown = config.get('driverOptions');
    const override =
      typeof options === 'object' && options !== null && 'dbName' in options
        ? options.dbName
        : undefined;
    const name = String(override ?? config.get('dbName') ?? '');
    if (name === '' || name.startsWith(':memory:')) {
      throw new Refusal('config-failed', {
        what: 'The target is an in-memory SQLite database.',
        why: 'It ends with the process that opens it, so it has no history to show or change.',
        next: ['Set dbName to a file in the MikroORM config.'],
      });
    }
    const path = resolve(root, name);
    const exists = existsSync(path);
    const shown = relative(root, path);
    const key = exists ? realpathSync(path) : join(realpathOr(dirname(path)), basename(path));
    return {
      database: shown.startsWith('..') ? path : shown,
      key,
      exists,
      place: { kind: 'file', path: key },
    };
  },

  dataFiles: ({ key }) => [key, `${key}-wal`],

  // better-sqlite3: `fileMustExist` keeps even a read-only open from creating the file.
  readOnly: (options) =>
    isPlain(options) ? { ...options, readonly: true, fileMustExist: true } : options,

  // https://sqlite.org/pragma.html#pragma_query_only
  readOnlyStatements: ['pragma query_only = on'],
  limits: null,
  sessionStatements: () => [],
  watching: (options) => options,
  activity: null,
  cancellation: null,
  ownConnections: 0,

  isReadOnlyViolation: (error) => codeOf(error)?.startsWith('SQLITE_READONLY') ?? false,

  // A process that was killed in the middle of a transaction leaves a hot journal. Every reader
  // must roll it back first, which a read-only connection may not (SQLITE_READONLY_ROLLBACK,
  // SQLITE_READONLY_RECOVERY; https://sqlite.org/rescode.html). Nothing committed changes by it.
  recover(error, { key }) {
    if (!this.isReadOnlyViolation(error)) return false;
    const url = pathToFileURL(key);
    url.searchParams.set('mode', 'rw');
    const database = new DatabaseSync(url, { timeout: RECOVERY_MS });
    try {
      database.prepare('select count(*) from sqlite_master').get();
    } finally {
      database.close();
    }
    return true;
  },

  isLockTimeout: () => false,
  followsFailure: () => null,
  endsSession: () => false,

  // Conflicts of `or rollback`, `raise(rollback)`, a full disk and others end the transaction
  // (https://sqlite.org/lang_transaction.html, "Response To Errors Within A Transaction"). Whether
  // one is open only drivers can be asked, each in its way; but a second one can't be begun.
  async hasLostTransaction(query) {
    try {
      await query('begin');
    } catch {
      return false;
    }
    await query('rollback');
    return true;
  },

  isDatabaseNotFound: () => false,
  onThisMachine: null,
  unreachable: (error) =>
    /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error) ?? '')
      ? [
          'Another process keeps it locked. Let it finish, or end it; lsof or fuser on the file name it.',
          'Then look again.',
        ]
      : ['Check that it is a database of this driver, readable, and not damaged.'],

  schemaText: ({ name }) =>
    `select type, name, sql from sqlite_schema
      where tbl_name <> ${literal(name)} and name not like 'sqlite\\_%' escape '\\'
      order by type, name`,

  columnExists: (table, column) =>
    `select 1 from pragma_table_info(${literal(table)}) where name = ${literal(column)}`,

  recorder: (kysely, record) => ({
    createAdapter: () => new kysely.SqliteAdapter(),
    createQueryCompiler: () => new kysely.SqliteQueryCompiler(),
    createIntrospector: (db: never) => new kysely.SqliteIntrospector(db),
    createDriver: () => recordingDriver(record),
  }),

  timestamp(value) {
    if (value === null || value === undefined || value === '') return null;
    if (typeof value === 'number') return value;
    // `current_timestamp` is UTC without saying so; Date would read it as local time.
    const text = String(value);
    const zoned = /[zZ]$|[+-]\d\d:?\d\d$/.test(text) ? text : `${text.replace(' ', 'T')}Z`;
    const time = Date.parse(zoned);
    return Number.isNaN(time) ? null : time;
  },

  describeError(error): StatementError {
    const code = codeOf(error);
    return {
      message: redact(messageOf(error)),
      code,
      position: null,
      detail: null,
      hint: null,
      // Of `raise()`.
      ...(code === 'SQLITE_CONSTRAINT_TRIGGER' && { raised: true }),
    };
  },

  lock: (location) => sqliteLock(location.key),

  backups: {
    make: async (place) => (await import('./backup/backup.ts')).backUp(place),
    plan: async (...of) => (await import('./backup/backup.ts')).planRestore(...of),
    restore: async (...of) => (await import('./backup/backup.ts')).restore(...of),
  },

  // A value keeps its own type wherever it does not fit (https://sqlite.org/datatype3.html).
  conversions: {
    needed: async () => null,
    inverse: () => null,
    statement: () => null,
    converting: () => null,
  },

  oneConnection: true,
  unkept: ['length', 'comment'],
  // https://sqlite.org/schematab.html: `sql` is the text of the statement, changed by `alter`.
  layout: { language: 'sqlite', keepsText: (sql) => /^\s*(create|alter)\b/i.test(sql) },
  nonTransactional: async () => null,
  guard,
  statementsIn: async (text) => (await import('./parser/statement.ts')).statementsIn(text),
  tableWriter: {
    texts: `select type as kind, name, tbl_name as "table", sql from sqlite_schema
      where sql is not null and type in ('table', 'index', 'trigger') order by rowid`,
    // Virtual tables, and those that they keep their content in. A module that is not loaded keeps the list from being made.
    unreadable: [
      "select name from pragma_table_list where type in ('virtual', 'shadow')",
      "select name from sqlite_schema where sql like 'create virtual table%'",
    ],
    load: () => import('./parser/alter.ts'),
  },
  equality,
  cutName: (name) => name,
  inTheWay: null,
  remedies: null,
  // They lie in folders, which the supervisor removes.
  leftovers: async () => [],
  invalidIndexes: async () => [],
  checks: [],
  isServer: false,
  schemas: null,
  // Most engines only look, and need not load it.
  throwaways: async (place) => (await import('./throwaway/throwaway.ts')).sqliteThrowaways(place),
};

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}

function realpathOr(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

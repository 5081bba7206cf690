/** PostgreSQL through @mikro-orm/postgresql (pg). */

import type { StatementError } from '../../../contract/statement.ts';
import { redact } from '../../../text/redact.ts';
import { messageOf } from '../../../util/error-message.ts';
import { codeOf } from '../../refusal.ts';
import type { Dialect } from '../dialect.ts';
import { recordingDriver } from '../recording-driver.ts';
import { conversions } from './analysis/conversions.ts';
import { equality } from './analysis/equality.ts';
import { remedies } from './analysis/remedy.ts';
import { ofTarget, schemaQueries } from './catalogue/schemas.ts';
import { nameOf } from './catalogue/table.ts';
import { activityOf } from './connection/activity.ts';
import { whatToDo } from './connection/connection-errors.ts';
import { isOfLostClient, watchingClients } from './connection/connection-hooks.ts';
import { isPlain, locate } from './connection/connection-target.ts';
import { NO_SUCH_DATABASE } from './connection/error-codes.ts';
import { limitsFor, limitsOfRuns } from './connection/limits.ts';
import { applicationName, postgresqlLock } from './connection/lock.ts';
import { invalidIndexCheck } from './doctor/invalid-index-check.ts';
import { invalidIndexes } from './doctor/invalid-indexes.ts';
import { nonTransactionalIn } from './parser/non-transactional.ts';
import { splitStatements } from './parser/parse.ts';
import { literal, notTable } from './parser/sql.ts';
import { cutName } from './throwaway/names.ts';
import { leftoversAmong, throwawaysQuery } from './throwaway/stale-databases.ts';

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const READ_ONLY = '25006';
const LOCK_NOT_AVAILABLE = '55P03';
const IN_FAILED_TRANSACTION = '25P02';
/** A server that shuts down, administrators, time limits of idle sessions, lost connections. */
const SESSION_ENDS = /^(?:57P0[1-5]|25P0[34]|08...)$/;

/** Who looks must not hang. */
const LOOK_LOCK_MS = 5_000;

export const postgresql: Dialect = {
  driver: 'postgresql',

  locate,

  // Its files are the server's own.
  dataFiles: () => [],

  // Each connection is told by `sessionStatements`, which the driver's options could not for all.
  readOnly: (options) => options,
  readOnlyStatements: ['set session characteristics as transaction read only'],
  limits: limitsOfRuns,
  sessionStatements: (access, timeouts) => [
    `set application_name = ${literal(applicationName())}`,
    ...(access === 'look'
      ? [
          `set lock_timeout = ${LOOK_LOCK_MS}`,
          'set session characteristics as transaction read only',
        ]
      : limitsFor(timeouts)),
  ],
  watching: (options, hear) => (isPlain(options) ? watchingClients(options, hear) : options),
  // One holds the lock of the run, one asks what it does.
  ownConnections: 2,

  activity: (query) => activityOf(applicationName(), query),

  // https://www.postgresql.org/docs/current/functions-admin.html: pg_cancel_backend
  cancellation: `select pg_cancel_backend(pid) from pg_stat_activity
    where application_name = ${literal(applicationName())} and pid <> pg_backend_pid()
      and datname = current_database() and state = 'active'`,

  isReadOnlyViolation: (error) => codeOf(error) === READ_ONLY,
  isLockTimeout: (error) => codeOf(error) === LOCK_NOT_AVAILABLE,
  followsFailure(error) {
    if (codeOf(error) === IN_FAILED_TRANSACTION) return 'transaction';
    return isOfLostClient(error) ? 'session' : null;
  },
  endsSession: (error) => SESSION_ENDS.test(codeOf(error) ?? ''),
  // It refuses everything until the transaction is ended, instead.
  hasLostTransaction: async () => false,
  // https://www.postgresql.org/docs/current/functions-info.html: no address is a socket's.
  onThisMachine: `select 1 where inet_server_addr() is null
    or inet_server_addr() = inet_client_addr()`,
  isDatabaseNotFound: (error) => codeOf(error) === NO_SUCH_DATABASE,
  unreachable: whatToDo,
  // The server does it by itself.
  recover: () => false,

  // As the catalogue has it: its functions that write it as SQL wait for whoever alters a table.
  schemaText(record) {
    const within = ofTarget(record);
    return `select n.nspname as schema, c.relname as name, c.relkind::text as kind, a.attname as part,
        concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
          a.attgenerated, a.attcollation, d.adbin) as text
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
        left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
      where c.relkind in ('r', 'p', 'v', 'm') and ${within} and ${notTable('c.oid', record.name)}
    union all
    select n.nspname, o.conname, o.contype::text, o.conrelid::text,
        concat_ws(' ', o.conkey, o.confrelid, o.confkey, o.confupdtype, o.confdeltype,
          o.condeferrable, o.condeferred, o.convalidated, o.conbin)
      from pg_constraint o join pg_namespace n on n.oid = o.connamespace
      where ${within} and ${notTable('o.conrelid', record.name)}
    union all
    select n.nspname, c.relname, 'index', i.indrelid::text,
        concat_ws(' ', c.relam, i.indisunique, i.indisvalid, i.indkey, i.indclass, i.indoption,
          i.indexprs, i.indpred)
      from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
      where ${within} and ${notTable('i.indrelid', record.name)}
    union all
    select n.nspname, r.ev_class::regclass::text, 'rule', r.rulename, r.ev_action::text
      from pg_rewrite r join pg_class c on c.oid = r.ev_class join pg_namespace n on n.oid = c.relnamespace
      where ${within}
    union all
    select n.nspname, t.tgname, 'trigger', t.tgrelid::text,
        concat_ws(' ', t.tgfoid, t.tgtype, t.tgenabled, t.tgattr, t.tgqual)
      from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
      where not t.tgisinternal and ${within}
    union all
    select n.nspname, p.proname, 'function', pg_get_function_identity_arguments(p.oid), md5(p.prosrc)
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where ${within}
    union all
    select n.nspname, t.typname, 'enum', e.enumlabel, e.enumsortorder::text
      from pg_enum e join pg_type t on t.oid = e.enumtypid join pg_namespace n on n.oid = t.typnamespace
      where ${within}
    order by 1, 2, 3, 4, 5`;
  },

  columnExists: (table, column) =>
    `select 1 from information_schema.columns
      where ${literal(table)} in (table_name, table_schema || '.' || table_name)
        and column_name = ${literal(column)}`,

  recorder: (kysely, record) => ({
    createAdapter: () => new kysely.PostgresAdapter(),
    createQueryCompiler: () => new kysely.PostgresQueryCompiler(),
    createIntrospector: (db: never) => new kysely.PostgresIntrospector(db),
    createDriver: () => recordingDriver(record),
  }),

  timestamp(value) {
    if (value === null || value === undefined || value === '') return null;
    if (value instanceof Date) return value.getTime();
    // MikroORM leaves it as the server writes it: `2026-11-24 10:00:00.123+00`.
    const text = String(value)
      .replace(' ', 'T')
      .replace(/([+-]\d\d)$/, '$1:00');
    const time = Date.parse(text);
    return Number.isNaN(time) ? null : time;
  },

  describeError(error): StatementError {
    const { position, detail, hint, routine } = (error ?? {}) as ServerError;
    return {
      message: redact(withoutAppended(messageOf(error))),
      code: codeOf(error),
      position: position === undefined ? null : Number(position),
      detail: detail ? redact(detail) : null,
      hint: hint ? redact(hint) : null,
      ...(routine === 'exec_stmt_raise' && { raised: true }),
    };
  },

  backups: {
    make: async (place) => (await import('./backup/backup.ts')).backUp(place),
    plan: async (...of) => (await import('./backup/backup.ts')).planRestore(...of),
    restore: async (...of) => (await import('./backup/backup.ts')).restore(...of),
  },

  lock: ({ database }, connection) => postgresqlLock(connection, database),

  oneConnection: false,
  unkept: [],
  layout: { language: 'postgresql', keepsText: (sql) => /\$\w*\$/.test(sql) },
  nonTransactional: nonTransactionalIn,
  // Here MikroORM rebuilds no table. What references and triggers do is a rehearsal's to tell.
  guard: {
    looksHarmful: () => false,
    suspecting: () => async () => null,
    suspend: [],
    resume: [],
    violations: async () => 0,
  },
  // Most texts need no parser.
  statementsIn: async (text) => (/;\s*\S/.test(text) ? splitStatements(text) : [text]),
  tableWriter: null,
  equality,
  cutName,
  conversions,
  inTheWay: async (...of) => (await import('./analysis/in-the-way.ts')).inTheWay(...of),
  remedies,
  schemas: schemaQueries,
  invalidIndexes: async (query) => (await invalidIndexes(query)).map(nameOf),
  checks: [invalidIndexCheck],
  leftovers: async (query) => leftoversAmong(await query(throwawaysQuery)),
  isServer: true,
  // Most engines only look, and need not load it.
  async throwaways(place) {
    const { PostgresqlThrowaways } = await import('./throwaway/throwaways.ts');
    return new PostgresqlThrowaways(place);
  },
};

/** MikroORM puts both behind the message, where they are told twice (PostgreSqlExceptionConverter.js). */
function withoutAppended(message: string): string {
  return message.replace(/\n - (?:detail|hint): .*$/s, '');
}

/** Fields of an error of the server (https://www.postgresql.org/docs/current/protocol-error-fields.html). */
interface ServerError {
  readonly position?: string;
  readonly detail?: string;
  readonly hint?: string;
  /** The function of the server that reports it: of PL/pgSQL's `raise` (pl_exec.c). */
  readonly routine?: string;
}

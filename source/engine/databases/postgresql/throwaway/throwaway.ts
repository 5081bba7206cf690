/** One database on a server that Handrail made. */

import type { ClientConfig } from 'pg';
import type { StatementError } from '../../../../contract/statement.ts';
import { messageOf } from '../../../../util/error-message.ts';
import { codeOf, Refusal } from '../../../refusal.ts';
import type { DialectFinding, RevisionStatements } from '../../analysis.ts';
import type { SchemaObject } from '../../catalogue.ts';
import type { Meter, PassRecord } from '../../measurement.ts';
import type { RawQuery } from '../../raw-query.ts';
import type { Tables, Throwaway } from '../../throwaway.ts';
import { checkContent } from '../analysis/check.ts';
import { judge } from '../analysis/data-loss.ts';
import { diagnose } from '../analysis/diagnose.ts';
import { sameValue } from '../analysis/equality.ts';
import { readStanding } from '../analysis/standing.ts';
import { takenAlong } from '../analysis/taken-along.ts';
import { readCatalogue } from '../catalogue/index.ts';
import { readShape } from '../catalogue/table-columns.ts';
import { NOT_ALLOWED } from '../connection/error-codes.ts';
import { applicationName } from '../connection/lock.ts';
import { type Access, inDatabase, openSession, type Session } from '../connection/session.ts';
import { PostgresqlMeter } from '../execution/statement-profiler.ts';
import { hazardsOf } from '../hazards/index.ts';
import { slowdownOf } from '../hazards/yardstick.ts';
import { makeMark, type PostgresqlMark } from './baseline.ts';

export interface ThrowawayDatabase {
  readonly name: string;
  readonly access: Access;
  /** On another server than the target. */
  readonly elsewhere: boolean;
  /** The table that records revisions. */
  readonly table: string;
  drop(): Promise<void>;
}

const LONG_MS = 20;

export class PostgresqlThrowaway implements Throwaway<PostgresqlMark> {
  readonly name: string;
  readonly #database: ThrowawayDatabase;
  #session: Promise<Session> | null = null;
  #marks = 0;

  constructor(database: ThrowawayDatabase) {
    this.name = database.name;
    this.#database = database;
  }

  // What is lost by a crash of the server is a throwaway.
  readonly prepare = ['set synchronous_commit = off'];

  get url(): string {
    const { options } = this.#database.access;
    if (options.connectionString) return options.connectionString;
    const { host = 'localhost', port, user, password } = options;
    const url = new URL('postgresql://localhost');
    // A socket is a folder, which a URL has no place for but its query.
    if (host.startsWith('/')) url.searchParams.set('host', host);
    else url.hostname = host.includes(':') ? `[${host}]` : host;
    url.port = String(port ?? '');
    url.username = encodeURIComponent(user ?? '');
    if (typeof password === 'string') url.password = encodeURIComponent(password);
    url.pathname = `/${this.name}`;
    return url.href;
  }

  async bytes(): Promise<number> {
    const { query } = await this.session();
    const [row] = await query('select pg_database_size(current_database()) as bytes');
    return Number(row?.bytes);
  }

  /** The session that keeps marks and compares with them. */
  session(): Promise<Session> {
    this.#session ??= this.#connect();
    return this.#session;
  }

  /** It will empty tables, so it must not be anywhere else. */
  async #connect(): Promise<Session> {
    const session = await openSession(this.#database.access);
    try {
      await this.assertHere(session.query);
      // Rows that a policy hides could be lost without a word.
      await session.query('set row_security = off');
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  retarget(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const { access, elsewhere } = this.#database;
    const given = config.driverOptions;
    const options: object = (typeof given === 'function' ? given() : given) ?? {};
    // Another server may not encrypt, and has other certificates.
    const { ssl, ...others } = options as ClientConfig;
    // Each of these would win over dbName.
    delete process.env.MIKRO_ORM_DB_NAME;
    delete process.env.MIKRO_ORM_CLIENT_URL;
    return {
      ...config,
      dbName: this.name,
      driverOptions: {
        ...inDatabase(elsewhere ? others : options, this.name),
        ...(elsewhere && { connectionString: access.options.connectionString }),
        application_name: applicationName(),
      },
      preferEnvVars: false,
      ensureDatabase: false,
      replicas: undefined,
    };
  }

  async assertHere(query: RawQuery): Promise<void> {
    const [row] = await query('select current_database() as name');
    if (row?.name === this.name) return;
    throw new Refusal('config-failed', {
      what: 'A connection leads to another database than the throwaway that was made for it.',
      why: 'Handrail asked the open connection where it is, before anything was run.',
      next: [
        'Look for code in the configuration that sets the database after dbName.',
        'Or for a proxy that leads all names to one database.',
      ],
    });
  }

  async mark(): Promise<PostgresqlMark> {
    const { query } = await this.session();
    try {
      return await makeMark(query, ++this.#marks, this.#database.table, () => this.objects());
    } catch (error) {
      if (codeOf(error) !== NOT_ALLOWED) throw error;
      throw new Refusal('database-unreachable', {
        what: 'Not all rows of the throwaway can be read, so nothing can be said of what happens to them.',
        why: messageOf(error),
        next: [
          'Connect as a user who may read all tables, also those with row security: their owner, or a role with bypassrls where the owner is not exempt from it.',
        ],
        cause: error,
      });
    }
  }

  meter(): Meter {
    return new PostgresqlMeter();
  }

  async objects(): Promise<readonly SchemaObject[]> {
    const { query } = await this.session();
    return readCatalogue(query, this.#database.table);
  }

  async sameValue(one: string, other: string, type: string): Promise<boolean> {
    const { query } = await this.session();
    return sameValue(query, one, other, type);
  }

  async compare(
    mark: PostgresqlMark,
    passes: readonly PassRecord[],
    statements: RevisionStatements,
  ) {
    const { query } = await this.session();
    const { table } = this.#database;
    const after = await readShape(query, table);
    const judged = await judge(query, { before: mark, after, passes, statements });
    const [first, ...more] = passes;
    // What the way back leaves out is told by the difference of the schemas.
    if (!first || more.length > 0) return judged;
    const along = await takenAlong(mark.standing, await readStanding(query, table), first);
    return { ...judged, findings: [...judged.findings, ...along] };
  }

  async check(
    mark: PostgresqlMark,
    passes: readonly PassRecord[],
  ): Promise<readonly DialectFinding[]> {
    const { query } = await this.session();
    return checkContent(query, mark, passes);
  }

  async hazards(
    mark: PostgresqlMark,
    pass: PassRecord,
    statements: RevisionStatements,
    target: Tables,
  ): Promise<readonly DialectFinding[]> {
    // Only what took long needs to be told from a machine that is busy.
    const long = pass.statements.some(({ ms, locks }) => ms > LONG_MS && locks?.length !== 0);
    const slowdown = long ? await slowdownOf((await this.session()).query) : 1;
    return hazardsOf(pass, statements, mark.sizes, target, slowdown);
  }

  async diagnose(
    _mark: PostgresqlMark,
    pass: PassRecord,
    error: StatementError,
    failed: string | null,
    statements: RevisionStatements,
  ): Promise<DialectFinding | null> {
    const { query } = await this.session();
    return diagnose({ query, except: this.#database.table, pass, error, failed, statements });
  }

  /** So that nobody of Handrail is connected to it any more. */
  async disconnect(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    await session?.then((open) => open.close()).catch(() => {});
  }

  async drop(): Promise<void> {
    await this.disconnect();
    await this.#database.drop();
  }
}

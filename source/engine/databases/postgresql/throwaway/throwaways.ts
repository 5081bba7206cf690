/** Makes throwaway databases on a server: next to the target, or where a setting says. */

import { messageOf } from '../../../../util/error-message.ts';
import { codeOf, Refusal } from '../../../refusal.ts';
import type { RawQuery } from '../../raw-query.ts';
import type { Tables, Throwaway, ThrowawayPlace, Throwaways } from '../../throwaway.ts';
import { readCatalogue } from '../catalogue/index.ts';
import { readTables } from '../catalogue/table-facts.ts';
import { NO_SUCH_DATABASE, NOT_ALLOWED } from '../connection/error-codes.ts';
import { applicationName } from '../connection/lock.ts';
import {
  type Access,
  accessOf,
  openSession,
  type Session,
  toDatabase,
  urlOf,
} from '../connection/session.ts';
import { literal, quoted } from '../parser/sql.ts';
import { transferRows } from './copy-rows.ts';
import { disableForeignServers, localeOf, provision, settingsOf } from './provision.ts';
import {
  applicationDatabase,
  dropStatement,
  leftoversAmong,
  ownerStatement,
  throwawayName,
  throwawaysQuery,
} from './stale-databases.ts';
import { PostgresqlThrowaway } from './throwaway.ts';

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const IN_USE = '55006';
/** Insufficient privilege, undefined object, invalid parameter value. */
const UNSETTABLE: ReadonlySet<string | null> = new Set([NOT_ALLOWED, '42704', '22023']);

/** Databases that every server has, to connect to where the target does not exist. */
const USUAL = ['postgres', 'template1'];

export class PostgresqlThrowaways implements Throwaways {
  readonly #place: ThrowawayPlace;
  readonly #made = new Set<PostgresqlThrowaway>();
  #target: Promise<Session | null> | null = null;
  #server: Promise<Session> | null = null;

  constructor(place: ThrowawayPlace) {
    this.#place = place;
  }

  async copy(): Promise<Throwaway | null> {
    const target = await this.#openTarget();
    const { server, bytes } = this.#place;
    if (!target || server !== null) return null;
    // The server would wait for others to go before it says that it can't clone the database, and
    // let nobody in meanwhile. What kind of session another user's is, it tells to few; those
    // that it ends by itself have no user.
    const [row] = await target.query(
      `select current_database() as name, pg_database_size(current_database()) as bytes,
        exists (select from pg_stat_activity where datname = current_database()
          and usesysid is not null and application_name <> ${literal(applicationName())})
        or exists (select from pg_prepared_xacts where database = current_database()) as used`,
    );
    if (row?.used === true || Number(row?.bytes) > bytes) return null;
    const settings = await settingsOf(target.query);
    // Only the one session that asks may be connected to what is cloned.
    await this.#closeTarget();
    let made: PostgresqlThrowaway | null = null;
    try {
      made = await this.#create('copy', `template ${quoted(String(row?.name))}`, settings);
      await disableForeignServers((await made.session()).query);
      return made;
    } catch (error) {
      await made?.drop().catch(() => {});
      if (codeOf(error) === IN_USE || codeOf(error) === NOT_ALLOWED) return null;
      throw this.#cannotMake(error);
    }
  }

  async clone(made: Throwaway, what: string) {
    const throwaway = own(made);
    try {
      const settings = await settingsOf((await throwaway.session()).query);
      await throwaway.disconnect();
      return await this.#create(what, `template ${quoted(throwaway.name)}`, settings);
    } catch (error) {
      throw this.#cannotMake(error);
    }
  }

  async empty(what: string, statements = async (): Promise<readonly string[]> => []) {
    const target = await this.#openTarget();
    const locale = target && this.#place.server === null ? await localeOf(target.query) : '';
    const settings = target ? await settingsOf(target.query) : [];
    try {
      const made = await this.#create(what, `template template0 ${locale}`, settings);
      const { query } = await made.session();
      if (target) await provision(target.query, query, this.#place.table, statements);
      return made;
    } catch (error) {
      throw this.#cannotMake(error);
    }
  }

  async fill(made: Throwaway, onProgress: (fraction: number) => void): Promise<string> {
    const source = await this.#openTarget();
    const { table: except, bytes, location } = this.#place;
    if (!source) throw new Error('There is no target to copy rows of.');
    try {
      const target = await own(made).session();
      const part = await transferRows({ source, target, except, bytes, onProgress });
      await disableForeignServers(target.query);
      if (part === 1) return 'with all rows';
      const percent = part < 0.01 ? 'less than 1' : `about ${Math.round(part * 100)}`;
      return `with a sample of ${percent} % of the rows, and the rows that they refer to`;
    } catch (error) {
      throw new Refusal('database-unreachable', {
        what: `Rows of ${location.database} could not be copied.`,
        why: messageOf(error),
        next: ['Check that the user may read all tables, also those with row security.'],
        cause: error,
      });
    }
  }

  async replaceApplication(made: Throwaway) {
    const { query } = await this.#openServer();
    const name = applicationDatabase(process.ppid);
    const throwaway = own(made);
    await throwaway.disconnect();
    // Whoever has the old one open is disconnected, and finds the new one.
    await query(dropStatement(name));
    await query(`alter database ${quoted(throwaway.name)} rename to ${quoted(name)}`);
    await query(ownerStatement(name, process.ppid));
    this.#made.delete(throwaway);
    return { url: urlOf(made.url, name), database: name };
  }

  async targetTables(): Promise<Tables> {
    const target = await this.#openTarget();
    if (!target) return new Map();
    return readTables(target.query).catch((error: unknown) => {
      throw unreachable(this.#place.location.database, error);
    });
  }

  async targetObjects() {
    if (this.#place.server !== null) return null;
    const target = await this.#openTarget();
    return target ? readCatalogue(target.query, this.#place.table) : [];
  }

  async sweep(application: boolean): Promise<readonly string[]> {
    const server = await this.#openServer();
    if (application) {
      await server.query(dropStatement(applicationDatabase(process.ppid)));
    }
    return dropLeftovers(server);
  }

  async close(): Promise<void> {
    for (const throwaway of this.#made) await throwaway.drop().catch(() => {});
    await this.#closeTarget();
    await this.#server?.then((session) => session.close()).catch(() => {});
  }

  /** Only reads. Null if there is no such database. */
  #openTarget(): Promise<Session | null> {
    this.#target ??= this.#connectToTarget();
    return this.#target;
  }

  async #connectToTarget(): Promise<Session | null> {
    try {
      const session = await openSession(await accessOf(this.#place.connection));
      await session.query('set session characteristics as transaction read only');
      return session;
    } catch (error) {
      if (error instanceof Refusal) throw error;
      if (codeOf(error) === NO_SUCH_DATABASE) return null;
      throw unreachable(this.#place.location.database, error);
    }
  }

  async #closeTarget(): Promise<void> {
    const target = this.#target;
    this.#target = null;
    await target?.then((session) => session?.close()).catch(() => {});
  }

  /** Where throwaways are made and dropped. */
  #openServer(): Promise<Session> {
    this.#server ??= this.#connectToServer();
    return this.#server;
  }

  async #connectToServer(): Promise<Session> {
    const access = await this.#serverAccess();
    for (const place of [access, ...USUAL.map((name) => toDatabase(access, name))]) {
      try {
        const session = await openSession(place);
        await dropLeftovers(session);
        return session;
      } catch (error) {
        if (codeOf(error) !== NO_SUCH_DATABASE) throw unreachable('The server', error);
      }
    }
    throw unreachable('The server', new Error(`It has none of ${USUAL.join(', ')}.`));
  }

  async #serverAccess(): Promise<Access> {
    const access = await accessOf(this.#place.connection);
    const { server } = this.#place;
    return server === null ? access : { ...access, options: { connectionString: server } };
  }

  /** @param settings of the database, as statements that set them in the transaction */
  async #create(
    what: string,
    options: string,
    settings: readonly (readonly [name: string, value: string])[],
  ): Promise<PostgresqlThrowaway> {
    const { query } = await this.#openServer();
    const { table, server } = this.#place;
    const name = throwawayName(what, process.pid);
    // Until others are kept out, nobody gets in.
    await query(`create database ${quoted(name)} ${options} allow_connections false`);
    const made: PostgresqlThrowaway = new PostgresqlThrowaway({
      name,
      access: toDatabase(await this.#serverAccess(), name),
      elsewhere: server !== null,
      table,
      drop: async () => {
        this.#made.delete(made);
        await query(dropStatement(name));
      },
    });
    this.#made.add(made);
    await query(ownerStatement(name, process.pid));
    // The target may keep others out, and so must a copy of its rows.
    await query(`revoke all on database ${quoted(name)} from public`);
    for (const [setting, value] of settings) await setFor(query, name, setting, value);
    await query(`alter database ${quoted(name)} allow_connections true`);
    return made;
  }

  #cannotMake(error: unknown): Refusal {
    if (error instanceof Refusal) return error;
    if (codeOf(error) !== NOT_ALLOWED) {
      return new Refusal('no-room', {
        what: 'No throwaway database could be made on the server.',
        why: messageOf(error),
        next: ['Name another server with the setting throwawayUrl.'],
        cause: error,
      });
    }
    return new Refusal('no-room', {
      what: 'The user may not create databases on this server, so no throwaway can be made.',
      why: messageOf(error),
      next: [
        'Let an administrator allow it: alter role … createdb.',
        'Or name a server where it is allowed, such as one on this machine, with the setting throwawayUrl or HANDRAIL_THROWAWAY_URL.',
        'Upgrades and downgrades need no throwaway.',
      ],
      cause: error,
    });
  }
}

async function dropLeftovers({ query }: Session): Promise<readonly string[]> {
  const dropped: string[] = [];
  for (const name of leftoversAmong(await query(throwawaysQuery))) {
    // Somebody else may be dropping it, too.
    await query(dropStatement(name)).then(
      () => dropped.push(name),
      () => {},
    );
  }
  return dropped;
}

/** Some only an administrator may set, and another server may not know; revisions get along. */
async function setFor(
  query: RawQuery,
  database: string,
  setting: string,
  value: string,
): Promise<void> {
  try {
    await query(
      `begin; select set_config(${literal(setting)}, ${literal(value)}, true);
        alter database ${quoted(database)} set ${quoted(setting)} from current; commit`,
    );
  } catch (error) {
    await query('rollback');
    if (!UNSETTABLE.has(codeOf(error))) throw error;
  }
}

function own(throwaway: Throwaway): PostgresqlThrowaway {
  if (throwaway instanceof PostgresqlThrowaway) return throwaway;
  throw new Error('It was made by another dialect.');
}

function unreachable(what: string, error: unknown): Refusal {
  return new Refusal('database-unreachable', {
    what: `${what} could not be reached to make a throwaway database.`,
    why: messageOf(error),
    next: ['Check that the server runs, and that the user may connect to it.'],
    cause: error,
  });
}

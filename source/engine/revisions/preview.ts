/** Loads the class of one revision and asks it what it would do, without a database. */

import { readFileSync } from 'node:fs';
import type { Direction } from '../../contract/direction.ts';
import type { Inspection } from '../../contract/engine-api.ts';
import type { Preview } from '../../contract/preview.ts';
import { SQL_LIMIT } from '../../contract/statement.ts';
import { messageOf } from '../../util/error-message.ts';
import { placed, placeOf } from '../project/error-location.ts';
import type { Driver, RevisionClass, RevisionInstance } from '../project/mikro-orm.ts';
import type { Project } from '../project/project.ts';
import { Refusal } from '../refusal.ts';
import { isSent } from '../revision-source/revision-part.ts';
import type { RevisionFile } from './revision-file.ts';

/**
 * Runs revisions' code against a driver that records every statement and sends none.
 * The statements of one call are collected in `statements`.
 */
export class RevisionReader {
  readonly #project: Project;
  readonly #driver: Driver;
  #statements: string[] = [];

  /** The revision whose code runs now. */
  #running: RevisionInstance | null = null;
  /** It executed a statement after it had queued another one, which will be sent later all the same. */
  #reordered = false;

  private constructor(project: Project, driver: Driver, record: { to: (sql: string) => void }) {
    this.#project = project;
    this.#driver = driver;
    record.to = (sql) => {
      this.#statements.push(sql);
      if (this.#running && this.#running.getQueries().length > 0) this.#reordered = true;
    };
  }

  static async create(project: Project): Promise<RevisionReader> {
    const { core } = project.packages;
    const record = { to: (_sql: string) => {} };
    const dialect = project.dialect.recorder(await project.packages.kysely(), (sql) =>
      record.to(sql),
    );
    const configuration = new core.Configuration({
      ...project.orm.config.getAll(),
      driverOptions: dialect as never,
      replicas: [],
      attachDatabases: [],
    } as never);
    const driver = configuration.getDriver() as unknown as Driver;
    driver.setMetadata(project.orm.getMetadata());
    await driver.getConnection('write').connect({ skipOnConnect: true });
    return new RevisionReader(project, driver, record);
  }

  /**
   * What `up()` or `down()` would send. Queries get no rows, so code that decides by data shows
   * only what it would do on empty tables, and the preview says so.
   *
   * @throws Refusal `broken-revision` if the file can't be loaded.
   */
  async preview(file: RevisionFile, direction: Direction): Promise<Preview> {
    const { revision, executed, queued, thrown } = await this.#record(file, direction);
    const statements = [...executed, ...queued].map((sql) => sql.slice(0, SQL_LIMIT));
    const noDowngrade = direction === 'down' && lacksDowngrade(revision);
    const refuses =
      direction === 'down' &&
      !noDowngrade &&
      thrown !== null &&
      statements.length === 0 &&
      isRefusal(thrown);
    const reads = executed.some((sql) => /^\s*(select|with|pragma|values)\b/i.test(sql));
    return {
      name: file.name,
      direction,
      statements,
      total: statements.length,
      transactional: this.#project.settings.transactional && revision.isTransactional(),
      irreversible: refuses ? messageOf(thrown) : null,
      noDowngrade,
      incomplete:
        thrown !== null && !refuses && !noDowngrade
          ? `Its code threw when it ran without data: ${messageOf(thrown)}`
          : reads
            ? 'Its code reads data, so what it sends depends on the database.'
            : null,
      reordered: this.#reordered,
    };
  }

  /**
   * The statements that it adds, which are sent one after the other, or why there is more to it.
   *
   * @throws Refusal `broken-revision` if the file can't be loaded.
   */
  async added(
    file: RevisionFile,
    direction: Direction,
  ): Promise<{ readonly statements: readonly string[]; readonly problem: string | null }> {
    const { revision, executed, queued, thrown } = await this.#record(file, direction);
    const statements = queued.filter(isSent);
    const problem = () => {
      if (direction === 'down' && lacksDowngrade(revision)) return 'it has no down()';
      if (thrown !== null) return `its ${direction}() throws: ${messageOf(thrown)}`;
      if (executed.length === 0) return null;
      return `its ${direction}() sends statements itself (execute()), besides those that it adds (addSql())`;
    };
    return { statements, problem: problem() };
  }

  /** Runs the code of one direction, and keeps what it sent and added. */
  async #record(file: RevisionFile, direction: Direction) {
    const revision = await this.#instantiate(file);
    this.#statements = [];
    this.#reordered = false;
    this.#running = revision;
    const executed = this.#statements;
    let thrown: unknown = null;
    // A preview must not end the engine; when it really runs, it may.
    const exit = process.exit;
    process.exit = (code) => {
      throw new Exited(`it calls process.exit(${code ?? ''})`);
    };
    try {
      revision.reset();
      await revision[direction]();
    } catch (error) {
      thrown = error ?? new Error('it threw nothing');
    } finally {
      process.exit = exit;
      this.#running = null;
    }
    const queued = revision.getQueries().map((query) => this.#toSql(query));
    return { revision, executed, queued, thrown };
  }

  async inspect(file: RevisionFile): Promise<Inspection> {
    try {
      const preview = await this.preview(file, 'down');
      const { irreversible, noDowngrade } = preview;
      return { name: file.name, irreversible, noDowngrade, broken: null };
    } catch (error) {
      return { name: file.name, irreversible: null, noDowngrade: false, broken: messageOf(error) };
    }
  }

  async #instantiate(file: RevisionFile): Promise<RevisionInstance> {
    const Class = await this.#load(file);
    try {
      return new Class(this.#driver, this.#driver.config);
    } catch (error) {
      throw broken(
        this.#project.root,
        file,
        `its class could not be created: ${messageOf(error)}`,
        error,
      );
    }
  }

  /** As AbstractMigrator.resolve picks it: the first exported function. */
  async #load(file: RevisionFile): Promise<RevisionClass> {
    if (file.path === null) return this.#fromList(file.name);
    let exports: object;
    try {
      exports = await this.#project.packages.fs.dynamicImport(file.path);
    } catch (error) {
      throw broken(this.#project.root, file, messageOf(error), error);
    }
    const Class = Object.values(exports).find((value) => typeof value === 'function');
    if (!Class) throw broken(this.#project.root, file, 'it exports no class');
    if (typeof Class.prototype?.up !== 'function') {
      throw broken(
        this.#project.root,
        file,
        `its first export, ${Class.name}, is not a revision: it has no up()`,
      );
    }
    return Class;
  }

  #fromList(name: string): RevisionClass {
    for (const entry of this.#project.settings.migrationsList ?? []) {
      const Class = (typeof entry === 'function' ? entry : entry.class) as RevisionClass;
      const given = typeof entry === 'function' ? undefined : entry.name;
      const instance = new Class(this.#driver, this.#driver.config) as { name?: string };
      if ((given ?? instance.name ?? Class.name).replace(/\.[jt]s$/, '') === name) return Class;
    }
    throw new Refusal('internal', { what: `${name} is not in migrationsList any more.` });
  }

  /** `addSql` takes strings, raw fragments and query builders (MigrationRunner.js). */
  #toSql(query: unknown): string {
    if (typeof query === 'string') return query;
    const platform = this.#driver.getPlatform();
    const raw =
      typeof query === 'object' && query !== null && 'toRaw' in query
        ? (query as { toRaw(): unknown }).toRaw()
        : query;
    if (typeof raw === 'object' && raw !== null && 'sql' in raw && 'params' in raw) {
      return platform.formatQuery(String(raw.sql), raw.params as readonly unknown[]);
    }
    return String(raw);
  }
}

/**
 * Whether a look at the text says that `down()` may refuse: there is none, something throws or
 * rejects, or it is left to the class above. A refusal that hides in another module is only found by
 * running it.
 */
export function mayRefuse({ path }: RevisionFile): boolean {
  if (path === null) return true;
  try {
    const text = readFileSync(path, 'utf8');
    return !/\bdown\b/.test(text) || /\b(throw|reject|super)\b/.test(text);
  } catch {
    return true;
  }
}

class Exited extends Error {}

/**
 * Whether `down()` is the one of MikroORM's own class, which refuses: it then stands on the last
 * prototype of the chain, whichever copy of the package that comes from (Migration.js).
 */
function lacksDowngrade(revision: RevisionInstance): boolean {
  let holder: unknown = revision;
  while (holder !== null && holder !== Object.prototype) {
    const above: unknown = Object.getPrototypeOf(holder);
    if (Object.hasOwn(Object(holder), 'down')) return above === Object.prototype;
    holder = above;
  }
  return true;
}

/**
 * A plain throw before any statement is the author's refusal. Mistakes in code look different, and
 * so does code that wants the real driver (AbstractSqlConnection.requireNativeClient).
 */
function isRefusal(thrown: unknown): boolean {
  return !(
    thrown instanceof Exited ||
    thrown instanceof TypeError ||
    thrown instanceof ReferenceError ||
    messageOf(thrown).startsWith('The native client is not available')
  );
}

function broken(root: string, file: RevisionFile, why: string, cause?: unknown): Refusal {
  const own = file.file ?? file.name;
  const place = placeOf(cause, root);
  // Its own line is told with its name, so that an editor can be opened there.
  const [where, words] = place?.startsWith(`${own}:`)
    ? [place, why]
    : [own, placed(why, cause, root)];
  return new Refusal('broken-revision', {
    what: `${where} can't be loaded: ${words}`,
    next: ['Mend the file; Handrail looks again by itself.'],
    cause,
  });
}

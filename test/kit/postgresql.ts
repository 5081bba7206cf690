/** Databases and projects on the test run's PostgreSQL servers. */

import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Client, type QueryResultRow } from 'pg';
import { inject } from 'vitest';
import { createDatabase, dropDatabase } from '../../source/demo/database.ts';
import { type Fingerprint, quoted, type Row, type TestDatabase } from './database.ts';
import { ProjectFolder } from './folder.ts';
import { MadeProject, type ProjectOptions } from './made-project.ts';
import { installPackages, versionOf } from './packages.ts';
import type { Version } from './postgresql-server.ts';
import { type Revision, renderRevision, spelledFor, timestampOf } from './revisions.ts';

const PATIENCE_MS = 60_000;

export interface ServerUnderTest {
  readonly label: Version;
  /** Of a superuser. */
  readonly url: string;
}

/**
 * The oldest version that Handrail works with, and the newest:
 * `describe.each(await servers())('on PostgreSQL $label', ({ url }) => …)`.
 */
export async function servers(): Promise<readonly ServerUnderTest[]> {
  const answer = await fetch(inject('oldestPostgres'));
  const oldest = await answer.text();
  if (!answer.ok) throw new Error(oldest);
  return [
    { label: '14', url: oldest },
    { label: '18', url: inject('postgresUrl') },
  ];
}

/** A database of its own, dropped at the end. */
export class Database implements TestDatabase, AsyncDisposable {
  readonly name: string;
  readonly url: string;

  readonly #server: string;

  private constructor(name: string, server: string) {
    this.name = name;
    this.#server = server;
    const url = new URL(server);
    url.pathname = `/${name}`;
    this.url = url.href;
  }

  get place(): string {
    const { host } = new URL(this.url);
    return `${host}/${this.name}`;
  }

  /** @param server the test run’s own unless told */
  static async make(server: string = inject('postgresUrl')): Promise<Database> {
    const database = new Database(`handrail_test_${randomUUID().slice(0, 8)}`, server);
    await createDatabase(server, database.name);
    return database;
  }

  /** One that somebody else made. */
  static at(url: string): Database {
    const { pathname } = new URL(url);
    return new Database(decodeURIComponent(pathname.slice(1)), url);
  }

  /** Rows of one statement, on a connection of its own. */
  async query<R extends QueryResultRow = Row>(sql: string): Promise<R[]> {
    await using session = await this.session();
    return (await session.client.query<R>(sql)).rows;
  }

  /** The first row of a query, as soon as it has one. */
  async first<Row extends QueryResultRow>(sql: string): Promise<Row> {
    await using session = await this.session();
    const end = Date.now() + PATIENCE_MS;
    while (Date.now() < end) {
      const [row] = (await session.client.query<Row>(sql)).rows;
      if (row) return row;
    }
    throw new Error(`Still no row: ${sql}`);
  }

  async change(sql: string): Promise<void> {
    await this.query(sql);
  }

  async tables(): Promise<string[]> {
    const rows = await this.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public' order by tablename collate "C"`,
    );
    return rows.map(({ name }) => name);
  }

  async columns(table: string): Promise<string[]> {
    const rows = await this.query<{ name: string }>(
      `select attname as name from pg_attribute
        where attrelid = '${quoted(table)}'::regclass and attnum > 0 and not attisdropped
        order by attnum`,
    );
    return rows.map(({ name }) => name);
  }

  async count(table: string): Promise<number> {
    const [row] = await this.query(`select count(*)::int as n from ${quoted(table)}`);
    return Number(row?.n);
  }

  /** Names in the migrations table of a schema, in the order of recording. */
  async recorded(schema = 'public'): Promise<string[]> {
    if (schema === 'public' && !(await this.tables()).includes('mikro_orm_migrations')) return [];
    const rows = await this.query<{ name: string }>(
      `select name from "${schema}".mikro_orm_migrations order by id`,
    );
    return rows.map(({ name }) => name);
  }

  async fingerprint(): Promise<Fingerprint> {
    const objects = await this.query<{ text: string }>(SCHEMA);
    const schema = objects.map(({ text }) => text).join(';\n');
    const tables: Record<string, { rows: number; hash: string }> = {};
    for (const name of await this.tables()) {
      const rows = await this.query<{ text: string }>(
        `select each::text as text from ${quoted(name)} each order by 1`,
      );
      tables[name] = { rows: rows.length, hash: sha256(JSON.stringify(rows)) };
    }
    return { hash: sha256(schema + JSON.stringify(tables)), schema, tables };
  }

  /** References always hold here, and the files are the server's to check. */
  async damage(): Promise<string[]> {
    return [];
  }

  async exists(): Promise<boolean> {
    const client = new Client({ connectionString: this.#server });
    await client.connect();
    try {
      const found = await client.query('select from pg_database where datname = $1', [this.name]);
      return found.rows.length > 0;
    } finally {
      await client.end();
    }
  }

  async remove(): Promise<void> {
    await dropDatabase(this.#server, this.name);
  }

  /** A connection that stays open, such as another user's. */
  async session(): Promise<AsyncDisposable & { readonly client: Client }> {
    const client = new Client({ connectionString: this.url });
    // One whose server side is terminated tells so.
    client.on('error', () => {});
    await client.connect();
    return { client, [Symbol.asyncDispose]: () => client.end() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove();
  }
}

/** Everything in a schema of one's own, as the server writes it. */
const SCHEMA = `
  with own as (select oid from pg_namespace where nspname !~ '^(pg_|information_schema$)'),
    relations as (select oid, oid::regclass::text as name from pg_class
      where relkind in ('r', 'p', 'v', 'm') and relnamespace in (select oid from own))
  select text from (
    select format('%s %s %s %s %s', r.name, attname, format_type(atttypid, atttypmod), attnotnull,
        pg_get_expr(adbin, adrelid)) as text
      from relations r join pg_attribute a on attrelid = r.oid and attnum > 0 and not attisdropped
        left join pg_attrdef on adrelid = attrelid and adnum = attnum
    union all select format('%s %s %s', r.name, conname, pg_get_constraintdef(c.oid))
      from relations r join pg_constraint c on conrelid = r.oid
    union all select pg_get_indexdef(indexrelid) from relations r join pg_index on indrelid = r.oid
    union all select format('%s %s', r.name, pg_get_viewdef(r.oid))
      from relations r join pg_class c on c.oid = r.oid and relkind in ('v', 'm')
    union all select pg_get_triggerdef(t.oid)
      from relations r join pg_trigger t on tgrelid = r.oid and not tgisinternal
    union all select pg_get_functiondef(oid) from pg_proc
      where prokind in ('f', 'p') and pronamespace in (select oid from own)
  ) as objects order by text collate "C"`;

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A project on a database of its own, dropped with it. */
export class ServerProject extends MadeProject {
  readonly database: Database;

  private constructor(database: Database, options: ProjectOptions) {
    super({ connect: `clientUrl: ${JSON.stringify(database.url)}`, ...options }, 'postgresql');
    this.database = database;
  }

  /** @param database a new one unless told */
  static async make(options: ProjectOptions = {}, database?: Database): Promise<ServerProject> {
    const own = database ?? (await Database.make());
    const project = new ServerProject(own, options);
    if (options.applied !== undefined) await project.applyDirectly(options.applied);
    if (options.content !== undefined) await own.change(options.content);
    return project;
  }

  /** Applies the first revisions the way MikroORM would, without it. */
  async applyDirectly(count: number): Promise<void> {
    await this.database.change(this.sqlToApply(count));
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.cleanup();
    await this.database.remove();
  }
}

export interface PostgresProjectOptions {
  readonly revisions?: readonly Revision[];
  /** More options of the config, as code. */
  readonly config?: string;
  /** Names of entities; the author unless told. */
  readonly entities?: readonly string[];
  /** In place of the URL alone: how to connect, as code. */
  readonly connect?: string;
  /** The entity is of every schema: there are tenants. */
  readonly tenants?: boolean;
  /** More options of the migrator, as code. */
  readonly migrations?: string;
}

/** A project in plain JavaScript on a database. */
export class PostgresProject extends ProjectFolder {
  /** Names of the revisions, oldest first. */
  readonly names: readonly string[];

  constructor(database: Database, options: PostgresProjectOptions = {}) {
    super('library');
    const packages = ['core', 'cli', 'migrations', 'postgresql'].map(
      (each) => `@mikro-orm/${each}`,
    );
    const dependencies = Object.fromEntries(packages.map((name) => [name, versionOf(name)]));
    this.write(
      'package.json',
      JSON.stringify({ name: 'library', private: true, type: 'module', dependencies }),
    );
    installPackages(this.root, packages);
    this.write(
      'entities.js',
      `import { defineEntity, p } from '@mikro-orm/core';
export const Author = defineEntity({ name: 'Author', ${options.tenants ? "schema: '*', " : ''}properties: { id: p.integer().primary(), name: p.string() } });
`,
    );
    this.write(
      'mikro-orm.config.js',
      `import { Migrator } from '@mikro-orm/migrations';
import { defineConfig } from '@mikro-orm/postgresql';
import { Author } from './entities.js';
export default defineConfig({
  ${options.connect ?? `clientUrl: ${JSON.stringify(database.url)},`}
  entities: [${options.entities?.join(', ') ?? 'Author'}],
  discovery: { warnWhenNoEntities: false },
  extensions: [Migrator],
  migrations: { path: 'migrations', ${options.migrations ?? ''} },
  ${options.config ?? ''}
});
`,
    );
    this.names = (options.revisions ?? libraryOnServer).map((revision, at) => {
      const name = `Migration${timestampOf(at)}_${revision.label}`;
      this.write(
        join('migrations', `${name}.js`),
        renderRevision(spelledFor('postgresql', revision), name, 'esm'),
      );
      return name;
    });
  }
}

/** Made for the entity above. */
export const libraryOnServer: readonly Revision[] = [
  {
    label: 'author',
    up: ['create table "author" ("id" serial primary key, "name" varchar(255) not null);'],
    down: ['drop table "author";'],
  },
  {
    label: 'rows',
    up: [`insert into "author" ("name") values ('Le Guin'), ('Lem');`],
    down: ['delete from "author";'],
  },
  {
    label: 'name_index',
    up: ['create index "author_name_index" on "author" ("name");'],
    down: ['drop index "author_name_index";'],
  },
];

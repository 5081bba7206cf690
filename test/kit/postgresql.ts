/** Databases and projects on the test run's PostgreSQL servers. */

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Client, type QueryResultRow } from 'pg';
import { inject } from 'vitest';
import { createDatabase, dropDatabase } from '../../source/demo/database.ts';
import { ProjectFolder } from './folder.ts';
import { installPackages, versionOf } from './packages.ts';
import type { Version } from './postgresql-server.ts';
import { type Revision, renderRevision, timestampOf } from './revisions.ts';

const PATIENCE_MS = 30_000;

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
export class Database implements AsyncDisposable {
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

  /** @param server the test run’s own unless told */
  static async make(server: string = inject('postgresUrl')): Promise<Database> {
    const database = new Database(`handrail_test_${randomUUID().slice(0, 8)}`, server);
    await createDatabase(server, database.name);
    return database;
  }

  /** Rows of one statement, on a connection of its own. */
  async query<Row extends QueryResultRow>(sql: string): Promise<Row[]> {
    await using session = await this.session();
    return (await session.client.query<Row>(sql)).rows;
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

  /** Names in the migrations table of a schema, in the order of recording. */
  async recorded(schema = 'public'): Promise<string[]> {
    const rows = await this.query<{ name: string }>(
      `select name from "${schema}".mikro_orm_migrations order by id`,
    );
    return rows.map(({ name }) => name);
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
    await dropDatabase(this.#server, this.name);
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
      this.write(join('migrations', `${name}.js`), renderRevision(revision, name, 'esm'));
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

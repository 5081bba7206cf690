/**
 * Looks into a SQLite database with a client that neither Handrail nor MikroORM uses: Node.js's
 * own. What it says is what is really there.
 */

import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { type Fingerprint, quoted, type Row, type TestDatabase } from './database.ts';

export type { Row } from './database.ts';

/**
 * Opens, asks, closes; nothing is created, and no lock is kept. What a process left in the midst of a
 * transaction is rolled back in a copy: it is there for whoever is under test.
 */
function reading<T>(path: string, ask: (database: DatabaseSync) => T): T {
  if (existsSync(`${path}-journal`)) return readingCopy(path, ask);
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  try {
    return ask(database);
  } finally {
    database.close();
  }
}

function readingCopy<T>(path: string, ask: (database: DatabaseSync) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'handrail-copy-'));
  const copy = join(folder, 'copy.db');
  try {
    copyFileSync(path, copy);
    copyFileSync(`${path}-journal`, `${copy}-journal`);
    const database = new DatabaseSync(copy);
    try {
      return ask(database);
    } finally {
      database.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The rows that a query answers. */
export function query(path: string, sql: string, ...parameters: SQLInputValue[]): Row[] {
  return reading(path, (database) => {
    // Plain objects, so that tests can compare them.
    return database
      .prepare(sql)
      .all(...parameters)
      .map((row) => ({ ...row }) as Row);
  });
}

/** Changes a database as another program would: any number of statements. */
export function change(path: string, sql: string): void {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  try {
    database.exec(sql);
  } finally {
    database.close();
  }
}

/** The names of all tables but SQLite's own, sorted. */
export function tables(path: string): string[] {
  return query(
    path,
    `select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\' order by name`,
  ).map(({ name }) => String(name));
}

/** The names of a table's columns, in their order. */
export function columns(path: string, table: string): string[] {
  return query(path, 'select name from pragma_table_info(?) order by cid', table).map(({ name }) =>
    String(name),
  );
}

export function rows(path: string, table: string): Row[] {
  return query(path, `select * from ${quoted(table)}`);
}

export function count(path: string, table: string): number {
  return Number(query(path, `select count(*) as n from ${quoted(table)}`)[0]?.n ?? 0);
}

/** Names in the migrations table, in the order of recording; [] without such a table. */
export function recordedRevisions(path: string, table = 'mikro_orm_migrations'): string[] {
  if (!tables(path).includes(table)) return [];
  return query(path, `select name from ${quoted(table)} order by id`).map(({ name }) =>
    String(name),
  );
}

/** What is wrong with the file itself; [] when nothing is. */
export function integrityErrors(path: string): string[] {
  return query(path, 'pragma integrity_check')
    .map((row) => String(Object.values(row)[0]))
    .filter((message) => message !== 'ok');
}

/** Rows that refer to rows which don't exist; [] when all is well. */
export function foreignKeyErrors(path: string): Row[] {
  return query(path, 'pragma foreign_key_check');
}

/** All content of a database. Two are equal when schema and every value (and its type) are. */
export function fingerprint(
  path: string,
  options: { except?: readonly string[] } = {},
): Fingerprint {
  const { except = [] } = options;
  const names = tables(path).filter((name) => !except.includes(name));
  return reading(path, (database) => {
    const contents: Record<string, { rows: number; hash: string }> = {};
    for (const name of names) {
      const statement = database.prepare(`select * from ${quoted(name)}`);
      // Numbers above 2^53 would throw, or be rounded, otherwise.
      statement.setReadBigInts(true);
      const hashes = statement.all().map((row) => sha256(JSON.stringify(row, typed)));
      contents[name] = { rows: hashes.length, hash: sha256(hashes.sort().join()) };
    }
    const schema = database
      .prepare('select tbl_name, sql from sqlite_schema where sql is not null order by type, name')
      .all()
      .filter((row) => !except.includes(String(row.tbl_name)))
      .map((row) => String(row.sql))
      .join(';\n');
    return { hash: sha256(schema + JSON.stringify(contents)), schema, tables: contents };
  });
}

/** JSON that tells 1 from 1.0, '1' and a blob apart. */
function typed(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return { integer: String(value) };
  if (value instanceof Uint8Array) return { blob: Buffer.from(value).toString('hex') };
  return value;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The file of a project, asked as any other database. */
export class SqliteFile implements TestDatabase {
  readonly path: string;
  readonly place: string;
  readonly #table: string;

  /** @param table that records revisions */
  constructor(root: string, place: string, table = 'mikro_orm_migrations') {
    this.path = join(root, place);
    this.place = place;
    this.#table = table;
  }

  async query(sql: string): Promise<Row[]> {
    return query(this.path, sql);
  }

  async change(sql: string): Promise<void> {
    change(this.path, sql);
  }

  async tables(): Promise<string[]> {
    return tables(this.path);
  }

  async columns(table: string): Promise<string[]> {
    return columns(this.path, table);
  }

  async count(table: string): Promise<number> {
    return count(this.path, table);
  }

  async recorded(): Promise<string[]> {
    return recordedRevisions(this.path, this.#table);
  }

  async fingerprint(): Promise<Fingerprint> {
    return fingerprint(this.path);
  }

  async damage(): Promise<string[]> {
    const orphans = foreignKeyErrors(this.path).map((row) => JSON.stringify(row));
    return [...integrityErrors(this.path), ...orphans];
  }

  async exists(): Promise<boolean> {
    return existsSync(this.path);
  }

  async remove(): Promise<void> {
    rmSync(this.path, { force: true });
  }
}

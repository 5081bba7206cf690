/**
 * Builds the sample database: `node seed.ts [file]`, `var/dev.db` unless told otherwise. It comes
 * out the same each time.
 */

import { mkdirSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MikroORM } from '@mikro-orm/sqlite';
import config from './mikro-orm.config.ts';
import { makeRows } from './seed/rows.ts';
import type { Row } from './seed/sample.ts';

/** The newest revision that the sample database has. The later ones are left to try. */
export const currentRevision = 'Migration20251006090500_audit_log';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Replaces whatever is at `databasePath`. */
export async function seed(databasePath: string): Promise<void> {
  const file = resolve(databasePath);
  mkdirSync(dirname(file), { recursive: true });
  for (const suffix of ['', '-journal', '-wal', '-shm'])
    rmSync(`${file}${suffix}`, { force: true });
  await migrate(file);
  const database = new DatabaseSync(file);
  try {
    fill(database, makeRows());
  } finally {
    database.close();
  }
}

async function migrate(file: string): Promise<void> {
  const orm = await MikroORM.init({
    ...config,
    dbName: file,
    migrations: { ...config.migrations, silent: true },
  });
  try {
    const names = (await orm.migrator.getPending()).map((revision) => revision.name);
    const last = names.indexOf(currentRevision);
    if (last === -1) throw new Error(`There is no revision ${currentRevision}.`);
    // By name, since up() takes a name that it doesn't know for "everything".
    await orm.migrator.up({ migrations: names.slice(0, last + 1) });
  } finally {
    await orm.close();
  }
}

function fill(database: DatabaseSync, tables: ReadonlyMap<string, readonly Row[]>): void {
  database.exec('begin');
  for (const [table, rows] of tables) insert(database, table, rows);
  dateRevisions(database);
  database.exec('commit');
}

function insert(database: DatabaseSync, table: string, rows: readonly Row[]): void {
  const columns = Object.keys(rows[0] ?? {});
  const statement = database.prepare(
    `insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`,
  );
  for (const row of rows) {
    statement.run(...columns.map((column) => row[column] ?? null));
  }
}

/** As if each revision had been applied on the day after it was written, at some minute. */
function dateRevisions(database: DatabaseSync): void {
  const revisions = database.prepare('select id, name from mikro_orm_migrations').all();
  const date = database.prepare('update mikro_orm_migrations set executed_at = ? where id = ?');
  for (const { id, name } of revisions) {
    const written = writtenAt(String(name));
    date.run(written + DAY + ((Number(id) * 37) % 60) * MINUTE, Number(id));
  }
}

/** The 14 digits in a revision's name, read as a time. */
function writtenAt(name: string): number {
  const [, ...parts] =
    /^Migration(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(name)?.map(Number) ?? [];
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

if (import.meta.main) {
  const file = process.argv[2] ?? resolve(import.meta.dirname, 'var/dev.db');
  await seed(file);
  console.log(`Seeded ${file}.`);
}

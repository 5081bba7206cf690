/** The sample project, on real SQLite files: nothing in it may lose a row or drift. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { MikroORM } from '@mikro-orm/sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import config from '../../examples/kallithea/mikro-orm.config.ts';
import { currentRevision, seed } from '../../examples/kallithea/seed.ts';

const SAMPLE = fileURLToPath(new URL('../../examples/kallithea', import.meta.url));
const PACKAGES = fileURLToPath(new URL('../../node_modules/@mikro-orm', import.meta.url));
const HASHED = 'Migration20250122131500_hash_api_keys';
/** As the generator wrote it: a trap for people who do not rehearse. */
const DRAFT = 'Migration20260615083000_draft_pull_requests';
const TRACKING = 'mikro_orm_migrations';

let folder: string;
let seeded: string;
/** A copy of the seeded database for each test, and MikroORM on it. */
let file: string;
let orm: MikroORM;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kallithea-'));
  seeded = join(folder, 'seeded.db');
  await seed(seeded);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(async () => {
  file = join(mkdtempSync(join(folder, 'test-')), 'dev.db');
  copyFileSync(seeded, file);
  orm = await open(file);
});

afterEach(() => orm.close());

describe('the seeded database', () => {
  test('comes out the same each time', async () => {
    const again = join(dirname(file), 'again.db');
    await seed(again);
    expect(contents(again, { tracking: true })).toEqual(contents(seeded, { tracking: true }));
    expect(catalog(again)).toEqual(catalog(seeded));
  });

  test('replaces what was there', async () => {
    await up(await reviewed());
    await orm.close();
    await seed(file);
    expect(contents(file)).toEqual(contents(seeded));
  });

  test('is large enough and sound', () => {
    const counts = rowCounts(file);
    expect(Object.keys(counts).length).toBeGreaterThanOrEqual(20);
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(10_000);
    expect(Object.entries(counts).filter(([, count]) => count === 0)).toEqual([]);
    expect(problems(file)).toEqual([]);
  });

  test('is half way through its revisions', async () => {
    const applied = await executed();
    expect(applied.at(-1)).toBe(currentRevision);
    expect(applied.length).toBeGreaterThanOrEqual(10);
    expect(applied.length - 1 - applied.indexOf(HASHED)).toBeGreaterThanOrEqual(4);
    expect((await pending()).length).toBeGreaterThanOrEqual(6);
  });
});

describe('the pending revisions', () => {
  test('lead to what the entities describe, and lose no row', async () => {
    const before = rowCounts(file);
    const unread = single(file, 'select count(*) from user_notifications where not read');
    await up(await reviewed());
    await applyDraftSafely();

    expect(await orm.schema.getUpdateSchemaSQL({ wrap: false })).toBe('');
    expect(catalog(file)).toEqual(await catalogOfEntities());
    expect(rowCounts(file)).toEqual({ ...before, gists: 0, gist_files: 0 });
    expect(problems(file)).toEqual([]);
    expect(single(file, 'select count(*) from user_notifications where read_at is null')).toBe(
      unread,
    );
  });

  test('fill the new columns of rows that were there', async () => {
    const mirrors = single(file, `select count(*) from repositories where clone_uri <> ''`);
    await up(await reviewed());

    expect(single(file, 'select count(*) from repositories where clone_uri is not null')).toBe(
      mirrors,
    );
    expect(
      single(file, 'select count(*) from user_emails where canonical is null'),
    ).toBeGreaterThan(0);
    expect(single(file, 'select count(distinct canonical) from user_emails')).toBe(
      single(file, 'select count(distinct lower(trim(address))) from user_emails'),
    );
    expect(
      single(file, 'select count(*) from changeset_comments where thread_id is not null'),
    ).toBeGreaterThan(1000);
    expect(
      single(
        file,
        `select count(*)
         from changeset_comments reply
         join changeset_comments first on first.id = reply.thread_id
         where first.thread_id is not null or first.id >= reply.id
           or first.line <> reply.line or first.pull_request_id is not reply.pull_request_id`,
      ),
    ).toBe(0);
  });

  test('can each be downgraded at once, which restores every row', async () => {
    for (const name of await reviewed()) {
      const before = { content: contents(file), catalog: catalog(file) };
      await up([name]);
      await down([name]);
      expect({ content: contents(file), catalog: catalog(file) }, name).toEqual(before);
      await up([name]);
    }
  });

  test('can all be downgraded and applied again', async () => {
    const names = await reviewed();
    await up(names);
    const head = { content: contents(file), catalog: catalog(file) };
    await down(names.toReversed());
    expect(contents(file)).toEqual(contents(seeded));
    expect(catalog(file)).toEqual(catalog(seeded));
    await up(names);
    expect({ content: contents(file), catalog: catalog(file) }).toEqual(head);
  });
});

describe('the draft', () => {
  test('deletes rows of three other tables when MikroORM runs it, and reports success', async () => {
    await up(await reviewed());
    const before = rowCounts(file);
    await up([DRAFT]);
    const after = rowCounts(file);
    const lost = Object.fromEntries(
      Object.entries(before)
        .map(([table, rows]) => [table, rows - (after[table] ?? 0)] as const)
        .filter(([, rows]) => rows !== 0),
    );
    expect(Object.keys(lost).sort()).toEqual([
      'changeset_comments',
      'changeset_statuses',
      'pull_request_reviewers',
    ]);
    expect(Math.min(...Object.values(lost))).toBeGreaterThan(100);
    expect(problems(file), 'nothing shows it afterwards').toEqual([]);
  });
});

describe('the applied revisions', () => {
  test('can be downgraded as far as the irreversible one, which says why', async () => {
    const applied = await executed();
    const above = applied.slice(applied.indexOf(HASHED) + 1);
    const dropped = new Set(['audit_log', 'ssh_keys', 'followings', 'notifications']);
    const before = rowCounts(file);
    await down(above.toReversed());

    const bottom = contents(file);
    await expect(down([HASHED])).rejects.toThrow('API keys were hashed; the clear text is gone.');
    expect((await executed()).at(-1)).toBe(HASHED);
    expect(contents(file)).toEqual(bottom);
    expect(problems(file)).toEqual([]);
    const after = rowCounts(file);
    for (const [table, count] of Object.entries(before)) {
      const isGone = dropped.has(table) || table === 'user_notifications';
      expect(after[table], table).toBe(isGone ? undefined : count);
    }

    await up(await reviewed());
    await applyDraftSafely();
    expect(await orm.schema.getUpdateSchemaSQL({ wrap: false })).toBe('');
    expect(catalog(file)).toEqual(await catalogOfEntities());
  });

  test('below it lead back to nothing, one by one', async () => {
    const empty = await openEmpty();
    const names = (await empty.migrator.getPending()).map((revision) => revision.name);
    const below = names.slice(0, names.indexOf(HASHED));
    const catalogs: object[] = [];
    for (const name of below) {
      catalogs.push(catalog(fileOf(empty)));
      await empty.migrator.up({ migrations: [name] });
    }
    for (const name of below.toReversed()) {
      await empty.migrator.down({ migrations: [name] });
      expect(catalog(fileOf(empty)), name).toEqual(catalogs.pop());
    }
    await empty.close();
  });

  test('keep API keys working when they hash them', async () => {
    const empty = await openEmpty();
    const names = (await empty.migrator.getPending()).map((revision) => revision.name);
    const at = names.indexOf(HASHED);
    await empty.migrator.up({ migrations: names.slice(0, at) });
    write(
      fileOf(empty),
      `insert into users (username, created_at) values ('ada', 0);
       insert into api_keys (user_id, key, created_at)
       values (1, 'kal_0123456789', 0), (1, 'kal_it''s odd', 0);`,
    );
    await empty.migrator.up({ migrations: [HASHED] });

    expect(query(fileOf(empty), 'select key_hash, key_prefix from api_keys order by id')).toEqual([
      { key_hash: sha256('kal_0123456789'), key_prefix: 'kal_0123' },
      { key_hash: sha256("kal_it's odd"), key_prefix: "kal_it's" },
    ]);
    await empty.close();
  });
});

test('the project works when it is copied elsewhere', () => {
  const copy = join(dirname(file), 'copy');
  cpSync(SAMPLE, copy, {
    recursive: true,
    filter: (path) => !['node_modules', 'var'].some((name) => path === join(SAMPLE, name)),
  });
  mkdirSync(join(copy, 'node_modules', '@mikro-orm'), { recursive: true });
  for (const name of ['core', 'cli', 'migrations', 'sqlite']) {
    symlinkSync(join(PACKAGES, name), join(copy, 'node_modules', '@mikro-orm', name), 'junction');
  }
  execFileSync(process.execPath, ['seed.ts'], { cwd: copy });
  expect(existsSync(join(copy, 'var', 'dev.db'))).toBe(true);
  expect(contents(join(copy, 'var', 'dev.db'))).toEqual(contents(seeded));
});

function open(dbName: string): Promise<MikroORM> {
  return MikroORM.init({ ...config, dbName, migrations: { ...config.migrations, silent: true } });
}

function openEmpty(): Promise<MikroORM> {
  return open(join(dirname(file), 'empty.db'));
}

function fileOf(of: MikroORM): string {
  return String(of.config.get('dbName'));
}

/** Outside of a transaction the references can be left alone while the table is rebuilt. */
async function applyDraftSafely(): Promise<void> {
  await orm.em.getConnection().execute('pragma foreign_keys = off');
  await up([DRAFT]);
  await orm.em.getConnection().execute('pragma foreign_keys = on');
}

/** Pending revisions that somebody has looked at. */
async function reviewed(): Promise<string[]> {
  return (await pending()).filter((name) => name !== DRAFT);
}

async function pending(): Promise<string[]> {
  return (await orm.migrator.getPending()).map((revision) => revision.name);
}

async function executed(): Promise<string[]> {
  return (await orm.migrator.getExecuted()).map((revision) => revision.name);
}

/** One at a time, as Handrail runs them. */
async function up(names: readonly string[]): Promise<void> {
  for (const name of names) await orm.migrator.up({ migrations: [name] });
}

async function down(names: readonly string[]): Promise<void> {
  for (const name of names) await orm.migrator.down({ migrations: [name] });
}

/** What MikroORM would create from nothing. */
async function catalogOfEntities(): Promise<object> {
  const fresh = await open(join(dirname(file), 'entities.db'));
  await fresh.schema.create();
  await fresh.close();
  return catalog(fileOf(fresh));
}

function withDatabase<T>(path: string, use: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(path);
  try {
    return use(database);
  } finally {
    database.close();
  }
}

function query(path: string, sql: string): Record<string, unknown>[] {
  return withDatabase(path, (database) =>
    database
      .prepare(sql)
      .all()
      .map((row) => ({ ...row })),
  );
}

function single(path: string, sql: string): unknown {
  return Object.values(query(path, sql)[0] ?? {})[0];
}

function write(path: string, sql: string): void {
  withDatabase(path, (database) => database.exec(sql));
}

function tablesOf(path: string): string[] {
  return query(
    path,
    `select name from sqlite_master
     where type = 'table' and name not like 'sqlite_%' and name <> '${TRACKING}'
     order by name`,
  ).map((row) => String(row.name));
}

function rowCounts(path: string): Record<string, number> {
  return Object.fromEntries(
    tablesOf(path).map((table) => [table, Number(single(path, `select count(*) from ${table}`))]),
  );
}

/** A hash of each table's rows, whatever the order of its columns. */
function contents(path: string, { tracking = false } = {}): Record<string, string> {
  const tables = tracking ? [...tablesOf(path), TRACKING] : tablesOf(path);
  return withDatabase(path, (database) => {
    const hashes: Record<string, string> = {};
    for (const table of tables) {
      const names = database.prepare(`select name from pragma_table_info('${table}') order by 1`);
      const columns = names.all().map((column) => String(column.name));
      const rows = database.prepare(
        `select json_array(${columns.join(', ')}) as content from ${table} order by rowid`,
      );
      const hash = createHash('sha256').update(columns.join());
      for (const row of rows.iterate()) hash.update(String(row.content));
      hashes[table] = hash.digest('hex');
    }
    return hashes;
  });
}

/** Columns, foreign keys and indexes as SQLite itself sees them. */
function catalog(path: string): Record<string, object> {
  const tables = tablesOf(path);
  return withDatabase(path, (database) => {
    const columns = database.prepare(
      `select name, lower(type) as type, "notnull", dflt_value, pk
       from pragma_table_info(?) order by name`,
    );
    const keys = database.prepare(
      `select "from", "table", "to", on_update, on_delete
       from pragma_foreign_key_list(?) order by "from"`,
    );
    const indexes = database.prepare(
      `select list.name, list."unique", list.partial, group_concat(info.name) as columns
       from pragma_index_list(?) as list, pragma_index_info(list.name) as info
       where list.origin = 'c' group by list.name order by list.name`,
    );
    const found: Record<string, object> = {};
    for (const table of tables) {
      found[table] = {
        columns: columns.all(table),
        keys: keys.all(table),
        indexes: indexes.all(table),
      };
    }
    return found;
  });
}

function problems(path: string): unknown[] {
  const integrity = query(path, 'pragma integrity_check').map((row) => row.integrity_check);
  return [
    ...query(path, 'pragma foreign_key_check'),
    ...integrity.filter((answer) => answer !== 'ok'),
  ];
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

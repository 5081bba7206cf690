/** The sample project on PostgreSQL: every revision both ways on each version, and none loses a row. */

import { MikroORM } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import config from '../../examples/kallithea-postgresql/mikro-orm.config.ts';
import { currentRevision, seed } from '../../examples/kallithea-postgresql/seed/seed.ts';
import { Database, servers } from '../kit/postgresql.ts';

const TABLES = ['users', 'repositories', 'pull_requests', 'comments', 'audit.entries'];

describe.each(await servers())('the sample on PostgreSQL $label', ({ url }) => {
  let database: Database;
  let orm: MikroORM;

  beforeAll(async () => {
    database = await Database.make(url);
    await seed(database.url);
    orm = await open(database);
  });
  afterAll(async () => {
    await orm?.close();
    await database?.[Symbol.asyncDispose]();
  });

  test('has applied revisions, pending ones, and rows that come out the same each time', async () => {
    const applied = (await orm.migrator.getExecuted()).map(({ name }) => name);
    expect(applied).toHaveLength(10);
    expect(applied.at(-1)).toBe(currentRevision);
    expect(await orm.migrator.getPending()).toHaveLength(3);
    await using again = await Database.make(url);
    await seed(again.url);
    expect(await contents(again)).toEqual(await contents(database));
    const [{ rows = 0 } = {}] = await database.query<{ rows: number }>(
      `select ${TABLES.map((table) => `(select count(*) from ${table})`).join(' + ')} as rows`,
    );
    expect(Number(rows)).toBeGreaterThan(50_000);
  });

  test('can take back each applied revision at once, from nothing up', async () => {
    await using empty = await Database.make(url);
    const other = await open(empty);
    try {
      for (const { name } of await other.migrator.getPending()) {
        const before = await catalog(empty);
        await other.migrator.up({ migrations: [name] });
        const after = await catalog(empty);
        expect(after, name).not.toEqual(before);
        await other.migrator.down({ migrations: [name] });
        expect(await catalog(empty), name).toEqual(before);
        await other.migrator.up({ migrations: [name] });
        expect(await catalog(empty), name).toEqual(after);
      }
    } finally {
      await other.close();
    }
  });

  test('is led by the pending revisions to what the entities describe, with every row', async () => {
    const rows = await contents(database);
    const before = await catalog(database);
    const names = (await orm.migrator.getPending()).map(({ name }) => name);
    for (const name of names) await orm.migrator.up({ migrations: [name] });
    expect(await orm.schema.getUpdateSchemaSQL({ wrap: false })).toBe('');
    expect(await contents(database)).toEqual(rows);
    for (const name of names.toReversed()) await orm.migrator.down({ migrations: [name] });
    expect(await catalog(database)).toEqual(before);
    expect(await contents(database)).toEqual(rows);
  });
});

function open(database: Database): Promise<MikroORM> {
  return MikroORM.init({
    ...config,
    clientUrl: database.url,
    migrations: { ...config.migrations, allOrNothing: false, silent: true },
  });
}

/** A hash of each table's rows. */
async function contents(database: Database): Promise<object[]> {
  const hashes = TABLES.map(
    (table) =>
      `select '${table}' as table, md5(string_agg(t::text, '|' order by id)) from ${table} t`,
  );
  return await database.query(`${hashes.join(' union all ')} order by 1`);
}

/** What the server itself says of tables, types and functions. */
function catalog(database: Database): Promise<object[]> {
  return database.query(`
    with own as (select oid, nspname from pg_namespace where nspname in ('public', 'audit')),
      tables as (select c.oid, nspname || '.' || relname as name, relkind
        from pg_class c join own on own.oid = relnamespace
        where relname not like 'mikro_orm_migrations%')
    select 'schema' as kind, nspname as name, '' as text from own
    union all select 'column', name || '.' || attname,
        concat_ws(' ', format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid))
      from tables join pg_attribute on attrelid = oid
        left join pg_attrdef on adrelid = attrelid and adnum = attnum
      where relkind = 'r' and attnum > 0 and not attisdropped
    union all select 'constraint', name || '.' || conname, pg_get_constraintdef(k.oid)
      from tables join pg_constraint k on conrelid = tables.oid
    union all select 'index', name, pg_get_indexdef(oid) from tables where relkind = 'i'
    union all select 'sequence', name, format_type(seqtypid, null)
      from tables join pg_sequence on seqrelid = oid
    union all select 'enum', typname, string_agg(enumlabel, ' ' order by enumsortorder)
      from pg_type t join pg_enum on enumtypid = t.oid group by typname
    union all select 'function', proname, pg_get_functiondef(f.oid)
      from pg_proc f join own on own.oid = pronamespace
    order by 1, 2`);
}

import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Measurement } from '../../../../../source/engine/databases/measurement.ts';
import { PostgresqlMeter } from '../../../../../source/engine/databases/postgresql/execution/statement-profiler.ts';
import { Database } from '../../../../kit/postgresql.ts';

let database: Database;
let client: Client;
let meter: PostgresqlMeter;
let asked: number;

beforeEach(async () => {
  database = await Database.make();
  client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(
    'create table jar (id int primary key, note text); create table log (jar int);',
  );
  meter = new PostgresqlMeter();
  asked = 0;
});
afterEach(async () => {
  await client.end();
  await database[Symbol.asyncDispose]();
});

async function send(sql: string): Promise<Measurement> {
  const query = async (text: string) => {
    asked++;
    return (await client.query(text)).rows;
  };
  await meter.before(sql, query);
  const { rowCount } = await client.query(sql);
  return meter.after(sql, query, rowCount);
}

test('a lock is told once, and again when it gets stronger', async () => {
  await client.query('begin');
  const mode = async (sql: string) => (await send(sql)).locks?.map((lock) => lock.mode);
  expect(await mode('update jar set id = 1')).toEqual(['ROW EXCLUSIVE']);
  expect(await mode('update jar set id = 2')).toEqual([]);
  expect(await mode('alter table jar add column size int')).toEqual(['ACCESS EXCLUSIVE']);
  expect(await mode('alter table jar alter column note set not null')).toEqual([]);
});

test('what the pass made is nobody else’s', async () => {
  await client.query('begin');
  await send('create table lid (id int primary key, jar int references jar)');
  expect(await send('alter table lid alter column id type text')).toMatchObject({
    locks: [],
    rewritten: [],
    built: [],
  });
  expect(await send('create index lid_jar on lid (jar)')).toMatchObject({ locks: [], built: [] });
});

test.each([
  ['insert', (id: number) => `insert into "jar" ("id") values (${id})`],
  ['update', (id: number) => `update jar set note = 'x' where id = ${id - 1000}`],
])('a loop of %s is measured without questions', async (_kind, statement) => {
  await client.query('insert into jar select generate_series(0, 99)');
  await client.query('begin');
  let before = 0;
  for (let id = 1000; id < 1100; id++) {
    if (id === 1030) before = asked;
    const { changed, affected } = await send(statement(id));
    expect({ changed, affected }).toEqual({
      changed: [{ table: 'jar', rows: 1, indirect: false }],
      affected: 1,
    });
  }
  expect(asked).toBe(before);
  // Those rows are not the next one's.
  await client.query('create table lid as select * from jar limit 3');
  expect(
    (await send('with gone as (delete from lid) delete from jar where id < 3')).changed,
  ).toEqual([
    { table: 'jar', rows: 3, indirect: false },
    { table: 'lid', rows: 3, indirect: false },
  ]);
});

test('rows of a cascade are seen in a loop of deletes', async () => {
  await client.query(`create table lid (jar int references jar on delete cascade);
    insert into jar select generate_series(1, 40); insert into lid select generate_series(1, 40)`);
  await client.query('begin');
  for (let id = 1; id <= 40; id++) {
    const { changed } = await send(`delete from jar where id = ${id}`);
    expect(changed.find(({ table }) => table === 'lid')).toEqual({
      table: 'lid',
      rows: 1,
      indirect: true,
    });
  }
});

test('rows of a trigger are seen in a loop of inserts', async () => {
  await client.query(`create function note() returns trigger language plpgsql as
      $$ begin insert into log values (new.id); return new; end $$;
    create trigger note after insert on jar for each row execute function note();`);
  await client.query('begin');
  for (const id of [1, 2, 3]) {
    expect((await send(`insert into jar values (${id})`)).changed).toEqual([
      { table: 'jar', rows: 1, indirect: false },
      { table: 'log', rows: 1, indirect: true },
    ]);
  }
});

test('outside of a transaction only what stays is measured', async () => {
  await client.query('insert into jar select generate_series(1, 5)');
  expect(await send('alter table jar alter column id type text')).toMatchObject({
    locks: null,
    rewritten: ['jar'],
  });
  expect(await send('update jar set note = id')).toMatchObject({
    locks: null,
    changed: [{ table: 'jar', rows: 5, indirect: false }],
    affected: 5,
  });
  let before = 0;
  for (let id = 0; id < 40; id++) {
    if (id === 30) before = asked;
    expect((await send(`update jar set note = 'x' where id = '1'`)).affected).toBe(1);
  }
  expect(asked).toBe(before);
  expect(await send('create index concurrently jar_note on jar (note)')).toMatchObject({
    locks: null,
    built: [{ index: 'jar_note', table: 'jar' }],
  });
});

test('a setting that must come first in its transaction still can', async () => {
  await client.query('begin');
  await send('set transaction isolation level serializable');
  expect((await send('update jar set id = 1')).locks).toHaveLength(1);
});

test('names of other schemas and partitions are those that people know', async () => {
  await client.query(`create schema shop;
    create table shop.jar (id int);
    create table event (id int) partition by range (id);
    create table event_first partition of event for values from (0) to (10);`);
  await client.query('begin');
  expect((await send('insert into shop.jar values (1)')).changed).toEqual([
    { table: 'shop.jar', rows: 1, indirect: false },
  ]);
  expect((await send('insert into event values (1)')).changed).toEqual([
    { table: 'event', rows: 1, indirect: false },
  ]);
});

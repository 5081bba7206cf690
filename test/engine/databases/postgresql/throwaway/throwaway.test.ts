import { Client, type ClientConfig } from 'pg';
import { describe, expect, test } from 'vitest';
import { PostgresqlThrowaway } from '../../../../../source/engine/databases/postgresql/throwaway/throwaway.ts';
import type { Refusal } from '../../../../../source/engine/refusal.ts';
import { Database } from '../../../../kit/postgresql.ts';

function throwawayAt(
  options: ClientConfig,
  elsewhere = false,
  name = 'handrail_throwaway_copy',
): PostgresqlThrowaway {
  return new PostgresqlThrowaway({
    name,
    access: { options, Client },
    elsewhere,
    table: 'mikro_orm_migrations',
    drop: async () => {},
  });
}

test('nothing is done where the server leads elsewhere, such as a proxy with one database', async () => {
  await using database = await Database.make();
  const throwaway = throwawayAt({ connectionString: database.url });
  await expect(throwaway.session()).rejects.toThrow('leads to another database');
  expect(
    await database.query(`select from pg_stat_activity
      where datname = current_database() and application_name like 'handrail %'`),
  ).toEqual([]);
});

test.each([
  [{ host: '::1', port: 5433, user: 'a b', password: 'p@s' }, 'a%20b:p%40s@[::1]:5433/'],
  [{ host: '/var/run' }, 'localhost/handrail_throwaway_copy?host=%2Fvar%2Frun'],
])('its URL leads to the server: %j', (options, expected) => {
  expect(throwawayAt(options).url).toContain(`postgresql://${expected}`);
});

test('on another server, nothing is said of the certificates of the target’s', () => {
  const config = { dbName: 'shop', driverOptions: { ssl: { ca: 'ca' }, keepAlive: true } };
  const connectionString = 'postgresql://elsewhere/handrail_throwaway_copy';
  expect(throwawayAt({ connectionString }, true).retarget(config).driverOptions).toEqual({
    keepAlive: true,
    database: 'handrail_throwaway_copy',
    connectionString,
    application_name: expect.any(String),
  });
  expect(throwawayAt({}).retarget(config).driverOptions).toMatchObject({ ssl: { ca: 'ca' } });
});

describe('rows that the user may not read', () => {
  const role = 'handrail_test_reader';

  test.each([
    ['of others', 'select 1', 'permission denied'],
    [
      'hidden by a policy',
      `grant select on jar to ${role}; alter table jar enable row level security;
        create policy few on jar using (id > 1)`,
      'row-level security',
    ],
  ])('%s are not left out without a word', async (_kind, setup, why) => {
    await using database = await Database.make();
    await database.query(`create role ${role} login password 'few'`);
    try {
      await database.query(`create table jar (id int primary key); ${setup}`);
      const url = new URL(database.url);
      url.username = role;
      url.password = 'few';
      const throwaway = throwawayAt({ connectionString: url.href }, false, database.name);
      const failed = await throwaway.mark().catch((error: unknown) => error);
      await throwaway.disconnect();
      expect(failed).toMatchObject({ problem: { code: 'database-unreachable' } });
      expect((failed as Refusal).problem.why).toContain(why);
    } finally {
      await database.query(`drop owned by ${role}; drop role ${role}`);
    }
  });
});

import { Client, type ClientConfig } from 'pg';
import { expect, test } from 'vitest';
import { PostgresqlThrowaway } from '../../../../source/engine/dialects/postgresql/throwaway.ts';
import { Database } from '../../../kit/postgresql.ts';

function throwawayAt(options: ClientConfig, elsewhere = false): PostgresqlThrowaway {
  return new PostgresqlThrowaway({
    name: 'handrail_throwaway_copy',
    access: { options, Client },
    elsewhere,
    table: 'mikro_orm_migrations',
    drop: async () => {},
  });
}

test('nothing is done where the server leads elsewhere, such as a proxy with one database', async () => {
  await using database = await Database.make();
  const throwaway = throwawayAt({ connectionString: database.url });
  await expect(throwaway.keeper()).rejects.toThrow('leads to another database');
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

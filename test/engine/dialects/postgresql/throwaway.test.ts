import { Client } from 'pg';
import { expect, test } from 'vitest';
import { PostgresqlThrowaway } from '../../../../source/engine/dialects/postgresql/throwaway.ts';
import { Database } from '../../../kit/postgresql.ts';

test('nothing is done where the server leads elsewhere, such as a proxy with one database', async () => {
  await using database = await Database.make();
  const throwaway = new PostgresqlThrowaway({
    name: 'handrail_throwaway_copy',
    access: { options: { connectionString: database.url }, Client },
    elsewhere: false,
    table: 'mikro_orm_migrations',
    drop: async () => {},
  });
  await expect(throwaway.keeper()).rejects.toThrow('leads to another database');
  expect(
    await database.query(`select from pg_stat_activity
      where datname = current_database() and application_name like 'handrail %'`),
  ).toEqual([]);
});

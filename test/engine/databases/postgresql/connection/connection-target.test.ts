import { Configuration } from '@mikro-orm/core';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { describe, expect, test } from 'vitest';
import { locate } from '../../../../../source/engine/databases/postgresql/connection/connection-target.ts';
import { refusalOf } from '../../../kit.ts';

type Options = ConstructorParameters<typeof Configuration>[0];

function locationOf(options: Options) {
  const config = new Configuration({ driver: PostgreSqlDriver, ...options }, false);
  return locate(config as never, '/project');
}

describe('a database on a server', () => {
  test.each<[string, Options]>([
    ['127.0.0.1:5432/shop', { clientUrl: 'postgresql://ann:secret@127.0.0.1/shop' }],
    ['db.example:6543/shop', { clientUrl: 'postgresql://ann:p%40ss@db.example:6543/shop' }],
    ['db.example:5432/other', { clientUrl: 'postgresql://db.example/shop', dbName: 'other' }],
    ['db.example:6543/shop', { host: 'db.example', port: 6543, dbName: 'shop', user: 'ann' }],
    ['db.example:5432/a b', { clientUrl: 'postgresql://db.example/a%20b' }],
    ['[::1]:5432/shop', { host: '::1', dbName: 'shop' }],
    ['/var/run/postgresql:5432/shop', { host: '/var/run/postgresql', dbName: 'shop' }],
    ['/tmp/s:5433/shop', { clientUrl: 'postgresql://ann@%2Ftmp%2Fs:5433/shop' }],
    [
      'db.example:5432/shop',
      { dbName: 'x', driverOptions: { connectionString: 'postgresql://db.example/shop' } },
    ],
    [
      '/tmp/s:5432/shop',
      { driverOptions: { connectionString: 'postgresql://ann@/shop?host=/tmp/s' } },
    ],
    ['db.example:5432/shop', { dbName: 'shop', driverOptions: () => ({ host: 'db.example' }) }],
  ])('is told as %s, without user and password', (database, options) => {
    expect(locationOf(options)).toMatchObject({ database, exists: null });
  });

  test.each<[string, Options, Options]>([
    ['port', { clientUrl: 'postgresql://h/shop' }, { host: 'h', port: 5432, dbName: 'shop' }],
    ['case', { host: 'DB.Example', dbName: 'shop' }, { host: 'db.example', dbName: 'shop' }],
    ['loopback', { host: 'localhost', dbName: 'shop' }, { host: '::1', dbName: 'shop' }],
    ['folder', { host: '/tmp/', dbName: 'shop' }, { host: '/tmp', dbName: 'shop' }],
    [
      'user',
      { clientUrl: 'postgresql://ann:1@h/shop' },
      { clientUrl: 'postgresql://ben@h/shop?sslmode=disable' },
    ],
  ])('is the same one whatever its %s is written as', (_what, one, other) => {
    expect(locationOf(one).key).toBe(locationOf(other).key);
  });

  test('is another one on another port, or by another name', () => {
    const keys = [
      { host: 'h', dbName: 'shop' },
      { host: 'h', dbName: 'Shop' },
      { host: 'h', dbName: 'shop', port: 5433 },
      { host: '/tmp', dbName: 'shop' },
    ].map((options) => locationOf(options).key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('is not known where the project brings a connection, and not guessed', () => {
    const driverOptions = { createDriver() {} } as never;
    expect(locationOf({ dbName: 'shop', driverOptions })).toMatchObject({
      database: 'shop (the project’s own connection)',
    });
  });

  test('can’t be a URL that is none; what it holds is not repeated', () => {
    const problem = refusalOf(() => locationOf({ clientUrl: 'postgresql://ann:hunter2@/shop' }));
    expect(problem.code).toBe('config-failed');
    expect(problem.what).toContain('connection settings');
    expect(JSON.stringify(problem)).not.toContain('hunter2');
  });
});

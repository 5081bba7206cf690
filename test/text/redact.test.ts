import { describe, expect, test } from 'vitest';
import {
  knowSecrets,
  redact,
  redactUrls,
  secretsIn,
  secretsOfEnvironment,
  secretsOfError,
  withoutSecrets,
} from '../../source/text/redact.ts';

describe('credentials in URLs', () => {
  test.each([
    ['postgres://ada:pw@host:5432/db', 'postgres://…@host:5432/db'],
    ['see postgres://ada:pw@host/db, then', 'see postgres://…@host/db, then'],
    ['postgres://ada@host/db', 'postgres://…@host/db'],
    ['postgres://:pw@host/db', 'postgres://…@host/db'],
    ['postgres://ada:5@host', 'postgres://…@host'],
    ['postgres://ada:p@ss@host/db', 'postgres://…@host/db'],
    ['postgres://ada:p/a?s#s@host/db', 'postgres://…@host/db'],
    ['postgres://ada:p:s(s"\'@host/db', 'postgres://…@host/db'],
    ['postgresql+ssl://ada:pw@[::1]:5432/db', 'postgresql+ssl://…@[::1]:5432/db'],
    ['a://u:p@h and\nb://u:p@h', 'a://…@h and\nb://…@h'],
    ['postgres://ada:pw@one,postgres://ada:pw@two', 'postgres://…@two'],
    ['postgres://ada:12/pw@host:1/db', 'postgres://…@host:1/db'],
    ['postgres://ada:#pw@host/db', 'postgres://…@host/db'],
    ['postgres://ada:x@host:1/pw@host:1/db', 'postgres://…@host:1/db'],
    ['postgres://ada:p w@host/db', 'postgres://…@host/db'],
    ['https://ada:pw@host/x', 'https://…@host/x'],
    ['postgres://host/db?user=ada&password=pw#x', 'postgres://host/db?user=ada&password=…'],
    ['libsql://host?authToken=abc', 'libsql://host?authToken=…'],
  ])('%s', (text, safe) => {
    expect(redactUrls(text)).toBe(safe);
  });

  test.each([
    'postgres://host:5432/db',
    'postgres://[::1]:5432/db',
    'https://registry.example.com/@scope/package',
    'http://localhost:8080/users?mail=ada@example.com',
    'file:///home/ada/project/@scope/index.js:12:7',
    'mail ada@example.com about a:b',
    '://',
    '',
  ])('%s has none', (text) => {
    expect(redactUrls(text)).toBe(text);
  });
});

describe('passwords that stand beside their names', () => {
  test.each([
    ['host=h user=ada password=pw dbname=d', 'host=h user=ada password=… dbname=d'],
    ["password='it\\'s pw' host=h", "password='…' host=h"],
    ['PGPASSWORD=pw', 'PGPASSWORD=…'],
    ["{ user: 'ada', password: 'p,w' }", "{ user: 'ada', password: '…' }"],
    ['{"password":"p\\"w","port":1}', '{"password":"…","port":1}'],
    ['pwd = pw;', 'pwd = …;'],
  ])('%s', (text, safe) => {
    expect(redact(text)).toBe(safe);
  });

  test.each([
    'password authentication failed for user "ada"',
    'null value in column "password" of relation "user"',
    'Check user and password of the config.',
  ])('%s has none', (text) => {
    expect(redact(text)).toBe(text);
  });
});

describe('passwords of a configuration', () => {
  const secrets = (settings: unknown, open: readonly string[] = []) =>
    secretsIn(settings, open).toSorted();

  test('stand under their names, at any depth that options have, and in URLs', () => {
    expect(
      secrets({
        user: 'ada',
        password: 'one-1',
        driverOptions: { connection: { ssl: { passphrase: 'two-2' } } },
        replicas: [{ clientUrl: 'postgres://ada:three-3@host/db?sslpassword=four-4' }],
      }),
    ).toEqual(['four-4', 'one-1', 'three-3', 'two-2']);
  });

  test('of a URL that is read in two ways, each part that could be shown', () => {
    const found = secrets('postgres://ada:x/Canary@host:1/Other@host:1/db');
    expect(found).toContain('Canary');
    expect(found).toContain('Other');
    expect(found).not.toContain('host');
  });

  test('what everybody may know is none', () => {
    expect(secrets({ password: 'shop' }, ['shop'])).toEqual([]);
    expect(secretsOfEnvironment({ PGUSER: 'ada', PGPASSWORD: 'ada' })).toEqual([]);
  });

  test('are removed wherever they stand, in every form, once they are known', () => {
    knowSecrets(secretsIn({ password: 'S3c/r#t"x' }));
    for (const form of ['S3c/r#t"x', 'S3c%2Fr%23t%22x', 'S3c/r#t\\"x']) {
      expect(withoutSecrets(`before ${form} after`), form).toBe('before … after');
    }
    knowSecrets(['c0rrect-horse', 'q{3}(.*)[a-z]+|$^?/\\']);
    expect(withoutSecrets('c0rrect-horse')).toBe('…');
    expect(withoutSecrets('q{3}(.*)[a-z]+|$^?/\\')).toBe('…');
    knowSecrets(['abc']);
    expect(withoutSecrets('abc, abcd and abc')).toBe('…, abcd and …');
    knowSecrets(['a', 'postgres']);
    expect(withoutSecrets('a postgres database')).toBe('a postgres database');
  });
});

test('an error tells its passwords: by fields, by URLs of its text, and by what caused it', () => {
  class LoginFailed extends Error {
    readonly password = 'CANARY1';
    readonly config = { connectionString: 'postgresql://u:CANARY2@h/d' };
  }
  const cause = new LoginFailed('u/CANARY1 was refused');
  const error = new Error('no answer of postgresql://u:CANARY3@h/d (CANARY3)', { cause });
  expect(secretsOfError(error)).toEqual(expect.arrayContaining(['CANARY1', 'CANARY2', 'CANARY3']));
  expect(secretsOfError('postgresql://u:CANARY4@h/d')).toContain('CANARY4');
  expect(secretsOfError(new Error('file:///a:b@c/d is gone'))).toEqual([]);
  expect(secretsOfError(null)).toEqual([]);
});

test('variables tell passwords by their names, but not folders and programs', () => {
  const secrets = secretsOfEnvironment({
    ...{
      DB_PASS: 'CANARY1',
      SHOP_DB_PASS: 'CANARY2',
      SHOP_PASSWD: 'CANARY3',
      API_TOKEN: 'CANARY4',
    },
    ...{ PWD: '/srv/shop', OLDPWD: '/srv', SSH_ASKPASS: '/usr/bin/askpass' },
  });
  expect(secrets.toSorted()).toEqual(['CANARY1', 'CANARY2', 'CANARY3', 'CANARY4']);
});

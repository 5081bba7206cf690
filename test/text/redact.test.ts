import { describe, expect, test } from 'vitest';
import { redactUrls } from '../../source/text/redact.ts';

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

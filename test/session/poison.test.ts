import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TargetPlace } from '../../source/contract/protection.ts';
import { poisonedVariables } from '../../source/session/poison.ts';
import { temporaryFolder } from '../kit/environment.ts';

/** Which of the variables are replaced. */
async function poisoned(
  target: TargetPlace,
  environment: Readonly<Record<string, string>>,
  root = '/srv/shop',
): Promise<readonly string[]> {
  const variables = await poisonedVariables(environment, root, target);
  return Object.keys(environment).filter((name) => name in variables);
}

const all = (values: readonly string[]) =>
  Object.fromEntries(values.map((value, at) => [`SOME_VARIABLE_${at}`, value]));

describe('what leads to a server is replaced, whatever the variable is called', () => {
  const target = {
    kind: 'server',
    host: 'db.example.com',
    port: 5432,
    database: 'shop',
  } as const satisfies TargetPlace;

  test.each([
    'postgresql://me:secret@db.example.com:5432/shop?sslmode=require',
    'postgres://me:p@ss/w#rd@DB.example.com/shop',
    'postgresql+asyncpg://db.example.com/shop',
    'jdbc:postgresql://db.example.com:5432/shop',
    'postgresql://shop@db.example.com',
    'postgresql:///shop?host=db.example.com',
    "host=db.example.com port=5432 dbname='shop'",
    'Server=db.example.com;Database=shop;User Id=me',
    '{"default": {"url": "postgresql://me@db.example.com/shop"}}',
    '{"HOST": "db.example.com", "NAME": "shop"}',
    'db.example.com',
    'db.example.com:5432',
    'db.example.com:5432/shop',
  ])('%s', async (value) => {
    expect(await poisoned(target, { ANY_NAME: value })).toEqual(['ANY_NAME']);
  });

  test('and what leads elsewhere is left', async () => {
    const others = all([
      'postgresql://localhost/shop_test',
      'postgresql://other.invalid/shop',
      'https://shop.example.com/shop',
      'redis://localhost:6379/0',
      'shop',
      'production',
    ]);
    expect(await poisoned(target, others)).toEqual([]);
  });

  test('a name of the database where the variable, or the one beside it, says so', async () => {
    const environment = {
      APP_DATABASE: 'shop',
      STORE_AT: 'db.example.com',
      STORE_CALLED: 'shop',
      APP_NAME: 'shop',
      PGUSER: 'shop',
    };
    expect(await poisoned(target, environment)).toEqual([
      'APP_DATABASE',
      'STORE_AT',
      'STORE_CALLED',
    ]);
  });

  test('on this machine a host alone means nothing, and all its names are one', async () => {
    const local = { ...target, host: '127.0.0.1' };
    const environment = {
      A: 'postgresql://localhost:5432/shop',
      B: 'postgresql:///shop',
      C: 'socket:/var/run/postgresql?db=shop',
      D: '/var/run/postgresql shop',
      E: 'dbname=shop',
      REDIS_HOST: 'localhost',
      F: 'postgresql://localhost/shop_test',
      HOME: '/root',
    };
    expect(await poisoned(local, environment)).toEqual(['A', 'B', 'C', 'D', 'E']);
  });

  test('a connection that the project made may lead anywhere', async () => {
    const unknown = { ...target, host: null };
    const environment = { A: 'postgresql://anywhere.invalid/shop', B: 'anything', HOME: '/root' };
    expect(await poisoned(unknown, environment)).toEqual(['A']);
  });
});

describe('what leads to a file is replaced', () => {
  test('paths and URLs of every form', async () => {
    const folder = temporaryFolder('poison');
    try {
      const root = folder.path;
      mkdirSync(join(root, 'var'));
      const path = join(root, 'var', 'dev.db');
      writeFileSync(path, '');
      symlinkSync(path, join(root, 'link.db'));
      const leading = all([
        path,
        'var/dev.db',
        './var/../var/dev.db',
        'dev.db',
        'link.db',
        `file:${path}`,
        `file://${path}?mode=rw`,
        'file:./var/dev.db?cache=shared',
        `sqlite://${path}`,
        'sqlite:///var/dev.db',
        'sqlite://var/dev.db',
        'jdbc:sqlite:var/dev.db',
        `driver=sqlite; path=${path}`,
      ]);
      const target = { kind: 'file', path } as const;
      expect(await poisoned(target, leading, root)).toEqual(Object.keys(leading));
      const others = all([
        root,
        join(root, 'var'),
        'var/test.db',
        '.',
        'dev',
        `${root}/other/dev.d`,
      ]);
      expect(await poisoned(target, { ...others, PWD: root }, root)).toEqual([]);
    } finally {
      folder.remove();
    }
  });
});

test('what only a file of the environment has is set, so that its loader leaves it', async () => {
  const folder = temporaryFolder('poison');
  try {
    writeFileSync(
      join(folder.path, '.env'),
      'SHOP_DSN=postgresql://db.example.com/shop\nOTHER=1\n',
    );
    writeFileSync(join(folder.path, '.env.test'), 'SHOP_PLACE="host=db.example.com dbname=shop"\n');
    const target = {
      kind: 'server',
      host: 'db.example.com',
      port: 5432,
      database: 'shop',
    } as const;
    const variables = await poisonedVariables({}, folder.path, target);
    expect(variables.SHOP_DSN).toContain('HANDRAIL_DATABASE_URL');
    expect(variables.SHOP_PLACE).toContain('HANDRAIL_DATABASE_URL');
    expect(variables).not.toHaveProperty('OTHER');
  } finally {
    folder.remove();
  }
});

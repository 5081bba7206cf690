import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MikroORM } from '@mikro-orm/sqlite';
import { describe, expect, test } from 'vitest';
import { journalConfig, revisions } from '../../source/journal/config.ts';
import { temporaryFolder } from '../kit/environment.ts';
import { runProgram } from '../kit/program.ts';
import { fingerprint, tables } from '../kit/sqlite.ts';
import { JournalFolder } from './kit.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('the journal’s own revisions', () => {
  test('are those of the folder, under their own names, in order', () => {
    const files = readdirSync(join(root, 'migrations')).map((file) => file.replace(/\.ts$/, ''));
    expect(revisions.map(({ name }) => name)).toEqual(files.sort());
    for (const revision of revisions) expect(revision.class.name).toBe(revision.name);
  });

  test('make the schema that the entities have', async () => {
    await using folder = new JournalFolder();
    await (await folder.open()).close();
    const orm = await MikroORM.init(journalConfig(folder.database));
    try {
      expect(await orm.schema.getUpdateSchemaSQL({ wrap: false })).toBe('');
    } finally {
      await orm.close();
    }
  });

  test('go down one by one to nothing, and up again to the same', async () => {
    await using folder = new JournalFolder();
    await (await folder.open()).close();
    const before = fingerprint(folder.database, { except: ['mikro_orm_migrations'] }).schema;
    const orm = await MikroORM.init(journalConfig(folder.database));
    try {
      for (const { name } of revisions.toReversed()) {
        expect(await orm.migrator.down({ migrations: [name] })).toHaveLength(1);
      }
      expect(tables(folder.database)).toEqual(['mikro_orm_migrations']);
      for (const { name } of revisions) {
        expect(await orm.migrator.up({ migrations: [name] })).toHaveLength(1);
      }
    } finally {
      await orm.close();
    }
    const after = fingerprint(folder.database, { except: ['mikro_orm_migrations'] }).schema;
    expect(after).toBe(before);
  });
});

describe('the repository itself', () => {
  test('is a project that MikroORM’s command line opens', async () => {
    const folder = temporaryFolder('itself');
    try {
      const program = join(root, 'node_modules', '@mikro-orm', 'cli', 'cli.js');
      const environment = {
        MIKRO_ORM_CLI_CONFIG: join(root, 'mikro-orm.config.ts'),
        MIKRO_ORM_ALLOW_GLOBAL_CLI: '1',
      };
      const ask = (command: string) =>
        runProgram(process.execPath, [program, command], { cwd: folder.path, env: environment });
      expect(await ask('migration:list')).toMatchObject({ status: 0 });
      const pending = await ask('migration:pending');
      for (const { name } of revisions) expect(pending.stdout).toContain(name);
    } finally {
      folder.remove();
    }
  });
});

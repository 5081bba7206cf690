/** Servers of our own: on each version, however they are installed, whoever ends first. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { findBinaries } from '../../source/demo/binaries.ts';
import { ServerHost } from '../../source/demo/server-host-process.ts';
import { eventually } from '../e2e/processes.ts';
import { temporaryFolder } from '../kit/environment.ts';
import { Database, servers } from '../kit/postgresql.ts';

const installed = (await findBinaries([import.meta.url])) ?? '';

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe.each(await servers())('the server of version $label', ({ label, url }) => {
  it('is of that version', async () => {
    await using database = await Database.make(url);
    const [row] = await database.query<{ server_version: string }>('show server_version');
    expect(row?.server_version).toMatch(new RegExp(`^${label}\\.`));
  });
});

describe('a server in a temporary folder', () => {
  const start = (host: ServerHost, bin = installed) =>
    host.ask(({ startServer }) => startServer(bin));

  it('runs from programs that others can’t read, without what install scripts add', async () => {
    const packages = temporaryFolder('packages');
    const native = join(packages.path, 'native');
    cpSync(dirname(installed), native, {
      recursive: true,
      filter: (path) => !lstatSync(path).isSymbolicLink(),
    });
    await using host = new ServerHost(temporaryFolder('server').path);
    const url = await start(host, join(native, 'bin'));
    expect(await ask(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    packages.remove();
  });

  it('asks for a password, and keeps address and content when it is stopped', async () => {
    await using host = new ServerHost(temporaryFolder('server').path);
    const url = await start(host);
    const stranger = new URL(url);
    stranger.password = 'guessed';
    await expect(ask(stranger.href, 'select 1')).rejects.toThrow('password authentication failed');
    const reached = 'show listen_addresses';
    expect(await ask(url, reached)).toEqual([{ listen_addresses: '127.0.0.1' }]);
    await ask(url, 'create table kept (id int)');
    await host.ask(({ stopServer }) => stopServer());
    await expect(ask(url, 'select 1')).rejects.toThrow('ECONNREFUSED');
    expect(await start(host)).toBe(url);
    expect(await ask(url, 'select from kept')).toEqual([]);
  });

  it('says why it can’t start', async () => {
    const folder = temporaryFolder('server');
    const empty = temporaryFolder('packages');
    {
      await using host = new ServerHost(folder.path);
      await expect(start(host, join(empty.path, 'bin'))).rejects.toThrow(/bin.initdb/);
    }
    expect(existsSync(folder.path)).toBe(false);
    empty.remove();
  });

  it('ends with the process that asked for it, however that ends, and leaves nothing', async () => {
    const folder = temporaryFolder('server');
    const asker = spawn(
      process.execPath,
      [join(import.meta.dirname, 'processes/asker.ts'), installed, folder.path],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [url] = (await once(asker.stdout.setEncoding('utf8'), 'data')) as [string];
    expect(await ask(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    asker.kill('SIGKILL');
    await eventually('the folder is gone', () => !existsSync(folder.path));
    await expect(ask(url, 'select 1')).rejects.toThrow('ECONNREFUSED');
  });
});

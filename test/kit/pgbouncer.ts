/** A real proxy in front of the test run's server, where this machine has one. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** It refuses to run as root, and every system has this user. */
const NOBODY = 65_534;

export const hasPgBouncer = (() => {
  try {
    execFileSync('pgbouncer', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

export class PgBouncer implements AsyncDisposable {
  /** Of the database that it stands before. */
  readonly url: string;
  readonly #folder: string;
  readonly #process: ChildProcess;

  private constructor(url: string, folder: string, proxy: ChildProcess) {
    this.url = url;
    this.#folder = folder;
    this.#process = proxy;
  }

  /** Resolves when it answers. */
  static async before(database: string, mode: 'transaction' | 'session'): Promise<PgBouncer> {
    const folder = mkdtempSync(join(tmpdir(), 'handrail-pgbouncer-'));
    chmodSync(folder, 0o755);
    const server = new URL(database);
    const url = new URL(database);
    url.hostname = '127.0.0.1';
    url.port = String(await freePort());
    const file = join(folder, 'pgbouncer.ini');
    const users = join(folder, 'users.txt');
    writeFileSync(users, `"${server.username}" "${server.password}"\n`);
    writeFileSync(
      file,
      `[databases]
* = host=${server.hostname} port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${url.port}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
pool_mode = ${mode}
ignore_startup_parameters = extra_float_digits
`,
    );
    const proxy = spawn('pgbouncer', [file], {
      ...(process.getuid?.() === 0 && { uid: NOBODY, gid: NOBODY }),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    await new Promise<void>((resolve, reject) => {
      proxy.once('exit', () => reject(new Error(`PgBouncer ended: ${said}`)));
      proxy.stderr.on('data', (chunk) => {
        said += chunk;
        if (said.includes('process up')) resolve();
      });
    });
    return new PgBouncer(url.href, folder, proxy);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

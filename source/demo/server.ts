/** A PostgreSQL server in a folder, run by the server host. */

import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { basename, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';

/** The server refuses to run as root, and every system has this user. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=200',
  // Nothing has to survive the machine.
  'fsync=off',
  'full_page_writes=off',
  // In the folder, so that nothing is left elsewhere; the default is /dev/shm
  // (https://www.postgresql.org/docs/current/runtime-config-resource.html).
  ...(process.platform === 'win32' ? [] : ['dynamic_shared_memory_type=mmap']),
];

export class LocalServer {
  readonly #folder: string;
  readonly #given: string;
  readonly #home: string;
  readonly #data: string;
  /** Its only user's, whom nobody else can be: other users of the machine reach the port, too. */
  readonly #password = randomBytes(18).toString('base64url');
  #bin = '';
  #port = 0;
  /** The server, or what prepares it. */
  #running: ChildProcess | null = null;
  #over = false;

  /** @param bin the folder of PostgreSQL's programs */
  constructor(folder: string, bin: string) {
    this.#folder = folder;
    this.#given = bin;
    this.#home = join(folder, 'postgresql');
    this.#data = join(this.#home, 'data');
  }

  get url(): string {
    return `postgresql://postgres:${this.#password}@127.0.0.1:${this.#port}/postgres`;
  }

  /**
   * Resolves when it answers, at the same address each time.
   *
   * @throws Error with the server's own words
   */
  async start(): Promise<void> {
    if (!existsSync(this.#data)) await this.#prepare();
    if (this.#over) return;
    const settings = [`port=${this.#port}`, ...SETTINGS].flatMap((setting) => ['-c', setting]);
    const child = spawn(join(this.#bin, 'postgres'), ['-D', this.#data, ...settings], {
      ...this.#options(),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#running = child;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let said = '';
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`The PostgreSQL server ended: ${said.trim()}`)));
    child.stderr.on('data', (chunk) => {
      said += chunk;
      if (said.includes('ready to accept connections')) resolve();
    });
    await promise;
    child.stderr.removeAllListeners('data').resume();
  }

  /** Sessions are ended, and what they did is rolled back. */
  async stop(): Promise<void> {
    const child = this.#running;
    this.#running = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    await ended;
  }

  /** Stops for good, even in the midst of a start. */
  async end(): Promise<void> {
    this.#over = true;
    await this.stop();
  }

  async #prepare(): Promise<void> {
    // Its user may pass through, and look at nothing.
    if (isRoot) chmodSync(this.#folder, 0o711);
    mkdirSync(this.#home, { mode: 0o700 });
    const secret = join(this.#home, 'password');
    writeFileSync(secret, this.#password, { mode: 0o600 });
    if (isRoot) for (const path of [this.#home, secret]) chownSync(path, NOBODY, NOBODY);
    this.#bin = this.#runnable();
    this.#port = await freePort();
    const access = ['-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${secret}`];
    const made = promisify(execFile)(
      join(this.#bin, 'initdb'),
      ['-D', this.#data, ...access, '-E', 'UTF8', '--locale=C', '--no-sync'],
      this.#options(),
    );
    this.#running = made.child;
    await made;
    rmSync(secret);
  }

  /**
   * Programs that the server's user can run. What npm installs may be in a folder of root's alone;
   * and it lacks the libraries' short names where npm runs no install scripts.
   */
  #runnable(): string {
    const probe = spawnSync(join(this.#given, 'postgres'), ['--version'], this.#options());
    if (probe.status === 0) return this.#given;
    const native = join(this.#home, 'native');
    cpSync(dirname(this.#given), native, { recursive: true, verbatimSymlinks: true });
    for (const { source, target } of shortNames(join(native, 'pg-symlinks.json'))) {
      const link = join(this.#home, target);
      if (!existsSync(link)) symlinkSync(relative(dirname(target), source), link);
    }
    return join(native, basename(this.#given));
  }

  #options() {
    return {
      ...(isRoot && { uid: NOBODY, gid: NOBODY }),
      cwd: this.#home,
      env: { ...process.env, LC_ALL: 'C' },
      windowsHide: true,
    };
  }
}

/** What the install script of the package would link; paths begin with the folder `native`. */
function shortNames(file: string): { readonly source: string; readonly target: string }[] {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const free = typeof address === 'object' && address ? address.port : 0;
      probe.close(() => resolve(free));
    });
  });
}

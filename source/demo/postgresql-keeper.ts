/**
 * Keeps a PostgreSQL server in a folder: a process of its own, which outlives whoever asked for it
 * just long enough to end the server and to remove the folder, however they ended.
 *
 * It is told `start` and `stop` over IPC, and answers each. It ends when the channel closes.
 */

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

export type Wish = 'start' | 'stop';
export type Answer = { readonly url: string } | { readonly error: string };

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
  // In the folder, so that nothing is left elsewhere (PostgreSQL's documentation, runtime-config-resource).
  ...(process.platform === 'win32' ? [] : ['dynamic_shared_memory_type=mmap']),
];

const [given = '', folder = ''] = process.argv.slice(2);
const home = join(folder, 'postgresql');
const data = join(home, 'data');
const password = randomBytes(18).toString('base64url');

let bin = given;
let port = 0;
/** The server, or what prepares it. */
let running: ChildProcess | null = null;

// A terminal's Ctrl+C and its end are the asker's to answer.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

process.on('message', async (wish: Wish) => {
  try {
    await (wish === 'start' ? start() : stop());
    answer({ url: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres` });
  } catch (error) {
    answer({ error: error instanceof Error ? error.message : String(error) });
  }
});

process.once('disconnect', async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  process.exit();
});

function answer(message: Answer): void {
  if (process.connected) process.send?.(message, () => {});
}

function options() {
  return {
    ...(isRoot && { uid: NOBODY, gid: NOBODY }),
    cwd: home,
    env: { ...process.env, LC_ALL: 'C' },
    windowsHide: true,
  };
}

/** Resolves when the server answers. */
async function start(): Promise<void> {
  if (!existsSync(data)) await prepare();
  if (!process.connected) return;
  const settings = [`port=${port}`, ...SETTINGS].flatMap((setting) => ['-c', setting]);
  const child = spawn(join(bin, 'postgres'), ['-D', data, ...settings], {
    ...options(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running = child;
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
async function stop(): Promise<void> {
  const child = running;
  running = null;
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  await ended;
}

/** Makes the files of a server whose only user has a password that nobody else knows. */
async function prepare(): Promise<void> {
  // Nobody may pass through, not look.
  if (isRoot) chmodSync(folder, 0o711);
  mkdirSync(home, { mode: 0o700 });
  const secret = join(home, 'password');
  writeFileSync(secret, password, { mode: 0o600 });
  if (isRoot) for (const path of [home, secret]) chownSync(path, NOBODY, NOBODY);
  bin = runnable(given);
  port = await freePort();
  const access = ['-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${secret}`];
  const made = promisify(execFile)(
    join(bin, 'initdb'),
    ['-D', data, ...access, '-E', 'UTF8', '--locale=C', '--no-sync'],
    options(),
  );
  running = made.child;
  await made;
  rmSync(secret);
}

/**
 * Programs that the server's user can run. What npm installs may be in a folder of root's alone;
 * and it lacks the libraries' short names where npm runs no install scripts.
 */
function runnable(programs: string): string {
  if (spawnSync(join(programs, 'postgres'), ['--version'], options()).status === 0) return programs;
  const native = join(home, 'native');
  cpSync(dirname(programs), native, { recursive: true, verbatimSymlinks: true });
  for (const { source, target } of shortNames(join(native, 'pg-symlinks.json'))) {
    const link = join(home, target);
    if (!existsSync(link)) symlinkSync(relative(dirname(target), source), link);
  }
  return join(native, basename(programs));
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

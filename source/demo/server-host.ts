/**
 * Keeps what a demo has outside of itself: a server, a database, a folder. A process of its own,
 * which outlives whoever asked for it just long enough to remove all of it, however they ended:
 * it is told by the end of the channel.
 */

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createBirpc } from 'birpc';
import { createDatabase, dropDatabase } from './database.ts';
import { LocalServer } from './server.ts';
import { SERVER_HOST_FILE } from './server-host-file.ts';

export interface ServerHostApi {
  /** @param bin the folder of PostgreSQL's programs
   *  @returns the URL of its only user, with the password, once it answers */
  startServer(bin: string): Promise<string>;
  /** Sessions are ended, and what they did is rolled back. */
  stopServer(): Promise<void>;
  /** @returns the URL of a new database on the server that `url` leads to */
  createDatabase(url: string, name: string): Promise<string>;
  /** Removes everything now, and tells what could not be. */
  clean(): Promise<void>;
  /** Removes nothing, now or later. */
  leave(): Promise<void>;
}

const [folder = ''] = process.argv.slice(2);
writeFileSync(join(folder, SERVER_HOST_FILE), String(process.pid));

let server: LocalServer | null = null;
/** What to drop at the end, made or about to be. */
const databases: { readonly server: string; readonly name: string }[] = [];
let creating: Promise<unknown> = Promise.resolve();
let cleaned: Promise<void> | null = null;

const api: ServerHostApi = {
  async startServer(bin) {
    server ??= new LocalServer(folder, bin);
    await server.start();
    return server.url;
  },
  async stopServer() {
    await server?.stop();
  },
  async createDatabase(url, name) {
    const made = createDatabase(url, name);
    creating = made.then(
      () => databases.push({ server: url, name }),
      () => {},
    );
    return made;
  },
  clean() {
    cleaned ??= clean();
    return cleaned;
  },
  async leave() {
    cleaned = Promise.resolve();
    rmSync(join(folder, SERVER_HOST_FILE), { force: true });
  },
};

// A terminal's Ctrl+C and its end are the asker's to answer.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

createBirpc<object, ServerHostApi>(api, {
  post: (message) => {
    if (process.connected) process.send?.(message, () => {});
  },
  on: (listener) => process.on('message', listener),
  timeout: -1,
});

// Nobody is there any more to hear of what fails.
process.once('disconnect', () => api.clean().finally(() => process.exit()));

async function clean(): Promise<void> {
  await creating;
  try {
    // Those on a server of our own go with its folder.
    if (!server) for (const each of databases) await dropDatabase(each.server, each.name);
  } finally {
    await server?.end();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}

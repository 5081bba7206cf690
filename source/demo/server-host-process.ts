/** The server host as whoever asks for it sees it: see `server-host.ts`. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createBirpc } from 'birpc';
import type { ServerHostApi } from './server-host.ts';

/** In the source tree the server host is run as TypeScript; in the build it is a bundle beside this one. */
const ENTRY = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? './server-host.ts' : './server-host.js',
    import.meta.url,
  ),
);

export class ServerHost implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #remote: ReturnType<typeof createBirpc<ServerHostApi, object>>;
  /** Rejects when the process ends. */
  readonly #lost: Promise<never>;

  /** @param folder removed at the end with all that is in it, also if this process is killed */
  constructor(folder: string) {
    // In a session of its own: what a terminal sends to the app does not reach it.
    this.#child = spawn(process.execPath, [ENTRY, folder], {
      detached: true,
      windowsHide: true,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#remote = createBirpc<ServerHostApi, object>(
      {},
      {
        post: (message) => {
          if (this.#child.connected) this.#child.send(message, () => {});
        },
        on: (listener) => this.#child.on('message', listener),
        timeout: -1,
      },
    );
    this.#lost = new Promise((_, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', () => reject(new Error('The process that keeps it ended.')));
    });
    this.#lost.catch(() => {});
  }

  /**
   * Asks it: `host.ask((host) => host.startServer(bin))`.
   *
   * @throws what it throws, or that it ended
   */
  ask<T>(work: (host: ServerHostApi) => Promise<T>): Promise<T> {
    return Promise.race([work(this.#remote as unknown as ServerHostApi), this.#lost]);
  }

  /**
   * Removes all that it keeps, and ends it.
   *
   * @throws if something is left
   */
  async clean(): Promise<void> {
    try {
      await this.ask(({ clean }) => clean());
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }

  /** Resolves when all that it keeps is gone, or as gone as can be. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode, signalCode, connected } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    if (connected) this.#child.disconnect();
    await ended;
  }
}

/** A PostgreSQL server in a temporary folder, kept by a process of its own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Answer, Wish } from './postgresql-keeper.ts';

/** In the source tree the keeper is run as TypeScript; in the build it is a bundle beside this one. */
const KEEPER = fileURLToPath(
  new URL(`./postgresql-keeper${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
);

export class PostgresServer implements AsyncDisposable {
  readonly #keeper: ChildProcess;
  #url = '';

  private constructor(keeper: ChildProcess) {
    this.#keeper = keeper;
  }

  /**
   * Running, with nothing in it; reached over the loopback interface alone, with a password.
   *
   * @param bin the folder of PostgreSQL's programs
   * @param folder removed at the end with all that is in it, also if this process is killed
   * @throws Error with the server's own words if it does not start
   */
  static async make(bin: string, folder: string): Promise<PostgresServer> {
    // In a session of its own: what a terminal sends to the app does not reach the server.
    const keeper = spawn(process.execPath, [KEEPER, bin, folder], {
      detached: true,
      windowsHide: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const server = new PostgresServer(keeper);
    try {
      await server.start();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Of its only user, with the password. */
  get url(): string {
    return this.#url;
  }

  /** The process that removes the folder. */
  get keeper(): number {
    return this.#keeper.pid ?? 0;
  }

  /** Resolves when it answers, at the same address each time. */
  async start(): Promise<void> {
    this.#url = await this.#ask('start');
  }

  /** Sessions are ended, and what they did is rolled back. */
  async stop(): Promise<void> {
    await this.#ask('stop');
  }

  async #ask(wish: Wish): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const lost = () => reject(new Error('The process that keeps the PostgreSQL server ended.'));
    this.#keeper.once('message', resolve).once('exit', lost).once('error', reject);
    this.#keeper.send(wish);
    try {
      const answer = await promise;
      if ('error' in answer) throw new Error(answer.error);
      return answer.url;
    } finally {
      this.#keeper.off('message', resolve).off('exit', lost).off('error', reject);
    }
  }

  /** Resolves when server and folder are gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode, signalCode, connected } = this.#keeper;
    if (exitCode !== null || signalCode !== null) return;
    const ended = once(this.#keeper, 'exit');
    if (connected) this.#keeper.disconnect();
    await ended;
  }
}

/** Drops throwaways on a server that an engine left which was killed. Those in files go with them. */

import type { EngineProcess } from './engine-process.ts';
import { inWorkspace } from './temp-folders.ts';

export interface TidyingContext {
  /** Where the workspace is made. */
  readonly parent: string;
  /** Whether throwaways are databases of a server. */
  onServer(): boolean;
  /** An engine that works in that folder. */
  spawn(workspace: string): EngineProcess;
}

const TIMEOUT_MS = 60_000;

export class Tidying {
  readonly #context: TidyingContext;
  /** One after the other. */
  #working: Promise<void> = Promise.resolve();

  constructor(context: TidyingContext) {
    this.#context = context;
  }

  /**
   * What can't be dropped now is found at the next start.
   *
   * @param application the one that the application is tried on as well
   */
  sweep(application: boolean): Promise<void> {
    if (this.#context.onServer()) this.#working = this.#working.then(() => this.#ask(application));
    return this.#working;
  }

  /** Resolves when nothing is being dropped any more. */
  ended(): Promise<void> {
    return this.#working;
  }

  async #ask(application: boolean): Promise<void> {
    const { parent, spawn } = this.#context;
    await inWorkspace(parent, async (workspace) => {
      const engine = spawn(workspace);
      const reply = await engine.ask((api) => api.sweep(application), TIMEOUT_MS);
      await engine.stop();
      return reply;
    });
  }
}

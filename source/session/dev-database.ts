/**
 * Keeps a throwaway like the entities, so that the application can be tried on it: made when it is
 * asked for, made anew whenever the code changes, removed when nobody wants it any more.
 */

import type { Build, BuildRequest } from '../contract/dev-database.ts';
import type { EngineEvents } from '../contract/engine-api.ts';
import type { Tidying } from './cleanup.ts';
import type { EngineProcess } from './engine-process.ts';
import { makeWorkspace, noWorkspace, removeWorkspace } from './temp-folders.ts';

export interface BuilderContext {
  /** Where the workspace is made. */
  readonly parent: string;
  readonly tidying: Tidying;
  /** An engine that works in that folder, with fresh code. */
  spawn(events: Partial<EngineEvents>, workspace: string): EngineProcess;
  /** Told with every change. */
  onChange(build: Build | null): void;
}

export class Builder {
  readonly #context: BuilderContext;
  #workspace: string | null = null;
  #build: Build | null = null;
  #engine: EngineProcess | null = null;
  /** The newest one; what an older one says is not wanted any more. */
  #working: Promise<void> = Promise.resolve();
  #generation = 0;

  constructor(context: BuilderContext) {
    this.#context = context;
  }

  /** Null removes it. Resolves when that is done, or when it is made or could not be. */
  async want(request: BuildRequest | null): Promise<void> {
    if (request) {
      const none = { building: false, built: null, at: null, problem: null };
      this.#build = { ...none, ...this.#build, request };
      return this.rebuild();
    }
    this.#build = null;
    this.#generation++;
    this.#engine?.kill();
    await this.#working;
    if (this.#workspace !== null) {
      await removeWorkspace(this.#workspace);
      await this.#context.tidying.sweep(true);
    }
    this.#workspace = null;
    this.#context.onChange(null);
  }

  /** Makes it anew, if somebody wants it. One that is being made of older code is given up. */
  rebuild(): Promise<void> {
    if (!this.#build) return Promise.resolve();
    const generation = ++this.#generation;
    this.#engine?.kill();
    this.#tell({ building: true });
    this.#working = this.#working.then(() => this.#make(generation));
    return this.#working;
  }

  async #make(generation: number): Promise<void> {
    const wanted = () => generation === this.#generation;
    if (!this.#build || !wanted()) return;
    const { parent, spawn } = this.#context;
    try {
      this.#workspace ??= makeWorkspace(parent);
    } catch (error) {
      this.#tell({ building: false, problem: noWorkspace(parent, error) });
      return;
    }
    const engine = spawn({}, this.#workspace);
    this.#engine = engine;
    const { request } = this.#build;
    const reply = await engine.ask((api) => api.build(request));
    await engine.stop();
    if (!wanted()) return;
    this.#engine = null;
    this.#tell(
      reply.ok
        ? { building: false, built: reply.value, at: new Date().toISOString(), problem: null }
        : { building: false, problem: reply.problem },
    );
  }

  #tell(change: Partial<Build>): void {
    if (!this.#build) return;
    this.#build = { ...this.#build, ...change };
    this.#context.onChange(this.#build);
  }
}

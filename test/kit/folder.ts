/** A project's folder: its files, and MikroORM's command line in it. */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from './environment.ts';
import { type RunOptions, type RunResult, runProgram } from './program.ts';

export class ProjectFolder {
  readonly root: string;
  readonly #folder = temporaryFolder('project');
  readonly #environment: Readonly<Record<string, string>>;

  /**
   * @param name of the folder within a temporary one, as it is part of what is shown
   * @param environment what MikroORM's command line needs to work here
   */
  constructor(name: string, environment: Readonly<Record<string, string>> = {}) {
    this.root = join(this.#folder.path, name);
    this.#environment = environment;
    mkdirSync(this.root);
  }

  /** Writes a file; the path is relative to the project. */
  write(path: string, text: string): void {
    const target = join(this.root, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true, force: true });
  }

  /** What `npx mikro-orm` starts here. */
  get mikroOrmProgram(): string {
    return join(this.root, 'node_modules', '@mikro-orm', 'cli', 'cli.js');
  }

  /** Runs MikroORM's own command line: `mikroOrm(['migration:up'])`. */
  mikroOrm(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    return runProgram(process.execPath, [this.mikroOrmProgram, ...args], {
      ...options,
      cwd: this.root,
      env: { ...this.#environment, ...options.env },
    });
  }

  cleanup(): void {
    this.#folder.remove();
  }

  [Symbol.dispose](): void {
    this.cleanup();
  }
}

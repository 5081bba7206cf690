/** The library in a git repository of its own, with everything committed. */

import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeLibrary } from '../engine/draft/kit.ts';
import { type TemporaryFolder, temporaryFolder } from '../kit/environment.ts';
import { type OpenOptions, openHandrail, runHandrail } from '../kit/handrail.ts';
import { type RunResult, runProgram } from '../kit/program.ts';
import type { Project } from '../kit/project.ts';
import type { Terminal } from '../kit/terminal.ts';

/** Whoever runs the tests may have none, or hooks of their own. */
export const identity = {
  GIT_AUTHOR_NAME: 'A. Person',
  GIT_AUTHOR_EMAIL: 'person@example.org',
  GIT_COMMITTER_NAME: 'A. Person',
  GIT_COMMITTER_EMAIL: 'person@example.org',
};

export class Repository implements Disposable {
  readonly project: Project = makeLibrary();
  readonly temporary: TemporaryFolder = temporaryFolder('repository');

  static async make(): Promise<Repository> {
    const repository = new Repository();
    repository.project.write('.gitignore', 'node_modules\nvar\n');
    await repository.git('init', '-q', '-b', 'main');
    await repository.git('add', '.');
    await repository.git('commit', '-q', '-m', 'the library');
    return repository;
  }

  get root(): string {
    return this.project.root;
  }

  get #env() {
    return { TMPDIR: this.temporary.path, ...identity };
  }

  async git(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await runProgram('git', args, {
      cwd: this.root,
      env: identity,
    });
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  }

  /** Changes the entities: `author` or `book` are the properties that it has from now on. */
  change(properties: { readonly author?: string; readonly book?: string }): void {
    using changed = makeLibrary(properties);
    for (const name of ['author', 'book']) {
      const path = `entities/${name}.ts`;
      this.project.write(path, changed.read(path));
    }
  }

  /** A program for `$EDITOR`, as the text of a shell script; `$1` is the file. */
  editor(script: string): string {
    const path = join(this.temporary.path, 'editor');
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  handrail(...args: string[]): Promise<RunResult> {
    return runHandrail(args, { cwd: this.root, env: this.#env });
  }

  open(args: readonly string[] = [], { env, ...options }: OpenOptions = {}): Terminal {
    return openHandrail(args, { cwd: this.root, ...options, env: { ...this.#env, ...env } });
  }

  async inLastCommit(): Promise<readonly string[]> {
    return (await this.git('show', '--name-only', '--format=', 'HEAD')).trim().split('\n').sort();
  }

  [Symbol.dispose](): void {
    this.project.cleanup();
    this.temporary.remove();
  }
}

/** Projects in a git repository of their own, with everything committed. */

import { chmodSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeLibrary } from '../engine/draft/kit.ts';
import { type TemporaryFolder, temporaryFolder } from '../kit/environment.ts';
import { ProjectFolder } from '../kit/folder.ts';
import { type OpenOptions, openHandrail, runHandrail } from '../kit/handrail.ts';
import { installPackages } from '../kit/packages.ts';
import { type RunResult, runProgram } from '../kit/program.ts';
import type { Terminal } from '../kit/terminal.ts';

/** Whoever runs the tests may have none, or hooks of their own. */
export const identity = {
  GIT_AUTHOR_NAME: 'A. Person',
  GIT_AUTHOR_EMAIL: 'person@example.org',
  GIT_COMMITTER_NAME: 'A. Person',
  GIT_COMMITTER_EMAIL: 'person@example.org',
};

/** As it is in the build, with its database behind the revisions. */
const SAMPLE = fileURLToPath(new URL('../../dist/demo/kallithea', import.meta.url));

export class Repository implements Disposable {
  readonly project: ProjectFolder;
  /** Absolute. */
  readonly database: string;
  readonly temporary: TemporaryFolder = temporaryFolder('repository');

  private constructor(project: ProjectFolder, database: string) {
    this.project = project;
    this.database = database;
  }

  /** A project that is there already. */
  static async of(project: ProjectFolder): Promise<Repository> {
    const repository = new Repository(project, '');
    await repository.#commitAll('the project');
    return repository;
  }

  /** The library, up to date. */
  static async make(): Promise<Repository> {
    const project = makeLibrary();
    const repository = new Repository(project, project.databasePath);
    await repository.#commitAll('the library');
    return repository;
  }

  /** The sample project, up to date. */
  static async ofSample(): Promise<Repository> {
    const project = sample();
    const repository = new Repository(project, join(project.root, 'var', 'dev.db'));
    upgraded ??= upgradedDatabase();
    writeFileSync(repository.database, await upgraded);
    await repository.#commitAll('the sample');
    return repository;
  }

  async #commitAll(message: string): Promise<void> {
    this.project.write('.gitignore', 'node_modules\nvar\n');
    await this.git('init', '-q', '-b', 'main');
    await this.git('add', '.');
    await this.git('commit', '-q', '-m', message);
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

  /** Changes the entities of the library: the properties that it has from now on. */
  change(properties: { readonly author?: string; readonly book?: string }): void {
    using changed = makeLibrary(properties);
    for (const name of ['author', 'book']) {
      const path = `entities/${name}.ts`;
      this.project.write(path, changed.read(path));
    }
  }

  /** Replaces a piece of a file, which must be there. */
  replace(path: string, from: string, to: string): void {
    const text = this.project.read(path);
    if (!text.includes(from)) throw new Error(`${path} has no ${from}.`);
    this.project.write(
      path,
      text.replace(from, () => to),
    );
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

function sample(): ProjectFolder {
  const project = new ProjectFolder('sample');
  cpSync(SAMPLE, project.root, { recursive: true });
  installPackages(project.root, ['core', 'cli', 'migrations', 'sqlite'].map(scoped));
  return project;
}

/** Of the sample, as it is up to date: made once for all. */
let upgraded: Promise<Buffer> | null = null;

async function upgradedDatabase(): Promise<Buffer> {
  using project = sample();
  // The newest one would delete rows, which is another journey's matter.
  const options = { cwd: project.root };
  const { status, stderr } = await runHandrail(['up', '--yes', '--guarded'], options);
  if (status !== 0) throw new Error(stderr);
  return readFileSync(join(project.root, 'var', 'dev.db'));
}

function scoped(name: string): string {
  return `@mikro-orm/${name}`;
}

/**
 * MikroORM projects on SQLite, in temporary folders:
 *
 *     using project = makeProject({ kind: 'ts-tsx', applied: 2 });
 *     await using app = openHandrail([], { cwd: project.root });
 *
 * For a test that is to hold on every database see databases.ts.
 */

import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { kinds } from './kinds.ts';
import { MadeProject, type ProjectOptions } from './made-project.ts';
import { change, SqliteFile } from './sqlite.ts';

export class Project extends MadeProject {
  /** Absolute paths by the name of the context; the first is `databasePath`. */
  readonly databases: Readonly<Record<string, string>>;
  readonly databasePath: string;
  readonly database: SqliteFile;

  constructor(options: ProjectOptions = {}) {
    super(options, 'sqlite');
    const { contexts } = kinds[this.kind];
    const [first] = contexts;
    if (!first) throw new Error('A kind has at least one context.');
    this.databases = Object.fromEntries(
      contexts.map(({ name, database }) => [name ?? 'default', join(this.root, database)]),
    );
    this.database = new SqliteFile(this.root, first.database, this.tableName);
    this.databasePath = this.database.path;
    for (const path of Object.values(this.databases)) mkdirSync(dirname(path), { recursive: true });
    if (options.applied !== undefined) this.applyDirectly(options.applied);
    if (options.content !== undefined) change(this.databasePath, options.content);
  }

  /** Applies the first revisions the way MikroORM would, without it. */
  applyDirectly(count: number): void {
    change(this.databasePath, this.sqlToApply(count));
  }
}

/** Makes a project; remove it with `using` or `cleanup()`. */
export function makeProject(options: ProjectOptions = {}): Project {
  return new Project(options);
}

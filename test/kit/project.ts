/**
 * MikroORM projects in temporary folders:
 *
 *     using project = makeProject({ kind: 'ts-tsx', applied: 2 });
 *     await using app = openHandrail([], { cwd: project.root });
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { libraryRevisions } from './entities.ts';
import { ProjectFolder } from './folder.ts';
import { type Context, type Kind, kinds, type ProjectKind } from './kinds.ts';
import { installPackages, versionOf } from './packages.ts';
import {
  classNameOf,
  type Revision,
  renderClass,
  renderImports,
  renderRevision,
  sqlOf,
  timestampOf,
} from './revisions.ts';
import { change } from './sqlite.ts';

export interface ProjectOptions {
  /** `js` unless told. */
  readonly kind?: ProjectKind;
  /** Of the first context; the library of Author and Book, which is what the entities say. */
  readonly revisions?: readonly Revision[];
  /** Of the second context, for kind `contexts`. */
  readonly otherRevisions?: readonly Revision[];
  /** How many are applied already: with SQL alone, not by MikroORM, so that it takes no time. */
  readonly applied?: number;
  /** More SQL for the first database, after what is applied: rows to lose. */
  readonly content?: string;
  /** More files, by path; they replace what the kind has. */
  readonly files?: Readonly<Record<string, string>>;
  /** More packages of this repository. */
  readonly packages?: readonly string[];
}

/** A revision in a project. */
export interface MadeRevision extends Revision {
  /** As MikroORM records it. */
  readonly name: string;
  readonly className: string;
  /** Absolute; the file that is edited. */
  readonly path: string;
}

export class Project extends ProjectFolder {
  readonly kind: ProjectKind;
  /** Absolute paths by the name of the context; the first is `databasePath`. */
  readonly databases: Readonly<Record<string, string>>;
  readonly databasePath: string;
  readonly tableName: string;
  /** Of the first context, oldest first. */
  readonly revisions: MadeRevision[] = [];
  readonly #kind: Kind;

  constructor(options: ProjectOptions = {}) {
    const name = options.kind ?? 'js';
    super('library', kinds[name].cliEnvironment);
    this.kind = name;
    this.#kind = kinds[name];
    const [first, second] = this.#kind.contexts;
    if (!first) throw new Error('A kind has at least one context.');
    this.databases = Object.fromEntries(
      this.#kind.contexts.map(({ name, database }) => [
        name ?? 'default',
        join(this.root, database),
      ]),
    );
    this.databasePath = join(this.root, first.database);
    this.tableName = this.#kind.tableName;

    this.#writePackage([...this.#kind.packages, ...(options.packages ?? [])]);
    for (const [path, text] of Object.entries(this.#kind.files())) this.write(path, text);
    for (const revision of options.revisions ?? libraryRevisions()) this.addRevision(revision);
    if (second) this.#addAll(second, options.otherRevisions ?? libraryRevisions());
    for (const [path, text] of Object.entries(options.files ?? {})) this.write(path, text);
    for (const { database } of this.#kind.contexts) {
      mkdirSync(dirname(join(this.root, database)), { recursive: true });
    }
    if (options.applied !== undefined) this.applyDirectly(options.applied);
    if (options.content !== undefined) change(this.databasePath, options.content);
  }

  /** Adds a revision behind the others. */
  addRevision(revision: Revision): MadeRevision {
    const context = this.#kind.contexts[0] as Context;
    const made = this.#place(revision, this.revisions.length, context);
    this.revisions.push(made);
    this.#save(made);
    return made;
  }

  /** The revision with a label. */
  revision(label: string): MadeRevision {
    const found = this.revisions.find((revision) => revision.label === label);
    if (!found) throw new Error(`The project has no revision "${label}".`);
    return found;
  }

  /** Their recorded names, oldest first. */
  names(): string[] {
    return this.revisions.map(({ name }) => name);
  }

  /**
   * Applies the first revisions the way MikroORM would, without it.
   *
   * @throws for a revision that consists of more than SQL: use `mikroOrm(['migration:up'])`
   */
  applyDirectly(count: number): void {
    const table = this.tableName;
    const statements = this.revisions.slice(0, count).flatMap((revision, at) => {
      const sql = sqlOf(revision);
      if (!sql) throw new Error(`"${revision.label}" runs code: it can't be applied directly.`);
      const when = `2025-06-01 12:${String(Math.floor(at / 60) % 60).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`;
      const record = `insert into \`${table}\` (\`name\`, \`executed_at\`) values ('${revision.name}', '${when}')`;
      return [...sql.map((text) => text.replace(/;\s*$/, '')), record];
    });
    change(
      this.databasePath,
      [
        'begin',
        `create table if not exists \`${table}\` (\`id\` integer not null primary key autoincrement, \`name\` text not null, \`executed_at\` datetime not null default current_timestamp)`,
        ...statements,
        'commit;',
      ].join(';\n'),
    );
  }

  #place(revision: Revision, index: number, context: Context): MadeRevision {
    const { extension, fileName, listed } = this.#kind;
    const stem = fileName(timestampOf(index), revision.label);
    // MikroORM leaves out .js and .ts, and no other extension.
    const name = extension === '.cjs' ? `${stem}.cjs` : stem;
    const file = listed ? 'index.js' : `${stem}${extension}`;
    const path = join(this.root, context.migrations, file);
    return { ...revision, name, className: classNameOf(stem), path };
  }

  #save(made: MadeRevision): void {
    const { flavour, listed, compiled } = this.#kind;
    mkdirSync(dirname(made.path), { recursive: true });
    if (listed) {
      const classes = this.revisions.map((each) => renderClass(each, each.className, flavour));
      const text = [renderImports(this.revisions, flavour), ...classes].join('\n');
      writeFileSync(made.path, text);
      return;
    }
    writeFileSync(made.path, renderRevision(made, made.className, flavour));
    if (compiled) {
      const target = `${compiled.migrations}/${made.name}`;
      this.write(`${target}.js`, renderRevision(made, made.className, 'esm'));
      // Compilers leave these beside; they are no revisions.
      this.write(`${target}.d.ts`, `export declare class ${made.className} {}\n`);
    }
  }

  #addAll(context: Context, revisions: readonly Revision[]): void {
    for (const [at, revision] of revisions.entries())
      this.#save(this.#place(revision, at, context));
  }

  #writePackage(packages: readonly string[]): void {
    const { type, settings } = this.#kind;
    const manifest = {
      name: 'library',
      version: '1.0.0',
      private: true,
      type,
      dependencies: Object.fromEntries(packages.map((name) => [name, versionOf(name)])),
      ...(settings && { 'mikro-orm': settings }),
    };
    this.write('package.json', `${JSON.stringify(manifest, null, 2)}\n`);
    this.write('.gitignore', 'node_modules/\nvar/\n');
    installPackages(this.root, packages);
  }
}

/** Makes a project; remove it with `using` or `cleanup()`. */
export function makeProject(options: ProjectOptions = {}): Project {
  return new Project(options);
}

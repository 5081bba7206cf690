/** A project of the library, whatever its database: package, config, entities and revisions. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DriverName } from '../../source/contract/target.ts';
import type { TestDatabase } from './database.ts';
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
  type Step,
  spelledFor,
  sqlOf,
  timestampOf,
} from './revisions.ts';

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
  /** How the config connects, as code; to the project’s own database unless told. */
  readonly connect?: string;
  /** More options of the migrator, as code: `allOrNothing: false`. */
  readonly migrations?: string;
  /** More options of the config, as code: `pool: { max: 1 }`. */
  readonly config?: string;
  /** More files, by path; they replace what the kind has. */
  readonly files?: Readonly<Record<string, string>>;
  /** More packages of this repository. */
  readonly packages?: readonly string[];
}

/** A revision in a project. */
export interface MadeRevision extends Revision<Step> {
  /** As MikroORM records it. */
  readonly name: string;
  readonly className: string;
  /** Absolute; the file that is edited. */
  readonly path: string;
}

/** How MikroORM makes its table (MigrationStorage.js), and what a time without a zone lacks. */
const STORAGE: Readonly<Record<DriverName, { readonly columns: string; readonly zone: string }>> = {
  sqlite: {
    columns:
      '"id" integer not null primary key autoincrement, "name" text not null, "executed_at" datetime not null default current_timestamp',
    zone: '',
  },
  postgresql: {
    columns:
      '"id" serial primary key, "name" varchar(255) not null, "executed_at" timestamptz not null default current_timestamp',
    zone: '+00',
  },
};

export abstract class MadeProject extends ProjectFolder implements AsyncDisposable {
  readonly kind: ProjectKind;
  readonly driver: DriverName;
  readonly tableName: string;
  /** Of the first context, oldest first. */
  readonly revisions: MadeRevision[] = [];
  abstract readonly database: TestDatabase;
  readonly #kind: Kind;
  #packages: readonly string[] = [];

  constructor(options: ProjectOptions, driver: DriverName) {
    const name = options.kind ?? 'js';
    super('library', kinds[name].cliEnvironment);
    this.kind = name;
    this.driver = driver;
    this.#kind = kinds[name];
    this.tableName = this.#kind.tableName;

    this.#writePackage([...this.#kind.packages, ...(options.packages ?? [])]);
    const { connect, migrations, config } = options;
    const files = this.#kind.files({ driver, connect, migrations, config });
    for (const [path, text] of Object.entries(files)) this.write(path, text);
    for (const revision of options.revisions ?? libraryRevisions()) this.addRevision(revision);
    const [, second] = this.#kind.contexts;
    if (second) this.#addAll(second, options.otherRevisions ?? libraryRevisions());
    for (const [path, text] of Object.entries(options.files ?? {})) this.write(path, text);
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

  /** Leaves it listed in package.json. */
  uninstall(name: string): void {
    rmSync(join(this.root, 'node_modules'), { recursive: true });
    this.#packages = this.#packages.filter((each) => each !== name);
    installPackages(this.root, this.#packages);
  }

  /** Their recorded names, oldest first. */
  names(): string[] {
    return this.revisions.map(({ name }) => name);
  }

  /**
   * SQL that applies the first revisions the way MikroORM would.
   *
   * @throws for a revision that consists of more than SQL: use `mikroOrm(['migration:up'])`
   */
  protected sqlToApply(count: number): string {
    const table = this.tableName;
    const { columns, zone } = STORAGE[this.driver];
    const statements = this.revisions.slice(0, count).flatMap((revision, at) => {
      const sql = sqlOf(revision);
      if (!sql) throw new Error(`"${revision.label}" runs code: it can't be applied directly.`);
      const when = `2025-06-01 12:${String(Math.floor(at / 60) % 60).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}${zone}`;
      const record = `insert into "${table}" ("name", "executed_at") values ('${revision.name}', '${when}')`;
      return [...sql.map((text) => text.replace(/;\s*$/, '')), record];
    });
    return [
      'begin',
      `create table if not exists "${table}" (${columns})`,
      ...statements,
      'commit;',
    ].join(';\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cleanup();
  }

  #place(revision: Revision, index: number, context: Context): MadeRevision {
    const { extension, fileName, listed } = this.#kind;
    const stem = fileName(timestampOf(index), revision.label);
    // MikroORM leaves out .js and .ts, and no other extension.
    const name = extension === '.cjs' ? `${stem}.cjs` : stem;
    const file = listed ? 'index.js' : `${stem}${extension}`;
    const path = join(this.root, context.migrations, file);
    return { ...spelledFor(this.driver, revision), name, className: classNameOf(stem), path };
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
    const all = [...packages, `@mikro-orm/${this.driver}`];
    const manifest = {
      name: 'library',
      version: '1.0.0',
      private: true,
      type,
      dependencies: Object.fromEntries(all.map((name) => [name, versionOf(name)])),
      ...(settings && { 'mikro-orm': settings }),
    };
    this.write('package.json', `${JSON.stringify(manifest, null, 2)}\n`);
    this.write('.gitignore', 'node_modules/\nvar/\n');
    this.#packages = all;
    installPackages(this.root, all);
  }
}

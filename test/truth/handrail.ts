/** What Handrail says about a case: a rehearsal in this process, on a project of its own. */

import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { EngineApi } from '../../source/contract/engine-api.ts';
import type { History } from '../../source/contract/history.ts';
import type { Reply } from '../../source/contract/problem.ts';
import type { RehearsalReport, RepairedText } from '../../source/contract/rehearsal.ts';
import { createEngine } from '../../source/engine/engine.ts';
import type { Events } from '../../source/engine/events.ts';
import { renderRevision, timestampOf } from '../kit/revisions.ts';
import type { Case } from './case.ts';

const PACKAGES = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** A folder with the case's project and database. */
export class CaseProject implements Disposable {
  readonly names: readonly string[];
  readonly #folder: string;
  #root: string;
  #moves = 0;

  /** @param url of its database on a server; null for a SQLite file */
  constructor(made: Case, url: string | null) {
    this.#folder = mkdtempSync(join(realpathSync(tmpdir()), 'handrail-truth-'));
    this.#root = join(this.#folder, 'project');
    mkdirSync(join(this.root, 'migrations'), { recursive: true });
    mkdirSync(join(this.#folder, 'workspace'));
    symlinkSync(PACKAGES, join(this.root, 'node_modules'), 'junction');
    writeFileSync(
      join(this.root, 'package.json'),
      JSON.stringify({ name: 'case', private: true, type: 'module', dependencies: {} }),
    );
    const connect = url === null ? "dbName: 'case.db'" : `clientUrl: ${JSON.stringify(url)}`;
    writeFileSync(
      join(this.root, 'mikro-orm.config.js'),
      `import { Migrator } from '@mikro-orm/migrations';
import { defineConfig } from '@mikro-orm/${made.driver}';
export default defineConfig({
  ${connect},
  baseDir: import.meta.dirname,
  entities: [],
  discovery: { warnWhenNoEntities: false },
  extensions: [Migrator],
  migrations: { path: 'migrations', allOrNothing: ${made.allOrNothing} },
});
`,
    );
    this.names = made.revisions.map(({ up, down }, at) => {
      const name = `Migration${timestampOf(at)}`;
      const steps = {
        label: name,
        up: up.map(({ sql }) => sql),
        ...(down && { down: down.map(({ sql }) => sql) }),
      };
      writeFileSync(this.fileOf(name), renderRevision(steps, name, 'esm'));
      return name;
    });
    if (url !== null) return;
    const database = new DatabaseSync(join(this.root, 'case.db'), {
      enableForeignKeyConstraints: false,
    });
    for (const sql of made.setup) database.exec(sql);
    database.close();
  }

  get root(): string {
    return this.#root;
  }

  fileOf(name: string): string {
    return join(this.root, 'migrations', `${name}.js`);
  }

  /** To another folder, where this process has loaded no code from. */
  move(): void {
    const to = join(this.#folder, `project-${++this.#moves}`);
    renameSync(this.#root, to);
    this.#root = to;
  }

  /** Rehearses all its revisions. */
  async rehearse(repaired?: RepairedText): Promise<Reply<RehearsalReport>> {
    return this.#ask((api) =>
      api.rehearse({
        revisions: [],
        bases: ['target'],
        tests: { upgraded: false, downgraded: false },
        ...(repaired && { repaired }),
      }),
    );
  }

  async history(): Promise<Reply<History>> {
    return this.#ask((api) => api.history());
  }

  async #ask<T>(question: (api: EngineApi) => Promise<T>): Promise<T> {
    const from = process.cwd();
    process.chdir(this.root);
    try {
      const engine = createEngine(
        {
          root: this.root,
          config: null,
          context: null,
          access: 'rehearse',
          entities: true,
          workspace: join(this.#folder, 'workspace'),
          timeouts: { lock: 5_000, statement: 0 },
          throwawayBytes: 1_000_000_000,
          schema: null,
          schemas: null,
          protected: [],
        },
        silent,
      );
      return await question(engine.api);
    } finally {
      process.chdir(from);
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const silent: Events = {
  waitsFor: async () => {},
  statementsTaken: async () => {},
  secretsKnown: async () => {},
  waitingForLock: async () => {},
  runStarting: async () => null,
  restoreStarting: async () => {},
  revisionStarted: async () => {},
  revisionFinished: async () => {},
  statementStarted: async () => {},
  statementEnded: async () => {},
  runRetrying: async () => {},
  statementBlocked: async () => {},
  statementProgress: async () => {},
  serverNotice: async () => {},
  noticesOmitted: async () => {},
  rehearsalStep: async () => {},
  testWanted: async () => {
    throw new Error('No test was asked for.');
  },
};

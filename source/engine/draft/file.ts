/** The file of a draft: its name, and its text through the project's own generator. */

import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { DraftFile } from '../../contract/draft.ts';
import type { History } from '../../contract/history.ts';
import { internals } from '../project/mikro-orm.ts';
import type { Project } from '../project/project.ts';
import { Refusal } from '../refusal.ts';
import { type Annotation, annotateRevision } from '../revision-source/rewrite.ts';
import { stemOf } from '../revisions/files.ts';
import { laidOut } from './sql-layout.ts';

export interface Contents {
  readonly up: readonly string[];
  readonly down: readonly string[];
  readonly annotations: readonly Annotation[];
}

/** @throws Refusal `usage` if a draft as the settings want it could not be loaded */
export async function fileOf(
  project: Project,
  history: History,
  words: string | null,
  { up, down, annotations }: Contents,
  now: Date,
): Promise<DraftFile> {
  const { settings, orm, root, migrator, dialect } = project;
  const folder = draftFolder(project);
  const name = words === null ? undefined : slugOf(words);
  const { stamp, file } = stampAfter(
    history,
    now,
    (timestamp) => `${settings.fileName(timestamp, name)}.${settings.emit}`,
  );
  const className = orm.config.getNamingStrategy().classToMigrationName(stamp, name);
  const { generator } = internals(migrator);
  checkModuleKind(project, folder, generator.constructor.name);
  const layOut = (statements: readonly string[]) => statements.map((sql) => laidOut(sql, dialect));
  const diff = { up: layOut(up), down: layOut(down) };
  const plain = await generator.generateMigrationFile(className, diff);
  const source = annotateRevision(plain, diff, annotations);
  if (source === null) {
    throw new Refusal('usage', {
      what: 'The project’s own generator writes drafts that Handrail can’t put its checks into.',
      why: 'Statements have to stand as literals in up() and down().',
      next: ['Draft without columns that are kept on downgrade.'],
    });
  }
  return {
    name: stemOf(file),
    path: relative(root, join(folder, file)),
    source,
    snapshot: await snapshotOf(project),
  };
}

/** Where MikroORM's own command would write it (MigrationGenerator.js). */
function draftFolder({ settings, orm }: Project): string {
  const { emit, path, pathTs } = settings;
  const chosen = emit === 'ts' && pathTs ? pathTs : path;
  return resolve(orm.config.get('baseDir'), chosen ?? '');
}

/** @throws Refusal `usage` for words that have no letter or digit */
function slugOf(words: string): string {
  const slug = words
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, 80);
  if (slug) return slug;
  throw new Refusal('usage', {
    what: `${JSON.stringify(words)} can’t be the name of a revision.`,
    why: 'There is no letter and no digit in it that may stand in a class name.',
    next: ['Say in a few words what changes: --name "add shelf width"'],
  });
}

/** A timestamp that makes the file the newest one, also when a clock somewhere was ahead. */
function stampAfter(history: History, now: Date, fileName: (timestamp: string) => string) {
  const taken = new Set(history.revisions.map(({ name }) => name));
  const newest = history.revisions
    .filter(({ state }) => state !== 'missing')
    .map(({ name }) => name)
    .toSorted()
    .at(-1);
  const digits = newest && /(\d{14})/.exec(newest)?.[1];
  const start = Math.max(now.getTime(), digits ? timeOf(digits) + 1000 : 0);
  const stamp = new Date(start).toISOString().replaceAll(/[-T:]|\.\d{3}Z$/g, '');
  const file = fileName(stamp);
  const stem = stemOf(file);
  if (!taken.has(stem) && (newest === undefined || stem > newest)) return { stamp, file };
  throw new Refusal('usage', {
    what: `The draft would be called ${stem}, which does not come after ${newest}.`,
    why: 'Revisions run in the order of their names, and the setting migrations.fileName decides about them.',
    next: ['Give it another name, or let fileName begin with the timestamp.'],
  });
}

/** Zero for digits that are no time. */
function timeOf(digits: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits);
  if (!parts) return 0;
  const [, year, month, day, hour, minute, second] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) || 0;
}

/** MikroORM's JavaScript drafts are CommonJS, which a `.js` file of an ES module package is not. */
function checkModuleKind({ settings }: Project, folder: string, generator: string): void {
  if (settings.emit !== 'js' || generator !== 'JSMigrationGenerator') return;
  if (packageTypeOf(folder) !== 'module') return;
  throw new Refusal('usage', {
    what: 'A draft would not load: migrations.emit is js, and this package is an ES module.',
    why: 'MikroORM writes JavaScript drafts as CommonJS, whatever the package is.',
    next: ['Set migrations.emit to ts, or to cjs.', 'Or name a generator of your own.'],
  });
}

function packageTypeOf(folder: string): unknown {
  for (let at = folder; ; at = dirname(at)) {
    try {
      const text = readFileSync(join(at, 'package.json'), 'utf8');
      return (JSON.parse(text) as { type?: unknown }).type;
    } catch {
      if (dirname(at) === at) return undefined;
    }
  }
}

/** As MikroORM's own command would leave it (Migrator.js, storeCurrentSchema). */
async function snapshotOf(project: Project): Promise<DraftFile['snapshot']> {
  const own = project.own.migrations as { readonly snapshot?: boolean } | undefined;
  if (own?.snapshot === false) return null;
  const path = await internals(project.migrator).getSnapshotPath();
  const generator = project.orm.schema as unknown as { getTargetSchema(): unknown };
  const text = JSON.stringify(generator.getTargetSchema(), null, 2);
  return { path: relative(project.root, path), text };
}

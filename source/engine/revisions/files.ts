/** The revisions in the project's folder (or `migrationsList`), without running any of them. */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, relative, resolve } from 'node:path';
import { internals } from '../project/mikro-orm.ts';
import type { OpenTarget } from '../project/project.ts';
import type { RevisionFile } from './revision-file.ts';

const read = new WeakMap<OpenTarget, Promise<readonly RevisionFile[]>>();

/**
 * In MikroORM's own order. Creates nothing: a folder that is not there holds no revisions.
 *
 * Read once per process, like the code in it: an engine that shall see a change is a new one.
 */
export function readFolder(project: OpenTarget): Promise<readonly RevisionFile[]> {
  const known = read.get(project) ?? listFolder(project);
  read.set(project, known);
  return known;
}

async function listFolder(project: OpenTarget): Promise<readonly RevisionFile[]> {
  const migrator = internals(project.migrator);
  await migrator.resolvePaths();
  if (!project.settings.migrationsList && !existsSync(folderOf(project) ?? '')) return [];
  const discovered = await migrator.discoverMigrations();
  return discovered.map((revision) => {
    const path = revision.path === undefined ? null : resolve(revision.path);
    return {
      name: revision.name,
      path,
      file: path && relative(project.root, path),
      sha256: path && hashFile(path),
      discovered: revision,
    };
  });
}

/** Absolute path of the folder of revisions; null with `migrationsList`. */
export function folderOf({ migrator }: OpenTarget): string | null {
  return internals(migrator).absolutePath ?? null;
}

/** A revision's file name without any extension: what a person calls it. */
export function stemOf(nameOrPath: string): string {
  return basename(nameOrPath).replace(/\.[cm]?[jt]s$/, '');
}

/** Null if the file was removed since it was listed. */
export function hashFile(path: string): string | null {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    return null;
  }
}

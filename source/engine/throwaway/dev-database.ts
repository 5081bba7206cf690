/**
 * Makes a database of the entities alone. It is made beside the one that the application may have
 * open, and takes its place only when all of it went well.
 */

import type { BuildRequest, Built } from '../../contract/dev-database.ts';
import { messageOf } from '../../util/error-message.ts';
import type { Throwaway, Throwaways } from '../databases/throwaway.ts';
import { Differ } from '../draft/difference.ts';
import { internals } from '../project/mikro-orm.ts';
import { type OpenTarget, openThrowaway, type Project } from '../project/project.ts';
import { Refusal } from '../refusal.ts';
import { readFolder } from '../revisions/files.ts';

/** @throws Refusal `config-failed`, `usage` without a seeder, `database-unreachable` while it is in use */
export async function build(
  project: Project,
  { seed }: BuildRequest,
  throwaways: Throwaways,
): Promise<Built> {
  const began = performance.now();
  const made = await throwaways.empty('entities');
  const seeder = await makeOn(project, made, seed);
  const objects = await made.objects();
  const place = await throwaways.replaceApplication(made);
  return {
    ...place,
    tables: objects.filter(({ kind }) => kind === 'table').length,
    seeder,
    ms: performance.now() - began,
  };
}

/** Returns the name of the seeder that was run. */
async function makeOn(project: Project, made: Throwaway, seed: boolean): Promise<string | null> {
  const target = await openThrowaway(project, made);
  const { connection } = target;
  try {
    await connection.connect({ skipOnConnect: true });
    await made.assertHere((sql) => connection.execute(sql, [], 'all'));
    for (const statement of made.prepare) await connection.execute(statement);
    await create(project, target);
    return seed ? await runSeeder(target) : null;
  } finally {
    await target.orm.close(true).catch(() => {});
  }
}

/** What the entities say; and every revision recorded, since applications may run them at start. */
async function create(project: Project, target: OpenTarget): Promise<void> {
  try {
    const differ = new Differ(await project.packages.sql(), target);
    for (const sql of await differ.creation()) await target.connection.execute(sql, [], 'run');
  } catch (error) {
    throw new Refusal('config-failed', {
      what: 'No database could be made of the entities.',
      why: messageOf(error),
      next: ['Mend the entities; it is made anew when a file changes.'],
      cause: error,
    });
  }
  const storage = internals(target.migrator).getStorage();
  for (const { name } of await readFolder(target)) await storage.logMigration({ name });
}

interface SeedManager {
  seedString(...names: string[]): Promise<void>;
}

/** Returns its name. */
async function runSeeder({ orm }: OpenTarget): Promise<string> {
  const manager = orm.config.getExtension<SeedManager>('@mikro-orm/seeder');
  if (!manager) {
    throw new Refusal('usage', {
      what: 'The project has no seeder.',
      why: '@mikro-orm/seeder is not installed in it.',
      next: ['Install it and write one, or make the throwaway without.'],
    });
  }
  const name = orm.config.get('seeder').defaultSeeder ?? 'DatabaseSeeder';
  try {
    await manager.seedString(name);
  } catch (error) {
    throw new Refusal('config-failed', {
      what: `The seeder ${name} failed, so the throwaway is as it was.`,
      why: messageOf(error),
      next: ['Mend it, or build without the seeder.'],
      cause: error,
    });
  }
  return name;
}

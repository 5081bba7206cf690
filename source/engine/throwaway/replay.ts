/** Runs revisions on an empty throwaway, as they were run on the target once. */

import type { Project } from '../project/project.ts';
import { Refusal } from '../refusal.ts';
import type { Sandbox } from '../rehearsal/sandbox.ts';
import { readFolder } from '../revisions/files.ts';
import { RevisionReader } from '../revisions/preview.ts';

/** @throws Refusal `missing-file`; `broken-revision` when one of them fails on an empty database */
export async function replay(
  project: Project,
  sandbox: Sandbox,
  names: readonly string[],
  onProgress: (fraction: number) => void = () => {},
): Promise<void> {
  const reader = await RevisionReader.create(project);
  const files = new Map((await readFolder(project)).map((file) => [file.name, file]));
  for (const [index, name] of names.entries()) {
    onProgress(index / names.length);
    const file = files.get(name);
    if (!file) throw new Refusal('missing-file', { what: `There is no file for ${name} here.` });
    const { pass } = await sandbox.run(await reader.preview(file, 'up'), 'up', null);
    if (!pass.failure) continue;
    throw new Refusal('broken-revision', {
      what: `${name} fails on an empty database.`,
      why: pass.failure.error.message,
      next: ['Draft from a target that is up to date, which does not replay it.'],
    });
  }
}

/** What the upgrades of revisions send, as far as their code tells without a database. */
export async function statementsOf(
  project: Project,
  names: readonly string[],
): Promise<readonly string[]> {
  const reader = await RevisionReader.create(project);
  const files = new Map((await readFolder(project)).map((file) => [file.name, file]));
  const statements: string[] = [];
  for (const name of names) {
    const file = files.get(name);
    if (file) statements.push(...(await reader.preview(file, 'up')).statements);
  }
  return statements;
}

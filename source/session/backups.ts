/** The project's backups: folders in `.handrail/backups`, each with a manifest of its own. */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Backup, MANIFEST } from '../contract/backup.ts';
import type { Plan } from '../contract/plan.ts';
import type { Problem, Reply } from '../contract/problem.ts';
import { makePrivateFolder } from '../journal/folder.ts';
import type { Settings } from '../project/project.ts';
import { isAlive } from '../util/process.ts';

/** Whether a plan gets a backup unless the person says otherwise. */
export function wantsBackup(
  { losing, target, bytes }: Pick<Plan, 'losing' | 'target' | 'bytes'>,
  { backup, backupSize }: Pick<Settings, 'backup' | 'backupSize'>,
): boolean {
  if (!target.exists || !losing) return false;
  return backup ?? (bytes !== null && bytes <= backupSize * 1_000_000);
}

export class Backups {
  readonly #home: string;
  readonly #keep: number;

  /** @param keep how many of a target */
  constructor(root: string, keep: number) {
    this.#home = join(root, '.handrail');
    this.#keep = keep;
  }

  get #folder(): string {
    return join(this.#home, 'backups');
  }

  folderOf(id: string): string {
    return join(this.#folder, id);
  }

  /** Newest first. What can't be read is no backup. */
  list(): readonly Backup[] {
    return namesIn(this.#folder)
      .flatMap((name): Backup[] => {
        try {
          const text = readFileSync(join(this.#folder, name, MANIFEST), 'utf8');
          return [{ ...(JSON.parse(text) as Backup), id: name }];
        } catch {
          return [];
        }
      })
      .toSorted((a, b) => b.madeAt.localeCompare(a.madeAt) || b.id.localeCompare(a.id));
  }

  /** The folder of a new one, which is not there yet. */
  reserve(now: Date): Reply<string> {
    try {
      makePrivateFolder(this.#home);
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      return { ok: false, problem: noFolder(this.#folder, error) };
    }
    const id = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
    for (let more = 1; ; more++) {
      const folder = this.folderOf(more === 1 ? id : `${id}-${more}`);
      if (!existsSync(folder)) return { ok: true, value: folder };
    }
  }

  /**
   * Removes the oldest of a target, but never the one that was taken just now: the clock may have
   * gone back.
   */
  prune(key: string, taken: string): void {
    for (const { id } of this.list()
      .filter(({ id, target }) => target.key === key && id !== taken)
      .slice(Math.max(0, this.#keep - 1))) {
      rmSync(this.folderOf(id), { recursive: true, force: true });
    }
  }

  /** What processes left that were killed; what can't be removed stays. */
  removePartial(): void {
    for (const name of namesIn(this.#folder)) {
      const pid = /\.(\d+)\.partial$/.exec(name)?.[1];
      if (pid === undefined || isAlive(Number(pid))) continue;
      try {
        rmSync(join(this.#folder, name), { recursive: true, force: true });
      } catch {
        // Somebody else's is theirs to remove.
      }
    }
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function noFolder(folder: string, error: unknown): Problem {
  return {
    code: 'backup-failed',
    what: `No backup can be made in ${folder}, so nothing was run.`,
    why: error instanceof Error ? error.message : String(error),
    next: [
      'Allow writing there, or free some room, and try again.',
      'Or run it without a backup: --no-backup (b on the plan in the app).',
    ],
    detail: null,
  };
}

/**
 * The one that is meant: by its name or the beginning of it, else the newest of the target that was
 * taken before a run. What a restoring replaced has to be named: else the next one would undo it.
 */
export function backupMeant(
  backups: readonly Backup[],
  name: string | undefined,
  key: string,
): Reply<Backup> {
  if (name === undefined) {
    const newest = backups.find(
      ({ target, before }) => target.key === key && before.kind !== 'restore',
    );
    if (newest) return { ok: true, value: newest };
    return unknown(
      'nothing-to-do',
      'There is no backup of this target that was taken before a run.',
    );
  }
  const exact = backups.find(({ id }) => id === name);
  if (exact) return { ok: true, value: exact };
  const [backup, other] = backups.filter(({ id }) => id.startsWith(name));
  if (backup && !other) return { ok: true, value: backup };
  return unknown(
    'usage',
    other ? `Several backups begin with ${name}.` : `There is no backup ${name}.`,
  );
}

function unknown(code: Problem['code'], what: string): Reply<never> {
  const next = ['handrail backups lists them.'];
  return { ok: false, problem: { code, what, why: '', next, detail: null } };
}

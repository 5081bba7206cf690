/**
 * Makes backups of a target and puts them back. Each is a folder with data and a manifest, which
 * appears complete or not at all.
 */

import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  type Backup,
  type BackupReason,
  MANIFEST,
  type Restored,
  type RestorePlan,
  type RestoreRequest,
} from '../../contract/backup.ts';
import type { EngineEvents } from '../../contract/engine-api.ts';
import type { History } from '../../contract/history.ts';
import type { Plan } from '../../contract/plan.ts';
import type { Preview } from '../../contract/preview.ts';
import { restoreCommand } from '../../text/phrases.ts';
import { messageOf } from '../../util/error-message.ts';
import type { BackupPlace } from '../databases/backups.ts';
import { disconnect, type OpenTarget } from '../project/project.ts';
import { Refusal } from '../refusal.ts';
import { mayRewrite } from '../revision-source/rewriting.ts';
import { readHistory } from '../revisions/history.ts';
import { tableOf } from '../revisions/migrations-table.ts';

/** Whether a plan drops or rewrites what is stored, as far as its text tells. */
export function losesData({ steps }: Pick<Plan, 'steps'>): boolean {
  return steps.some(({ preview }) => !isWhole(preview) || preview.statements.some(mayRewrite));
}

/** Null for a server, whose files are its own. */
export function bytesOf({ dialect, location }: OpenTarget): number | null {
  if (dialect.isServer) return null;
  const sizes = dialect
    .dataFiles(location)
    .map((path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Whether all that it sends is known: of many statements only the first are. */
function isWhole({ incomplete, statements, total }: Preview): boolean {
  return incomplete === null && statements.length >= total;
}

/**
 * A backup of what a plan may change. Nothing is sent by it that changes the target.
 *
 * @param folder absolute, and not there yet
 * @throws Refusal `backup-failed`; then nothing of it is left
 */
export async function backUpFor(
  project: OpenTarget,
  plan: Plan,
  history: History,
  folder: string,
): Promise<Backup> {
  const complete = plan.steps.every(({ preview }) => isWhole(preview));
  const { direction: kind, steps } = plan;
  return makeBackup(project, {
    folder,
    history,
    before: { kind, revisions: steps.map(({ name }) => name) },
    statements: complete
      ? steps.flatMap(({ preview }) => preview.statements.filter(mayRewrite))
      : null,
    tables: null,
  });
}

interface Wanted extends Pick<BackupPlace, 'statements' | 'tables'> {
  readonly folder: string;
  readonly history: History;
  readonly before: BackupReason;
}

async function makeBackup(project: OpenTarget, wanted: Wanted): Promise<Backup> {
  const { folder, history, before, ...what } = wanted;
  const { name, driver, database, key, schema } = history.target;
  const partial = `${folder}.${process.pid}.partial`;
  try {
    mkdirSync(partial, { mode: 0o700 });
    // SQLite's own client and that of the project must not have one file open in one process:
    // they undo each other's locks (https://sqlite.org/howtocorrupt.html, 2.2.1).
    if (!project.dialect.isServer) await disconnect(project);
    const content = await project.dialect.backups.make({
      ...what,
      location: project.location,
      connection: project.connection,
      schema: project.target.schema,
      folder: partial,
      table: tableOf(project).shown,
    });
    const backup: Backup = {
      version: 1,
      id: basename(folder),
      madeAt: new Date().toISOString(),
      before,
      target: { name, driver, database, key, schema },
      applied: history.appliedOrder,
      ...content,
    };
    writeFileSync(join(partial, MANIFEST), `${JSON.stringify(backup, null, 2)}\n`, {
      mode: 0o600,
      flush: true,
    });
    renameSync(partial, folder);
    return backup;
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw new Refusal('backup-failed', {
      what: `No backup of ${database} could be made, so nothing was run.`,
      why:
        error instanceof Refusal ? `${error.problem.what} ${error.problem.why}` : messageOf(error),
      next: [
        'Free some room, or allow what was refused, and try again.',
        before.kind === 'restore'
          ? 'What is there now is kept before it is overwritten, so there is no way without one.'
          : 'Or run it without one: --no-backup (b on the plan in the app).',
      ],
      cause: error,
    });
  }
}

function readBackup(folder: string): Backup {
  try {
    return JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')) as Backup;
  } catch (error) {
    throw new Refusal('backup-failed', {
      what: `The backup ${basename(folder)} can’t be read.`,
      why: messageOf(error),
      next: ['handrail backups lists those that can.'],
      cause: error,
    });
  }
}

/** @throws Refusal `backup-failed`, `database-unreachable` */
export async function planRestore(
  project: OpenTarget,
  { folder, aside }: RestoreRequest,
): Promise<RestorePlan> {
  const backup = readBackup(folder);
  const history = await readHistory(project);
  const { target } = history;
  if (backup.target.key !== target.key) {
    throw new Refusal('backup-failed', {
      what: `The backup ${backup.id} is of ${backup.target.database}, and the target is ${target.database}.`,
      why: 'A backup is put back where it was taken, and nowhere else.',
      next: [
        backup.target.schema == null
          ? 'Name its configuration with --config or --context.'
          : `It is of a schema (in the app: open that first): ${restoreCommand(backup.id, backup.target.schema)}`,
      ],
    });
  }
  if (!project.dialect.isServer) await disconnect(project);
  const { tables, into } = await project.dialect.backups.plan(
    placeOf(project, folder, aside),
    backup,
  );
  return { backup, target, tables, applied: history.appliedOrder, aside: into };
}

function placeOf(project: OpenTarget, folder: string, aside: boolean) {
  const { location, connection } = project;
  return { location, connection, folder, aside, table: tableOf(project).shown };
}

/**
 * Puts a backup back, after what it overwrites was backed up. The run's lock is held.
 *
 * @param saved folder of the backup of what is overwritten
 * @param starting called before anything is overwritten, with that backup
 * @throws Refusal `plan-outdated`, `backup-failed`, `locked`; the target is then as it was
 */
export async function restore(
  project: OpenTarget,
  plan: RestorePlan,
  folder: string,
  saved: string,
  starting: EngineEvents['restoreStarting'],
): Promise<Restored> {
  const history = await readHistory(project);
  const { backup, aside } = plan;
  if (
    history.target.key !== plan.target.key ||
    history.appliedOrder.join() !== plan.applied.join()
  ) {
    throw new Refusal('plan-outdated', {
      what: `${history.target.database} is not as it was when the restoring was planned.`,
      why: 'Other revisions are applied, or the configuration leads elsewhere. Nothing was changed.',
      next: ['Look at the new plan and confirm it.'],
    });
  }
  if (!project.dialect.isServer) await disconnect(project);
  const place = placeOf(project, folder, aside !== null);
  const keep = async () => {
    const kept = await makeBackup(project, {
      folder: saved,
      history,
      before: { kind: 'restore', backup: backup.id },
      statements: null,
      tables: backup.kind === 'rows' ? backup.tables : null,
    });
    await starting(kept);
    return kept;
  };
  const exists =
    backup.kind === 'rows' || statSync(project.location.key, { throwIfNoEntry: false });
  const overwrites = aside === null && exists;
  if (!overwrites) await starting(null);
  return project.dialect.backups.restore(place, backup, overwrites ? keep : null);
}

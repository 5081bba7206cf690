/** Backups, and what restoring one would do, in words. Nothing is escaped here. */

import { type Backup, type RestorePlan, rowsIn } from '../contract/backup.ts';
import { bytes, dateTime, plural } from '../text/format.ts';
import { restoreCommand } from '../text/phrases.ts';

/** `before up 2 revisions` */
function reasonWords({ before }: Pick<Backup, 'before'>): string {
  return before.kind === 'restore'
    ? `before restoring ${before.backup}`
    : `before ${before.kind} ${plural(before.revisions.length, 'revision')}`;
}

/** `the whole file`, `3 tables` */
function contentWords({ kind, tables }: Pick<Backup, 'kind' | 'tables'>): string {
  return kind === 'file' ? 'the whole file' : plural(tables.length, 'table');
}

/** `20261130-044512  2026-11-30 04:45  var/dev.db  the whole file, 1,204 rows, 2.6 MB  before up 2 revisions` */
export function backupWords(backup: Backup & { readonly run?: number | null }): string {
  const run = backup.run == null ? '' : ` (run ${backup.run})`;
  return [
    backup.id,
    dateTime(Date.parse(backup.madeAt)),
    backup.target.database,
    `${contentWords(backup)}, ${plural(rowsIn(backup), 'row')}, ${bytes(backup.bytes)}`,
    `${reasonWords(backup)}${run}`,
  ].join('  ');
}

/** What is overwritten, a line each; then what happens with what was there. */
export function restoreWords(plan: RestorePlan): readonly string[] {
  const { backup, tables, applied, aside, target } = plan;
  const width = Math.max(0, ...tables.map(({ name }) => name.length));
  const cell = (rows: number | null) => (rows === null ? 'no table' : plural(rows, 'row'));
  const lines = tables.map(({ name, now, kept }) =>
    aside === null
      ? `  ${name.padEnd(width)}  now ${cell(now)} → ${kept === null ? 'gone' : cell(kept)}`
      : `  ${name.padEnd(width)}  ${cell(kept)}`,
  );
  if (aside !== null) {
    return [
      `A new schema ${aside} of ${target.database} gets, and nothing is overwritten:`,
      ...lines,
    ];
  }
  return [
    `All rows of these tables of ${target.database} are overwritten, whatever was written since ${dateTime(Date.parse(backup.madeAt))}:`,
    ...lines,
    ...(backup.kind === 'file' ? [revisionWords(applied, backup.applied)] : []),
    'What is there now is backed up before. Stop what writes to it: rows that are written meanwhile may be lost.',
  ];
}

function revisionWords(now: readonly string[], kept: readonly string[]): string {
  const changed = [
    ...now.filter((name) => !kept.includes(name)).map((name) => `${name} is pending again`),
    ...kept.filter((name) => !now.includes(name)).map((name) => `${name} is applied again`),
  ];
  return changed.length === 0
    ? 'The schema comes back, too; the same revisions are applied.'
    : `The schema comes back, too: ${changed.join(', ')}.`;
}

/** What a plan says of its backup; null if nothing needs one. */
export function planBackupWords({
  backup,
  losing,
  bytes: size,
}: {
  readonly backup: boolean;
  readonly losing: boolean;
  readonly bytes: number | null;
}): string | null {
  if (backup) return `taken first, ${size === null ? 'of the tables concerned' : bytes(size)}`;
  return losing ? `none, although this drops or rewrites what is stored` : null;
}

/** Where the state before a run is, for who has just seen it end; a line each. */
export function takenWords({ id, kind }: Backup, schema: string | null): readonly string[] {
  const what = kind === 'file' ? 'it' : 'its rows';
  return [
    `Backup ${id} was taken before the run. To put ${what} back:`,
    `  ${restoreCommand(id, schema)}`,
  ];
}

/** What is said the same way in refusals, in records and on screens. */

import type { PutBack } from '../contract/backup.ts';
import type { HalfDone, RanStatement, StatementFate } from '../contract/half-done.ts';
import type { RevisionEvidence } from '../contract/revision.ts';
import type { LockHolder } from '../contract/run.ts';
import { oneLine } from './escape.ts';
import { count, dateTime, duration, plural } from './format.ts';

/**
 * Who holds the lock of a database, in one line that is safe to show:
 * `process 4711 on workbench (handrail 4711 workbench), since 2026-11-20 12:03:01`.
 */
export function holderWords({ pid, host, application, since }: LockHolder): string {
  const who = host === null ? `server process ${pid}` : `process ${pid} on ${host}`;
  const called = application ? ` (${application})` : '';
  const long = since === null ? '' : `, since ${dateTime(Date.parse(since))}`;
  return oneLine(`${who}${called}${long}`);
}

/** One sentence and where to go, if there are any. One is named, however many there are. */
export function invalidIndexWords([first, ...others]: readonly string[]): readonly string[] {
  if (first === undefined) return [];
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  return [
    `Invalid index, kept and not used since its build did not end: ${first}${more}. The doctor (!, handrail doctor) says what to do.`,
  ];
}

/** @param schema the one that it is about; null is that of the connection */
export function restoreCommand(backup: string, schema: string | null): string {
  return `handrail restore ${backup}${schema === null ? '' : ` --schema ${schema}`}`;
}

/** How much of it ran. */
export function halfDoneWords({ direction, statements, rest, undoing, backup }: HalfDone): string {
  const verb = direction === 'up' ? 'upgrade' : 'downgrade';
  const of = (wanted: StatementFate) => statements.filter(({ fate }) => fate === wanted);
  const cut = of('running');
  const parts = [
    `${plural(of('ended').length, 'statement')} ended and ${of('ended').length === 1 ? 'stays' : 'stay'}`,
    ...(of('undone').length > 0 ? [`${of('undone').length} were rolled back`] : []),
    ...(of('failed').length > 0 ? [`${of('failed').length} failed`] : []),
    ...(cut.length > 0 ? [cutWords(cut)] : []),
    ...(rest === null || rest.length === 0 ? [] : [`${rest.length} never ran`]),
  ];
  const first = `Its ${verb} ran without a transaction and did not end: ${parts.join(', ')}.`;
  return [
    first,
    ...(undoing ? ['An undo of it did not end either.'] : []),
    ...(backup === null ? [] : [`The backup ${backup} was taken before it.`]),
  ].join(' ');
}

function cutWords(cut: readonly RanStatement[]): string {
  const [only] = cut;
  if (only && cut.length === 1) {
    return only.error === null
      ? '1 was running when it was cut off, so its fate is not known'
      : '1 failed and may have left something';
  }
  return `the fate of ${cut.length} is not known`;
}

/** `up 41 ms`, `down 12 ms` and the loss, as the journal knows them of a rehearsal. */
export function measuredOf(evidence: RevisionEvidence): readonly string[] {
  const { verdict, upMs, downMs, rows, rowsLost } = evidence;
  const isCounted = verdict !== 'failed' || downMs !== null || rowsLost > 0;
  return [
    ...(upMs === null ? [] : [`up ${duration(upMs)}`]),
    ...(downMs === null ? [] : [`down ${duration(downMs)}`]),
    ...(isCounted ? [lossOf(rows, rowsLost)] : []),
  ];
}

/** `0 of 9,412 rows lost` */
export function lossOf(rows: number, rowsLost: number): string {
  return `${count(rowsLost)} of ${plural(rows, 'row')} lost`;
}

/** @param aside the schema that was made for them */
export function restoredWords(rows: number, tables: number, aside: string | null): string {
  const what = `${count(rows)} rows of ${plural(tables, 'table')}`;
  return aside === null ? `${what} are back.` : `${what} are in the schema ${aside}.`;
}

/** It is one transaction, so there is nothing between the two. */
export function interruptedRestoreWords(restored: PutBack | undefined): string {
  const name = restored?.backup;
  return name === undefined
    ? 'Restoring was interrupted: all of the backup is back, or nothing of it.'
    : `Restoring was interrupted: all of the backup ${name} is back, or nothing of it. Compare: ${restoreCommand(name, null)} --dry-run`;
}

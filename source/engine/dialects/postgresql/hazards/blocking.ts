/** Others who wait: for how long at the target, as far as it can be estimated, and in which words. */

import type { LockMode } from '../../../../rehearsal.ts';
import { bytes, count, duration, plural } from '../../../../text/format.ts';
import type { DialectFinding, DialectRepair, TableFacts } from '../../dialect.ts';
import { findingOf } from '../../finding.ts';
import { isAtLeast } from '../relations.ts';
import { type Place, placeOf, type Step, type Survey } from './survey.ts';

/** Others wait so long before it is a hazard, in milliseconds. */
const PATIENCE_MS = 2_000;

/** A table of so many bytes is large, where no time can be estimated. */
const LARGE_BYTES = 100_000_000;

/** Less data than this on the throwaway, or less time, tells nothing about more of it. */
const ENOUGH_BYTES = 8_000_000;
const ENOUGH_MS = 20;

/** With so much of the target's data the measurement is what it would be there. */
const ALL_OF_IT = 0.9;

/** Milliseconds at the target; null if too little was measured to say. */
export function estimate(ms: number, { here, there }: Place): number | null {
  if (!here || !there) return null;
  if (here.bytes >= there.bytes * ALL_OF_IT) return ms;
  if (here.bytes < ENOUGH_BYTES || ms < ENOUGH_MS) return null;
  return (ms * there.bytes) / here.bytes;
}

/** Null: there are no rows at the target, and so nobody waits. */
export function severityOf(
  survey: Survey,
  { there }: Place,
  about: number | null,
): DialectFinding['severity'] | null {
  if (!there || there.empty) return null;
  const long = about === null ? there.bytes >= LARGE_BYTES : about > PATIENCE_MS;
  // A downgrade is for the worst case, when time matters less.
  return long && survey.direction === 'up' ? 'hazard' : 'notice';
}

export interface Blocked {
  readonly table: string;
  /** What is done meanwhile, such as `rewritten`. */
  readonly done: string;
  /** The lock that the server takes for it, to speak of where none was measured. */
  readonly usual: LockMode;
  readonly why: string;
  readonly repairs: readonly DialectRepair[];
}

/** A statement that keeps others from a table for as long as it runs; none if nobody is there. */
export function blocks(
  survey: Survey,
  step: Step,
  { table, done, usual, why, repairs }: Blocked,
): readonly DialectFinding[] {
  const place = placeOf(survey, step, table);
  const about = estimate(step.effect.ms, place);
  const severity = severityOf(survey, place, about);
  if (severity === null) return [];
  const mode = step.held.get(table)?.mode;
  return [
    findingOf({
      kind: 'blocks',
      severity,
      what: `${mode ? `${mode} on ` : ''}${table}${sizeWords(place.there)}, ${done}: ${timeWords(about, mode ?? usual)}.`,
      why: [
        why,
        mode ? `${WHO_WAITS[waiting(mode)]} until the transaction ends.` : '',
        measurementWords(step.effect.ms, place, about),
        usageWords(place.there),
      ]
        .filter(Boolean)
        .join(' '),
      table,
      rows: place.there?.rows ?? null,
      statement: step.effect.sql,
      repairs: survey.direction === 'up' ? repairs : [],
    }),
  ];
}

/** ` (about 12,400,000 rows, 3.1 GB at the target)` */
export function sizeWords(there: TableFacts | undefined): string {
  if (!there) return '';
  const rows = there.rows === null ? '' : `about ${plural(there.rows, 'row')}, `;
  return ` (${rows}${bytes(there.bytes)} at the target)`;
}

function timeWords(about: number | null, mode: LockMode): string {
  if (about === null) return 'how long it takes there can’t be estimated';
  const what = { all: 'downtime', writes: 'no writes', none: 'work' }[waiting(mode)];
  return `about ${duration(about)} of ${what}`;
}

/** Labels what is a measurement and what an estimate. */
export function measurementWords(ms: number, { here, there }: Place, about: number | null): string {
  const measured = `Measured on the throwaway: ${duration(ms)}${here ? ` for ${bytes(here.bytes)}` : ''}`;
  if (!there) return `${measured}.`;
  if (about === null) return `${measured}, which is too little to estimate from.`;
  return about === ms
    ? `${measured}, with as much data as the target has.`
    : `${measured}; the estimate is in proportion to the size at the target.`;
}

export function usageWords(there: TableFacts | undefined): string {
  if (!there) return '';
  const uses =
    there.uses > 0
      ? [`${count(there.uses)} uses by index or by changing rows are counted there`]
      : [];
  const last = there.lastUsed ? [`the last read by index was ${there.lastUsed.slice(0, 16)}`] : [];
  const now =
    there.sessions > 0
      ? [`${plural(there.sessions, 'other session')} had it locked when the rehearsal began`]
      : [];
  const words = [...uses, ...last, ...now].join(', ');
  return words && `${words.slice(0, 1).toUpperCase()}${words.slice(1)}.`;
}

/** Whom a lock keeps waiting. */
function waiting(mode: LockMode): 'all' | 'writes' | 'none' {
  if (mode === 'ACCESS EXCLUSIVE') return 'all';
  return isAtLeast(mode, 'SHARE') ? 'writes' : 'none';
}

const WHO_WAITS = {
  all: 'Nobody can read or write it',
  writes: 'Nobody can write to it',
  none: 'Nobody can change its definition',
} as const;

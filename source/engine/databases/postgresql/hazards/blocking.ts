/** Others who wait: for how long at the target, as far as it can be estimated, and in which words. */

import type { LockMode } from '../../../../contract/rehearsal.ts';
import { bytes, count, duration, plural } from '../../../../text/format.ts';
import type { DialectFinding, DialectRepair } from '../../analysis.ts';
import { findingOf } from '../../finding.ts';
import type { TableFacts } from '../../throwaway.ts';
import { isAtLeast } from '../execution/relations.ts';
import { type Place, placeOf, type Step, type Survey } from './context.ts';

/** Others wait so long before it is a hazard, in milliseconds. */
const PATIENCE_MS = 2_000;

/** What is done to every row of a table while others wait. */
export type Work = 'read' | 'looked up' | 'rewritten' | 'built';

/**
 * What is judged by: bytes of a table, with its indexes, in a millisecond on a server that is
 * neither fast nor slow. How busy the machine is that rehearses then changes no verdict.
 */
const BYTES_IN_MS: Readonly<Record<Work, number>> = {
  read: 500_000,
  'looked up': 200_000,
  rewritten: 50_000,
  built: 150_000,
};

/** The same of rows that are inserted, updated or deleted. */
const ROWS_IN_MS = 50;

/** So much longer than its work explains, a statement does something else: it calls slow code. */
const UNEXPLAINED = 10;

/** Less data than this on the throwaway, or less time, tells nothing about more of it. */
const ENOUGH_BYTES = 8_000_000;
const ENOUGH_MS = 20;

/** With so much of the target's data the measurement is what it would be there. */
const ALL_OF_IT = 0.9;

export interface Estimate {
  /** Milliseconds at the target. */
  readonly about: number;
  /** In proportion to what was measured, since the work does not explain that. */
  readonly measured: boolean;
}

/** Null if nothing is known of the table at the target. */
export function estimateOfTable(
  survey: Survey,
  ms: number,
  place: Place,
  work: Work,
): Estimate | null {
  const { here, there } = place;
  if (!here || !there) return null;
  const rate = BYTES_IN_MS[work];
  return (
    unexplained(survey, ms, place, here.bytes / rate) ?? {
      about: there.bytes / rate,
      measured: false,
    }
  );
}

/** @param rows that were changed on the throwaway; null if that is too little to say */
export function estimateOfRows(
  survey: Survey,
  ms: number,
  place: Place,
  rows: number,
): Estimate | null {
  const { here, there } = place;
  if (!here || !there || (here.bytes < ENOUGH_BYTES && !isAllOfIt(place))) return null;
  const work = rows / ROWS_IN_MS;
  return (
    unexplained(survey, ms, place, work) ?? {
      about: work * Math.max(1, there.bytes / here.bytes),
      measured: false,
    }
  );
}

/** @param work what it is expected to take here, in milliseconds, if the machine is not busy */
function unexplained(
  { slowdown }: Survey,
  ms: number,
  place: Place,
  work: number,
): Estimate | null {
  const { here, there } = place;
  if (!here || !there || ms < ENOUGH_MS || ms < UNEXPLAINED * work * slowdown) return null;
  if (isAllOfIt(place)) return { about: ms, measured: true };
  if (here.bytes < ENOUGH_BYTES) return null;
  return { about: (ms * there.bytes) / here.bytes, measured: true };
}

function isAllOfIt({ here, there }: Place): boolean {
  return here !== undefined && there !== undefined && here.bytes >= there.bytes * ALL_OF_IT;
}

/** Null: there are no rows at the target, and so nobody waits. */
export function severityOf(
  survey: Survey,
  { there }: Place,
  about: number,
): DialectFinding['severity'] | null {
  if (!there || there.empty) return null;
  // A downgrade is for the worst case, when time matters less.
  return about > PATIENCE_MS && survey.direction === 'up' ? 'hazard' : 'notice';
}

export interface Blocked {
  readonly table: string;
  /** What is done meanwhile, such as `rewritten`. */
  readonly done: string;
  readonly work: Work;
  /** The lock that the server takes for it, to speak of where none was measured. */
  readonly usual: LockMode;
  readonly why: string;
  readonly repairs: readonly DialectRepair[];
}

/** A statement that keeps others from a table for as long as it runs; none if nobody is there. */
export function blocks(
  survey: Survey,
  step: Step,
  { table, done, work, usual, why, repairs }: Blocked,
): readonly DialectFinding[] {
  const place = placeOf(survey, step, table);
  const estimate = estimateOfTable(survey, step.effect.ms, place, work);
  const severity = estimate && severityOf(survey, place, estimate.about);
  if (!estimate || severity === null) return [];
  const mode = step.held.get(table)?.mode;
  return [
    findingOf({
      kind: 'blocks',
      severity,
      what: `${mode ? `${mode} on ` : ''}${table}${sizeWords(place.there)}, ${done}: ${timeWords(estimate.about, mode ?? usual)}.`,
      why: [
        why,
        mode ? `${WHO_WAITS[waiting(mode)]} until the transaction ends.` : '',
        measurementWords(survey, step.effect.ms, place, estimate, work),
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

function timeWords(about: number, mode: LockMode): string {
  const what = { all: 'downtime', writes: 'no writes', none: 'work' }[waiting(mode)];
  return `about ${duration(about)} of ${what}`;
}

/** Labels what is a measurement and what an estimate. */
function measurementWords(
  { slowdown }: Survey,
  ms: number,
  place: Place,
  { measured }: Estimate,
  work: Work,
): string {
  const { here, there } = place;
  const taken = `Measured on the throwaway: ${duration(ms)}${here ? ` for ${bytes(here.bytes)}` : ''}`;
  if (!here || !there) return `${taken}.`;
  if (measured) {
    return `${taken}, which is more than the work explains; the estimate is in proportion to the size at the target.`;
  }
  const scaled =
    here.bytes >= ENOUGH_BYTES && !isAllOfIt(place)
      ? `, in proportion ${duration((ms * there.bytes) / here.bytes)} at the target`
      : '';
  return `${taken}${scaled}. The estimate is for ${bytes(there.bytes)} at ${bytes(BYTES_IN_MS[work] * 1000)} a second, however fast this machine is: a reference query took ${slowdown.toFixed(1)} times as long as usual here.`;
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

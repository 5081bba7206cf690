/** How a rehearsal is put into words, the same everywhere. */

import type {
  Finding,
  Pass,
  RehearsalBase,
  RehearsalStepName,
  RevisionRehearsal,
  Verdict,
} from '../rehearsal.ts';
import { duration, plural } from '../text/format.ts';

export const STEP_WORDS: Readonly<Record<RehearsalStepName, string>> = {
  copy: 'make a throwaway',
  base: 'reach the base',
  up: 'upgrade',
  'check-up': 'verify',
  test: 'test',
  down: 'downgrade',
  'check-down': 'verify the way back',
  'test-downgraded': 'test the way back',
  'up-again': 'upgrade again',
  'check-again': 'verify again',
};

export const BASE_WORDS: Readonly<Record<RehearsalBase, string>> = {
  target: 'a copy of the target',
  empty: 'an empty database',
};

export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  clean: 'Clean: up, down and up again, and nothing was lost that the revision does not say.',
  hazards: 'Hazards: it runs, but not without harm.',
  failed: 'Failed: it could not be run to its end.',
};

/** Hazards before notices, each in the order of finding. */
export function worstFirst(findings: readonly Finding[]): readonly Finding[] {
  const of = (severity: Finding['severity']) =>
    findings.filter((finding) => finding.severity === severity);
  return [...of('hazard'), ...of('notice')];
}

/** `up 41 ms · down 12 ms · up again 39 ms · 0 of 9,412 rows lost` */
export function summaryOf({ passes, rows, rowsLost }: RevisionRehearsal): string {
  const times = passes.map((pass) => `${passName(pass)} ${duration(pass.ms)}`);
  const lost = `${rowsLost.toLocaleString('en')} of ${plural(rows, 'row')} lost`;
  return [...times, lost].join(' · ');
}

export function passName({ direction, again }: Pick<Pass, 'direction' | 'again'>): string {
  return again ? 'up again' : direction;
}

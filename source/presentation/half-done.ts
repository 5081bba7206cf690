/** A revision that is half done, in words. */

import type { HalfDone, MarkedAs, RanStatement, StatementFate } from '../contract/half-done.ts';
import type { Resolutions } from '../contract/resolution.ts';
import { oneLine } from '../text/escape.ts';
import { shownSql } from '../text/literals.ts';

/** What became of a statement, in a word or two. */
const FATE_WORDS: Readonly<Record<StatementFate | 'not-run', string>> = {
  ended: 'ended',
  undone: 'rolled back',
  failed: 'failed',
  running: 'not known',
  'not-run': 'never ran',
};

/** The same of one statement: one whose fate is not known may have failed. */
export function fateWords({ fate, error }: Pick<RanStatement, 'error'> & Fated): string {
  return fate === 'running' && error !== null ? 'failed?' : FATE_WORDS[fate];
}

interface Fated {
  readonly fate: StatementFate | 'not-run';
}

/** Its statements in order, with those that never ran, where they are known. */
function halfDoneStatements({ statements, rest }: HalfDone): readonly {
  readonly sql: string;
  readonly fate: StatementFate | 'not-run';
  readonly error: string | null;
}[] {
  const never = (rest ?? []).map((sql) => ({ sql, fate: 'not-run' as const, error: null }));
  return [...statements.map(({ sql, fate, error }) => ({ sql, fate, error })), ...never];
}

/** At most so many are told: of more, the last that ran and the next ones. */
export function someStatements(halfDone: HalfDone, most: number) {
  const all = halfDoneStatements(halfDone).map((statement, at) => ({ ...statement, at: at + 1 }));
  const ran = halfDone.statements.length;
  const before = Math.max(0, Math.min(ran - Math.ceil(most / 2), all.length - most));
  const statements = all.slice(before, before + most);
  return { before, statements, after: all.length - before - statements.length };
}

/** As many are told on a page of text. */
const TOLD = 100;

/** The same as lines, numbered. */
export function halfDoneTable(halfDone: HalfDone): readonly string[] {
  const width = Math.max(...Object.values(FATE_WORDS).map(({ length }) => length));
  const { before, statements, after } = someStatements(halfDone, TOLD);
  return [
    ...(before > 0 ? [`       … ${before} before`] : []),
    ...statements.flatMap(({ at, sql, fate, error }) => [
      `  ${String(at).padStart(3)}  ${fateWords({ fate, error }).padEnd(width)}  ${oneLine(shownSql(sql))}`,
      ...(error === null ? [] : [`       ${''.padEnd(width)}  ✗ ${error}`]),
    ]),
    ...(after > 0 ? [`       … ${after} after`] : []),
  ];
}

/** What the schema shows of the statement whose fate nobody knows; null without one. */
export function shownWords({ halfDone, shown }: Resolutions): string | null {
  if (!shown) return null;
  const at = halfDone.statements.findIndex(({ fate }) => fate === 'running') + 1;
  const found = {
    ended: `The schema shows that statement ${at} ended`,
    'not-run': `The schema shows nothing of statement ${at}, so it did not end`,
    unknown: `The schema does not show whether statement ${at} ended`,
  }[shown.fate];
  return `${found}: ${shown.why}`;
}

/** What marking does. */
export function markWords({ revision, direction }: HalfDone, as: MarkedAs): string {
  const recorded = direction === 'down';
  if ((as === 'applied') === recorded) {
    return `Keeps ${revision} as ${as}, as it is recorded, after you put the database right: nothing is sent.`;
  }
  return as === 'applied'
    ? `Records ${revision} as applied, after you put the database right: none of its statements is sent.`
    : `Removes ${revision} from the record, after you put the database right: none of its statements is sent.`;
}

/** Names but for those that are half done. */
export function withoutHalfDone(
  names: readonly string[],
  halfDone: readonly HalfDone[],
): readonly string[] {
  return names.filter((name) => !halfDone.some(({ revision }) => revision === name));
}

/** How a rehearsal goes on, step by step. */

import {
  REHEARSAL_STEPS,
  type RehearsalBase,
  type RehearsalStepName,
} from '../../contract/rehearsal.ts';
import { cutLine, type Line, line, span } from '../../presentation/terminal/spans.ts';
import { type Style, verdicts } from '../../presentation/terminal/theme.ts';
import { baseWords, stepWords } from '../../presentation/words.ts';
import { count, duration, plural } from '../../text/format.ts';
import { pad } from '../../text/width.ts';
import { type RehearsalState, type StepSeen, stepKey, stepNow } from '../store/state.ts';

/** Columns for what a step does. */
const WORDS = 25;
/** Cells of a progress bar. */
const BAR = 8;

/** A row of the steps; what moves in it is drawn by the screen. */
export interface StepRow {
  readonly line: Line;
  /** Since when, milliseconds since the epoch, if it goes on. Then the symbol is a spinner. */
  readonly since: number | null;
  /** Something was told of it. */
  readonly known: boolean;
}

const SYMBOLS = {
  todo: { symbol: '·', style: 'dim', word: 'to do' },
  running: { symbol: ' ', style: 'accent', word: 'going on' },
  done: { symbol: '✓', style: 'good', word: 'done' },
  failed: { symbol: '✗', style: 'bad', word: 'failed' },
  skipped: { symbol: '–', style: 'dim', word: 'skipped' },
  stopped: { symbol: '–', style: 'warn', word: 'stopped' },
} as const satisfies Record<string, { symbol: string; style: Style; word: string }>;

/** Rows of at most `columns`; `spoken` says in words what symbols say. */
export function stepRows(
  rehearsal: RehearsalState,
  columns: number,
  spoken = false,
): readonly StepRow[] {
  const { request, steps } = rehearsal;
  return request.bases.flatMap((base): readonly StepRow[] => {
    const stepOf = (revision: string | null, step: RehearsalStepName) =>
      steps.get(stepKey({ base, revision, step }));
    const row = (revision: string | null, step: RehearsalStepName) =>
      stepRow(rehearsal, { base, revision, step, seen: stepOf(revision, step) }, columns, spoken);
    return [
      headingRow([span(capital(baseWords(base)), 'title')], columns),
      row(null, 'copy'),
      ...(stepOf(null, 'plan') ? [row(null, 'plan')] : []),
      ...(stepOf(null, 'check-plan') ? [row(null, 'check-plan')] : []),
      ...(stepOf(null, 'base') ? [row(null, 'base')] : []),
      ...namesOf(rehearsal, base).flatMap((name) => [
        headingRow([span('  '), span(name, 'strong')], columns),
        ...REHEARSAL_STEPS.filter(
          (step) => stepOf(name, step) || isWanted(rehearsal, base, step),
        ).map((step) => row(name, step)),
      ]),
    ];
  });
}

/** The place of the row that goes on, or of the last one that something is known of. */
export function placeOfNow(rows: readonly StepRow[]): number {
  const going = rows.findLastIndex(({ since }) => since !== null);
  return Math.max(0, going >= 0 ? going : rows.findLastIndex(({ known }) => known));
}

/** `rehearsing 1 of 2 · 20261120_index_changesets`, without the name when it is about none yet. */
export function rehearsalProgress(rehearsal: RehearsalState): {
  readonly text: string;
  readonly revision: string | null;
} {
  const now = stepNow(rehearsal);
  const names = rehearsal.request.bases.map((base) => namesOf(rehearsal, base));
  const all = names.reduce((sum, { length }) => sum + length, 0);
  const begun = new Set(
    [...rehearsal.steps.values()]
      .filter(({ revision }) => revision !== null)
      .map(({ base, revision }) => `${base}\n${revision}`),
  ).size;
  const text = begun === 0 ? 'rehearsing' : `rehearsing ${count(begun)} of ${count(all)}`;
  return { text, revision: now?.revision ?? null };
}

/** How it ended, in a word or two; null while it goes on. */
export function rehearsalEnd({ report, refused }: Pick<RehearsalState, 'report' | 'refused'>): {
  readonly symbol: string;
  readonly style: Extract<Style, 'good' | 'warn' | 'bad'>;
  readonly text: string;
} | null {
  if (report) {
    const { symbol, style, word } = verdicts[report.verdict];
    return { symbol, style, text: word };
  }
  if (!refused) return null;
  return refused.code === 'cancelled'
    ? { symbol: '–', style: 'warn', text: 'Cancelled' }
    : { symbol: '✗', style: 'bad', text: 'Refused' };
}

/** `Rehearsal of 20261120_index_changesets`, or of how many. */
export function rehearsalTitle(rehearsal: RehearsalState): string {
  if (rehearsal.request.downgrade) return 'Rehearsal of the downgrade';
  const [first] = rehearsal.names;
  const what =
    rehearsal.names.length === 1 && first ? first : plural(rehearsal.names.length, 'revision');
  return `Rehearsal of ${what}`;
}

/** Those asked for, and whatever else it tells of. */
function namesOf({ names, steps, phase }: RehearsalState, base: RehearsalBase): readonly string[] {
  const seen = [...steps.values()].filter((step) => step.base === base);
  const told = seen.map(({ revision }) => revision).filter((name) => name !== null);
  // When it is over, what it never came to is no news here: the report says so.
  return [...new Set(phase === 'over' && told.length > 0 ? told : [...names, ...told])];
}

/** What is to be done for a revision: of test commands only those that the project has. */
function isWanted(
  { request, steps }: RehearsalState,
  base: RehearsalBase,
  step: RehearsalStepName,
): boolean {
  if (step === 'copy' || step === 'plan' || step === 'check-plan') return false;
  // It may be told for all revisions at once.
  if (step === 'base') return !steps.has(stepKey({ base, revision: null, step }));
  if (step === 'test') return request.tests.upgraded;
  if (step === 'test-downgraded') return request.tests.downgraded;
  return true;
}

function headingRow(spans: Line, columns: number): StepRow {
  return { line: cutLine(spans, columns), since: null, known: false };
}

function stepRow(
  { phase }: RehearsalState,
  about: {
    readonly base: RehearsalBase;
    readonly revision: string | null;
    readonly step: RehearsalStepName;
    readonly seen: StepSeen | undefined;
  },
  columns: number,
  spoken: boolean,
): StepRow {
  const { base, revision, step, seen } = about;
  const indent = revision === null ? 2 : 4;
  const runs = seen?.state === 'running';
  const state = !seen ? 'todo' : runs && phase === 'over' ? 'stopped' : seen.state;
  const { symbol, style, word } = SYMBOLS[state];
  const words = stepWords(step, base);
  const goesOn = state === 'running';
  const row: Line = [
    span(' '.repeat(indent)),
    span(`${symbol} `, style),
    span(
      pad(words, WORDS),
      state === 'todo' || state === 'skipped' ? 'dim' : goesOn ? 'strong' : 'plain',
    ),
    ...(spoken ? [span(` ${word} `)] : []),
    ...(seen && state !== 'stopped' ? afterWords(seen, state === 'failed') : []),
  ];
  const room = goesOn ? columns - ELAPSED : columns;
  return {
    line: cutLine(row, room),
    since: goesOn && seen ? seen.since : null,
    known: seen !== undefined,
  };
}

/** Columns kept for the time of a step that goes on. */
export const ELAPSED = 10;

/** The time it took and what it found; or how far it is. */
function afterWords(seen: StepSeen, failed: boolean): Line {
  const { progress, ms, note } = seen;
  if (seen.state === 'running') {
    return progress === null ? [] : [span(' '), ...progressBar(progress)];
  }
  const took = ms === null || seen.state === 'skipped' ? '' : duration(ms);
  const shown: Line = [span(took.padStart(9), 'dim')];
  return note ? [...shown, span(`  ${note}`, failed ? 'bad' : 'dim')] : shown;
}

/** `████░░░░  52 %` */
export function progressBar(progress: number): Line {
  const share = Math.min(1, Math.max(0, progress));
  const full = Math.round(share * BAR);
  return line(
    span('█'.repeat(full), 'accent'),
    span('░'.repeat(BAR - full), 'dim'),
    span(`${Math.floor(share * 100)} %`.padStart(6)),
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** How a run ended. */

import type { Failure } from '../../contract/failure.ts';
import type { RunOutcome, RunResult, StepOutcome } from '../../contract/run.ts';
import { takenWords } from '../../presentation/backup.ts';
import { halfDoneLines, RESOLVE } from '../../presentation/terminal/half-done.ts';
import type { Highlight } from '../../presentation/terminal/highlight.ts';
import { EMPTY, type Line, line, span, wrapLines } from '../../presentation/terminal/spans.ts';
import { errorLines } from '../../presentation/terminal/statement.ts';
import type { Style } from '../../presentation/terminal/theme.ts';
import { duration, plural } from '../../text/format.ts';
import type { RunState } from '../store/state.ts';

const STEPS: Readonly<Record<StepOutcome, { symbol: string; style: Style; word: string }>> = {
  done: { symbol: '✓', style: 'good', word: 'done' },
  failed: { symbol: '✗', style: 'bad', word: 'failed' },
  'rolled-back': { symbol: '↺', style: 'warn', word: 'rolled back' },
  unknown: { symbol: '?', style: 'warn', word: 'not known' },
  'not-run': { symbol: '·', style: 'dim', word: 'not run' },
};

const OUTCOMES: Readonly<Record<RunOutcome, { word: string; style: Style }>> = {
  done: { word: 'done', style: 'good' },
  failed: { word: 'failed', style: 'bad' },
  cancelled: { word: 'cancelled', style: 'warn' },
  interrupted: { word: 'interrupted', style: 'bad' },
};

/** `Upgrade failed` */
export function resultTitle(run: RunState): string {
  const verb = run.plan.direction === 'up' ? 'Upgrade' : 'Downgrade';
  return `${verb} ${run.result ? OUTCOMES[run.result.outcome].word : 'refused'}`;
}

export function resultTone(result: RunResult): 'good' | 'warn' | 'bad' {
  const { style } = OUTCOMES[result.outcome];
  return style === 'good' || style === 'warn' ? style : 'bad';
}

/** Lines of at most `columns`. */
export function resultLines(
  run: RunState,
  result: RunResult,
  columns: number,
  highlight: Highlight,
): readonly Line[] {
  const took = run.endedAt === null ? '' : ` in ${duration(run.endedAt - run.startedAt)}`;
  const rows: Line[] = [line(span(sentence(run, result) + took, resultTone(result)), span('.'))];
  if (result.failure) rows.push(...failureLines(result.failure, columns, highlight));
  if (result.halfDone) {
    rows.push(EMPTY, ...halfDoneLines(result.halfDone), line(span(RESOLVE, 'strong')));
  }
  rows.push(EMPTY, ...stepLines(result), EMPTY, line(span(standsAt(result), 'strong')));
  const { backup } = result;
  if (backup) {
    const words = takenWords(backup, run.plan.target.schema);
    rows.push(EMPTY, ...words.map((each) => line(span(each))));
  }
  return wrapLines(rows, columns);
}

function sentence(run: RunState, { outcome, steps, history }: RunResult): string {
  const done = steps.filter((step) => step.outcome === 'done').length;
  if (run.plan.resolution?.how === 'undo' && outcome === 'done') return 'Done: what ran is undone';
  const verb = run.plan.direction === 'up' ? 'applied' : 'reverted';
  const of = done === steps.length ? '' : ` of ${steps.length}`;
  const { word } = OUTCOMES[outcome];
  const begun = `${word[0]?.toUpperCase()}${word.slice(1)}`;
  if (!history) return `${begun}; what the database holds is not known`;
  return `${begun}: ${plural(done, 'revision')}${of} ${verb}`;
}

function failureLines(
  { revision, statement, error, aftermath }: Failure,
  columns: number,
  highlight: Highlight,
): readonly Line[] {
  const rows: Line[] = [EMPTY, line(span(aftermath, 'strong')), EMPTY];
  if (revision) rows.push(line(span('revision   ', 'dim'), span(revision)));
  if (statement) rows.push(line(span('statement  ', 'dim'), span(`number ${statement.seq}`)));
  rows.push(...errorLines(error, statement?.sql ?? null, columns, highlight));
  return rows;
}

function stepLines({ steps }: RunResult): readonly Line[] {
  return steps.map(({ name, outcome, ms }) => {
    const { symbol, style, word } = STEPS[outcome];
    const took = ms === null ? '' : ` · ${duration(ms)}`;
    return line(span(`${symbol} `, style), span(name), span(` · ${word}${took}`, 'dim'));
  });
}

/** Where the target stands now, as it was read after the run. */
function standsAt({ history }: RunResult): string {
  if (!history) return 'The database could not be read after the run. Press r to look again.';
  const { counts, current } = history;
  const now = current ? `The target stands at ${current}` : 'The target has no applied revision';
  if (counts.pending === 0) return `${now}; nothing is pending.`;
  return `${now}; ${plural(counts.pending, 'revision')} pending.`;
}

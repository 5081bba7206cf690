/** The ways on with a revision that is half done, as choices. */

import type { MarkedAs } from '../../contract/half-done.ts';
import type { Plan } from '../../contract/plan.ts';
import type { ResolutionOption, Resolutions } from '../../contract/resolution.ts';
import { markWords, shownWords } from '../half-done.ts';
import { halfDoneLines } from './half-done.ts';
import type { Highlight } from './highlight.ts';
import { planLines } from './plan.ts';
import { EMPTY, type Line, line, span, wrapLines } from './spans.ts';
import { CURSOR } from './theme.ts';

export type Choice =
  | { readonly kind: 'run'; readonly option: ResolutionOption }
  | { readonly kind: 'mark'; readonly as: MarkedAs };

/** In the order that they are shown. */
export function choicesOf({ continue: forward, undo }: Resolutions): readonly Choice[] {
  const runs = [...forward.options, ...undo.options];
  return [
    ...runs.map((option): Choice => ({ kind: 'run', option })),
    { kind: 'mark', as: 'applied' },
    { kind: 'mark', as: 'pending' },
  ];
}

/** What ran, what the schema shows, and the choices; `first` is the row of the one under the cursor. */
export function resolutionLines(
  resolutions: Resolutions,
  cursor: number,
  columns: number,
): { readonly lines: readonly Line[]; readonly first: number } {
  const { halfDone } = resolutions;
  const shown = shownWords(resolutions);
  const lines = [
    ...wrapLines(
      [...halfDoneLines(halfDone), ...(shown === null ? [] : [line(shown), EMPTY])],
      columns,
    ),
  ];
  let first = 0;
  let at = 0;
  const choice = (title: string, notes: readonly Line[]) => {
    if (at === cursor) first = lines.length;
    const mark = span(at++ === cursor ? `${CURSOR} ` : '  ', 'accent');
    lines.push(...wrapLines([line(mark, span(title, 'strong'))], columns));
    const inner = wrapLines(notes, Math.max(1, columns - INDENT.length));
    lines.push(...inner.map((row): Line => [span(INDENT), ...row]));
  };
  for (const way of ['continue', 'undo'] as const) {
    const { options, why } = resolutions[way];
    if (why !== '') lines.push(...wrapLines([line(span(why, 'dim'))], columns));
    for (const option of options) choice(titleOf(option.plan), noteLines(option));
    lines.push(EMPTY);
  }
  for (const as of ['applied', 'pending'] as const) {
    choice(`Mark as ${as}`, [line(markWords(halfDone, as))]);
  }
  return { lines, first };
}

const INDENT = '    ';

/** `Continue from statement 3` */
export function titleOf({ resolution }: Plan): string {
  if (resolution?.how === 'undo') return 'Undo what ran';
  return resolution?.how === 'continue' ? `Continue from statement ${resolution.from}` : 'Mark';
}

/** What was found out about a way on, and what it loses. */
function noteLines({ plan, notes, losses, fails }: ResolutionOption): readonly Line[] {
  return [
    ...notes.map((note) => line(note)),
    ...[...losses, ...plan.hazards.map(({ what }) => what)].map((loss) =>
      line(span('! ', 'bad'), span(loss, 'bad')),
    ),
    ...(fails === null
      ? []
      : [line(span('✗ ', 'bad'), span(`Tried on a throwaway, it fails: ${fails}`, 'bad'))]),
  ];
}

/** One of them, exactly as it will run. */
export function optionLines(
  option: ResolutionOption,
  columns: number,
  highlight: Highlight,
): readonly Line[] {
  return [
    ...wrapLines(noteLines(option), columns),
    EMPTY,
    ...planLines({ ...option.plan, hazards: [] }, columns, highlight),
  ];
}

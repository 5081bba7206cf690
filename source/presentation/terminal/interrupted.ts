/** A run that never finished, and what the target really holds. */

import type { InterruptedRun } from '../../contract/events.ts';
import { dateTime, plural } from '../../text/format.ts';
import { withoutHalfDone } from '../half-done.ts';
import { halfDoneLines, RESOLVE } from './half-done.ts';
import { EMPTY, type Line, line, span, wrapLines } from './spans.ts';

/** Lines of at most `columns`. */
export function interruptedLines(
  runs: readonly InterruptedRun[],
  columns: number,
): readonly Line[] {
  const rows = runs.flatMap(({ run, done, notDone, halfDone }): Line[] => {
    if (run.direction === 'restore') {
      return [
        line(
          span('! ', 'warn'),
          span(`Restoring ${run.target.database} never finished.`, 'strong'),
        ),
        line(`It began ${dateTime(Date.parse(run.startedAt))}. ${run.message ?? ''}`),
        EMPTY,
      ];
    }
    const verb = run.direction === 'up' ? 'An upgrade' : 'A downgrade';
    const what = run.direction === 'up' ? 'applied' : 'reverted';
    return [
      line(span('! ', 'warn'), span(`${verb} of ${run.target.database} never finished.`, 'strong')),
      line(
        `It began ${dateTime(Date.parse(run.startedAt))} with ${plural(run.revisions.length, 'revision')}, and sent ${plural(run.statements, 'statement')}.`,
      ),
      ...(run.message ? [line(run.message)] : []),
      EMPTY,
      line(span('What the target holds now:', 'strong')),
      ...done.map((name) => line(span('✓ ', 'good'), span(name), span(` · ${what}`, 'dim'))),
      ...withoutHalfDone(notDone, halfDone).map((name) =>
        line(span('· ', 'dim'), span(name), span(` · not ${what}`, 'dim')),
      ),
      ...halfDone.flatMap((each) => [
        line(span('◐ ', 'bad'), span(each.revision), span(' · half done', 'bad')),
        ...halfDoneLines(each),
        line(span(RESOLVE, 'strong')),
      ]),
      EMPTY,
    ];
  });
  return wrapLines(
    [...rows, line(span('Esc dismisses this. l shows its statements.', 'dim'))],
    columns,
  );
}

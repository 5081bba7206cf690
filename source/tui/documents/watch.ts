/** What the draft would be, and the throwaway that is kept like the entities, as they are watched. */

import type { Build } from '../../contract/dev-database.ts';
import { draftLines } from '../../presentation/terminal/draft.ts';
import { problemLines } from '../../presentation/terminal/problem.ts';
import { EMPTY, type Line, line, span, wrapLines } from '../../presentation/terminal/spans.ts';
import { clock, duration, plural } from '../../text/format.ts';
import { redactUrls } from '../../text/redact.ts';
import type { Watched } from '../use-watch.ts';

/** Lines of at most `columns`: the newest problem first, below it the last good state. */
export function watchLines(
  { draft, same, at, problem }: Omit<Watched, 'busy'>,
  { columns, details }: { readonly columns: number; readonly details: boolean },
): readonly Line[] {
  const shown = draft
    ? draftLines(draft, columns)
    : same
      ? wrapLines(
          [
            line(span('✓ ', 'good'), span('There is nothing to draft.')),
            line(span(same.why, 'dim')),
          ],
          columns,
        )
      : [];
  if (!problem) return shown;
  const told = problemLines(problem, { columns, details });
  if (at === null) return told;
  const when = line(span(`As it was at ${timeOf(at)}:`, 'warn'));
  return [...told, EMPTY, when, EMPTY, ...shown];
}

/** `as of 12:03:01` */
export function watchNote({ at, busy, problem }: Watched): string {
  if (busy) return 'comparing…';
  if (problem || at === null) return '';
  return `as of ${timeOf(at)}`;
}

/** What is to know of the throwaway, and how to get one. */
export function buildLines(build: Build | null, columns: number): readonly Line[] {
  if (!build) {
    return wrapLines(
      [
        line(
          span('t', 'accent'),
          span(' makes a throwaway of the entities to try the application on, and keeps it so; '),
          span('s', 'accent'),
          span(' runs your seeder on it.'),
        ),
      ],
      columns,
    );
  }
  const { built, at, problem, building } = build;
  const rows: Line[] = [];
  if (built) {
    const seeded = built.seeder ? ` · seeded by ${built.seeder}` : '';
    const when = at === null ? '' : ` · ${timeOf(Date.parse(at))}`;
    rows.push(
      line(span(redactUrls(built.url), 'strong')),
      line(
        span(`${plural(built.tables, 'table')} in ${duration(built.ms)}${seeded}${when}`, 'dim'),
      ),
    );
  } else if (building) {
    rows.push(line(span('being made…', 'dim')));
  }
  if (problem) {
    rows.push(line(span(`✗ ${problem.what} ${problem.why}`, 'bad')));
  } else if (built) {
    rows.push(
      line(span('Made anew when the entities change, rows and all; y copies its URL.', 'dim')),
    );
  }
  return wrapLines(rows, columns);
}

function timeOf(at: number): string {
  return clock(at).slice(0, 8);
}

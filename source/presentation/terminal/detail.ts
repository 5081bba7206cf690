/** What is to know of one revision. */

import type { Checklist } from '../../contract/checklist.ts';
import type { Direction } from '../../contract/direction.ts';
import type { Preview } from '../../contract/preview.ts';
import type { CompileError, Problem } from '../../contract/problem.ts';
import type { Revision } from '../../contract/revision.ts';
import { ago, dateTime, duration, plural } from '../../text/format.ts';
import { statementText } from '../../text/sql.ts';
import { describeProgress } from '../checklist.ts';
import { REORDERED } from '../words.ts';
import { evidenceLines } from './evidence.ts';
import { RESOLVE, statementFates } from './half-done.ts';
import type { Highlight } from './highlight.ts';
import { problemLines } from './problem.ts';
import { EMPTY, type Line, line, rule, span, wrapLines } from './spans.ts';
import { markOf } from './theme.ts';

/** An answer that may not have come yet. */
export type Asked<T> =
  | { readonly state: 'asking' }
  | { readonly state: 'known'; readonly value: T }
  | { readonly state: 'failed'; readonly problem: Problem };

export interface Previews {
  readonly up: Asked<Preview>;
  readonly down: Asked<Preview>;
}

export interface DetailContext {
  readonly columns: number;
  readonly now: number;
  readonly highlight: Highlight;
  /** Milliseconds that it took in the run on screen. */
  readonly took: number | null;
  /** How far it is on the way to a commit; null when that is over, or not known yet. */
  readonly checklist: Checklist | null;
  /** What TypeScript said of the file when it was last edited here. */
  readonly errors: readonly CompileError[];
}

/** Lines of at most `columns`. */
export function detailLines(
  revision: Revision,
  previews: Previews | null,
  context: DetailContext,
): readonly Line[] {
  const { columns } = context;
  const facts = wrapLines(
    [
      ...factLines(revision, context),
      ...noteLines(revision),
      ...(revision.halfDone ? [...statementFates(revision.halfDone), line(RESOLVE)] : []),
      ...errorLines(context),
    ],
    columns,
  );
  if (!previews) {
    return [
      ...facts,
      EMPTY,
      ...wrapLines([line(span('There is no code to show.', 'dim'))], columns),
    ];
  }
  return [
    ...facts,
    ...previewLines('up', previews.up, context),
    ...previewLines('down', previews.down, context),
  ];
}

function factLines(revision: Revision, { now, took, checklist }: DetailContext): readonly Line[] {
  const mark = markOf(revision);
  const first = [
    span(`${mark.symbol} `, mark.style),
    span(revision.state === 'missing' ? 'applied, file missing' : revision.state, 'strong'),
  ];
  if (revision.file) first.push(span(` · ${revision.file}`));
  const rows: Line[] = [first];
  if (revision.appliedAt) {
    const at = Date.parse(revision.appliedAt);
    const when = Number.isNaN(at) ? revision.appliedAt : `${ago(at, now)} (${dateTime(at)})`;
    rows.push(line(`applied ${when}`, took === null ? '' : ` · ${duration(took)}`));
  }
  if (revision.recordedAs) rows.push(line(`recorded as ${revision.recordedAs}`));
  rows.push(...evidenceLines(revision, now));
  if (checklist) rows.push(line(span(`checklist (c): ${describeProgress(checklist)}`, 'accent')));
  return rows;
}

function noteLines({ flags, notes }: Revision): readonly Line[] {
  const rows = notes.map((note) => line(span('! ', 'warn'), span(note)));
  // Each flag has a sentence when it needs one; the words alone do for the others.
  if (notes.length === 0 && flags.length > 0) {
    const words = flags.map((flag) => flag.replace(/-/g, ' ')).join(', ');
    return [line(span('! ', 'warn'), span(words))];
  }
  return rows;
}

/** The first few: the rest is often their echo. */
const ERRORS = 3;

function errorLines({ errors }: DetailContext): readonly Line[] {
  return errors
    .slice(0, ERRORS)
    .map(({ line: row, column, message }) =>
      line(span('✗ ', 'bad'), span(`line ${row}:${column} ${message}`)),
    );
}

function previewLines(
  direction: Direction,
  asked: Asked<Preview>,
  context: DetailContext,
): readonly Line[] {
  const { columns, highlight } = context;
  if (asked.state === 'asking') {
    return [rule(direction, columns), line(span('reading the code…', 'dim'))];
  }
  if (asked.state === 'failed') {
    return [rule(direction, columns), ...problemLines(asked.problem, { columns, details: false })];
  }
  const { statements, total, transactional } = asked.value;
  const about = [plural(total, 'statement')];
  if (!transactional) about.push('no transaction');
  return [
    rule(`${direction} · ${about.join(' · ')}`, columns),
    ...wrapLines(previewNotes(asked.value), columns),
    ...statementLines(statements, columns, highlight),
    ...moreStatements(asked.value),
  ];
}

/** What is unusual about a preview, in words. */
export function previewNotes({
  irreversible,
  noDowngrade,
  incomplete,
  reordered,
}: Preview): readonly Line[] {
  const rows: Line[] = [];
  if (noDowngrade) rows.push(line(span('no downgrade: ', 'warn'), span('it has no down().')));
  if (irreversible !== null) {
    rows.push(line(span('irreversible: ', 'warn'), span(irreversible || 'its down() refuses.')));
  }
  if (incomplete !== null) rows.push(line(span('incomplete: ', 'warn'), span(incomplete)));
  if (reordered) rows.push(line(span('order: ', 'warn'), span(REORDERED)));
  return rows;
}

/** How many statements are not shown. */
export function moreStatements({ statements, total }: Preview): readonly Line[] {
  const more = total - statements.length;
  return more === 0 ? [] : [line(span(`… and ${plural(more, 'more statement')}`, 'dim'))];
}

/** Statements under each other, each with its semicolon. */
export function statementLines(
  statements: readonly string[],
  columns: number,
  highlight: Highlight,
): readonly Line[] {
  return statements.flatMap((sql) => wrapLines(highlight(statementText(sql)), columns));
}

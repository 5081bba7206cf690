/** Schemas, a plan for several of them, and how a walk goes. */

import type { ListedSchema, SchemaOutcome, SchemaPlan } from '../../contract/schemas.ts';
import {
  outcomeReason,
  outcomeWord,
  schemaStanding,
  WALK_VERBS,
  walkBackups,
  walkCounts,
  walkRemarks,
} from '../../presentation/schemas.ts';
import type { Highlight } from '../../presentation/terminal/highlight.ts';
import { samePlanLines } from '../../presentation/terminal/plan.ts';
import {
  cutLine,
  EMPTY,
  type Line,
  line,
  rule,
  span,
  spread,
  wrapLine,
  wrapLines,
} from '../../presentation/terminal/spans.ts';
import { CURSOR, type Mark, type Style, verdicts } from '../../presentation/terminal/theme.ts';
import { ago } from '../../text/format.ts';
import { pad } from '../../text/width.ts';
import type { WalkState } from '../store/state.ts';

const OUTCOMES: Readonly<
  Record<Exclude<SchemaOutcome['outcome'], 'rehearsed'>, Omit<Mark, 'word'>>
> = {
  done: { symbol: '✓', style: 'good' },
  failed: { symbol: '✗', style: 'bad' },
  refused: { symbol: '✗', style: 'bad' },
  cancelled: { symbol: '↺', style: 'warn' },
  'not-reached': { symbol: '·', style: 'dim' },
};

function outcomeMark(outcome: SchemaOutcome): Omit<Mark, 'word'> {
  return outcome.outcome === 'rehearsed' ? verdicts[outcome.verdict] : OUTCOMES[outcome.outcome];
}

export interface SchemaRow {
  readonly schema: ListedSchema;
  readonly selected: boolean;
  readonly marked: boolean;
  /** It is the one that the other screens are about. */
  readonly open: boolean;
  /** What became of it in the walk on screen. */
  readonly outcome: SchemaOutcome | null;
  readonly running: boolean;
}

/** `▌*● acme      up to date     20261124_add_repo_owner      done 3 min ago` */
export function schemaLine(row: SchemaRow, names: number, now: number, columns: number): Line {
  const { schema, selected, marked, open } = row;
  const { symbol, style } = markOf(schema);
  const left = line(
    span(selected ? CURSOR : ' ', 'accent'),
    span(marked ? '*' : ' ', 'accent'),
    span(`${symbol} `, style),
    span(pad(schema.name, names), selected ? 'strong' : 'plain'),
    span(open ? ' open  ' : '       ', 'accent'),
    span(pad(schemaStanding(schema), 24), style === 'good' ? 'plain' : style),
    span(schema.current?.replace(/^Migration(?=\d)/, '') ?? '–', 'dim'),
  );
  return spread(left, fate(row, now), columns);
}

/** As it stands after the walk reached it; what was listed before is old then. */
export function afterWalk(schema: ListedSchema, outcome: SchemaOutcome | undefined): ListedSchema {
  const history = outcome && 'result' in outcome ? outcome.result.history : null;
  if (!history) return schema;
  const { counts, upToDate, current, target } = history;
  return { ...schema, counts, upToDate, current, exists: target.exists };
}

function markOf({ counts, upToDate }: ListedSchema): { symbol: string; style: Style } {
  if (counts.missing > 0) return { symbol: '!', style: 'bad' };
  return upToDate ? { symbol: '●', style: 'good' } : { symbol: '○', style: 'warn' };
}

/** What happens to it, happened in this walk, or in its last run. */
function fate({ schema, outcome, running }: SchemaRow, now: number): Line {
  if (outcome) {
    const { symbol, style } = outcomeMark(outcome);
    return [span(`${symbol} ${outcomeWord(outcome)}`, style)];
  }
  if (running) return [span('running', 'accent')];
  if (!schema.last) return [];
  const { outcome: last, at } = schema.last;
  return [span(`${last} ${ago(Date.parse(at), now)}`, last === 'failed' ? 'bad' : 'dim')];
}

/** Lines of at most `columns`. */
export function schemaPlanLines(
  plan: SchemaPlan,
  columns: number,
  highlight: Highlight,
): readonly Line[] {
  const remarks = walkRemarks(plan).map((remark) => line(span('! ', 'warn'), span(remark)));
  return [
    line(span('database      ', 'dim'), span(plan.database, 'strong')),
    ...wrapLines(remarks, columns),
    EMPTY,
    ...plan.groups.flatMap(({ schemas, plan: same }) => [
      rule(schemas.length === 1 ? 'schema' : `${schemas.length} schemas`, columns),
      ...wrapLine([span(schemas.join(', '), 'strong')], columns),
      ...samePlanLines(same, columns, highlight),
    ]),
  ];
}

/** How far a walk is, or how it ended, and why schemas are not done. */
export function walkLines(walk: WalkState, columns: number): readonly Line[] {
  const through = walk.settled.length;
  const all = Math.max(
    through,
    walk.plan.groups.reduce((sum, { schemas }) => sum + schemas.length, 0),
  );
  const reasons = walk.settled.flatMap((outcome): readonly Line[] => {
    const reason = outcomeReason(outcome);
    if (reason === null) return [];
    const { symbol, style } = outcomeMark(outcome);
    return [line(span(`${symbol} `, style), span(outcome.schema, 'strong'), span(`: ${reason}`))];
  });
  const counts = walkCounts(walk.settled) || 'nothing done yet';
  const bar = progressBar(through, all, Math.min(40, columns - 12));
  return [
    cutLine([...bar, span(` ${through} of ${all}`), span(` · ${counts}`, 'dim')], columns),
    ...wrapLines([...reasons, ...walkBackups(walk.settled).map((words) => line(words))], columns),
  ];
}

/** `Upgrade failed` */
export function walkHeading({ kind, cancelling, result }: WalkState): string {
  const verb = kind === 'rehearse' ? 'Rehearsal' : WALK_VERBS[kind];
  if (!result) return cancelling ? `${verb}: cancelling` : verb;
  const { outcome } = result;
  return `${verb} ${kind === 'rehearse' && outcome === 'failed' ? 'not clean' : outcome}`;
}

export function walkTone({ result }: WalkState): 'plain' | 'good' | 'warn' | 'bad' {
  if (!result) return 'plain';
  return ({ done: 'good', failed: 'bad', cancelled: 'warn' } as const)[result.outcome];
}

function progressBar(done: number, all: number, columns: number): Line {
  const wide = Math.max(4, columns);
  const full = all === 0 ? wide : Math.round((done / all) * wide);
  return [span('█'.repeat(full), 'accent'), span('░'.repeat(wide - full), 'dim')];
}

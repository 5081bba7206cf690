/** Exactly what a run will do, for the person who confirms it. */

import type { Plan, TransactionMode } from '../../contract/plan.ts';
import { count, plural } from '../../text/format.ts';
import { shownSql } from '../../text/literals.ts';
import { printableLine } from '../../text/print.ts';
import { planBackupWords } from '../backup.ts';
import { evidenceWords } from '../plan.ts';
import { moreStatements, previewNotes, statementLines } from './detail.ts';
import { type Highlight, plainSql } from './highlight.ts';
import { EMPTY, type Line, line, span, wrapLines } from './spans.ts';

/** Plans with more SQL than this are shown without colours, in characters. */
const HIGHLIGHT_LIMIT = 200_000;

const MODES: Readonly<Record<TransactionMode, string>> = {
  'all-or-nothing': 'all or nothing: one transaction around all revisions',
  'per-revision': 'one transaction for each revision',
  none: 'none',
};

/** `Upgrade kallithea by 2 revisions?` */
export function planTitle(plan: Plan): string {
  const verb = plan.direction === 'up' ? 'Upgrade' : 'Downgrade';
  return `${verb} ${plan.target.project} by ${plural(plan.steps.length, 'revision')}?`;
}

/** What stands above the revisions: database, transactions, warnings. */
function planHead(plan: Plan, columns: number): readonly Line[] {
  const { target, steps } = plan;
  const statements = steps.reduce((sum, { preview }) => sum + preview.total, 0);
  const incomplete = steps.some(({ preview }) => preview.incomplete !== null);
  const rows: readonly Line[] = [
    line(
      span('direction     ', 'dim'),
      span(plan.direction === 'up' ? '▲ up' : '▼ down', plan.direction === 'up' ? 'good' : 'warn'),
      span(
        ` · ${plural(steps.length, 'revision')} · ${plural(statements, 'statement')}${incomplete ? ' or more' : ''}`,
      ),
    ),
    line(
      span('database      ', 'dim'),
      span(`${target.driver} ${target.database}`, 'strong'),
      span(target.exists ? '' : ' · does not exist yet', 'warn'),
    ),
    ...protectedLines(plan),
    ...transactionLines(plan),
    ...evidenceLines(plan),
    ...backupLines(plan),
  ];
  return wrapLines(rows, columns);
}

function backupLines(plan: Plan): readonly Line[] {
  const words = planBackupWords(plan);
  return words === null
    ? []
    : [line(span('backup        ', 'dim'), span(words, plan.backup ? 'plain' : 'warn'))];
}

function protectedLines({ target: { protected: why } }: Plan): readonly Line[] {
  return why === null ? [] : [line(span('              '), span(`■ protected: ${why}`, 'warn'))];
}

/** Whether it is rehearsed as it is. */
function evidenceLines(plan: Plan): readonly Line[] {
  const words = evidenceWords(plan);
  return words === null ? [] : [line(span('rehearsal     ', 'dim'), span(words))];
}

/** How it makes transactions, and what is unusual about it. */
function transactionLines({ transactions, warnings }: Plan): readonly Line[] {
  const { mode, why } = transactions;
  return [
    line(span('transactions  ', 'dim'), span(MODES[mode], mode === 'none' ? 'warn' : 'plain')),
    ...(why ? [line(span(`              ${why}`, 'dim'))] : []),
    ...warnings.map((warning) => line(span('! ', 'warn'), span(warning))),
  ];
}

/** The revisions in the order they run, each with its SQL. */
function planSteps(plan: Plan, columns: number, highlight: Highlight): readonly Line[] {
  const length = plan.steps.reduce(
    (sum, { preview }) => preview.statements.reduce((all, sql) => all + sql.length, sum),
    0,
  );
  const coloured = length > HIGHLIGHT_LIMIT ? plainSql : highlight;
  const digits = count(plan.steps.length).length;
  return plan.steps.flatMap(({ name, preview }, index) => {
    const number = count(index + 1).padStart(digits);
    const about = [plural(preview.total, 'statement')];
    if (!preview.transactional) about.push('no transaction');
    const indent = ' '.repeat(digits + 2);
    const inner = [
      ...wrapLines(previewNotes(preview), columns - indent.length),
      ...statementLines(preview.statements, columns - indent.length, coloured),
      ...moreStatements(preview),
    ];
    return [
      ...wrapLines(
        [
          line(
            span(`${number}. `, 'accent'),
            span(name, 'strong'),
            span(` · ${about.join(' · ')}`, 'dim'),
          ),
        ],
        columns,
      ),
      ...inner.map((row): Line => [span(indent), ...row]),
      EMPTY,
    ];
  });
}

/** What would be lost, before everything else. */
function hazardLines({ hazards, direction }: Plan, columns: number): readonly Line[] {
  if (hazards.length === 0) return [];
  const digits = count(hazards.length).length;
  const rows = hazards.flatMap(({ revision, sql, what }, index): Line[] => [
    line(
      span(`${count(index + 1).padStart(digits)}. `, 'accent'),
      span(what, 'bad'),
      span(` · ${revision}`, 'dim'),
    ),
    line(' '.repeat(digits + 2), span(printableLine(shownSql(sql)))),
  ]);
  const first =
    hazards.length === 1
      ? 'A statement of this plan would silently delete or damage rows of other tables:'
      : `${count(hazards.length)} statements of this plan would silently delete or damage rows of other tables:`;
  return wrapLines(
    [
      line(span('✗ ', 'bad'), span(first, 'bad')),
      ...rows,
      line(
        span('! ', 'warn'),
        span(
          `g runs it guarded: the database’s checks wait until the end, and these rows stay. Other runners (mikro-orm migration:${direction}) will lose the rows. Better repair the revision first: R on it rehearses it, and offers repairs.`,
        ),
      ),
      EMPTY,
    ],
    columns,
  );
}

/** The question before a guarded run. */
export function guardedQuestion({ direction }: Plan): string {
  return `Guarded? The rows stay; mikro-orm migration:${direction} elsewhere will lose them.`;
}

/** Without the database that it was made on, as it is the same on others. */
export function samePlanLines(plan: Plan, columns: number, highlight: Highlight): readonly Line[] {
  return [
    ...wrapLines(transactionLines(plan), columns),
    EMPTY,
    ...planSteps(plan, columns, highlight),
  ];
}

/** The whole plan as one text to scroll. */
export function planLines(plan: Plan, columns: number, highlight: Highlight): readonly Line[] {
  return [
    ...hazardLines(plan, columns),
    ...planHead(plan, columns),
    EMPTY,
    ...planSteps(plan, columns, highlight),
  ];
}

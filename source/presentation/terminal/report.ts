/** The report of a rehearsal: a verdict in words, and the facts that it stands on. */

import type {
  Finding,
  FindingKind,
  Pass,
  PlanRehearsal,
  RehearsalReport,
  Repair,
  RevisionRehearsal,
  RowsChanged,
  StatementEffect,
  TestResult,
} from '../../contract/rehearsal.ts';
import { bytes, count, dateTime, duration, plural } from '../../text/format.ts';
import { statementText } from '../../text/sql.ts';
import { cutMiddle } from '../../text/width.ts';
import { planHeading, planSummary, plansRun, planVerdictWords } from '../plan.ts';
import {
  baseWords,
  countsLosses,
  effectWords,
  reportSentence,
  revisionsWorstFirst,
  stepWords,
  worstFirst,
} from '../words.ts';
import { type Highlight, plainSql } from './highlight.ts';
import { EMPTY, type Line, line, rule, span, wrapLines } from './spans.ts';
import { type Style, verdicts } from './theme.ts';

/** Statements of a pass, and rows of one of them, that are shown. */
const STATEMENTS = 100;
const STATEMENT_ROWS = 12;
/** Longer SQL stays without colours, in characters of a whole report. */
const HIGHLIGHT_LIMIT = 200_000;

/** Columns for the base and the dashes beside the name of a revision. */
const BASE = 32;
/** Columns for the names of facts. */
const FACT = 12;

const KINDS: Readonly<Record<FindingKind, string>> = {
  drift: 'drift',
  failed: 'failed',
  'rows-lost': 'rows lost',
  'values-lost': 'values lost',
  'rename-lost': 'values lost in a rename',
  'table-rename-lost': 'rows lost in a rename of a table',
  narrowed: 'values cut or changed',
  'changed-on-purpose': 'changed on purpose',
  'not-null': 'empty values where none may be',
  unique: 'duplicates',
  'foreign-key': 'references that lead nowhere',
  check: 'rows against a check',
  conversion: 'values that do not fit',
  'objects-lost': 'lost by a rebuild',
  sequence: 'numbers given again',
  integrity: 'database damaged',
  'entities-differ': 'differs from the entities',
  'schema-differs': 'downgrade leaves another schema',
  irreversible: 'irreversible',
  'no-downgrade': 'no downgrade',
  'not-compared': 'not compared',
  'plan-differs': 'together otherwise than one by one',
  kept: 'kept',
  'test-failed': 'test failed',
  'not-repeatable': 'second upgrade differs',
  blocks: 'others wait',
  'in-use': 'used by running code',
  'not-proven': 'not proven',
};

/** A repair that the report offers, under the number that it has there. */
export interface Offer {
  readonly number: number;
  readonly revision: RevisionRehearsal;
  readonly finding: Finding;
  readonly repair: Repair;
}

/** A repair that Handrail can make by itself. */
export interface Applicable extends Offer {
  readonly repair: Repair & { readonly rewritten: string };
  readonly file: string;
}

/** Every repair of a report, in the order of the report; the same one is offered once. */
export function offersOf(report: RehearsalReport): readonly Offer[] {
  const offers: Offer[] = [];
  const known = new Set<string>();
  for (const revision of revisionsWorstFirst(report)) {
    for (const finding of worstFirst(revision.findings)) {
      for (const repair of finding.repairs) {
        const key = repairKey(revision, repair);
        if (known.has(key)) continue;
        known.add(key);
        offers.push({ number: offers.length + 1, revision, finding, repair });
      }
    }
  }
  return offers;
}

/** Those that need no hand. */
export function applicable(offers: readonly Offer[]): readonly Applicable[] {
  return offers.flatMap((offer): Applicable[] => {
    const { rewritten } = offer.repair;
    const { file } = offer.revision;
    if (rewritten === null || file === null) return [];
    return [{ ...offer, file, repair: { ...offer.repair, rewritten } }];
  });
}

/** `Hazards: 20261120_index_changesets` */
export function reportTitle({ verdict, revisions, plans }: RehearsalReport): string {
  const downgrade = plans.find(({ inputs }) => inputs.direction === 'down');
  const names = [...new Set((downgrade?.inputs.revisions ?? revisions).map(({ name }) => name))];
  const what = names.length === 1 ? names[0] : plural(names.length, 'revision');
  return `${verdicts[verdict].word}: rehearsal of ${what}`;
}

/** Lines of at most `columns`. */
export function reportLines(
  report: RehearsalReport,
  columns: number,
  highlight: Highlight,
): readonly Line[] {
  const numbers = new Map(
    offersOf(report).map(({ revision, repair, number }) => [repairKey(revision, repair), number]),
  );
  const context: Context = {
    columns,
    highlight: sqlLength(report) > HIGHLIGHT_LIMIT ? plainSql : highlight,
    numberOf: (revision, repair) => numbers.get(repairKey(revision, repair)) ?? 0,
  };
  return [
    ...wrapLines(headLines(report), columns),
    ...plansRun(report.plans).flatMap((plan) => [EMPTY, ...planLines(plan, context)]),
    ...revisionsWorstFirst(report).flatMap((revision) => [
      EMPTY,
      ...revisionLines(revision, context),
    ]),
    ...wrapLines(notRehearsedLines(report), columns),
  ];
}

/** What findings and repairs are told of. */
type Rehearsed = Pick<RevisionRehearsal, 'name' | 'base' | 'file'>;

interface Context {
  readonly columns: number;
  readonly highlight: Highlight;
  readonly numberOf: (revision: Rehearsed, repair: Repair) => number;
}

function headLines(report: RehearsalReport): readonly Line[] {
  const { verdict, target, startedAt, ms, throwaways } = report;
  const { symbol, style, word } = verdicts[verdict];
  const begun = Date.parse(startedAt);
  return [
    line(
      span(`${symbol} `, style),
      span(`${word}: `, style === 'good' ? 'strong' : style),
      span(reportSentence(report), 'strong'),
    ),
    EMPTY,
    fact('target', `${target.driver} ${target.database}${contextOf(target.name)}`),
    fact('rehearsed', Number.isNaN(begun) ? startedAt : dateTime(begun), ` in ${duration(ms)}`),
    ...throwaways.map(({ base, bytes: size, rows }) =>
      fact('throwaway', baseNoun(base), ` · ${plural(rows, 'row')} · ${bytes(size)}, removed`),
    ),
  ];
}

function contextOf(name: string): string {
  return name === 'default' ? '' : ` (${name})`;
}

function baseNoun(base: 'target' | 'empty'): string {
  return base === 'target' ? 'copy of the target' : 'empty database';
}

function revisionLines(revision: RevisionRehearsal, context: Context): readonly Line[] {
  const { columns } = context;
  const { name, base, findings, passes, tests } = revision;
  return [
    rule(`${cutMiddle(name, Math.max(8, columns - BASE))} · ${baseWords(base)}`, columns),
    ...wrapLines(verdictLines(revision), columns),
    ...worstFirst(findings).flatMap((finding) => findingLines(revision, finding, context)),
    ...passes.flatMap((pass) => passLines(pass, context)),
    ...tests.flatMap((test) => testLines(test, columns)),
    ...wrapLines(stepLines(revision), columns),
  ];
}

function planLines(plan: PlanRehearsal, { columns, ...context }: Context): readonly Line[] {
  const { base, verdict, findings, passes } = plan;
  const { symbol, style } = verdicts[verdict];
  const repairs = findings.flatMap((finding) => finding.repairs);
  // None of them is offered: a person chooses among them.
  const own = {
    ...context,
    columns,
    numberOf: (_: Rehearsed, repair: Repair) => repairs.indexOf(repair) + 1,
  };
  return [
    rule(`the plan · ${baseWords(base)}`, columns),
    ...wrapLines(
      [
        line(
          span(`${symbol} `, style),
          span(planVerdictWords(plan), style === 'good' ? 'strong' : style),
        ),
        fact('ran', planHeading(plan)),
        fact('took', planSummary(plan)),
      ],
      columns,
    ),
    ...worstFirst(findings).flatMap((finding) =>
      findingLines({ name: '', base, file: null }, finding, own),
    ),
    ...passes.flatMap((pass) => [
      ...wrapLines([EMPTY, line(span(pass.revision, 'strong'))], columns),
      ...passLines(pass, own),
    ]),
  ];
}

function verdictLines(revision: RevisionRehearsal): readonly Line[] {
  const { verdict, file, passes, rows, rowsLost, findings } = revision;
  const { symbol, style, word } = verdicts[verdict];
  const hazards = hazardsIn(findings);
  const notices = findings.length - hazards;
  const about = [
    ...(hazards > 0 ? [plural(hazards, 'hazard')] : []),
    ...(notices > 0 ? [plural(notices, 'notice')] : []),
  ];
  const times = passes.map(
    ({ direction, again, ms, failure }) =>
      `${direction}${again ? ' again' : ''} ${duration(ms)}${failure ? ' (failed)' : ''}`,
  );
  const isCounted = countsLosses(revision);
  const lost = isCounted ? ` · ${count(rowsLost)} lost` : '';
  return [
    line(
      span(`${symbol} `, style),
      span(word, style === 'good' ? 'strong' : style),
      span(about.length > 0 ? ` · ${about.join(' · ')}` : ''),
    ),
    ...(file ? [fact('file', file)] : []),
    fact('took', times.length > 0 ? times.join(' · ') : 'nothing ran'),
    line(
      span('rows'.padEnd(FACT), 'dim'),
      span(`${count(rows)} before`),
      span(lost, rowsLost > 0 ? 'bad' : 'plain'),
    ),
  ];
}

function findingLines(revision: Rehearsed, finding: Finding, context: Context): readonly Line[] {
  const { columns, highlight } = context;
  const { kind, severity, step, what, why, rows, keys, statement, details, repairs } = finding;
  const style: Style = severity === 'hazard' ? 'bad' : 'warn';
  const head: Line[] = [
    EMPTY,
    line(
      span(severity === 'hazard' ? '✗ ' : '! ', style),
      span(`${severity}: ${KINDS[kind]}`, style),
      span(` · ${stepWords(step, revision.base)}`, 'dim'),
    ),
    line('  ', span(what, 'strong')),
    ...(why ? [line(`  ${why}`)] : []),
    ...placeLine(finding),
  ];
  if (keys.length > 0) {
    const more =
      rows !== null && rows > keys.length ? ` and ${count(rows - keys.length)} more` : '';
    head.push(line(span('  rows: ', 'dim'), span(keys.join(', ')), span(more, 'dim')));
  }
  return [
    ...wrapLines(head, columns),
    ...(statement ? indented(sqlRows(statement, columns - 4, highlight), 4) : []),
    ...wrapLines(
      details.map((text) => line('    ', span(text, detailTone(text)))),
      columns,
    ),
    ...repairs.flatMap((repair) => repairLines(revision, repair, context)),
  ];
}

function placeLine({ table, column }: Finding): readonly Line[] {
  if (table === null) return [];
  const place = column === null ? `table ${table}` : `table ${table}, column ${column}`;
  return [line(span(`  ${place}`, 'dim'))];
}

function repairLines(
  revision: Rehearsed,
  repair: Repair,
  { columns, highlight, numberOf }: Context,
): readonly Line[] {
  const byHand = repair.rewritten === null || revision.file === null;
  return [
    ...wrapLines(
      [
        line(
          span(`  ${numberOf(revision, repair)}. `, 'accent'),
          span(`repair: ${repair.title}`, 'strong'),
          span(
            byHand ? ' · by hand' : ` · ${repair.choice ? 'yours to decide: ' : ''}press a`,
            'dim',
          ),
        ),
        ...(repair.caution ? [line('     ', span('! ', 'warn'), span(repair.caution))] : []),
      ],
      columns,
    ),
    ...indented(
      repair.statements.flatMap((sql) => sqlRows(sql, columns - 5, highlight)),
      5,
    ),
    ...wrapLines(
      repair.further.map(({ file }) => line(span('     + ', 'good'), span(file))),
      columns,
    ),
  ];
}

function passLines(pass: Pass, { columns, highlight }: Context): readonly Line[] {
  const { direction, again, ms, statements, omitted, failure } = pass;
  const title = again ? `${direction} again` : direction;
  const about = `${title} · ${duration(ms)} · ${plural(statements.length + omitted, 'statement')}`;
  const head = [EMPTY, line(span('▸ ', 'accent'), span(about, 'strong'))];
  const failed: Line[] = failure
    ? [line(span('  ✗ ', 'bad'), span(failure.error.message, 'bad'))]
    : [];
  // The second upgrade is the first once more; what differs is a finding.
  const shown = again && !failure ? [] : statements.slice(0, STATEMENTS);
  const hidden = again && !failure ? 0 : statements.length + omitted - shown.length;
  return [
    ...wrapLines(head, columns),
    ...shown.flatMap((statement) => [
      ...indented(sqlRows(statement.sql, columns - 2, highlight), 2),
      ...wrapLines([effectLine(statement)], columns),
    ]),
    ...(hidden > 0 ? [line(span(`  … and ${plural(hidden, 'statement')} more`, 'dim'))] : []),
    ...wrapLines(failed, columns),
  ];
}

/** `  12 ms · users 40 rows · comments 12 rows, indirectly` */
function effectLine(statement: StatementEffect): Line {
  const { ms, changed, rebuilds, error } = statement;
  const parts: Line[] = [[span(duration(ms), 'dim')]];
  for (const one of changed) parts.push(changedSpans(one));
  for (const words of effectWords(statement)) parts.push([span(words, 'dim')]);
  if (rebuilds !== null) parts.push([span(`rebuilds ${rebuilds}`, 'dim')]);
  if (error !== null) parts.push([span(`✗ ${error}`, 'bad')]);
  return [
    span('     '),
    ...parts.flatMap((part, index) => (index === 0 ? part : [span(' · ', 'dim'), ...part])),
  ];
}

function changedSpans({ table, rows, indirect }: RowsChanged): Line {
  const text = `${table} ${plural(rows, 'row')}`;
  return indirect ? [span('↳ ', 'warn'), span(`${text}, indirectly`, 'warn')] : [span(text)];
}

function testLines({ command, ok, ended, ms, output }: TestResult, columns: number) {
  const rows: Line[] = [
    EMPTY,
    line(
      span(ok ? '✓ ' : '✗ ', ok ? 'good' : 'bad'),
      span(`test command ${ok ? 'passed' : `failed (${ended})`}`, ok ? 'strong' : 'bad'),
      span(` · ${duration(ms)} · ${command}`, 'dim'),
    ),
    // What passed has nothing more to say here.
    ...(ok ? [] : output.map((text) => line('    ', span(text, 'dim')))),
  ];
  return wrapLines(rows, columns);
}

const STEP_SYMBOLS = {
  running: { symbol: '–', style: 'warn' },
  done: { symbol: '✓', style: 'good' },
  failed: { symbol: '✗', style: 'bad' },
  skipped: { symbol: '–', style: 'dim' },
} as const;

function stepLines({ steps, base }: RevisionRehearsal): readonly Line[] {
  if (steps.length === 0) return [];
  return [
    EMPTY,
    line(span('▸ ', 'accent'), span('steps', 'strong')),
    ...steps.map(({ step, state, ms, note }) => {
      const { symbol, style } = STEP_SYMBOLS[state];
      const took = ms === null || state === 'skipped' ? '' : ` · ${duration(ms)}`;
      return line(
        '  ',
        span(`${symbol} `, style),
        span(stepWords(step, base)),
        span(took, 'dim'),
        span(note ? ` · ${note}` : '', state === 'failed' ? 'bad' : 'dim'),
      );
    }),
  ];
}

function notRehearsedLines({ notRehearsed }: RehearsalReport): readonly Line[] {
  if (notRehearsed.length === 0) return [];
  return [
    EMPTY,
    line(span('Not rehearsed, since one before them failed:', 'strong')),
    ...notRehearsed.map((name) => line(span('· ', 'dim'), span(name))),
  ];
}

/** A statement, cut to a few rows. */
function sqlRows(sql: string, columns: number, highlight: Highlight): readonly Line[] {
  const rows = wrapLines(highlight(statementText(sql)), Math.max(8, columns));
  if (rows.length <= STATEMENT_ROWS) return rows;
  const hidden = rows.length - STATEMENT_ROWS + 1;
  return [
    ...rows.slice(0, STATEMENT_ROWS - 1),
    line(span(`… ${plural(hidden, 'line')} more`, 'dim')),
  ];
}

function indented(rows: readonly Line[], by: number): readonly Line[] {
  return rows.map((row): Line => [span(' '.repeat(by)), ...row]);
}

function fact(name: string, value: string, more = ''): Line {
  return line(span(name.padEnd(FACT), 'dim'), span(value), span(more, 'dim'));
}

/** Differences are told as lines that begin with a sign. */
function detailTone(text: string): Style {
  if (text.startsWith('+')) return 'good';
  return text.startsWith('-') ? 'bad' : 'dim';
}

function hazardsIn(findings: readonly Finding[]): number {
  return findings.filter(({ severity }) => severity === 'hazard').length;
}

function repairKey({ name }: Rehearsed, repair: Repair): string {
  return JSON.stringify([name, repair.title, repair.statements, repair.rewritten]);
}

function sqlLength({ revisions }: RehearsalReport): number {
  return revisions.reduce(
    (all, { passes }) =>
      passes.reduce(
        (some, { statements }) => statements.reduce((sum, { sql }) => sum + sql.length, some),
        all,
      ),
    0,
  );
}

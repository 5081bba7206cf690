/** The report of a rehearsal as Markdown, for a pull request. */

import type {
  Finding,
  Pass,
  PlanRehearsal,
  RehearsalReport,
  RevisionRehearsal,
} from '../contract/rehearsal.ts';
import { escapeControl, escapeLines } from '../text/escape.ts';
import { duration, plural } from '../text/format.ts';
import { shownSql } from '../text/literals.ts';
import { planHeading, planSummary, plansRun, planVerdictWords } from './plan.ts';
import {
  baseWords,
  effectWords,
  passName,
  revisionsWorstFirst,
  stepWords,
  summaryOf,
  verdictWords,
  worstFirst,
} from './words.ts';

const SYMBOLS = { clean: '✅', hazards: '⚠️', failed: '❌' } as const;

export function reportToMarkdown(report: RehearsalReport): string {
  const { target, startedAt, ms, verdict, throwaways, notRehearsed } = report;
  return `${[
    `# Rehearsal: ${SYMBOLS[verdict]} ${verdict}`,
    `${text(target.project)} · ${target.driver} ${code(target.database)} · ${startedAt} · ${duration(ms)}`,
    ...throwaways.map(
      ({ base, bytes, rows }) =>
        `A throwaway, made ${base === 'target' ? 'as a copy of the target' : 'empty'}: ${plural(rows, 'row')}, ${(bytes / 1_000_000).toFixed(1)} MB.`,
    ),
    ...plansRun(report.plans).flatMap(planLines),
    ...revisionsWorstFirst(report).flatMap(revisionLines),
    ...(notRehearsed.length > 0
      ? [`Not rehearsed: ${notRehearsed.map((name) => code(name)).join(', ')}.`]
      : []),
  ].join('\n\n')}\n`;
}

function planLines(plan: PlanRehearsal): string[] {
  const { verdict, base, findings, passes } = plan;
  return [
    `## ${SYMBOLS[verdict]} The plan: ${text(planHeading(plan))}`,
    `${planVerdictWords(plan)}\n${planSummary(plan)} · ${baseWords(base)}`,
    ...worstFirst(findings).flatMap(findingLines),
    ...passes.map((pass) => passTable(pass, pass.revision)),
  ];
}

function revisionLines(revision: RevisionRehearsal): string[] {
  const { name, base, verdict, findings, passes, tests } = revision;
  return [
    `## ${SYMBOLS[verdict]} ${text(name)}`,
    `${verdictWords(revision)}\n${summaryOf(revision)} · ${baseWords(base)}`,
    ...worstFirst(findings).flatMap(findingLines),
    ...tests.map(
      ({ command, ok, ended, ms }) =>
        `${ok ? '✅' : '❌'} Test ${code(command)}: ${text(ended)}, ${duration(ms)}.`,
    ),
    ...passes.map((pass) => passTable(pass, passName(pass))),
  ];
}

function findingLines(finding: Finding): string[] {
  const { severity, step, what, why, keys, statement, details, repairs } = finding;
  return [
    `### ${severity === 'hazard' ? '⚠️' : 'ℹ️'} ${text(what)}`,
    `Found at: ${stepWords(step)}.${why ? ` ${text(why)}` : ''}`,
    ...(keys.length > 0 ? [`Rows: ${keys.map((key) => code(key)).join(', ')}`] : []),
    ...(statement ? [block('sql', shownSql(statement))] : []),
    ...(details.length > 0 ? [block('', details.join('\n'))] : []),
    ...repairs.flatMap(({ title, caution, statements, further }, index) => [
      `${index + 1}. **${text(title)}**${caution ? `: ${text(caution)}` : ''}`,
      ...(statements.length > 0 ? [block('sql', `${statements.map(shownSql).join(';\n')};`)] : []),
      ...(further.length > 0 ? [`New: ${further.map(({ file }) => code(file)).join(', ')}`] : []),
    ]),
  ];
}

function passTable(pass: Pass, name: string): string {
  const rows = pass.statements.map((statement) => {
    const { sql, ms, changed, error } = statement;
    const counted = changed.map(
      ({ table, rows: count, indirect }) =>
        `${plural(count, 'row')} of ${table}${indirect ? ' (by the way)' : ''}`,
    );
    const effect = error ?? [...counted, ...effectWords(statement)].join(', ');
    return `| ${cell(sql)} | ${duration(ms)} | ${text(effect)} |`;
  });
  const title = `<details><summary>${text(name)}: ${plural(rows.length, 'statement')}, ${duration(pass.ms)}</summary>`;
  const table = ['| statement | time | effect |', '|---|---|---|', ...rows].join('\n');
  return `${title}\n\n${table}\n\n</details>`;
}

/** Longer statements are cut in a table. */
const CELL = 160;

function cell(sql: string): string {
  const line = shownSql(sql.trim()).replaceAll(/\s+/g, ' ');
  const cut = line.length > CELL ? `${line.slice(0, CELL)}…` : line;
  return code(cut).replaceAll('|', '\\|');
}

/** Nothing in it is Markdown or HTML. */
function text(value: string): string {
  return escapeControl(value)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/([\\`*_[\]|#~])/g, '\\$1');
}

/** A fence longer than any within, as Markdown asks for. */
function code(value: string): string {
  const safe = escapeControl(value);
  const fence = '`'.repeat(longestRun(safe) + 1);
  const space = safe.startsWith('`') || safe.endsWith('`') ? ' ' : '';
  return `${fence}${space}${safe}${space}${fence}`;
}

function block(language: string, value: string): string {
  const safe = escapeLines(value);
  const fence = '`'.repeat(Math.max(3, longestRun(safe) + 1));
  return `${fence}${language}\n${safe}\n${fence}`;
}

function longestRun(value: string): number {
  return Math.max(0, ...[...value.matchAll(/`+/g)].map(([run]) => run.length));
}

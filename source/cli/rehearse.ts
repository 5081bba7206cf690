/** `handrail rehearse`: run revisions on a throwaway database, and tell what they did to it. */

import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ExitStatus, exitStatus } from '../contract/exit-status.ts';
import type { Problem, Reply } from '../contract/problem.ts';
import type { Finding, RehearsalBase, RehearsalReport, Repair } from '../contract/rehearsal.ts';
import { reportToMarkdown } from '../presentation/markdown.ts';
import { planHeading, planSummary, plansRun, planVerdictWords } from '../presentation/plan.ts';
import {
  baseWords,
  revisionsWorstFirst,
  summaryOf,
  verdictWords,
  worstFirst,
} from '../presentation/words.ts';
import type { Session } from '../session/session.ts';
import { escapeControl } from '../text/escape.ts';
import { shownSql } from '../text/literals.ts';
import { printable } from '../text/print.ts';
import {
  cancellable,
  createOutput,
  manySchemas,
  type Output,
  oneSchema,
  refuse,
  withSession,
} from './context.ts';
import { type RehearseOptions, tellRehearsal } from './rehearsal-output.ts';
import type { RepairResults } from './repairing.ts';
import { goalOf } from './run-options.ts';

export async function rehearse(
  revisions: readonly string[],
  options: RehearseOptions,
): Promise<ExitStatus> {
  const output = createOutput(options);
  const wrong = misuse(revisions, options);
  if (wrong) return refuse(output, wrong);
  const schemas = manySchemas(options);
  if (schemas !== undefined) {
    const { rehearseSchemas } = await import('./schemas.ts');
    return rehearseSchemas(schemas, options, output);
  }
  const mode = { inspect: 'never', schema: oneSchema(options) } as const;
  return withSession(options, output, mode, (session) =>
    cancellable(session, () =>
      options.report === undefined
        ? rehearseNow(session, revisions, options, output)
        : showKept(session, options.report, options, output),
    ),
  );
}

function misuse(revisions: readonly string[], options: RehearseOptions): Problem | null {
  const what =
    downgradeMisuse(revisions, options) ??
    (revisions.length > 0 && options.allPending
      ? 'Either revisions or --all-pending can be given.'
      : options.fromScratch && options.alsoEmpty
        ? 'Only one of --from-scratch and --also-empty can be given.'
        : manySchemas(options) !== undefined && namesMore(revisions, options)
          ? 'In several schemas all that is pending is rehearsed, on copies of them; nothing else can be given.'
          : null);
  return what === null ? null : { code: 'usage', what, why: '', next: [], detail: null };
}

function downgradeMisuse(revisions: readonly string[], options: RehearseOptions): string | null {
  const { down, to, only, steps, allPending, fromScratch, alsoEmpty } = options;
  const goals = [to, only, steps].filter((each) => each !== undefined);
  if (!down) return goals.length > 0 ? '--to, --only and --steps are for --down.' : null;
  if (goals.length > 1) return 'Only one of --to, --only and --steps can be given.';
  const others = [allPending, fromScratch, alsoEmpty].some((each) => each);
  return revisions.length > 0 || others || repairs(options)
    ? '--down rehearses what down would run; nothing else can be given.'
    : null;
}

function namesMore(revisions: readonly string[], options: RehearseOptions): boolean {
  const { fromScratch, alsoEmpty, repair, markdown, report, choose, answer, down } = options;
  return (
    revisions.length > 0 ||
    [fromScratch, alsoEmpty, repair, markdown, report, down].some((each) => each !== undefined) ||
    [...choose, ...answer].length > 0
  );
}

async function rehearseNow(
  session: Session,
  revisions: readonly string[],
  options: RehearseOptions,
  output: Output,
): Promise<ExitStatus> {
  const bases: readonly RehearsalBase[] = options.fromScratch
    ? ['empty']
    : options.alsoEmpty
      ? ['target', 'empty']
      : ['target'];
  tellRehearsal(session, output);
  const looked = await session.look();
  if (!looked.ok) return refuse(output, looked.problem);
  const downgrade = options.down ? goalOf('down', options) : null;
  const request = { revisions, bases, ...(downgrade && { downgrade }) };
  const rehearsed = await session.rehearse(request);
  if (!rehearsed.ok) return refuse(output, rehearsed.problem);
  if (!repairs(options)) return answer(rehearsed.value.report, rehearsed.value.id, options, output);
  const { repairAll } = await import('./repairing.ts');
  const repaired = await repairAll(session, rehearsed.value, request, options, output);
  if (!repaired.ok) return refuse(output, repaired.problem);
  const { id, report, ...results } = repaired.value;
  return answer(report, id, options, output, results);
}

/** Who chooses or answers wants the repair. */
function repairs({ repair, choose, answer: answers }: RehearseOptions): boolean {
  return repair === true || choose.length > 0 || answers.length > 0;
}

async function showKept(
  session: Session,
  id: number,
  options: RehearseOptions,
  output: Output,
): Promise<ExitStatus> {
  const reply = await session.rehearsal(id);
  if (!reply.ok) return refuse(output, reply.problem);
  if (reply.value) return answer(reply.value, id, options, output);
  return refuse(output, {
    code: 'usage',
    what: `The journal has no rehearsal ${id}.`,
    why: '',
    next: [],
    detail: null,
  });
}

function answer(
  report: RehearsalReport,
  id: number | null,
  options: RehearseOptions,
  output: Output,
  results?: RepairResults,
): ExitStatus {
  if (options.markdown !== undefined) {
    const written = writeMarkdown(options.markdown, report);
    if (!written.ok) return refuse(output, written.problem);
    output.note(`The report is in ${escapeControl(options.markdown)}`);
  }
  output.say(describeReport(report));
  output.answer({ outcome: 'rehearsed', rehearsal: id, report, ...results });
  return report.verdict === 'clean' && report.notRehearsed.length === 0
    ? exitStatus.done
    : exitStatus.no;
}

function writeMarkdown(path: string, report: RehearsalReport): Reply<null> {
  try {
    writeFileSync(resolve(path), printable(reportToMarkdown(report)));
    return { ok: true, value: null };
  } catch (error) {
    return {
      ok: false,
      problem: {
        code: 'usage',
        what: `${path} could not be written.`,
        why: error instanceof Error ? error.message : String(error),
        next: [],
        detail: null,
      },
    };
  }
}

/** The report for people. */
function describeReport(report: RehearsalReport): string {
  const plans = plansRun(report.plans).flatMap((plan) => [
    '',
    `${planHeading(plan)}, ${baseWords(plan.base)}`,
    `  ${planVerdictWords(plan)}`,
    `  ${planSummary(plan)}`,
    ...worstFirst(plan.findings).flatMap(describeFinding),
  ]);
  const revisions = revisionsWorstFirst(report).flatMap((revision) => [
    '',
    `${revision.name}, ${baseWords(revision.base)}`,
    `  ${verdictWords(revision)}`,
    `  ${summaryOf(revision)}`,
    ...worstFirst(revision.findings).flatMap(describeFinding),
  ]);
  const lines = [...plans, ...revisions];
  if (report.notRehearsed.length > 0) {
    lines.push('', `Not rehearsed: ${report.notRehearsed.join(', ')}`);
  }
  return lines
    .slice(1)
    .map((line) => escapeControl(line))
    .join('\n');
}

/** What to write behind `handrail rehearse` for it. */
function howToRepair({ id, choice, rewritten }: Repair): string {
  if (rewritten === null) return 'by hand';
  if (!choice) return '--repair';
  if (choice.name === null) return `yours to decide: --choose ${quotedWord(id)}`;
  const value = choice.proposed ?? '…';
  return `the value is yours to say, as SQL: --answer ${quotedWord(`${choice.name}=${value}`)}`;
}

/** For a shell. */
function quotedWord(word: string): string {
  return /^[\w:.,=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function describeFinding(finding: Finding): string[] {
  const { severity, what, why, keys, statement, details, repairs } = finding;
  return [
    '',
    `  ${severity === 'hazard' ? '!' : '·'} ${what}`,
    ...(why ? [`    ${why}`] : []),
    ...(keys.length > 0 ? [`    Rows: ${keys.join('; ')}`] : []),
    ...(statement ? [`    Statement: ${shownSql(statement.trim()).slice(0, 300)}`] : []),
    ...details.flatMap((detail) => detail.split('\n').map((line) => `      ${line}`)),
    ...repairs.flatMap((repair, index) => [
      `    ${index + 1}. ${repair.title} (${howToRepair(repair)})`,
      ...(repair.caution ? [`       ${repair.caution}`] : []),
      ...(repair.rewritten === null
        ? repair.statements.flatMap((sql) =>
            shownSql(sql)
              .split('\n')
              .map((line) => `       ${line}`),
          )
        : repair.further.map(({ file }) => `       and a new revision: ${file}`)),
    ]),
  ];
}

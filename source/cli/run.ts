/** `handrail up` and `handrail down`: show the plan, have it confirmed, run it, tell how it went. */

import { type ExitStatus, exitStatus, statusOfRun } from '../contract/exit-status.ts';
import type { HalfDone } from '../contract/half-done.ts';
import type {
  Direction,
  Goal,
  Plan,
  Problem,
  RunResult,
  ServerNotice,
  StatementStarted,
} from '../contract/protocol.ts';
import { backupWords, planBackupWords, takenWords } from '../presentation/backup.ts';
import { halfDoneTable, halfDoneWords } from '../presentation/half-done.ts';
import { evidenceWords, guardedPlan, TRANSACTION_WORDS } from '../presentation/plan.ts';
import {
  blockerWords,
  holderWords,
  noticeWords,
  omittedWords,
  progressWords,
  REORDERED,
} from '../presentation/words.ts';
import { type Consent, whyUnproven } from '../session/protection.ts';
import type { Session } from '../session/session.ts';
import { escapeControl } from '../text/escape.ts';
import { duration, plural } from '../text/format.ts';
import { shownSql } from '../text/literals.ts';
import { statementText } from '../text/sql.ts';
import { type ConsentOptions, consentNeeded, refusedBy } from './confirm.ts';
import {
  type CommonOptions,
  cancellable,
  createOutput,
  manySchemas,
  type Output,
  oneSchema,
  problemDocument,
  refuse,
  type SchemaOptions,
  withSession,
} from './context.ts';
import { protectedLine, standing, targetDocument } from './status.ts';

export interface RunCommandOptions extends CommonOptions, SchemaOptions, ConsentOptions {
  readonly to?: string;
  readonly only?: string;
  readonly steps?: number;
  readonly yes?: boolean;
  /** Show the plan and stop. */
  readonly dryRun?: boolean;
  /** Show every statement as it ends. */
  readonly sql?: boolean;
  /** Run what would delete rows by the way, without deleting them. */
  readonly guarded?: boolean;
  /** Whether a backup is taken before; else the settings say. */
  readonly backup?: boolean;
  /** Go on with the next schema when one failed. */
  readonly keepGoing?: boolean;
}

export async function run(direction: Direction, options: RunCommandOptions): Promise<ExitStatus> {
  const output = createOutput(options);
  const goal = goalOf(direction, options);
  if (goal === null) {
    return refuse(output, {
      code: 'usage',
      what: 'Only one of --to, --only and --steps can be given.',
      why: '',
      next: [],
      detail: null,
    });
  }
  const schemas = manySchemas(options);
  if (schemas !== undefined) {
    const { runSchemas } = await import('./schemas.ts');
    return runSchemas(schemas, { direction, goal }, options, output);
  }
  const mode = { inspect: 'never', schema: oneSchema(options) } as const;
  return withSession(options, output, mode, async (session) => {
    const unrecorded = journalProblemIn(session);
    // Also tells of runs that were interrupted, before there is another.
    const looked = await session.look();
    if (!looked.ok) return refuse(output, looked.problem);
    const planned = await session.plan({ direction, goal });
    if (!planned.ok) return refuse(output, planned.problem);
    const plan = withOptions(planned.value, options);
    output.note(describePlan(plan));
    if (plan.hazards.length > 0 && plan.inputs.guarded) output.note(`${GUARDED}\n`);
    if (options.dryRun) {
      output.answer({ outcome: 'planned', ...planDocument(plan) });
      return exitStatus.done;
    }
    const needed = consentNeeded(plan.target, options);
    if (needed.problem) return refuse(output, needed.problem);
    const unproven = options.unproven ? null : whyUnproven(plan);
    if (unproven) return refuse(output, unproven);
    const refused = await refusedBy(options.yes, output, {
      text: questionOf(plan),
      names: needed.names,
      undone: 'Nothing was run',
      subject: 'the plan',
      next: 'Read the plan above, then run the command again with --yes.',
      document: planDocument(plan),
    });
    if (refused !== null) return refused;
    const [typed = options.target] = needed.names ?? [];
    const consent = { target: typed, unproven: options.unproven };
    return carryOut(session, plan, consent, options, output, unrecorded);
  });
}

/** Told once in a session, which may be long before a run. */
function journalProblemIn(session: Session): () => Problem | null {
  let problem: Problem | null = null;
  session.subscribe((event) => {
    if (event.type === 'journal-failed') problem = event.problem;
  });
  return () => problem;
}

/** The plan as the options want it. */
export function withOptions(
  plan: Plan,
  { guarded, backup = plan.backup }: Pick<RunCommandOptions, 'guarded' | 'backup'>,
): Plan {
  const wanted = { ...plan, backup: backup && plan.target.exists };
  return guarded ? guardedPlan(wanted) : wanted;
}

/** Null where the options contradict each other. */
export function goalOf(
  direction: Direction,
  { to, only, steps }: Pick<RunCommandOptions, 'to' | 'only' | 'steps'>,
): Goal | null {
  if ([to, only, steps].filter((value) => value !== undefined).length > 1) return null;
  if (only !== undefined) return { kind: 'only', revision: only };
  if (steps !== undefined) return { kind: 'steps', steps };
  // "0" is how `mikro-orm migration:down --to 0` names the state before the first revision.
  if (to === '0' && direction === 'down') return { kind: 'base' };
  if (to !== undefined) return { kind: 'to', revision: to };
  return direction === 'up' ? { kind: 'head' } : { kind: 'steps', steps: 1 };
}

async function carryOut(
  session: Session,
  plan: Plan,
  consent: Consent,
  options: RunCommandOptions,
  output: Output,
  unrecorded: () => Problem | null,
): Promise<ExitStatus> {
  let id: number | null = null;
  session.subscribe((event) => {
    if (event.type === 'run-started') id = event.run;
  });
  tellProgress(session, options, output);
  return cancellable(session, async () => {
    const reply = await session.run(plan, consent);
    if (!reply.ok) return refuse(output, reply.problem);
    output.say(describeResult(plan, reply.value));
    const journalProblem = unrecorded();
    if (journalProblem) output.say(INCOMPLETE);
    output.answer({
      ...resultDocument(plan, reply.value, id),
      journalProblem: journalProblem && problemDocument(journalProblem),
    });
    return statusOfRun(reply.value.outcome);
  });
}

/** Tells what runs do while they go on. */
export function tellProgress(
  session: Session,
  { sql }: Pick<RunCommandOptions, 'sql'>,
  output: Output,
): void {
  const open = new Map<number, StatementStarted>();
  let phase: string | null = null;
  let omitted = 0;
  /** Under their statement, which is shown when it ends. */
  const said: ServerNotice[] = [];
  const tell = (notice: ServerNotice) => output.note(`    ↳ ${noticeWords(notice)}`);
  session.subscribe((event) => {
    switch (event.type) {
      case 'waiting-for-lock':
        output.note(
          `Waiting for another run on this database to end…${event.holder ? ` · ${holderWords(event.holder)}` : ''}`,
        );
        break;
      case 'run-retrying': {
        const { attempt, of, pause } = event.retry;
        const again = `attempt ${attempt} of ${of} in ${duration(pause)}`;
        output.note(`  It waited too long and was rolled back: ${again}.`);
        break;
      }
      case 'statement-blocked':
        for (const blocker of event.blockers) {
          output.note(`  … ${blockerWords(blocker)}`);
        }
        break;
      case 'statement-progress':
        // A line for each phase: where nobody looks on, more would only be noise.
        if (event.progress && event.progress.phase !== phase) {
          output.note(`  … ${progressWords(event.progress)}`);
        }
        phase = event.progress?.phase ?? null;
        break;
      case 'server-notice':
        if (sql) said.push(event.notice);
        else if (event.notice.severity === 'warning') tell(event.notice);
        break;
      case 'notices-omitted':
        omitted = event.omitted;
        break;
      case 'run-finished':
        said.splice(0).forEach(tell);
        if (omitted > 0) output.note(`    … ${omittedWords(omitted)}`);
        omitted = 0;
        break;
      case 'backed-up':
        output.note(`  backup ${backupWords(event.backup)}`);
        break;
      case 'revision-finished':
        output.note(`  ${escapeControl(event.name)}  ${duration(event.ms)}`);
        break;
      case 'statement-started':
        if (sql) open.set(event.statement.seq, event.statement);
        break;
      case 'statement-ended': {
        const { seq, ms, error } = event.statement;
        const started = open.get(seq);
        open.delete(seq);
        if (!started) break;
        const tail = error ? `  ✗ ${escapeControl(error.message)}` : '';
        output.note(`    ${escapeControl(shownSql(started.sql))}  ${duration(ms)}${tail}`);
        said.splice(0).forEach(tell);
        break;
      }
      default:
    }
  });
}

function questionOf({ direction, target }: Plan): string {
  return `${direction === 'up' ? 'Upgrade' : 'Downgrade'} ${target.database}?`;
}

const INCOMPLETE =
  'The record of this run in the journal is incomplete, as said above; the database is not concerned.';

const GUARDED =
  'The run is guarded: references are not followed while it goes on, and checked at its end. Other runners, such as mikro-orm migration:up, will still lose the rows.';

export function describePlan(plan: Plan): string {
  const { direction, target } = plan;
  return [
    `${direction === 'up' ? 'Upgrade' : 'Downgrade'} ${escapeControl(target.project)} · ${escapeControl(target.name)} (${target.driver} ${escapeControl(target.database)})`,
    ...protectedLine(target),
    ...[evidenceWords(plan)].filter((words) => words !== null).map((words) => escapeControl(words)),
    ...describeSteps(plan),
    '',
  ].join('\n');
}

/** All that a plan says but where it runs, and what was rehearsed there. */
export function describeSteps(plan: Plan): string[] {
  const kept = planBackupWords(plan);
  const lines = [
    `${plural(plan.steps.length, 'revision')}, ${TRANSACTION_WORDS[plan.transactions.mode]}. ${escapeControl(plan.transactions.why)}`,
    ...(kept === null ? [] : [`Backup: ${kept}.`]),
    ...plan.warnings.map((warning) => `! ${escapeControl(warning)}`),
    ...plan.hazards.map(({ revision, what }) => `! ${escapeControl(`${revision}: ${what}`)}`),
  ];
  for (const { name, preview } of plan.steps) {
    lines.push(
      '',
      escapeControl(name) + (preview.transactional ? '' : '  (without a transaction)'),
    );
    for (const statement of preview.statements) {
      const rows = statementText(shownSql(statement)).split('\n');
      lines.push(...rows.map((row) => `    ${escapeControl(row)}`));
    }
    const more = preview.total - preview.statements.length;
    if (more > 0) lines.push(`    … and ${plural(more, 'more statement')}`);
    if (preview.reordered) lines.push(`    ! ${REORDERED}`);
    if (preview.incomplete) lines.push(`    … ${escapeControl(preview.incomplete)}`);
  }
  return lines;
}

export function describeResult(
  plan: Plan,
  { outcome, steps, failure, history, halfDone, backup }: RunResult,
): string {
  const done = steps.filter((step) => step.outcome === 'done').length;
  const verb = plan.direction === 'up' ? 'applied' : 'reverted';
  const lines =
    outcome === 'done'
      ? [doneWords(plan, done, verb)]
      : [outcome === 'cancelled' ? 'Cancelled.' : 'Failed.'];
  if (failure) {
    if (failure.revision) lines.push(`Revision: ${failure.revision}`);
    if (failure.statement)
      lines.push(`Statement ${failure.statement.seq}: ${shownSql(failure.statement.sql)}`);
    lines.push(`Error: ${failure.error.message}`, failure.aftermath);
  }
  if (halfDone) lines.push(...halfDoneLines(halfDone));
  if (backup) lines.push(...takenWords(backup, plan.target.schema));
  if (history) lines.push(standing(history));
  return lines.map((line) => escapeControl(line)).join('\n');
}

function doneWords({ resolution, steps }: Plan, done: number, verb: string): string {
  if (resolution?.how === 'undo') return `What ran of ${steps[0]?.name} is undone.`;
  return `${plural(done, 'revision')} ${verb}.`;
}

/** What it left half done, and what to do. */
function halfDoneLines(halfDone: HalfDone): readonly string[] {
  return [
    halfDoneWords(halfDone),
    ...halfDoneTable(halfDone),
    `It is half done, and nothing else runs until that is settled: handrail resolve ${halfDone.revision}`,
  ];
}

export function planDocument(plan: Plan) {
  return {
    direction: plan.direction,
    target: targetDocument(plan.target),
    transactions: plan.transactions,
    warnings: plan.warnings,
    hazards: plan.hazards,
    suspected: plan.doubtful,
    evidence: plan.evidence,
    backup: plan.backup,
    plan: plan.steps.map(({ name, file, preview }) => ({
      name,
      file,
      transactional: preview.transactional,
      statements: preview.statements,
      total: preview.total,
      incomplete: preview.incomplete,
      reordered: preview.reordered,
    })),
  };
}

export function resultDocument(plan: Plan, result: RunResult, id: number | null) {
  const { outcome, steps, failure, history } = result;
  return {
    outcome,
    run: id,
    direction: plan.direction,
    target: targetDocument(plan.target),
    transactions: plan.transactions,
    steps,
    failure,
    halfDone: result.halfDone ?? null,
    backup: result.backup?.id ?? null,
    upToDate: history?.upToDate ?? null,
    current: history?.current ?? null,
  };
}

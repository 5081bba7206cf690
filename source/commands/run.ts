/** `handrail up` and `handrail down`: show the plan, have it confirmed, run it, tell how it went. */

import { type ExitStatus, exitStatus, statusOfRun } from '../exit.ts';
import type {
  Direction,
  Goal,
  Plan,
  RunResult,
  ServerNotice,
  StatementStarted,
} from '../protocol.ts';
import {
  blockerWords,
  holderWords,
  noticeWords,
  omittedWords,
  progressWords,
  REORDERED,
} from '../report/words.ts';
import type { Session } from '../supervisor/session.ts';
import { escapeControl } from '../text/escape.ts';
import { duration, plural } from '../text/format.ts';
import { statementText } from '../text/sql.ts';
import { refusedBy } from './confirm.ts';
import {
  type CommonOptions,
  cancellable,
  createOutput,
  type Output,
  refuse,
  withSession,
} from './context.ts';
import { standing } from './status.ts';

export interface RunCommandOptions extends CommonOptions {
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
  return withSession(options, output, { inspect: 'never' }, async (session) => {
    // Also tells of runs that were interrupted, before there is another.
    const looked = await session.look();
    if (!looked.ok) return refuse(output, looked.problem);
    const planned = await session.plan({ direction, goal });
    if (!planned.ok) return refuse(output, planned.problem);
    const plan = planned.value;
    output.note(describePlan(plan));
    if (plan.hazards.length > 0 && options.guarded) output.note(`${GUARDED}\n`);
    if (options.dryRun) {
      output.answer({ outcome: 'planned', ...planDocument(plan) });
      return exitStatus.done;
    }
    const refused = await refusedBy(options.yes, output, {
      text: questionOf(plan),
      undone: 'Nothing was run',
      subject: 'the plan',
      next: 'Read the plan above, then run the command again with --yes.',
      document: planDocument(plan),
    });
    if (refused !== null) return refused;
    return carryOut(session, plan, options, output);
  });
}

function goalOf(direction: Direction, { to, only, steps }: RunCommandOptions): Goal | null {
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
  options: RunCommandOptions,
  output: Output,
): Promise<ExitStatus> {
  let id: number | null = null;
  const open = new Map<number, StatementStarted>();
  let phase: string | null = null;
  let omitted = 0;
  /** Under their statement, which is shown when it ends. */
  const said: ServerNotice[] = [];
  const tell = (notice: ServerNotice) => output.note(`    ↳ ${noticeWords(notice)}`);
  session.subscribe((event) => {
    switch (event.type) {
      case 'run-started':
        id = event.run;
        break;
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
        if (options.sql) said.push(event.notice);
        else if (event.notice.severity === 'warning') tell(event.notice);
        break;
      case 'notices-omitted':
        omitted = event.omitted;
        break;
      case 'revision-finished':
        output.note(`  ${escapeControl(event.name)}  ${duration(event.ms)}`);
        break;
      case 'statement-started':
        if (options.sql) open.set(event.statement.seq, event.statement);
        break;
      case 'statement-ended': {
        const { seq, ms, error } = event.statement;
        const started = open.get(seq);
        open.delete(seq);
        if (!started) break;
        const tail = error ? `  ✗ ${escapeControl(error.message)}` : '';
        output.note(`    ${escapeControl(started.sql)}  ${duration(ms)}${tail}`);
        said.splice(0).forEach(tell);
        break;
      }
      default:
    }
  });
  return cancellable(session, async () => {
    const reply = await session.run(plan, { guarded: options.guarded ?? false });
    if (!reply.ok) return refuse(output, reply.problem);
    said.forEach(tell);
    if (omitted > 0) output.note(`    … ${omittedWords(omitted)}`);
    output.say(describeResult(plan, reply.value));
    output.answer(resultDocument(plan, reply.value, id));
    return statusOfRun(reply.value.outcome);
  });
}

function questionOf({ direction, target }: Plan): string {
  return `${direction === 'up' ? 'Upgrade' : 'Downgrade'} ${target.database}?`;
}

const GUARDED =
  'The run is guarded: references are not followed while it goes on, and checked at its end. Other runners, such as mikro-orm migration:up, will still lose the rows.';

const MODES = {
  'all-or-nothing': 'all or nothing: one transaction around all revisions',
  'per-revision': 'one transaction per revision',
  none: 'no transactions',
} as const;

export function describePlan(plan: Plan): string {
  const lines = [
    `${plan.direction === 'up' ? 'Upgrade' : 'Downgrade'} ${escapeControl(plan.target.project)} · ${escapeControl(plan.target.name)} (${plan.target.driver} ${escapeControl(plan.target.database)})`,
    `${plural(plan.steps.length, 'revision')}, ${MODES[plan.transactions.mode]}. ${escapeControl(plan.transactions.why)}`,
    ...plan.warnings.map((warning) => `! ${escapeControl(warning)}`),
    ...plan.hazards.map(({ revision, what }) => `! ${escapeControl(`${revision}: ${what}`)}`),
  ];
  for (const { name, preview } of plan.steps) {
    lines.push(
      '',
      escapeControl(name) + (preview.transactional ? '' : '  (without a transaction)'),
    );
    for (const statement of preview.statements) {
      const rows = statementText(statement).split('\n');
      lines.push(...rows.map((row) => `    ${escapeControl(row)}`));
    }
    if (preview.reordered) lines.push(`    ! ${REORDERED}`);
    if (preview.incomplete) lines.push(`    … ${escapeControl(preview.incomplete)}`);
  }
  return `${lines.join('\n')}\n`;
}

export function describeResult(
  plan: Plan,
  { outcome, steps, failure, history }: RunResult,
): string {
  const done = steps.filter((step) => step.outcome === 'done').length;
  const verb = plan.direction === 'up' ? 'applied' : 'reverted';
  const lines =
    outcome === 'done'
      ? [`${plural(done, 'revision')} ${verb}.`]
      : [outcome === 'cancelled' ? 'Cancelled.' : 'Failed.'];
  if (failure) {
    if (failure.revision) lines.push(`Revision: ${failure.revision}`);
    if (failure.statement)
      lines.push(`Statement ${failure.statement.seq}: ${failure.statement.sql}`);
    lines.push(`Error: ${failure.error.message}`, failure.aftermath);
  }
  if (history) lines.push(standing(history));
  return lines.map((line) => escapeControl(line)).join('\n');
}

function planDocument(plan: Plan) {
  const { name, driver, database } = plan.target;
  return {
    direction: plan.direction,
    target: { name, driver, database },
    transactions: plan.transactions,
    warnings: plan.warnings,
    hazards: plan.hazards,
    plan: plan.steps.map(({ name, file, preview }) => ({
      name,
      file,
      transactional: preview.transactional,
      statements: preview.statements,
      incomplete: preview.incomplete,
      reordered: preview.reordered,
    })),
  };
}

function resultDocument(plan: Plan, result: RunResult, id: number | null) {
  const { name, driver, database } = plan.target;
  const { outcome, steps, failure, history } = result;
  return {
    outcome,
    run: id,
    direction: plan.direction,
    target: { name, driver, database },
    transactions: plan.transactions,
    steps,
    failure,
    upToDate: history?.upToDate ?? null,
    current: history?.current ?? null,
  };
}

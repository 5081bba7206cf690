/** `handrail up` and `handrail down`: show the plan, have it confirmed, run it, tell how it went. */

import type { Direction } from '../contract/direction.ts';
import { type ExitStatus, exitStatus, statusOfRun } from '../contract/exit-status.ts';
import type { HalfDone } from '../contract/half-done.ts';
import type { Plan } from '../contract/plan.ts';
import type { Problem } from '../contract/problem.ts';
import { type Consent, whyUnproven } from '../contract/protection.ts';
import type { RunResult } from '../contract/run.ts';
import { takenWords } from '../presentation/backup.ts';
import { halfDoneTable } from '../presentation/half-done.ts';
import { evidenceWords } from '../presentation/plan.ts';
import type { Session } from '../session/session.ts';
import { escapeControl } from '../text/escape.ts';
import { plural } from '../text/format.ts';
import { shownSql } from '../text/literals.ts';
import { halfDoneWords } from '../text/phrases.ts';
import { consentNeeded, refusedBy } from './confirm.ts';
import {
  cancellable,
  createOutput,
  manySchemas,
  type Output,
  oneSchema,
  problemDocument,
  refuse,
  withSession,
} from './context.ts';
import { describeSteps, planDocument, tellProgress } from './plan-output.ts';
import { goalOf, type RunCommandOptions, withOptions } from './run-options.ts';
import { protectedLine, standing, targetDocument } from './target.ts';

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

function questionOf({ direction, target }: Plan): string {
  return `${direction === 'up' ? 'Upgrade' : 'Downgrade'} ${target.database}?`;
}

const INCOMPLETE =
  'The record of this run in the journal is incomplete, as said above; the database is not concerned.';

const GUARDED =
  'The run is guarded: references are not followed while it goes on, and checked at its end. Other runners, such as mikro-orm migration:up, will still lose the rows.';

function describePlan(plan: Plan): string {
  const { direction, target } = plan;
  return [
    `${direction === 'up' ? 'Upgrade' : 'Downgrade'} ${escapeControl(target.project)} · ${escapeControl(target.name)} (${target.driver} ${escapeControl(target.database)})`,
    ...protectedLine(target),
    ...[evidenceWords(plan)].filter((words) => words !== null).map((words) => escapeControl(words)),
    ...describeSteps(plan),
    '',
  ].join('\n');
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

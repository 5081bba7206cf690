/** `handrail status`, `up` and `down` over several schemas of one database. */

import { type ExitStatus, exitStatus, statusOfRun } from '../contract/exit-status.ts';
import type { PlanRequest } from '../contract/plan.ts';
import type { Problem } from '../contract/problem.ts';
import {
  type SchemaList,
  type SchemaOutcome,
  type SchemaPlan,
  type WalkOptions,
  type WalkResult,
  whyWalkNotAllowed,
} from '../contract/schemas.ts';
import {
  outcomeReason,
  outcomeWord,
  reached,
  schemaStanding,
  walkBackups,
  walkCounts,
  walkRemarks,
  walkTitle,
} from '../presentation/schemas.ts';
import type { Session } from '../session/session.ts';
import { escapeControl } from '../text/escape.ts';
import { pad, width } from '../text/width.ts';
import { consentNeeded, refusedBy } from './confirm.ts';
import { cancellable, type Output, problemDocument, refuse, withSession } from './context.ts';
import { describeSteps, planDocument, tellProgress } from './plan-output.ts';
import { type RehearseOptions, tellRehearsal } from './rehearsal-output.ts';
import { type RunCommandOptions, withOptions } from './run-options.ts';
import type { StatusOptions } from './status-options.ts';
import { protectedDocument, protectedLine } from './target.ts';

/** @param names null for all that there are */
export async function statusOfSchemas(
  names: readonly string[] | null,
  options: StatusOptions,
  output: Output,
): Promise<ExitStatus> {
  return withSession(options, output, { inspect: 'never' }, async (session) => {
    const reply = await session.schemas(names);
    if (!reply.ok) return refuse(output, reply.problem);
    const list = reply.value;
    const upToDate = list.schemas.every((schema) => schema.upToDate);
    if (!options.json) output.say(describeSchemas(list));
    output.answer({
      database: list.database,
      protected: protectedDocument(list),
      head: list.head,
      upToDate,
      schemas: list.schemas.map(({ name, applied: _, ...state }) => ({ schema: name, ...state })),
    });
    return options.exitCode && !upToDate ? exitStatus.no : exitStatus.done;
  });
}

function describeSchemas(list: SchemaList): string {
  const { database, head, schemas } = list;
  const rows = schemas.map((schema) => [
    escapeControl(schema.name),
    schemaStanding(schema),
    escapeControl(schema.current ?? '–'),
    schema.last ? `${schema.last.outcome} ${schema.last.at.slice(0, 16).replace('T', ' ')}` : '',
  ]);
  const table = [['schema', 'stands', 'current', 'last run'], ...rows];
  const widths = [0, 1, 2].map((at) => Math.max(...table.map((row) => width(row[at] ?? ''))));
  const behind = schemas.filter(({ upToDate }) => !upToDate).length;
  return [
    `${escapeControl(database)}: ${schemas.length} schemas, ${behind} behind ${escapeControl(head ?? 'an empty folder')}`,
    ...protectedLine(list),
    '',
    ...table.map((row) =>
      row
        .map((cell, at) => pad(cell, widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
  ].join('\n');
}

/** @param names null for all that there are */
export async function runSchemas(
  names: readonly string[] | null,
  request: PlanRequest,
  options: RunCommandOptions,
  output: Output,
): Promise<ExitStatus> {
  const keepGoing = options.keepGoing ?? false;
  return withSession(options, output, { inspect: 'never' }, async (session) => {
    const planned = await session.planSchemas(names, request);
    if (!planned.ok) return refuse(output, planned.problem);
    const plan = optioned(planned.value, options);
    const [refused] = plan.refused;
    if (reached(plan) === 0) return refuse(output, refused?.problem ?? nothingToDo(plan));
    output.note(describeSchemaPlan(plan));
    if (options.dryRun) {
      output.answer({ outcome: 'planned', ...schemaPlanDocument(plan) });
      return exitStatus.done;
    }
    const [target] = plan.groups.map((group) => group.plan.target);
    const needed = target ? consentNeeded(target, options) : { problem: null, names: undefined };
    if (needed.problem) return refuse(output, needed.problem);
    const unproven = whyWalkNotAllowed(plan, { ...options, target: target?.names[0] });
    if (unproven) return refuse(output, unproven);
    const stopped = await refusedBy(options.yes, output, {
      names: needed.names,
      text: `${walkTitle(plan.direction, plan)}${keepGoing ? ', going on at failures' : ', stopping at the first failure'}?`,
      undone: 'Nothing was run',
      subject: 'the plan',
      next: 'Read the plan above, then run the command again with --yes.',
      document: schemaPlanDocument(plan),
    });
    if (stopped !== null) return stopped;
    tellProgress(session, options, output);
    const [typed = options.target] = needed.names ?? [];
    const consent = { target: typed, unproven: options.unproven };
    return walk(session, plan, { keepGoing, rehearse: false, consent }, output);
  });
}

function optioned(plan: SchemaPlan, options: RunCommandOptions): SchemaPlan {
  const groups = plan.groups.map((group) => ({ ...group, plan: withOptions(group.plan, options) }));
  return { ...plan, groups };
}

/**
 * Every pending revision of each schema.
 *
 * @param names null for all that there are
 */
export async function rehearseSchemas(
  names: readonly string[] | null,
  options: RehearseOptions,
  output: Output,
): Promise<ExitStatus> {
  const keepGoing = options.keepGoing ?? false;
  return withSession(options, output, { inspect: 'never' }, async (session) => {
    const planned = await session.planSchemas(names, { direction: 'up', goal: { kind: 'head' } });
    if (!planned.ok) return refuse(output, planned.problem);
    const plan = planned.value;
    const [refused] = plan.refused;
    if (reached(plan) === 0) return refuse(output, refused?.problem ?? nothingToDo(plan));
    for (const remark of walkRemarks(plan)) output.note(escapeControl(remark));
    tellRehearsal(session, output);
    return walk(session, plan, { keepGoing, rehearse: true }, output);
  });
}

async function walk(
  session: Session,
  plan: SchemaPlan,
  options: WalkOptions,
  output: Output,
): Promise<ExitStatus> {
  session.subscribe((event) => {
    if (event.type !== 'walk-reached') return;
    const { at, of, schema } = event.progress;
    output.note(`[${at} of ${of}] ${escapeControl(schema)}`);
  });
  return cancellable(session, async () => {
    const reply = await session.walkSchemas(plan, options);
    if (!reply.ok) return refuse(output, reply.problem);
    const { outcome, schemas } = reply.value;
    output.say(describeWalk(reply.value));
    output.answer(walkDocument(plan, reply.value));
    // What is found in a rehearsal is an answer, and no failure of it.
    const answered = schemas.every((each) => each.outcome !== 'refused');
    return options.rehearse && outcome === 'failed' && answered
      ? exitStatus.no
      : statusOfRun(outcome);
  });
}

function describeSchemaPlan(plan: SchemaPlan): string {
  return [
    `${escapeControl(walkTitle(plan.direction, plan))}.`,
    ...plan.groups.slice(0, 1).flatMap((group) => protectedLine(group.plan.target)),
    ...walkRemarks(plan).map((remark) => escapeControl(remark)),
    ...plan.groups.flatMap((group) => [
      '',
      `── ${escapeControl(group.schemas.join(', '))}`,
      ...describeSteps(group.plan),
    ]),
    '',
  ].join('\n');
}

function describeWalk(result: WalkResult): string {
  return [
    ...result.schemas.flatMap((outcome) => {
      const reason = outcomeReason(outcome);
      return reason === null ? [] : [`${outcome.schema}: ${outcomeWord(outcome)}. ${reason}`];
    }),
    ...walkBackups(result.schemas),
    `${walkCounts(result.schemas)}.`,
  ]
    .map((line) => escapeControl(line))
    .join('\n');
}

function nothingToDo({ database, direction }: SchemaPlan): Problem {
  return {
    code: 'nothing-to-do',
    what: `No schema of ${database} has a revision to ${direction === 'up' ? 'apply' : 'revert'}.`,
    why: '',
    next: [],
    detail: null,
  };
}

function schemaPlanDocument(plan: SchemaPlan) {
  return {
    direction: plan.direction,
    database: plan.database,
    groups: plan.groups.map((group) => {
      const { transactions, warnings, plan: steps } = planDocument(group.plan);
      return { schemas: group.schemas, transactions, warnings, plan: steps };
    }),
    idle: plan.idle,
    refused: plan.refused.map(({ schemas, problem }) => ({
      schemas,
      problem: problemDocument(problem),
    })),
  };
}

function walkDocument(plan: SchemaPlan, { kind, outcome, schemas }: WalkResult) {
  return {
    outcome,
    kind,
    database: plan.database,
    schemas: schemas.map(outcomeDocument),
    idle: plan.idle,
  };
}

function outcomeDocument(outcome: SchemaOutcome) {
  const { schema } = outcome;
  switch (outcome.outcome) {
    case 'not-reached':
      return { schema, outcome: outcome.outcome };
    case 'rehearsed':
      return outcome;
    case 'refused':
      return { schema, outcome: outcome.outcome, problem: problemDocument(outcome.problem) };
    default: {
      const { steps, failure, history, backup } = outcome.result;
      return {
        schema,
        outcome: outcome.outcome,
        run: outcome.run,
        backup: backup?.id ?? null,
        steps,
        failure,
        upToDate: history?.upToDate ?? null,
        current: history?.current ?? null,
      };
    }
  }
}

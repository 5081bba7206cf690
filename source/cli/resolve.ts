/** `handrail resolve`: what ran of a revision that is half done, and the ways on. */

import { type ExitStatus, exitStatus, statusOfRun } from '../contract/exit-status.ts';
import type { HalfDone, MarkedAs } from '../contract/half-done.ts';
import type { Plan } from '../contract/plan.ts';
import type { Problem } from '../contract/problem.ts';
import type { ResolutionOption, Resolutions } from '../contract/resolution.ts';
import { revisionsMeant } from '../contract/revision-name.ts';
import { halfDoneTable, markWords, shownWords } from '../presentation/half-done.ts';
import type { Session } from '../session/session.ts';
import { escapeControl } from '../text/escape.ts';
import { shownSql } from '../text/literals.ts';
import { halfDoneWords } from '../text/phrases.ts';
import { type ConsentOptions, consentNeeded, refusedBy } from './confirm.ts';
import {
  type CommonOptions,
  cancellable,
  createOutput,
  type Output,
  refuse,
  withSession,
} from './context.ts';
import { describeSteps, planDocument, tellProgress } from './plan-output.ts';
import { describeResult, resultDocument } from './run.ts';

export interface ResolveOptions extends CommonOptions, ConsentOptions {
  /** True: from where nobody has to choose. */
  readonly continue?: boolean;
  readonly from?: number;
  /** True: the one that is proven, if it is the only one. A number: so many statements. */
  readonly undo?: number | true;
  readonly mark?: MarkedAs;
  readonly yes?: boolean;
  readonly sql?: boolean;
}

export async function resolve(
  name: string | undefined,
  options: ResolveOptions,
): Promise<ExitStatus> {
  const output = createOutput(options);
  const { from, undo } = options;
  const asked = [options.continue || from !== undefined, undo !== undefined, options.mark];
  if (asked.filter(Boolean).length > 1) {
    return refuse(output, usage('Only one of --continue, --from, --undo and --mark can be given.'));
  }
  return withSession(options, output, { inspect: 'never' }, async (session) => {
    const found = await session.halfDone();
    if (!found.ok) return refuse(output, found.problem);
    const halfDone = meant(found.value, name);
    if ('problem' in halfDone) return refuse(output, halfDone.problem);
    output.note(escapeControl(`${halfDone.revision}: ${halfDoneWords(halfDone)}`));
    output.note(halfDoneTable(halfDone).map(escapeControl).join('\n'));
    if (options.mark) return mark(session, halfDone, options.mark, name, options, output);
    const reply = await session.resolutions(halfDone);
    if (!reply.ok) return refuse(output, reply.problem);
    const shown = shownWords(reply.value);
    if (shown) output.note(escapeControl(shown));
    if (!asked.some(Boolean)) return list(reply.value, output);
    const way = undo === undefined ? 'continue' : 'undo';
    const chosen = choose(reply.value, way, options);
    if ('problem' in chosen) return refuse(output, chosen.problem);
    return carryOut(session, chosen, options, output);
  });
}

/** The one that is meant; without a name, the only one there is. */
function meant(
  found: readonly HalfDone[],
  name: string | undefined,
): HalfDone | { readonly problem: Problem } {
  const names = found.map(({ revision }) => ({ name: revision, file: null }));
  const wanted = name === undefined ? names : revisionsMeant(names, name);
  const [only] = found.filter(({ revision }) => wanted.some((each) => each.name === revision));
  if (wanted.length > 1) {
    return { problem: usage(`Say which one: ${wanted.map((each) => each.name).join(', ')}.`) };
  }
  if (only) return only;
  const what =
    name === undefined
      ? 'No revision is half done.'
      : `There is no revision ${name} that is half done.`;
  return { problem: { code: 'nothing-to-do', what, why: '', next: [], detail: null } };
}

function list(resolutions: Resolutions, output: Output): ExitStatus {
  const { halfDone } = resolutions;
  const lines: string[] = [];
  for (const [way, title] of [
    ['continue', 'Continue'],
    ['undo', 'Undo'],
  ] as const) {
    const { options, why } = resolutions[way];
    lines.push('', title, ...(why ? [`  ${why}`] : []));
    for (const option of options) {
      lines.push(...described(option));
      if (option.fails === null) lines.push(`  → ${commandFor(option.plan)}`);
    }
  }
  lines.push('', 'Mark');
  for (const as of ['applied', 'pending'] as const) {
    lines.push(
      `  ${markWords(halfDone, as)}`,
      `  → handrail resolve ${halfDone.revision} --mark ${as}`,
    );
  }
  output.say(
    lines
      .map((line) => escapeControl(line))
      .join('\n')
      .trimStart(),
  );
  output.answer({ outcome: 'listed', ...documentOf(resolutions) });
  return exitStatus.done;
}

function described({ plan, notes, losses, fails }: ResolutionOption): string[] {
  const sql = plan.steps.flatMap(({ preview }) => preview.statements);
  return [
    ...notes.map((note) => `  ${note}`),
    ...losses.map((loss) => `  ! ${loss}`),
    ...plan.hazards.map(({ what }) => `  ! ${what}`),
    ...(fails === null ? [] : [`  ✗ Tried on a throwaway, it fails: ${fails}`]),
    ...sql.map((statement) => `      ${shownSql(statement)}`),
  ];
}

function commandFor({ steps, resolution }: Plan): string {
  const way =
    resolution?.how === 'undo'
      ? `--undo ${resolution.last}`
      : resolution?.how === 'continue'
        ? `--from ${resolution.from}`
        : '';
  return `handrail resolve ${steps[0]?.name} ${way}`;
}

/** The one way that is asked for, or why it is not to be had. */
function choose(
  { continue: forward, undo }: Resolutions,
  way: 'continue' | 'undo',
  { from, undo: last }: ResolveOptions,
): ResolutionOption | { readonly problem: Problem } {
  const { options, why } = way === 'undo' ? undo : forward;
  const wanted = way === 'undo' ? (last === true ? undefined : last) : from;
  const fitting = options.filter(
    ({ plan: { resolution } }) => wanted === undefined || numberOf(resolution) === wanted,
  );
  const [only] = fitting;
  if (only && fitting.length === 1) {
    return only.fails === null ? only : { problem: failing(only.fails) };
  }
  const offered = options.filter(({ fails }) => fails === null).map(({ plan }) => commandFor(plan));
  return {
    problem: {
      code: options.length > 1 && wanted === undefined ? 'unanswered' : 'unproven',
      what:
        options.length > 0
          ? `${way === 'undo' ? 'An undo' : 'Going on'}${wanted === undefined ? '' : ` with ${wanted}`} is not one thing here, so nothing was run.`
          : 'Nothing was run.',
      why,
      next: offered.length > 0 ? offered : ['handrail resolve without options shows the ways on.'],
      detail: null,
    },
  };
}

function failing(why: string): Problem {
  return {
    code: 'unproven',
    what: 'Tried on a throwaway, it fails, so nothing was run.',
    why,
    next: ['Change the revision where it failed, or undo what ran (--undo).'],
    detail: null,
  };
}

function numberOf(resolution: Plan['resolution']): number | null {
  if (resolution?.how === 'undo') return resolution.last;
  return resolution?.how === 'continue' ? resolution.from : null;
}

async function carryOut(
  session: Session,
  option: ResolutionOption,
  options: ResolveOptions,
  output: Output,
): Promise<ExitStatus> {
  const { plan, notes, losses } = option;
  output.note(
    [...notes, ...losses.map((loss) => `! ${loss}`), ...describeSteps(plan)]
      .map((line) => escapeControl(line))
      .join('\n'),
  );
  const [hazard] = plan.hazards;
  if (hazard) {
    return refuse(output, {
      code: 'unsafe-rebuild',
      what: 'Rows that no statement names would be changed, so nothing was run.',
      why: hazard.what,
      next: ['Change the database by hand, and mark the revision (--mark).'],
      detail: null,
    });
  }
  const needed = consentNeeded(plan.target, options);
  if (needed.problem) return refuse(output, needed.problem);
  const verb = plan.resolution?.how === 'undo' ? 'Undo' : 'Continue';
  const refused = await refusedBy(options.yes, output, {
    text: `${verb} ${plan.steps[0]?.name} on ${plan.target.database}?`,
    names: needed.names,
    undone: 'Nothing was run',
    subject: 'it',
    next: 'Run the command again with --yes.',
    document: planDocument(plan),
  });
  if (refused !== null) return refused;
  const [typed = options.target] = needed.names ?? [];
  let id: number | null = null;
  session.subscribe((event) => {
    if (event.type === 'run-started') id = event.run;
  });
  tellProgress(session, options, output);
  return cancellable(session, async () => {
    const reply = await session.run(plan, { target: typed });
    if (!reply.ok) return refuse(output, reply.problem);
    output.say(describeResult(plan, reply.value));
    output.answer(resultDocument(plan, reply.value, id));
    return statusOfRun(reply.value.outcome);
  });
}

/** Nothing is looked at: the name has to be given in full, so that it is not the wrong one. */
async function mark(
  session: Session,
  halfDone: HalfDone,
  as: MarkedAs,
  name: string | undefined,
  options: ResolveOptions,
  output: Output,
): Promise<ExitStatus> {
  const { revision } = halfDone;
  if (name !== revision) {
    return refuse(output, usage(`To mark it, give its whole name: ${revision}.`));
  }
  const planned = await session.planMark(halfDone, as);
  if (!planned.ok) return refuse(output, planned.problem);
  const needed = planned.value && consentNeeded(planned.value.target, options);
  if (needed?.problem) return refuse(output, needed.problem);
  output.note(escapeControl(markWords(halfDone, as)));
  const refused = await refusedBy(options.yes, output, {
    text: `Mark ${revision} as ${as}?`,
    names: needed?.names,
    undone: 'Nothing was marked',
    subject: 'it',
    next: 'Run the command again with --yes.',
    document: {},
  });
  if (refused !== null) return refused;
  const [typed = options.target] = needed?.names ?? [];
  const reply = await session.mark(halfDone, as, { target: typed });
  if (!reply.ok) return refuse(output, reply.problem);
  if (reply.value && reply.value.outcome !== 'done' && planned.value) {
    output.say(describeResult(planned.value, reply.value));
    output.answer(resultDocument(planned.value, reply.value, null));
    return statusOfRun(reply.value.outcome);
  }
  output.say(escapeControl(`${revision} is marked as ${as}.`));
  output.answer({ outcome: 'marked', revision, as });
  return exitStatus.done;
}

function documentOf({ halfDone, shown, ...ways }: Resolutions) {
  const wayOf = ({ options, why }: Resolutions['continue']) => ({
    why,
    options: options.map(({ plan, notes, losses, fails }) => ({
      resolution: plan.resolution,
      ...planDocument(plan),
      notes,
      losses,
      fails,
    })),
  });
  return { halfDone, shown, continue: wayOf(ways.continue), undo: wayOf(ways.undo) };
}

function usage(what: string): Problem {
  return { code: 'usage', what, why: '', next: [], detail: null };
}

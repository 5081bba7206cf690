/**
 * The rehearsal of the plan that `up` carries out: all of its revisions in one run, on one
 * connection, in the transactions that the run makes. What comes only of their running together is
 * found nowhere else.
 */

import type { Plan, PlanInputs, TransactionMode } from '../../contract/plan.ts';
import type { Preview } from '../../contract/preview.ts';
import type { Finding, PlanRehearsal, RevisionRehearsal } from '../../contract/rehearsal.ts';
import { hashOfPlan } from '../../contract/rehearsal-inputs.ts';
import type { Revision } from '../../contract/revision.ts';
import type { Verdict } from '../../contract/verdict.ts';
import { plural } from '../../text/format.ts';
import type { DialectFinding } from '../databases/analysis.ts';
import type { SchemaObject } from '../databases/catalogue.ts';
import { withDeclared } from '../databases/data-loss-findings.ts';
import { detailsOf, type FindingFacts, findingOf } from '../databases/finding.ts';
import type { Mark, Throwaway } from '../databases/throwaway.ts';
import { textOf } from '../revision-source/revision-text.ts';
import { droppedForGood } from '../revision-source/rewrite.ts';
import { inputsOf, transactionsFor } from '../revisions/plan.ts';
import type { BaseContext } from './context.ts';
import { offerRepaired } from './repaired.ts';
import { asPass, type RanPlan, Sandbox } from './sandbox.ts';
import { differenceOf } from './schema-difference.ts';
import { Steps, summaryOf } from './steps.ts';

/** A plan that was run, before it is known what its revisions did one by one. */
export interface PlanTrial {
  readonly plan: PlannedRun;
  readonly ran: RanPlan;
  readonly found: readonly FindingFacts[];
  readonly steps: PlanRehearsal['steps'];
  readonly rows: number;
  readonly rowsLost: number;
  /** The schema that it left. */
  readonly objects: readonly SchemaObject[];
}

export interface PlannedRun {
  readonly inputs: PlanInputs;
  readonly transactions: Plan['transactions'];
  readonly previews: readonly Preview[];
  /** What its revisions say to drop for good. */
  readonly forGood: readonly string[];
}

/** What `up` would run of these; null if something else would come before them. */
export async function plannedRun(
  { history, reader, files, project, base }: Omit<BaseContext, 'replayed' | 'target'>,
  chosen: readonly Revision[],
): Promise<PlannedRun | null> {
  // From scratch it is not a run on the target, unless there is nothing at the target.
  if (base === 'empty' && history.appliedOrder.length > 0) return null;
  const pending = history.revisions.filter(({ state }) => state === 'pending');
  if (chosen.some(({ name }, at) => name !== pending[at]?.name)) return null;
  const previews: Preview[] = [];
  const forGood: string[] = [];
  for (const { name } of chosen) {
    const file = files.get(name);
    if (!file) return null;
    previews.push(await reader.preview(file, 'up'));
    forGood.push(...droppedForGood(textOf(file) ?? ''));
  }
  const transactions = transactionsFor(project.settings, previews);
  const inputs = inputsOf(history, {
    direction: 'up',
    revisions: chosen,
    mode: transactions.mode,
    timeouts: project.timeouts,
    ...(base === 'empty' && { schema: '' }),
  });
  return { inputs, transactions, previews, forGood };
}

/** @param throwaway in the state before the plan */
export async function tryPlan(
  context: BaseContext,
  throwaway: Throwaway,
  plan: PlannedRun,
): Promise<PlanTrial> {
  const { project, events, base } = context;
  const steps = new Steps(events, base, null);
  const sandbox = await Sandbox.open(project, throwaway, events);
  offerRepaired(sandbox, context.request.repaired);
  try {
    await sandbox.prepareRecord();
    const mark = await throwaway.mark();
    try {
      const ran = await steps.step('plan', async () => {
        const value = await sandbox.runPlan(plan.previews, 'up', mark);
        const { failure } = value;
        const count = plural(value.record.statements.length, 'statement');
        return failure
          ? { value, note: `${placeWords(failure)}: ${failure.error.message}`, failed: true }
          : { value, note: `${plural(plan.previews.length, 'revision')}, ${count}.` };
      });
      const checked = await checkedUnlessFailed(steps, ran, () =>
        check(context, sandbox, mark, plan, ran),
      );
      return {
        plan,
        ran,
        ...checked,
        steps: steps.done,
        rows: mark.rows,
        objects: await throwaway.objects(),
      };
    } finally {
      await mark.release();
    }
  } finally {
    await sandbox.close();
  }
}

interface Checked<T> {
  readonly found: readonly T[];
  readonly rowsLost: number;
}

/**
 * What a run left that ended half-way says nothing about the whole: a twin, which does not fail
 * where a reference does, would go on, and all that it does then would count as lost.
 */
export async function checkedUnlessFailed<T extends FindingFacts>(
  steps: Steps,
  { failure }: RanPlan,
  check: () => Promise<Checked<T>>,
): Promise<Checked<T>> {
  if (failure) {
    steps.skip('check-plan', 'The run failed.');
    return { found: [], rowsLost: 0 };
  }
  return steps.step('check-plan', async () => {
    const value = await check();
    return { value, note: summaryOf(value.found) };
  });
}

async function check(
  { target }: BaseContext,
  sandbox: Sandbox,
  mark: Mark,
  plan: PlannedRun,
  { record, transactions }: RanPlan,
): Promise<Checked<DialectFinding>> {
  const { throwaway } = sandbox;
  const statements = { up: plan.previews.flatMap((preview) => preview.statements), down: [] };
  const compared = await throwaway.compare(mark, [record], statements, {
    start: mark,
    twin: (options) =>
      sandbox.twin(
        mark,
        async () => asPass(await sandbox.runPlan(plan.previews, 'up', mark)),
        options,
      ),
  });
  const { findings, rowsLost } = withDeclared(compared, plan.forGood);
  const content = await throwaway.check(mark, [record], statements, false);
  // In transactions of their own, others wait for them as they do one by one.
  const shares = transactions.mode === 'all-or-nothing' && target !== null;
  const blocks = shares ? await throwaway.hazards(mark, record, statements, target) : [];
  return { found: [...findings, ...content, ...blocks], rowsLost };
}

/**
 * What a plan did that its revisions did not do one by one.
 *
 * @param revisions of the same base, as far as they were rehearsed
 * @param oneByOne the schema that they left; null if not all came to their end
 */
export function settlePlan(
  { plan, ran, found, steps, rows, rowsLost, objects }: PlanTrial,
  revisions: readonly RevisionRehearsal[],
  oneByOne: readonly SchemaObject[] | null,
  base: PlanRehearsal['base'],
): PlanRehearsal {
  const { inputs, transactions } = plan;
  const all = [
    ...(ran.failure ? [failed(plan, ran.failure, revisions)] : []),
    ...(ran.failure === null && oneByOne ? differences(plan, oneByOne, objects) : []),
    ...found.map((each) => sharing(plan, each)),
  ];
  const told = revisions.flatMap(({ findings }) => findings);
  return {
    base,
    verdict: ran.failure ? 'failed' : verdictOf(all),
    inputs,
    hash: hashOfPlan(inputs),
    transactions,
    ranAs: null,
    steps,
    passes: ran.passes,
    failure: ran.failure,
    findings: all.filter((facts) => !told.some((each) => isSame(each, facts))).map(reported),
    rows,
    rowsLost,
    ms: ran.ms,
  };
}

/** The plan of one revision, whose own upgrade was the run. */
export function planOfOne(
  { inputs, transactions }: PlannedRun,
  revision: RevisionRehearsal,
): PlanRehearsal {
  const { name, base, passes, findings, steps, rows, rowsLost } = revision;
  const up = passes.find(({ direction }) => direction === 'up');
  const own = findings.filter(({ step }) => step === 'up' || step === 'check-up');
  return {
    base,
    verdict: !up || up.failure ? 'failed' : verdictOf(own),
    inputs,
    hash: hashOfPlan(inputs),
    transactions,
    ranAs: name,
    steps: steps.filter(({ step }) => step === 'up' || step === 'check-up'),
    passes: [],
    failure: up?.failure ?? null,
    findings: [],
    rows,
    rowsLost,
    ms: up?.ms ?? 0,
  };
}

export function verdictOf(findings: readonly Pick<Finding, 'severity'>[]): Verdict {
  return findings.some(({ severity }) => severity === 'hazard') ? 'hazards' : 'clean';
}

type Failed = NonNullable<PlanRehearsal['failure']>;

function placeWords({ revision }: Failed): string {
  return revision === null ? 'At the commit' : `In ${revision}`;
}

function failed(
  { inputs, transactions }: PlannedRun,
  failure: Failed,
  revisions: readonly RevisionRehearsal[],
): FindingFacts {
  const { revision, error, statement } = failure;
  const facts = {
    kind: 'failed',
    severity: 'hazard',
    statement: statement?.sql ?? null,
    details: detailsOf(error),
  } as const;
  const alone = revisions.filter(({ passes }) =>
    passes.some(({ direction }) => direction === 'up'),
  );
  const failsAlone = alone.find(
    ({ name, passes }) => (revision === null || name === revision) && passes[0]?.failure,
  );
  const ran = revision === null ? alone.length === inputs.revisions.length : has(alone, revision);
  if (failsAlone || !ran) {
    return {
      ...facts,
      what: `The run of all revisions fails. ${placeWords(failure)}: ${error.message}`,
      why: failsAlone
        ? 'It fails by itself as well.'
        : 'Whether it runs by itself is not known: a revision before it failed, and so it was not rehearsed.',
    };
  }
  return {
    ...facts,
    what: `Run together, the revisions fail. ${placeWords(failure)}: ${error.message}`,
    why: `One by one they ran. ${SHARED[transactions.mode]}`,
    repairs: waysOn(inputs, revision),
  };
}

function has(revisions: readonly RevisionRehearsal[], name: string): boolean {
  return revisions.some((each) => each.name === name);
}

/** Why revisions that run together do not do what each does by itself. */
const SHARED: Readonly<Record<TransactionMode, string>> = {
  'all-or-nothing':
    'up puts all of them into one transaction (migrations.allOrNothing): what an earlier one did is not committed, what it set for the transaction still holds, and what it deferred is still to be checked.',
  'per-revision':
    'up runs all of them on one connection: what an earlier one set for it, or made for it alone, is there for the later ones.',
  none: 'up runs all of them on one connection: what an earlier one set for it, or made for it alone, is there for the later ones.',
};

/** None of them is a change that Handrail could make by itself. */
function waysOn(
  { revisions, mode }: PlanInputs,
  revision: string | null,
): readonly DialectFinding['repairs'][number][] {
  const at = revisions.findIndex(({ name }) => name === revision);
  const before = revisions[at - 1] ?? revisions[0];
  return [
    byHand(`Run them apart: handrail up --to ${before?.name}, then handrail up`),
    ...(mode === 'all-or-nothing'
      ? [
          byHand(
            'Give each revision a transaction of its own: set migrations.allOrNothing to false',
          ),
          byHand(
            'Move what has to be committed first into a revision of its own that runs without a transaction: override isTransactional() { return false; }',
          ),
        ]
      : [byHand('Let the earlier revision undo what it sets for the connection')]),
  ];
}

function byHand(title: string): DialectFinding['repairs'][number] {
  return { title, caution: '', edits: null };
}

/** Others wait until the commit of all, which one revision by itself does not show. */
function sharing({ inputs, transactions }: PlannedRun, facts: FindingFacts): FindingFacts {
  if (facts.kind !== 'blocks' || facts.severity !== 'hazard') return { ...facts, repairs: [] };
  return {
    ...facts,
    why: `${facts.why ?? ''} ${SHARED_LOCK}`.trim(),
    repairs: transactions.mode === 'all-or-nothing' ? waysOn(inputs, null) : [],
  };
}

const SHARED_LOCK =
  'up puts all revisions into one transaction (migrations.allOrNothing), so that locks are held until the last one is done.';

function differences(
  { transactions, inputs }: PlannedRun,
  oneByOne: readonly SchemaObject[],
  together: readonly SchemaObject[],
): readonly FindingFacts[] {
  const [before, after] = [oneByOne, together].map((objects) =>
    objects.filter(({ kind }) => kind !== 'column order'),
  );
  const details = differenceOf(before ?? [], after ?? [], []);
  if (details.length === 0) return [];
  return [
    {
      kind: 'plan-differs',
      severity: 'hazard',
      what: 'Run together, the revisions leave another schema than one by one.',
      why: SHARED[transactions.mode],
      details,
      repairs: waysOn(inputs, null),
    },
  ];
}

/** Told of one of the revisions already. */
function isSame(known: Finding, facts: FindingFacts): boolean {
  const { kind, severity, table, column, rows, statement } = findingOf(facts);
  if (known.kind !== kind || known.severity !== severity || table === null) return false;
  if (known.table !== table || known.column !== column) return false;
  return kind === 'blocks' || kind === 'in-use'
    ? known.statement === statement
    : known.rows === rows;
}

export function reported(facts: FindingFacts): Finding {
  const { repairs, ...rest } = findingOf(facts);
  return {
    ...rest,
    step: rest.kind === 'failed' ? 'plan' : 'check-plan',
    again: [],
    repairs: repairs.map(({ title, caution, shown = [] }) => ({
      id: '',
      title,
      caution,
      statements: shown,
      rewritten: null,
      further: [],
      choice: null,
      differs: [],
    })),
  };
}

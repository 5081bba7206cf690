/**
 * Many schemas of one database, one after the other: how they stand, what would run on them, and
 * the walk that does it. Each schema has an engine and a run of its own, since MikroORM's migrator
 * can't be used again after a failure (`#ensuredSchemas` in MigrationStorage.js).
 */

import type { EngineEvents, SchemaStates } from '../contract/engine-api.ts';
import type { SessionEvent } from '../contract/events.ts';
import type { History } from '../contract/history.ts';
import type { Plan, PlanRequest } from '../contract/plan.ts';
import type { Problem, Reply } from '../contract/problem.ts';
import type { RunOptions } from '../contract/run.ts';
import {
  inSchema,
  isFailure,
  type LastRun,
  type ListedSchema,
  type SchemaGroup,
  type SchemaList,
  type SchemaOutcome,
  type SchemaPlan,
  type WalkKind,
  type WalkOptions,
  type WalkResult,
} from '../contract/schemas.ts';
import type { EngineProcess } from './engine-process.ts';
import type { Recorder } from './journal-writer.ts';
import { executeRehearsal, type RehearsalContext } from './rehearse.ts';
import { executeRun, type RunContext } from './run.ts';

/** With what the journal knows of their last runs. */
export async function listSchemas(
  { database, key, head, schemas, names, protected: why }: SchemaStates,
  recorder: Recorder,
): Promise<SchemaList> {
  const none: ReadonlyMap<string, LastRun> = new Map();
  const runs = await recorder.ask(none, (journal) =>
    journal.lastRuns(inSchema({ database, key }, '').key),
  );
  const last = runs.ok ? runs.value : none;
  return {
    database,
    names,
    protected: why,
    head,
    schemas: schemas.map(
      (state): ListedSchema => ({
        ...state,
        last: last.get(inSchema({ database, key }, state.name).key) ?? null,
      }),
    ),
  };
}

/** One plan for all that stand the same way; each is made by an engine of its own. */
export async function planSchemas(
  { database, key, schemas }: SchemaStates,
  request: PlanRequest,
  planFor: (schema: string) => Promise<Reply<Plan>>,
): Promise<SchemaPlan> {
  const alike = Map.groupBy(schemas, ({ exists, applied }) => [exists, ...applied].join('\n'));
  const groups: SchemaGroup[] = [];
  const idle: string[] = [];
  const refused: { schemas: readonly string[]; problem: Problem }[] = [];
  for (const states of alike.values()) {
    const names = states.map(({ name }) => name);
    const [first] = names;
    if (first === undefined) continue;
    const reply = await planFor(first);
    if (reply.ok) groups.push({ schemas: names, plan: reply.value });
    else if (reply.problem.code === 'nothing-to-do') idle.push(...names);
    else refused.push({ schemas: names, problem: reply.problem });
  }
  return { direction: request.direction, database, key, groups, idle: idle.toSorted(), refused };
}

export interface WalkInProgress {
  readonly result: Promise<WalkResult>;
  /** Ends what goes on, and reaches no further schema. */
  cancel(): void;
}

/** What is going on on one schema. */
export interface SchemaStop {
  readonly result: Promise<SchemaOutcome>;
  cancel(): void;
}

/**
 * @param reach begins what is to be done on a schema, with its plan
 */
export function executeWalk(
  plan: SchemaPlan,
  { keepGoing, rehearse }: WalkOptions,
  reach: (schema: string, plan: Plan) => SchemaStop,
  emit: (event: SessionEvent) => void,
): WalkInProgress {
  const kind: WalkKind = rehearse ? 'rehearse' : plan.direction;
  let current: SchemaStop | null = null;
  let cancelled = false;

  const walk = async (): Promise<WalkResult> => {
    emit({ type: 'walk-started', kind, plan });
    const outcomes: SchemaOutcome[] = [];
    let failed = false;
    const settle = (outcome: SchemaOutcome) => {
      failed ||= isFailure(outcome);
      outcomes.push(outcome);
      emit({ type: 'walk-settled', outcome });
    };
    for (const { schemas, problem } of plan.refused) {
      for (const schema of schemas) settle({ schema, outcome: 'refused', problem });
    }
    const stops = plan.groups.flatMap((group) =>
      group.schemas.map((schema) => ({ schema, plan: group.plan })),
    );
    for (const [index, { schema, plan: same }] of stops.entries()) {
      if (cancelled || (failed && !keepGoing)) {
        settle({ schema, outcome: 'not-reached' });
        continue;
      }
      emit({ type: 'walk-reached', progress: { schema, at: index + 1, of: stops.length } });
      current = reach(schema, { ...same, target: { ...same.target, ...inSchema(plan, schema) } });
      settle(await current.result);
    }
    // It may have come too late to stop anything.
    const stopped = cancelled && outcomes.some((each) => !isThrough(each));
    const outcome = stopped ? 'cancelled' : failed ? 'failed' : 'done';
    const result: WalkResult = { kind, outcome, schemas: outcomes };
    emit({ type: 'walk-finished', result });
    return result;
  };

  return {
    result: walk(),
    cancel() {
      cancelled = true;
      current?.cancel();
    },
  };
}

function isThrough({ outcome }: SchemaOutcome): boolean {
  return outcome === 'done' || outcome === 'failed' || outcome === 'rehearsed';
}

export interface SchemaRunContext
  extends Omit<RunContext, 'options' | 'spawn' | 'readHistory' | 'halfDone'> {
  optionsOf(plan: Plan): RunOptions;
  /** An engine for that schema, with fresh code. */
  spawn(access: 'look' | 'run', events: Partial<EngineEvents>, schema: string): EngineProcess;
}

/** A run of its own on one schema. */
export function runOnSchema(schema: string, plan: Plan, context: SchemaRunContext): SchemaStop {
  let id: number | null = null;
  const run = executeRun(plan, {
    recorder: context.recorder,
    backups: context.backups,
    options: context.optionsOf(plan),
    emit(event) {
      if (event.type === 'run-started') id = event.run;
      context.emit(event);
    },
    spawn: (events) => context.spawn('run', events, schema),
    readHistory: () => readAfterRun(context, schema),
    // What runs in a schema that is chosen runs in a transaction.
    halfDone: async () => [],
  });
  const settled = async (): Promise<SchemaOutcome> => {
    const reply = await run.result;
    if (!reply.ok) return { schema, outcome: 'refused', problem: reply.problem };
    const result = reply.value;
    const outcome = result.outcome === 'interrupted' ? 'failed' : result.outcome;
    return { schema, outcome, run: id, result };
  };
  return { result: settled(), cancel: run.cancel };
}

/** A rehearsal of what the plan would run, on a throwaway of its own. */
export function rehearseOnSchema(
  schema: string,
  plan: Plan,
  context: RehearsalContext,
): SchemaStop {
  const revisions = plan.steps.map(({ name }) => name);
  const rehearsal = executeRehearsal({ revisions, bases: ['target'] }, context);
  const settled = async (): Promise<SchemaOutcome> => {
    const reply = await rehearsal.result;
    if (!reply.ok) return { schema, outcome: 'refused', problem: reply.problem };
    const { id, report } = reply.value;
    return { schema, outcome: 'rehearsed', verdict: report.verdict, rehearsal: id };
  };
  return { result: settled(), cancel: rehearsal.cancel };
}

async function readAfterRun(context: SchemaRunContext, schema: string): Promise<History | null> {
  const engine = context.spawn('look', {}, schema);
  try {
    // First what a killed process left is cleared away, so that it is not read as it was.
    await engine.ask((api) => api.lockHeld());
    const reply = await engine.ask((api) => api.history());
    return reply.ok ? reply.value : null;
  } finally {
    await engine.stop();
  }
}

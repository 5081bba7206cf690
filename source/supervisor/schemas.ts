/**
 * Many schemas of one database, one after the other: how they stand, what would run on them, and
 * the walk that runs it. Each schema has an engine and a run of its own, since MikroORM's migrator
 * can't be used again after a failure (`#ensuredSchemas` in MigrationStorage.js).
 */

import type {
  EngineEvents,
  EngineOptions,
  History,
  Plan,
  PlanRequest,
  Problem,
  Reply,
  RunOptions,
  SchemaStates,
} from '../protocol.ts';
import {
  inSchema,
  type LastRun,
  type ListedSchema,
  type SchemaGroup,
  type SchemaList,
  type SchemaOutcome,
  type SchemaPlan,
  type WalkOptions,
  type WalkResult,
} from '../schemas.ts';
import type { EngineProcess } from './engine-process.ts';
import type { SessionEvent } from './events.ts';
import type { Recorder } from './recorder.ts';
import { executeRun, type RunInProgress } from './run.ts';

export interface WalkContext {
  readonly recorder: Recorder;
  readonly options: RunOptions;
  emit(event: SessionEvent): void;
  /** An engine for one schema, with fresh code. */
  spawn(
    access: EngineOptions['access'],
    events: Partial<EngineEvents>,
    schema: string,
  ): EngineProcess;
}

/** With what the journal knows of their last runs. */
export async function listSchemas(
  { database, key, head, schemas }: SchemaStates,
  recorder: Recorder,
): Promise<SchemaList> {
  const none: ReadonlyMap<string, LastRun> = new Map();
  const runs = await recorder.ask(none, (journal) =>
    journal.lastRuns(inSchema({ database, key }, '').key),
  );
  const last = runs.ok ? runs.value : none;
  return {
    database,
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
  /** Ends the run that goes on, and reaches no further schema. */
  cancel(): void;
}

export function executeWalk(
  plan: SchemaPlan,
  { keepGoing }: WalkOptions,
  context: WalkContext,
): WalkInProgress {
  let running: RunInProgress | null = null;
  let cancelled = false;

  const runOne = async (schema: string, same: Plan): Promise<SchemaOutcome> => {
    let id: number | null = null;
    const target = { ...same.target, ...inSchema(plan, schema) };
    running = executeRun(
      { ...same, target },
      {
        recorder: context.recorder,
        options: context.options,
        emit(event) {
          if (event.type === 'run-started') id = event.run;
          context.emit(event);
        },
        spawn: (events) => context.spawn('run', events, schema),
        readHistory: () => readAfterRun(context, schema),
      },
    );
    const reply = await running.result;
    running = null;
    if (!reply.ok) return { schema, outcome: 'refused', problem: reply.problem };
    const { outcome } = reply.value;
    return {
      schema,
      outcome: outcome === 'interrupted' ? 'failed' : outcome,
      run: id,
      result: reply.value,
    };
  };

  const walk = async (): Promise<WalkResult> => {
    context.emit({ type: 'walk-started', plan });
    const outcomes: SchemaOutcome[] = [];
    let failed = 0;
    const settle = (outcome: SchemaOutcome) => {
      if (outcome.outcome === 'failed' || outcome.outcome === 'refused') failed++;
      outcomes.push(outcome);
      context.emit({ type: 'walk-settled', outcome });
    };
    for (const { schemas, problem } of plan.refused) {
      for (const schema of schemas) settle({ schema, outcome: 'refused', problem });
    }
    const stops = plan.groups.flatMap((group) =>
      group.schemas.map((schema) => ({ schema, plan: group.plan })),
    );
    for (const [index, { schema, plan: same }] of stops.entries()) {
      if (cancelled || (failed > 0 && !keepGoing)) {
        settle({ schema, outcome: 'not-reached' });
        continue;
      }
      context.emit({ type: 'walk-reached', progress: { schema, at: index + 1, of: stops.length } });
      settle(await runOne(schema, same));
    }
    const result: WalkResult = {
      direction: plan.direction,
      outcome: cancelled ? 'cancelled' : failed > 0 ? 'failed' : 'done',
      schemas: outcomes,
    };
    context.emit({ type: 'walk-finished', result });
    return result;
  };

  return {
    result: walk(),
    cancel() {
      cancelled = true;
      running?.cancel();
    },
  };
}

async function readAfterRun(context: WalkContext, schema: string): Promise<History | null> {
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

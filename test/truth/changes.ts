/** Writes revisions: what people write, right, sloppy or wrong. */

import type { DriverName } from '../../source/contract/target.ts';
import type { Case, Fate, RevisionCase, Statement } from './case.ts';
import { addColumn, dropColumn, renameColumn } from './changes/columns.ts';
import {
  createIndex,
  createTrigger,
  createView,
  dropIndex,
  dropTrigger,
} from './changes/objects.ts';
import { rebuild, touchAndRebuild } from './changes/rebuild.ts';
import {
  backfill,
  insert,
  move,
  remove,
  replace,
  update,
  updateKey,
  updateReference,
} from './changes/rows.ts';
import { nothing, Scene, type Written } from './changes/scene.ts';
import {
  addReference,
  alterType,
  block,
  callFunction,
  notNull,
  remake,
  truncate,
} from './changes/server.ts';
import { createTable, dropTable, renameTable } from './changes/tables.ts';
import type { Change, RevisionShape, Shape } from './descriptor.ts';
import { copyOf, type Model, pick, type Table } from './model.ts';
import { make } from './schema.ts';

export function caseOf(driver: DriverName, shape: Shape): Case {
  const made = make(driver, shape);
  const scene = new Scene(driver, made.model, made.keys);
  const revisions = shape.revisions.map((each) => revisionOf(scene, each));
  return { driver, setup: made.setup, revisions, allOrNothing: !shape.apart };
}

function revisionOf(scene: Scene, { changes, down }: RevisionShape): RevisionCase {
  const before = copyOf(scene.model);
  scene.begin();
  const parts = changes.map((change) => write(scene, change));
  const up = parts.flatMap((part) => part.up);
  const kept = down === 4 ? parts.filter((_, at) => at % 2 === 1) : parts;
  return {
    up: up.length > 0 ? up : [{ sql: 'select 1', names: [] }],
    down: down === 5 ? null : downOf(kept),
    fates: fatesOf(scene, before),
  };
}

function fatesOf(scene: Scene, before: Model): Record<string, Fate> {
  return Object.fromEntries(
    before.tables.map(({ id, name }): [string, Fate] => {
      const now = scene.model.tables.find((table) => table.id === id);
      const columns = [...(scene.origins.get(id) ?? [])].map(([to, from]) => [from, to] as const);
      return [
        name,
        {
          now: now?.name ?? null,
          columns: Object.fromEntries(columns),
          converted: scene.converted.filter(([table]) => table === id).map(([, column]) => column),
          computed: scene.computed.filter(([table]) => table === id).map(([, column]) => column),
          renamed: scene.suspicious.has(id),
        },
      ];
    }),
  );
}

function write(scene: Scene, change: Change): Written {
  const table = pick(scene.model.tables, change.table);
  if (!table) return nothing;
  return choose(scene.driver, change)(scene, table, change) ?? nothing;
}

type Writer = (scene: Scene, table: Table, change: Change) => Written | null;

function choose(driver: DriverName, { kind }: Change): Writer {
  type Choice = readonly [number, Writer];
  const choices: readonly Choice[] = [
    [12, update],
    [9, remove],
    [5, insert],
    [5, replace],
    [4, updateReference],
    [3, updateKey],
    [4, move],
    [6, addColumn],
    [5, dropColumn],
    [5, renameColumn],
    [4, renameTable],
    [4, createIndex],
    [3, dropIndex],
    [5, createTable],
    [5, dropTable],
    [2, createTrigger],
    [2, dropTrigger],
    [2, createView],
    [2, backfill],
    ...(driver === 'postgresql'
      ? ([
          [6, alterType],
          [7, truncate],
          [5, notNull],
          [7, callFunction],
          [4, addReference],
          [4, block],
          [3, remake],
        ] as const)
      : ([
          [20, rebuild],
          [8, touchAndRebuild],
        ] as const)),
  ];
  const all = choices.reduce((sum, [weight]) => sum + weight, 0);
  let at = kind % all;
  for (const [weight, choice] of choices) {
    if (at < weight) return choice;
    at -= weight;
  }
  return update;
}

function downOf(parts: readonly Written[]): readonly Statement[] {
  const statements = parts.toReversed().flatMap((part) => part.down);
  return statements.length > 0 ? statements : [{ sql: 'select 1', names: [] }];
}

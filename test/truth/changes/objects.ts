/** Indexes, triggers and views. */

import type { Statement } from '../case.ts';
import type { Change } from '../descriptor.ts';
import { copyOf, payloadOf, pick, q, type Table, tableOf } from '../model.ts';
import { indexSql, triggerSql, viewSql } from '../schema.ts';
import { plain, type Scene, type Written } from './scene.ts';

export function createIndex(scene: Scene, table: Table, { a, b }: Change): Written | null {
  const column = pick(payloadOf(table), a);
  if (!column) return null;
  const index = {
    name: `i${scene.next()}`,
    table: table.id,
    columns: [column.name],
    unique: b % 4 === 3,
  };
  scene.model.indexes.push(index);
  return {
    up: [plain(indexSql(scene.model, index))],
    down: [{ sql: `drop index ${q(index.name)}`, names: [], drops: index.name }],
  };
}

export function dropIndex(scene: Scene, _table: Table, { a }: Change): Written | null {
  const index = pick(scene.model.indexes, a);
  if (!index) return null;
  const again = plain(indexSql(scene.model, index));
  scene.model.indexes = scene.model.indexes.filter((each) => each !== index);
  return {
    up: [{ sql: `drop index ${q(index.name)}`, names: [], drops: index.name }],
    down: [again],
  };
}

export function createTrigger(scene: Scene, table: Table, { a, b }: Change): Written | null {
  const trigger = {
    name: `g${scene.next()}`,
    table: table.id,
    event: (['update', 'delete'] as const)[a % 2] ?? 'update',
    other: pick(scene.model.tables, b)?.id ?? table.id,
    does: (['touch', 'remove', 'count'] as const)[b % 3] ?? 'touch',
  };
  scene.model.triggers.push(trigger);
  return {
    up: triggerSql(scene.driver, scene.model, trigger).map(plain),
    down: [
      dropTriggerSql(scene, trigger.name, table.id),
      ...(scene.driver === 'postgresql'
        ? [
            {
              sql: `drop function ${q(`${trigger.name}_function`)}()`,
              names: [],
              drops: trigger.name,
            },
          ]
        : []),
    ],
  };
}

export function dropTrigger(scene: Scene, _table: Table, { a }: Change): Written | null {
  const trigger = pick(scene.model.triggers, a);
  if (!trigger) return null;
  const again = triggerSql(scene.driver, scene.model, trigger).map(plain);
  scene.model.triggers = scene.model.triggers.filter((each) => each !== trigger);
  return { up: [dropTriggerSql(scene, trigger.name, trigger.table)], down: again };
}

export function createView(scene: Scene, table: Table): Written {
  const view = { name: `v${scene.next()}`, table: table.id };
  scene.model.views.push(view);
  return {
    up: [plain(viewSql(scene.model, view))],
    down: [{ sql: `drop view ${q(view.name)}`, names: [], drops: view.name }],
  };
}

export function dropTriggerSql(scene: Scene, name: string, table: number): Statement {
  const on = scene.driver === 'postgresql' ? ` on ${q(tableOf(scene.model, table).name)}` : '';
  return { sql: `drop trigger ${q(name)}${on}`, names: [], drops: name };
}

/** Indexes and triggers that a column is used in are dropped before it. */
export function withoutObjects(scene: Scene, table: Table, column: string): Written {
  const model = copyOf(scene.model);
  const indexes = scene.model.indexes.filter(
    (index) => index.table === table.id && index.columns.includes(column),
  );
  const triggers = scene.model.triggers.filter(
    (trigger) => trigger.table === table.id && trigger.does === 'touch',
  );
  scene.model.indexes = scene.model.indexes.filter((each) => !indexes.includes(each));
  scene.model.triggers = scene.model.triggers.filter((each) => !triggers.includes(each));
  return {
    up: [
      ...indexes.map(({ name }) => ({ sql: `drop index ${q(name)}`, names: [], drops: name })),
      ...triggers.map(({ name }) => dropTriggerSql(scene, name, table.id)),
    ],
    down: [
      ...indexes.map((index) => plain(indexSql(model, index))),
      ...triggers.flatMap((trigger) => triggerSql(scene.driver, model, trigger).map(plain)),
    ],
  };
}

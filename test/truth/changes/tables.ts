/** Tables that are made, renamed and dropped. */

import { type Statement, TAG } from '../case.ts';
import type { Change } from '../descriptor.ts';
import {
  type Action,
  type Column,
  childrenOf,
  copyOf,
  list,
  pick,
  q,
  type Table,
  tableOf,
} from '../model.ts';
import { foreignKeySql, indexSql, tableSql, triggerSql, viewSql } from '../schema.ts';
import { dropTriggerSql } from './objects.ts';
import { plain, type Scene, type Written } from './scene.ts';

export function renameTable(scene: Scene, table: Table): Written {
  const from = table.name;
  const to = `t${table.id}n${scene.next()}`;
  table.name = to;
  const renamed = (from: string, to: string): Statement => ({
    ...plain(`alter table ${q(from)} rename to ${q(to)}`),
    renames: { from, to },
  });
  return { up: [renamed(from, to)], down: [renamed(to, from)] };
}

export function createTable(scene: Scene, table: Table, { a, b, c }: Change): Written {
  const id = 100 + scene.next();
  const plainColumn = { default: null, generated: null, check: null };
  const parent = b % 3 === 2 ? null : table;
  const columns: Column[] = [
    { ...plainColumn, name: 'id', type: 'integer', notNull: true },
    { ...plainColumn, name: TAG, type: 'text', notNull: true },
    { ...plainColumn, name: 'extra', type: 'text', notNull: false },
    ...(parent?.key ?? []).map(
      (name): Column => ({
        ...plainColumn,
        name: `p0_${name}`,
        type: parent?.columns.find((each) => each.name === name)?.type ?? 'integer',
        notNull: false,
      }),
    ),
  ];
  const actions: readonly Action[] = ['cascade', 'no action', 'set null'];
  const made: Table = {
    id,
    name: `t${id}`,
    columns,
    key: ['id'],
    autoincrement: false,
    withoutRowid: false,
    strict: false,
    foreignKeys: parent
      ? [
          {
            columns: parent.key.map((name) => `p0_${name}`),
            parent: parent.id,
            parentColumns: [...parent.key],
            onDelete: pick(actions, c) ?? 'cascade',
            onUpdate: 'no action',
            deferred: false,
          },
        ]
      : [],
  };
  scene.model.tables.push(made);
  const up = [plain(tableSql(scene.driver, scene.model, made, made.name))];
  if (parent && a % 2 === 0) {
    const number = `(select count(*) from ${q(parent.name)} as "o" where "o".${q(TAG)} <= ${q(parent.name)}.${q(TAG)})`;
    up.push({
      sql: `insert into ${q(made.name)} (${list(['id', TAG, ...parent.key.map((name) => `p0_${name}`)])}) select ${number}, '${made.name}-' || ${list([TAG, ...parent.key])} from ${q(parent.name)}`,
      names: [made.name],
    });
  }
  return { up, down: [{ sql: `drop table ${q(made.name)}`, names: [made.name] }] };
}

export function dropTable(scene: Scene, table: Table, { a }: Change): Written | null {
  if (scene.model.tables.length < 2) return null;
  const model = copyOf(scene.model);
  const before = tableOf(model, table.id);
  const children = childrenOf(scene.model, table).filter((each) => each !== table);
  const cascade = scene.driver === 'postgresql' && (children.length > 0 || a % 3 === 2);
  const views = scene.model.views.filter((view) => view.table === table.id);
  const triggers = scene.model.triggers.filter(
    (trigger) =>
      trigger.table === table.id || (trigger.other === table.id && trigger.does === 'remove'),
  );
  const elsewhere = triggers.filter((trigger) => trigger.table !== table.id);
  const indexes = scene.model.indexes.filter((index) => index.table === table.id);
  const up: Statement[] = [
    ...(cascade && a % 2 === 1
      ? []
      : views.map(({ name }) => ({ sql: `drop view ${q(name)}`, names: [], drops: name }))),
    ...elsewhere.map((trigger) => dropTriggerSql(scene, trigger.name, trigger.table)),
    {
      sql: `drop table ${q(table.name)}${cascade ? ' cascade' : ''}`,
      names: [table.name],
      empties: true,
    },
  ];
  const down: Statement[] = [
    plain(tableSql(scene.driver, model, before, before.name)),
    ...indexes.map((index) => plain(indexSql(model, index))),
    ...triggers.flatMap((trigger) => triggerSql(scene.driver, model, trigger).map(plain)),
    ...views.map((view) => plain(viewSql(model, view))),
  ];
  if (scene.driver === 'postgresql') {
    for (const child of children) {
      const was = tableOf(model, child.id);
      for (const [at, key] of was.foreignKeys.entries()) {
        if (key.parent !== table.id) continue;
        down.push(plain(`alter table ${q(child.name)} add ${foreignKeySql(model, was, at)}`));
      }
      child.foreignKeys = child.foreignKeys.filter(({ parent }) => parent !== table.id);
    }
  }
  scene.model.tables = scene.model.tables.filter((each) => each !== table);
  scene.model.views = scene.model.views.filter((view) => !views.includes(view));
  scene.model.triggers = scene.model.triggers.filter((each) => !triggers.includes(each));
  scene.model.indexes = scene.model.indexes.filter((each) => !indexes.includes(each));
  // SQLite leaves references to what is not there any more.
  for (const child of scene.model.tables) {
    child.foreignKeys = child.foreignKeys.filter(({ parent }) => parent !== table.id);
  }
  scene.suspicious.add(table.id);
  return { up, down };
}

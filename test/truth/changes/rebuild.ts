/** Tables that are made anew on SQLite, in the ways in which people do it. */

import type { Statement } from '../case.ts';
import type { Change } from '../descriptor.ts';
import {
  type Action,
  childrenOf,
  copyOf,
  list,
  type Model,
  payloadOf,
  pick,
  q,
  type Table,
  tableOf,
} from '../model.ts';
import { indexSql, tableSql, triggerSql, viewSql } from '../schema.ts';
import { addColumn, renameIn } from './columns.ts';
import { insert, remove, replace, update, updateReference } from './rows.ts';
import { nothing, plain, type Scene, type Written } from './scene.ts';

export function rebuild(scene: Scene, table: Table, { a, b, c }: Change): Written | null {
  const before = copyOf(scene.model);
  const old = tableOf(before, table.id);
  const values = new Map(table.columns.map(({ name }) => [name, q(name)]));
  const [column] = payloadOf(table).slice(b % Math.max(1, payloadOf(table).length));
  const back = new Map(values);
  switch (a % 10) {
    case 1:
      table.columns.push(scene.newColumn('integer'));
      break;
    case 2:
      if (!column) return null;
      table.columns = table.columns.filter((each) => each !== column);
      scene.model.indexes = scene.model.indexes.filter(
        (index) => index.table !== table.id || !index.columns.includes(column.name),
      );
      scene.model.triggers = scene.model.triggers.filter(
        (trigger) => trigger.table !== table.id || trigger.does !== 'touch',
      );
      scene.origins.get(table.id)?.delete(column.name);
      scene.suspicious.add(table.id);
      back.set(column.name, column.default ?? 'null');
      break;
    case 3: {
      if (!column) return null;
      column.notNull = true;
      const value = { text: "'?'", integer: '0', real: '0' }[column.type];
      if (b % 4 !== 3) scene.computed.push([table.id, scene.originOf(table, column.name)]);
      if (b % 4 !== 3) values.set(column.name, `coalesce(${q(column.name)}, ${value})`);
      break;
    }
    case 4: {
      if (!column) return null;
      const to = column.type === 'text' ? 'integer' : 'text';
      scene.converted.push([table.id, scene.originOf(table, column.name)]);
      column.type = to;
      column.default = null;
      column.check = null;
      if (table.strict || b % 3 === 2) {
        values.set(column.name, `cast(${q(column.name)} as ${to})`);
        back.set(
          column.name,
          `cast(${q(column.name)} as ${old.columns.find(({ name }) => name === column.name)?.type})`,
        );
      }
      break;
    }
    case 5:
      if (!column || column.type === 'text') return null;
      column.check = '> -5';
      break;
    case 6: {
      const [key] = table.foreignKeys;
      if (!key) return null;
      const actions: readonly Action[] = ['cascade', 'no action', 'set null', 'restrict'];
      key.onDelete = pick(actions, b) ?? 'cascade';
      break;
    }
    case 7: {
      if (!column) return null;
      const to = `r${scene.next()}`;
      const from = column.name;
      renameIn(scene, table, from, to);
      values.delete(from);
      values.set(to, q(from));
      back.set(from, q(to));
      break;
    }
    case 8: {
      const [key] = table.foreignKeys;
      if (!key) return null;
      table.foreignKeys = table.foreignKeys.slice(1);
      break;
    }
    case 9: {
      // The copy mixes up columns, or puts the same into all rows.
      if (!column) return null;
      const other = payloadOf(table).find((each) => each !== column && each.type === column.type);
      const same = { text: "'same'", integer: '4', real: '4.5' }[column.type];
      values.set(column.name, other && b % 2 === 0 ? q(other.name) : same);
      if (other && b % 2 === 0) values.set(other.name, q(column.name));
      break;
    }
    default:
  }
  const after = copyOf(scene.model);
  const now = tableOf(after, table.id);
  return {
    up: rebuildSql([before, old], [after, now], values, c),
    down: rebuildSql([after, now], [before, old], back, c % 6 === 5 ? 0 : c),
  };
}

/** The parent of what is changed by name is rebuilt in the same breath. */
export function touchAndRebuild(scene: Scene, table: Table, change: Change): Written | null {
  const parent = childrenOf(scene.model, table).length > 0 ? table : scene.model.tables[0];
  const child = parent && pick(childrenOf(scene.model, parent), change.b);
  if (!parent || !child) return null;
  const writers = [updateReference, update, replace, remove, insert, addColumn];
  const touched = pick(writers, change.b)?.(scene, child, change) ?? nothing;
  const rebuilt = rebuild(scene, parent, change) ?? nothing;
  return { up: [...touched.up, ...rebuilt.up], down: [...rebuilt.down, ...touched.down] };
}

function rebuildSql(
  [before, old]: readonly [Model, Table],
  [after, now]: readonly [Model, Table],
  values: ReadonlyMap<string, string>,
  style: number,
): Statement[] {
  const { name } = old;
  const writable = now.columns.filter(({ generated }) => generated === null).map((c) => c.name);
  const names = writable.filter((each) => values.has(each));
  const from = names.map((each) => values.get(each) ?? q(each));
  const copy = (source: string, target: string): Statement => ({
    sql: `insert into ${q(target)} (${list(names)}) select ${from.join(', ')} from ${q(source)}`,
    names: [target],
  });
  const drop = (table: string): Statement => ({ sql: `drop table ${q(table)}`, names: [table] });
  const rename = (source: string, target: string) =>
    plain(`alter table ${q(source)} rename to ${q(target)}`);
  const create = (target: string) => plain(tableSql('sqlite', after, now, target));

  // What stands in the way of the rename is dropped before it, and what was lost made again.
  const views = before.views.filter((view) => view.table === old.id);
  const outside = before.triggers.filter(
    (trigger) => trigger.table !== old.id && trigger.other === old.id && trigger.does === 'remove',
  );
  const sloppy = style % 4 === 3;
  const opening = [
    ...views.map((view) => ({ sql: `drop view ${q(view.name)}`, names: [], drops: view.name })),
    ...outside.map((each) => ({
      sql: `drop trigger ${q(each.name)}`,
      names: [],
      drops: each.name,
    })),
  ];
  const closing = [
    ...(sloppy
      ? []
      : [
          ...after.indexes
            .filter((index) => index.table === now.id)
            .map((index) => plain(indexSql(after, index))),
          ...after.triggers
            .filter((trigger) => trigger.table === now.id)
            .flatMap((trigger) => triggerSql('sqlite', after, trigger).map(plain)),
        ]),
    ...outside.flatMap((trigger) => triggerSql('sqlite', after, trigger).map(plain)),
    ...views.map((view) => plain(viewSql(after, view))),
  ];
  const off = plain('pragma foreign_keys = off');
  const on = plain('pragma foreign_keys = on');
  const temporary = `${name}__temp_alter`;
  switch (Math.floor(style / 2) % 6) {
    case 1: {
      const made = `${name}_new`;
      return [
        ...opening,
        create(made),
        copy(name, made),
        drop(name),
        rename(made, name),
        ...closing,
      ];
    }
    case 2: {
      const aside = `${name}_old`;
      const indexes = before.indexes
        .filter((index) => index.table === old.id)
        .map(({ name }) => ({ sql: `drop index ${q(name)}`, names: [], drops: name }));
      return [
        ...opening,
        ...indexes,
        rename(name, aside),
        create(name),
        copy(aside, name),
        drop(aside),
        ...closing,
      ];
    }
    case 3:
      return [
        plain('pragma defer_foreign_keys = on'),
        ...opening,
        create(temporary),
        copy(name, temporary),
        drop(name),
        rename(temporary, name),
        ...closing,
      ];
    case 4: {
      // Rows of children are put aside, and put back.
      const children = before.tables.filter(
        (each) =>
          each.id !== old.id && each.foreignKeys.some((reference) => reference.parent === old.id),
      );
      const kept = (child: Table) =>
        child.columns.filter(({ generated }) => generated === null).map((c) => c.name);
      return [
        ...opening,
        ...children.flatMap((child) => [
          plain(
            `create table ${q(`${child.name}_kept`)} as select ${list(kept(child))} from ${q(child.name)}`,
          ),
          { sql: `delete from ${q(child.name)}`, names: [child.name] },
        ]),
        create(temporary),
        copy(name, temporary),
        drop(name),
        rename(temporary, name),
        ...children.flatMap((child) => [
          {
            sql: `insert into ${q(child.name)} (${list(kept(child))}) select ${list(kept(child))} from ${q(`${child.name}_kept`)}`,
            names: [child.name],
          },
          drop(`${child.name}_kept`),
        ]),
        ...closing,
      ];
    }
    default:
      return [
        off,
        ...opening,
        create(temporary),
        copy(name, temporary),
        drop(name),
        rename(temporary, name),
        ...closing,
        on,
      ];
  }
}

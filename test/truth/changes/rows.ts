/** Changes of rows, by statements that say so. */

import { TAG } from '../case.ts';
import type { Change } from '../descriptor.ts';
import { list, literal, payloadOf, pick, q, type Table, tableOf } from '../model.ts';
import { insertSql, typeSql } from '../schema.ts';
import { add } from './columns.ts';
import { deletion, dml, plain, type Scene, type Written } from './scene.ts';

export function update(scene: Scene, table: Table, { a, b, c }: Change): Written | null {
  const column = pick(payloadOf(table), a);
  if (!column) return null;
  const value = { text: `'u${b}'`, integer: `${40 + b}`, real: `${b}.5` }[column.type];
  const said =
    c % 4 === 3 && column.type === 'integer' ? `coalesce(${q(column.name)}, 0) + 1000` : value;
  const from = said === value ? null : `${q(column.name)} - 1000`;
  return {
    up: [
      dml(table, `update ${q(table.name)} set ${q(column.name)} = ${said}${scene.where(table, b)}`),
    ],
    down:
      from === null
        ? []
        : [
            dml(
              table,
              `update ${q(table.name)} set ${q(column.name)} = ${from}${scene.where(table, b)}`,
            ),
          ],
  };
}

export function remove(scene: Scene, table: Table, { a }: Change): Written {
  return { up: [deletion(table, scene.where(table, a))], down: [] };
}

export function insert(scene: Scene, table: Table, { a, b }: Change): Written | null {
  const row = scene.newRow(table, a);
  if (!row) return null;
  const tag = literal(row[TAG] ?? null);
  const remove = dml(table, `delete from ${q(table.name)} where ${q(TAG)} = ${tag}`);
  return { up: [dml(table, insertSql(table.name, row))], down: b % 4 === 3 ? [] : [remove] };
}

/** A row in the place of another one with its key. */
export function replace(scene: Scene, table: Table, { a, b }: Change): Written | null {
  const key = pick(scene.keys.get(table.id) ?? [], a);
  const row = key && scene.newRow(table, b, key);
  if (!row) return null;
  if (scene.driver === 'sqlite' && b % 3 !== 2) {
    const verb = b % 3 === 0 ? 'insert or replace' : 'replace';
    return { up: [dml(table, insertSql(table.name, row, verb))], down: [] };
  }
  const payload = payloadOf(table).map(({ name }) => name);
  const sets = payload.map((name) => `${q(name)} = excluded.${q(name)}`).join(', ');
  const conflict = `on conflict (${list(table.key)}) do ${sets ? `update set ${sets}` : 'nothing'}`;
  return { up: [dml(table, `${insertSql(table.name, row)} ${conflict}`)], down: [] };
}

export function updateReference(scene: Scene, table: Table, { a, b, c }: Change): Written | null {
  const key = pick(table.foreignKeys, a);
  const parent = key && pick(scene.keys.get(key.parent) ?? [], b);
  if (!key || !parent) return null;
  const sets = key.columns.map((name, at) => {
    const value = c % 5 === 4 ? null : (parent[key.parentColumns[at] ?? ''] ?? null);
    return `${q(name)} = ${literal(value)}`;
  });
  return {
    up: [dml(table, `update ${q(table.name)} set ${sets.join(', ')}${scene.where(table, c)}`)],
    down: [],
  };
}

export function updateKey(scene: Scene, table: Table, { a }: Change): Written | null {
  const key = pick(scene.keys.get(table.id) ?? [], a);
  const name = table.key.at(-1);
  if (!key || !name) return null;
  const was = key[name] ?? null;
  const now = typeof was === 'number' ? was + 500 : `${was}-new`;
  const where = (from: string | number | null, at: string) =>
    table.key
      .map((each) => `${q(each)} = ${literal(each === at ? from : (key[each] ?? null))}`)
      .join(' and ');
  const set = (from: string | number | null, to: string | number | null) =>
    dml(
      table,
      `update ${q(table.name)} set ${q(name)} = ${literal(to)} where ${where(from, name)}`,
    );
  return { up: [set(was, now)], down: [set(now, was)] };
}

/** Rows go to a new table, and from the old one. */
export function move(scene: Scene, table: Table, { a, b }: Change): Written {
  const archive = `moved${scene.next()}`;
  const payload = payloadOf(table);
  const columns = payload.map(({ name }) => name);
  const where = scene.where(table, a);
  scene.suspicious.add(table.id);
  const copy = {
    sql: `insert into ${q(archive)} (${list([TAG, ...columns])}) select '${archive}-' || ${list([TAG, ...columns])} from ${q(table.name)}${where}`,
    names: [archive],
  };
  return {
    up: [
      plain(
        `create table ${q(archive)} (${q(TAG)} text not null${payload.map(({ name, type }) => `, ${q(name)} ${typeSql(scene.driver, type)}`).join('')})`,
      ),
      copy,
      ...(b % 3 === 2 ? [] : [deletion(table, where)]),
    ],
    down: [{ sql: `drop table ${q(archive)}`, names: [archive] }],
  };
}

/** Values of a new column, from the table that it refers to. */
export function backfill(scene: Scene, table: Table, { a }: Change): Written | null {
  const key = pick(table.foreignKeys, a);
  if (!key) return null;
  const parent = tableOf(scene.model, key.parent);
  const column = scene.newColumn('text');
  const join = key.columns
    .map((name, at) => `"p".${q(key.parentColumns[at] ?? '')} = ${q(table.name)}.${q(name)}`)
    .join(' and ');
  const added = add(scene, table, column);
  return {
    up: [
      ...added.up,
      dml(
        table,
        `update ${q(table.name)} set ${q(column.name)} = (select "p".${q(TAG)} from ${q(parent.name)} as "p" where ${join})`,
      ),
    ],
    down: added.down,
  };
}

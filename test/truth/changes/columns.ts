/** Changes of columns. */

import type { Change } from '../descriptor.ts';
import { type Column, payloadOf, pick, q, type Table } from '../model.ts';
import { columnSql } from '../schema.ts';
import { withoutObjects } from './objects.ts';
import { dml, plain, type Scene, type Written } from './scene.ts';

export function addColumn(scene: Scene, table: Table, { a, b, c }: Change): Written {
  const type = (['text', 'integer', 'real'] as const)[a % 3] ?? 'text';
  const column = scene.newColumn(type);
  if (b % 2 === 1) {
    column.default = { text: "'new'", integer: '3', real: '0.5' }[type];
    column.notNull = b % 4 === 3;
  }
  const added = add(scene, table, column);
  if (c % 3 !== 2) return added;
  const value = { text: "'filled'", integer: '9', real: '9.5' }[type];
  return {
    up: [...added.up, dml(table, `update ${q(table.name)} set ${q(column.name)} = ${value}`)],
    down: added.down,
  };
}

export function add(scene: Scene, table: Table, column: Column): Written {
  table.columns.push(column);
  return {
    up: [
      plain(`alter table ${q(table.name)} add column ${columnSql(scene.driver, table, column)}`),
    ],
    down: [plain(`alter table ${q(table.name)} drop column ${q(column.name)}`)],
  };
}

export function dropColumn(scene: Scene, table: Table, { a, b }: Change): Written | null {
  const column = pick(payloadOf(table), a);
  if (!column) return null;
  const { up, down } = withoutObjects(scene, table, column.name);
  table.columns = table.columns.filter((each) => each !== column);
  scene.origins.get(table.id)?.forEach((from, to, origins) => {
    if (to === column.name && from) origins.delete(to);
  });
  scene.suspicious.add(table.id);
  const back = { ...column, notNull: column.notNull && column.default !== null };
  const again = plain(
    `alter table ${q(table.name)} add column ${columnSql(scene.driver, table, b % 4 === 3 ? { ...back, notNull: false } : back)}`,
  );
  return {
    up: [...up, plain(`alter table ${q(table.name)} drop column ${q(column.name)}`)],
    down: [again, ...down],
  };
}

export function renameColumn(scene: Scene, table: Table, { a }: Change): Written | null {
  const column = pick(payloadOf(table), a);
  if (!column) return null;
  const from = column.name;
  const to = `r${scene.next()}`;
  renameIn(scene, table, from, to);
  const rename = (old: string, now: string) =>
    plain(`alter table ${q(table.name)} rename column ${q(old)} to ${q(now)}`);
  return { up: [rename(from, to)], down: [rename(to, from)] };
}

export function renameIn(scene: Scene, table: Table, from: string, to: string): void {
  for (const column of table.columns) if (column.name === from) column.name = to;
  for (const index of scene.model.indexes) {
    if (index.table !== table.id) continue;
    index.columns = index.columns.map((name) => (name === from ? to : name));
  }
  const origins = scene.origins.get(table.id);
  const origin = origins?.get(from);
  if (origins && origin) {
    origins.delete(from);
    origins.set(to, origin);
  }
}

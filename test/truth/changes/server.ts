/** Changes that only PostgreSQL knows. */

import type { Change } from '../descriptor.ts';
import {
  type Action,
  childrenOf,
  copyOf,
  list,
  literal,
  payloadOf,
  pick,
  q,
  type Table,
  tableOf,
} from '../model.ts';
import {
  foreignKeySql,
  indexSql,
  sequenceSql,
  tableSql,
  triggerSql,
  typeSql,
  viewSql,
} from '../schema.ts';
import { add } from './columns.ts';
import { withoutObjects } from './objects.ts';
import { deletion, dml, plain, type Scene, type Written } from './scene.ts';

export function alterType(scene: Scene, table: Table, { a, b }: Change): Written | null {
  const column = pick(payloadOf(table), a);
  if (!column) return null;
  const before = copyOf(scene.model);
  const was = tableOf(before, table.id).columns.find(({ name }) => name === column.name);
  if (!was) return null;
  const to = column.type === 'text' ? 'integer' : 'text';
  scene.converted.push([table.id, scene.originOf(table, column.name)]);
  const { up, down } = withoutObjects(scene, table, column.name);
  const alter = (type: typeof to | typeof was.type, using: string, value: string | null) => [
    plain(`alter table ${q(table.name)} alter column ${q(column.name)} drop default`),
    {
      sql: `alter table ${q(table.name)} alter column ${q(column.name)} type ${typeSql('postgresql', type)} using ${using}`,
      names: [table.name],
    },
    ...(value === null
      ? []
      : [
          plain(`alter table ${q(table.name)} alter column ${q(column.name)} set default ${value}`),
        ]),
  ];
  const using =
    to === 'text'
      ? `${q(column.name)}::text`
      : b % 2 === 0
        ? `length(${q(column.name)})`
        : `case when ${q(column.name)} ~ '^[0-9]+$' then ${q(column.name)}::integer end`;
  const check = was.check;
  column.type = to;
  column.default = null;
  column.check = null;
  const name = q(`${table.name}_${column.name}_check`);
  const dropCheck =
    check === null ? [] : [plain(`alter table ${q(table.name)} drop constraint if exists ${name}`)];
  const addCheck =
    check === null
      ? []
      : [
          plain(
            `alter table ${q(table.name)} add constraint ${name} check (${q(column.name)} ${check})`,
          ),
        ];
  return {
    up: [...up, ...dropCheck, ...alter(to, using, null)],
    down: [
      ...alter(was.type, `${q(column.name)}::${typeSql('postgresql', was.type)}`, was.default),
      ...addCheck,
      ...down,
    ],
  };
}

export function truncate(_scene: Scene, table: Table, { a }: Change): Written {
  return {
    up: [
      {
        sql: `truncate ${q(table.name)}${a % 2 === 1 ? ' cascade' : ''}`,
        names: [table.name],
        empties: true,
      },
    ],
    down: [],
  };
}

export function notNull(_scene: Scene, table: Table, { a, b }: Change): Written | null {
  const column = pick(payloadOf(table), a);
  if (!column || column.notNull) return null;
  column.notNull = true;
  const value = { text: "'?'", integer: '0', real: '0' }[column.type];
  const fill = dml(
    table,
    `update ${q(table.name)} set ${q(column.name)} = ${value} where ${q(column.name)} is null`,
  );
  return {
    up: [
      ...(b % 3 === 2 ? [] : [fill]),
      plain(`alter table ${q(table.name)} alter column ${q(column.name)} set not null`),
    ],
    down: [plain(`alter table ${q(table.name)} alter column ${q(column.name)} drop not null`)],
  };
}

/** A function of the revision, of which the call does not say what it does. */
export function callFunction(scene: Scene, table: Table, { a, b }: Change): Written | null {
  const column = pick(payloadOf(table), a);
  const name = `f${scene.next()}`;
  const body =
    b % 2 === 0 || !column
      ? `delete from ${q(table.name)}${scene.where(table, a)}`
      : `update ${q(table.name)} set ${q(column.name)} = ${{ text: "'f'", integer: '5', real: '5' }[column.type]}${scene.where(table, a)}`;
  return {
    up: [
      plain(
        `create function ${q(name)}() returns void language plpgsql as $$ begin ${body}; end $$`,
      ),
      plain(`select ${q(name)}()`),
      { sql: `drop function ${q(name)}()`, names: [], drops: name },
    ],
    down: [],
  };
}

/** A block says what it does. */
export function block(scene: Scene, table: Table, { a }: Change): Written {
  const { sql, ...means } = deletion(table, scene.where(table, a));
  return { up: [{ ...means, sql: `do $$ begin ${sql}; end $$` }], down: [] };
}

export function addReference(scene: Scene, table: Table, { a, b, c }: Change): Written | null {
  const parent = pick(scene.model.tables, a);
  if (parent?.key.length !== 1) return null;
  const [key] = parent.key;
  const type = parent.columns.find(({ name }) => name === key)?.type ?? 'integer';
  const column = { ...scene.newColumn(type), notNull: false };
  const added = add(scene, table, column);
  const actions: readonly Action[] = ['cascade', 'no action', 'set null'];
  table.foreignKeys.push({
    columns: [column.name],
    parent: parent.id,
    parentColumns: [...parent.key],
    onDelete: pick(actions, b) ?? 'cascade',
    onUpdate: 'no action',
    deferred: c % 2 === 1,
  });
  const at = table.foreignKeys.length - 1;
  const some = pick(scene.keys.get(parent.id) ?? [], c)?.[key ?? ''] ?? null;
  return {
    up: [
      ...added.up,
      plain(`alter table ${q(table.name)} add ${foreignKeySql(scene.model, table, at)}`),
      ...(some === null
        ? []
        : [dml(table, `update ${q(table.name)} set ${q(column.name)} = ${literal(some)}`)]),
    ],
    down: added.down,
  };
}

/** A table made again by hand: a copy takes its name. */
export function remake(scene: Scene, table: Table): Written {
  const before = copyOf(scene.model);
  const old = tableOf(before, table.id);
  const children = childrenOf(before, old);
  const made = `${table.name}_new`;
  const columns = table.columns.filter(({ generated }) => generated === null).map((c) => c.name);
  const views = before.views.filter((view) => view.table === table.id);
  const keys = (of: readonly Table[]) =>
    of.flatMap((child) =>
      child.foreignKeys.flatMap((key, at) =>
        key.parent === table.id
          ? [plain(`alter table ${q(child.name)} add ${foreignKeySql(before, child, at)}`)]
          : [],
      ),
    );
  const own = old.foreignKeys.flatMap((key, at) =>
    key.parent === table.id
      ? []
      : [plain(`alter table ${q(table.name)} add ${foreignKeySql(before, old, at)}`)],
  );
  const sql = [
    ...views.map(({ name }) => ({ sql: `drop view ${q(name)}`, names: [], drops: name })),
    plain(tableSql('postgresql', before, old, made, false)),
    {
      sql: `insert into ${q(made)} (${list(columns)}) select ${list(columns)} from ${q(table.name)}`,
      names: [made],
    },
    {
      sql: `drop table ${q(table.name)}${children.length > 0 ? ' cascade' : ''}`,
      names: [table.name],
    },
    plain(`alter table ${q(made)} rename to ${q(table.name)}`),
    ...own,
    ...keys(children),
    ...before.indexes
      .filter((index) => index.table === table.id)
      .map((index) => plain(indexSql(before, index))),
    ...before.triggers
      .filter((trigger) => trigger.table === table.id)
      .flatMap((trigger) => triggerSql('postgresql', before, trigger).map(plain)),
    ...views.map((view) => plain(viewSql(before, view))),
    ...(table.autoincrement ? [plain(sequenceSql(table, 100))] : []),
  ];
  return { up: sql, down: [] };
}

/** Writes revisions: what people write, right, sloppy or wrong. */

import type { DriverName } from '../../source/protocol.ts';
import { type Case, type Fate, type RevisionCase, type Statement, TAG } from './case.ts';
import type { Change, RevisionShape, Shape } from './descriptor.ts';
import {
  type Action,
  type Column,
  childrenOf,
  copyOf,
  list,
  literal,
  type Model,
  payloadOf,
  pick,
  q,
  type Table,
  tableOf,
} from './model.ts';
import {
  columnSql,
  foreignKeySql,
  indexSql,
  insertSql,
  make,
  sequenceSql,
  tableSql,
  triggerSql,
  typeSql,
  viewSql,
} from './schema.ts';

export function caseOf(driver: DriverName, shape: Shape): Case {
  const made = make(driver, shape);
  const writer = new Writer(driver, made.model, made.keys);
  const revisions = shape.revisions.map((each) => writer.revision(each));
  return { driver, setup: made.setup, revisions, allOrNothing: !shape.apart };
}

interface Written {
  readonly up: Statement[];
  readonly down: Statement[];
}

type Row = Readonly<Record<string, string | number | null>>;

class Writer {
  readonly #driver: DriverName;
  readonly #keys: ReadonlyMap<number, readonly Row[]>;
  #model: Model;
  #names = 0;
  /** What the revision does to tables of before, by their id. */
  #converted: [number, string][] = [];
  #suspicious = new Set<number>();
  /** Names of columns now, and what they were before the revision; null for new ones. */
  #origins = new Map<number, Map<string, string>>();

  constructor(driver: DriverName, model: Model, keys: ReadonlyMap<number, readonly Row[]>) {
    this.#driver = driver;
    this.#model = model;
    this.#keys = keys;
  }

  revision({ changes, down }: RevisionShape): RevisionCase {
    const before = copyOf(this.#model);
    this.#converted = [];
    this.#suspicious = new Set();
    this.#origins = new Map(
      before.tables.map(({ id, columns }) => [
        id,
        new Map(columns.map(({ name }) => [name, name])),
      ]),
    );
    const parts = changes.map((change) => this.#write(change));
    const up = parts.flatMap((part) => part.up);
    const kept = down === 4 ? parts.filter((_, at) => at % 2 === 1) : parts;
    return {
      up: up.length > 0 ? up : [{ sql: 'select 1', names: [] }],
      down: down === 5 ? null : downOf(kept),
      fates: this.#fates(before),
    };
  }

  #fates(before: Model): Record<string, Fate> {
    return Object.fromEntries(
      before.tables.map(({ id, name }): [string, Fate] => {
        const now = this.#model.tables.find((table) => table.id === id);
        const columns = [...(this.#origins.get(id) ?? [])].map(([to, from]) => [from, to] as const);
        return [
          name,
          {
            now: now?.name ?? null,
            columns: Object.fromEntries(columns),
            converted: this.#converted
              .filter(([table]) => table === id)
              .map(([, column]) => column),
            renamed: this.#suspicious.has(id),
          },
        ];
      }),
    );
  }

  #write(change: Change): Written {
    const table = pick(this.#model.tables, change.table);
    if (!table) return nothing;
    return this.#choose(change)(table, change) ?? nothing;
  }

  #choose({ kind }: Change): (table: Table, change: Change) => Written | null {
    const server = this.#driver === 'postgresql';
    type Choice = readonly [number, (table: Table, change: Change) => Written | null];
    const choices: readonly Choice[] = [
      [12, this.#update],
      [9, this.#delete],
      [5, this.#insert],
      [5, this.#replace],
      [4, this.#updateReference],
      [3, this.#updateKey],
      [4, this.#move],
      [6, this.#addColumn],
      [5, this.#dropColumn],
      [5, this.#renameColumn],
      [4, this.#renameTable],
      [4, this.#createIndex],
      [3, this.#dropIndex],
      [5, this.#createTable],
      [5, this.#dropTable],
      [2, this.#createTrigger],
      [2, this.#dropTrigger],
      [2, this.#createView],
      [2, this.#backfill],
      ...(server
        ? ([
            [6, this.#alterType],
            [7, this.#truncate],
            [5, this.#notNull],
            [7, this.#callFunction],
            [4, this.#addReference],
            [4, this.#block],
            [3, this.#remake],
          ] as const)
        : ([
            [20, this.#rebuild],
            [8, this.#touchAndRebuild],
          ] as const)),
    ];
    const all = choices.reduce((sum, [weight]) => sum + weight, 0);
    let at = kind % all;
    for (const [weight, choice] of choices) {
      if (at < weight) return choice.bind(this);
      at -= weight;
    }
    return this.#update.bind(this);
  }

  // --- rows

  #update(table: Table, { a, b, c }: Change): Written | null {
    const column = pick(payloadOf(table), a);
    if (!column) return null;
    const value = { text: `'u${b}'`, integer: `${40 + b}`, real: `${b}.5` }[column.type];
    const said =
      c % 4 === 3 && column.type === 'integer' ? `coalesce(${q(column.name)}, 0) + 1000` : value;
    const from = said === value ? null : `${q(column.name)} - 1000`;
    return {
      up: [
        dml(
          table,
          `update ${q(table.name)} set ${q(column.name)} = ${said}${this.#where(table, b)}`,
        ),
      ],
      down:
        from === null
          ? []
          : [
              dml(
                table,
                `update ${q(table.name)} set ${q(column.name)} = ${from}${this.#where(table, b)}`,
              ),
            ],
    };
  }

  #delete(table: Table, { a }: Change): Written {
    return { up: [dml(table, `delete from ${q(table.name)}${this.#where(table, a)}`)], down: [] };
  }

  #insert(table: Table, { a, b }: Change): Written | null {
    const row = this.#newRow(table, a);
    if (!row) return null;
    const tag = literal(row[TAG] ?? null);
    const remove = dml(table, `delete from ${q(table.name)} where ${q(TAG)} = ${tag}`);
    return { up: [dml(table, insertSql(table.name, row))], down: b % 4 === 3 ? [] : [remove] };
  }

  /** A row in the place of another one with its key. */
  #replace(table: Table, { a, b }: Change): Written | null {
    const key = pick(this.#keys.get(table.id) ?? [], a);
    const row = key && this.#newRow(table, b, key);
    if (!row) return null;
    if (this.#driver === 'sqlite' && b % 3 !== 2) {
      const verb = b % 3 === 0 ? 'insert or replace' : 'replace';
      return { up: [dml(table, insertSql(table.name, row, verb))], down: [] };
    }
    const payload = payloadOf(table).map(({ name }) => name);
    const sets = payload.map((name) => `${q(name)} = excluded.${q(name)}`).join(', ');
    const conflict = `on conflict (${list(table.key)}) do ${sets ? `update set ${sets}` : 'nothing'}`;
    return { up: [dml(table, `${insertSql(table.name, row)} ${conflict}`)], down: [] };
  }

  #updateReference(table: Table, { a, b, c }: Change): Written | null {
    const key = pick(table.foreignKeys, a);
    const parent = key && pick(this.#keys.get(key.parent) ?? [], b);
    if (!key || !parent) return null;
    const sets = key.columns.map((name, at) => {
      const value = c % 5 === 4 ? null : (parent[key.parentColumns[at] ?? ''] ?? null);
      return `${q(name)} = ${literal(value)}`;
    });
    return {
      up: [dml(table, `update ${q(table.name)} set ${sets.join(', ')}${this.#where(table, c)}`)],
      down: [],
    };
  }

  #updateKey(table: Table, { a }: Change): Written | null {
    const key = pick(this.#keys.get(table.id) ?? [], a);
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
  #move(table: Table, { a, b }: Change): Written {
    const archive = `moved${this.#names++}`;
    const payload = payloadOf(table);
    const columns = payload.map(({ name }) => name);
    const where = this.#where(table, a);
    this.#suspicious.add(table.id);
    const copy = {
      sql: `insert into ${q(archive)} (${list([TAG, ...columns])}) select '${archive}-' || ${list([TAG, ...columns])} from ${q(table.name)}${where}`,
      names: [archive],
    };
    return {
      up: [
        plain(
          `create table ${q(archive)} (${q(TAG)} text not null${payload.map(({ name, type }) => `, ${q(name)} ${typeSql(this.#driver, type)}`).join('')})`,
        ),
        copy,
        ...(b % 3 === 2 ? [] : [dml(table, `delete from ${q(table.name)}${where}`)]),
      ],
      down: [{ sql: `drop table ${q(archive)}`, names: [archive] }],
    };
  }

  /** Values of a new column, from the table that it refers to. */
  #backfill(table: Table, { a }: Change): Written | null {
    const key = pick(table.foreignKeys, a);
    if (!key) return null;
    const parent = tableOf(this.#model, key.parent);
    const column = this.#newColumn('text');
    const join = key.columns
      .map((name, at) => `"p".${q(key.parentColumns[at] ?? '')} = ${q(table.name)}.${q(name)}`)
      .join(' and ');
    const added = this.#add(table, column);
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

  // --- columns

  #addColumn(table: Table, { a, b, c }: Change): Written {
    const type = (['text', 'integer', 'real'] as const)[a % 3] ?? 'text';
    const column = this.#newColumn(type);
    if (b % 2 === 1) {
      column.default = { text: "'new'", integer: '3', real: '0.5' }[type];
      column.notNull = b % 4 === 3;
    }
    const added = this.#add(table, column);
    if (c % 3 !== 2) return added;
    const value = { text: "'filled'", integer: '9', real: '9.5' }[type];
    return {
      up: [...added.up, dml(table, `update ${q(table.name)} set ${q(column.name)} = ${value}`)],
      down: added.down,
    };
  }

  #add(table: Table, column: Column): Written {
    table.columns.push(column);
    return {
      up: [
        plain(`alter table ${q(table.name)} add column ${columnSql(this.#driver, table, column)}`),
      ],
      down: [plain(`alter table ${q(table.name)} drop column ${q(column.name)}`)],
    };
  }

  #dropColumn(table: Table, { a, b }: Change): Written | null {
    const column = pick(payloadOf(table), a);
    if (!column) return null;
    const { up, down } = this.#withoutObjects(table, column.name);
    table.columns = table.columns.filter((each) => each !== column);
    this.#origins.get(table.id)?.forEach((from, to, origins) => {
      if (to === column.name && from) origins.delete(to);
    });
    this.#suspicious.add(table.id);
    const back = { ...column, notNull: column.notNull && column.default !== null };
    const again = plain(
      `alter table ${q(table.name)} add column ${columnSql(this.#driver, table, b % 4 === 3 ? { ...back, notNull: false } : back)}`,
    );
    return {
      up: [...up, plain(`alter table ${q(table.name)} drop column ${q(column.name)}`)],
      down: [again, ...down],
    };
  }

  #renameColumn(table: Table, { a }: Change): Written | null {
    const column = pick(payloadOf(table), a);
    if (!column) return null;
    const from = column.name;
    const to = `r${this.#names++}`;
    this.#renameIn(table, from, to);
    const rename = (old: string, now: string) =>
      plain(`alter table ${q(table.name)} rename column ${q(old)} to ${q(now)}`);
    return { up: [rename(from, to)], down: [rename(to, from)] };
  }

  #renameIn(table: Table, from: string, to: string): void {
    for (const column of table.columns) if (column.name === from) column.name = to;
    for (const index of this.#model.indexes) {
      if (index.table !== table.id) continue;
      index.columns = index.columns.map((name) => (name === from ? to : name));
    }
    const origins = this.#origins.get(table.id);
    const origin = origins?.get(from);
    if (origins && origin) {
      origins.delete(from);
      origins.set(to, origin);
    }
  }

  // --- tables

  #renameTable(table: Table): Written {
    const from = table.name;
    const to = `t${table.id}n${this.#names++}`;
    table.name = to;
    const rename = (old: string, now: string) => plain(`alter table ${q(old)} rename to ${q(now)}`);
    return { up: [rename(from, to)], down: [rename(to, from)] };
  }

  #createTable(table: Table, { a, b, c }: Change): Written {
    const id = 100 + this.#names++;
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
    this.#model.tables.push(made);
    const up = [plain(tableSql(this.#driver, this.#model, made, made.name))];
    if (parent && a % 2 === 0) {
      const number = `(select count(*) from ${q(parent.name)} as "o" where "o".${q(TAG)} <= ${q(parent.name)}.${q(TAG)})`;
      up.push({
        sql: `insert into ${q(made.name)} (${list(['id', TAG, ...parent.key.map((name) => `p0_${name}`)])}) select ${number}, '${made.name}-' || ${list([TAG, ...parent.key])} from ${q(parent.name)}`,
        names: [made.name],
      });
    }
    return { up, down: [{ sql: `drop table ${q(made.name)}`, names: [made.name] }] };
  }

  #dropTable(table: Table, { a }: Change): Written | null {
    if (this.#model.tables.length < 2) return null;
    const model = copyOf(this.#model);
    const before = tableOf(model, table.id);
    const children = childrenOf(this.#model, table).filter((each) => each !== table);
    const cascade = this.#driver === 'postgresql' && (children.length > 0 || a % 3 === 2);
    const views = this.#model.views.filter((view) => view.table === table.id);
    const triggers = this.#model.triggers.filter(
      (trigger) =>
        trigger.table === table.id || (trigger.other === table.id && trigger.does === 'remove'),
    );
    const elsewhere = triggers.filter((trigger) => trigger.table !== table.id);
    const indexes = this.#model.indexes.filter((index) => index.table === table.id);
    const up: Statement[] = [
      ...(cascade && a % 2 === 1
        ? []
        : views.map(({ name }) => ({ sql: `drop view ${q(name)}`, names: [], drops: name }))),
      ...elsewhere.map((trigger) => this.#dropTriggerSql(trigger.name, trigger.table)),
      { sql: `drop table ${q(table.name)}${cascade ? ' cascade' : ''}`, names: [table.name] },
    ];
    const down: Statement[] = [
      plain(tableSql(this.#driver, model, before, before.name)),
      ...indexes.map((index) => plain(indexSql(model, index))),
      ...triggers.flatMap((trigger) => triggerSql(this.#driver, model, trigger).map(plain)),
      ...views.map((view) => plain(viewSql(model, view))),
    ];
    if (this.#driver === 'postgresql') {
      for (const child of children) {
        const was = tableOf(model, child.id);
        for (const [at, key] of was.foreignKeys.entries()) {
          if (key.parent !== table.id) continue;
          down.push(plain(`alter table ${q(child.name)} add ${foreignKeySql(model, was, at)}`));
        }
        child.foreignKeys = child.foreignKeys.filter(({ parent }) => parent !== table.id);
      }
    }
    this.#model.tables = this.#model.tables.filter((each) => each !== table);
    this.#model.views = this.#model.views.filter((view) => !views.includes(view));
    this.#model.triggers = this.#model.triggers.filter((each) => !triggers.includes(each));
    this.#model.indexes = this.#model.indexes.filter((each) => !indexes.includes(each));
    // SQLite leaves references to what is not there any more.
    for (const child of this.#model.tables) {
      child.foreignKeys = child.foreignKeys.filter(({ parent }) => parent !== table.id);
    }
    this.#suspicious.add(table.id);
    return { up, down };
  }

  // --- indexes, triggers, views

  #createIndex(table: Table, { a, b }: Change): Written | null {
    const column = pick(payloadOf(table), a);
    if (!column) return null;
    const index = {
      name: `i${this.#names++}`,
      table: table.id,
      columns: [column.name],
      unique: b % 4 === 3,
    };
    this.#model.indexes.push(index);
    return {
      up: [plain(indexSql(this.#model, index))],
      down: [{ sql: `drop index ${q(index.name)}`, names: [], drops: index.name }],
    };
  }

  #dropIndex(_table: Table, { a }: Change): Written | null {
    const index = pick(this.#model.indexes, a);
    if (!index) return null;
    const again = plain(indexSql(this.#model, index));
    this.#model.indexes = this.#model.indexes.filter((each) => each !== index);
    return {
      up: [{ sql: `drop index ${q(index.name)}`, names: [], drops: index.name }],
      down: [again],
    };
  }

  #createTrigger(table: Table, { a, b }: Change): Written | null {
    const trigger = {
      name: `g${this.#names++}`,
      table: table.id,
      event: (['update', 'delete'] as const)[a % 2] ?? 'update',
      other: pick(this.#model.tables, b)?.id ?? table.id,
      does: (['touch', 'remove', 'count'] as const)[b % 3] ?? 'touch',
    };
    this.#model.triggers.push(trigger);
    return {
      up: triggerSql(this.#driver, this.#model, trigger).map(plain),
      down: [
        this.#dropTriggerSql(trigger.name, table.id),
        ...(this.#driver === 'postgresql'
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

  #dropTrigger(_table: Table, { a }: Change): Written | null {
    const trigger = pick(this.#model.triggers, a);
    if (!trigger) return null;
    const again = triggerSql(this.#driver, this.#model, trigger).map(plain);
    this.#model.triggers = this.#model.triggers.filter((each) => each !== trigger);
    return { up: [this.#dropTriggerSql(trigger.name, trigger.table)], down: again };
  }

  #createView(table: Table): Written {
    const view = { name: `v${this.#names++}`, table: table.id };
    this.#model.views.push(view);
    return {
      up: [plain(viewSql(this.#model, view))],
      down: [{ sql: `drop view ${q(view.name)}`, names: [], drops: view.name }],
    };
  }

  #dropTriggerSql(name: string, table: number): Statement {
    const on = this.#driver === 'postgresql' ? ` on ${q(tableOf(this.#model, table).name)}` : '';
    return { sql: `drop trigger ${q(name)}${on}`, names: [], drops: name };
  }

  /** Indexes and triggers that a column is used in are dropped before it. */
  #withoutObjects(table: Table, column: string): Written {
    const model = copyOf(this.#model);
    const indexes = this.#model.indexes.filter(
      (index) => index.table === table.id && index.columns.includes(column),
    );
    const triggers = this.#model.triggers.filter(
      (trigger) => trigger.table === table.id && trigger.does === 'touch',
    );
    this.#model.indexes = this.#model.indexes.filter((each) => !indexes.includes(each));
    this.#model.triggers = this.#model.triggers.filter((each) => !triggers.includes(each));
    return {
      up: [
        ...indexes.map(({ name }) => ({ sql: `drop index ${q(name)}`, names: [], drops: name })),
        ...triggers.map(({ name }) => this.#dropTriggerSql(name, table.id)),
      ],
      down: [
        ...indexes.map((index) => plain(indexSql(model, index))),
        ...triggers.flatMap((trigger) => triggerSql(this.#driver, model, trigger).map(plain)),
      ],
    };
  }

  // --- SQLite

  #rebuild(table: Table, { a, b, c }: Change): Written | null {
    const before = copyOf(this.#model);
    const old = tableOf(before, table.id);
    const values = new Map(table.columns.map(({ name }) => [name, q(name)]));
    const [column] = payloadOf(table).slice(b % Math.max(1, payloadOf(table).length));
    const back = new Map(values);
    switch (a % 10) {
      case 1:
        table.columns.push(this.#newColumn('integer'));
        break;
      case 2:
        if (!column) return null;
        table.columns = table.columns.filter((each) => each !== column);
        this.#model.indexes = this.#model.indexes.filter(
          (index) => index.table !== table.id || !index.columns.includes(column.name),
        );
        this.#model.triggers = this.#model.triggers.filter(
          (trigger) => trigger.table !== table.id || trigger.does !== 'touch',
        );
        this.#origins.get(table.id)?.delete(column.name);
        this.#suspicious.add(table.id);
        back.set(column.name, column.default ?? 'null');
        break;
      case 3: {
        if (!column) return null;
        column.notNull = true;
        const value = { text: "'?'", integer: '0', real: '0' }[column.type];
        if (b % 4 !== 3) values.set(column.name, `coalesce(${q(column.name)}, ${value})`);
        break;
      }
      case 4: {
        if (!column) return null;
        const to = column.type === 'text' ? 'integer' : 'text';
        this.#converted.push([table.id, this.#originOf(table, column.name)]);
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
        const to = `r${this.#names++}`;
        const from = column.name;
        this.#renameIn(table, from, to);
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
      default:
    }
    const after = copyOf(this.#model);
    const now = tableOf(after, table.id);
    return {
      up: this.#rebuildSql([before, old], [after, now], values, c),
      down: this.#rebuildSql([after, now], [before, old], back, c % 6 === 5 ? 0 : c),
    };
  }

  /** The parent of what is changed by name is rebuilt in the same breath. */
  #touchAndRebuild(table: Table, change: Change): Written | null {
    const parent = childrenOf(this.#model, table).length > 0 ? table : this.#model.tables[0];
    const child = parent && pick(childrenOf(this.#model, parent), change.b);
    if (!parent || !child) return null;
    const writers = [
      this.#updateReference,
      this.#update,
      this.#replace,
      this.#delete,
      this.#insert,
      this.#addColumn,
    ];
    const touched = pick(writers, change.b)?.call(this, child, change) ?? nothing;
    const rebuilt = this.#rebuild(parent, change) ?? nothing;
    return { up: [...touched.up, ...rebuilt.up], down: [...rebuilt.down, ...touched.down] };
  }

  #originOf(table: Table, column: string): string {
    return this.#origins.get(table.id)?.get(column) ?? column;
  }

  #rebuildSql(
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
      (trigger) =>
        trigger.table !== old.id && trigger.other === old.id && trigger.does === 'remove',
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
          .map((index) => ({ sql: `drop index ${q(index.name)}`, names: [] }));
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

  // --- PostgreSQL

  #alterType(table: Table, { a, b }: Change): Written | null {
    const column = pick(payloadOf(table), a);
    if (!column) return null;
    const before = copyOf(this.#model);
    const was = tableOf(before, table.id).columns.find(({ name }) => name === column.name);
    if (!was) return null;
    const to = column.type === 'text' ? 'integer' : 'text';
    this.#converted.push([table.id, this.#originOf(table, column.name)]);
    const { up, down } = this.#withoutObjects(table, column.name);
    const alter = (type: typeof to | typeof was.type, using: string, value: string | null) => [
      plain(`alter table ${q(table.name)} alter column ${q(column.name)} drop default`),
      {
        sql: `alter table ${q(table.name)} alter column ${q(column.name)} type ${typeSql('postgresql', type)} using ${using}`,
        names: [table.name],
      },
      ...(value === null
        ? []
        : [
            plain(
              `alter table ${q(table.name)} alter column ${q(column.name)} set default ${value}`,
            ),
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
      check === null
        ? []
        : [plain(`alter table ${q(table.name)} drop constraint if exists ${name}`)];
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

  #truncate(table: Table, { a }: Change): Written {
    return {
      up: [
        {
          sql: `truncate ${q(table.name)}${a % 2 === 1 ? ' cascade' : ''}`,
          names: [table.name],
        },
      ],
      down: [],
    };
  }

  #notNull(table: Table, { a, b }: Change): Written | null {
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
  #callFunction(table: Table, { a, b }: Change): Written | null {
    const column = pick(payloadOf(table), a);
    const name = `f${this.#names++}`;
    const body =
      b % 2 === 0 || !column
        ? `delete from ${q(table.name)}${this.#where(table, a)}`
        : `update ${q(table.name)} set ${q(column.name)} = ${{ text: "'f'", integer: '5', real: '5' }[column.type]}${this.#where(table, a)}`;
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
  #block(table: Table, { a }: Change): Written {
    return {
      up: [dml(table, `do $$ begin delete from ${q(table.name)}${this.#where(table, a)}; end $$`)],
      down: [],
    };
  }

  #addReference(table: Table, { a, b, c }: Change): Written | null {
    const parent = pick(this.#model.tables, a);
    if (parent?.key.length !== 1) return null;
    const [key] = parent.key;
    const type = parent.columns.find(({ name }) => name === key)?.type ?? 'integer';
    const column = { ...this.#newColumn(type), notNull: false };
    const added = this.#add(table, column);
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
    const some = pick(this.#keys.get(parent.id) ?? [], c)?.[key ?? ''] ?? null;
    return {
      up: [
        ...added.up,
        plain(`alter table ${q(table.name)} add ${foreignKeySql(this.#model, table, at)}`),
        ...(some === null
          ? []
          : [dml(table, `update ${q(table.name)} set ${q(column.name)} = ${literal(some)}`)]),
      ],
      down: added.down,
    };
  }

  /** A table made again by hand: a copy takes its name. */
  #remake(table: Table): Written {
    const before = copyOf(this.#model);
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

  // --- pieces

  #newColumn(type: Column['type']): Column {
    return {
      name: `n${this.#names++}`,
      type,
      notNull: false,
      default: null,
      generated: null,
      check: null,
    };
  }

  #newRow(table: Table, seed: number, key?: Row): Row | null {
    const number = this.#names++;
    const own: Row =
      key ??
      (table.key[0] === 'code'
        ? { code: `new${number}` }
        : table.key.length === 2
          ? { a: 9, b: number }
          : { id: 900 + number });
    const row: Record<string, string | number | null> = { ...own, [TAG]: `new${number}` };
    for (const { name, type, notNull } of payloadOf(table)) {
      row[name] = notNull || seed % 2 === 0 ? { text: 'w', integer: 8, real: 8.5 }[type] : null;
    }
    for (const { columns, parent, parentColumns } of table.foreignKeys) {
      const to = pick(this.#keys.get(parent) ?? [], seed);
      for (const [at, name] of columns.entries()) {
        const required = table.columns.find((each) => each.name === name)?.notNull;
        row[name] = required || seed % 3 === 1 ? (to?.[parentColumns[at] ?? ''] ?? null) : null;
        if (required && row[name] === null) return null;
      }
    }
    return row;
  }

  /** Some rows, or all. */
  #where(table: Table, by: number): string {
    const [key] = table.key;
    switch (by % 6) {
      case 0:
        return ` where ${q(TAG)} like '%r0'`;
      case 1:
        return '';
      case 2:
        return ` where ${q(TAG)} like '%r1' or ${q(TAG)} like '%r2'`;
      case 3:
        return key === 'code' ? ` where ${q(key)} > 'k1'` : ` where ${q(key ?? TAG)} > 1`;
      case 4:
        return ` where ${q(TAG)} in ('t${table.id}r1', 't${table.id}r3')`;
      default: {
        const [first] = payloadOf(table);
        return first ? ` where ${q(first.name)} is not null` : ` where ${q(TAG)} <> ''`;
      }
    }
  }
}

const nothing: Written = { up: [], down: [] };
const plain = (sql: string): Statement => ({ sql, names: [] });
const dml = (table: Table, sql: string): Statement => ({ sql, names: [table.name] });

function downOf(parts: readonly Written[]): readonly Statement[] {
  const statements = parts.toReversed().flatMap((part) => part.down);
  return statements.length > 0 ? statements : [{ sql: 'select 1', names: [] }];
}

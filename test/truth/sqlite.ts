/** The oracle on SQLite: Node's own client, in memory, one statement after the other. */

import { DatabaseSync } from 'node:sqlite';
import type { Case, Statement } from './case.ts';
import type { Reasons } from './expectation.ts';
import { type Dump, Ledger, type Reference, type Row, tagOf } from './ledger.ts';
import { ACTIONS, type Action, q } from './model.ts';

import type { Pass, State, World } from './oracle.ts';

export class SqliteWorld implements World, Disposable {
  readonly #real = new Database(true);

  constructor({ setup }: Case) {
    for (const sql of setup) this.#real.exec(sql);
    this.#real.exec('pragma foreign_keys = on');
  }

  async state(): Promise<State> {
    return this.#real.state();
  }

  async run(
    transactions: readonly (readonly Statement[])[],
    what: string,
    reasons: Reasons,
  ): Promise<Pass | null> {
    return run(this.#real, transactions, what, reasons);
  }

  [Symbol.dispose](): void {
    this.#real[Symbol.dispose]();
  }
}

function run(
  real: Database,
  transactions: readonly (readonly Statement[])[],
  what: string,
  reasons: Reasons,
): Pass | null {
  const ledger = new Ledger(real.rows());
  using bare = real.mirror(false);
  using unreferenced = real.mirror(true);
  using ideal = new Course(real.mirror(false));
  using fired = new Course(real.mirror(true));
  const send = ({ sql, names }: Statement) => {
    const before = real.rows();
    const references = real.references();
    real.exec(sql);
    const after = real.rows();
    // What the real one can do, a mirror can't always: rows that were gone there are in its way.
    const mirrored = [bare, unreferenced].map((mirror) => {
      try {
        mirror.exec(sql);
        return mirror.rows();
      } catch {
        return null;
      }
    });
    const [plain, acting] = mirrored;
    if (plain && acting) {
      ledger.take({ names, before, after, references, bare: plain, unreferenced: acting });
    } else {
      reasons.untold(sql);
    }
    bare.follow(real, after);
    unreferenced.follow(real, after);
    const was = ideal.rows();
    const refers = ideal.references();
    ideal.exec(sql);
    const now = ideal.rows();
    if (was && now) ledger.takeIdeal(was, now, refers);
    fired.exec(sql);
  };
  try {
    for (const statements of transactions) {
      real.exec('begin');
      for (const statement of statements) send(statement);
      real.exec('commit');
    }
  } catch (error) {
    reasons.failed(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    real.rollback();
    return null;
  }
  return { ledger, ideal: ideal.rows(), fired: fired.rows(), references: real.references() };
}

/** All statements on a mirror, as long as they can be run on it. */
class Course implements Disposable {
  readonly #mirror: Database;
  #works = true;

  constructor(mirror: Database) {
    this.#mirror = mirror;
  }

  exec(sql: string): void {
    if (!this.#works) return;
    try {
      this.#mirror.exec(sql);
    } catch {
      this.#works = false;
    }
  }

  /** Null if a statement could not be run. */
  rows(): Dump | null {
    return this.#works ? this.#mirror.rows() : null;
  }

  references(): readonly Reference[] {
    return this.#mirror.references();
  }

  [Symbol.dispose](): void {
    this.#mirror[Symbol.dispose]();
  }
}

interface TableShape {
  readonly columns: readonly { readonly name: string; readonly text: string }[];
  /** Columns of numbers. */
  readonly numbers: readonly string[];
  readonly references: readonly string[];
  readonly uniques: readonly string[];
  readonly checks: readonly string[];
  readonly withoutRowid: boolean;
  readonly strict: boolean;
  readonly autoincrement: boolean;
}

function textsOf(name: string, table: TableShape): string[] {
  const { withoutRowid, strict, autoincrement } = table;
  return [
    `table ${name} ${[withoutRowid, strict, autoincrement].join()}`,
    ...table.columns.map((column) => `column ${name}.${column.name} ${column.text}`),
    ...[...table.references, ...table.uniques, ...table.checks].map((each) => `${name}: ${each}`),
  ];
}

/** A database in memory. */
export class Database implements Disposable {
  readonly #database = new DatabaseSync(':memory:', { enableForeignKeyConstraints: false });
  readonly #triggers: boolean;

  /** @param triggers whether it has any */
  constructor(triggers: boolean) {
    this.#triggers = triggers;
  }

  exec(sql: string): void {
    if (!this.#triggers && /^\s*(create|drop)\s+trigger\b/i.test(sql)) return;
    this.#database.exec(sql);
  }

  rollback(): void {
    if (this.#database.isTransaction) this.#database.exec('rollback');
  }

  /** Another one in the same state, where foreign keys do not act. */
  mirror(triggers: boolean): Database {
    const mirror = new Database(triggers);
    mirror.#fill(this);
    // In a transaction no pragma of the revision lets them act.
    mirror.#database.exec('begin');
    return mirror;
  }

  /** Is made what another one is, if it is not so. */
  follow(other: Database, rows: Dump): void {
    if (equal(this.rows(), rows)) return;
    for (const { name, type } of this.#objects()) {
      if (type !== 'index') this.#database.exec(`drop ${type} if exists ${q(name)}`);
    }
    this.#fill(other);
  }

  #fill(other: Database): void {
    const objects = other.#objects();
    const legacy = 'pragma legacy_alter_table = on';
    this.#database.exec(legacy);
    for (const { type, sql } of objects) if (type === 'table') this.#database.exec(sql);
    for (const { type, name } of objects) {
      if (type !== 'table') continue;
      const columns = this.#columns(name).filter(({ hidden }) => hidden === 0);
      const names = columns.map((column) => q(column.name)).join(', ');
      const read = other.#database.prepare(`select ${names} from ${q(name)}`);
      read.setReadBigInts(true);
      const write = this.#database.prepare(
        `insert into ${q(name)} (${names}) values (${columns.map(() => '?').join(', ')})`,
      );
      for (const row of read.all()) write.run(...Object.values(row));
    }
    for (const { name, seq } of other.#sequences()) {
      this.#database.prepare('delete from sqlite_sequence where name = ?').run(name);
      this.#database
        .prepare('insert into sqlite_sequence (name, seq) values (?, ?)')
        .run(name, seq);
    }
    for (const { type, sql } of objects) {
      if (type === 'table' || (type === 'trigger' && !this.#triggers)) continue;
      this.#database.exec(sql);
    }
    this.#database.exec('pragma legacy_alter_table = off');
  }

  #objects() {
    return this.#database
      .prepare(
        `select type, name, tbl_name as "table", sql from sqlite_schema
          where sql is not null and name not like 'sqlite\\_%' escape '\\'
          order by type = 'trigger', type = 'view', type = 'index', rowid`,
      )
      .all()
      .map(({ type, name, table, sql }) => ({
        type: String(type),
        name: String(name),
        table: String(table),
        sql: String(sql),
      }));
  }

  #sequences(): { name: string; seq: number }[] {
    const has = this.#database
      .prepare(`select 1 from sqlite_schema where name = 'sqlite_sequence'`)
      .get();
    if (!has) return [];
    return this.#database
      .prepare('select name, seq from sqlite_sequence')
      .all()
      .map(({ name, seq }) => ({ name: String(name), seq: Number(seq) }));
  }

  #columns(table: string) {
    return this.#database
      .prepare(`select * from pragma_table_xinfo(?)`)
      .all(table)
      .map((row) => ({ ...row, name: String(row.name), hidden: Number(row.hidden) }) as const);
  }

  #keyOf(table: string): string[] {
    return this.#database
      .prepare('select name from pragma_table_info(?) where pk > 0 order by pk')
      .all(table)
      .map(({ name }) => String(name));
  }

  rows(): Dump {
    const dump = new Map<string, Map<string, Row>>();
    for (const { type, name } of this.#objects()) {
      if (type !== 'table') continue;
      const statement = this.#database.prepare(`select * from ${q(name)}`);
      statement.setReadBigInts(true);
      const rows = new Map<string, Row>();
      for (const row of statement.all()) {
        const tag = tagOf(row);
        if (tag !== null) rows.set(tag, row);
      }
      dump.set(name, rows);
    }
    return dump;
  }

  references(): Reference[] {
    return this.#objects().flatMap(({ type, name }) => {
      if (type !== 'table') return [];
      const keys = new Map<number, Reference & { columns: string[]; parentColumns: string[] }>();
      for (const row of this.#database
        .prepare('select * from pragma_foreign_key_list(?)')
        .all(name)) {
        const id = Number(row.id);
        const key = keys.get(id) ?? {
          table: name,
          parent: String(row.table),
          onDelete: actionOf(row.on_delete),
          onUpdate: actionOf(row.on_update),
          columns: [],
          parentColumns: [],
        };
        key.columns.push(String(row.from));
        // Without columns it refers to the primary key.
        key.parentColumns.push(String(row.to ?? this.#keyOf(key.parent)[Number(row.seq)]));
        keys.set(id, key);
      }
      return [...keys.values()];
    });
  }

  state(): State {
    const objects = this.#objects();
    const acts = this.#database.prepare('pragma foreign_keys').get()?.foreign_keys === 1;
    this.#database.exec('pragma foreign_keys = off');
    const broken = [
      ...objects.filter(
        ({ type, name }) => type === 'view' && !this.#works(`select * from ${q(name)}`),
      ),
      ...objects.filter(
        ({ type, table }) =>
          type === 'trigger' && !this.#changes(table).every((sql) => this.#works(sql)),
      ),
    ].map(({ name }) => name);
    if (acts) this.#database.exec('pragma foreign_keys = on');
    const shapes = objects
      .filter(({ type }) => type === 'table')
      .map(({ name, sql }) => [name, this.#shapeOf(name, sql)] as const);
    const others = objects.filter(({ type }) => type !== 'table');
    return {
      rows: this.rows(),
      tables: new Map(
        shapes.map(([name, shape]) => [
          name,
          { ...shape, columns: shape.columns.map((column) => column.name) },
        ]),
      ),
      objects: others.map(({ type, name, table }) => ({
        type: type === 'index' || type === 'trigger' ? type : 'view',
        name,
        table,
      })),
      schema: [
        ...shapes.flatMap(([name, shape]) => textsOf(name, shape)),
        ...others.map(({ type, name, sql }) => `${type} ${name}: ${normal(sql)}`),
      ],
      orphans: this.#orphans(),
      broken,
      sequences: new Map(this.#sequences().map(({ name, seq }) => [name, seq])),
    };
  }

  /** Statements that fire whatever triggers a table has. */
  #changes(table: string): string[] {
    const names = this.#columns(table).flatMap(({ name, hidden }) =>
      hidden === 0 ? [q(name)] : [],
    );
    return [
      `update ${q(table)} set ${names.map((name) => `${name} = ${name}`).join(', ')}`,
      `delete from ${q(table)}`,
      `insert into ${q(table)} (${names.join(', ')}) values (${names.map(() => 'null').join(', ')})`,
    ];
  }

  /** Whether it can be compiled, which runs nothing. */
  #works(sql: string): boolean {
    try {
      this.#database.prepare(sql);
      return true;
    } catch {
      return false;
    }
  }

  /** Throws, rather than answers, where a reference does not fit its parent. */
  #orphans(): number {
    try {
      return this.#database.prepare('pragma foreign_key_check').all().length;
    } catch {
      return Number.POSITIVE_INFINITY;
    }
  }

  #shapeOf(name: string, sql: string): TableShape {
    const [options] = this.#database
      .prepare('select wr, strict from pragma_table_list(?)')
      .all(name);
    const references = new Map<string, string[]>();
    for (const row of this.#database
      .prepare('select * from pragma_foreign_key_list(?)')
      .all(name)) {
      const id = String(row.id);
      const text = `${row.from} → ${row.table}.${row.to} ${row.on_update} ${row.on_delete}`;
      references.set(id, [...(references.get(id) ?? []), text]);
    }
    const uniques = this.#database
      .prepare(`select name, origin from pragma_index_list(?) where origin <> 'c'`)
      .all(name)
      .map((index) => {
        const columns = this.#database
          .prepare('select name from pragma_index_info(?)')
          .all(String(index.name))
          .map((each) => each.name);
        return `${index.origin} ${columns.join()}`;
      });
    return {
      columns: this.#columns(name).map((column) => ({
        name: column.name,
        text: JSON.stringify({
          ...column,
          cid: null,
          type: String(Object(column).type).toLowerCase(),
        }),
      })),
      numbers: this.#columns(name)
        .filter((column) => /int|real|floa|doub/i.test(String(Object(column).type)))
        .map((column) => column.name),
      references: [...references.values()].map((parts) => `references ${parts.join(' and ')}`),
      uniques,
      checks: [
        ...sql.matchAll(/check \([^)]*\)|deferrable|generated always as \([^)]*\) \w+/gi),
      ].map(([text]) => normal(text)),
      withoutRowid: Number(options?.wr) === 1,
      strict: Number(options?.strict) === 1,
      autoincrement: /autoincrement/i.test(sql),
    };
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

const actionOf = (text: unknown): Action =>
  ACTIONS.find((action) => action === String(text).toLowerCase()) ?? 'no action';

function equal(one: Dump, other: Dump): boolean {
  const text = (dump: Dump) =>
    JSON.stringify(
      [...dump]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, rows]) => [name, [...rows].sort(([a], [b]) => (a < b ? -1 : 1))]),
      (_key, value) => (typeof value === 'bigint' ? `${value}n` : value),
    );
  return text(one) === text(other);
}

const normal = (sql: string): string =>
  sql
    .replaceAll(/["\s]+/g, ' ')
    .replaceAll(' ', '')
    .toLowerCase();

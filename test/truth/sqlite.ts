/** The oracle on SQLite: Node's own client, in memory, one statement after the other. */

import { DatabaseSync } from 'node:sqlite';
import type { Case, Fate, RevisionCase, Statement } from './case.ts';
import { type Expectation, Reasons } from './expectation.ts';
import { type Dump, Ledger, type Reference, type Row, same, tagOf } from './ledger.ts';
import { q } from './model.ts';

/** What is expected of each revision, up to the first that fails. */
export function expectations(made: Case): Expectation[] {
  using real = new Database(true);
  for (const sql of made.setup) real.exec(sql);
  real.exec('pragma foreign_keys = on');
  const found: Expectation[] = [];
  for (const revision of made.revisions) {
    const expectation = walk(real, revision);
    found.push(expectation);
    if (expectation.verdict === 'failed') break;
  }
  return found;
}

function walk(real: Database, revision: RevisionCase): Expectation {
  const reasons = new Reasons();
  const start = real.state();
  const up = run(real, revision.up, 'upgrade', reasons);
  if (!up) return reasons.result();
  const upgraded = real.state();
  const originals = tagsOf(start.rows);
  judge(up, upgraded.rows, originals, 'upgrade', reasons);
  judgeObjects(start, upgraded, revision, reasons);
  judgeSoundness(start, upgraded, revision.fates, 'upgrade', reasons);
  judgeSuspicions(start, upgraded, revision.fates, reasons);
  if (revision.down === null) {
    judgeConverted(start, upgraded, revision.fates, reasons);
    return reasons.result();
  }
  const down = run(real, revision.down, 'downgrade', reasons);
  if (!down) return reasons.result();
  const back = real.state();
  judge(down, back.rows, null, 'downgrade', reasons, originals);
  for (const difference of differences(start.schema, back.schema)) {
    reasons.hazard(`after the downgrade: ${difference}`);
  }
  judgeSoundness(start, back, {}, 'downgrade', reasons);
  judgeConversion(start, back, revision.fates, reasons);
  const again = run(real, revision.up, 'second upgrade', reasons);
  if (!again) return reasons.result();
  const last = real.state();
  judge(again, last.rows, null, 'second upgrade', reasons, originals);
  for (const difference of differences(upgraded.schema, last.schema)) {
    reasons.hazard(`after the second upgrade: ${difference}`);
  }
  judgeSoundness(start, last, revision.fates, 'second upgrade', reasons);
  return reasons.result();
}

interface Pass {
  readonly ledger: Ledger;
  /** What is there if nothing acts by itself; null if it can't be run so. */
  readonly ideal: Dump | null;
}

/** One pass in one transaction, as MikroORM runs it; null if it fails. */
function run(
  real: Database,
  statements: readonly Statement[],
  what: string,
  reasons: Reasons,
): Pass | null {
  const ledger = new Ledger();
  using bare = real.mirror(false);
  using unreferenced = real.mirror(true);
  using ideal = real.mirror(false);
  let idealWorks = true;
  real.exec('begin');
  try {
    for (const { sql, names } of statements) {
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
        reasons.open(`can't be told: ${sql}`);
      }
      bare.follow(real, after);
      unreferenced.follow(real, after);
      try {
        if (idealWorks) ideal.exec(sql);
      } catch {
        idealWorks = false;
      }
    }
    real.exec('commit');
  } catch (error) {
    reasons.failed(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    real.rollback();
    return null;
  }
  return { ledger, ideal: idealWorks ? ideal.rows() : null };
}

function judge(
  { ledger, ideal }: Pass,
  real: Dump,
  counted: ReadonlySet<string> | null,
  what: string,
  reasons: Reasons,
  only: ReadonlySet<string> | null = null,
): void {
  if (ideal === null) {
    reasons.open('without foreign keys it fails');
    return;
  }
  const losses = ledger.losses(ideal, real);
  let rows = 0;
  let openRows = false;
  for (const { table, tag, column, kind } of losses) {
    if (only && !only.has(tag)) continue;
    const place = column === null ? `row ${tag} of ${table}` : `${table}.${column} of ${tag}`;
    if (kind === 'by the way') {
      reasons.hazard(`${what}: ${place} is lost by the way`);
      if (column === null && counted?.has(tag)) rows++;
    }
    if (kind === 'trigger') {
      reasons.open(`${what}: a trigger changes ${place}`);
      if (column === null) openRows = true;
    }
    if (kind === 'consequence' && column === null) openRows = true;
  }
  if (counted) reasons.rowsLost = openRows ? null : rows;
}

/** Indexes and triggers that are gone, and that no statement drops. */
function judgeObjects(
  start: State,
  now: State,
  { up, fates }: RevisionCase,
  reasons: Reasons,
): void {
  const dropped = new Set(up.flatMap(({ drops }) => (drops === undefined ? [] : [drops])));
  for (const { type, name, table } of start.schema.objects) {
    const fate = fates[table];
    if (type === 'view') {
      if (!dropped.has(name) && !now.schema.objects.some((each) => each.name === name)) {
        reasons.hazard(`the view ${name} is lost`);
      }
      continue;
    }
    if (fate?.now == null || dropped.has(name)) continue;
    if (now.schema.objects.some((each) => each.name === name)) continue;
    reasons.hazard(`the ${type} ${name} of ${table} is lost`);
  }
  for (const [name, before] of start.schema.tables) {
    const fate = fates[name];
    const after = fate?.now == null ? undefined : now.schema.tables.get(fate.now);
    if (!after) continue;
    if (before.withoutRowid && !after.withoutRowid) reasons.hazard(`${name} was without rowid`);
    if (before.strict && !after.strict) reasons.hazard(`${name} was strict`);
  }
}

/** References to nothing, views that do not work, and numbers that are given out again. */
function judgeSoundness(
  start: State,
  now: State,
  fates: Readonly<Record<string, Fate>>,
  what: string,
  reasons: Reasons,
): void {
  if (now.orphans > start.orphans) {
    reasons.hazard(`${what}: ${now.orphans} references to nothing, ${start.orphans} before`);
  }
  for (const view of now.broken) reasons.hazard(`${what}: the view ${view} does not work`);
  for (const [name, number] of start.sequences) {
    const fate = fates[name];
    const table = fate ? fate.now : name;
    if (table === null || !now.schema.tables.get(table)?.autoincrement) continue;
    const left = now.sequences.get(table) ?? 0;
    if (left < number) {
      const recreated = fate === undefined && what === 'downgrade';
      const reason = `${what}: numbers of ${name} go on from ${left}, and not from ${number}`;
      if (recreated) reasons.open(reason);
      else reasons.hazard(reason);
    }
  }
}

/** Drops beside something new and empty may be renames that a generator did not see. */
function judgeSuspicions(
  start: State,
  now: State,
  fates: Readonly<Record<string, Fate>>,
  reasons: Reasons,
): void {
  for (const [table, fate] of Object.entries(fates)) {
    if (!fate.renamed) continue;
    const before = start.schema.tables.get(table);
    const after = fate.now === null ? undefined : now.schema.tables.get(fate.now);
    const made = [...now.schema.tables.keys()].some(
      (name) => !Object.values(fates).some((each) => each.now === name),
    );
    const continued = new Set(Object.values(fate.columns));
    const added = after?.columns.some(({ name }) => !continued.has(name)) ?? false;
    const gone = before?.columns.some(({ name }) => !(name in fate.columns)) ?? false;
    if (fate.now === null ? made : added && gone) reasons.open(`${table} may be renamed`);
  }
}

/** Values of another type come back as they were, or something was cut. */
function judgeConversion(
  start: State,
  back: State,
  fates: Readonly<Record<string, Fate>>,
  reasons: Reasons,
): void {
  for (const [table, { converted }] of Object.entries(fates)) {
    for (const [tag, row] of start.rows.get(table) ?? []) {
      const now = back.rows.get(table)?.get(tag);
      for (const column of converted) {
        if (!now || !(column in now) || same(now[column], row[column])) continue;
        reasons.open(
          `${table}.${column} of ${tag} does not come back: ${row[column]} → ${now[column]}`,
        );
      }
    }
  }
}

/** Without a way back it can't be told whether a conversion cut something. */
function judgeConverted(
  start: State,
  now: State,
  fates: Readonly<Record<string, Fate>>,
  reasons: Reasons,
): void {
  for (const [table, { converted, columns, now: name }] of Object.entries(fates)) {
    for (const [tag, row] of start.rows.get(table) ?? []) {
      const after = name === null ? undefined : now.rows.get(name)?.get(tag);
      for (const column of converted) {
        const value = after?.[columns[column] ?? ''];
        if (after && String(value) !== String(row[column])) {
          reasons.open(`${table}.${column} of ${tag} is converted, and there is no way back`);
        }
      }
    }
  }
}

interface TableShape {
  readonly columns: readonly { readonly name: string; readonly text: string }[];
  readonly references: readonly string[];
  readonly uniques: readonly string[];
  readonly checks: readonly string[];
  readonly withoutRowid: boolean;
  readonly strict: boolean;
  readonly autoincrement: boolean;
}

interface SchemaShape {
  readonly tables: ReadonlyMap<string, TableShape>;
  readonly objects: readonly {
    readonly type: string;
    readonly name: string;
    readonly table: string;
    readonly sql: string;
  }[];
}

interface State {
  readonly rows: Dump;
  readonly schema: SchemaShape;
  readonly orphans: number;
  readonly broken: readonly string[];
  readonly sequences: ReadonlyMap<string, number>;
}

/** The order of columns is no difference. */
function differences(before: SchemaShape, after: SchemaShape): string[] {
  const one = textsOf(before);
  const other = textsOf(after);
  return [
    ...one.filter((text) => !other.includes(text)).map((text) => `− ${text}`),
    ...other.filter((text) => !one.includes(text)).map((text) => `+ ${text}`),
  ];
}

function textsOf({ tables, objects }: SchemaShape): string[] {
  const options = (table: TableShape) =>
    [table.withoutRowid, table.strict, table.autoincrement].map(String).join();
  return [
    ...[...tables].flatMap(([name, table]) => [
      `table ${name} ${options(table)}`,
      ...table.columns.map((column) => `column ${name}.${column.name} ${column.text}`),
      ...[...table.references, ...table.uniques, ...table.checks].map((each) => `${name}: ${each}`),
    ]),
    ...objects.map(({ type, name, sql }) => `${type} ${name}: ${sql}`),
  ];
}

const tagsOf = (dump: Dump): ReadonlySet<string> =>
  new Set([...dump.values()].flatMap((rows) => [...rows.keys()]));

class Database implements Disposable {
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
          columns: [],
          parentColumns: [],
        };
        key.columns.push(String(row.from));
        key.parentColumns.push(String(row.to));
        keys.set(id, key);
      }
      return [...keys.values()];
    });
  }

  state(): State {
    const objects = this.#objects();
    const broken = objects.flatMap(({ type, name }) => {
      if (type !== 'view') return [];
      try {
        this.#database.prepare(`select * from ${q(name)} limit 0`).all();
        return [];
      } catch {
        return [name];
      }
    });
    const tables = new Map(
      objects
        .filter(({ type }) => type === 'table')
        .map(({ name, sql }) => [name, this.#shapeOf(name, sql)]),
    );
    return {
      rows: this.rows(),
      schema: {
        tables,
        objects: objects
          .filter(({ type }) => type !== 'table')
          .map((object) => ({ ...object, sql: normal(object.sql) })),
      },
      orphans: this.#orphans(),
      broken,
      sequences: new Map(this.#sequences().map(({ name, seq }) => [name, seq])),
    };
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

/**
 * Where each table and column of before went, followed through the statements of a revision.
 *
 * A rebuilt table is another table of the same name, and a renamed column is the same one under
 * another: names alone can't say which values of after are those of before. How many rows the
 * statements change that name a table is followed too, so that all else can be told from it.
 */

import {
  type CopiedValue,
  type Copy,
  readStatement,
  readTrigger,
  type StatementFacts,
  UNKNOWN_VALUE,
} from './statement.ts';

export interface Executed {
  readonly sql: string;
  /** Rows that it changed itself; those that a table had when it was dropped. */
  readonly affected: number;
}

/** What statements gave other values on purpose. */
export interface Change {
  /** By casting, rounding or shortening. */
  readonly cuts: boolean;
  /** How, if it is all that was computed from values: others can only have made place for literals. */
  readonly cut: Cut | null;
  /** It has nothing of the values that were there. */
  readonly literal: boolean;
  /** Of how many rows at most. */
  readonly rows: number;
  /** Those of them that a copy computed, which touches no row of the table itself. */
  readonly copied: number;
}

/** A computation of a value from the one that was there. */
export interface Cut {
  readonly sql: string;
  /** What the column is called in it. */
  readonly column: string;
}

export interface ColumnFate {
  /** Its name afterwards; null if it is gone. */
  readonly now: string | null;
  /** All that it had. */
  readonly names: readonly string[];
  /** A statement dropped it; otherwise, if it is gone, a rebuild left it out. */
  readonly dropped: boolean;
  readonly changed: Change | null;
  /** The column that has its name since a copy put something else there; null if none did. */
  readonly replacement: Replacement | null;
}

interface Replacement {
  /** Its name afterwards. */
  readonly now: string;
  /** Rows that statements changed since, at most. */
  readonly changed: number;
  /** Rows that statements put there since. */
  readonly inserted: number;
  /** Those of them with “or replace”. */
  readonly replaced: number;
}

export interface TableFate {
  /** Its name before. */
  readonly table: string;
  /** Its name afterwards; null if it was dropped. */
  readonly now: string | null;
  /** All that it had, and those of what took its place. */
  readonly names: readonly string[];
  /** Another table took its place, with a copy of its rows. */
  readonly rebuilt: boolean;
  /** By the name before. */
  readonly columns: ReadonlyMap<string, ColumnFate>;
  /** Columns of afterwards that no statement gave values to. */
  readonly unfilled: readonly string[];
  /** Rows that statements deleted by naming the table. */
  readonly deleted: number;
  /** Rows that statements put there, other than by copying the table. */
  readonly inserted: number;
  /** Rows that statements put there with “or replace”: they may have other values everywhere. */
  readonly replaced: number;
  /** Rows that were not copied when another table took its place. */
  readonly leftOut: number;
}

export interface Lineage {
  /** By the name before, in lower case, as SQLite compares names. */
  readonly tables: ReadonlyMap<string, TableFate>;
  /** Tables of afterwards that continue none of before. */
  readonly created: readonly { readonly table: string; readonly columns: readonly string[] }[];
  /**
   * Names that tables had when they were dropped, in lower case, and the tables of afterwards that
   * continue them.
   */
  readonly continued: ReadonlyMap<string, string>;
  /** Names that statements dropped for good, in lower case: `index x`, `trigger x`, `view x`. */
  readonly dropped: ReadonlySet<string>;
}

/** A column of before, and what was done since to what has its name. */
interface Replaced {
  readonly column: string;
  changed: number;
  inserted: number;
  replaced: number;
}

interface Column {
  name: string;
  readonly names: Set<string>;
  /** The columns of before that it continues, by their table in lower case. */
  origins: Map<string, string>;
  /** The columns of before whose name it has, and whose values the copy put elsewhere or nowhere. */
  replaces: Map<string, Replaced>;
  changed: Change | null;
  /** Nothing was put into it. */
  empty: boolean;
}

/** A table from its creation, or from the beginning, until it is dropped. */
interface Life {
  name: string;
  readonly names: Set<string>;
  /** The table of before that it is; null if it was made since. */
  readonly origin: string | null;
  columns: Column[];
  /** What it holds copies of, with how many rows of each. */
  readonly sources: Map<Life, number>;
  /** Those of them that it only sums up, so that it takes their place if it takes their name. */
  readonly summed: Set<Life>;
  /** It was filled by a query that can't be read. */
  queried: boolean;
  rows: number;
  deleted: number;
  inserted: number;
  replaced: number;
  dropped: boolean;
}

export interface TableBefore {
  /** In order. */
  readonly columns: readonly string[];
  readonly rows: number;
}

export function follow(
  before: ReadonlyMap<string, TableBefore>,
  statements: readonly Executed[],
  triggers: readonly string[] = [],
): Lineage {
  const walk = new Walk(before);
  for (const sql of triggers) walk.addTrigger(sql);
  for (const { sql, affected } of statements) {
    walk.addTrigger(sql);
    walk.take(readStatement(sql), affected);
  }
  return walk.result();
}

const key = (name: string) => name.toLowerCase();

/** Follows tables from one statement to the next. */
export class Walk {
  readonly #before: ReadonlyMap<string, TableBefore>;
  /** Those that are there, by name. */
  readonly #tables = new Map<string, Life>();
  /** All that ever were, in the order of their creation. */
  readonly #lives: Life[] = [];
  readonly #dropped = new Set<string>();
  readonly #droppedColumns = new Set<string>();
  /** Those that are there, by name. */
  readonly #triggers = new Map<string, NonNullable<ReturnType<typeof readTrigger>>>();

  constructor(before: ReadonlyMap<string, TableBefore>) {
    this.#before = before;
    for (const [name, { columns, rows }] of before) {
      const origins = (column: string) => new Map([[key(name), column]]);
      this.#add({
        name,
        origin: name,
        rows,
        columns: columns.map((column) => ({ ...newColumn(column), origins: origins(column) })),
      });
    }
  }

  /** Whether another table holds a copy of its rows now, so that dropping it does not mean them. */
  isCopied(table: string): boolean {
    const life = this.#tables.get(key(table));
    return (
      life !== undefined && [...this.#tables.values()].some(({ sources }) => sources.has(life))
    );
  }

  knows(table: string): boolean {
    return this.#tables.has(key(table));
  }

  /** Whether rows were put there by a query that can't be read, from wherever they came. */
  isQueried(table: string): boolean {
    return this.#tables.get(key(table))?.queried ?? false;
  }

  /** @param sql of any statement; those that make no trigger add none */
  addTrigger(sql: string): void {
    const trigger = readTrigger(sql);
    if (!trigger) return;
    this.#triggers.set(key(trigger.name), trigger);
    this.#dropped.delete(`trigger ${key(trigger.name)}`);
  }

  take(facts: StatementFacts, affected: number): void {
    switch (facts.kind) {
      case 'create-table':
        this.#create(facts);
        break;
      case 'rename-table':
        this.#rename(facts.table, facts.to);
        break;
      case 'rename-column': {
        const column = this.#column(facts.table, facts.from);
        column?.names.add(facts.to);
        if (column) column.name = facts.to;
        break;
      }
      case 'add-column':
        this.#tables.get(key(facts.table))?.columns.push(newColumn(facts.column));
        break;
      case 'drop-column':
        this.#dropColumn(facts.table, facts.column);
        break;
      case 'drop-table':
        this.#drop(facts.table, affected);
        break;
      case 'insert':
        this.#insert(facts, affected);
        this.#fire(facts.table, 'insert');
        break;
      case 'update':
        for (const { column, value } of facts.assignments) {
          this.#change(facts.table, column, value, affected);
        }
        this.#fire(facts.table, 'update');
        break;
      case 'delete':
        this.#delete(facts.table, affected);
        this.#fire(facts.table, 'delete');
        break;
      case 'create-index':
        this.#dropped.delete(`index ${key(facts.name)}`);
        break;
      case 'drop-index':
      case 'drop-trigger':
      case 'drop-view':
        if (facts.kind === 'drop-trigger') this.#triggers.delete(key(facts.name));
        this.#dropped.add(`${facts.kind.slice('drop-'.length)} ${key(facts.name)}`);
        break;
      default:
    }
  }

  result(): Lineage {
    const fates = new Map<string, TableFate>();
    const continuing = new Set<Life>();
    for (const [name, { columns }] of this.#before) {
      const path = this.#pathOf(name);
      const now = path?.at(-1) ?? null;
      if (now) continuing.add(now);
      fates.set(key(name), {
        table: name,
        now: now?.name ?? null,
        names: [...new Set([name, ...(path?.flatMap(({ names }) => [...names]) ?? [])])],
        rebuilt: (path?.length ?? 0) > 1,
        columns: new Map(columns.map((column) => [column, this.#fateOf(name, column, now)])),
        unfilled: now?.columns.filter(({ empty }) => empty).map((c) => c.name) ?? [],
        deleted: path?.reduce((sum, { deleted }) => sum + deleted, 0) ?? 0,
        inserted: path?.reduce((sum, { inserted }) => sum + inserted, 0) ?? 0,
        replaced: path?.reduce((sum, { replaced }) => sum + replaced, 0) ?? 0,
        leftOut: path ? leftOut(path) : 0,
      });
    }
    const created = [...this.#tables.values()]
      .filter((life) => life.origin === null && !continuing.has(life))
      .map(({ name, columns }) => ({ table: name, columns: columns.map((column) => column.name) }));
    return {
      tables: fates,
      created,
      continued: this.#continued(),
      dropped: this.#dropped,
    };
  }

  #continued(): ReadonlyMap<string, string> {
    const dropped = this.#lives.filter((life) => life.dropped);
    return new Map(
      dropped.flatMap((life) => {
        const now = this.#successionOf(life, life.origin ?? life.name)?.at(-1);
        return now ? [[key(life.name), now.name] as const] : [];
      }),
    );
  }

  /** The table of before, and those that took its place one after the other; null if it is gone. */
  #pathOf(name: string): readonly Life[] | null {
    const first = this.#lives.find(({ origin }) => origin === name);
    if (!first) return null;
    const path = this.#successionOf(first, name);
    if (path) return path;
    // A table of the same name, filled by a query that can't be read, is taken for its successor.
    const same = this.#tables.get(key(name));
    if (!same?.queried || same.origin !== null) return null;
    for (const column of same.columns) {
      const own = first.columns.find((each) => key(each.name) === key(column.name));
      const origin = own?.origins.get(key(name));
      if (origin !== undefined) column.origins.set(key(name), origin);
    }
    return [first, same];
  }

  #successionOf(life: Life, name: string): readonly Life[] | null {
    if (!life.dropped) return [life];
    const hasName = (path: readonly Life[]) => key(path.at(-1)?.name ?? '') === key(name);
    const paths = this.#lives
      .filter(({ sources }) => sources.has(life))
      .flatMap((copy): (readonly Life[])[] => {
        const path = this.#successionOf(copy, name);
        return path && (hasName(path) || !copy.summed.has(life)) ? [[life, ...path]] : [];
      });
    return paths.find(hasName) ?? paths.at(-1) ?? null;
  }

  #fateOf(table: string, column: string, now: Life | null): ColumnFate {
    const found = now?.columns.find(({ origins }) => origins.get(key(table)) === column);
    const other = now?.columns.find(({ replaces }) => replaces.get(key(table))?.column === column);
    const replacement = other?.replaces.get(key(table));
    return {
      now: found?.name ?? null,
      names: [...(found?.names ?? [])],
      dropped: this.#droppedColumns.has(`${key(table)}.${key(column)}`),
      changed: found?.changed ?? null,
      replacement: other && replacement ? { ...replacement, now: other.name } : null,
    };
  }

  #add(made: Pick<Life, 'name' | 'origin' | 'rows' | 'columns'>): Life {
    const life = {
      ...made,
      names: new Set([made.name]),
      sources: new Map(),
      summed: new Set<Life>(),
      queried: false,
      deleted: 0,
      inserted: 0,
      replaced: 0,
      dropped: false,
    };
    this.#lives.push(life);
    this.#tables.set(key(life.name), life);
    return life;
  }

  #create({ table, columns, copy }: Extract<StatementFacts, { kind: 'create-table' }>): void {
    const source = copy ? this.#tables.get(key(copy.from)) : undefined;
    // Of a query that can't be read nothing is known, as of a statement that can't.
    if (columns === null && !source) return;
    const names = columns ?? source?.columns.map(({ name }) => name) ?? [];
    const made = this.#add({ name: table, origin: null, rows: 0, columns: names.map(newColumn) });
    // It counts no rows; all of them are there unless it says otherwise.
    if (copy && source) this.#copy(made, source, names, copy, copy.filtered ? 0 : source.rows);
  }

  #rename(table: string, to: string): void {
    const renamed = this.#tables.get(key(table));
    if (!renamed) return;
    this.#tables.delete(key(table));
    renamed.name = to;
    renamed.names.add(to);
    this.#tables.set(key(to), renamed);
  }

  #drop(table: string, rows: number): void {
    const life = this.#tables.get(key(table));
    if (!life) return;
    life.dropped = true;
    life.rows = rows;
    this.#tables.delete(key(table));
  }

  #dropColumn(table: string, column: string): void {
    const owner = this.#tables.get(key(table));
    const found = this.#column(table, column);
    if (!owner || !found) return;
    owner.columns = owner.columns.filter((each) => each !== found);
    for (const [origin, name] of found.origins) {
      this.#droppedColumns.add(`${origin}.${key(name)}`);
    }
  }

  #insert(
    { table, columns, copy, queried, replaces, sets }: Extract<StatementFacts, { kind: 'insert' }>,
    affected: number,
  ): void {
    const target = this.#tables.get(key(table));
    if (!target) return;
    const source = copy ? this.#tables.get(key(copy.from)) : undefined;
    if (copy && source && target.origin === null && !holdsCopyOf(source, target)) {
      const names = columns ?? target.columns.map(({ name }) => name);
      this.#copy(target, source, names, copy, affected);
      return;
    }
    target.rows += affected;
    target.inserted += affected;
    if (replaces) target.replaced += affected;
    // Rows that come back from a copy of the table have what a copy gave them.
    const comeBack = copy !== null && source !== undefined && holdsCopyOf(source, target);
    if (queried && !comeBack) target.queried = true;
    // What a query puts there may come of any value.
    for (const column of queried ? target.columns : []) {
      if (column.changed) column.changed = { ...column.changed, cut: null };
    }
    const replaced = target.columns.flatMap((column) => [...column.replaces.values()]);
    for (const each of comeBack ? [] : replaced) {
      each.inserted += affected;
      if (replaces) each.replaced += affected;
    }
    for (const column of sets) this.#change(table, column, UNKNOWN_VALUE, affected);
  }

  /** The new table continues the one that its rows come from, once that is gone. */
  #copy(
    target: Life,
    source: Life,
    names: readonly string[],
    { values, grouped }: Copy,
    affected: number,
  ): void {
    target.sources.set(source, (target.sources.get(source) ?? 0) + affected);
    target.rows += affected;
    const expanded = values.flatMap((value): CopiedValue[] =>
      value === '*'
        ? source.columns.map(({ name }) => ({ kind: 'column', name }) as const)
        : [value],
    );
    const isWhole = source.columns.every(({ name }) =>
      expanded.some((value) => value.kind === 'column' && key(value.name) === key(name)),
    );
    if (grouped && !isWhole) target.summed.add(source);
    for (const column of target.columns) {
      const index = names.findIndex((name) => key(name) === key(column.name));
      fill(column, expanded[index] ?? null, source, affected);
    }
  }

  #change(table: string, column: string, value: CopiedValue, affected: number): void {
    const changed = affected > 0 ? this.#column(table, column) : undefined;
    if (!changed) return;
    const cuts =
      value.kind === 'expression' &&
      value.cuts &&
      value.of !== null &&
      key(value.of) === key(column);
    const { changed: known } = changed;
    const literal = isLiteral(value);
    changed.changed = {
      cuts: cuts || (known?.cuts ?? false),
      cut: cuts ? cutOf(value, changed) : literal ? (known?.cut ?? null) : null,
      literal: literal && (known?.literal ?? true),
      rows: affected + (known?.rows ?? 0),
      copied: known?.copied ?? 0,
    };
    changed.empty = false;
    for (const replaced of changed.replaces.values()) replaced.changed += affected;
  }

  /** What is deleted from a copy while the table itself is there is not deleted from the table. */
  #delete(table: string, affected: number): void {
    const life = this.#tables.get(key(table));
    if (!life) return;
    life.rows -= affected;
    const carries = [...life.sources.keys()].every(({ dropped }) => dropped);
    if (carries) life.deleted += affected;
  }

  /** A trigger that changes the very table that a statement names does so on its behalf. */
  #fire(table: string, event: string): void {
    for (const trigger of this.#triggers.values()) {
      if (trigger.event !== event || key(trigger.table) !== key(table)) continue;
      for (const facts of trigger.body) {
        if (facts.kind !== 'update' || key(facts.table) !== key(table)) continue;
        for (const { column } of facts.assignments) {
          this.#change(table, column, UNKNOWN_VALUE, Number.POSITIVE_INFINITY);
        }
      }
    }
  }

  #column(table: string, name: string): Column | undefined {
    return this.#tables.get(key(table))?.columns.find((each) => key(each.name) === key(name));
  }
}

function newColumn(name: string): Column {
  return {
    name,
    names: new Set([name]),
    origins: new Map(),
    replaces: new Map(),
    changed: null,
    empty: true,
  };
}

/**
 * A column of a copy continues the one that its values come from, under whatever name.
 *
 * @param value null where the copy gives it none
 * @param affected rows that were copied
 */
function fill(column: Column, value: CopiedValue | null, source: Life, affected: number): void {
  const named = (name: string | null) =>
    source.columns.find((each) => name !== null && key(each.name) === key(name));
  const own = named(column.name);
  const found = value?.kind === 'column' ? named(value.name) : undefined;
  const computes =
    value?.kind === 'expression' ? !value.constant : value?.kind === 'column' && !found;
  // `coalesce("x", '') as "x"` continues x; an expression for another column is a new value.
  const origin = found ?? (computes ? own : undefined);
  for (const [table, old] of origin?.origins ?? []) column.origins.set(table, old);
  for (const name of origin?.names ?? []) column.names.add(name);
  for (const [table, old] of origin?.replaces ?? []) column.replaces.set(table, { ...old });
  if (origin !== own) {
    for (const [table, old] of own?.origins ?? []) {
      column.replaces.set(table, { column: old, changed: 0, inserted: 0, replaced: 0 });
    }
    // What took the place of another one before is itself replaced.
    for (const [table, old] of own?.replaces ?? []) column.replaces.set(table, { ...old });
  }
  if (value === null) return;
  column.empty = value.kind === 'null' || (origin?.empty ?? false);
  column.changed =
    value.kind === 'expression' || (computes && origin)
      ? {
          cuts: value.kind === 'expression' && value.cuts,
          cut: origin ? cutOf(value, origin) : null,
          literal: isLiteral(value),
          rows: affected,
          copied: affected,
        }
      : (origin?.changed ?? null);
}

/** How a value is cut; null if it is not, or if there may be something else of it than that. */
function cutOf(value: CopiedValue, { name, changed }: Column): Cut | null {
  const isOwn = value.kind === 'expression' && value.of !== null && key(value.of) === key(name);
  if (!isOwn || !value.cuts || value.sql === null) return null;
  return changed === null || changed.literal ? { sql: value.sql, column: name } : null;
}

function isLiteral(value: CopiedValue): boolean {
  return value.kind === 'null' || (value.kind === 'expression' && value.constant);
}

function holdsCopyOf(life: Life, of: Life): boolean {
  return life === of || [...life.sources.keys()].some((source) => holdsCopyOf(source, of));
}

/** Rows that were there and did not come along from one table to the next. */
function leftOut(path: readonly Life[]): number {
  return path.reduce((sum, life, index) => {
    const next = path[index + 1];
    const copied = next?.sources.get(life);
    return copied === undefined ? sum : sum + Math.max(0, life.rows - copied);
  }, 0);
}

/**
 * Where each table and column of before went, followed through the statements of a revision.
 *
 * A rebuilt table is another table of the same name, and a renamed column is the same one under
 * another: names alone can't say which values of after are those of before. What statements do
 * to rows on purpose is followed too, so that it can be told from what happens by the way.
 */

import {
  type CopiedValue,
  type Copy,
  readStatement,
  readTrigger,
  type StatementFacts,
} from './statement.ts';

export interface Executed {
  readonly sql: string;
  /** Rows that it changed itself. */
  readonly affected: number;
}

export interface ColumnFate {
  /** Its name afterwards; null if it is gone. */
  readonly now: string | null;
  /** A statement dropped it; otherwise, if it is gone, a rebuild left it out. */
  readonly dropped: boolean;
  /** Statements gave it other values on purpose; `cuts`: by casting, rounding or shortening. */
  readonly changed: { readonly cuts: boolean } | null;
}

export interface TableFate {
  /** Its name before. */
  readonly table: string;
  /** Its name afterwards; null if it was dropped. */
  readonly now: string | null;
  readonly rebuilt: boolean;
  /** By the name before. */
  readonly columns: ReadonlyMap<string, ColumnFate>;
  /** Columns of afterwards that a rebuild filled with NULL. */
  readonly filledWithNull: readonly string[];
  /** Rows that statements deleted by naming the table. */
  readonly deleted: number;
  /** Rows were replaced, filtered or merged by a statement that names the table. */
  readonly rewritten: boolean;
}

export interface Lineage {
  /** By the name before, in lower case, as SQLite compares names. */
  readonly tables: ReadonlyMap<string, TableFate>;
  /** Tables of afterwards that continue none of before. */
  readonly created: readonly { readonly table: string; readonly columns: readonly string[] }[];
  /** Names that statements dropped, in lower case: `index x`, `trigger x`, `view x`. */
  readonly dropped: ReadonlySet<string>;
}

interface Column {
  name: string;
  /** The column of before that it continues. */
  origin: string | null;
  changed: { cuts: boolean } | null;
  nulls: boolean;
}

interface Table {
  name: string;
  /** The table of before that it continues. */
  origin: string | null;
  columns: Column[];
  rebuilt: boolean;
}

/** @param before the tables and their columns, in order */
export function follow(
  before: ReadonlyMap<string, readonly string[]>,
  statements: readonly Executed[],
  triggers: readonly string[] = [],
): Lineage {
  const walk = new Walk(before, triggers);
  for (const statement of statements) walk.take(readStatement(statement.sql), statement.affected);
  return walk.result();
}

const key = (name: string) => name.toLowerCase();

class Walk {
  readonly #before: ReadonlyMap<string, readonly string[]>;
  readonly #tables = new Map<string, Table>();
  readonly #dropped = new Set<string>();
  readonly #droppedColumns = new Set<string>();
  readonly #deleted = new Map<string, number>();
  readonly #rewritten = new Set<string>();
  readonly #triggers: readonly NonNullable<ReturnType<typeof readTrigger>>[];

  constructor(before: ReadonlyMap<string, readonly string[]>, triggers: readonly string[]) {
    this.#before = before;
    this.#triggers = triggers.map(readTrigger).filter((trigger) => trigger !== null);
    for (const [name, columns] of before) {
      this.#tables.set(key(name), {
        name,
        origin: name,
        rebuilt: false,
        columns: columns.map((column) => ({
          name: column,
          origin: column,
          changed: null,
          nulls: false,
        })),
      });
    }
  }

  take(facts: StatementFacts, affected: number, depth = 0): void {
    switch (facts.kind) {
      case 'create-table':
        this.#create(facts);
        break;
      case 'rename-table':
        this.#rename(facts.table, facts.to);
        break;
      case 'rename-column': {
        const column = this.#column(facts.table, facts.from);
        if (column) column.name = facts.to;
        break;
      }
      case 'add-column':
        this.#tables
          .get(key(facts.table))
          ?.columns.push({ name: facts.column, origin: null, changed: null, nulls: false });
        break;
      case 'drop-column':
        this.#dropColumn(facts.table, facts.column);
        break;
      case 'drop-table':
        this.#tables.delete(key(facts.table));
        break;
      case 'insert':
        this.#insert(facts);
        this.#fire(facts.table, 'insert', depth);
        break;
      case 'update':
        for (const { column, value } of facts.assignments) this.#change(facts.table, column, value);
        this.#fire(facts.table, 'update', depth);
        break;
      case 'delete':
        // Rows that are gone already would have been deleted, too.
        this.#delete(facts.table, facts.all ? Number.POSITIVE_INFINITY : affected);
        this.#fire(facts.table, 'delete', depth);
        break;
      case 'drop-index':
      case 'drop-trigger':
      case 'drop-view':
        this.#dropped.add(`${facts.kind.slice('drop-'.length)} ${key(facts.name)}`);
        break;
      default:
    }
  }

  result(): Lineage {
    const fates = new Map<string, TableFate>();
    const continuing = new Map<string, Table>();
    for (const table of this.#tables.values()) {
      if (table.origin !== null) continuing.set(key(table.origin), table);
    }
    for (const [name, columns] of this.#before) {
      const table = continuing.get(key(name)) ?? null;
      fates.set(key(name), {
        table: name,
        now: table?.name ?? null,
        rebuilt: table?.rebuilt ?? false,
        columns: new Map(columns.map((column) => [column, this.#fateOf(name, column, table)])),
        filledWithNull: table?.columns.filter(({ nulls }) => nulls).map((c) => c.name) ?? [],
        deleted: this.#deleted.get(key(name)) ?? 0,
        rewritten: this.#rewritten.has(key(name)),
      });
    }
    const created = [...this.#tables.values()]
      .filter(({ origin }) => origin === null)
      .map(({ name, columns }) => ({ table: name, columns: columns.map((column) => column.name) }));
    return { tables: fates, created, dropped: this.#dropped };
  }

  #fateOf(table: string, column: string, now: Table | null): ColumnFate {
    const found = now?.columns.find(({ origin }) => origin === column);
    return {
      now: found?.name ?? null,
      dropped: this.#droppedColumns.has(`${key(table)}.${key(column)}`),
      changed: found?.changed ?? null,
    };
  }

  #create({ table, columns, copy }: Extract<StatementFacts, { kind: 'create-table' }>): void {
    const source = copy ? this.#tables.get(key(copy.from)) : undefined;
    const names = columns ?? source?.columns.map(({ name }) => name) ?? [];
    const made: Table = {
      name: table,
      origin: null,
      rebuilt: false,
      columns: names.map((name) => ({ name, origin: null, changed: null, nulls: false })),
    };
    this.#tables.set(key(table), made);
    if (copy && source) this.#copy(made, source, names, copy);
  }

  #rename(table: string, to: string): void {
    const renamed = this.#tables.get(key(table));
    if (!renamed) return;
    this.#tables.delete(key(table));
    renamed.name = to;
    this.#tables.set(key(to), renamed);
  }

  #dropColumn(table: string, column: string): void {
    const owner = this.#tables.get(key(table));
    const found = this.#column(table, column);
    if (!owner || !found) return;
    owner.columns = owner.columns.filter((each) => each !== found);
    if (owner.origin !== null && found.origin !== null) {
      this.#droppedColumns.add(`${key(owner.origin)}.${key(found.origin)}`);
    }
  }

  #insert({ table, columns, copy, replaces, sets }: Extract<StatementFacts, { kind: 'insert' }>) {
    const target = this.#tables.get(key(table));
    if (!target) return;
    const source = copy ? this.#tables.get(key(copy.from)) : undefined;
    if (copy && source && target.origin === null && source.origin !== null) {
      const names = columns ?? target.columns.map(({ name }) => name);
      this.#copy(target, source, names, copy);
      return;
    }
    if (replaces && target.origin !== null) this.#rewritten.add(key(target.origin));
    const unknown: CopiedValue = { kind: 'expression', of: null, cuts: false };
    for (const column of sets) this.#change(table, column, unknown);
  }

  /** The new table continues the one that its rows come from. */
  #copy(target: Table, source: Table, names: readonly string[], { values, filtered }: Copy): void {
    if (filtered && source.origin !== null) this.#rewritten.add(key(source.origin));
    target.origin = source.origin;
    target.rebuilt = true;
    const expanded = values.flatMap((value): CopiedValue[] =>
      value === '*'
        ? source.columns.map(({ name }) => ({ kind: 'column', name }) as const)
        : [value],
    );
    for (const [index, name] of names.entries()) {
      const column = target.columns.find((each) => key(each.name) === key(name));
      const value = expanded[index];
      if (!column || !value) continue;
      const from = value.kind === 'column' ? value.name : value.kind === 'null' ? null : value.of;
      // `coalesce("x", '') as "x"` continues x; an expression for another column is a new value.
      const isSame = value.kind === 'column' || (from !== null && key(from) === key(name));
      const origin = source.columns.find((each) => from !== null && key(each.name) === key(from));
      column.origin = isSame ? (origin?.origin ?? null) : null;
      column.nulls = value.kind === 'null' || (isSame && (origin?.nulls ?? false));
      column.changed =
        value.kind === 'expression' ? { cuts: value.cuts } : (origin?.changed ?? null);
    }
  }

  #change(table: string, column: string, value: CopiedValue): void {
    const changed = this.#column(table, column);
    if (!changed) return;
    const cuts =
      value.kind === 'expression' &&
      value.cuts &&
      value.of !== null &&
      key(value.of) === key(column);
    changed.changed = { cuts: cuts || (changed.changed?.cuts ?? false) };
    changed.nulls = false;
  }

  #delete(table: string, affected: number): void {
    const origin = this.#tables.get(key(table))?.origin;
    if (origin == null) return;
    this.#deleted.set(key(origin), (this.#deleted.get(key(origin)) ?? 0) + affected);
  }

  /** What a trigger does on behalf of a statement is done on purpose, too. */
  #fire(table: string, event: string, depth: number): void {
    // SQLite's own limit for triggers that fire triggers is 1000; nobody means more than a few.
    if (depth > 3) return;
    for (const trigger of this.#triggers) {
      if (trigger.event !== event || key(trigger.table) !== key(table)) continue;
      for (const facts of trigger.body) {
        // How many rows it deletes for each row can't be told from the text.
        if (facts.kind === 'delete') this.#delete(facts.table, Number.POSITIVE_INFINITY);
        else this.take(facts, 0, depth + 1);
      }
    }
  }

  #column(table: string, name: string): Column | undefined {
    return this.#tables.get(key(table))?.columns.find((each) => key(each.name) === key(name));
  }
}

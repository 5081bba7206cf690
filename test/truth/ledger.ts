/**
 * What statements did to rows, counted row by row: each statement is run on the real database and
 * on mirrors of it where nothing acts by itself – one without foreign keys, one without triggers
 * either. What the barest mirror shows, the statement did itself; what only the real database
 * shows, was done by the way.
 */

import { type Fate, type Statement, TAG } from './case.ts';
import type { Action } from './model.ts';

export type Row = Readonly<Record<string, unknown>>;

/** The rows of each table by their tags. */
export type Dump = ReadonlyMap<string, ReadonlyMap<string, Row>>;

export interface Reference {
  readonly table: string;
  readonly columns: readonly string[];
  readonly parent: string;
  readonly parentColumns: readonly string[];
  readonly onDelete: Action;
  readonly onUpdate: Action;
}

/** A statement, and what was there before and after it. */
export interface Effect {
  /** Tables that the statement names. */
  readonly names: readonly string[];
  /** It says that all rows of these go. */
  readonly empties?: boolean | undefined;
  readonly renames?: Statement['renames'];
  readonly before: Dump;
  readonly after: Dump;
  /** The same statement where no foreign key acts. */
  readonly unreferenced: Dump;
  /** The same statement where neither foreign keys nor triggers act. */
  readonly bare: Dump;
  readonly references: readonly Reference[];
}

type Kind =
  | 'reference'
  /** Of a table that the statement does not name. */
  | 'trigger'
  /** Of a table that the statement names, but for another row of it. */
  | 'trigger of its own'
  /** A trigger completed what the statement wrote into that row, the only one. */
  | 'completed'
  | 'unnamed';

interface Event {
  readonly kind: Kind;
  /** Null: the row itself is gone. */
  readonly column: string | null;
  /** Rows that it referred to and that the statement removed or gave another key. */
  readonly causes: readonly Cause[];
}

interface Taken {
  readonly table: string;
  /** Tags of rows that took it along. */
  readonly parents: readonly string[];
}

interface Cause {
  readonly tag: string;
  /** That refer to it. */
  readonly columns: readonly string[];
  /** It is there under another key. */
  readonly moved: boolean;
  /** The statement itself leaves it, or a copy of it: only what acted by itself took it away. */
  readonly stays: boolean;
}

/** The row that a row refers to with some columns, by their tags. */
type Parents = ReadonlyMap<string, ReadonlyMap<string, string>>;

export class Ledger {
  /** By tag of the row. */
  readonly #events = new Map<string, Event[]>();
  /** Tags of rows that statements changed by name. */
  readonly #written = new Set<string>();
  /** Tags of rows whose copies had other values than they. */
  readonly #copiedOtherwise = new Set<string>();
  /** Tags of rows whose parents statements took away while they referred to them. */
  readonly #orphaned = new Set<string>();
  /** Those of them that had to go with these, and what had to go with those. */
  readonly #takenInTime = new Map<string, TakenInTime>();
  /** Columns that had to be emptied with these, as `"columns" of tag`. */
  readonly #emptiedInTime = new Set<string>();
  /** As they were last known where nothing acts by itself. */
  readonly #parents = new Map<string, Map<string, string>>();
  /** Tables that statements name. */
  readonly #named = new Set<string>();
  /** Rows that were taken by statements that do not name their tables, by tag. */
  readonly #taken = new Map<string, Taken>();
  /** Tags of such rows that a later statement would have taken by name, had they been there. */
  readonly #overtaken = new Set<string>();
  /** Tables that were dropped with rows that were nowhere else. */
  readonly #dropped = new Set<string>();
  /** Tables that were there before the first statement. */
  readonly #tables: ReadonlySet<string>;

  constructor(start: Dump) {
    this.#tables = new Set(start.keys());
  }

  take(effect: Effect): void {
    const { before, after, bare, names, empties, renames } = effect;
    for (const name of names) this.#named.add(name);
    for (const [tag, taken] of renames ? this.#taken : []) {
      if (taken.table === renames?.from) this.#taken.set(tag, { ...taken, table: renames.to });
    }
    if (empties) {
      for (const [tag, { table }] of this.#taken) {
        if (names.includes(table)) this.#overtaken.add(tag);
      }
      // Those would have been taken along. What is added meanwhile is visited, too.
      for (const parent of this.#overtaken) {
        for (const [tag, { parents }] of this.#taken) {
          if (parents.includes(parent)) this.#overtaken.add(tag);
        }
      }
    }
    this.#lookUpCopies(effect);
    for (const [table, rows] of before) {
      for (const [tag, row] of rows) {
        const now = after.get(table)?.get(tag);
        const plain = bare.get(table)?.get(tag);
        if (!now) {
          if (plain) this.#add(effect, table, tag, null);
          else if (bare.has(table) && !names.includes(table)) {
            this.#put(tag, { kind: 'unnamed', column: null, causes: [] });
            this.#taken.set(tag, { table, parents: [] });
          }
          continue;
        }
        for (const [column, was] of Object.entries(row)) {
          if (!(column in now)) continue;
          if (!same(now[column], was)) {
            if (plain && same(now[column], plain[column])) {
              if (names.includes(table)) this.#written.add(tag);
              else this.#put(tag, { kind: 'unnamed', column, causes: [] });
            } else this.#add(effect, table, tag, column);
          }
        }
      }
    }
  }

  /**
   * Takes down what a statement did where nothing acts by itself, neither now nor before.
   *
   * @param references when it was run
   */
  takeIdeal(before: Dump, after: Dump, references: readonly Reference[]): void {
    const alive = new Set([...after.values()].flatMap((rows) => [...rows.keys()]));
    for (const [table, rows] of before) {
      for (const [tag, row] of rows) {
        const now = after.get(table)?.get(tag);
        const isOther = ([column, value]: [string, unknown]) =>
          now !== undefined && column in now && !same(now[column], value);
        if (Object.entries(row).some(isOther)) this.#written.add(tag);
      }
      if (!after.has(table) && ![...rows.keys()].some((tag) => alive.has(tag))) {
        this.#dropped.add(table);
      }
    }
    const taken = new Set<string>();
    for (const { table, columns, parent, parentColumns, onDelete } of references) {
      for (const [tag, row] of before.get(table) ?? []) {
        const values = valuesOf(row, columns);
        const had = rowWith(before.get(parent), parentColumns, values);
        if (had === undefined) continue;
        const own = this.#parents.get(tag) ?? new Map<string, string>();
        this.#parents.set(tag, own.set(columns.join(), had));
        if (alive.has(had)) continue;
        if (rowWith(after.get(parent), parentColumns, values) === undefined) {
          this.#orphaned.add(tag);
          if (onDelete === 'cascade') {
            this.#takenInTime.set(tag, { columns: columns.join(), parent: null });
            taken.add(tag);
          }
          if (onDelete.startsWith('set')) this.#emptiedInTime.add(`${columns.join()} of ${tag}`);
        }
      }
    }
    this.#takeAlong(before, references, taken);
  }

  /** @param taken what had to go with rows that a statement took; grows by what had to go with that */
  #takeAlong(before: Dump, references: readonly Reference[], taken: Set<string>): void {
    const cascades = references.filter(({ onDelete }) => onDelete === 'cascade');
    // What is added meanwhile is visited, too.
    for (const gone of taken) {
      for (const { table, columns, parent, parentColumns } of cascades) {
        const had = before.get(parent)?.get(gone);
        const parents = had && new Map([[gone, had]]);
        for (const [tag, row] of parents ? (before.get(table) ?? []) : []) {
          if (taken.has(tag)) continue;
          if (rowWith(parents, parentColumns, valuesOf(row, columns)) === undefined) continue;
          taken.add(tag);
          if (!this.#takenInTime.has(tag)) {
            this.#takenInTime.set(tag, { columns: columns.join(), parent: gone });
          }
        }
      }
    }
  }

  /** @param stillOf columns of a row's references that lead somewhere when all is done */
  #wasTakenInTime(tag: string, stillOf: (tag: string) => ReadonlySet<string>): boolean {
    const taken = this.#takenInTime.get(tag);
    if (!taken) return false;
    if (taken.parent !== null) return this.#wasTakenInTime(taken.parent, stillOf);
    return !stillOf(tag).has(taken.columns);
  }

  #lookUpCopies({ before, after }: Effect): void {
    for (const [table, rows] of after) {
      for (const [tag, row] of rows) {
        if (before.get(table)?.has(tag)) continue;
        for (const others of before.values()) {
          const original = others.get(tag);
          if (!original) continue;
          const isOther = Object.entries(original).some(
            ([column, value]) => column in row && !same(row[column], value),
          );
          if (isOther) this.#copiedOtherwise.add(tag);
        }
      }
    }
  }

  #add(effect: Effect, table: string, tag: string, column: string | null): void {
    const { before, after, unreferenced, bare, names, references } = effect;
    const was = before.get(table)?.get(tag);
    const now = after.get(table)?.get(tag);
    const without = unreferenced.get(table)?.get(tag);
    // A foreign key gives other values to its own columns; the rest is done by triggers that act then.
    const isReference = references.some(
      (each) => each.table === table && column !== null && each.columns.includes(column),
    );
    const trigger =
      column === null
        ? !without
        : !isReference || (without && same(now?.[column], without[column]));
    // What code took has taken it along.
    if (!trigger && column === null && names.length === 0) {
      this.#put(tag, { kind: 'unnamed', column, causes: [] });
      const parents = causesOf(effect, table, was, column).map((cause) => cause.tag);
      this.#taken.set(tag, { table, parents });
      return;
    }
    if (!trigger) {
      this.#put(tag, { kind: 'reference', column, causes: causesOf(effect, table, was, column) });
      return;
    }
    const isOther = ([each, row]: readonly [string, Row]) =>
      Object.entries(row).some(([name, value]) => !same(bare.get(table)?.get(each)?.[name], value));
    const [only, ...more] = [...(before.get(table) ?? [])].filter(isOther);
    const completed = column !== null && only?.[0] === tag && more.length === 0;
    const its = completed ? 'completed' : 'trigger of its own';
    this.#put(tag, { kind: names.includes(table) ? its : 'trigger', column, causes: [] });
  }

  #put(tag: string, event: Event): void {
    this.#events.set(tag, [...(this.#events.get(tag) ?? []), event]);
  }

  /**
   * What has gone by the way, when all is done.
   *
   * @param ideal what is there if nothing acts by itself
   * @param fired what is there if only triggers do; null if that is not known
   */
  losses(ideal: Dump, real: Dump, all: readonly Reference[], fired: Dump | null): Loss[] {
    // Of a table that was renamed away and dropped the rows live on in another: the events know.
    const known = new Set([...ideal.keys(), ...this.#tables, ...this.#dropped]);
    const references = all.filter(({ parent }) => known.has(parent));
    const alive = new Set([...ideal.values()].flatMap((rows) => [...rows.keys()]));
    const there = new Set([...real.values()].flatMap((rows) => [...rows.keys()]));
    const doomed = doomedIn(ideal, references, this.#parents, alive, there);
    const losses: (Omit<Loss, 'kind'> & { readonly kind: Loss['kind'] | null })[] = [];
    const tables = new Map(
      [...ideal].flatMap(([table, rows]) => [...rows.keys()].map((tag) => [tag, table])),
    );
    const stillOf = (tag: string) => {
      const own = references.filter(({ table }) => table === tables.get(tag));
      const left = doomed.left.get(tag);
      return new Set(own.map(({ columns }) => columns.join()).filter((each) => !left?.has(each)));
    };
    for (const [table, rows] of ideal) {
      const own = references.filter((reference) => reference.table === table);
      for (const [tag, row] of rows) {
        const now = real.get(table)?.get(tag);
        const loose = doomed.loose.get(tag);
        const left = doomed.left.get(tag);
        const holding = own.filter(({ columns }) => !loose?.has(columns.join()));
        if (!now) {
          const firm = own.filter(({ columns }) => !left?.has(columns.join()));
          const found = doomed.rows.has(tag)
            ? this.#doomedKindOf(tag, alive, firm)
            : this.#kindOf(tag, null, alive, firm, this.#wasTakenInTime(tag, stillOf));
          const kind = found === 'meant' && isAtHome(row, own, real) ? 'either' : found;
          losses.push({ table, tag, column: null, kind });
          continue;
        }
        for (const [column, value] of Object.entries(row)) {
          if (column in now && !same(now[column], value)) {
            const refers = doomed.columns.get(tag)?.has(column) ?? false;
            const kind = refers ? 'meant' : this.#kindOf(tag, column, alive, holding);
            const alone = fired?.get(table)?.get(tag);
            // A trigger of what a foreign key does may have come before the one of a statement.
            const isFired = kind === 'by the way' && alone && same(now[column], alone[column]);
            const own = this.#named.has(table) ? 'trigger of its own' : 'trigger';
            losses.push({ table, tag, column, kind: isFired ? own : kind });
          }
        }
      }
    }
    const isLost = losses.some(({ kind }) => kind === 'by the way');
    const isEither = losses.some(({ kind }) => kind === 'taken before' || kind === 'either');
    const others = isEither ? 'either' : this.#consequenceOf();
    const consequence = isLost ? 'consequence' : others;
    return losses.map(({ kind, ...loss }) => ({ ...loss, kind: kind ?? consequence }));
  }

  /** What statements took from tables that they do not name, and that is not there again. */
  unnamed(real: Dump): readonly { readonly tag: string; readonly column: string | null }[] {
    const rows = new Map([...real.values()].flatMap((each) => [...each]));
    const hasColumn = (tag: string, column: string | null) =>
      column !== null && column in (rows.get(tag) ?? {});
    return [...this.#events].flatMap(([tag, events]) => {
      const own = events.filter(({ kind }) => kind === 'unnamed');
      const row = own.find(({ column }) => column === null);
      if (row) return rows.has(tag) || this.#overtaken.has(tag) ? [] : [{ tag, column: null }];
      // Of what is gone itself, as statements say, no value is missed.
      return own.flatMap(({ column }) => (hasColumn(tag, column) ? [{ tag, column }] : []));
    });
  }

  /** Columns that code changed, and that are dropped or have another name in the end. */
  unnamedBefore(real: Dump): readonly string[] {
    const rows = new Map([...real.values()].flatMap((each) => [...each]));
    return [...this.#events].flatMap(([tag, events]) =>
      events.flatMap(({ kind, column }) => {
        const row = rows.get(tag);
        return kind === 'unnamed' && column !== null && row && !(column in row)
          ? [`${column} of ${tag}`]
          : [];
      }),
    );
  }

  /** Rows that were taken by code before a statement would have done so by name. */
  overtaken(real: Dump): readonly string[] {
    const alive = new Set([...real.values()].flatMap((rows) => [...rows.keys()]));
    return [...this.#overtaken].filter((tag) => !alive.has(tag));
  }

  /** Whether nothing happened to a row but that it was copied. */
  isUntouched(tag: string): boolean {
    return !this.#written.has(tag) && !this.#events.has(tag);
  }

  /** A copy gave it other values. */
  isCopiedOtherwise(tag: string): boolean {
    return this.#copiedOtherwise.has(tag);
  }

  /** A copy gave it other values, beside what else happened to it: who changed it can't be told. */
  isMixedUp(tag: string): boolean {
    return this.#copiedOtherwise.has(tag) && !this.isUntouched(tag);
  }

  /** Rows that triggers took before a statement would have done so by name. */
  takenBefore(ideal: Dump): readonly string[] {
    const alive = new Set([...ideal.values()].flatMap((rows) => [...rows.keys()]));
    return [...this.#events].flatMap(([tag, events]) =>
      !alive.has(tag) &&
      events.some(({ kind, column }) => kind.startsWith('trigger') && column === null)
        ? [tag]
        : [],
    );
  }

  /** What it is that something is otherwise to which nothing happened itself. */
  #consequenceOf(): Loss['kind'] {
    const events = [...this.#events.values()].flat();
    if (events.some(({ kind }) => kind.startsWith('trigger'))) return 'trigger of its own';
    const meant = events.every(
      ({ kind, causes }) =>
        kind === 'completed' || (kind === 'reference' && this.#wasMeant(causes, new Set())),
    );
    return meant ? 'meant' : 'consequence';
  }

  /**
   * A trigger may have taken what was to go anyway, or a reference to something else: either can be
   * said.
   */
  #doomedKindOf(
    tag: string,
    alive: ReadonlySet<string>,
    holding: readonly Reference[],
  ): Loss['kind'] {
    const events = (this.#events.get(tag) ?? []).filter(({ column }) => column === null);
    if (events.some(({ kind }) => kind === 'trigger')) return 'trigger of its own';
    const still = new Set(holding.map(({ columns }) => columns.join()));
    const isMeant = ({ kind, causes }: Event) =>
      kind !== 'reference' || this.#isMeant(tag, causes, alive, new Set(), still);
    if (events.every(isMeant)) return 'meant';
    return this.#takenInTime.has(tag) ? 'taken before' : 'either';
  }

  /**
   * Null where nothing happened to it.
   *
   * @param holding references of its table that are there still, and lead somewhere
   * @param taken whatever took it before, it had to go later with what a statement took
   */
  #kindOf(
    tag: string,
    column: string | null,
    alive: ReadonlySet<string>,
    holding: readonly Reference[],
    taken = false,
  ): Loss['kind'] | null {
    const events = (this.#events.get(tag) ?? []).filter((event) =>
      column === null ? event.column === null : event.column !== null,
    );
    if (events.length === 0) return null;
    // Those are told by themselves.
    const isUnnamed = column === null && events.some(({ kind }) => kind === 'unnamed');
    if (isUnnamed || events.every(({ kind }) => kind === 'completed')) return 'meant';
    if (events.some(({ kind }) => kind === 'trigger')) return 'trigger';
    if (events.some(({ kind }) => kind === 'trigger of its own')) return 'trigger of its own';
    if (taken) return 'meant';
    const still = new Set(holding.map(({ columns }) => columns.join()));
    if (column !== null && !still.has(column) && this.#emptiedInTime.has(`${column} of ${tag}`)) {
      return 'meant';
    }
    const meant = events.every(({ causes }) => this.#isMeant(tag, causes, alive, new Set(), still));
    return meant ? 'meant' : 'by the way';
  }

  /** What it referred to had gone by then: what was made of the rest lacks nothing. */
  #wasMeant(causes: readonly Cause[], seen: Set<string>): boolean {
    return causes.some(({ tag, moved, stays }) => {
      if (seen.has(tag)) return false;
      seen.add(tag);
      if (!stays || moved) return true;
      const own = (this.#events.get(tag) ?? []).filter(
        ({ kind, column }) => kind === 'reference' && column === null,
      );
      return own.some((event) => this.#wasMeant(event.causes, seen));
    });
  }

  /**
   * What it referred to was taken away, or given another key, by a statement that says so.
   *
   * @param still columns of references that lead somewhere when all is done
   */
  #isMeant(
    tag: string,
    causes: readonly Cause[],
    alive: ReadonlySet<string>,
    seen: Set<string>,
    still: ReadonlySet<string> = new Set(),
  ): boolean {
    return causes.some(({ tag: cause, columns, moved, stays }) => {
      if (seen.has(cause)) return false;
      seen.add(cause);
      // What has its key now is there for it, whatever took the other one away.
      if (still.has(columns.join())) return false;
      // Where something else took it away, a statement did so later, maybe when nothing referred to
      // it any more.
      if (moved || (!alive.has(cause) && (!stays || this.#orphaned.has(tag)))) return true;
      const own = (this.#events.get(cause) ?? []).filter(
        ({ kind, column }) => kind === 'reference' && column === null,
      );
      return own.some((event) => this.#isMeant(cause, event.causes, alive, seen));
    });
  }
}

interface TakenInTime {
  /** That refer to what a statement took, or to what had to go with it. */
  readonly columns: string;
  /** Tag of what had to go with it; null: the statement took it. */
  readonly parent: string | null;
}

export interface Loss {
  readonly table: string;
  readonly tag: string;
  readonly column: string | null;
  readonly kind:
    | 'by the way'
    | 'trigger'
    | 'trigger of its own'
    /** A foreign key did it, since the row that it refers to was deleted or rekeyed by name. */
    | 'meant'
    /** By the way, but a statement would have done so later. */
    | 'taken before'
    /** It would be gone by the references of the end, or what it refers to by its key is another row. */
    | 'either'
    /** It would be otherwise if something else had not been lost by the way. */
    | 'consequence';
}

/** Whether all that would take a row along is there by its key. */
function isAtHome(row: Row, own: readonly Reference[], real: Dump): boolean {
  const filled = own.flatMap(({ columns, parent, parentColumns, onDelete }) => {
    const values = valuesOf(row, columns);
    const refers = values.every((value) => value !== null && value !== undefined);
    return refers && onDelete === 'cascade' ? [{ parent, parentColumns, values }] : [];
  });
  return (
    filled.length > 0 &&
    filled.every(
      ({ parent, parentColumns, values }) =>
        rowWith(real.get(parent), parentColumns, values) !== undefined,
    )
  );
}

interface Doomed {
  readonly rows: ReadonlySet<string>;
  /** Columns that a reference gives other values, by the tag of the row. */
  readonly columns: ReadonlyMap<string, ReadonlySet<string>>;
  /** References that lead nowhere, by their columns. */
  readonly loose: ReadonlyMap<string, ReadonlySet<string>>;
  /** Those of them whose parent is not there under another key, either. */
  readonly left: ReadonlyMap<string, ReadonlySet<string>>;
}

/**
 * What would be taken along in the end, whenever it happened: what it refers to is gone, or is
 * taken along itself. A parent that is there under another key takes no row along.
 *
 * @param there tags of rows that were not taken along, since a reference came to cascade only later
 */
function doomedIn(
  ideal: Dump,
  references: readonly Reference[],
  parents: Parents,
  alive: ReadonlySet<string>,
  there: ReadonlySet<string>,
): Doomed {
  const rows = new Set<string>();
  const all = new Map<string, Set<string>>();
  const loosened = new Map<string, Set<string>>();
  const left = new Map<string, Set<string>>();
  for (let more = true; more; ) {
    more = false;
    for (const { table, columns, parent, parentColumns, onDelete, onUpdate } of references) {
      for (const [tag, row] of ideal.get(table) ?? []) {
        const values = valuesOf(row, columns);
        if (values.some((value) => value === null || value === undefined)) continue;
        const held = rowWith(ideal.get(parent), parentColumns, values, rows);
        if (held !== undefined) continue;
        loosened.set(tag, (loosened.get(tag) ?? new Set()).add(columns.join()));
        const had = parents.get(tag)?.get(columns.join());
        const moved = had !== undefined && alive.has(had) && !rows.has(had);
        if (!moved) left.set(tag, (left.get(tag) ?? new Set()).add(columns.join()));
        if (moved ? !onUpdate.startsWith('set') : !ACTS.has(onDelete)) continue;
        const changed = all.get(tag) ?? new Set();
        if (!columns.every((column) => changed.has(column))) more = true;
        all.set(tag, new Set([...changed, ...columns]));
        if (!moved && onDelete === 'cascade' && !rows.has(tag) && !there.has(tag)) {
          rows.add(tag);
          more = true;
        }
      }
    }
  }
  return { rows, columns: all, loose: loosened, left };
}

const ACTS: ReadonlySet<Action> = new Set(['cascade', 'set null', 'set default']);

const valuesOf = (row: Row, columns: readonly string[]) => columns.map((column) => row[column]);

/** The tag of the row with these values; none if one of them is NULL. */
function rowWith(
  rows: ReadonlyMap<string, Row> | undefined,
  columns: readonly string[],
  values: readonly unknown[],
  without: ReadonlySet<string> = new Set(),
): string | undefined {
  if (values.some((value) => value === null || value === undefined)) return undefined;
  for (const [tag, row] of rows ?? []) {
    if (without.has(tag)) continue;
    if (columns.every((column, at) => same(loose(row[column]), loose(values[at])))) return tag;
  }
  return undefined;
}

/**
 * Rows that a row refers to, if the statement took them away or changed their key.
 *
 * @param column what changed; null: the row is gone, which only some references do
 */
function causesOf(
  { before, after, bare, references }: Effect,
  table: string,
  row: Row | undefined,
  column: string | null,
): Cause[] {
  return references.flatMap((reference) => {
    if (reference.table !== table || !row) return [];
    const { columns, parent, parentColumns, onDelete } = reference;
    if (column === null ? onDelete !== 'cascade' : !columns.includes(column)) return [];
    const values = valuesOf(row, columns);
    // Another row has the key now, as after a replacement: what refers to it could have stayed.
    if (rowWith(after.get(parent), parentColumns, values) !== undefined) return [];
    const tag = rowWith(before.get(parent), parentColumns, values);
    if (tag === undefined) return [];
    const moved = column !== null && (after.get(parent)?.has(tag) ?? false);
    const stays = [...bare.values()].some((rows) => rows.has(tag));
    return [{ tag, columns, moved, stays }];
  });
}

/** Keys of different types are compared as the foreign key does. */
const loose = (value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

export function same(one: unknown, other: unknown): boolean {
  if (one instanceof Uint8Array && other instanceof Uint8Array) {
    return Buffer.compare(one, other) === 0;
  }
  return Object.is(one, other);
}

/** Rows of a dump that were there before a revision, whatever their table is called now. */
export function rowOf(
  dump: Dump,
  fates: Readonly<Record<string, Fate>>,
  table: string,
  tag: string,
) {
  const fate = fates[table];
  return fate?.now == null ? undefined : dump.get(fate.now)?.get(tag);
}

export function tagOf(row: Row): string | null {
  const tag = row[TAG];
  return typeof tag === 'string' ? tag : null;
}

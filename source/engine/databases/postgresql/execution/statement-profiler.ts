/**
 * Measures what a statement does on PostgreSQL: locks, tables written anew, indexes built, rows.
 *
 * All of it is seen from inside the transaction, on the same connection: locks are held until it
 * ends, and so a statement's are those that are new after it. Outside of a transaction they are
 * gone before anybody can look; rows are counted there from version 15 on.
 */

import type { Lock, LockMode, RowsChanged } from '../../../../contract/rehearsal.ts';
import { isRollbackTo } from '../../../run/savepoints.ts';
import type { Counted, Measurement, Meter, RowCounts } from '../../measurement.ts';
import { NOTHING } from '../../measurement.ts';
import type { RawQuery } from '../../raw-query.ts';
import { Witnesses } from '../analysis/witness.ts';
import {
  isOfRows,
  type Name,
  type RowFacts,
  readStatement,
  type StatementFacts,
} from '../parser/statement.ts';
import {
  isAtLeast,
  isNamed,
  type Relation,
  readState,
  type State,
  shownName,
} from './relations.ts';

/** So many statements about the rows of one table are taken for a loop. */
const LOOP = 20;

export class PostgresqlMeter implements Meter {
  /** By oid, as they were before the statement. */
  readonly #relations = new Map<number, Relation>();
  /** Made by the pass, so that nobody else can miss them. */
  readonly #made = new Set<number>();
  /** The transaction that was looked at last; null before the first look and outside of one. */
  #transaction: string | null = null;
  #held: ReadonlyMap<number, LockMode> = new Map();
  #wal = 0;
  /** The counters of rows are behind. */
  #stale = false;
  /** What names mean may have changed. */
  #reset = false;
  #path: readonly string[] = [];
  /** How many statements about rows of a table were measured, by its oid. */
  readonly #measured = new Map<number, number>();
  /** Every statement was seen to be a transaction of its own. */
  #alone = false;
  /** And nobody counts what it did. */
  #uncounted = false;
  /** What the driver told since the counters were read, by oid. */
  readonly #told = new Map<number, RowCounts>();
  /** Rows of the tables that the statement will truncate, which no counter tells. */
  #truncated: readonly (RowsChanged & { readonly oid: number })[] = [];
  readonly #witnesses = new Witnesses();

  async before(sql: string, query: RawQuery): Promise<void> {
    if (isRollbackTo(sql)) {
      // It has no rows of its own, and what names mean is what it was.
      this.#stale = true;
      this.#reset = true;
      return;
    }
    const facts = await readStatement(sql);
    if (isSetting(sql) || this.#isTold(facts)) return;
    await this.#catchUp(query);
    this.#truncated = await this.#rowsToTruncate(facts, query);
    const looked = await this.#witnesses.choose(query);
    // Counting reads the tables, and that is not the statement's doing.
    if (this.#truncated.length > 0 || looked) this.#keep(await readState(query, 'locked'));
  }

  async after(sql: string, query: RawQuery, told: number | null): Promise<Measurement> {
    const facts = await readStatement(sql);
    if (isSetting(sql)) {
      this.#stale = true;
      this.#reset = true;
      return NOTHING;
    }
    if (this.#isTold(facts)) {
      this.#stale = true;
      return { ...this.#rowsTold(facts, told), locks: this.#alone ? null : [] };
    }
    const began = this.#transaction;
    const inside = await readState(query, 'locked');
    this.#alone = inside.transaction !== began;
    const state = this.#alone ? await readState(query, 'all') : inside;
    this.#uncounted = this.#alone && !state.countsEnded;
    const files = this.#filesOf(state, facts);
    const emptied = await this.#witnesses.missing(facts, this.#relations, state, query);
    const measurement = {
      ...(this.#uncounted
        ? this.#rowsTold(facts, told)
        : this.#rowsOf(state, facts, told, emptied)),
      ...files,
      scanned: this.#alone ? [] : this.#scans(state),
      locks: this.#alone ? null : this.#newLocks(state),
      wal: state.wal - this.#wal,
    };
    this.#keep(state);
    for (const name of facts.flatMap(emptiedBy)) {
      const oid = this.#find(name)?.oid;
      if (oid !== undefined) this.#witnesses.watch(oid);
    }
    for (const name of facts.filter(isOfRows).map(({ table }) => table)) {
      const oid = this.#find(name)?.oid ?? 0;
      this.#measured.set(oid, (this.#measured.get(oid) ?? 0) + 1);
    }
    if (this.#alone) this.#transaction = null;
    return measurement;
  }

  async committed(query: RawQuery): Promise<Counted | null> {
    if (this.#transaction === null) return null;
    const state = await readState(query, 'all');
    const { tables } = this.#changesOf(state);
    this.#keep(state);
    this.#transaction = null;
    const { path, countsEnded } = state;
    return countsEnded && tables.size > 0 ? { told: null, tables, path } : null;
  }

  /**
   * Whether the driver tells all that matters, so that loops over rows stay quick: rows of a table
   * that many statements changed before, or rows where no counter can be read.
   */
  #isTold(facts: readonly StatementFacts[]): boolean {
    const [only, ...more] = facts;
    if (only === undefined || more.length > 0 || !isOfRows(only) || this.#reset) return false;
    if (this.#uncounted) return true;
    const relation = this.#find(only.table);
    const locked = () => isAtLeast(this.#held.get(relation?.oid ?? 0), 'ROW EXCLUSIVE');
    if (!relation?.plain || !(this.#alone || locked())) return false;
    return (this.#measured.get(relation.oid) ?? 0) >= LOOP;
  }

  async #catchUp(query: RawQuery): Promise<void> {
    if (this.#transaction !== null && !this.#stale) return;
    const known = this.#transaction;
    const state = await readState(query, known === null || this.#reset ? 'all' : 'locked');
    const same = known === null || known === state.transaction;
    this.#keep(same ? state : await readState(query, 'all'));
    this.#reset = false;
  }

  #keep(state: State): void {
    for (const relation of state.relations) this.#relations.set(relation.oid, relation);
    this.#transaction = state.transaction;
    this.#held = state.locks;
    this.#wal = state.wal;
    this.#stale = false;
    this.#path = state.path;
    this.#told.clear();
  }

  #newLocks({ locks, relations }: State): readonly Lock[] {
    const now = new Map(relations.map((relation) => [relation.oid, relation]));
    return [...locks].flatMap(([oid, mode]): Lock[] => {
      // Under the name that others know.
      const relation = this.#relations.get(oid) ?? now.get(oid);
      if (!relation || this.#made.has(oid) || isAtLeast(this.#held.get(oid), mode)) return [];
      // Every use of a table takes a weak lock on its indexes and sequences.
      if (!TABLES.has(relation.kind) && !isAtLeast(mode, 'SHARE UPDATE EXCLUSIVE')) return [];
      return [{ relation: shownName(relation), mode }];
    });
  }

  /** What was written into new files. Tells what is new from what was there. */
  #filesOf(
    { relations }: State,
    facts: readonly StatementFacts[],
  ): Pick<Measurement, 'rewritten' | 'built'> {
    const truncates = facts.some(({ kind }) => kind === 'truncate');
    for (const { oid, kind } of relations) {
      if (!this.#relations.has(oid) && !INDEXES.has(kind)) this.#made.add(oid);
    }
    const written = relations.filter(({ oid, file, kind }) => {
      const known = this.#relations.get(oid);
      if (known === undefined) return INDEXES.has(kind);
      return known.file !== file && !truncates;
    });
    const rewritten = written.filter(({ oid, kind }) => FILED.has(kind) && !this.#made.has(oid));
    const tables = new Set(rewritten.map(({ oid }) => oid));
    const built = written.flatMap(({ oid, kind, table, ...relation }) => {
      if (!INDEXES.has(kind) || table === null) return [];
      if (!this.#relations.has(oid)) this.#made.add(oid);
      if (this.#made.has(table) || tables.has(table)) return [];
      const owner = relations.find((each) => each.oid === table) ?? this.#relations.get(table);
      return owner
        ? [{ index: shownName({ oid, kind, table, ...relation }), table: shownName(owner) }]
        : [];
    });
    return { rewritten: rewritten.map(shownName), built };
  }

  #scans({ relations }: State): readonly string[] {
    return relations
      .filter(({ oid, kind, scans }) => {
        const known = this.#relations.get(oid);
        return known && FILED.has(kind) && !this.#made.has(oid) && scans > known.scans;
      })
      .map(shownName);
  }

  #rowsOf(
    state: State,
    facts: readonly StatementFacts[],
    told: number | null,
    emptied: readonly number[],
  ): Pick<Measurement, 'changed' | 'affected' | 'counted' | 'rebuilds'> {
    const named = facts.flatMap(tablesOf);
    const rows = new Map<string, RowsChanged>();
    const { relations, tables } = this.#changesOf(state);
    for (const [relation, { inserted, updated, deleted }] of relations) {
      const root =
        relation.root === null ? relation : (this.#relations.get(relation.root) ?? relation);
      const table = shownName(root);
      const indirect = !named.some((name) => isNamed(root, name) || isNamed(relation, name));
      const changed = inserted + updated + deleted + (rows.get(table)?.rows ?? 0);
      rows.set(table, { table, rows: changed, indirect });
    }
    return {
      ...summed([
        ...rows.values(),
        ...this.#truncated.flatMap(({ oid: _, ...each }) => (each.rows > 0 ? [each] : [])),
      ]),
      counted: {
        told,
        tables,
        path: state.path,
        emptied: emptied.map(String),
        truncated: new Map(this.#truncated.map((each) => [String(each.oid), each.rows])),
      },
    };
  }

  /** Since the counters were read, without what the driver told; of partitions by their root, too. */
  #changesOf({ relations }: State) {
    const changed = new Map<Relation, RowCounts>();
    const tables = new Map<string, RowCounts>();
    for (const relation of relations) {
      const { oid } = relation;
      const known = added(this.#relations.get(oid)?.counts ?? NONE, this.#told.get(oid));
      const counts = since(relation.counts, known);
      if (counts.inserted + counts.updated + counts.deleted === 0) continue;
      changed.set(relation, counts);
      const id = String(relation.root ?? oid);
      tables.set(id, added(counts, tables.get(id)));
    }
    return { relations: changed, tables };
  }

  #rowsTold(facts: readonly StatementFacts[], told: number | null): Measurement {
    const [only, ...more] = facts.filter(isOfRows);
    const relation = only && this.#find(only.table);
    if (!relation || more.length > 0 || !told) return NOTHING;
    const counts = toldOf(only, told);
    this.#told.set(relation.oid, added(counts, this.#told.get(relation.oid)));
    const counted = this.#uncounted
      ? null
      : { told, tables: new Map([[String(relation.oid), counts]]), path: this.#path };
    return {
      ...NOTHING,
      ...summed([{ table: shownName(relation), rows: told, indirect: false }]),
      counted,
    };
  }

  async #rowsToTruncate(
    facts: readonly StatementFacts[],
    query: RawQuery,
  ): Promise<readonly (RowsChanged & { readonly oid: number })[]> {
    const rows: (RowsChanged & { readonly oid: number })[] = [];
    for (const fact of facts) {
      if (fact.kind !== 'truncate') continue;
      const named = fact.tables.flatMap((table) => this.#find(table) ?? []);
      const oids = named.map(({ oid }) => oid);
      for (const { oid, text } of await truncatedBy(oids, fact.cascade, query)) {
        const relation = this.#relations.get(Number(oid));
        const [counted] = await query(`select count(*) as rows from ${text}`);
        const count = Number(counted?.rows);
        if (!relation) continue;
        const indirect = !oids.includes(relation.oid);
        rows.push({ table: shownName(relation), rows: count, indirect, oid: relation.oid });
      }
    }
    return rows;
  }

  #find(name: Name): Relation | undefined {
    for (const relation of this.#relations.values()) {
      if (isNamed(relation, name)) return relation;
    }
    return undefined;
  }
}

/** The tables, and those that refer to them if it cascades, as far as their rows may be counted. */
async function truncatedBy(oids: readonly number[], cascade: boolean, query: RawQuery) {
  if (oids.length === 0) return [];
  return query(`with recursive gone (oid) as (
      select unnest(array[${oids.join(', ')}]::oid[])
      union select o.conrelid from pg_constraint o join gone on o.confrelid = gone.oid
        where o.contype = 'f' and ${cascade})
    select oid, oid::regclass::text as text from gone
      where has_schema_privilege((select relnamespace from pg_class c where c.oid = gone.oid), 'usage')
        and has_table_privilege(oid, 'select')`);
}

const NONE: RowCounts = { inserted: 0, updated: 0, deleted: 0 };

/** Less than none is counted where a table was emptied meanwhile. */
function since(now: RowCounts, before: RowCounts = NONE): RowCounts {
  const more = (kind: keyof RowCounts) => Math.max(0, now[kind] - before[kind]);
  return { inserted: more('inserted'), updated: more('updated'), deleted: more('deleted') };
}

function added(one: RowCounts, other: RowCounts = NONE): RowCounts {
  return {
    inserted: one.inserted + other.inserted,
    updated: one.updated + other.updated,
    deleted: one.deleted + other.deleted,
  };
}

/** Of a table whose rows nothing else can change by the way. */
function toldOf(facts: RowFacts, rows: number): RowCounts {
  switch (facts.kind) {
    case 'delete':
      return { ...NONE, deleted: rows };
    case 'update':
      return { ...NONE, updated: rows };
    case 'insert':
      return { ...NONE, inserted: rows, updated: facts.sets.length > 0 ? rows : 0 };
    case 'merge':
      return { inserted: rows, updated: rows, deleted: facts.deletes ? rows : 0 };
  }
}

/** What the statement names comes first; the server has no order. */
function summed(rows: readonly RowsChanged[]) {
  const changed = rows.toSorted(
    (a, b) => Number(a.indirect) - Number(b.indirect) || (a.table < b.table ? -1 : 1),
  );
  const affected = changed.reduce((sum, each) => sum + (each.indirect ? 0 : each.rows), 0);
  return { changed, affected, rebuilds: null };
}

/** `pg_class.relkind`: of what holds rows or looks so to others, of what has a file, of indexes. */
const TABLES: ReadonlySet<string> = new Set(['r', 'p', 'm', 'v', 'f']);
const FILED: ReadonlySet<string> = new Set(['r', 'm']);
const INDEXES: ReadonlySet<string> = new Set(['i', 'I']);

/** It must come before any query of its transaction, or has no effect on tables. */
function isSetting(sql: string): boolean {
  return /^\s*(set|reset|show)\b[^;]*;?\s*$/i.test(sql);
}

/** Whose rows a statement says that it changes. */
function tablesOf(facts: StatementFacts): readonly Name[] {
  if (facts.kind === 'refresh') return [facts.view];
  return isOfRows(facts) || facts.kind === 'create-table' ? [facts.table] : [];
}

/** Tables that a statement takes all rows from, as it says. */
function emptiedBy(facts: StatementFacts): readonly Name[] {
  if (facts.kind === 'truncate') return facts.tables;
  return facts.kind === 'delete' && facts.all ? [facts.table] : [];
}

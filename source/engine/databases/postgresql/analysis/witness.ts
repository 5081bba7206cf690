/**
 * Rows that show whether code empties tables. Truncating is in no counter, and writes no new file
 * where the same transaction emptied the table before.
 */

import type { RawQuery } from '../../raw-query.ts';
import type { Relation, State } from '../execution/relations.ts';
import { literal, qualified } from '../parser/sql.ts';
import type { StatementFacts } from '../parser/statement.ts';

/** A row that was there before a statement. */
interface Witness {
  /** Of the table that was asked. */
  readonly oid: number;
  /** Of the partition that holds it, or the same. */
  readonly holder: number;
  readonly place: string;
  /** What made it: another row in its place has another. */
  readonly version: string;
}

/** Of tables that statements emptied, and which may have rows again. */
export class Witnesses {
  readonly #watched = new Set<number>();
  #found: readonly Witness[] = [];

  watch(oid: number): void {
    this.#watched.add(oid);
  }

  /** Returns whether tables were read. */
  async choose(query: RawQuery): Promise<boolean> {
    this.#found = [];
    if (this.#watched.size === 0) return false;
    const readable = await query(`select oid::text as oid, oid::regclass::text as name from pg_class
      where oid in (${[...this.#watched].join(', ')}) and relkind in ('r', 'p')
        and has_schema_privilege(relnamespace, 'usage') and has_table_privilege(oid, 'select')`);
    if (readable.length === 0) return false;
    const rows = await query(
      readable
        .map(
          ({ oid, name }) => `(select ${oid} as oid, tableoid::text as holder, ctid::text as place,
            ${VERSION} as version from ${name} limit 1)`,
        )
        .join(' union all '),
    );
    this.#found = rows.map(({ oid, holder, place, version }) => ({
      oid: Number(oid),
      holder: Number(holder),
      place: String(place),
      version: String(version),
    }));
    return true;
  }

  /**
   * Tables whose row is gone, and no counter tells why.
   *
   * @param known relations as they were before the statement
   */
  async missing(
    facts: readonly StatementFacts[],
    known: ReadonlyMap<number, Relation>,
    { relations }: State,
    query: RawQuery,
  ): Promise<readonly number[]> {
    // Then it says itself what it does.
    if (facts.some(({ kind }) => kind === 'truncate')) return [];
    const gone: number[] = [];
    for (const witness of this.#found) {
      const now = relations.find(({ oid }) => oid === witness.holder);
      const before = known.get(witness.holder);
      if (!now || !before || isCounted(before, now)) continue;
      const left = await leftOf(witness, now, query);
      // A table may be written into a new file with the rows that it has.
      const moved = before.file !== now.file && before.counts.inserted === now.counts.inserted;
      if (moved ? left === 'nothing' : left !== 'witness') gone.push(witness.oid);
    }
    return gone;
  }
}

const VERSION = `xmin::text || ' ' || cmin::text`;

async function leftOf({ place, version }: Witness, now: Relation, query: RawQuery) {
  const table = qualified(now);
  const [row] = await query(`select exists (select from only ${table}
      where ctid = ${literal(place)}::tid and ${VERSION} = ${literal(version)}) as witness,
    exists (select from only ${table}) as rows`);
  return row?.witness === true ? 'witness' : row?.rows === true ? 'others' : 'nothing';
}

/** Rows were changed one by one. To empty a table takes back what its transaction counted before. */
function isCounted(before: Relation, now: Relation): boolean {
  const [was, is] = [before.counts, now.counts];
  if (is.inserted < was.inserted || is.updated < was.updated || is.deleted < was.deleted) {
    return false;
  }
  return is.updated > was.updated || is.deleted > was.deleted;
}

/**
 * Measures what a statement does to rows, in every table.
 *
 * `total_changes()` counts what foreign key actions and triggers do as well
 * (https://sqlite.org/c3ref/total_changes.html), so what is more than the statement's own rows
 * was done by the way; only then are tables counted to say where.
 */

import type { RowsChanged } from '../../../../contract/rehearsal.ts';
import type { Meter } from '../../measurement.ts';
import { NOTHING } from '../../measurement.ts';
import type { RawQuery } from '../../raw-query.ts';
import { literal, quoted } from '../catalogue/schema.ts';
import { readStatement, realTable, type StatementFacts } from '../parser/statement.ts';

/** Counting tables after each of thousands of statements would take for ever. */
const COUNTINGS = 100;

export class SqliteMeter implements Meter {
  /** Rows by table, as far as known; in lower case. */
  readonly #counts: Map<string, number>;
  readonly #rebuilding = new Set<string>();
  /** Rows changed before the present statement. */
  #total = 0;
  #ownRows = 0;
  #countings = 0;

  /** @param counts rows of every table when the pass starts */
  constructor(counts: ReadonlyMap<string, number>) {
    this.#counts = new Map([...counts].map(([name, rows]) => [name.toLowerCase(), rows]));
  }

  async before(sql: string, query: RawQuery): Promise<void> {
    // The record of a revision that ended is written between two statements.
    this.#total = (await changesOf(query)).total;
    const facts = readStatement(sql);
    // Dropping a table that others refer to deletes its rows first, and counts them.
    this.#ownRows =
      facts.kind === 'drop-table' ? await countOf(query, facts.table).catch(() => 0) : 0;
  }

  async after(sql: string, query: RawQuery) {
    const facts = readStatement(sql);
    const { total, own } = await changesOf(query);
    const difference = total - this.#total;
    const rebuilds = this.#rebuilds(facts);
    const changed: RowsChanged[] = [];
    const direct = tableOf(facts);
    // What `changes()` says stays as it was while other statements than these run.
    const affected = direct === null ? this.#ownRows : own;
    if (direct !== null && affected > 0) {
      changed.push({ table: direct, rows: affected, indirect: false });
      this.#add(direct, facts.kind === 'insert' ? affected : 0);
      this.#add(direct, facts.kind === 'delete' ? -affected : 0);
    }
    // `create table … as select` and `alter table` count no rows, or only those they name.
    const expected = difference >= affected ? affected : 0;
    const byTheWay = Math.max(0, difference - expected);
    if (byTheWay > 0) changed.push(...(await this.#indirect(byTheWay, facts, query)));
    this.#followNames(facts);
    return { ...NOTHING, affected, changed, rebuilds };
  }

  /** Where rows changed that the statement did not name. */
  async #indirect(rows: number, facts: StatementFacts, query: RawQuery): Promise<RowsChanged[]> {
    if (this.#countings++ >= COUNTINGS) {
      return [{ table: 'other tables', rows, indirect: true }];
    }
    const own = 'table' in facts ? facts.table.toLowerCase() : '';
    const found: RowsChanged[] = [];
    let explained = 0;
    const tables = await query(
      `select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\'`,
    );
    for (const { name } of tables) {
      const table = String(name);
      const known = this.#counts.get(table.toLowerCase());
      const now = await countOf(query, table).catch(() => known ?? 0);
      this.#counts.set(table.toLowerCase(), now);
      if (known === undefined || known === now || table.toLowerCase() === own) continue;
      found.push({ table, rows: Math.abs(known - now), indirect: true });
      explained += Math.abs(known - now);
    }
    // Rows that are still there and have other values: set null, set default, triggers.
    if (explained < rows) {
      const counted = new Set(found.map(({ table }) => table.toLowerCase()));
      const candidates = (await referring(query, [own, ...counted])).filter(
        (table) => !counted.has(table.toLowerCase()) && table.toLowerCase() !== own,
      );
      const [only] = candidates;
      const table = candidates.length === 1 && only !== undefined ? only : 'other tables';
      found.push({ table, rows: rows - explained, indirect: true });
    }
    return found;
  }

  #rebuilds(facts: StatementFacts): string | null {
    if (!('table' in facts)) return null;
    const real = realTable(facts.table);
    if (facts.kind === 'create-table' && real !== facts.table) this.#rebuilding.add(real);
    return this.#rebuilding.has(real) ? real : null;
  }

  #followNames(facts: StatementFacts): void {
    switch (facts.kind) {
      case 'create-table':
        this.#counts.set(facts.table.toLowerCase(), 0);
        break;
      case 'drop-table':
        this.#counts.delete(facts.table.toLowerCase());
        break;
      case 'rename-table': {
        const rows = this.#counts.get(facts.table.toLowerCase());
        this.#counts.delete(facts.table.toLowerCase());
        if (rows !== undefined) this.#counts.set(facts.to.toLowerCase(), rows);
        this.#rebuilding.delete(facts.to);
        break;
      }
      default:
    }
  }

  #add(table: string, rows: number): void {
    const known = this.#counts.get(table.toLowerCase());
    if (known !== undefined) this.#counts.set(table.toLowerCase(), known + rows);
  }
}

export function tableOf(facts: StatementFacts): string | null {
  return facts.kind === 'insert' || facts.kind === 'update' || facts.kind === 'delete'
    ? facts.table
    : null;
}

export async function changesOf(query: RawQuery): Promise<{ total: number; own: number }> {
  const [row] = await query('select total_changes() as "total", changes() as "own"');
  return { total: Number(row?.total ?? 0), own: Number(row?.own ?? 0) };
}

export async function countOf(query: RawQuery, table: string): Promise<number> {
  const [row] = await query(`select count(*) as "n" from ${quoted(table)}`);
  return Number(row?.n ?? 0);
}

/** Tables with a foreign key to one of these. */
async function referring(query: RawQuery, tables: readonly string[]): Promise<string[]> {
  const names = tables.map(literal).join(', ');
  const rows = await query(
    `select distinct s.name as "name" from sqlite_schema s
      join pragma_foreign_key_list(s.name) f
      where s.type = 'table' and lower(f."table") in (${names})`,
  );
  return rows.map(({ name }) => String(name));
}

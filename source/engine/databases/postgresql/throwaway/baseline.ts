/**
 * A state of a throwaway, kept in temporary tables of the session that keeps watch over it: nobody
 * else sees them, they cost no WAL, and they go with the session.
 *
 * Values are kept as text, so that no table or type of the project has something that depends on it
 * and would keep a revision from changing it.
 */

import type { SchemaObject } from '../../catalogue.ts';
import type { RawQuery } from '../../raw-query.ts';
import type { Mark, Tables } from '../../throwaway.ts';
import { type LargeObjects, readLargeObjects } from '../analysis/large-objects.ts';
import { type Sequences, sequencesOf } from '../analysis/sequences.ts';
import { readStanding, type Standing } from '../analysis/standing.ts';
import type { Table } from '../catalogue/table.ts';
import { readShape, type Shape } from '../catalogue/table-columns.ts';
import { readTables } from '../catalogue/table-facts.ts';
import { invalidIndexes } from '../doctor/invalid-indexes.ts';
import { qualified, quoted } from '../parser/sql.ts';

export interface KeptTable {
  /** As it was. */
  readonly table: Table;
  /** Of the temporary table. */
  readonly kept: string;
  /** Of another one, for what judgements have seen of its rows; not there before the first. */
  readonly seen: string;
  readonly rows: number;
}

export interface PostgresqlMark extends Mark {
  readonly shape: Shape;
  /** By oid. */
  readonly tables: ReadonlyMap<string, KeptTable>;
  readonly sequences: Sequences;
  readonly largeObjects: LargeObjects;
  readonly sizes: Tables;
  readonly standing: readonly Standing[];
  /** Indexes that could not be built, by oid. */
  readonly invalid: ReadonlySet<string>;
}

/** The name of a column in the table that keeps it. */
export function keptColumn(number: number): string {
  return `a${number}`;
}

/** Rows of its own: not those of tables that inherit from it. */
export function rowsOf(table: Table): string {
  return `${table.partitioned ? '' : 'only '}${qualified(table)}`;
}

/**
 * @param number of the mark within the session
 * @param except the table that records revisions
 */
export async function makeMark(
  query: RawQuery,
  number: number,
  except: string,
  objects: () => Promise<readonly SchemaObject[]>,
): Promise<PostgresqlMark> {
  const shape = await readShape(query, except);
  const tables = new Map<string, KeptTable>();
  for (const [at, table] of shape.tables.entries()) {
    const kept = `pg_temp.mark_${number}_${at}`;
    const columns = table.columns.map(
      ({ name, number: place }) => `${quoted(name)}::text as ${keptColumn(place)}`,
    );
    await query(`create table ${kept} as select ${columns.join(', ')} from ${rowsOf(table)}`);
    const [count] = await query(`select count(*) as n from ${kept}`);
    tables.set(table.oid, { table, kept, seen: `${kept}_seen`, rows: Number(count?.n ?? 0) });
  }
  return {
    shape,
    tables,
    sequences: await sequencesOf(query),
    largeObjects: await readLargeObjects(query),
    sizes: await readTables(query),
    standing: await readStanding(query, except),
    invalid: new Set((await invalidIndexes(query)).map(({ oid }) => oid)),
    objects: await objects(),
    rows: [...tables.values()].reduce((sum, { rows }) => sum + rows, 0),
    async release() {
      const names = [...tables.values()].flatMap(({ kept, seen }) => [kept, seen]);
      if (names.length > 0) await query(`drop table if exists ${names.join(', ')}`);
    },
  };
}

/** What is not the same in two databases: every object of the schema, and every row, both ways. */

import { DatabaseSync } from 'node:sqlite';
import type { ColumnDifference, RowDifference } from '../losses.ts';
import { Comparison } from './compare.ts';
import { describeSchema, readSchema, type Schema, sameName, sequencesOf } from './schema.ts';

export interface TableDifference {
  readonly table: string;
  /** Rows of the first that the second has not, and the other way round. */
  readonly missing: RowDifference;
  readonly extra: RowDifference;
  /** Rows that both have, with other values. */
  readonly changed: readonly ColumnDifference[];
}

export interface DatabaseDifference {
  /** Objects as text; null where there is none. */
  readonly schema: readonly {
    readonly id: string;
    readonly first: string | null;
    readonly second: string | null;
  }[];
  /** Tables that both have, with differences only. */
  readonly tables: readonly TableDifference[];
  /** Where numbers of new rows go on, by table. */
  readonly sequences: readonly {
    readonly table: string;
    readonly first: number;
    readonly second: number;
  }[];
}

/**
 * @param except the table that records revisions
 * @param again made just as the first was: where the two differ, time or chance made the values,
 *   and the second may have others
 */
export function differenceBetween(
  first: string,
  second: string,
  except: string,
  again: string | null = null,
): DatabaseDifference {
  const [one, other] = [first, second].map((path) => read(path, except)) as [Read, Read];
  using forth = new Comparison(second, first, { again });
  using back = new Comparison(first, second);
  const tables = one.schema.tables.flatMap((table): TableDifference[] => {
    const pair = other.schema.tables.find(({ name }) => sameName(name, table.name));
    if (!pair || table.virtual || pair.virtual) return [];
    const columns = table.columns.flatMap((column) => {
      const same = pair.columns.find(({ name }) => sameName(name, column.name));
      return same && !column.generated && !same.generated ? [[column, same] as const] : [];
    });
    const { lost, columns: changed } = forth.compare({ before: table, after: pair, columns });
    const turned = columns.map(([a, b]) => [b, a] as const);
    const extra = back.compare({ before: pair, after: table, columns: turned });
    // As many rows of chance as there should be.
    const surplus = Math.max(0, extra.rowsBefore - extra.rowsAfter + lost.rows);
    const more = again === null ? extra.lost : { ...extra.lost, rows: surplus };
    if (lost.rows === 0 && more.rows === 0 && changed.length === 0) return [];
    return [{ table: table.name, missing: lost, extra: more, changed }];
  });
  return {
    schema: schemaDifference(one.schema, other.schema),
    tables,
    sequences: numbers(one, other),
  };
}

interface Read {
  readonly schema: Schema;
  readonly sequences: ReadonlyMap<string, number>;
}

function read(path: string, except: string): Read {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  try {
    return { schema: readSchema(database, except), sequences: sequencesOf(database) };
  } finally {
    database.close();
  }
}

function schemaDifference(one: Schema, other: Schema): DatabaseDifference['schema'] {
  const [first, second] = [one, other].map(
    (schema) => new Map(describeSchema(schema).map(({ id, text }) => [id, text])),
  ) as [Map<string, string>, Map<string, string>];
  return [...new Set([...first.keys(), ...second.keys()])].flatMap((id) => {
    const texts = { first: first.get(id) ?? null, second: second.get(id) ?? null };
    return texts.first === texts.second ? [] : [{ id, ...texts }];
  });
}

function numbers(one: Read, other: Read): DatabaseDifference['sequences'] {
  return one.schema.tables.flatMap(({ name, autoincrement }) => {
    const [first, second] = [one.sequences.get(name) ?? 0, other.sequences.get(name) ?? 0];
    return autoincrement && first !== second ? [{ table: name, first, second }] : [];
  });
}

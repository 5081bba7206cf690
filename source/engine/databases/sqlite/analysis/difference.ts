/** What is not the same in two databases: every object of the schema, and every row, both ways. */

import { DatabaseSync } from 'node:sqlite';
import { plural } from '../../../../text/format.ts';
import type { SchemaObject } from '../../catalogue.ts';
import type { ColumnDifference, RowDifference } from '../../data-loss-findings.ts';
import type { StateDifference } from '../../throwaway.ts';
import {
  describeSchema,
  readSchema,
  type Schema,
  sameName,
  sequencesOf,
} from '../catalogue/schema.ts';
import { Comparison } from './compare.ts';

interface TableDifference {
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
    readonly table: string;
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
    (schema) => new Map(describeSchema(schema).map((object) => [object.id, object])),
  ) as [Map<string, SchemaObject>, Map<string, SchemaObject>];
  return [...new Map([...second, ...first])].flatMap(([id, { table }]) => {
    const texts = { first: first.get(id)?.text ?? null, second: second.get(id)?.text ?? null };
    return texts.first === texts.second ? [] : [{ id, table, ...texts }];
  });
}

function numbers(one: Read, other: Read): DatabaseDifference['sequences'] {
  return one.schema.tables.flatMap(({ name, autoincrement }) => {
    const [first, second] = [one.sequences.get(name) ?? 0, other.sequences.get(name) ?? 0];
    return autoincrement && first !== second ? [{ table: name, first, second }] : [];
  });
}

/** In words, of a state that should have been reached (the first) and one that was. */
export function describeDifference(difference: DatabaseDifference): readonly StateDifference[] {
  const { schema, tables, sequences } = difference;
  return [
    ...schema.map(
      ({ id, table, first, second }): StateDifference => ({
        kind: 'schema',
        table,
        column: null,
        what: first === null ? `${id} is too many` : second === null ? `${id} is missing` : id,
      }),
    ),
    ...tables.flatMap(({ table, missing, extra, changed }): StateDifference[] => [
      ...(missing.rows > 0
        ? [
            {
              kind: 'rows',
              table,
              column: null,
              what: `${table} lacks ${rowsIn(missing)}`,
            } as const,
          ]
        : []),
      ...(extra.rows > 0
        ? [
            {
              kind: 'rows',
              table,
              column: null,
              what: `${table} has ${rowsIn(extra)} too many`,
            } as const,
          ]
        : []),
      ...changed.map(
        ({ column, rows, keys }): StateDifference => ({
          kind: 'values',
          table,
          column,
          what: `${plural(rows, 'value')} of ${table}.${column} (${keys.slice(0, SHOWN).join('; ')})`,
        }),
      ),
    ]),
    ...sequences.map(
      ({ table, first, second }): StateDifference => ({
        kind: 'numbers',
        table,
        column: null,
        what: `new rows of ${table} go on from ${second}, and not from ${first}`,
      }),
    ),
  ];
}

function rowsIn({ rows, keys }: RowDifference): string {
  return `${plural(rows, 'row')} (${keys.slice(0, SHOWN).join('; ')})`;
}

const SHOWN = 5;

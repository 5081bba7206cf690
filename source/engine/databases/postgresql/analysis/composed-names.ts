/**
 * Whom a composed statement means: `execute format('drop table %I', name)` says what becomes of the
 * tables that the rest of its block names.
 */

import type { Name, StatementFacts } from '../parser/statement.ts';
import { ANY } from './composed.ts';

/** A table, and what its columns are called now. */
interface Known {
  readonly schema: string;
  readonly name: string;
  readonly columns: ReadonlyMap<string, unknown>;
}

/** A fact that is open, once for each table and column that words of the block can put in the place of `ANY`. */
export function expanded(
  fact: StatementFacts,
  words: readonly string[],
  tables: readonly Known[],
): readonly StatementFacts[] {
  const among = (pattern: string) => new Set(words.map((word) => pattern.replaceAll(ANY, word)));
  const namesOf = (name: Name): readonly Name[] => {
    const [own, schemas] = [among(name.name), among(name.schema ?? '')];
    return tables
      .filter((each) => own.has(each.name) && (name.schema === null || schemas.has(each.schema)))
      .map((each) => ({ ...name, schema: each.schema, name: each.name }));
  };
  const columnsOf = (pattern: string, { schema, name }: Name) => {
    const table = tables.find((each) => each.schema === schema && each.name === name);
    return [...(table?.columns.keys() ?? [])].filter((column) => among(pattern).has(column));
  };
  switch (fact.kind) {
    case 'truncate':
    case 'drop-table':
      return [{ ...fact, tables: fact.tables.flatMap(namesOf) }];
    case 'insert':
    case 'delete':
    case 'merge':
      return namesOf(fact.table).map((table) => ({ ...fact, table }));
    case 'update':
      return namesOf(fact.table).map((table) => ({
        ...fact,
        table,
        columns: fact.columns.flatMap((column) => columnsOf(column, table)),
      }));
    case 'drop-column':
    case 'alter-type':
      return namesOf(fact.table).flatMap((table) =>
        columnsOf(fact.column, table).map((column) => ({ ...fact, table, column })),
      );
    default:
      return [];
  }
}

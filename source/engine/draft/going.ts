/** Columns that a draft drops, as its downgrade has to add them again. */

import type { Column, DatabaseSchema } from '@mikro-orm/sql';
import type { ColumnFacts, SchemaObject } from '../databases/catalogue.ts';

/**
 * Completes what MikroORM reads of columns that no entity has: it knows the type that a domain is
 * made of, and takes every column that a sequence gives numbers to for one with its own.
 *
 * @param objects of the same database, of the schema that goes without saying if they have none
 */
export function completeGoing(
  schema: DatabaseSchema,
  entities: DatabaseSchema,
  objects: readonly SchemaObject[],
  usual: string | null,
): DatabaseSchema {
  const facts = new Map(
    objects.flatMap(({ ref, column }) =>
      column ? [[[ref.schema ?? usual, ref.table, ref.name].join('\n'), column] as const] : [],
    ),
  );
  for (const table of schema.getTables()) {
    const stays = entities.getTable(table.getShortestName());
    for (const column of table.getColumns()) {
      if (stays?.hasColumn(column.name)) continue;
      const own = facts.get([table.schema ?? usual, table.name, column.name].join('\n'));
      if (own) complete(column, own);
    }
  }
  return schema;
}

function complete(column: Column, { type, base, notNull, numbersFrom }: ColumnFacts): void {
  if (type !== base) {
    column.type = type;
    // The domain says what else it is.
    column.nullable = !notNull;
  }
  if (numbersFrom !== null) {
    column.autoincrement = false;
    column.default = numbersFrom;
  }
}

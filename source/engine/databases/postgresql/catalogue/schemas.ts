/** Schemas that have a record of applied revisions each. */

import type { RecordTable, SchemaQueries } from '../../catalogue.ts';
import { literal, ownSchemas, qualified, quoted } from '../parser/sql.ts';

/** What a connection uses that is told nothing else, and other schemas refer to. */
const SHARED = 'public';

/** Schemas that revisions may change: not those that have a record of their own. */
export function ofTarget({ schema, name }: RecordTable): string {
  return `${ownSchemas} and (n.nspname in (${literal(schema ?? SHARED)}, ${literal(SHARED)})
    or not exists (select from pg_class r
      where r.relnamespace = n.oid and r.relname = ${literal(name)}))`;
}

/** A record by its name for people. MikroORM takes a dot for the end of the schema (MigrationStorage.js). */
export function recordNamed(shown: string): RecordTable {
  const dot = shown.lastIndexOf('.');
  return { schema: dot < 0 ? null : shown.slice(0, dot), name: shown.slice(dot + 1) };
}

export const schemaQueries: SchemaQueries = {
  all: (table) => `select n.nspname as name, c.oid is not null as recorded
    from pg_namespace n left join pg_class c on c.relnamespace = n.oid
      and c.relname = ${literal(table)} and c.relkind in ('r', 'p')
    where ${ownSchemas}
    order by n.nspname collate "C"`,

  // Most schemas stand the same way, so that the server sends few records for many of them.
  records: (schemas, table) => {
    const each = schemas.map(
      (schema) => `select ${literal(schema)} as schema,
        (select json_agg(name order by id) from ${qualified({ schema, name: table })})::text as names`,
    );
    return `select json_agg(schema)::text as schemas, coalesce(names, '[]') as names
      from (${each.join(' union all ')}) as record group by names`;
  },

  enter: (schema) => `set local search_path to ${quoted(schema)}`,
};

/** Indexes that a concurrent build left half-done: kept up to date, and never used. */

import type { RawQuery } from '../dialect.ts';
import { ownSchemas } from './sql.ts';

export interface InvalidIndex {
  readonly oid: string;
  readonly schema: string;
  /** Of the index. */
  readonly name: string;
  readonly table: string;
}

/** https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY */
export async function invalidIndexes(query: RawQuery): Promise<readonly InvalidIndex[]> {
  const rows = await query(
    `select c.oid::text as oid, n.nspname as schema, c.relname as name, t.relname as table
      from pg_index i join pg_class c on c.oid = i.indexrelid
        join pg_class t on t.oid = i.indrelid join pg_namespace n on n.oid = t.relnamespace
      where not i.indisvalid and t.relkind <> 'p' and ${ownSchemas}`,
  );
  return rows as unknown as readonly InvalidIndex[];
}

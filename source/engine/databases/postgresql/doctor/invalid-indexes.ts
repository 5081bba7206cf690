/** Indexes that a concurrent build left half-done: kept up to date, and never used. */

import type { RawQuery } from '../../raw-query.ts';
import { ownSchemas } from '../parser/sql.ts';

export interface InvalidIndex {
  readonly oid: string;
  readonly schema: string;
  /** Of the index. */
  readonly name: string;
  readonly table: string;
}

/**
 * Those of tables on which an index is being built now are left out: they may yet become valid.
 * https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
 */
export function invalidIndexes(query: RawQuery): Promise<readonly InvalidIndex[]> {
  return query<InvalidIndex>(
    `select c.oid::text as oid, n.nspname as schema, c.relname as name, t.relname as table
      from pg_index i join pg_class c on c.oid = i.indexrelid
        join pg_class t on t.oid = i.indrelid join pg_namespace n on n.oid = t.relnamespace
      where not (i.indisvalid and i.indisready) and t.relkind <> 'p' and ${ownSchemas}
        and not exists (select from pg_stat_progress_create_index p
          where p.datname = current_database() and (p.relid = t.oid or p.relid is null))
      order by n.nspname, c.relname`,
  );
}

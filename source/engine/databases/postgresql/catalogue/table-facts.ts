/** How large tables are and who uses them, only read: at the target, and on the throwaway. */

import type { RawQuery } from '../../raw-query.ts';
import type { TableFacts, Tables } from '../../throwaway.ts';

export async function readTables(query: RawQuery): Promise<Tables> {
  const rows = await query(QUERY);
  return new Map(
    rows.map((row): [string, TableFacts] => [
      String(row.table),
      {
        rows: Number(row.rows) < 0 ? null : Number(row.rows),
        bytes: Number(row.bytes),
        empty: row.empty === true,
        partitioned: row.partitioned === true,
        sessions: Number(row.sessions),
        uses: Number(row.uses),
        lastUsed: row.last === null ? null : String(row.last),
      },
    ]),
  );
}

/**
 * Sizes come from the catalogue where partitions are summed up, all others from the files. Columns
 * that only newer servers have are read through JSON.
 */
const QUERY = `
  with held as (
    select l.relation, count(distinct l.pid) as sessions
      from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'relation' and l.granted and l.pid <> pg_backend_pid()
        and l.database = (select oid from pg_database where datname = current_database())
        and a.application_name not like 'handrail %'
      group by l.relation
  ), parts as (
    select c.oid, p.relid from pg_class c
      cross join lateral (
        select t.relid::oid as relid from pg_partition_tree(c.oid) t where c.relkind = 'p' and t.isleaf
        union all select c.oid where c.relkind <> 'p') p
      where c.relkind in ('r', 'p', 'm') and c.oid >= 16384 and c.relpersistence <> 't'
  ), sums as (
    select p.oid, sum(pg_total_relation_size(p.relid)) as bytes,
      sum(pg_relation_size(p.relid)) = 0 as empty,
      case when min(c.reltuples) < 0 then -1 else sum(c.reltuples) end as rows,
      sum(coalesce(s.idx_scan, 0) + s.n_tup_ins + s.n_tup_upd + s.n_tup_del) as uses,
      max(to_jsonb(s) ->> 'last_idx_scan') as last,
      max(h.sessions) as sessions
    from parts p join pg_class c on c.oid = p.relid
      left join pg_stat_user_tables s on s.relid = p.relid
      left join held h on h.relation = p.relid or h.relation = p.oid
    group by p.oid
  )
  select case when pg_table_is_visible(c.oid) then c.relname::text
      else n.nspname || '.' || c.relname end as table,
    c.relkind = 'p' as partitioned, coalesce(s.rows, 0)::bigint as rows,
    coalesce(s.bytes, 0)::bigint as bytes, coalesce(s.empty, true) as empty,
    coalesce(s.sessions, 0) as sessions, coalesce(s.uses, 0) as uses, s.last
  from pg_class c join pg_namespace n on n.oid = c.relnamespace left join sums s on s.oid = c.oid
  where c.relkind in ('r', 'p', 'm') and c.oid >= 16384
    and n.nspname not in ('pg_toast', 'information_schema') and c.relpersistence <> 't'`;

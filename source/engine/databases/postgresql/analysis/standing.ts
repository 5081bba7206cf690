/** What a schema has that may be taken along when something else is dropped. */

import type { ObjectRef } from '../../../../contract/object-ref.ts';
import type { RawQuery } from '../../raw-query.ts';
import { notTable, ownSchemas } from '../parser/sql.ts';

export interface Standing {
  /** Catalogue and numbers. */
  readonly id: string;
  readonly kind: ObjectRef['kind'] | 'default' | 'not null';
  readonly schema: string;
  /** Of the table that it is a part of; null for what stands alone. */
  readonly table: string | null;
  /** Its number. */
  readonly owner: string | null;
  readonly name: string;
  /** Columns of that table that it has to do with, by number. */
  readonly columns: readonly number[];
  /** It is one of a partition, or of a table that inherits it, for one of the whole table or parent, and goes with that. */
  readonly part: boolean;
}

/** What a column is defined with, where it is written out. */
export const DEFINING: ReadonlySet<Standing['kind']> = new Set(['default', 'identity', 'not null']);

/** @param except the table that records revisions */
export async function readStanding(query: RawQuery, except: string): Promise<readonly Standing[]> {
  return query<Standing>(`
    with own as (
      select c.oid, c.relname::text as name, c.relkind, c.relispartition as partition,
        c.relowner, c.relacl as acl, c.relrowsecurity as rowsecurity,
        n.nspname::text as schema
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where ${ownSchemas} and c.relpersistence <> 't' and ${notTable('c.oid', except)}
    ), found as (
      select 'pg_class'::regclass as catalogue, o.oid, 0 as sub,
        case o.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table'
          else 'table' end as kind,
        o.schema, h.inhparent as owner, o.name, '{}'::int2[] as columns
      from own o left join pg_inherits h on h.inhrelid = o.oid and o.partition
      where o.relkind in ('r', 'p', 'f', 'v', 'm')
      union all
      select 'pg_class'::regclass, o.oid, 0, 'sequence', o.schema, d.refobjid, o.name,
        case when d.refobjid is null then '{}' else array[d.refobjsubid::int2] end
      from own o left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = o.oid
        and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i') and d.refobjsubid > 0
      where o.relkind = 'S' and coalesce(d.deptype, 'a') <> 'i'
      union all
      select 'pg_class'::regclass, o.oid, 0, 'index', t.schema, i.indrelid, o.name, i.indkey::int2[]
      from pg_index i join own o on o.oid = i.indexrelid join own t on t.oid = i.indrelid
      where not exists (select from pg_constraint c where c.conindid = i.indexrelid and c.conrelid = i.indrelid)
      union all
      select 'pg_class'::regclass, o.oid, a.attnum, 'column', o.schema, o.oid, a.attname, array[a.attnum]
      from own o join pg_attribute a on a.attrelid = o.oid
      where o.relkind in ('r', 'p', 'm') and a.attnum > 0 and not a.attisdropped
      union all
      select 'pg_constraint'::regclass, c.oid, 0,
        case c.contype when 'f' then 'foreign key' when 'c' then 'check' when 'u' then 'unique'
          when 'p' then 'primary key' else 'exclusion' end,
        o.schema, c.conrelid, c.conname, coalesce(c.conkey, '{}')
      from pg_constraint c join own o on o.oid = c.conrelid
      where c.contype in ('f', 'c', 'u', 'p', 'x')
      union all
      select 'pg_trigger'::regclass, t.oid, 0, 'trigger', o.schema, t.tgrelid, t.tgname, '{}'
      from pg_trigger t join own o on o.oid = t.tgrelid where not t.tgisinternal
      union all
      select 'pg_policy'::regclass, p.oid, 0, 'policy', o.schema, p.polrelid, p.polname, '{}'
      from pg_policy p join own o on o.oid = p.polrelid
      union all
      select 'pg_rewrite'::regclass, r.oid, 0, 'rule', o.schema, r.ev_class, r.rulename, '{}'
      from pg_rewrite r join own o on o.oid = r.ev_class where r.rulename <> '_RETURN'
      union all
      select 'pg_attrdef'::regclass, d.oid, 0, 'default', o.schema, d.adrelid, a.attname, array[d.adnum]
      from pg_attrdef d join own o on o.oid = d.adrelid
        join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
      where o.relkind in ('r', 'p')
      union all
      -- What has no number of its own gets one beside those of columns.
      select 'pg_attribute'::regclass, o.oid, a.attnum, 'identity', o.schema, o.oid, a.attname, array[a.attnum]
      from own o join pg_attribute a on a.attrelid = o.oid
      where o.relkind in ('r', 'p') and a.attidentity <> '' and a.attnum > 0
      union all
      select 'pg_constraint'::regclass, o.oid, a.attnum, 'not null', o.schema, o.oid, a.attname, array[a.attnum]
      from own o join pg_attribute a on a.attrelid = o.oid
      where o.relkind in ('r', 'p') and a.attnotnull and a.attnum > 0 and not a.attisdropped
      union all
      select 'pg_class'::regclass, o.oid, -1, 'row security', o.schema, o.oid, o.name, '{}'
      from own o where o.rowsecurity
      union all
      select 'pg_class'::regclass, o.oid, -1 - g.number, 'grant', o.schema, o.oid, g.name, '{}'
      from own o, lateral (
        select row_number() over (order by e.grantee, e.privilege_type) as number,
          lower(e.privilege_type) || ' to ' || case e.grantee when 0 then 'public' else pg_get_userbyid(e.grantee) end as name
        from aclexplode(o.acl) e where e.grantee <> o.relowner) g
      where o.relkind in ('r', 'p', 'v', 'm')
      union all
      select 'pg_statistic_ext'::regclass, s.oid, 0, 'statistics', o.schema, s.stxrelid, s.stxname, s.stxkeys::int2[]
      from pg_statistic_ext s join own o on o.oid = s.stxrelid
      union all
      select 'pg_proc'::regclass, p.oid, 0, 'function', n.nspname, null, p.proname, '{}'
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${ownSchemas}
      union all
      select 'pg_type'::regclass, t.oid, 0, case t.typtype when 'e' then 'enum' when 'd' then 'domain' else 'type' end,
        n.nspname, null, t.typname, '{}'
      from pg_type t join pg_namespace n on n.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
      where ${ownSchemas} and (t.typtype in ('e', 'd', 'r') or c.relkind = 'c')
    )
    select f.catalogue || ' ' || f.oid || ' ' || f.sub as id, f.kind, f.schema, o.name as table,
      f.owner::text as owner, f.name, to_json(f.columns) as columns,
      case f.catalogue
        when 'pg_constraint'::regclass then exists (
          select from pg_constraint c where c.oid = f.oid
            and (c.conparentid <> 0 or (c.coninhcount > 0 and not c.conislocal)))
        when 'pg_class'::regclass then exists (
          select from pg_attribute a where a.attrelid = f.oid and a.attnum = f.sub and f.sub > 0
            and a.attinhcount > 0 and not a.attislocal)
        when 'pg_trigger'::regclass then exists (
          select from pg_trigger t where t.oid = f.oid and t.tgparentid <> 0)
        else false end as part
    from found f left join own o on o.oid = f.owner
    where not exists (select from pg_depend d where d.classid = f.catalogue and d.objid = f.oid and d.deptype = 'e')`);
}

/**
 * What keeps a column from getting another type, or from being dropped: views that read it, above
 * all (https://www.postgresql.org/docs/current/sql-altertable.html). They are dropped before and
 * made again after, with all that people said of them; what can't be made again is told.
 */

import type { Node } from 'libpg-query';
import type { InTheWay } from '../../drafting.ts';
import type { RawQuery } from '../../raw-query.ts';
import { parseSql } from '../parser/parse.ts';
import { literal, quoted } from '../parser/sql.ts';

interface ColumnChange {
  readonly table: string;
  readonly column: string;
  readonly change: 'type' | 'drop';
}

export async function inTheWay(statements: readonly string[], query: RawQuery): Promise<InTheWay> {
  // Most drafts change no type, and need no parser.
  const telling = statements.filter((sql) => /\b(?:type|drop)\b/i.test(sql));
  const changes = columnChanges((await Promise.all(telling.map(parseSql))).flat(), statements);
  if (changes.length === 0) return { rebuilt: [], blocking: [] };
  const [row] = await query<Row>(queryFor(changes));
  return row ? { rebuilt: JSON.parse(row.rebuilt), blocking: JSON.parse(row.blocking) } : NOTHING;
}

const NOTHING: InTheWay = { rebuilt: [], blocking: [] };

interface Row {
  readonly rebuilt: string;
  readonly blocking: string;
}

/** A column that is dropped and added again is there after all. */
function columnChanges(nodes: readonly Node[], statements: readonly string[]): ColumnChange[] {
  return nodes.flatMap((node) => {
    if (!('AlterTableStmt' in node)) return [];
    const { relation, cmds = [] } = node.AlterTableStmt;
    const { schemaname, relname = '' } = relation ?? {};
    const table = [schemaname, relname].flatMap((name) => (name ? [quoted(name)] : [])).join('.');
    return cmds.flatMap((cmd): ColumnChange[] => {
      if (!('AlterTableCmd' in cmd)) return [];
      const { subtype, name: column = '' } = cmd.AlterTableCmd;
      if (subtype === 'AT_AlterColumnType') return [{ table, column, change: 'type' }];
      if (subtype !== 'AT_DropColumn') return [];
      const added = statements.some((sql) =>
        new RegExp(`^alter table .*\\badd (?:column )?"?${escaped(column)}"? `, 'is').test(sql),
      );
      return [{ table, column, change: added ? 'type' : 'drop' }];
    });
  });
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

const kindOf = (c: string) => `case ${c}.relkind when 'm' then 'materialized view' else 'view' end`;

const list = (name: string) => `array(select privilege_type from ${name} order by 1)`;

/** Who may do what, where that is not what its owner alone may. */
const grants = `
  select 2 as place, format('revoke all on %s from %I', v.name, pg_get_userbyid(v.relowner)) as sql
    where v.relacl is not null and ${list(`aclexplode(v.relacl) x where x.grantee = v.relowner`)}
      <> ${list(`aclexplode(acldefault('r', v.relowner)) y where y.grantee = v.relowner`)}
  union all
  select 3, format('grant %s on %s to %s%s', string_agg(lower(x.privilege_type), ', ' order by x.privilege_type), v.name,
      case x.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(x.grantee)) end,
      case when x.is_grantable then ' with grant option' else '' end)
    from aclexplode(v.relacl) x
    where x.grantee <> v.relowner or ${list(`aclexplode(v.relacl) z where z.grantee = v.relowner`)}
      <> ${list(`aclexplode(acldefault('r', v.relowner)) y where y.grantee = v.relowner`)}
    group by x.grantee, x.is_grantable
  union all
  select 3, format('grant %s (%I) on %s to %s%s', lower(x.privilege_type), a.attname, v.name,
      case x.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(x.grantee)) end,
      case when x.is_grantable then ' with grant option' else '' end)
    from pg_attribute a, aclexplode(a.attacl) x where a.attrelid = v.oid and a.attnum > 0`;

function comment(on: string, oid: string, catalogue: string): string {
  const text = `obj_description(${oid}, '${catalogue}')`;
  return `select 9 as place, format('comment on %s is %L', ${on}, ${text}) as sql where ${text} is not null`;
}

/** All that makes a view again, in order. */
const making = `(select json_agg(made.sql || ';' order by made.place, made.sql) from (
  select 0 as place, format('create %s %s%s as%s%s', v.kind, v.name,
    ' with (' || array_to_string(v.reloptions, ', ') || ')',
    rtrim(pg_get_viewdef(v.oid), ';'), case when v.relispopulated then '' else ' with no data' end) as sql
  union all
  select 1, format('alter %s %s owner to %I', v.kind, v.name, pg_get_userbyid(v.relowner))
    where v.relowner <> (select oid from pg_roles where rolname = current_user)
  union all select * from (${grants}) rights
  union all
  select 4, format('alter view %s alter column %I set default %s', v.name, a.attname, pg_get_expr(d.adbin, d.adrelid))
    from pg_attrdef d join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum where d.adrelid = v.oid
  union all
  select 5, pg_get_indexdef(i.indexrelid) from pg_index i where i.indrelid = v.oid
  union all
  select 6, rtrim(pg_get_ruledef(r.oid), ';') from pg_rewrite r where r.ev_class = v.oid and r.rulename <> '_RETURN'
  union all
  select 7, pg_get_triggerdef(t.oid) from pg_trigger t where t.tgrelid = v.oid and not t.tgisinternal
  union all ${comment(`v.kind || ' ' || v.name`, 'v.oid', 'pg_class')}
  union all
  select 9, format('comment on column %s.%I is %L', v.name, a.attname, col_description(v.oid, a.attnum))
    from pg_attribute a where a.attrelid = v.oid and a.attnum > 0 and col_description(v.oid, a.attnum) is not null
  union all
  select part.* from pg_index i, lateral (${comment(`'index ' || i.indexrelid::regclass`, 'i.indexrelid', 'pg_class')}) part
    where i.indrelid = v.oid
  union all
  select part.* from pg_trigger t, lateral (${comment(`format('trigger %I on %s', t.tgname, v.name)`, 't.oid', 'pg_trigger')}) part
    where t.tgrelid = v.oid
  union all
  select part.* from pg_rewrite r, lateral (${comment(`format('rule %I on %s', r.rulename, v.name)`, 'r.oid', 'pg_rewrite')}) part
    where r.ev_class = v.oid and r.rulename <> '_RETURN'
) made)`;

/** Names have to stand with their schemas, whatever the search path is when they are read again. */
function queryFor(changes: readonly ColumnChange[]): string {
  const values = changes.map(
    ({ table, column, change }) =>
      `(to_regclass(${literal(table)})::oid, ${literal(column)}, ${literal(change)})`,
  );
  return `with recursive changed as materialized (
    select c.relation, a.attnum, c.relation::regclass || '.' || quote_ident(a.attname) as place, c.change
    from (values ${values.join(', ')}) c(relation, name, change)
      join pg_attribute a on a.attrelid = c.relation and a.attname = c.name
  ), steady as materialized (
    select count(*) as changes, set_config('search_path', '', true) as path from changed
  ), using_it as materialized (
    select distinct d.classid, d.objid, c.place, c.change, r.ev_class, r.rulename
    from changed c join pg_depend d on d.refclassid = 'pg_class'::regclass
        and d.refobjid = c.relation and d.refobjsubid = c.attnum
      left join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
    where d.classid in ('pg_rewrite'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass,
        'pg_proc'::regclass, 'pg_publication_rel'::regclass)
      and r.ev_class is distinct from c.relation or d.classid = 'pg_rewrite'::regclass and r.rulename <> '_RETURN'
        and r.ev_class = c.relation
  ), reading(oid, depth, change, place) as (
    select ev_class, 0, change, place from using_it where rulename = '_RETURN'
    union
    select r.ev_class, v.depth + 1, v.change, v.place from reading v
      join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = v.oid and d.classid = 'pg_rewrite'::regclass
      join pg_rewrite r on r.oid = d.objid and r.ev_class <> v.oid and r.rulename = '_RETURN'
    where v.depth < 100
  ), views as materialized (
    select c.*, ${kindOf('c')} as kind, n.nspname, deep.depth, deep.change, deep.place,
      quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name
    from (select oid, max(depth) as depth, min(change) as change, min(place) as place from reading group by oid) deep
      join pg_class c on c.oid = deep.oid join pg_namespace n on n.oid = c.relnamespace
  ), others as materialized (
    select 'pg_class'::regclass::oid as classid, oid as objid, 0 as objsubid, depth, place, change
      from views where change = 'drop'
    union
    select classid, objid, 0, 0, place, change from using_it where rulename is distinct from '_RETURN'
    union
    select d.classid, d.objid, d.objsubid, v.depth, v.kind || ' ' || v.name, v.change
      from views v join pg_type t on t.typrelid = v.oid
        join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = v.oid
          or d.refclassid = 'pg_type'::regclass and d.refobjid in (t.oid, t.typarray)
      where not (d.classid = 'pg_rewrite'::regclass
            and exists (select from pg_rewrite r where r.oid = d.objid and (r.rulename = '_RETURN' or r.ev_class = v.oid)))
        and not (d.classid = 'pg_trigger'::regclass and exists (select from pg_trigger r where r.oid = d.objid and r.tgrelid = v.oid))
        and not (d.classid = 'pg_class'::regclass and exists (select from pg_index i where i.indexrelid = d.objid and i.indrelid = v.oid))
        and not (d.classid = 'pg_class'::regclass and exists (select from pg_class k where k.oid = v.oid and k.reltoastrelid = d.objid))
        and not (d.classid = 'pg_attrdef'::regclass and exists (select from pg_attrdef a where a.oid = d.objid and a.adrelid = v.oid))
        and not (d.classid = 'pg_type'::regclass and d.objid in (t.oid, t.typarray))
    union
    select 'pg_trigger'::regclass, g.oid, 0, v.depth, v.kind || ' ' || v.name, v.change
      from views v join pg_trigger g on g.tgrelid = v.oid where g.tgenabled <> 'O'
  ), told as (
    select pg_describe_object(o.classid, o.objid, o.objsubid) as what, o.place, o.change, o.depth,
      json_build_object('schema', coalesce(n.nspname, m.nspname), 'table', on_it.relname,
        'kind', case o.classid when 'pg_class'::regclass then ${kindOf('c')} when 'pg_trigger'::regclass then 'trigger'
          when 'pg_policy'::regclass then 'policy' when 'pg_rewrite'::regclass then 'rule' when 'pg_proc'::regclass then 'function' end,
        'name', coalesce(c.relname, g.tgname, p.polname, r.rulename, f.proname || '(' || oidvectortypes(f.proargtypes) || ')')) as ref
    from others o
      left join pg_class c on o.classid = 'pg_class'::regclass and c.oid = o.objid and c.relkind in ('v', 'm')
      left join pg_trigger g on o.classid = 'pg_trigger'::regclass and g.oid = o.objid
      left join pg_policy p on o.classid = 'pg_policy'::regclass and p.oid = o.objid
      left join pg_rewrite r on o.classid = 'pg_rewrite'::regclass and r.oid = o.objid
      left join pg_proc f on o.classid = 'pg_proc'::regclass and f.oid = o.objid
      left join pg_class on_it on on_it.oid = coalesce(g.tgrelid, p.polrelid, r.ev_class)
      left join pg_namespace n on n.oid = coalesce(c.relnamespace, f.pronamespace)
      left join pg_namespace m on m.oid = on_it.relnamespace
  )
  select coalesce((select json_agg(json_build_object(
      'ref', json_build_object('kind', v.kind, 'schema', v.nspname, 'table', null, 'name', v.relname),
      'drop', 'drop ' || v.kind || ' ' || v.name || ';', 'make', ${making}) order by v.depth desc, v.name)
      from views v where v.change = 'type'), '[]')::text as rebuilt,
    coalesce((select json_agg(t order by depth desc, what, place) from told t), '[]')::text as blocking
  from steady where steady.path is not null`;
}

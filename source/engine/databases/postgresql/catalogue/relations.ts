/** Tables, foreign tables, views and sequences, but for what is on or in them. */

import { fact, foreignOptions, options, sequenceOptions, when, words } from './catalogue-row.ts';

const parents = `(select string_agg(inhparent::regclass::text, ', ' order by inhseqno)
  from pg_inherits where inhrelid = r.oid)`;

/** How rows are stored, where it was chosen; `t` is the table that holds their large values. */
const storage = [
  when(`a.amname <> 'heap'`, `'using ' || a.amname`),
  `'with (' || nullif(concat_ws(', ', ${options('r.reloptions')}, ${options('t.reloptions', 'toast.')}), '') || ')'`,
];

const tables = `
  select ${fact({
    class: 'pg_class',
    oid: 'r.oid',
    kind: `case r.relkind when 'f' then 'foreign table' else 'table' end`,
    table: 'r.name',
    name: 'r.name',
    text: `concat_ws(', ', ${[
      when(`r.relpersistence = 'u'`, `'unlogged'`),
      when(`r.relkind = 'p'`, `'partition by ' || pg_get_partkeydef(r.oid)`),
      when(
        'r.relispartition',
        `'partition of ' || ${parents} || ' ' || pg_get_expr(r.relpartbound, r.oid)`,
      ),
      when('not r.relispartition', `'inherits ' || ${parents}`),
      when('r.reloftype <> 0', `'of ' || format_type(r.reloftype, null)`),
      ...storage,
      when('r.relrowsecurity', `'row level security'`),
      when('r.relforcerowsecurity', `'row level security also for the owner'`),
      `case when r.relkind = 'f' then null else case r.relreplident
        when 'n' then 'replica identity nothing' when 'f' then 'replica identity full'
        when 'i' then 'replica identity by ' || (select indexrelid::regclass::text from pg_index
          where indrelid = r.oid and indisreplident) end end`,
      `'server ' || quote_ident(s.srvname)`,
      foreignOptions('f.ftoptions'),
    ].join(', ')})`,
    owner: 'r.relowner',
    privileges: 'r.relacl',
    privilegesOf: `'r'`,
  })}
  from own_relations r
    left join pg_am a on a.oid = r.relam
    left join pg_class t on t.oid = r.reltoastrelid
    left join pg_foreign_table f on f.ftrelid = r.oid
    left join pg_foreign_server s on s.oid = f.ftserver
  where r.relkind in ('r', 'p', 'f')`;

const views = `
  select ${fact({
    class: 'pg_class',
    oid: 'r.oid',
    kind: `case r.relkind when 'm' then 'materialized view' else 'view' end`,
    table: 'r.name',
    name: 'r.name',
    text: words(
      when('r.reloptions is not null', `'with (' || ${options('r.reloptions')} || ')'`),
      when(`a.amname <> 'heap'`, `'using ' || a.amname`),
      `'as' || rtrim(pg_get_viewdef(r.oid), ';')`,
      when('not r.relispopulated', `'with no data'`),
    ),
    owner: 'r.relowner',
    privileges: 'r.relacl',
    privilegesOf: `'r'`,
  })}
  from own_relations r left join pg_am a on a.oid = r.relam
  where r.relkind in ('v', 'm')`;

/** Those behind identity columns are told with the column: the server made them and named them. */
const sequences = `
  select ${fact({
    class: 'pg_class',
    oid: 'r.oid',
    kind: `case d.deptype when 'i' then 'identity' else 'sequence' end`,
    table: 'coalesce(t.name, r.name)',
    name: `case d.deptype when 'i' then a.attname::text else r.name end`,
    text: when(
      `d.deptype is distinct from 'i'`,
      words(
        when(`r.relpersistence = 'u'`, `'unlogged'`),
        'format_type(s.seqtypid, null)',
        `nullif(${sequenceOptions('s')}, '')`,
        `'owned by ' || t.name || '.' || a.attname`,
      ),
    ),
    columns: when('a.attname is not null', 'array[a.attname]'),
    owner: 'r.relowner',
    privileges: 'r.relacl',
    privilegesOf: `'s'`,
  })}
  from own_relations r join pg_sequence s on s.seqrelid = r.oid
    left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = r.oid
      and d.objsubid = 0 and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0
      and d.deptype in ('a', 'i')
    left join own_relations t on t.oid = d.refobjid
    left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid`;

export const relations: readonly string[] = [tables, views, sequences];

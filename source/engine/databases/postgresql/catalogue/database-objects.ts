/** What tables live among: schemas, extensions, collations, statistics, servers, publications. */

import { fact, foreignOptions, plain, when, words } from './catalogue-row.ts';

/** Who may do what in `public` was said when the database was made. */
const schemas = `
  select ${fact({
    class: 'pg_namespace',
    oid: 's.oid',
    kind: `'schema'`,
    table: 's.nspname::text',
    name: 's.nspname::text',
    text: `''`,
    owner: when('i.objoid is null', 's.nspowner'),
    privileges: when('s.nspacl is distinct from i.initprivs', 's.nspacl'),
    privilegesOf: `'n'`,
  })}
  from own_schemas s left join pg_init_privs i
    on i.classoid = 'pg_namespace'::regclass and i.objoid = s.oid and i.objsubid = 0`;

const extensions = `
  select ${fact({
    class: 'pg_extension',
    oid: 'e.oid',
    kind: `'extension'`,
    table: 'e.extname::text',
    name: 'e.extname::text',
    text: `e.extversion || ' in schema ' || quote_ident(n.nspname)`,
  })}
  from pg_extension e join pg_namespace n on n.oid = e.extnamespace`;

/** The columns of the provider came one by one with versions 15 to 17. */
const collations = `
  select ${fact({
    class: 'pg_collation',
    oid: 'c.oid',
    kind: `'collation'`,
    table: `s.prefix || ${plain('c.collname')}`,
    name: `s.prefix || ${plain('c.collname')}`,
    text: words(
      `case c.collprovider when 'i' then 'icu' when 'c' then 'libc' else c.collprovider::text end`,
      `nullif(c.collcollate, c.collctype)`,
      'c.collctype',
      `to_jsonb(c) ->> 'colliculocale'`,
      `to_jsonb(c) ->> 'colllocale'`,
      `'rules ' || quote_literal(to_jsonb(c) ->> 'collicurules')`,
      when('not c.collisdeterministic', `'nondeterministic'`),
    ),
    owner: 'c.collowner',
  })}
  from pg_collation c join own_schemas s on s.oid = c.collnamespace`;

const statistics = `
  select ${fact({
    class: 'pg_statistic_ext',
    oid: 'x.oid',
    kind: `'statistics'`,
    table: 'r.name',
    name: `s.prefix || ${plain('x.stxname')}`,
    text: words(
      'pg_get_statisticsobjdef(x.oid)',
      when('x.stxstattarget >= 0', `'statistics ' || x.stxstattarget`),
    ),
    owner: 'x.stxowner',
  })}
  from own_relations r join pg_statistic_ext x on x.stxrelid = r.oid
    join own_schemas s on s.oid = x.stxnamespace`;

const wrappers = `
  select ${fact({
    class: 'pg_foreign_data_wrapper',
    oid: 'w.oid',
    kind: `'foreign data wrapper'`,
    table: 'w.fdwname::text',
    name: 'w.fdwname::text',
    text: words(
      `'handler ' || nullif(w.fdwhandler, 0)::regprocedure::text`,
      `'validator ' || nullif(w.fdwvalidator, 0)::regprocedure::text`,
      foreignOptions('w.fdwoptions'),
    ),
    owner: 'w.fdwowner',
    privileges: 'w.fdwacl',
    privilegesOf: `'F'`,
  })}
  from pg_foreign_data_wrapper w`;

/** Without user mappings, which are there for passwords. */
const servers = `
  select ${fact({
    class: 'pg_foreign_server',
    oid: 'f.oid',
    kind: `'server'`,
    table: 'f.srvname::text',
    name: 'f.srvname::text',
    text: words(
      `'foreign data wrapper ' || quote_ident(w.fdwname)`,
      `'type ' || quote_literal(f.srvtype)`,
      `'version ' || quote_literal(f.srvversion)`,
      foreignOptions('f.srvoptions'),
    ),
    owner: 'f.srvowner',
    privileges: 'f.srvacl',
    privilegesOf: `'S'`,
  })}
  from pg_foreign_server f join pg_foreign_data_wrapper w on w.oid = f.srvfdw`;

/** Columns, conditions and whole schemas came with version 15. */
function publications(version: number): string {
  const narrowed = version >= 150_000;
  const columns = `(select ' (' || string_agg(quote_ident(attname), ', ' order by attnum) || ')'
    from pg_attribute where attrelid = l.prrelid and attnum = any (l.prattrs))`;
  const condition = `' where (' || pg_get_expr(l.prqual, l.prrelid) || ')'`;
  const table = `concat(l.prrelid::regclass::text, ${narrowed ? `${columns}, ${condition}` : `''`})`;
  return `
  select ${fact({
    class: 'pg_publication',
    oid: 'p.oid',
    kind: `'publication'`,
    table: 'p.pubname::text',
    name: 'p.pubname::text',
    text: words(
      when('p.puballtables', `'for all tables'`),
      `(select 'for table ' || string_agg(${table}, ', ' order by l.prrelid::regclass::text)
        from pg_publication_rel l where l.prpubid = p.oid)`,
      narrowed
        ? `(select 'for tables in schema ' || string_agg(n.nspname, ', ' order by n.nspname)
            from pg_publication_namespace l join pg_namespace n on n.oid = l.pnnspid
            where l.pnpubid = p.oid)`
        : 'null',
      `'publish ' || concat_ws(', ', ${when('p.pubinsert', `'insert'`)}, ${when('p.pubupdate', `'update'`)},
        ${when('p.pubdelete', `'delete'`)}, ${when('p.pubtruncate', `'truncate'`)})`,
      when('p.pubviaroot', `'via root'`),
      `'generated columns ' || nullif(to_jsonb(p) ->> 'pubgencols', 'n')`,
    ),
    owner: 'p.pubowner',
  })}
  from pg_publication p`;
}

const dictionaries = `
  select ${fact({
    class: 'pg_ts_dict',
    oid: 'd.oid',
    kind: `'text search dictionary'`,
    table: `s.prefix || ${plain('d.dictname')}`,
    name: `s.prefix || ${plain('d.dictname')}`,
    text: words(
      `(select quote_ident(n.nspname) || '.' || quote_ident(t.tmplname)
        from pg_ts_template t join pg_namespace n on n.oid = t.tmplnamespace
        where t.oid = d.dicttemplate)`,
      'd.dictinitoption',
    ),
    owner: 'd.dictowner',
  })}
  from pg_ts_dict d join own_schemas s on s.oid = d.dictnamespace`;

const configurations = `
  select ${fact({
    class: 'pg_ts_config',
    oid: 'c.oid',
    kind: `'text search configuration'`,
    table: `s.prefix || ${plain('c.cfgname')}`,
    name: `s.prefix || ${plain('c.cfgname')}`,
    text: words(
      `(select 'parser ' || quote_ident(n.nspname) || '.' || quote_ident(p.prsname)
        from pg_ts_parser p join pg_namespace n on n.oid = p.prsnamespace where p.oid = c.cfgparser)`,
      `(select string_agg(t.alias || ' with ' || m.dictionaries, ', ' order by t.alias)
        from (select maptokentype as token,
            string_agg(mapdict::regdictionary::text, ', ' order by mapseqno) as dictionaries
          from pg_ts_config_map where mapcfg = c.oid group by maptokentype) m
        join ts_token_type(c.cfgparser) t on t.tokid = m.token)`,
    ),
    owner: 'c.cfgowner',
  })}
  from pg_ts_config c join own_schemas s on s.oid = c.cfgnamespace`;

const defaultPrivileges = `
  select ${fact({
    class: 'pg_default_acl',
    oid: 'd.oid',
    kind: `'default privileges'`,
    table: `coalesce(n.nspname::text, '')`,
    name: words(
      `'of ' || pg_get_userbyid(d.defaclrole)`,
      `'in schema ' || quote_ident(n.nspname)`,
      `case d.defaclobjtype when 'r' then 'on tables' when 'S' then 'on sequences'
        when 'f' then 'on functions' when 'T' then 'on types' when 'n' then 'on schemas'
        else 'on large objects' end`,
    ),
    text: 'null',
    owner: 'd.defaclrole',
    privileges: 'd.defaclacl',
    privilegesOf: when('n.oid is null', `translate(d.defaclobjtype::text, 'S', 's')`),
  })}
  from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace`;

export function surroundings(version: number): readonly string[] {
  return [
    schemas,
    extensions,
    collations,
    statistics,
    wrappers,
    servers,
    publications(version),
    dictionaries,
    configurations,
    defaultPrivileges,
  ];
}

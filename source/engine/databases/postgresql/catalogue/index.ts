/**
 * The schema of a PostgreSQL database as comparable facts, from its own catalogue.
 *
 * All is read by one statement, so that it is of one moment; only the server's functions that write
 * definitions as SQL look at what is there when they are called. What these write depends on
 * settings of the session, above all `search_path`: a name stands with its schema only where it
 * would not be found without. So the statement begins by setting them for itself. That lasts until
 * the end of its transaction, which outside of one is the end of the statement; inside of one they
 * are put back.
 *
 * Left out are user mappings, subscriptions, security labels, languages, transforms, conversions
 * and access methods; what extensions made; values of sequences; tablespaces.
 */

import type { ObjectRef } from '../../../../contract/object-ref.ts';
import type { ColumnFacts, SchemaObject } from '../../catalogue.ts';
import type { RawQuery } from '../../raw-query.ts';
import { literal, notTable } from '../parser/sql.ts';
import { plain } from './catalogue-row.ts';
import { columns } from './columns.ts';
import { constraints } from './constraints.ts';
import { surroundings } from './database-objects.ts';
import { relations } from './relations.ts';
import { routines } from './routines.ts';
import { ofTarget, recordNamed } from './schemas.ts';
import { reactions } from './triggers-rules-policies.ts';
import { types } from './types.ts';

/** Settings that definitions depend on (ruleutils.c and the output functions of types). */
const STEADY = {
  search_path: '',
  quote_all_identifiers: 'off',
  standard_conforming_strings: 'on',
  bytea_output: 'hex',
  datestyle: 'ISO, MDY',
  extra_float_digits: '1',
  intervalstyle: 'postgres',
  timezone: 'UTC',
} as const;

type Settings = Readonly<Record<string, string>>;

/**
 * Every object of the database but for what the server or an extension made. Names are those that
 * people write: bare in the schema `public`, else with their schema, whatever the search path.
 *
 * Waits for whoever alters a table, no longer than the session's `lock_timeout` for each, and then
 * fails with 55P03. Inside a transaction it keeps the lightest of locks on tables of views.
 *
 * @param query outside of a transaction it may send each statement on another connection
 * @param except the table that records revisions, with its schema or without
 */
export async function readCatalogue(
  query: RawQuery,
  except: string,
): Promise<readonly SchemaObject[]> {
  const names = Object.keys(STEADY);
  const [before] = await query<Settings & { readonly version: number }>(
    `select current_setting('server_version_num')::int as version,
      ${names.map((name) => `current_setting('${name}') as ${name}`).join(', ')}`,
  );
  const { version, ...settings } = before as { readonly version: number } & Settings;
  const rows = await query<Row>(factsQuery(version, except));
  await query(`select ${setLocally(settings)}`);
  return rows.flatMap(objectsOf);
}

function setLocally(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, value]) => `set_config('${name}', ${literal(value)}, true)`)
    .join(', ');
}

interface Row {
  readonly kind: SchemaObject['kind'];
  readonly table: string;
  readonly name: string;
  readonly text: string | null;
  /** JSON, as drivers differ in what they make of arrays. */
  readonly columns: string | null;
  readonly column: string | null;
  readonly comment: string | null;
  /** Null: it belongs to who reads. */
  readonly owner: string | null;
  /** JSON: by role, where they are not what they are by default. */
  readonly privileges: string | null;
}

/** Kinds whose names are only good together with their table's. */
const PARTS: readonly SchemaObject['kind'][] = [
  'column',
  'constraint',
  'foreign key',
  'identity',
  'index',
  'trigger',
  'rule',
  'policy',
];

const CONSTRAINTS = {
  PRIMARY: 'primary key',
  UNIQUE: 'unique',
  CHECK: 'check',
  EXCLUDE: 'exclusion',
} as const;

function refOf(kind: SchemaObject['kind'], table: string, name: string, text: string): ObjectRef {
  if (PARTS.includes(kind)) {
    const owner = splitName(table);
    const [word = ''] = text.split(' ', 1);
    const exact = CONSTRAINTS[word as keyof typeof CONSTRAINTS];
    return {
      kind: kind === 'constraint' ? (exact ?? kind) : kind,
      schema: owner.schema,
      table: owner.name,
      name,
    };
  }
  if (kind === 'comment') return { kind, ...ownerOf(table), name };
  if (BARE.has(kind)) return { kind, schema: null, table: null, name };
  return { kind, ...splitName(name), table: null };
}

function ownerOf(table: string) {
  const { schema, name } = splitName(table);
  return { schema, table: name };
}

/** Kinds that are in no schema, or whose names say more than that. */
const BARE: ReadonlySet<SchemaObject['kind']> = new Set([
  'cast',
  'default privileges',
  'event trigger',
  'extension',
  'foreign data wrapper',
  'grant',
  'operator',
  'operator class',
  'owner',
  'publication',
  'schema',
  'server',
]);

/** A name as `own_relations` and `plain()` write it. */
function splitName(name: string): { readonly schema: string; readonly name: string } {
  const [, first = '', second] =
    /^("(?:[^"]|"")+"|[^."]+?)(?:\.("(?:[^"]|"")+"|[^"]+))?$/s.exec(name) ?? [];
  return second === undefined
    ? { schema: 'public', name: unquoted(first) }
    : { schema: unquoted(first), name: unquoted(second) };
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

/** An object, and what hangs on objects of every kind. */
function objectsOf(row: Row): SchemaObject[] {
  const { table, text, comment, owner } = row;
  const columns: readonly string[] = row.columns === null ? [] : JSON.parse(row.columns);
  const privileges: Readonly<Record<string, string>> =
    row.privileges === null ? {} : JSON.parse(row.privileges);
  const object = (
    kind: SchemaObject['kind'],
    name: string,
    place: string,
    text: string,
  ): SchemaObject => ({
    id: `${kind} ${place}`,
    kind,
    ref: refOf(kind, table, name, text),
    table,
    name,
    place,
    text,
    columns,
  });
  const place = PARTS.includes(row.kind) ? `${table}.${row.name}` : row.name;
  const about = (kind: SchemaObject['kind'], name: string, text: string) =>
    object(kind, name, name, text);
  return [
    ...(text === null
      ? []
      : [
          {
            ...object(row.kind, row.name, place, text),
            ...(row.column !== null && { column: JSON.parse(row.column) as ColumnFacts }),
          },
        ]),
    ...(comment === null ? [] : [about('comment', `on ${row.kind} ${place}`, comment)]),
    ...(owner === null || text === null ? [] : [about('owner', `of ${row.kind} ${place}`, owner)]),
    ...Object.entries(privileges).map(([role, rights]) =>
      about('grant', `on ${row.kind} ${place} to ${role}`, rights),
    ),
  ];
}

/**
 * The families come after the settings, and with them: they refer to what setting them returns, so
 * that no plan can turn to them before.
 */
function factsQuery(version: number, except: string): string {
  const families = [
    ...surroundings(version),
    ...types,
    ...relations,
    ...columns,
    ...constraints,
    ...reactions,
    ...routines,
  ];
  const facts = families.map(
    (select, at) => `select ${at} as family, * from (${select}) family_${at}`,
  );
  return `with steady as materialized (select concat(${setLocally(STEADY)}) as settings)
select fact.* from steady cross join lateral (
  with made_for_others as materialized (
    select classid, objid from pg_depend where deptype = 'e'
      or deptype = 'i' and classid in ('pg_proc'::regclass, 'pg_cast'::regclass)
  ), own_schemas as materialized (
    select n.*, case nspname when 'public' then '' else ${plain('nspname')} || '.' end as prefix
    from pg_namespace n where ${ofTarget(recordNamed(except))}
      and not exists (select from made_for_others where classid = 'pg_namespace'::regclass and objid = n.oid)
  ), own_relations as materialized (
    select c.*, s.prefix || ${plain('c.relname')} as name
    from pg_class c join own_schemas s on s.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'f', 'v', 'm', 'S', 'c') and ${notTable('c.oid', except)}
      and not exists (select from made_for_others where classid = 'pg_class'::regclass and objid = c.oid)
      and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid
        and c.relkind = 'S' and refclassid = 'pg_class'::regclass and deptype in ('a', 'i')
        and not ${notTable('refobjid', except)})
  ), own_columns as materialized (
    select attrelid as relation, array_agg(attname::text order by attnum) as names,
      coalesce(array_agg(attname::text order by attnum) filter (where not attisdropped), '{}') as live
    from pg_attribute join own_relations r on r.oid = attrelid where attnum > 0 group by attrelid
  )
  select f.kind, f."table", f.name, f.text, to_json(f.columns)::text as columns, f."column",
    d.description as comment,
    case when f.owner <> (select oid from pg_roles where rolname = current_user)
      then pg_get_userbyid(f.owner)::text end as owner,
    case when f.privileges is not null then ${unusualPrivileges} end as privileges
  from (${facts.join('\nunion all\n')}) f
    left join pg_description d on d.classoid = f.class and d.objoid = f.oid and d.objsubid = f.part
      and d.classoid <> 'pg_extension'::regclass
  where steady.settings is not null
    and not exists (select from made_for_others where classid = f.class and objid = f.oid)
  order by f."table" collate "C", f.family, f.part, f.name collate "C"
) fact`;
}

/** What each role may do, where that is not what it may by default. */
const unusualPrivileges = `(select json_object_agg(role, coalesce(now.rights, 'nothing'))::text
  from (${privilegesIn('f.privileges')}) now
    full join (${privilegesIn('acldefault(f.privileges_of, f.owner)')}) usual using (role)
  where now.rights is distinct from usual.rights)`;

function privilegesIn(list: string): string {
  return `select role, string_agg(lower(privilege_type) || case when is_grantable then ' with grant option' else '' end,
      ', ' order by privilege_type) as rights
    from (select *, case grantee when 0 then 'public' when f.owner then 'its owner'
        else pg_get_userbyid(grantee)::text end as role from aclexplode(${list})) each
    group by role`;
}

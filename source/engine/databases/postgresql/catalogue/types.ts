/** Types that somebody made: enums, domains, composite, range and base types. */

import { collationName, fact, plain, when, words } from './catalogue-row.ts';

const name = `s.prefix || ${plain('t.typname')}`;

function typesOf(kind: string, text: string, from: string): string {
  return `
  select ${fact({
    class: 'pg_type',
    oid: 't.oid',
    kind: `'${kind}'`,
    table: name,
    name,
    text,
    owner: 't.typowner',
    privileges: 't.typacl',
    privilegesOf: `'T'`,
  })}
  from pg_type t join own_schemas s on s.oid = t.typnamespace ${from}`;
}

const enums = typesOf(
  'enum',
  `array_to_string(array(select quote_literal(enumlabel) from pg_enum
    where enumtypid = t.oid order by enumsortorder), ', ')`,
  `where t.typtype = 'e'`,
);

const domains = typesOf(
  'domain',
  words(
    'format_type(t.typbasetype, t.typtypmod)',
    when('t.typcollation <> b.typcollation', collationName('t.typcollation')),
    when('t.typnotnull', `'not null'`),
    `'default ' || pg_get_expr(t.typdefaultbin, 'pg_type'::regclass)`,
    `(select string_agg('constraint ' || quote_ident(conname) || ' ' || pg_get_constraintdef(oid), ' ' order by conname)
      from pg_constraint where contypid = t.oid and contype = 'c')`,
  ),
  `join pg_type b on b.oid = t.typbasetype where t.typtype = 'd'`,
);

/** Told with the domain, except for a comment on one. */
const constraintsOfDomains = `
  select ${fact({
    class: 'pg_constraint',
    oid: 'o.oid',
    kind: `'constraint'`,
    table: name,
    name: 'o.conname::text',
    text: 'null',
  })}
  from pg_constraint o join pg_type t on t.oid = o.contypid
    join own_schemas s on s.oid = t.typnamespace`;

const composites = typesOf(
  'type',
  `array_to_string(array(select ${words(
    'quote_ident(a.attname)',
    'format_type(a.atttypid, a.atttypmod)',
    when('a.attcollation <> b.typcollation', collationName('a.attcollation')),
  )} from pg_attribute a join pg_type b on b.oid = a.atttypid
    where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped order by a.attnum), ', ')`,
  `join pg_class c on c.oid = t.typrelid and c.relkind = 'c' where t.typtype = 'c'`,
);

const ranges = typesOf(
  'type',
  words(
    `'range of'`,
    'format_type(g.rngsubtype, null)',
    collationName('g.rngcollation'),
    `(select 'operator class ' || quote_ident(n.nspname) || '.' || quote_ident(o.opcname)
      from pg_opclass o join pg_namespace n on n.oid = o.opcnamespace where o.oid = g.rngsubopc)`,
    `'canonical ' || nullif(g.rngcanonical::oid, 0)::regprocedure::text`,
    `'difference ' || nullif(g.rngsubdiff::oid, 0)::regprocedure::text`,
    `'multirange ' || format_type(g.rngmultitypid, null)`,
  ),
  `join pg_range g on g.rngtypid = t.oid where t.typtype = 'r'`,
);

/** Without the array types that the server makes by itself. */
const bases = typesOf(
  'type',
  `case when t.typisdefined then ${words(
    `'base'`,
    `'input ' || t.typinput::oid::regprocedure::text`,
    `'output ' || t.typoutput::oid::regprocedure::text`,
    `'receive ' || nullif(t.typreceive::oid, 0)::regprocedure::text`,
    `'send ' || nullif(t.typsend::oid, 0)::regprocedure::text`,
    `'length ' || t.typlen`,
    `'alignment ' || t.typalign::text`,
    `'storage ' || t.typstorage::text`,
    when('t.typbyval', `'by value'`),
    `'default ' || quote_literal(t.typdefault)`,
  )} else 'not defined' end`,
  `where (t.typtype = 'b' or t.typtype = 'p' and not t.typisdefined)
    and not exists (select from pg_type e where e.typarray = t.oid)`,
);

export const types: readonly string[] = [
  enums,
  domains,
  constraintsOfDomains,
  composites,
  ranges,
  bases,
];

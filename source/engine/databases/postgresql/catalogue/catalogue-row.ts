/**
 * What the families of objects have in common: each is a query whose rows are facts.
 *
 * They read from names that `catalogue.ts` puts before them, all without what the server or an
 * extension made: `own_schemas` (pg_namespace, and the prefix of names), `own_relations` (pg_class,
 * and the name for people), `own_columns` (for each relation the names of its columns by their
 * number, with those that were dropped, and the live ones in their order).
 */

/** Expressions of SQL, one for each column of a fact. */
export interface Fact {
  /** Name of the system catalogue that has the object. */
  readonly class: string;
  readonly oid: string;
  /** The column's number where the object is a column. */
  readonly part?: string;
  readonly kind: string;
  readonly table: string;
  readonly name: string;
  /** Null: nothing is told of the object itself, only of comments on it and who may use it. */
  readonly text: string;
  /** Names of the columns of `table` that it is about, where they are all that it is about. */
  readonly columns?: string;
  /** JSON: what an entity can say of a column. */
  readonly column?: string;
  readonly owner?: string;
  readonly privileges?: string;
  /** The letter of `acldefault()` for such objects; null where nobody has rights by default. */
  readonly privilegesOf?: string;
}

/** The list behind `select`. */
export function fact(the: Fact): string {
  return `'${the.class}'::regclass::oid as class, ${the.oid} as oid, ${the.part ?? '0'}::int as part,
    ${the.kind} as kind, ${the.table} as "table", ${the.name} as name, ${the.text} as text,
    ${the.columns ?? 'null'}::text[] as columns, ${the.column ?? 'null'}::text as "column",
    ${the.owner ?? 'null'}::oid as owner,
    ${the.privileges ?? 'null'}::aclitem[] as privileges,
    ${the.privilegesOf ?? 'null'}::"char" as privileges_of`;
}

/** A name as it is, unless it would be taken for two. */
export function plain(name: string): string {
  return `case when ${name} ~ '[."]' then quote_ident(${name}) else ${name}::text end`;
}

/** Texts behind each other, but for those that are null. */
export function words(...each: readonly string[]): string {
  return `concat_ws(' ', ${each.join(', ')})`;
}

/** A text under a condition, else null. */
export function when(condition: string, text: string): string {
  return `case when ${condition} then ${text} end`;
}

/** Storage options in an order of their own. */
export function options(array: string, prefix = ''): string {
  return when(
    `${array} is not null`,
    `(select string_agg('${prefix}' || option, ', ' order by option) from unnest(${array}) option)`,
  );
}

/**
 * Options of foreign objects. Values may be passwords, so only those are told that can't be: any
 * wrapper has names of its own.
 */
export function foreignOptions(array: string): string {
  return when(
    `${array} is not null`,
    `(select 'options (' || string_agg(option_name || case
        when option_name in (${HARMLESS}) then ' ' || quote_literal(option_value) else '' end,
        ', ' order by option_name) || ')'
      from pg_options_to_table(${array}))`,
  );
}

/** https://www.postgresql.org/docs/current/postgres-fdw.html#POSTGRES-FDW-OPTIONS, file-fdw.html */
const HARMLESS = `'host', 'hostaddr', 'port', 'dbname', 'schema_name', 'table_name', 'column_name',
  'updatable', 'truncatable', 'fetch_size', 'batch_size', 'async_capable', 'use_remote_estimate',
  'extensions', 'filename', 'format', 'header', 'delimiter', 'quote', 'escape', 'null', 'encoding'`;

/** Whether a trigger or rule fires; nothing if as usual. */
export function firing(state: string): string {
  return `case ${state} when 'D' then 'disabled' when 'R' then 'enabled on replicas only'
    when 'A' then 'enabled always' end`;
}

/** Settings of a sequence that are not what it has unless told. */
export function sequenceOptions(s: string): string {
  return words(
    when(`${s}.seqincrement <> 1`, `'increment by ' || ${s}.seqincrement`),
    when(`${s}.seqmin <> 1`, `'minvalue ' || ${s}.seqmin`),
    when(
      `${s}.seqmax <> case ${s}.seqtypid when 'int2'::regtype then 32767
        when 'int4'::regtype then 2147483647 else 9223372036854775807 end`,
      `'maxvalue ' || ${s}.seqmax`,
    ),
    when(`${s}.seqstart <> ${s}.seqmin`, `'start with ' || ${s}.seqstart`),
    when(`${s}.seqcache <> 1`, `'cache ' || ${s}.seqcache`),
    when(`${s}.seqcycle`, `'cycle'`),
  );
}

/** A collation by its full name. */
export function collationName(oid: string): string {
  return `(select 'collate ' || ${oid}::regcollation::text where ${oid} <> 0)`;
}

/** The tables of a database as far as rows are compared: columns, types, and what tells rows apart. */

import type { RawQuery } from '../../raw-query.ts';
import { literal, ownSchemas } from '../parser/sql.ts';
import type { Table } from './table.ts';
import { readViews, type View } from './views.ts';

/** A foreign key; tables by oid. */
export interface Reference {
  readonly table: string;
  readonly parent: string;
  /** What becomes of rows of `table` when theirs of `parent` is deleted; null: nothing can. */
  readonly onDelete: 'delete' | 'change' | null;
  /** They change when its key does. */
  readonly onUpdate: boolean;
  /** Numbers of the columns that refer, and of those that they refer to. */
  readonly columns: readonly number[];
  readonly keys: readonly number[];
}

/** Partitions belong to their table. */
export interface Shape {
  readonly tables: readonly Table[];
  readonly references: readonly Reference[];
  readonly views: readonly View[];
  /** Names of functions and procedures whose code changes rows, or calls one that does. */
  readonly writers: readonly string[];
  /** Code of triggers, rules and defaults that writes to tables, with what it calls; by the oid of their table. */
  readonly reactions: ReadonlyMap<string, readonly Reaction[]>;
}

type TableRow = Omit<Table, 'key'> & { readonly key: string | null };

/** @param except the table that records revisions */
export async function readShape(query: RawQuery, except: string): Promise<Shape> {
  const rows = await query<TableRow>(
    `select c.oid::text as oid, n.nspname as schema, c.relname as name,
        pg_table_is_visible(c.oid) as visible, c.relkind = 'p' as partitioned,
        (select coalesce(json_agg(json_build_object(
            'oid', p.oid::text, 'schema', pn.nspname, 'name', p.relname)), '[]')
          from pg_partition_tree(c.oid) t join pg_class p on p.oid = t.relid
            join pg_namespace pn on pn.oid = p.relnamespace
          where t.level > 0) as partitions,
        (select coalesce(json_agg(h.inhparent::text), '[]') from pg_inherits h
          where h.inhrelid = c.oid) as parents,
        coalesce(json_agg(json_build_object(
          'number', a.attnum, 'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
          'notNull', a.attnotnull, 'generated', a.attgenerated <> '',
          'attributes', (select json_agg(json_build_object('number', f.attnum, 'name', f.attname) order by f.attnum)
            from pg_type y join pg_attribute f on f.attrelid = y.typrelid
            where y.typtype = 'c' and a.atttypid in (y.oid, y.typarray) and f.attnum > 0 and not f.attisdropped)
        ) order by a.attnum) filter (where a.attnum is not null), '[]') as columns,
        (select array_to_string((i.indkey::int2[])[0:i.indnkeyatts - 1], ' ') from pg_index i
          where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indimmediate
            and i.indpred is null and i.indexprs is null
            and not exists (
              select from unnest(i.indkey::int2[]) with ordinality as part (number, place)
                left join pg_attribute k on k.attrelid = c.oid and k.attnum = part.number
              where part.place <= i.indnkeyatts and not coalesce(k.attnotnull, false))
          order by i.indisprimary desc, i.indnkeyatts, i.indexrelid limit 1) as key,
        exists (select from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal)
          or exists (select from pg_rewrite w where w.ev_class = c.oid and w.ev_type <> '1') as triggers
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
        left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence <> 't'
        and ${ownSchemas}
        and ${literal(except)} not in (c.relname, n.nspname || '.' || c.relname)
        and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass
          and d.objid = c.oid and d.deptype = 'e')
      group by c.oid, n.nspname order by n.nspname, c.relname`,
  );
  const tables = rows.map((table) => ({
    ...table,
    key: table.key?.split(' ').map(Number) ?? null,
  }));
  const references = await query<Reference>(
    `select conrelid::text as table, confrelid::text as parent,
        case when confdeltype = 'c' then 'delete' when confdeltype in ('n', 'd') then 'change' end
          as "onDelete", confupdtype in ('c', 'n', 'd') as "onUpdate",
        to_json(conkey) as columns, to_json(confkey) as keys
      from pg_constraint where contype = 'f' and conparentid = 0`,
  );
  const routines = await query<Routine>(
    `select p.proname as name, coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) as code
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where ${ownSchemas} and p.prokind in ('f', 'p') and p.prorettype <> 'trigger'::regtype`,
  );
  // Of triggers the bits of `tgtype`; a truncation is one of its own, and takes rows away.
  const reactions = await query<Reaction & { readonly table: string }>(
    `select t.tgrelid::text as table, t.tgname as name, p.prosrc as code, t.tgtype & 4 <> 0 as inserted,
        t.tgtype & 16 <> 0 as updated, t.tgtype & 40 <> 0 as deleted
      from pg_trigger t join pg_proc p on p.oid = t.tgfoid
      where not t.tgisinternal
    union all
    select r.ev_class::text, null, pg_get_ruledef(r.oid), r.ev_type = '3', r.ev_type = '2', r.ev_type = '4'
      from pg_rewrite r where r.ev_type <> '1'
    union all
    select d.adrelid::text, null, pg_get_expr(d.adbin, d.adrelid), true, true, false from pg_attrdef d`,
  );
  return {
    tables,
    references,
    views: await readViews(query, tables),
    writers: writersOf(routines),
    reactions: reactionsOf(reactions, routines),
  };
}

/** What happens to rows of a table. */
export type RowEvent = 'inserted' | 'updated' | 'deleted';

/** Code, and whether it acts when that happens. */
export interface Reaction extends Readonly<Record<RowEvent, boolean>> {
  /** Of a trigger. */
  readonly name: string | null;
  readonly code: string;
}

function reactionsOf(
  reactions: readonly (Reaction & { readonly table: string })[],
  routines: readonly Routine[],
): ReadonlyMap<string, readonly Reaction[]> {
  const found = new Map<string, readonly Reaction[]>();
  for (const { table, ...reaction } of reactions) {
    const texts = new Set([reaction.code]);
    // What is added meanwhile is visited, too.
    for (const text of texts) {
      for (const { name, code: called } of routines) if (calls(text, name)) texts.add(called);
    }
    const writing = [...texts].filter((text) => WRITES.test(withoutStrings(text)));
    const all = writing.map((code) => ({ ...reaction, code }));
    found.set(table, [...(found.get(table) ?? []), ...all]);
  }
  return found;
}

/** Whether code may write to a table: it says its name, or composes statements. */
export function mayWriteTo(code: string, { name }: Pick<Table, 'name'>): boolean {
  const words = code.toLowerCase().split(/[^\p{L}\p{N}_$]+/u);
  const parts = name.toLowerCase().split(/[^\p{L}\p{N}_$]+/u);
  return words.includes('execute') || parts.every((part) => words.includes(part));
}

/** Whether code has a statement that does something to rows, of whatever table. */
export function mayDo(code: string, what: RowEvent): boolean {
  return DOES[what].test(withoutStrings(code));
}

const DOES = {
  inserted: /\b(?:insert|merge|copy|execute)\b/i,
  deleted: /\b(?:delete|merge|truncate|execute)\b/i,
  updated: /\b(?:update|merge|execute)\b/i,
} as const;

function withoutStrings(code: string): string {
  return code.replaceAll(/'[^']*'/g, "''");
}

interface Routine {
  readonly name: string;
  readonly code: string;
}

function writersOf(routines: readonly Routine[]): readonly string[] {
  const found = new Set(routines.filter(({ code }) => WRITES.test(code)).map(({ name }) => name));
  // What is added meanwhile is visited, too.
  for (const writer of found) {
    for (const { name, code } of routines) if (calls(code, writer)) found.add(name);
  }
  return [...found];
}

const WRITES = /\b(?:insert|update|delete|merge|truncate|execute)\b/i;

/** Whether a text names a function before a bracket. */
export function calls(sql: string, name: string): boolean {
  const at = sql.toLowerCase().indexOf(name.toLowerCase());
  if (at < 0) return false;
  return /^"?\s*\(/.test(sql.slice(at + name.length)) || calls(sql.slice(at + name.length), name);
}

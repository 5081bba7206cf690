/** How far the numbers of columns have come. */

import type { RawQuery } from '../../raw-query.ts';
import { ownSchemas, qualified, quoted } from '../parser/sql.ts';

export interface Sequence {
  /** Of the table whose column takes its numbers from it. */
  readonly oid: string;
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  /** Its own name, as SQL. */
  readonly name: string;
  /** The number that it gives out next. */
  readonly next: number;
  /** It counts downwards. */
  readonly descending: boolean;
}

/** By table and number of the column, which stay the same under other names. */
export type Sequences = ReadonlyMap<string, Sequence>;

/**
 * Of columns that own a sequence, and of those whose default is the next number of one, which may
 * belong to another column or to none.
 *
 * https://www.postgresql.org/docs/current/sql-createsequence.html: `last_value`, `is_called`
 */
export async function sequencesOf(query: RawQuery): Promise<Sequences> {
  const used = await query(
    `with used as (
        select d.objid as sequence, d.refobjid as owner, d.refobjsubid as number, 1 as rank
        from pg_depend d
        where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
          and d.deptype in ('a', 'i')
        union all
        select d.refobjid, e.adrelid, e.adnum, 2
        from pg_attrdef e
          join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = e.oid
            and d.refclassid = 'pg_class'::regclass and d.refobjid <> e.adrelid
          join pg_attribute a on a.attrelid = e.adrelid and a.attnum = e.adnum
        where a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype)
          and pg_get_expr(e.adbin, e.adrelid) ~ '^\\(?nextval\\(''([^'']|'''')*''::regclass\\)\\)?(::[a-z]+)?$'
      )
      select t.oid::text as oid, n.nspname as schema, t.relname as table, a.attname as column,
        a.attnum as number, s.relname as name, sn.nspname as sequence_schema, q.seqincrement::text as increment
      from used u
        join pg_class s on s.oid = u.sequence and s.relkind = 'S'
        join pg_namespace sn on sn.oid = s.relnamespace
        join pg_sequence q on q.seqrelid = s.oid
        join pg_class t on t.oid = u.owner and not t.relispartition
        join pg_namespace n on n.oid = t.relnamespace
        join pg_attribute a on a.attrelid = t.oid and a.attnum = u.number
      where ${ownSchemas}
      order by u.rank`,
  );
  if (used.length === 0) return new Map();
  const values = await query(
    used
      .map(
        (each, at) =>
          `select ${at} as at, last_value::text as last, is_called from ${nameOf(each)}`,
      )
      .join(' union all '),
  );
  return new Map(
    values.flatMap(({ at, last, is_called }) => {
      const found = used[Number(at)];
      if (!found) return [];
      const increment = Number(found.increment);
      const sequence: Sequence = {
        oid: String(found.oid),
        schema: String(found.schema),
        table: String(found.table),
        column: String(found.column),
        name: nameOf(found),
        next: Number(last) + (is_called === true ? increment : 0),
        descending: increment < 0,
      };
      return [[`${found.oid}.${found.number}`, sequence] as const];
    }),
  );
}

/** Those of before that are not there any more, by the names of their columns. */
export function goneFrom(before: Sequences, now: Sequences): Sequences {
  return new Map(
    [...before].flatMap(([id, each]) => (now.has(id) ? [] : [[columnKey(each), each] as const])),
  );
}

/** Names of a column, as a key. */
export function columnKey({ schema, table, column }: Sequence): string {
  return JSON.stringify([schema, table, column]);
}

function nameOf(row: Record<string, unknown>): string {
  return qualified({ schema: String(row.sequence_schema), name: String(row.name) });
}

/** The largest number that is in use; null without rows. */
export async function largestOf(query: RawQuery, sequence: Sequence): Promise<number | null> {
  const { schema, table, column, descending } = sequence;
  const [row] = await query(
    `select ${descending ? 'min' : 'max'}(${quoted(column)})::text as last
      from ${qualified({ schema, name: table })}`,
  );
  return row?.last == null ? null : Number(row.last);
}

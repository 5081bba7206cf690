/** How far the numbers of columns have come. */

import type { RawQuery } from '../dialect.ts';
import { ownSchemas, qualified, quoted } from './sql.ts';

export interface Sequence {
  /** Of the table whose column takes its numbers from it. */
  readonly oid: string;
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  /** The number that it gives out next. */
  readonly next: number;
  /** It counts downwards. */
  readonly descending: boolean;
}

/** By `schema.table.column`. */
export type Sequences = ReadonlyMap<string, Sequence>;

/** https://www.postgresql.org/docs/current/sql-createsequence.html: `last_value`, `is_called` */
export async function sequencesOf(query: RawQuery): Promise<Sequences> {
  const owned = await query(
    `select t.oid::text as oid, n.nspname as schema, t.relname as table, a.attname as column,
        s.relname as name, sn.nspname as sequence_schema, q.seqincrement::text as increment
      from pg_depend d
        join pg_class s on s.oid = d.objid and s.relkind = 'S'
        join pg_namespace sn on sn.oid = s.relnamespace
        join pg_sequence q on q.seqrelid = s.oid
        join pg_class t on t.oid = d.refobjid join pg_namespace n on n.oid = t.relnamespace
        join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
      where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
        and d.deptype in ('a', 'i') and ${ownSchemas}`,
  );
  if (owned.length === 0) return new Map();
  const values = await query(
    owned
      .map(({ name, sequence_schema }, at) => {
        const sequence = qualified({ schema: String(sequence_schema), name: String(name) });
        return `select ${at} as at, last_value::text as last, is_called from ${sequence}`;
      })
      .join(' union all '),
  );
  return new Map(
    values.flatMap(({ at, last, is_called }) => {
      const found = owned[Number(at)];
      if (!found) return [];
      const [schema, table, column] = [found.schema, found.table, found.column].map(String);
      const increment = Number(found.increment);
      const next = Number(last) + (is_called === true ? increment : 0);
      const sequence = {
        oid: String(found.oid),
        schema: schema ?? '',
        table: table ?? '',
        column: column ?? '',
        next,
        descending: increment < 0,
      };
      return [[`${schema}.${table}.${column}`, sequence] as const];
    }),
  );
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

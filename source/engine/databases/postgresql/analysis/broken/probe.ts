/**
 * What a statement would make of a table, found out on an empty one like it: there it can’t fail
 * because of rows, and the server tells how it understood conditions and expressions.
 */

import type { RawQuery } from '../../../raw-query.ts';
import type { Table } from '../../catalogue/table.ts';
import { alterTable, readAlterTable } from '../../parser/alter-table.ts';
import { parseSql, tokensOf } from '../../parser/parse.ts';
import { literal, qualified, quoted } from '../../parser/sql.ts';
import type { StatementFacts } from '../../parser/statement.ts';

export interface Rule {
  readonly kind: 'check' | 'unique' | 'exclude' | 'index';
  readonly name: string;
  readonly columns: readonly string[];
  /** Of a check: what has to hold. */
  readonly condition: string | null;
  /** Of an index: what is compared, each with its operator. */
  readonly parts: readonly { readonly expression: string; readonly operator: string }[];
  /** Of an index: the rows that are in it. */
  readonly predicate: string | null;
  /** NULL counts as equal to NULL. */
  readonly nulls: boolean;
}

/** A column that the statement adds. */
export interface AddedColumn {
  readonly name: string;
  readonly type: string;
  readonly value: string | null;
  readonly generated: boolean;
}

export interface Probed {
  readonly rules: readonly Rule[];
  readonly added: readonly AddedColumn[];
}

/** Null for another statement than `alter table` and `create index`. Undo it afterwards. */
export async function probe(query: RawQuery, table: Table, sql: string): Promise<Probed | null> {
  const made = `pg_temp.${quoted(table.name)}`;
  const statement = await onTable(sql, made);
  if (statement === null) return null;
  await query(`create temp table ${quoted(table.name)} (like ${qualified(table)})`);
  await query(statement);
  const oid = `${literal(made)}::regclass`;
  return { rules: await rulesOf(query, oid), added: await addedTo(query, oid, table) };
}

/** Rules that a table has. @param oid as SQL */
export async function rulesOf(query: RawQuery, oid: string): Promise<readonly Rule[]> {
  return query<Rule>(`
    select 'check' as kind, o.conname as name, pg_get_expr(o.conbin, o.conrelid) as condition,
      (select coalesce(json_agg(a.attname), '[]') from pg_attribute a
        where a.attrelid = o.conrelid and a.attnum = any (o.conkey)) as columns,
      '[]'::json as parts, null as predicate, false as nulls
    from pg_constraint o where o.conrelid = ${oid} and o.contype = 'c'
    union all
    select case when i.indisunique then 'unique' when o.contype = 'x' then 'exclude' else 'index' end, c.relname, null,
      (select coalesce(json_agg(a.attname), '[]') from pg_attribute a
        where a.attrelid = i.indrelid and a.attnum = any (i.indkey)),
      (select json_agg(json_build_object(
          'expression', pg_get_indexdef(i.indexrelid, k, true),
          'operator', coalesce('operator(' || s.nspname || '.' || p.oprname || ')', '=')) order by k)
        from generate_series(1, i.indnkeyatts::int) k
          left join pg_operator p on p.oid = o.conexclop[k]
          left join pg_namespace s on s.oid = p.oprnamespace),
      pg_get_expr(i.indpred, i.indrelid),
      coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false)
    from pg_index i join pg_class c on c.oid = i.indexrelid
      left join pg_constraint o on o.conindid = i.indexrelid and o.contype in ('x', 'u', 'p')
    where i.indrelid = ${oid}`);
}

async function addedTo(
  query: RawQuery,
  oid: string,
  table: Table,
): Promise<readonly AddedColumn[]> {
  const rows = await query<AddedColumn>(`
    select a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
      pg_get_expr(d.adbin, d.adrelid) as value, a.attgenerated <> '' as generated
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = ${oid} and a.attnum > 0 and not a.attisdropped order by a.attnum`);
  const known = new Set(table.columns.map(({ name }) => name));
  return rows.filter(({ name }) => !known.has(name));
}

/** Adds the columns to the table as the statement would, without the rules. */
export async function addColumns(
  query: RawQuery,
  table: Table,
  added: readonly AddedColumn[],
): Promise<void> {
  for (const { name, type, value, generated } of added) {
    const filled =
      value === null
        ? ''
        : generated
          ? `generated always as (${value}) stored`
          : `default ${value}`;
    await query(`alter table ${qualified(table)} add column ${quoted(name)} ${type} ${filled}`);
  }
}

/** The part of a statement that makes columns and rules, on another table. */
async function onTable(sql: string, table: string): Promise<string | null> {
  const parsed = await readAlterTable(sql);
  if (parsed) {
    const making = parsed.commands.filter(({ facts }) => facts.some(makesRule));
    return alterTable(
      { ...parsed, head: `alter table ${table}` },
      making.map(({ text }) => text),
    );
  }
  const [node] = await parseSql(sql);
  if (!node || !('IndexStmt' in node)) return null;
  const start = Buffer.from(sql)
    .subarray(0, node.IndexStmt.relation?.location ?? 0)
    .toString().length;
  const tokens = await tokensOf(sql);
  const first = tokens.findIndex((token) => token.start >= start);
  let last = first;
  while (tokens[last + 1]?.text === '.') last += 2;
  const head = sql.slice(0, tokens[first]?.start).replace(/\b(concurrently|only)\b/gi, '');
  return head + table + sql.slice(tokens[last]?.end);
}

function makesRule(fact: StatementFacts): boolean {
  if (fact.kind === 'add-column') return true;
  return fact.kind === 'add-constraint' && MADE.has(fact.type);
}

const MADE: ReadonlySet<string> = new Set(['check', 'unique', 'primary key', 'exclude']);

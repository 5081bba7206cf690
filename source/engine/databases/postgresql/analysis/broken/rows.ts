/** Rows that break a rule: how many, and the first of them with the values that matter. */

import { KEYS } from '../../../../../contract/rehearsal.ts';
import type { RawQuery } from '../../../raw-query.ts';
import { keyOf, type Table } from '../../catalogue/table.ts';
import type { Shape } from '../../catalogue/table-columns.ts';
import { literal, qualified, quoted } from '../../parser/sql.ts';
import type { Name } from '../../parser/statement.ts';
import { shownValue } from '../compare.ts';

export interface BrokenRows {
  readonly rows: number;
  /** `id = 2 (status = 'lost')`; they are data. */
  readonly keys: readonly string[];
}

/** @param columns whose values are shown beside the key */
export async function rowsWhere(
  query: RawQuery,
  table: Table,
  condition: string,
  columns: readonly string[],
): Promise<BrokenRows> {
  const from = `from ${qualified(table)} where ${condition}`;
  const [count] = await query(`select count(*) as n ${from}`);
  const key = keyOf(table);
  const types = new Map(table.columns.map(({ name, type }) => [name, type]));
  const others = columns.filter((column) => !key.some(({ name }) => name === column));
  const shown = [...key.map(({ name }) => name), ...others];
  const picked = shown.map((name, at) => `${quoted(name)}::text as v${at}`);
  const order = key.map(({ name }) => quoted(name));
  const rows =
    shown.length === 0
      ? []
      : await query(
          `select ${picked.join(', ')} ${from} ${order.length > 0 ? `order by ${order.join(', ')}` : ''} limit ${KEYS}`,
        );
  const text = (row: Readonly<Record<string, unknown>>, name: string, at: number) =>
    `${name} = ${shownValue(row[`v${at}`], types.get(name) ?? '')}`;
  return {
    rows: Number(count?.n ?? 0),
    keys: rows.map((row) => {
      const own = key.map(({ name }, at) => text(row, name, at)).join(', ');
      const values = others.map((name, at) => text(row, name, key.length + at)).join(', ');
      return values && own ? `${own} (${values})` : own || values;
    }),
  };
}

/** A condition that names the rows by their keys; null where they have none. */
export async function keysWhere(
  query: RawQuery,
  table: Table,
  condition: string,
): Promise<string | null> {
  const names = keyOf(table).map(({ name }) => quoted(name));
  if (names.length === 0) return null;
  const found = await query(
    `select ${names.map((name, at) => `quote_literal(${name}) as k${at}`).join(', ')}
      from ${qualified(table)} where ${condition} order by ${names.join(', ')}`,
  );
  const lists = found.map((row) => names.map((_name, at) => String(row[`k${at}`])).join(', '));
  const [left, entries] =
    names.length === 1
      ? [names.join(), lists]
      : [`(${names.join(', ')})`, lists.map((each) => `(${each})`)];
  return `${left} in (${entries.join(', ')})`;
}

/** The table of that name; of a partition, the table that it is a part of. */
export function tableOfName({ tables }: Shape, { schema, name }: Name): Table | undefined {
  const isIt = (each: Name) => each.name === name && (schema === null || each.schema === schema);
  const found = tables.filter(isIt);
  return (
    found.find(({ visible }) => visible) ??
    found[0] ??
    tables.find(({ partitions }) => partitions.some(isIt))
  );
}

const FAILED = 'pg_temp.handrail_failed';
const VALUE = 'pg_temp.handrail_value';
const BATCH = 1_000;

/**
 * A condition on the rows for which something can’t be computed or stored; null if it can for all.
 * Throws where it can't even be said without any row: then it is not the rows that are in the way.
 * Tried in batches, since trying is slow, and row by row where one of them fails.
 *
 * @param select `select …` of one row, without its `from`; `type`: what it is stored as, else null
 */
export async function failingRows(
  query: RawQuery,
  table: Table,
  expression: string,
  type: string | null,
): Promise<string | null> {
  const from = qualified(table);
  await query(`drop table if exists ${FAILED}, ${VALUE}`);
  await query(`create table ${FAILED} (part oid, place tid)`);
  // Only storing a value converts as a column does: a cast would cut what is too long.
  await query(`create table ${VALUE} (v ${type ?? 'text'})`);
  const value = type === null ? `(${expression})::text` : `(${expression})`;
  await query(`insert into ${VALUE} select ${value} from ${from} handrail_row where false`);
  const body = `
    declare
      part oid; places tid[]; place tid;
    begin
      for part, places in
        select tableoid, array_agg(ctid) from (
          select tableoid, ctid, row_number() over (partition by tableoid) / ${BATCH} as batch from ${from}
        ) rows group by tableoid, batch
      loop
        begin
          insert into ${VALUE} select ${value} from ${from} handrail_row
            where handrail_row.tableoid = part and handrail_row.ctid = any (places);
        exception when others then
          foreach place in array places loop
            begin
              insert into ${VALUE} select ${value} from ${from} handrail_row
                where handrail_row.tableoid = part and handrail_row.ctid = place;
            exception when others then
              insert into ${FAILED} values (part, place);
            end;
          end loop;
        end;
      end loop;
    end`;
  await query(`do ${literal(body)}`);
  const [count] = await query(`select count(*) as n from ${FAILED}`);
  return Number(count?.n) === 0 ? null : `(tableoid, ctid) in (select part, place from ${FAILED})`;
}

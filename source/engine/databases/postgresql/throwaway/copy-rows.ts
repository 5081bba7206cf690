/**
 * Copies the rows of one database into another of the same schema, through COPY: all of them, or a
 * sample in which every row that another refers to is there as well.
 *
 * The source is read in one transaction that can't write, so it is one state, whoever else writes.
 */

import { pipeline } from 'node:stream/promises';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { Constraints } from '../analysis/constraints.ts';
import type { Table } from '../catalogue/table.ts';
import { readShape } from '../catalogue/table-columns.ts';
import type { Session } from '../connection/session.ts';
import { literal, ownSchemas, qualified, quoted } from '../parser/sql.ts';
import { rowsOf } from './baseline.ts';

/** Tables of at most so many bytes are copied whole, whatever the rest is. */
const SMALL = 1_000_000;

/** Keys that are looked up at once. */
const BATCH = 2_000;

export interface Transfer {
  readonly source: Session;
  readonly target: Session;
  /** The table that records revisions. */
  readonly except: string;
  /** Of rows; more than that is sampled. */
  readonly bytes: number;
  onProgress(fraction: number): void;
}

interface Copied {
  readonly from: Table;
  readonly to: Table;
  /** Columns that both have and that can be written. */
  readonly columns: readonly string[];
  readonly bytes: number;
}

/** Returns the part of the rows that was copied to begin with, from 0 to 1. */
export async function transferRows(transfer: Transfer): Promise<number> {
  const { source, target } = transfer;
  for (const { query } of [source, target]) {
    await query(`set datestyle to 'ISO, MDY'; set intervalstyle to 'postgres'`);
  }
  const constraints = await Constraints.suspend(target.query);
  await source.query('begin isolation level repeatable read, read only');
  let part: number;
  try {
    // Else a policy would leave rows out without a word.
    await source.query('set local row_security = off');
    part = await copyTables(transfer);
    await copySequences(transfer);
  } finally {
    // Nobody has to wait for what is left to do.
    await source.query('rollback');
  }
  await constraints.resume();
  await refreshViews(target);
  return part;
}

async function copyTables(transfer: Transfer): Promise<number> {
  const tables = await tablesOf(transfer);
  const total = tables.reduce((sum, { bytes }) => sum + bytes, 0);
  const part = Math.min(1, transfer.bytes / Math.max(1, total));
  await emptyTables(transfer.target, tables);
  let done = 0;
  for (const table of tables) {
    await copyTable(transfer, table, part);
    done += table.bytes;
    transfer.onProgress(done / Math.max(1, total));
  }
  if (part < 1) await completeReferences(transfer, tables);
  return part;
}

/** Revisions may have put rows into them. */
async function emptyTables({ query }: Session, tables: readonly Copied[]): Promise<void> {
  const names = tables.map(({ to }) => qualified(to));
  if (names.length > 0) await query(`truncate ${names.join(', ')} cascade`);
}

async function tablesOf({ source, target, except }: Transfer): Promise<readonly Copied[]> {
  const [from, to] = [await readShape(source.query, except), await readShape(target.query, except)];
  const sizes = await source.query(
    `select c.oid::text as oid, (
        select sum(pg_table_size(t.relid)) from pg_partition_tree(c.oid) t
      )::text as bytes, pg_table_size(c.oid)::text as own
      from pg_class c where c.relkind in ('r', 'p')`,
  );
  const bytes = new Map(sizes.map(({ oid, bytes: all, own }) => [oid, Number(all ?? own)]));
  return from.tables.flatMap((table) => {
    const twin = to.tables.find(
      ({ schema, name }) => schema === table.schema && name === table.name,
    );
    if (!twin) return [];
    const columns = table.columns.flatMap(({ name, generated }) =>
      !generated && twin.columns.some((column) => column.name === name && !column.generated)
        ? [name]
        : [],
    );
    return [{ from: table, to: twin, columns, bytes: bytes.get(table.oid) ?? 0 }];
  });
}

async function copyTable(transfer: Transfer, table: Copied, part: number): Promise<void> {
  const sampled = part < 1 && table.bytes > SMALL;
  const sample = sampled ? ` tablesample system (${part * 100}) repeatable (1)` : '';
  await copyQuery(transfer, table, `${rowsOf(table.from)}${sample}`);
}

async function copyQuery({ source, target }: Transfer, table: Copied, rows: string): Promise<void> {
  const columns = table.columns.map(quoted).join(', ');
  if (columns === '') return;
  await pipeline(
    source.client.query(copyTo(`copy (select ${columns} from ${rows}) to stdout`)),
    target.client.query(copyFrom(`copy ${qualified(table.to)} (${columns}) from stdin`)),
  );
}

interface Reference {
  readonly child: string;
  readonly parent: string;
  readonly columns: readonly string[];
  readonly parentColumns: readonly string[];
  /** Of the parent's columns. */
  readonly types: readonly string[];
}

/** Rows that a sampled row refers to, and those that they refer to, until none is missing. */
async function completeReferences(transfer: Transfer, tables: readonly Copied[]): Promise<void> {
  const references = await referencesOf(transfer.source);
  const byOid = new Map(tables.map((table) => [table.from.oid, table]));
  // A reference that is broken in the source stays so.
  const broken = new Set<Reference>();
  for (let found = true; found; ) {
    found = false;
    for (const reference of references) {
      const [child, parent] = [byOid.get(reference.child), byOid.get(reference.parent)];
      if (!child || !parent || broken.has(reference)) continue;
      const keys = await missingKeys(transfer.target, reference, child, parent);
      if (keys.length === 0) continue;
      await copyQuery(transfer, parent, `${rowsOf(parent.from)} where ${among(reference, keys)}`);
      const still = await missingKeys(transfer.target, reference, child, parent);
      if (still.length > 0 && still.length === keys.length && same(still, keys)) {
        broken.add(reference);
      }
      found = true;
    }
  }
}

async function referencesOf({ query }: Session): Promise<readonly Reference[]> {
  const columns = (relation: string, numbers: string, what: string) =>
    `(select json_agg(${what} order by part.place)
      from unnest(${numbers}) with ordinality as part (number, place)
        join pg_attribute a on a.attrelid = ${relation} and a.attnum = part.number)`;
  return query<Reference>(
    `select o.conrelid::text as child, o.confrelid::text as parent,
        ${columns('o.conrelid', 'o.conkey', 'a.attname')} as columns,
        ${columns('o.confrelid', 'o.confkey', 'a.attname')} as "parentColumns",
        ${columns('o.confrelid', 'o.confkey', 'format_type(a.atttypid, a.atttypmod)')} as types
      from pg_constraint o where o.contype = 'f' and o.conparentid = 0`,
  );
}

type Key = readonly string[];

async function missingKeys(
  { query }: Session,
  { columns, parentColumns }: Reference,
  child: Copied,
  parent: Copied,
): Promise<readonly Key[]> {
  const own = columns.map((name) => `c.${quoted(name)}`);
  const filled = own.map((name) => `${name} is not null`).join(' and ');
  const matches = parentColumns.map((name, at) => `p.${quoted(name)} = ${own[at]}`).join(' and ');
  const rows = await query(
    `select distinct json_build_array(${own.map((name) => `${name}::text`).join(', ')})::text as key
      from ${qualified(child.to)} c
      where ${filled} and not exists (select from ${qualified(parent.to)} p where ${matches})
      limit ${BATCH}`,
  );
  return rows.map(({ key }) => JSON.parse(String(key)) as Key);
}

/** Typed, so that an index of the source can be used. */
function among({ parentColumns, types }: Reference, keys: readonly Key[]): string {
  const values = keys.map(
    (key) => `(${key.map((value, at) => `${literal(value)}::${types[at]}`).join(', ')})`,
  );
  return `(${parentColumns.map(quoted).join(', ')}) in (values ${values.join(', ')})`;
}

function same(some: readonly Key[], others: readonly Key[]): boolean {
  const known = new Set(others.map((key) => JSON.stringify(key)));
  return some.every((key) => known.has(JSON.stringify(key)));
}

async function copySequences({ source, target }: Transfer): Promise<void> {
  const list = `select n.nspname as schema, c.relname as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'S' and c.relpersistence <> 't' and ${ownSchemas}`;
  const nameOf = ({ schema, name }: Record<string, unknown>) =>
    qualified({ schema: String(schema), name: String(name) });
  const there = new Set((await target.query(list)).map(nameOf));
  for (const name of (await source.query(list)).map(nameOf)) {
    if (!there.has(name)) continue;
    const [row] = await source.query(`select last_value::text as last, is_called from ${name}`);
    await target.query(
      `select setval(${literal(name)}, ${String(row?.last)}, ${String(row?.is_called)})`,
    );
  }
}

/** Oldest first: one may be made of another. */
async function refreshViews({ query }: Session): Promise<void> {
  const views = await query(
    `select n.nspname as schema, c.relname as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'm' and c.relispopulated and ${ownSchemas} order by c.oid`,
  );
  for (const { schema, name } of views) {
    const view = qualified({ schema: String(schema), name: String(name) });
    await query(`refresh materialized view ${view}`);
  }
}

/**
 * How a value of before, which a mark kept as text, is compared with the one of now. Where the type
 * of the column changed, the value of now is brought back to the type of before: what can't be
 * brought back was cut.
 */

import type { RawQuery } from '../../raw-query.ts';
import type { Column, Table } from '../catalogue/table.ts';
import { quoted } from '../parser/sql.ts';
import { type KeptTable, keptColumn, rowsOf } from '../throwaway/baseline.ts';

/** Columns as SQL, of the kept table as `b` and the table of now as `m`. */
export interface Comparable {
  readonly before: Column;
  readonly after: Column;
  readonly was: string;
  readonly now: string;
  /** A condition: it is another value. */
  readonly differs: string;
}

/** Types whose values are text as they are. */
const TEXT = /^(text|character|"char"|name|citext|[\w".]*\.citext)(?!.*\[)/;
const JSON_TYPE = /^jsonb?$/;
const EXACT_NUMBER = /^(smallint|integer|bigint|numeric(\(.*\))?)$/;
const TIMESTAMP = /^timestamp(\(\d\))? with(out)? time zone$/;

function comparableAsText(before: Column, after: Column): Comparable {
  const [was, now] = sidesOf(before, after);
  return comparable(before, after, was, `${now}::text`);
}

/** @param kept of the mark, read only where the type of a column changed */
export async function comparablesOf(
  query: RawQuery,
  kept: KeptTable,
  table: Table,
  columns: readonly (readonly [before: Column, after: Column])[],
): Promise<readonly Comparable[]> {
  const found: Comparable[] = [];
  for (const [before, after] of columns) {
    const best = broughtBack(before, after);
    found.push(
      best && (await isPossible(query, kept, table, best)) ? best : comparableAsText(before, after),
    );
  }
  return found;
}

/** Null where text tells all. */
function broughtBack(before: Column, after: Column): Comparable | null {
  const [was, now] = sidesOf(before, after);
  const record = asBefore(before, after, now);
  if (record !== null) return comparable(before, after, was, record);
  const both = (...types: readonly RegExp[]) =>
    [before.type, after.type].every((type) => types.some((each) => each.test(type)));
  if (both(JSON_TYPE) && !both(/^jsonb$/)) return sameJson(before, after, was, now);
  // The scale is written, but does not matter.
  const written = before.type === after.type && before.type !== 'numeric';
  if (written || both(TEXT)) return null;
  if (both(EXACT_NUMBER)) return comparable(before, after, `${was}::numeric`, `${now}::numeric`);
  // `jsonb` orders its keys, and writes other spaces.
  if (both(TEXT, JSON_TYPE)) return comparable(before, after, `${was}::jsonb`, `${now}::jsonb`);
  const back = comparable(before, after, was, `${now}::${before.type}::text`);
  if (!both(TIMESTAMP)) return back;
  // A zone is that of the session, or what revisions say for servers of any place.
  const universal = `(${now} at time zone 'UTC')::${before.type}::text`;
  return { ...back, differs: `(${back.differs} and ${universal} is distinct from ${was})` };
}

/** A value of a composite type with the attributes that it had; null where they are the same. */
function asBefore({ attributes: had }: Column, { attributes, type }: Column, now: string) {
  if (!had || !attributes) return null;
  const has = (number: number) => attributes.some((each) => each.number === number);
  if (had.length === attributes.length && had.every(({ number }) => has(number))) return null;
  const of = (value: string) => {
    const values = had.map(({ number, name }) => {
      const found = attributes.find((each) =>
        has(number) ? each.number === number : each.name === name,
      );
      return found ? `(${value}).${quoted(found.name)}` : 'null';
    });
    return `row(${values.join(', ')})`;
  };
  const element = `(${now})[i]`;
  const elements = `select array_agg(case when ${element} is distinct from null then ${of(element)} end
    order by i)::text from generate_subscripts(${now}, 1) i`;
  const text = type.endsWith('[]') ? `coalesce((${elements}), '{}')` : `${of(now)}::text`;
  return `case when ${now} is distinct from null then ${text} end`;
}

/** `jsonb` orders keys, writes other spaces, and keeps the last one only of a key that is there twice. */
function sameJson(before: Column, after: Column, was: string, now: string): Comparable {
  const text = `${now}::text`;
  const colons = (side: string) => `length(${side}) - length(replace(${side}, ':', ''))`;
  return {
    ...comparable(before, after, `${was}::jsonb`, `${now}::jsonb`),
    differs: `(${text} is distinct from ${was} and (${now}::jsonb is distinct from ${was}::jsonb
      or ${colons(text)} <> ${colons(was)}))`,
  };
}

function comparable(before: Column, after: Column, was: string, now: string): Comparable {
  return { before, after, was, now, differs: `${now} is distinct from ${was}` };
}

function sidesOf(before: Column, after: Column): readonly [was: string, now: string] {
  return [`b.${keptColumn(before.number)}`, `m.${quoted(after.name)}`];
}

/** A value may have no counterpart in the other type, or the type may be gone. */
async function isPossible(
  query: RawQuery,
  { kept }: KeptTable,
  table: Table,
  { was, now }: Comparable,
): Promise<boolean> {
  try {
    await query(
      `select (select count(${was}) from ${kept} b), (select count(${now}) from ${rowsOf(table)} m)`,
    );
    return true;
  } catch {
    return false;
  }
}

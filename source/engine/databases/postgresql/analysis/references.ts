/**
 * Whether references lead to rows that are there. The server sees to it, unless a revision tells it
 * not to: by `disable trigger all`, or as a replica.
 */

import { KEYS } from '../../../../contract/rehearsal.ts';
import type { DialectFinding } from '../../analysis.ts';
import { findingOf, orphanWords } from '../../finding.ts';
import type { RawQuery } from '../../raw-query.ts';
import { nameOf } from '../catalogue/table.ts';
import { ownSchemas, qualified, quoted } from '../parser/sql.ts';
import { keptColumn, type PostgresqlMark } from '../throwaway/baseline.ts';
import { shownValue } from './compare.ts';

interface ForeignKey {
  readonly oid: string;
  readonly schema: string;
  readonly table: string;
  readonly partitioned: boolean;
  readonly parent: string;
  readonly parentOid: string;
  readonly parentSchema: string;
  readonly parentPartitioned: boolean;
  readonly columns: readonly ForeignKeyColumn[];
}

interface ForeignKeyColumn {
  readonly name: string;
  readonly type: string;
  readonly number: number;
  readonly key: string;
  readonly keyNumber: number;
}

export async function checkReferences(
  query: RawQuery,
  mark: PostgresqlMark,
): Promise<readonly DialectFinding[]> {
  const findings: DialectFinding[] = [];
  for (const foreignKey of await foreignKeysOf(query)) {
    const { table, schema, parent, parentSchema, columns } = foreignKey;
    const from = orphansNow(foreignKey);
    const rows = await count(query, from);
    if (rows === 0) continue;
    const before = await countBefore(query, mark, foreignKey);
    if (rows <= before) continue;
    const shown = columns.map(({ name }) => `c.${quoted(name)}::text as ${quoted(name)}`);
    const found = await query(
      `select ${shown.join(', ')} ${from} group by ${columns.map(({ name }) => `c.${quoted(name)}`).join(', ')} limit ${KEYS}`,
    );
    findings.push(
      findingOf({
        severity: 'hazard',
        kind: 'foreign-key',
        what: orphanWords(
          rows,
          nameOf({ schema, name: table }),
          nameOf({ schema: parentSchema, name: parent }),
        ),
        why: `${before > 0 ? `There were ${before} before. ` : ''}The foreign key could not act: triggers of a table kept rows from changing, were disabled, or the session had the role of a replica.`,
        table: nameOf({ schema, name: table }),
        column: columns.map(({ name }) => name).join(', '),
        rows,
        keys: found.map((row) =>
          columns.map(({ name, type }) => `${name} = ${shownValue(row[name], type)}`).join(', '),
        ),
      }),
    );
  }
  return findings;
}

/** Those that hold for every row, and not for a period, which several rows may cover. */
async function foreignKeysOf(query: RawQuery): Promise<readonly ForeignKey[]> {
  return query<ForeignKey>(`
    select c.conrelid::text as oid, n.nspname as schema, t.relname as table, t.relkind = 'p' as partitioned,
      c.confrelid::text as "parentOid", pn.nspname as "parentSchema", p.relname as parent,
      p.relkind = 'p' as "parentPartitioned",
      (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
          'number', a.attnum, 'key', k.attname, 'keyNumber', k.attnum) order by pair.place)
        from unnest(c.conkey, c.confkey) with ordinality as pair (column_number, key_number, place)
          join pg_attribute a on a.attrelid = c.conrelid and a.attnum = pair.column_number
          join pg_attribute k on k.attrelid = c.confrelid and k.attnum = pair.key_number) as columns
    from pg_constraint c join pg_class t on t.oid = c.conrelid join pg_namespace n on n.oid = t.relnamespace
      join pg_class p on p.oid = c.confrelid join pg_namespace pn on pn.oid = p.relnamespace
    where c.contype = 'f' and c.convalidated and c.conparentid = 0 and ${ownSchemas}
      and pg_get_constraintdef(c.oid) not like '%, PERIOD %'
    order by n.nspname, t.relname, c.conname`);
}

function orphansNow(foreignKey: ForeignKey): string {
  const { table, schema, partitioned, parent, parentSchema, parentPartitioned, columns } =
    foreignKey;
  const child = `${partitioned ? '' : 'only '}${qualified({ schema, name: table })}`;
  const other = `${parentPartitioned ? '' : 'only '}${qualified({ schema: parentSchema, name: parent })}`;
  return orphans(
    child,
    other,
    columns.map(({ name, key }) => [`c.${quoted(name)}`, `p.${quoted(key)}`] as const),
  );
}

function orphans(
  child: string,
  parent: string,
  pairs: readonly (readonly [column: string, key: string])[],
): string {
  const refers = pairs.map(([column]) => `${column} is not null`).join(' and ');
  const same = pairs.map(([column, key]) => `${key} = ${column}`).join(' and ');
  return `from ${child} c where ${refers} and not exists (select from ${parent} p where ${same})`;
}

async function countBefore(
  query: RawQuery,
  { tables }: PostgresqlMark,
  { oid, parentOid, columns }: ForeignKey,
): Promise<number> {
  const [child, parent] = [tables.get(oid), tables.get(parentOid)];
  if (!child || !parent) return 0;
  const has = (numbers: readonly { readonly number: number }[], number: number) =>
    numbers.some((each) => each.number === number);
  const known = columns.every(
    ({ number, keyNumber }) =>
      has(child.table.columns, number) && has(parent.table.columns, keyNumber),
  );
  if (!known) return 0;
  const pairs = columns.map(
    ({ number, keyNumber }) => [`c.${keptColumn(number)}`, `p.${keptColumn(keyNumber)}`] as const,
  );
  return count(query, orphans(child.kept, parent.kept, pairs));
}

async function count(query: RawQuery, from: string): Promise<number> {
  const [row] = await query(`select count(*) as n ${from}`);
  return Number(row?.n ?? 0);
}

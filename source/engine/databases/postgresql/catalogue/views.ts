/**
 * Views, and whether the server writes through them into the table that they show
 * (https://www.postgresql.org/docs/current/sql-createview.html#SQL-CREATEVIEW-UPDATABLE-VIEWS): a
 * statement that names such a one names that table.
 */

import type { Node } from 'libpg-query';
import type { RawQuery } from '../../raw-query.ts';
import { parseSql } from '../parser/parse.ts';
import { ownSchemas } from '../parser/sql.ts';
import { isOfRows, type Name, type StatementFacts } from '../parser/statement.ts';
import { type Table, tableNamed } from './table.ts';

export interface View {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly visible: boolean;
  /** That is written through it, by oid; null where none is, or triggers or rules do it. */
  readonly table: string | null;
  /** Numbers of the table's columns, by the view's names for them. */
  readonly columns: ReadonlyMap<string, number>;
  /** Tables that it shows, by oid, where its own triggers write in place of the server. */
  readonly behind: readonly string[];
}

export async function readViews(
  query: RawQuery,
  tables: readonly Table[],
): Promise<readonly View[]> {
  // Rows are inserted (8), updated (4) or deleted (16) through it, by no trigger and no rule.
  const rows = await query(
    `select c.oid::text as oid, n.nspname as schema, c.relname as name,
        pg_table_is_visible(c.oid) as visible,
        case when pg_relation_is_updatable(c.oid, false) & 28 <> 0
            and not exists (select from pg_trigger t where t.tgrelid = c.oid)
            and not exists (select from pg_rewrite w where w.ev_class = c.oid and w.ev_type <> '1')
          then pg_get_viewdef(c.oid) end as definition,
        case when exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgtype & 64 <> 0)
          then array(
            with recursive shown (oid) as (
              select c.oid
              union select d.refobjid from shown s join pg_rewrite w on w.ev_class = s.oid and w.ev_type = '1'
                join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
                  and d.refclassid = 'pg_class'::regclass
            ) select oid::text from shown) else '{}' end as behind
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'v' and ${ownSchemas} order by c.oid`,
  );
  const views: View[] = [];
  // A view comes after those that it shows.
  for (const { oid, schema, name, visible, definition, behind } of rows) {
    const [select] = definition === null ? [] : await parseSql(String(definition));
    const shown = select ? shownBy(select) : null;
    const view = shown && views.findLast((each) => tableNamed([each], shown.from));
    const table = shown && tableNamed(tables, shown.from);
    const columns = new Map<string, number>();
    for (const [own, of] of shown?.columns ?? []) {
      const number = view
        ? view.columns.get(of)
        : table?.columns.find((column) => column.name === of)?.number;
      if (number !== undefined) columns.set(own, number);
    }
    views.push({
      oid: String(oid),
      schema: String(schema),
      name: String(name),
      visible: visible === true,
      table: (view ? view.table : table?.oid) ?? null,
      columns,
      behind: tables
        .filter((each) => (behind as string[]).includes(each.oid))
        .map((each) => each.oid),
    });
  }
  return views;
}

/** The one thing that it selects from, and its names for that's columns. */
function shownBy(node: Node) {
  if (!('SelectStmt' in node)) return null;
  const { fromClause: [from, ...more] = [], targetList = [] } = node.SelectStmt;
  if (!from || more.length > 0 || !('RangeVar' in from)) return null;
  const { schemaname, relname = '' } = from.RangeVar;
  const columns = targetList.flatMap((target): [string, string][] => {
    if (!('ResTarget' in target)) return [];
    const { name, val } = target.ResTarget;
    const field = val && 'ColumnRef' in val ? val.ColumnRef.fields?.at(-1) : undefined;
    const of = field && 'String' in field ? field.String.sval : undefined;
    return of === undefined ? [] : [[name ?? of, of]];
  });
  return { from: { schema: schemaname ?? null, name: relname } satisfies Name, columns };
}

/** A table as it is called where the statement is sent. */
interface Called {
  readonly schema: string;
  readonly name: string;
  /** By their names. */
  readonly columns: ReadonlyMap<string, { readonly number: number }>;
}

/**
 * What a statement says of a view, said of its table.
 *
 * @param views as they are at several times
 */
export function throughView(
  facts: StatementFacts,
  views: readonly View[],
  called: (oid: string) => Called | undefined,
): StatementFacts {
  if (!isOfRows(facts)) return facts;
  const view = tableNamed(views, facts.table);
  const always = views.every(({ oid, table }) => oid !== view?.oid || table !== null);
  const table = view?.table && always ? called(view.table) : undefined;
  if (!view || !table) return facts;
  const named = (columns: readonly string[]) =>
    columns.flatMap((column) => {
      const number = view.columns.get(column);
      const [name] = [...table.columns].find(([, each]) => each.number === number) ?? [];
      return name ?? [];
    });
  const { schema, name } = table;
  switch (facts.kind) {
    case 'insert':
      return { ...facts, table: { schema, name }, sets: named(facts.sets) };
    // Of the table it says nothing of rows that the view does not show.
    case 'delete':
      return { ...facts, table: { schema, name }, all: false };
    case 'update':
      return { ...facts, table: { schema, name }, columns: named(facts.columns), all: false };
    case 'merge':
      return { ...facts, table: { schema, name }, columns: named(facts.columns) };
  }
}

/** Foreign keys as an open connection has them now. */

import type { RawQuery } from '../../raw-query.ts';
import type { ForeignKey } from './schema.ts';

/** Those whose parents are there, with the columns that they refer to. */
export async function readReferences(query: RawQuery): Promise<readonly ForeignKey[]> {
  const rows = await query(
    `select s.name as "table", f.id as "id", f."table" as "parent", f."from" as "own",
            coalesce(f."to", (select k.name from pragma_table_info(f."table") k where k.pk = f.seq + 1)) as "key",
            lower(f.on_delete) as "onDelete", lower(f.on_update) as "onUpdate"
       from main.sqlite_schema s, pragma_foreign_key_list(s.name) f
      where s.type = 'table'
        and exists (select 1 from main.sqlite_schema p where p.type = 'table' and lower(p.name) = lower(f."table"))
      order by s.name, f.id, f.seq`,
  );
  const parts = Map.groupBy(rows, ({ table, id }) => JSON.stringify([table, id]));
  return [...parts.values()].flatMap((ordered): ForeignKey[] => {
    const [first] = ordered;
    if (!first) return [];
    return [
      {
        table: String(first.table),
        columns: ordered.map(({ own }) => String(own)),
        parent: String(first.parent),
        parentColumns: ordered.map(({ key }) => String(key)),
        onDelete: String(first.onDelete),
        onUpdate: String(first.onUpdate),
      },
    ];
  });
}

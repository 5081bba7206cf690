/** Tables of the start of a run that go on to its end, and their rows that were there from the first. */

import type { DatabaseSync } from 'node:sqlite';
import { keyOf, quoted, type Schema, sameName, type Table } from '../catalogue/schema.ts';
import type { Lineage, TableFate } from '../parser/lineage.ts';
import { joinOf, type TablePair } from './compare.ts';

/** A table that continues one of the start. */
export interface OldTable {
  /** From the start to the end of a run. */
  readonly pair: TablePair;
  /** How a row is found in both; null if it can't be. */
  readonly join: string | null;
  readonly names: readonly string[];
}

export function oldTables(start: Schema, end: Schema, lineage: Lineage): readonly OldTable[] {
  return start.tables.flatMap((before): OldTable[] => {
    const fate = lineage.tables.get(before.name.toLowerCase());
    const after = end.tables.find(({ name }) => sameName(name, fate?.now));
    if (!fate || !after || before.virtual || after.virtual) return [];
    const columns = before.columns.flatMap((column) => {
      const name = fate.columns.get(column.name)?.now;
      const found = after.columns.find((each) => sameName(each.name, name));
      return found && !column.generated && !found.generated ? [[column, found] as const] : [];
    });
    const pair = { before, after, columns };
    const join = hasOtherKeys(before, fate) ? null : joinOf(pair);
    return [{ pair, join, names: fate.names }];
  });
}

function hasOtherKeys(table: Table, { columns }: TableFate): boolean {
  return (keyOf(table) ?? []).some((name) => columns.get(name)?.changed != null);
}

/** Leaves rows of `before` that were there in the start. */
export function onlyOld(database: DatabaseSync, { pair, join }: OldTable): void {
  if (join === null) return;
  const { before, after } = pair;
  database.exec(
    `delete from before.${quoted(after.name)} as m
      where not exists (select 1 from start.${quoted(before.name)} b where ${join})`,
  );
}

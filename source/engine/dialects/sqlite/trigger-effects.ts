/**
 * What triggers did in a pass to rows that were there before: what the same pass has in which no
 * trigger does anything, and it has not. Both followed no references; rows that those would have
 * taken along, as statements took away what they refer to, are none of a trigger's.
 *
 * Values that a trigger of a table gives the very rows that a statement changes, such as the time
 * of the change, are told apart from those in rows that no statement touches.
 */

import type { DatabaseSync } from 'node:sqlite';
import type { PassRecord } from '../dialect.ts';
import type { TableComparison } from '../losses.ts';
import { type Comparison, joinOf, type TablePair } from './compare.ts';
import type { Lineage, TableFate } from './lineage.ts';
import { keyOf, quoted, type Schema, sameName, type Table } from './schema.ts';
import {
  compareAll,
  referencesOf,
  type SideEffect,
  type SideEffects,
  settle,
  takenAlong,
  without,
} from './side-effects.ts';
import { readTrigger } from './statement.ts';

export interface TriggerEffects extends SideEffects {
  /** In rows that statements changed, by triggers of the same table. */
  readonly reacted: readonly SideEffect[];
}

interface Run {
  /** What both runs began with. */
  readonly start: Schema;
  /** What the run ended with in which no trigger does anything. */
  readonly quiet: Schema;
  readonly run: Schema;
  /** That of the pass, which did follow references. */
  readonly real: Schema;
  /** From the start to the quiet end. */
  readonly lineage: Lineage;
  /** Of the pass. */
  readonly statements: PassRecord['statements'];
  /** All triggers that there were in its course. */
  readonly triggers: readonly string[];
  /** Rows that statements changed by naming one of these tables. */
  affected(names: readonly string[]): number;
}

/** @param comparison of the run with the quiet one, beside the pass itself */
export function triggerEffects(comparison: Comparison, run: Run): TriggerEffects {
  const tables = tablesOf(run);
  const isOld = ({ table }: SideEffect) => tables.some(({ pair }) => pair.after === table);
  const compared = (change: (database: DatabaseSync) => void) =>
    comparison.changed(change, () => compareAll(comparison, run.quiet, run.run)).filter(isOld);
  const before = compared((database) => {
    for (const table of tables) onlyOld(database, table);
  });
  if (before.length === 0) return { lost: [], followed: [], reacted: [] };
  const sides = { ...run, twin: run.quiet };
  const references = referencesOf(sides);
  const settled = (database: DatabaseSync) => {
    settle(database, sides, references, [
      { rows: 'before', parents: ['before'], real: 'real', values: false },
    ]);
    for (const table of tables) onlyOld(database, table);
  };
  const all = compared(settled);
  const changed = new Map<Table, number>();
  const untouched = compared((database) => {
    settled(database);
    for (const table of tables) {
      if (reacts(run, table)) changed.set(table.pair.after, onlyUnchanged(database, table));
    }
  });
  const lost = all.flatMap(({ table, compared }): SideEffect[] => {
    const columns = changed.has(table) ? others(run, tables, table, untouched, changed) : null;
    const told = { ...compared, columns: columns ?? compared.columns };
    return told.lost.rows > 0 || told.columns.length > 0 ? [{ table, compared: told }] : [];
  });
  const reacted = all.flatMap(({ table, compared }): SideEffect[] => {
    const rest = without(compared, lost.find((each) => each.table === table)?.compared);
    return rest && rest.columns.length > 0 ? [{ table, compared: rest }] : [];
  });
  const rows = takenAlong(before, all, references).flatMap(({ compared, ...rest }) =>
    // Values of rows that are gone are told with these.
    compared.lost.rows > 0 ? [{ ...rest, compared: { ...compared, columns: [] } }] : [],
  );
  return { lost, followed: rows, reacted };
}

/** What a trigger of a table changed in rows of it that no statement touches. */
function others(
  run: Run,
  tables: readonly OldTable[],
  table: Table,
  untouched: readonly SideEffect[],
  changed: ReadonlyMap<Table, number>,
): TableComparison['columns'] {
  const columns = untouched.find((each) => each.table === table)?.compared.columns ?? [];
  const names = tables.find(({ pair }) => pair.after === table)?.names ?? [];
  // Statements may have given some rows the values that they had.
  const same = Math.max(0, run.affected(names) - (changed.get(table) ?? 0));
  return Math.max(0, ...columns.map(({ rows }) => rows)) > same ? columns : [];
}

interface OldTable {
  /** From the start to the quiet end. */
  readonly pair: TablePair;
  /** How a row is found in both; null if it can't be. */
  readonly join: string | null;
  readonly names: readonly string[];
}

/** Those that continue one of the start. */
function tablesOf({ start, quiet, lineage }: Run): readonly OldTable[] {
  return start.tables.flatMap((before): OldTable[] => {
    const fate = lineage.tables.get(before.name.toLowerCase());
    const after = quiet.tables.find(({ name }) => sameName(name, fate?.now));
    if (!fate || !after || before.virtual || after.virtual) return [];
    const columns = before.columns.flatMap((column) => {
      const name = fate.columns.get(column.name)?.now;
      const found = after.columns.find((each) => sameName(each.name, name));
      return found && !column.generated && !found.generated ? [[column, found] as const] : [];
    });
    const pair = { before, after, columns };
    const join = isRekeyed(before, fate) ? null : joinOf(pair);
    return [{ pair, join, names: [before.name, after.name] }];
  });
}

function isRekeyed(table: Table, { columns }: TableFate): boolean {
  return (keyOf(table) ?? []).some((name) => columns.get(name)?.changed != null);
}

/** Leaves the rows of the quiet run that were there before. */
function onlyOld(database: DatabaseSync, { pair, join }: OldTable): void {
  if (join === null) return;
  const { before, after } = pair;
  database.exec(
    `delete from before.${quoted(after.name)} as m
      where not exists (select 1 from start.${quoted(before.name)} b where ${join})`,
  );
}

/** Leaves those that have the values of before. @returns how many have others */
function onlyUnchanged(database: DatabaseSync, { pair, join }: OldTable): number {
  const { before, after, columns } = pair;
  if (join === null || columns.length === 0) return 0;
  const differs = columns.map(
    ([old, now]) => `m.${quoted(now.name)} is not b.${quoted(old.name)} collate binary`,
  );
  const { changes } = database
    .prepare(
      `delete from before.${quoted(after.name)} as m
        where exists (select 1 from start.${quoted(before.name)} b where ${join} and (${differs.join(' or ')}))`,
    )
    .run();
  return Number(changes);
}

/** Whether a trigger of the table changes the table. */
function reacts({ triggers }: Run, { names }: OldTable): boolean {
  const isNamed = (name: string) => names.some((each) => sameName(each, name));
  return triggers.some((sql) => {
    const trigger = readTrigger(sql);
    return (
      trigger !== null &&
      isNamed(trigger.table) &&
      trigger.body.some((facts) => facts.kind === 'update' && isNamed(facts.table))
    );
  });
}

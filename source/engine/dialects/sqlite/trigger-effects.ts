/**
 * What triggers did in a pass to rows that were there before: what the same pass has in which no
 * trigger does anything, and it has not. Both followed no references; rows that those would have
 * taken along, as statements took away what they refer to, are none of a trigger's.
 *
 * Values that a trigger of a table gives the very rows that a statement touches, such as the time
 * of the change, are told apart from those in other rows. What the trigger of a view does to the
 * tables behind it is what a statement says that names the view.
 */

import type { DatabaseSync } from 'node:sqlite';
import type { PassRecord } from '../dialect.ts';
import { type Comparison, joinOf, type TablePair } from './compare.ts';
import type { Lineage, TableFate } from './lineage.ts';
import { isLogged, keyText, tablesBehind } from './row-log.ts';
import { keyOf, quoted, rowidOf, type Schema, sameName, type Table } from './schema.ts';
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
  /** In rows that statements touch, by triggers of these tables or views. */
  readonly reacted: readonly (SideEffect & { readonly triggersOf: readonly string[] })[];
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
  /** What statements that change rows name. */
  readonly named: readonly string[];
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
  const sides = { ...run, twin: run.quiet, log: 'before' as const };
  const references = referencesOf(sides);
  const settled = (database: DatabaseSync) => {
    settle(database, sides, references, [
      { rows: 'before', parents: ['before'], real: 'real', values: false },
    ]);
    for (const table of tables) onlyOld(database, table);
  };
  const all = compared(settled);
  const untouched = compared((database) => {
    settled(database);
    for (const table of tables) {
      if (reacts(run, table)) onlyUntouched(database, table);
    }
  });
  const lost: SideEffect[] = [];
  const reacted: TriggerEffects['reacted'][number][] = [];
  for (const { table, compared } of all) {
    const old = tables.find(({ pair }) => pair.after === table);
    const views = viewsOf(run, old?.names ?? []);
    if (views.length > 0) {
      reacted.push({ table, compared, triggersOf: views });
      continue;
    }
    const others = untouched.find((each) => each.table === table)?.compared;
    const columns = old && reacts(run, old) ? (others?.columns ?? []) : compared.columns;
    const told = { ...compared, columns };
    if (told.lost.rows > 0 || columns.length > 0) lost.push({ table, compared: told });
    const rest = without(compared, told);
    if (rest) reacted.push({ table, compared: rest, triggersOf: [table.name] });
  }
  const rows = takenAlong(before, all, references).flatMap(({ compared, ...rest }) =>
    // Values of rows that are gone are told with these.
    compared.lost.rows > 0 ? [{ ...rest, compared: { ...compared, columns: [] } }] : [],
  );
  return { lost, followed: rows, reacted };
}

/** Views with triggers that statements name, and that one of the tables is behind. */
function viewsOf({ named, start, triggers }: Run, names: readonly string[]): readonly string[] {
  const views = new Set(triggers.flatMap((sql) => readTrigger(sql)?.table ?? []));
  return [...views].filter(
    (view) =>
      named.some((each) => sameName(each, view)) &&
      [...tablesBehind(start, view)].some((table) => names.some((name) => sameName(name, table))),
  );
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
    return [{ pair, join, names: fate.names }];
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

/** Leaves those that no statement touches. */
function onlyUntouched(database: DatabaseSync, { pair: { after }, names }: OldTable): void {
  const key = keyText('m', keyOf(after) ?? [rowidOf(after)]);
  database.exec(
    `delete from before.${quoted(after.name)} as m where ${isLogged('before', names, key, 'touched')}`,
  );
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

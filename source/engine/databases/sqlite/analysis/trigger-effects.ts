/**
 * What triggers did in a run to rows that were there before: what the same run has in which no
 * trigger does anything, and it has not.
 *
 * Values that a trigger of a table gives the very rows that a statement touches, such as the time
 * of the change, are told apart from those in other rows. What the trigger of a view does to the
 * tables behind it is what a statement says that names the view.
 */

import type { DatabaseSync } from 'node:sqlite';
import { keyOf, quoted, rowidOf, type Schema, sameName, type Table } from '../catalogue/schema.ts';
import type { Lineage } from '../parser/lineage.ts';
import { readTrigger } from '../parser/statement.ts';
import { type Comparison, sameRow } from './compare.ts';
import { type OldTable, oldTables, onlyOld } from './old-tables.ts';
import { isLogged, keyText, tablesBehind } from './row-log.ts';
import { compareAll, type SideEffect, without } from './side-effects.ts';

export interface TriggerEffects {
  readonly lost: readonly SideEffect[];
  /** In rows that statements touch, by triggers of these tables or views. */
  readonly reacted: readonly (SideEffect & { readonly triggersOf: readonly string[] })[];
}

interface Run {
  /** What both runs began with. */
  readonly start: Schema;
  /** What the run ended with in which no trigger does anything. */
  readonly quiet: Schema;
  readonly run: Schema;
  /** Where it was noted which rows statements touch. */
  readonly log: 'before' | 'log';
  /** From the start to the quiet end. */
  readonly lineage: Lineage;
  /** All triggers that there were in its course. */
  readonly triggers: readonly string[];
  /** What statements that change rows name. */
  readonly named: readonly string[];
}

/** @param comparison of the run with the quiet one */
export function triggerEffects(comparison: Comparison, run: Run): TriggerEffects {
  const tables = oldTables(run.start, run.quiet, run.lineage);
  const compared = (change: (database: DatabaseSync, table: OldTable) => void) =>
    comparison
      .changed(
        (database) => {
          for (const table of tables) {
            onlyOld(database, table);
            change(database, table);
          }
        },
        () => compareAll(comparison, run.quiet, run.run),
      )
      .filter(({ table }) => tables.some(({ pair }) => pair.after === table));
  const all = compared(() => {});
  if (all.length === 0) return { lost: [], reacted: [] };
  const untouched = compared((database, table) => {
    if (assignedIn(run, table).length > 0) onlyUntouched(database, table, run.log);
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
    const assigned = old ? assignedIn(run, old) : [];
    // A trigger names columns as they were called when it was made.
    const namesOf = (column: string) => [
      column,
      ...(old?.pair.columns.flatMap(([was, now]) => (now.name === column ? [was.name] : [])) ?? []),
    ];
    const isAssigned = ({ column }: { readonly column: string }) =>
      column === '*'
        ? assigned.length > 0
        : namesOf(column).some((name) => assigned.some((each) => sameName(each, name)));
    const columns = [
      ...compared.columns.filter((each) => !isAssigned(each)),
      ...(others?.columns.filter(isAssigned) ?? []),
    ];
    const told = { ...compared, columns };
    if (told.lost.rows > 0 || columns.length > 0) lost.push({ table, compared: told });
    const rest = without(compared, told);
    if (rest) reacted.push({ table, compared: rest, triggersOf: [table.name] });
  }
  return { lost, reacted };
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

/** Leaves those that no statement touches, and no reference changes. */
function onlyUntouched(
  database: DatabaseSync,
  { pair: { after }, names }: OldTable,
  log: Run['log'],
): void {
  const key = keyText('m', keyOf(after) ?? [rowidOf(after)]);
  const table = quoted(after.name);
  const same = sameRow(after, 'q', 'm');
  const differs = after.columns
    .filter(({ generated }) => !generated)
    .map(({ name }) => `q.${quoted(name)} is not m.${quoted(name)}`);
  const changed =
    log === 'before' || same === null || differs.length === 0
      ? ''
      : ` or exists (select 1 from log.${table} q where ${same} and (${differs.join(' or ')}))`;
  database.exec(
    `delete from before.${table} as m where ${isLogged(log, names, key, 'touched')}${changed}`,
  );
}

/** Columns that triggers of the table give values, in the row that they act for. */
function assignedIn({ triggers }: Run, { names, pair }: OldTable): readonly string[] {
  const isNamed = (name: string) => names.some((each) => sameName(each, name));
  return triggers.flatMap((sql) => {
    const trigger = readTrigger(sql);
    if (trigger === null || !isNamed(trigger.table)) return [];
    return trigger.body.flatMap((facts) =>
      facts.kind === 'update' && isNamed(facts.table) && isOfOneRow(facts.ownColumns, pair)
        ? facts.assignments.map(({ column }) => column)
        : [],
    );
  });
}

/** Whether these columns find a row by itself. */
function isOfOneRow(columns: readonly string[], { before, after }: OldTable['pair']): boolean {
  const has = (name: string) => columns.some((each) => sameName(each, name));
  const isKey = (table: Table) => keyOf(table)?.every(has) ?? false;
  return ROW_NUMBER.some(has) || isKey(before) || isKey(after);
}

const ROW_NUMBER = ['rowid', '_rowid_', 'oid'];

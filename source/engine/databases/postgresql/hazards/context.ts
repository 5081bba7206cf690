/** What hazards are found in: a measured pass, with what its statements say, and the target. */

import type { Direction } from '../../../../contract/direction.ts';
import type { LockMode } from '../../../../contract/rehearsal.ts';
import type { DialectFinding, RevisionStatements } from '../../analysis.ts';
import type { PassRecord } from '../../measurement.ts';
import type { TableFacts, Tables } from '../../throwaway.ts';
import { type Name, readStatement, type StatementFacts } from '../parser/statement.ts';

export interface Survey {
  readonly direction: Direction;
  readonly steps: readonly Step[];
  readonly statements: RevisionStatements;
  /** Of the statements of the other direction, in their order. */
  readonly other: readonly (readonly StatementFacts[])[];
  /** Before the pass. */
  readonly throwaway: Tables;
  readonly target: Tables;
  /** How many times as long as usual a reference query took on the machine; at least 1. */
  readonly slowdown: number;
}

/** A statement of the pass. */
export interface Step {
  /** Its index among the statements of the direction; -1 if it is not known among them. */
  readonly at: number;
  readonly effect: PassRecord['statements'][number];
  readonly facts: readonly StatementFacts[];
  /** The strongest lock on each table while it ran. */
  readonly held: ReadonlyMap<string, Held>;
  /** Names that tables have now, with those that they had before the pass. */
  readonly names: ReadonlyMap<string, string>;
}

interface Held {
  readonly mode: LockMode;
  /** The step that took it, from 0. */
  readonly since: number;
}

/** Finds one kind of hazard. Pure: what it knows is in the survey. */
export type Hazard = (
  survey: Survey,
) => readonly DialectFinding[] | Promise<readonly DialectFinding[]>;

export async function surveyOf(
  pass: PassRecord,
  statements: RevisionStatements,
  throwaway: Tables,
  target: Tables,
  slowdown: number,
): Promise<Survey> {
  const { direction } = pass;
  const known = statements[direction];
  const other = statements[direction === 'up' ? 'down' : 'up'];
  const steps: Step[] = [];
  let held = new Map<string, Held>();
  let names = new Map<string, string>();
  for (const [index, effect] of pass.statements.entries()) {
    const facts = await readStatement(effect.sql);
    const { locks } = effect;
    if (locks === null) held = new Map();
    else if (locks.length > 0) {
      const taken = locks.map(({ relation, mode }) => [relation, { mode, since: index }] as const);
      held = new Map([...held, ...taken]);
    }
    const at = known[index] === effect.sql ? index : known.indexOf(effect.sql);
    steps.push({ at, effect, facts, held, names });
    for (const fact of facts) {
      if (fact.kind !== 'rename-table') continue;
      const from = shownAs(throwaway, fact.table);
      const lock = held.get(from);
      if (lock) held = new Map(held).set(fact.to, lock);
      names = new Map(names).set(fact.to, names.get(from) ?? from);
    }
  }
  return {
    direction,
    steps,
    statements,
    other: await Promise.all(other.map(readStatement)),
    throwaway,
    target,
    slowdown,
  };
}

/** A name of a statement as measurements have it. */
export function shownAs(tables: Tables, { schema, name }: Name): string {
  return schema !== null && tables.has(`${schema}.${name}`) ? `${schema}.${name}` : name;
}

export interface Place {
  /** As it was on the throwaway before the pass. */
  readonly here: TableFacts | undefined;
  readonly there: TableFacts | undefined;
}

export function placeOf({ throwaway, target }: Survey, { names }: Step, table: string): Place {
  const name = names.get(table) ?? table;
  return { here: throwaway.get(name), there: target.get(name) };
}

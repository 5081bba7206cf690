/** What commands need to know to say whether they can be done now. */

import type { History } from '../contract/history.ts';
import type { Problem } from '../contract/problem.ts';
import type { Revision } from '../contract/revision.ts';

export interface Facts {
  readonly history: History | null;
  readonly lookProblem: Problem | null;
  readonly running: boolean;
  readonly cancelling: boolean;
  /** What is running is a rehearsal. */
  readonly rehearsing: boolean;
  /** There is a rehearsal to show: the one that is going on, or the last one. */
  readonly rehearsal: boolean;
  /** Something stands in place of the detail: a result, a refusal, an interrupted run. */
  readonly card: boolean;
  /** A report is on screen. */
  readonly report: boolean;
  /** Repairs that it offers. */
  readonly repairs: number;
  /** Statements of the plan on screen that would delete rows of other tables. */
  readonly hazards: number;
  /** The plan on screen is a downgrade that a protected target wants proven. */
  readonly unproven: boolean;
  /** The revision under the cursor. */
  readonly selected: Revision | null;
  /** The problem on screen, if any, has details. */
  readonly hasDetails: boolean;
  /** A remedy of the finding under the cursor is SQL. */
  readonly remedySql: boolean;
  /** Statements can be opened, copied or saved. */
  readonly statementSelected: boolean;
  /** The filter in force. */
  readonly filter: string;
  /** How many checklists there are to turn through. */
  readonly checklists: number;
  /** How many schemas are listed. */
  readonly schemas: number;
  /** The plan on screen is about several schemas. */
  readonly walk: boolean;
  /** There is a throwaway of the entities. */
  readonly built: boolean;
  /** The list that has the focus may be filtered. */
  readonly log: 'runs' | 'statements' | 'output' | null;
}

export const noFacts: Facts = {
  history: null,
  lookProblem: null,
  running: false,
  cancelling: false,
  rehearsing: false,
  rehearsal: false,
  report: false,
  repairs: 0,
  hazards: 0,
  unproven: false,
  card: false,
  selected: null,
  hasDetails: false,
  remedySql: false,
  statementSelected: false,
  filter: '',
  checklists: 0,
  schemas: 0,
  walk: false,
  built: false,
  log: null,
};

const REHEARSING = 'A rehearsal is going on. Wait until it is over, or cancel it with Ctrl+C.';

/** Why no plan can be made at all now. */
export function cannotPlan(facts: Facts): string | null {
  if (facts.rehearsing) return REHEARSING;
  if (facts.running) return 'A run is going. Wait until it has ended, or cancel it with Ctrl+C.';
  if (facts.lookProblem)
    return 'The project can’t be read as it is. Fix it: Handrail reloads automatically.';
  if (!facts.history) return 'Handrail is still looking at the project.';
  return null;
}

/** What is renamed or dropped is what code asks for that runs while the revision is applied. */

import type { DialectFinding, DialectRepair } from '../../analysis.ts';
import { findingOf } from '../../finding.ts';
import type { Name, StatementFacts } from '../parser/statement.ts';
import { quotedName, sameName } from '../throwaway/names.ts';
import { sizeWords, usageWords } from './blocking.ts';
import { type Hazard, placeOf, type Step, type Survey, shownAs } from './context.ts';
import { undoing } from './edits.ts';

export const inUse: Hazard = (survey) =>
  // After a downgrade the code is the older one, too.
  survey.direction === 'down'
    ? []
    : survey.steps.flatMap((step) => step.facts.flatMap((fact) => takenAway(survey, step, fact)));

function takenAway(survey: Survey, step: Step, fact: StatementFacts): readonly DialectFinding[] {
  switch (fact.kind) {
    case 'rename-table':
      if (isViewed(survey, step, fact.table)) return [];
      return found(survey, step, fact.table, null, {
        done: `renamed to ${fact.to}`,
        why: 'Code that runs meanwhile asks for the old name, and code that is deployed before for the new one: both fail.',
        repairs: viewInstead(survey, step, fact),
      });
    case 'rename-column':
      return found(survey, step, fact.table, fact.from, {
        done: `column ${fact.from} renamed to ${fact.to}`,
        why: 'Code that runs meanwhile asks for the old name, and code that is deployed before for the new one: both fail. A new column that a trigger keeps equal, filled in batches, lets both work until the old one is dropped by a later revision.',
        repairs: [],
      });
    case 'drop-column':
      return found(survey, step, fact.table, fact.column, {
        done: `column ${fact.column} dropped`,
        why: 'Code that still selects it fails. Deploy code without it first.',
        repairs: [],
      });
    case 'drop-table':
      return fact.tables.flatMap((table) =>
        found(survey, step, table, null, {
          done: 'dropped',
          why: 'Code that still asks for it fails. Deploy code without it first.',
          repairs: [],
        }),
      );
    default:
      return [];
  }
}

function found(
  survey: Survey,
  step: Step,
  name: Name,
  column: string | null,
  { done, why, repairs }: Pick<DialectFinding, 'why' | 'repairs'> & { readonly done: string },
): readonly DialectFinding[] {
  const now = shownAs(survey.throwaway, name);
  const { there } = placeOf(survey, step, now);
  // Nobody else knows the name that the revision gave it before.
  const table = step.names.get(now) ?? now;
  if (!there || there.empty || there.uses + there.sessions === 0) return [];
  return [
    findingOf({
      kind: 'in-use',
      // Statistics tell that it was used some time; a lock tells that it is.
      severity: there.sessions > 0 ? 'hazard' : 'notice',
      what: `${table}${sizeWords(there)}, ${done}: code that runs now may use it.`,
      why: `${why} ${usageWords(there)}`.trim(),
      table,
      column,
      statement: step.effect.sql,
      repairs,
    }),
  ];
}

/** A view of the old name is there for older code. */
function isViewed(survey: Survey, step: Step, table: Name): boolean {
  return survey.steps.some(
    (later) =>
      later !== step &&
      later.facts.some((fact) => fact.kind === 'create-view' && sameName(fact.view, table)),
  );
}

/** https://www.postgresql.org/docs/current/sql-createview.html: such a view can be written to. */
function viewInstead(
  survey: Survey,
  step: Step,
  { table, to }: Extract<StatementFacts, { kind: 'rename-table' }>,
): readonly DialectRepair[] {
  if (step.at < 0) return [];
  const undo = undoing(
    survey,
    (fact) => fact.kind === 'rename-table' && fact.table.name === to && fact.to === table.name,
  );
  const view = quotedName(table);
  const renamed = quotedName({ schema: table.schema, name: to });
  return [
    {
      title: `Leave a view under the name ${table.name}`,
      caution: `Drop the view in a later revision, when no code asks for ${table.name} any more.`,
      edits: [
        {
          direction: 'up',
          at: step.at,
          place: 'after',
          statements: [`create view ${view} as select * from ${renamed}`],
        },
        ...(undo
          ? [
              {
                direction: undo.direction,
                at: undo.at,
                place: 'before' as const,
                statements: [`drop view ${view}`],
              },
            ]
          : []),
      ],
    },
  ];
}

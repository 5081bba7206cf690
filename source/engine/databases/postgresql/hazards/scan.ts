/** A table is read from end to end while others wait, to see whether all rows fit a constraint. */

import type { DialectFinding, DialectRepair, Edit } from '../../analysis.ts';
import { quoted } from '../parser/sql.ts';
import type { StatementFacts } from '../parser/statement.ts';
import { madeName, quotedName, sameName } from '../throwaway/names.ts';
import { blocks } from './blocking.ts';
import { type Hazard, type Step, type Survey, shownAs } from './context.ts';
import { commandOf, replaceCommand, undoing } from './edits.ts';

type NotNull = Extract<StatementFacts, { kind: 'set-not-null' }>;
type AddConstraint = Extract<StatementFacts, { kind: 'add-constraint' }>;

export const scan: Hazard = async (survey) => {
  const findings: DialectFinding[] = [];
  for (const step of survey.steps) {
    for (const fact of step.facts) {
      const found = await scanned(survey, step, fact);
      // One reading is for all that a statement checks.
      const known = findings.some(
        ({ statement, table }) => statement === step.effect.sql && table === found[0]?.table,
      );
      if (!known) findings.push(...found);
    }
  }
  return findings;
};

async function scanned(
  survey: Survey,
  step: Step,
  fact: StatementFacts,
): Promise<readonly DialectFinding[]> {
  if (fact.kind !== 'set-not-null' && (fact.kind !== 'add-constraint' || !isChecked(fact)))
    return [];
  const table = shownAs(survey.throwaway, fact.table);
  // Whether rows that are referred to exist may be looked up in indexes alone, and is always.
  const refers = fact.kind === 'add-constraint' && fact.type === 'foreign key';
  if (!refers && !step.effect.scanned.includes(table)) return [];
  if (step.effect.rewritten.includes(table)) return [];
  const repair =
    fact.kind === 'add-constraint'
      ? await validateLater(step, fact)
      : await checkBefore(survey, step, fact);
  const referenced =
    fact.kind === 'add-constraint' && fact.references
      ? ` ${fact.references.name} can’t be written to either.`
      : '';
  return blocks(survey, step, {
    table,
    done: 'every row of it read',
    work: refers ? 'looked up' : 'read',
    usual: 'ACCESS EXCLUSIVE',
    why: `${WHY[fact.kind]}${referenced}`,
    repairs: repair ? [repair] : [],
  });
}

const WHY = {
  'set-not-null':
    'SET NOT NULL looks at every row, unless a valid check constraint says that none is null.',
  'add-constraint':
    'A new constraint is checked against every row that is there, unless it is NOT VALID.',
} as const;

function isChecked(fact: AddConstraint): boolean {
  return (
    !fact.notValid &&
    (fact.type === 'check' || fact.type === 'foreign key' || fact.type === 'not null')
  );
}

/** A check that is validated while others work proves that SET NOT NULL need not look. */
async function checkBefore(
  survey: Survey,
  step: Step,
  { table, column }: NotNull,
): Promise<DialectRepair | null> {
  const isIt = (fact: StatementFacts) =>
    fact.kind === 'set-not-null' && fact.column === column && sameName(fact.table, table);
  const name = quoted(madeName(table.name, column, 'is_not_null'));
  const check = `add constraint ${name} check (${quoted(column)} is not null)`;
  const added = await replaceCommand(step.effect.sql, { direction: 'up', at: step.at }, isIt, [
    `${check} not valid`,
  ]);
  const undo = undoing(
    survey,
    (fact) =>
      fact.kind === 'drop-not-null' && fact.column === column && sameName(fact.table, table),
  );
  const removed =
    undo &&
    (await replaceCommand(
      undo.sql,
      undo,
      (fact) => fact.kind === 'drop-not-null' && fact.column === column,
      [`drop constraint ${name}`],
    ));
  if (!added || (undo && !removed)) return null;
  const alter = `alter table ${quotedName(table)}`;
  return {
    title: `Prove it with a check first, in revisions of their own`,
    caution: SEPARATE,
    edits: [added, ...(removed ? [removed] : [])],
    further: [
      validation(alter, name, `${check} not valid`),
      {
        label: `${column}_not_null`,
        up: [
          `${alter} alter column ${quoted(column)} set not null`,
          `${alter} drop constraint ${name}`,
        ],
        down: [`${alter} ${check}`, `${alter} alter column ${quoted(column)} drop not null`],
        alone: false,
      },
    ],
  };
}

/** NOT VALID holds for what is written from now on; what is there is checked while others work. */
async function validateLater(step: Step, fact: AddConstraint): Promise<DialectRepair | null> {
  if (fact.name === null || step.at < 0) return null;
  const isIt = (each: StatementFacts) =>
    each.kind === 'add-constraint' && each.name === fact.name && sameName(each.table, fact.table);
  const command = await commandOf(step, isIt);
  if (command === null || !/^add\s+constraint\b/i.test(command)) return null;
  const added = `${command} not valid`;
  const edit: Edit | null = await replaceCommand(
    step.effect.sql,
    { direction: 'up', at: step.at },
    isIt,
    [added],
  );
  if (!edit) return null;
  const alter = `alter table ${quotedName(fact.table)}`;
  return {
    title: `Add ${fact.name} as NOT VALID, and validate it in a revision of its own`,
    caution: SEPARATE,
    edits: [edit],
    further: [validation(alter, quoted(fact.name), added)],
  };
}

/** Without a transaction, so that no run puts it into one with what holds the lock. */
function validation(alter: string, name: string, added: string) {
  return {
    label: 'validate',
    up: [`${alter} validate constraint ${name}`],
    down: [`${alter} drop constraint ${name}, ${added}`],
    alone: true,
  };
}

export const SEPARATE =
  'The revisions must not share a transaction. Handrail runs them apart; mikro-orm’s own command needs migrations.allOrNothing set to false.';

/** Every row of a table is written into a new file, while nobody can read or write it. */

import type { DialectFinding, DialectRepair } from '../../analysis.ts';
import { parseSql, tokensOf } from '../parser/parse.ts';
import { quoted } from '../parser/sql.ts';
import type { StatementFacts } from '../parser/statement.ts';
import { madeName, quotedName, sameName } from '../throwaway/names.ts';
import { blocks } from './blocking.ts';
import { type Hazard, type Step, type Survey, shownAs } from './context.ts';
import { commandOf, replaceCommand } from './edits.ts';

type AddColumn = Extract<StatementFacts, { kind: 'add-column' }>;
type AlterType = Extract<StatementFacts, { kind: 'alter-type' }>;

export const rewrite: Hazard = async (survey) => {
  const findings: DialectFinding[] = [];
  for (const step of survey.steps) {
    for (const table of step.effect.rewritten) {
      const { why, repairs } = await causeOf(survey, step, table);
      findings.push(
        ...blocks(survey, step, {
          table,
          done: 'rewritten',
          work: 'rewritten',
          usual: 'ACCESS EXCLUSIVE',
          why,
          repairs,
        }),
      );
    }
  }
  return findings;
};

async function causeOf(
  survey: Survey,
  step: Step,
  table: string,
): Promise<{ readonly why: string; readonly repairs: readonly DialectRepair[] }> {
  const own = step.facts.filter(
    (fact) => 'table' in fact && fact.table && shownAs(survey.throwaway, fact.table) === table,
  );
  const retyped = own.find((fact): fact is AlterType => fact.kind === 'alter-type');
  if (retyped) {
    return {
      why: `The new type of ${retyped.column} is stored in another way.`,
      repairs: await switchLater(step, retyped),
    };
  }
  const added = own.find(
    (fact): fact is AddColumn => fact.kind === 'add-column' && fact.hasDefault,
  );
  if (added) {
    return {
      why: `The default of ${added.column} is another one for each row, so that each has to be written.`,
      repairs: await fillLater(survey, step, added),
    };
  }
  const [only, ...more] = step.facts;
  if (more.length === 0 && (only?.kind === 'vacuum' || only?.kind === 'cluster')) {
    const leftOut = { direction: survey.direction, at: step.at, place: 'instead' } as const;
    return {
      why: 'VACUUM FULL and CLUSTER make a table smaller or sort it; its content stays the same.',
      repairs: [
        {
          title: 'Leave it out',
          caution: 'The tool pg_repack does the same while others work.',
          edits: step.at < 0 ? null : [{ ...leftOut, statements: [] }],
          shown: [],
        },
      ],
    };
  }
  return { why: '', repairs: [] };
}

/** The default is for new rows; those that are there get theirs batch by batch. */
async function fillLater(
  survey: Survey,
  step: Step,
  { table, column, notNull }: AddColumn,
): Promise<readonly DialectRepair[]> {
  const isIt = (fact: StatementFacts) =>
    fact.kind === 'add-column' && fact.column === column && sameName(fact.table, table);
  const command = await commandOf(step, isIt);
  const parts = command === null ? null : await plainColumn(command);
  if (survey.direction === 'down' || !parts) return [];
  const named = quoted(column);
  const edit = await replaceCommand(step.effect.sql, { direction: 'up', at: step.at }, isIt, [
    `add column ${named} ${parts.type}`,
    `alter column ${named} set default ${parts.value}`,
  ]);
  if (!edit) return [];
  const alter = `alter table ${quotedName(table)} alter column ${named}`;
  const filled = {
    label: `fill_${column}`,
    up: [batches(quotedName(table), `${named} = default`, `${named} is null`)],
    down: [],
    alone: true,
  };
  const declared = {
    label: `${column}_not_null`,
    up: [`${alter} set not null`],
    down: [`${alter} drop not null`],
    alone: false,
  };
  return [
    {
      title: `Add ${column} without values, and fill it in batches in a revision of its own`,
      caution: 'Until that has run, rows that were there have NULL in it.',
      edits: [edit],
      further: notNull ? [filled, declared] : [filled],
    },
  ];
}

/** Type and default of `add column`; null if it says more than that and NOT NULL. */
async function plainColumn(
  command: string,
): Promise<{ readonly type: string; readonly value: string } | null> {
  const head = 'alter table t ';
  const bytes = Buffer.from(head + command);
  const [statement] = await parseSql(bytes.toString());
  const [first] =
    statement && 'AlterTableStmt' in statement ? (statement.AlterTableStmt.cmds ?? []) : [];
  const definition = first && 'AlterTableCmd' in first ? first.AlterTableCmd.def : undefined;
  if (!definition || !('ColumnDef' in definition)) return null;
  const { typeName, constraints = [], collClause } = definition.ColumnDef;
  const written = constraints.flatMap((each) => ('Constraint' in each ? [each.Constraint] : []));
  const start = typeName?.location ?? -1;
  const [one] = written;
  const index = written.findIndex(({ contype }) => contype === 'CONSTR_DEFAULT');
  const plain = written.every(({ contype }) => PLAIN.has(contype ?? ''));
  if (collClause || start < 0 || one?.location === undefined || index < 0 || !plain) return null;
  const part = (from: number, to?: number) => bytes.subarray(from, to).toString().trim();
  const value = part(written[index]?.location ?? 0, written[index + 1]?.location);
  return { type: part(start, one.location), value: value.replace(/^default\s+/i, '') };
}

const PLAIN: ReadonlySet<string> = new Set(['CONSTR_DEFAULT', 'CONSTR_NOTNULL', 'CONSTR_NULL']);

/** Many short transactions in place of a long one: others wait for few rows, and not for long. */
function batches(table: string, set: string, where: string): string {
  return `do $$
declare changed bigint;
begin
  loop
    update ${table} set ${set} where ctid = any (array(select ctid from ${table} where ${where} limit 10000));
    get diagnostics changed = row_count;
    exit when changed = 0;
    commit;
  end loop;
end $$`;
}

/** What else depends on the column only its author knows, and so a person has to do it. */
async function switchLater(
  step: Step,
  { table, column }: AlterType,
): Promise<readonly DialectRepair[]> {
  const isIt = (fact: StatementFacts) =>
    fact.kind === 'alter-type' && fact.column === column && sameName(fact.table, table);
  const command = await commandOf(step, isIt);
  const match = /\b(?:set\s+data\s+)?type\s+(.+?)(?:\s+using\s+(.+))?$/is.exec(command ?? '');
  const [, type, using] = match ?? [];
  if (type === undefined) return [];
  const [owner, old] = [quotedName(table), quoted(column)];
  const next = madeName('', column, 'new').slice(1);
  const name = madeName(table.name, column, 'sync');
  const value = using ?? `${old}::${type}`;
  const fresh = await inTrigger(value, column);
  return [
    {
      title: `Add a new column, fill it in batches, and switch to it, in three revisions`,
      caution: `Indexes, constraints, the default and NOT NULL of ${column} have to be made for ${next}, too, before the switch.`,
      edits: null,
      shown: [
        `-- 1. This revision\nalter table ${owner} add column ${quoted(next)} ${type}`,
        `create function ${quoted(name)}() returns trigger language plpgsql as $$ begin new.${quoted(next)} := ${fresh}; return new; end $$`,
        `create trigger ${quoted(name)} before insert or update on ${owner} for each row execute function ${quoted(name)}()`,
        `-- 2. Without a transaction\n${batches(owner, `${quoted(next)} = ${value}`, `${quoted(next)} is null and ${old} is not null`)}`,
        `-- 3. In the end\ndrop trigger ${quoted(name)} on ${owner}`,
        `drop function ${quoted(name)}()`,
        `alter table ${owner} drop column ${old}`,
        `alter table ${owner} rename column ${quoted(next)} to ${old}`,
      ],
    },
  ];
}

/** The expression with the row of a trigger in place of the column. */
async function inTrigger(expression: string, column: string): Promise<string> {
  const names = new Set([column, quoted(column)]);
  const places = (await tokensOf(expression)).filter(({ text }) => names.has(text));
  return places
    .toReversed()
    .reduce(
      (text, { start, end }) => `${text.slice(0, start)}new.${quoted(column)}${text.slice(end)}`,
      expression,
    );
}

/** An index is built while nobody can write to its table. */

import type { DialectFinding, DialectRepair, Edit } from '../../analysis.ts';
import { quoted } from '../parser/sql.ts';
import type { Name, StatementFacts } from '../parser/statement.ts';
import { quotedName, sameName } from '../throwaway/names.ts';
import { blocks } from './blocking.ts';
import { type Hazard, placeOf, type Step, type Survey, shownAs } from './context.ts';
import { commandOf, replaceCommand, undoing } from './edits.ts';
import { SEPARATE } from './scan.ts';

type CreateIndex = Extract<StatementFacts, { kind: 'create-index' }>;
type AddConstraint = Extract<StatementFacts, { kind: 'add-constraint' }>;

export const indexBuild: Hazard = async (survey) => {
  const findings: DialectFinding[] = [];
  for (const step of survey.steps) {
    if (step.facts.some((fact) => 'concurrently' in fact && fact.concurrently)) continue;
    const tables = new Set(step.effect.built.map(({ table }) => table));
    for (const table of tables) {
      const indexes = step.effect.built.filter((each) => each.table === table);
      const names = indexes.map(({ index }) => index).join(', ');
      findings.push(
        ...blocks(survey, step, {
          table,
          done: `${names} built`,
          work: 'built',
          usual: 'SHARE',
          why: 'An index is built under a lock unless that is done CONCURRENTLY, outside of a transaction.',
          repairs: await repairsOf(survey, step, table),
        }),
      );
    }
  }
  return findings;
};

async function repairsOf(
  survey: Survey,
  step: Step,
  table: string,
): Promise<readonly DialectRepair[]> {
  const { here } = placeOf(survey, step, table);
  const [only, ...more] = step.facts;
  if (step.at < 0) return [];
  if (only?.kind === 'create-index' && more.length === 0) {
    // https://www.postgresql.org/docs/current/sql-createindex.html: not on partitioned tables.
    return here?.partitioned ? [] : [concurrently(survey, step, only)];
  }
  if (only?.kind === 'reindex' && more.length === 0) {
    const sql = step.effect.sql.replace(
      /^(\s*reindex\b.*?\b(?:index|table|schema)\b)/is,
      '$1 concurrently',
    );
    return [alone(survey, step, sql, [])];
  }
  const unique = step.facts.find(
    (fact): fact is AddConstraint =>
      fact.kind === 'add-constraint' &&
      fact.type === 'unique' &&
      shownAs(survey.throwaway, fact.table) === table,
  );
  const repair = unique && !here?.partitioned ? await indexFirst(survey, step, unique) : null;
  return repair ? [repair] : [];
}

function concurrently(survey: Survey, step: Step, fact: CreateIndex): DialectRepair {
  const sql = step.effect.sql.replace(/^(\s*create\s+(?:unique\s+)?index)\b/i, '$1 concurrently');
  const undo =
    fact.name === null
      ? null
      : undoing(
          survey,
          (each) =>
            each.kind === 'drop-index' &&
            each.names.length === 1 &&
            each.names[0]?.name === fact.name,
        );
  const name: Name = { schema: fact.table.schema, name: fact.name ?? '' };
  const dropped = undo
    ? undo.sql.replace(/^(\s*drop\s+index)\b/i, '$1 concurrently')
    : `drop index concurrently if exists ${quotedName(name)}`;
  const down = fact.name === null ? [] : [dropped];
  return alone(survey, step, sql, down, undo);
}

/** The statement without a transaction: this revision if it is all of it, else one of its own. */
function alone(
  survey: Survey,
  step: Step,
  sql: string,
  down: readonly string[],
  undo: ReturnType<typeof undoing> = null,
): DialectRepair {
  const { up, down: others } = survey.statements;
  const all = up.length === 1 && others.length === (undo ? 1 : 0);
  const place = { direction: 'up', at: step.at, place: 'instead' } as const;
  const undone: Edit[] = undo
    ? [{ direction: 'down', at: undo.at, place: 'instead', statements: all ? down : [] }]
    : [];
  const caution =
    'If it fails, an index that is not valid stays behind: drop it, and run the revision again.';
  if (all) {
    return {
      title: 'Do it concurrently, without a transaction',
      caution,
      edits: [{ ...place, statements: [sql] }, ...undone],
      alone: true,
    };
  }
  return {
    title: 'Do it concurrently, in a revision of its own without a transaction',
    caution,
    edits: [{ ...place, statements: [] }, ...undone],
    further: [{ label: 'concurrently', up: [sql], down, alone: true }],
  };
}

/** A unique index is built while others work; the constraint then takes it as it is. */
async function indexFirst(
  survey: Survey,
  step: Step,
  { name, table, columns }: AddConstraint,
): Promise<DialectRepair | null> {
  const isIt = (fact: StatementFacts) =>
    fact.kind === 'add-constraint' && fact.name === name && sameName(fact.table, table);
  const command = name === null ? null : await commandOf(step, isIt);
  if (name === null || command === null || !PLAIN_UNIQUE.test(command)) return null;
  const edit = await replaceCommand(step.effect.sql, { direction: 'up', at: step.at }, isIt, []);
  const drops = (fact: StatementFacts) =>
    fact.kind === 'drop-constraint' && fact.name === name && sameName(fact.table, table);
  const undo = undoing(survey, drops);
  const undone = undo && (await replaceCommand(undo.sql, undo, drops, []));
  if (!edit || (undo && !undone)) return null;
  const alter = `alter table ${quotedName(table)}`;
  const index = quotedName({ schema: table.schema, name });
  const on = `index ${quoted(name)} on ${quotedName(table)} (${columns.map(quoted).join(', ')})`;
  return {
    title: `Build the index of ${name} concurrently first, in a revision of its own`,
    caution: SEPARATE,
    edits: [edit, ...(undone ? [undone] : [])],
    further: [
      {
        label: 'concurrently',
        up: [`create unique ${on.replace('index', 'index concurrently')}`],
        down: [`drop index concurrently if exists ${index}`],
        alone: true,
      },
      {
        label: 'constraint',
        up: [`${alter} add constraint ${quoted(name)} unique using index ${quoted(name)}`],
        // The index goes with the constraint, and was there before it.
        down: [`${alter} drop constraint ${quoted(name)}`, `create unique ${on}`],
        alone: false,
      },
    ],
  };
}

const PLAIN_UNIQUE = /^add\s+constraint\s+\S+\s+unique\s*\([^()]*\)$/i;

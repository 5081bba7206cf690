/** A lock that others wait for is held while the transaction does other work. */

import { duration, plural } from '../../../../text/format.ts';
import type { DialectFinding } from '../../analysis.ts';
import { findingOf } from '../../finding.ts';
import { isAtLeast } from '../execution/relations.ts';
import { estimateOfRows, estimateOfTable, severityOf, sizeWords, type Work } from './blocking.ts';
import { type Hazard, placeOf, type Step, type Survey } from './context.ts';

export const longTransaction: Hazard = (survey) => {
  const findings: DialectFinding[] = [];
  const told = new Set<string>();
  for (const [index, { held }] of survey.steps.entries()) {
    for (const [table, { mode, since }] of held) {
      if (since !== index || told.has(table) || !isAtLeast(mode, 'SHARE')) continue;
      told.add(table);
      findings.push(...heldMeanwhile(survey, index, table));
    }
  }
  return findings;
};

function heldMeanwhile(survey: Survey, index: number, table: string): readonly DialectFinding[] {
  const [step, ...later] = survey.steps.slice(index);
  const mode = step?.held.get(table)?.mode;
  if (!step || !mode) return [];
  const work = later.filter(({ effect }) => effect.error === null && doesWork(effect, table));
  const known = work.flatMap((each) => estimatesOf(survey, each, table));
  // A loop of rows with too little to estimate from is told by its statements, if at all.
  if (known.length === 0) return [];
  const about = known.reduce((sum, ms) => sum + ms, 0);
  const place = placeOf(survey, step, table);
  if (severityOf(survey, place, about) !== 'hazard') return [];
  const changes = work.every(({ effect }) => effect.changed.length > 0);
  const meanwhile = changes ? 'change rows' : 'work on other tables';
  const rows = work.reduce((sum, { effect }) => sum + effect.affected, 0);
  return [
    findingOf({
      kind: 'blocks',
      severity: 'hazard',
      what: `${mode} on ${table}${sizeWords(place.there)} is held while later statements ${meanwhile}: about ${duration(about)}.`,
      why: `Measured on the throwaway: ${duration(work.reduce((sum, { effect }) => sum + effect.ms, 0))}${rows > 0 ? ` for ${plural(rows, 'row')}` : ''}; the estimate is for the sizes at the target. A lock is held until its transaction ends.`,
      table,
      statement: step.effect.sql,
      repairs: [
        {
          title: `${changes ? 'Change the rows' : 'Do that'} in a revision of its own`,
          caution: 'Move what has to come after them into a third one.',
          edits: null,
          shown: work.slice(0, 20).map(({ effect }) => effect.sql),
        },
      ],
    }),
  ];
}

type Effect = Step['effect'];

/** Work on the locked table itself is told where it is done; but its rows may be changed, too. */
function doesWork(effect: Effect, locked: string): boolean {
  return effect.changed.length > 0 || tablesWorkedOn(effect, locked).length > 0;
}

/** What is done to other tables as a whole: the most laborious of it for each. */
function tablesWorkedOn(
  { built, rewritten, scanned }: Effect,
  locked: string,
): readonly (readonly [table: string, work: Work])[] {
  const found = new Map<string, Work>([
    ...scanned.map((table) => [table, 'read'] as const),
    ...built.map(({ table }) => [table, 'built'] as const),
    ...rewritten.map((table) => [table, 'rewritten'] as const),
  ]);
  found.delete(locked);
  return [...found];
}

/** Milliseconds at the target, as far as there is enough to tell from. */
function estimatesOf(survey: Survey, step: Step, locked: string): readonly number[] {
  const { effect } = step;
  if (effect.changed.length > 0) {
    const rows = effect.changed.reduce((sum, { rows: own }) => sum + own, 0);
    const place = placeOf(survey, step, busiest(step));
    return [estimateOfRows(survey, effect.ms, place, rows)?.about ?? []].flat();
  }
  return tablesWorkedOn(effect, locked).flatMap(
    ([table, work]) =>
      estimateOfTable(survey, effect.ms, placeOf(survey, step, table), work)?.about ?? [],
  );
}

/** The table that most of the work of a statement was done in. */
function busiest({ effect }: Step): string {
  const [first] = effect.changed.toSorted((a, b) => b.rows - a.rows);
  return first?.table ?? '';
}

/** A lock that others wait for is held while the transaction does other work. */

import { duration, plural } from '../../../../text/format.ts';
import type { DialectFinding } from '../../dialect.ts';
import { findingOf } from '../../finding.ts';
import { isAtLeast } from '../relations.ts';
import { estimateOfRows, severityOf, sizeWords } from './blocking.ts';
import { type Hazard, placeOf, type Step, type Survey } from './survey.ts';

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
  const work = later.filter(({ effect }) => effect.changed.length > 0 && effect.error === null);
  const known = work.flatMap((each) => {
    const rows = each.effect.changed.reduce((sum, { rows: own }) => sum + own, 0);
    const estimate = estimateOfRows(
      survey,
      each.effect.ms,
      placeOf(survey, each, busiest(each)),
      rows,
    );
    return estimate?.about ?? [];
  });
  // A loop of rows with too little to estimate from is told by its statements, if at all.
  if (known.length === 0) return [];
  const about = known.reduce((sum, ms) => sum + ms, 0);
  const place = placeOf(survey, step, table);
  if (severityOf(survey, place, about) !== 'hazard') return [];
  const rows = work.reduce((sum, { effect }) => sum + effect.affected, 0);
  return [
    findingOf({
      kind: 'blocks',
      severity: 'hazard',
      what: `${mode} on ${table}${sizeWords(place.there)} is held while later statements change rows: about ${duration(about)}.`,
      why: `Measured on the throwaway: ${duration(work.reduce((sum, { effect }) => sum + effect.ms, 0))} for ${plural(rows, 'row')}; the estimate is in proportion to the sizes at the target. A lock is held until its transaction ends.`,
      table,
      statement: step.effect.sql,
      repairs: [
        {
          title: 'Change the rows in a revision of its own',
          caution: 'Move what has to come after them into a third one.',
          edits: null,
          shown: work.slice(0, 20).map(({ effect }) => effect.sql),
        },
      ],
    }),
  ];
}

/** The table that most of the work of a statement was done in. */
function busiest({ effect }: Step): string {
  const [first] = effect.changed.toSorted((a, b) => b.rows - a.rows);
  return first?.table ?? '';
}

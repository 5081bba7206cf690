/** Tables that nobody can use at the same time: the more they are, the likelier is a deadlock. */

import { plural } from '../../../../text/format.ts';
import { findingOf } from '../../finding.ts';
import { type Hazard, placeOf } from './context.ts';

const MANY = 10;

export const manyLocks: Hazard = (survey) => {
  const last = survey.steps.at(-1);
  if (!last || survey.direction === 'down') return [];
  const tables = [...last.held].flatMap(([table, { mode }]) => {
    const { there } = placeOf(survey, last, table);
    return mode === 'ACCESS EXCLUSIVE' && there && !there.empty ? [table] : [];
  });
  if (tables.length < MANY) return [];
  return [
    findingOf({
      kind: 'blocks',
      severity: 'notice',
      what: `In the end it holds ACCESS EXCLUSIVE on ${plural(tables.length, 'table')} at once.`,
      why: 'Each may be in use by a transaction that waits for another one of them: a deadlock. Smaller revisions hold fewer.',
      details: tables.toSorted(),
    }),
  ];
};

/** Schemas, and what a walk over them did, in words. Nothing is escaped here. */

import type { ListedSchema, SchemaOutcome, SchemaPlan, WalkResult } from '../schemas.ts';
import { plural } from '../text/format.ts';

/** `behind by 2`, `up to date`, `1 missing`, as far as they apply. */
export function schemaStanding({ counts, upToDate, exists }: ListedSchema): string {
  if (!exists) return 'not made yet';
  return [
    upToDate ? 'up to date' : `behind by ${counts.pending}`,
    ...(counts.missing > 0 ? [`${counts.missing} missing`] : []),
  ].join(', ');
}

/** How many schemas a plan reaches. */
export function reached({ groups }: SchemaPlan): number {
  return groups.reduce((sum, { schemas }) => sum + schemas.length, 0);
}

/** `Upgrade 3 schemas of localhost:5432/app`. */
export function walkTitle(plan: SchemaPlan): string {
  const verb = plan.direction === 'up' ? 'Upgrade' : 'Downgrade';
  return `${verb} ${plural(reached(plan), 'schema')} of ${plan.database}`;
}

/** What is not in the groups of a plan, a sentence each. */
export function walkRemarks({ idle, refused }: SchemaPlan): string[] {
  return [
    ...refused.map(({ schemas, problem }) => `${schemas.join(', ')}: no plan. ${problem.what}`),
    ...(idle.length > 0 ? [`Nothing to do: ${idle.join(', ')}.`] : []),
  ];
}

/** `3 done, 1 failed, 2 not reached`. */
export function walkCounts({ schemas }: Pick<WalkResult, 'schemas'>): string {
  const words = {
    done: 'done',
    failed: 'failed',
    refused: 'refused',
    cancelled: 'cancelled',
    'not-reached': 'not reached',
  } as const;
  const counts = Map.groupBy(schemas, ({ outcome }) => outcome);
  return Object.entries(words)
    .flatMap(([outcome, word]) => {
      const found = counts.get(outcome as SchemaOutcome['outcome'])?.length ?? 0;
      return found > 0 ? [`${found} ${word}`] : [];
    })
    .join(', ');
}

/** Why a schema is not done, in a sentence or two; null if it is. */
export function outcomeReason(outcome: SchemaOutcome): string | null {
  switch (outcome.outcome) {
    case 'refused':
      return outcome.problem.what;
    case 'failed':
    case 'cancelled': {
      const { failure } = outcome.result;
      if (!failure) return null;
      const where = failure.revision === null ? '' : `${failure.revision}: `;
      return `${where}${failure.error.message.replace(/\.?$/, '.')} ${failure.aftermath}`;
    }
    default:
      return null;
  }
}

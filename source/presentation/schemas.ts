/** Schemas, and what a walk over them did, in words. Nothing is escaped here. */

import type { ListedSchema, SchemaOutcome, SchemaPlan, WalkKind } from '../contract/schemas.ts';
import { plural } from '../text/format.ts';
import { restoreCommand } from '../text/phrases.ts';

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

export const WALK_VERBS = { up: 'Upgrade', down: 'Downgrade', rehearse: 'Rehearse' } as const;

/** `Upgrade 3 schemas of localhost:5432/app` */
export function walkTitle(kind: WalkKind, plan: SchemaPlan): string {
  return `${WALK_VERBS[kind]} ${plural(reached(plan), 'schema')} of ${plan.database}`;
}

/** What is not in the groups of a plan, a sentence each. */
export function walkRemarks({ idle, refused }: SchemaPlan): string[] {
  return [
    ...refused.map(({ schemas, problem }) => `${schemas.join(', ')}: no plan. ${problem.what}`),
    ...(idle.length > 0 ? [`Nothing to do: ${idle.join(', ')}.`] : []),
  ];
}

/** In one or two words, what became of a schema. */
export function outcomeWord(outcome: SchemaOutcome): string {
  switch (outcome.outcome) {
    case 'rehearsed':
      return outcome.verdict;
    case 'not-reached':
      return 'not reached';
    default:
      return outcome.outcome;
  }
}

/** `3 done, 1 failed, 2 not reached` */
export function walkCounts(outcomes: readonly SchemaOutcome[]): string {
  return [...Map.groupBy(outcomes, outcomeWord)]
    .map(([word, found]) => `${found.length} ${word}`)
    .join(', ');
}

/** The backups that were taken, and how to put them back, a line each. */
export function walkBackups(outcomes: readonly SchemaOutcome[]): readonly string[] {
  return outcomes.flatMap((outcome) => {
    const backup = 'result' in outcome ? outcome.result.backup : undefined;
    if (!backup) return [];
    const { schema } = outcome;
    return [
      `${schema}: backup ${backup.id} was taken before: ${restoreCommand(backup.id, schema)}`,
    ];
  });
}

/** Why a schema is not done, in a sentence or two; null if it is. */
export function outcomeReason(outcome: SchemaOutcome): string | null {
  switch (outcome.outcome) {
    case 'refused':
      return outcome.problem.what;
    case 'rehearsed':
      return outcome.verdict === 'clean' || outcome.rehearsal === null
        ? null
        : `handrail rehearse --report ${outcome.rehearsal} tells what was found.`;
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

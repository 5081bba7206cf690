/** Keeps a draft from being made of a base that would put the wrong things into it. */

import type { DatabaseSchema } from '@mikro-orm/sql';
import type { DraftBase } from '../../contract/draft.ts';
import type { History } from '../../contract/history.ts';
import type { Target } from '../../contract/target.ts';
import { plural } from '../../text/format.ts';
import { Refusal } from '../refusal.ts';

/** More names than that say no more. */
const NAMED = 10;

const AGAINST_THROWAWAY =
  'Draft against a throwaway database on which every revision is run: handrail draft --base throwaway';

/** @throws Refusal `usage` for a schema of many, whose name would get into the draft */
export function checkOneSchema({ database, schema, manySchemas }: Target): void {
  if (schema === null || !manySchemas) return;
  throw new Refusal('usage', {
    what: `No draft is made from ${database}: its revisions are those of other schemas too.`,
    why: 'It would name the schema, and be of no use in the others.',
    next: [
      'In the app, S and then 0 lead to the connection’s own schema: draft there, against a throwaway (b).',
      'Without the app: handrail draft --base throwaway',
    ],
  });
}

/** @throws Refusal `not-up-to-date`, `missing-file` */
export function checkHistory({ target, revisions }: History, base: DraftBase): void {
  if (base !== 'target') return;
  const missing = revisions.filter(({ state }) => state === 'missing');
  if (missing.length > 0) {
    throw new Refusal('missing-file', {
      what: `The files of ${plural(missing.length, 'applied revision')} are missing here: ${namesOf(missing)}.`,
      why: 'A draft from this target would undo them.',
      next: [
        'Bring the files back: another branch or the git history may have them (git log --all --name-only).',
        AGAINST_THROWAWAY,
      ],
    });
  }
  const pending = revisions.filter(({ state }) => state === 'pending');
  if (pending.length === 0) return;
  throw new Refusal('not-up-to-date', {
    what: 'Target database is not up to date.',
    why: `On ${target.database}, ${plural(pending.length, 'revision')} ${pending.length === 1 ? 'is' : 'are'} pending: ${namesOf(pending)}. A draft made now would repeat what they do.`,
    next: [
      'Upgrade it first: handrail up',
      AGAINST_THROWAWAY,
      'Or, if the database holds nothing that you need, make it again from its revisions: remove it, then handrail up',
    ],
  });
}

/**
 * @param difference between what the applied revisions make of an empty database and the target
 * @throws Refusal `drifted`
 */
export function checkDrift({ target }: History, difference: readonly string[]): void {
  if (difference.length === 0) return;
  throw new Refusal('drifted', {
    what: `The schema of ${target.database} is not what its revisions make of an empty database.`,
    why: `A draft from it would mix that into your change: ${listOf(difference)}.`,
    next: [
      AGAINST_THROWAWAY,
      'Or undo what was changed by other means than a revision, and draft again.',
    ],
  });
}

/**
 * What the snapshot has and the revisions do not make, or the other way round: tables and columns
 * only, since everything else may be written in more than one way.
 */
export function snapshotDifference(
  snapshot: DatabaseSchema,
  made: DatabaseSchema,
): readonly string[] {
  const namesIn = (schema: DatabaseSchema) =>
    new Set(
      schema.getTables().flatMap((table) => {
        const name = table.getShortestName();
        return [name, ...table.getColumns().map((column) => `${name}.${column.name}`)];
      }),
    );
  const [kept, real] = [namesIn(snapshot), namesIn(made)];
  return [
    ...[...kept].filter((name) => !real.has(name)).map((name) => `+ ${name}`),
    ...[...real].filter((name) => !kept.has(name)).map((name) => `− ${name}`),
  ];
}

/** @throws Refusal `drifted` */
export function checkSnapshot(difference: readonly string[]): void {
  if (difference.length === 0) return;
  throw new Refusal('drifted', {
    what: 'MikroORM’s snapshot is not what the revisions of this folder make.',
    why: `A draft from it would leave out or repeat: ${listOf(difference)}.`,
    next: [
      AGAINST_THROWAWAY,
      'That, or a draft from the target, writes the snapshot anew when it is accepted.',
    ],
  });
}

/** The first of them, and how many more there are. */
export function listOf(difference: readonly string[]): string {
  const more = difference.length > NAMED ? ` … and ${difference.length - NAMED} more` : '';
  return difference.slice(0, NAMED).join('; ') + more;
}

function namesOf(revisions: readonly { readonly name: string }[]): string {
  const names = revisions.slice(0, NAMED).map(({ name }) => name);
  const more = revisions.length > NAMED ? ` and ${revisions.length - NAMED} more` : '';
  return names.join(', ') + more;
}

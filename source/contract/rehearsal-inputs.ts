/** What the evidence of a rehearsal depends on, as hashes. */

import { createHash } from 'node:crypto';
import type { PlanInputs } from './plan.ts';

/** Of the revisions that a rehearsal started from: their names and files, in the order of running. */
export function hashOfBase(
  revisions: readonly { readonly name: string; readonly sha256: string | null }[],
): string {
  const pairs = revisions.map(({ name, sha256 }) => [name, sha256]);
  return createHash('sha256').update(JSON.stringify(pairs)).digest('hex');
}

/** Of a plan: the same only if the same would run, the same way, on the same state. */
export function hashOfPlan(inputs: PlanInputs): string {
  const { direction, revisions, mode, guarded, timeouts, base, code, schema } = inputs;
  const files = revisions.map(({ name, file }) => [name, file]);
  const limits = timeouts && [timeouts.lock, timeouts.statement];
  const parts = [direction, files, mode, guarded, limits, base, code, schema];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/**
 * The revisions that were, or will be, applied when one is.
 *
 * @param order the names applied on the target, in the order of recording
 */
export function revisionsBefore<
  R extends { readonly name: string; readonly state: 'applied' | 'pending' | 'missing' },
>(name: string, revisions: readonly R[], order: readonly string[]): readonly R[] {
  const byName = new Map(revisions.map((revision) => [revision.name, revision]));
  const applied = order.flatMap((each) => byName.get(each) ?? []);
  const place = applied.findIndex((revision) => revision.name === name);
  if (place >= 0) return applied.slice(0, place);
  const pending = revisions.filter(({ state }) => state === 'pending');
  return [
    ...applied,
    ...pending.slice(
      0,
      pending.findIndex((each) => each.name === name),
    ),
  ];
}
